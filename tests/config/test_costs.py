"""What a config may say of costs: defaults, what it is written out as, and what is told of a fault."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import simulator
from simulator.config.describe import describe
from simulator.config.errors import InputError
from simulator.config.load import load_config

BASE: dict[str, Any] = {
    "flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}]},
    "arrangements": {"net": {"layer": 2}},
}


def test_an_empty_section_takes_every_default():
    costs = load_config({**BASE, "costs": {}}).costs
    assert costs is not None
    assert costs.liquidity == costs.principal == Fraction(387, 10_000)
    assert costs.credit == costs.securities == Fraction(1, 200)
    assert costs.margin == Fraction(1, 50)
    assert costs.fails == Fraction(3, 100)
    assert costs.committed_lines.rate == Fraction(1, 500)
    assert costs.default_fund.amount == costs.committed_lines.amount == costs.clearing_fee == 0
    assert (costs.days_a_year, costs.day_count) == (252, 360)


def test_without_the_section_nothing_is_priced():
    assert load_config(BASE).costs is None
    assert "costs" not in load_config(BASE).resolved()


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_it_is_written_out_and_read_back_to_an_equal_one(currency):
    stated = {
        "liquidity": "4.125 %",
        "clearing_fee": "0.000123",
        "default_fund": {"amount": "3 M", "rate": "12.5 bp"},
        "day_count": 365,
    }
    config = load_config({**BASE, "flow": {**BASE["flow"], "currency": currency}, "costs": stated})
    written = config.resolved()["costs"]
    assert written["liquidity"] == "4.125 %"
    assert written["clearing_fee"] == f"0.000123 {currency}"
    assert load_config(config.resolved()) == config


def test_every_rate_says_its_default_and_where_it_comes_from():
    rates = [key for key in describe() if key.name.startswith("costs.") and "rate" in key.meaning.lower()]
    assert len(rates) >= 5
    for key in rates:
        assert "Default" in key.meaning or key.default, key.name


FAULTS = [
    (
        {"margni": "1 %"},
        (
            "costs.margni: not a known key; known here are liquidity, credit, margin, default_fund, "
            "committed_lines, securities, fails, clearing_fee, principal, days_a_year, day_count "
            '(did you mean "margin"?)'
        ),
    ),
    (
        {"margin": "200 %"},
        "costs.margin: 200 % is not allowed; give a share from 0 to 100 % such as 60 %, 25 bp or 0.6",
    ),
    ({"days_a_year": 0}, "costs.days_a_year: 0 is not allowed; give at least 1"),
    ({"default_fund": 5}, "costs.default_fund: 5 is not allowed; give a mapping of amount, rate"),
    (
        {"clearing_fee": "1 EUR"},
        "costs.clearing_fee: 1 EUR is not allowed; amounts are in USD, the flow's currency",
    ),
    ({"day_count": 364}, "costs.day_count: 364 is not allowed; give 360 or 365"),
]


@pytest.mark.parametrize(("given", "message"), FAULTS)
def test_what_is_wrong_is_told(given, message):
    with pytest.raises(InputError) as told:
        load_config({**BASE, "costs": given})
    assert [str(problem) for problem in told.value.problems] == [message]


def test_a_rate_can_be_varied_and_set():
    config = simulator.load({**BASE, "costs": {}}, "costs.margin=75 bp", "costs.default_fund.amount=1 M")
    assert config.costs is not None
    assert config.costs.margin == Fraction(75, 10_000)
    assert config.costs.default_fund.amount == 100_000_000
