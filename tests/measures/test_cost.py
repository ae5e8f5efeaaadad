"""What arrangements cost, worked by hand to the cent.

    time    who                        cash of A        B        C      units out: X of B   Y of A
    09:00   A buys 10 X of B, 7.20 M      −7.20    +7.20        0                 10        0
    10:00   B buys  4 Y of A, 1.08 M      −6.12    +6.12        0                 10        4
    12:00   C buys 10 X of A, 7.20 M      +1.08    +6.12    −7.20                 10        4
    14:00   A buys  4 Y of B, 1.08 M          0    +7.20    −7.20                 10        0
    15:00   close

Σ cash 16.56 M; net debit: C's 7.20 M. Drawn where cash is unlimited: A 7.20 M for an hour and 6.12 M for two,
19.44 M × hours; C 7.20 M for three, 21.60 M × hours. At 50 bp over 360 days a M × hour costs
10^6 · 0.005 / 8640 = 0.5787…: A 11.25, C 12.50. What B delivers it delivers on balance; A borrows 4 Y, worth
1.08 M: a day at 1 % costs 30.00. C pays 7.20 M a day before T+1: at 3.6 % 720.00.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

import simulator
from simulator.layers.margin_day import MarginDay
from simulator.layers.record import SettlementDay
from simulator.market.flow import DAY, HOUR
from simulator.market.open import open_flow
from simulator.measures import cost
from simulator.measures.catalogue import BY_NAME
from simulator.simulation import simulate

UNLIMITED = {"funding": "unlimited", "holdings": "ample"}
RATES = {
    "liquidity": "3.6 %",
    "credit": "50 bp",
    "margin": "2 %",
    "default_fund": {"amount": "36 M", "rate": "1 %"},
    "committed_lines": {"amount": "72 M", "rate": "10 bp"},
    "securities": "1 %",
    "fails": "3 %",
    "clearing_fee": "0.125",
    "principal": "3.6 %",
    "days_a_year": 250,
}
CONFIG = {
    "name": "costs",
    "flow": {
        "hours": "09:00–15:00",
        "instructions": [
            {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": "7.20 M"},
            {"time": "10:00", "buyer": "B", "seller": "A", "security": "Y", "units": 4, "cash": "1.08 M"},
            {"time": "12:00", "buyer": "C", "seller": "A", "security": "X", "units": 10, "cash": "7.20 M"},
            {"time": "14:00", "buyer": "A", "seller": "B", "security": "Y", "units": 4, "cash": "1.08 M"},
        ],
    },
    "participants": UNLIMITED,
    "arrangements": {
        "net_t1": {"layer": 2},
        "net_t2": {"layer": 2, "settles": "T+2"},
        "net_t0": {"layer": 2, "settles": "T+0", "cycles": ["12:00", "15:00"]},
        "tokens": {"layer": 1},
        "book": {"layer": 2, "book_entry": {"collateral_monitor": "no", "net_debit_cap": "100 M"}},
        "gross": {"layer": 3},
        "blocks": {"layer": 3, "block": "1 h"},
        "locked": {"layer": 3, "reuse": "at_close"},
        "funded": {"layer": 3, "funding": {"prefunding": "3.6 M", "credit_limit": "3.6 M"}},
        "poor": {"layer": 3, "funding": {"prefunding": "3.6 M"}},
        "lent": {
            "layer": 3,
            "funding": {"prefunding": 0, "credit_limit": "3.6 M"},
            "credit": {"repo": {"cap": "10 M", "rate": "1 %"}},
        },
        "minted": {
            "layer": 3,
            "funding": {"prefunding": "7.2 M"},
            "cash_leg": {"coin": {"kind": "stablecoin", "rate": "5 %"}},
        },
        "coins": {"layer": 3, "cash_leg": {"coin": {"kind": "stablecoin", "rate": "5 %"}}},
        "fee": {"layer": 3, "chain": {"fee": "0.01"}},
    },
    "costs": RATES,
}
NOTHING = (0, 0, 0)
# A day of the fund is 1,000.00, of the lines 200.00, by net debit, which is C's alone. Sides: A 4, B 3, C 1;
# 0.375 and 0.125 are half way between two cents, and go to the even one.
CLEARED = {"cost_default_fund": (0, 0, 120_000), "cost_fees": (50, 38, 12)}
GROSS = {
    "cost_credit": (1_125, 0, 1_250),
    "cost_securities": (3_000, 0, 0),
    "cost_principal": (0, 0, 72_000),
}
EXPECTED: dict[str, dict[str, tuple[int, int, int]]] = {
    # One cycle, at the close of the next day: nothing is drawn or borrowed before, nothing is paid early.
    "net_t1": CLEARED,
    "net_t2": CLEARED,
    "tokens": CLEARED,
    # At 12:00 C pays 7.20 M, drawn until the close; A delivered 4 Y, which it takes back at 15:00.
    "net_t0": {
        **CLEARED,
        "cost_credit": (0, 0, 1_250),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # By book entry a day later, at the trades' own times of the day, against balances.
    "book": {**CLEARED, "cost_credit": (1_125, 0, 1_250), "cost_securities": (3_000, 0, 0)},
    "gross": GROSS,
    "blocks": GROSS,  # every trade stands at a full hour, where there is a block
    # Nothing received is used: A is 7.20 M down for six hours and 1.08 M more for one, 44.28 M × hours;
    # B 1.08 M for five, 5.40; C 7.20 M for three. A needs 10 X beside 4 Y, B 4 Y beside the 10 X it delivers.
    # X is worth 720,000.00: A borrows 8.28 M, 230.00 a day, B 1.08 M, 30.00.
    "locked": {
        "cost_credit": (
            Fraction(4428, 100) * 10**8 / 8640 / 200,
            Fraction(54, 10) * 10**8 / 8640 / 200,
            1_250,
        ),
        "cost_securities": (23_000, 3_000, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # 3.60 M all day at 3.6 % are 360.00 each. A draws 3.60 M for an hour, 2.52 M for two; C 3.60 M for three.
    "funded": {
        "cost_liquidity": (36_000, 36_000, 36_000),
        "cost_credit": (500, 0, 625),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # Neither purchase of 7.20 M settles.
    "poor": {
        "cost_liquidity": (36_000, 36_000, 36_000),
        "cost_fails": (60_000, 0, 60_000),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # The limit first, at costs.credit, 3.60 M for three hours: 6.25; the rest at 1 %: A 3.60 M for an hour,
    # 2.52 M for two: 10.00; C 3.60 M for three: 12.50.
    "lent": {
        "cost_credit": (1_625, 0, 1_875),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # 7.20 M at the leg's 5 % are 1,000.00; that of costs is not counted again.
    "minted": {
        "cost_liquidity": (100_000, 100_000, 100_000),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    # Without limits the need is brought, A's and C's 7.20 M, and then nothing is drawn.
    "coins": {
        "cost_liquidity": (100_000, 0, 100_000),
        "cost_securities": (3_000, 0, 0),
        "cost_principal": (0, 0, 72_000),
    },
    "fee": {**GROSS, "cost_fees": (2, 1, 1)},
}


def records_of(config: dict) -> dict[str, list[SettlementDay]]:
    loaded = simulator.load(config)
    return simulate(loaded, open_flow(loaded)).records


@pytest.fixture(scope="module")
def result() -> simulator.Result:
    return simulator.run(CONFIG)


@pytest.mark.parametrize("name", CONFIG["arrangements"])
def test_every_component_is_as_worked_by_hand(result, name):
    rows = result.participants.filter(arrangement=name).sort("participant")
    day = result.days.filter(arrangement=name).to_dicts()[0]
    summary = result.summary["arrangements"][name]
    total = 0
    for component in cost.COMPONENTS:
        expected = [round(each) for each in EXPECTED[name].get(component, NOTHING)]
        assert rows[component].to_list() == expected, component
        assert day[component] == summary[component] == sum(expected), component
        total += sum(expected)
    assert rows["cost"].sum() == day["cost"] == summary["cost"] == total
    assert summary["cost_bp"] == day["cost_bp"] == 10_000 * total / 16_560_000_00
    assert summary["cost_year"] == 250 * total


def test_a_day_gross_costs_773_75(result):
    """11.25 + 12.50 drawn, 30.00 borrowed, 720.00 paid a day early."""
    assert result.summary["arrangements"]["gross"]["cost"] == 773_75


def margined(required: list[int], held_time: tuple[int, ...]) -> MarginDay:
    amounts = np.array(required, dtype=np.int64)
    nothing = np.zeros_like(amounts)
    return MarginDay(
        at_risk=nothing,
        gap=nothing,
        marks=nothing,
        required=amounts,
        called=nothing,
        buffer=nothing,
        uncovered=0,
        held_time=held_time,
        worth=Fraction(1),
        cover_1=nothing,
        supplemental=nothing,
        not_met=0,
    )


def test_margin_costs_what_is_deposited_times_time_and_shares_out_lines():
    """A deposits 3.60 M all day, C half of it for half the day: 200.00 and 50.00 at 2 %.

    Fund and lines, 1,200.00 a day, go by margin where there is any: 3 to 1.
    """
    day = records_of(CONFIG)["net_t1"][0]
    margin = margined([3_600_000_00, 0, 1_200_000_00], (3_600_000_00 * DAY, 0, 1_800_000_00 * 12 * HOUR))
    day = replace(day, margin=margin)
    assert cost.cost_margin_by_member(day).tolist() == [200_00, 0, 50_00]
    assert cost.cost_default_fund_by_member(day).tolist() == [900_00, 0, 300_00]


def test_the_clearing_house_is_not_paid_for_on_a_chain():
    day = replace(records_of(CONFIG)["gross"][0], margin=margined([1, 1, 1], (0, 0, 0)))
    assert cost.cost_default_fund_by_member(day).tolist() == [0, 0, 0]


def test_zero_rates_cost_zero():
    zero = {
        **dict.fromkeys(("liquidity", "credit", "margin", "securities", "fails", "principal"), 0),
        "committed_lines": {"amount": "1 bn", "rate": 0},
    }
    # Legs, facilities and chains state rates of their own.
    ways = {
        name: one
        for name, one in CONFIG["arrangements"].items()
        if not {"cash_leg", "credit", "chain"} & set(one)
    }
    for days in records_of({**CONFIG, "arrangements": ways, "costs": zero}).values():
        assert [cost.cost(day) for day in days] == [0]
        assert not any(BY_NAME[name].of_day(day) for name in cost.COMPONENTS for day in days)


def test_without_the_section_nothing_costs_anything():
    found = simulator.run({key: value for key, value in CONFIG.items() if key != "costs"})
    for one in found.summary["arrangements"].values():
        assert [one[name] for name in (*cost.COMPONENTS, "cost", "cost_year")] == [0] * 10
        assert one["cost_bp"] is None
    assert "Cost" not in [row["measure"] for row in found.table.to_dicts()]


def test_a_year_is_the_sum_of_the_days_times_the_days_of_a_year_over_their_number():
    """Seven days of another trade each: Σ of days × 252 / 7, rounded once; T+1 by T+1 and gross alike."""
    trades = [
        {
            "day": d,
            "time": "09:30",
            "buyer": "A",
            "seller": "B",
            "security": "X",
            "units": 1,
            "cash": f"{d + 1}.37 M",
        }
        for d in range(7)
    ]
    config = {
        **CONFIG,
        "days": 7,
        "flow": {"hours": "09:00–15:00", "instructions": trades},
        "costs": {},
        "arrangements": {"net": {"layer": 2, "settles": "T+0"}, "gross": {"layer": 3}},
    }
    found = simulator.run(config)
    for name in config["arrangements"]:
        days = found.days.filter(arrangement=name)["cost"].to_list()
        assert len(days) == 7
        assert min(days) > 0
        assert found.summary["arrangements"][name]["cost_year"] == round(Fraction(sum(days) * 252, 7))


def test_the_table_of_costs_says_by_member_what_the_days_say(result):
    """Its money × µs is exact, though past 64 bits: 7.20 M for a day are 6.2 · 10^19."""
    names = [*cost.COMPONENTS, "cost"]
    by_day = result.costs.group_by("arrangement", "day", maintain_order=True).agg(pl.col(names).sum())
    for row in by_day.iter_rows(named=True):
        day = result.days.filter(arrangement=row["arrangement"], day=row["day"]).to_dicts()[0]
        assert [row[name] for name in names] == [day[name] for name in names]
    brought = result.costs.filter(arrangement="coins").sort("participant")["brought_time"].to_list()
    assert [int(each) for each in brought] == [7_200_000_00 * DAY, 0, 7_200_000_00 * DAY]
