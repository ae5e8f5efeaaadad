"""Exact arithmetic: halves to even, fractions kept to the end, percentiles of members and days."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

import simulator
from simulator.kernels.rounding import rounded
from simulator.measures.exact import mean, percentile_99, ratio, value_at_reference

LARGE = some.integers(0, 10**40)


@given(LARGE, some.integers(1, 10**20))
def test_rounding_is_exact_and_takes_halves_to_even(numerator, denominator):
    assert rounded(numerator, denominator) == round(Fraction(numerator, denominator))


@given(some.lists(some.integers(-(10**20), 10**20), min_size=1, max_size=9))
def test_a_mean_is_exact_and_takes_halves_to_even(values):
    assert mean(values) == round(Fraction(sum(values), len(values)))


@pytest.mark.parametrize(
    ("count", "expected"), [(99, None), (100, 99), (101, 100), (200, 198), (1000, 990), (1001, 991)]
)
def test_the_99th_percentile_is_the_smallest_that_99_per_cent_do_not_exceed(count, expected):
    values = np.random.default_rng(count).permutation(np.arange(1, count + 1))
    assert percentile_99(values) == expected


def test_a_ratio_to_zero_is_none():
    assert ratio(3, 0) is None
    assert ratio(0, 3) == 0.0


def reference_values(traded: list[tuple[int, int, int]]) -> tuple[int, int]:
    """(what the measure says, what fractions say) of (units held, units traded, cash) by security."""
    held, units, value = (np.array(column, np.int64) for column in zip(*traded, strict=True))
    day: Any = SimpleNamespace(units=units, value=value)
    return value_at_reference(held, day), sum(round(Fraction(h * v, max(u, 1))) for h, u, v in traded)


SMALL, WIDE = some.integers(0, 40), some.integers(0, 1 << 60)


@given(some.lists(some.tuples(SMALL, SMALL, SMALL) | some.tuples(WIDE, WIDE, WIDE), min_size=1, max_size=5))
def test_units_are_valued_at_the_exact_price_and_rounded_once_a_security(traded):
    """Held is at most what was traded; small numbers tie at halves, large ones pass 64 bits."""
    within = [(min(held, units), units, value if units else 0) for held, units, value in traded]
    measured, exact = reference_values(within)
    assert measured == exact


@pytest.mark.parametrize("scale", [1, 10**11])
def test_positions_are_valued_one_by_one_at_the_exact_price(scale):
    """A buys 30 X of B for 7, C 70 of D for 4: at 11/100, so 3.3 and 7.7, or 10^11 times it."""
    bought = [("A", "B", 30, 7), ("C", "D", 70, 4)]
    instructions = [
        {"time": "09:00", "buyer": b, "seller": s, "security": "X", "units": u * scale, "cash": c * scale}
        for b, s, u, c in bought
    ]
    config = {
        "flow": {"currency": "JPY", "instructions": instructions},
        "arrangements": {"gross": {"layer": 3}, "net": {"layer": 2}},
    }
    result = simulator.run(config)
    need = {"A": 0, "B": round(Fraction(33, 10) * scale), "C": 0, "D": round(Fraction(77, 10) * scale)}
    for name in ("gross", "net"):
        rows = result.participants.filter(result.participants["arrangement"] == name)
        assert dict(zip(rows["participant"], rows["securities_need"], strict=True)) == need
        assert dict(zip(rows["participant"], rows["securities_value_moved"], strict=True)) == need
        assert result.summary["arrangements"][name]["securities_need"] == 11 * scale


def test_a_position_worth_half_a_minor_unit_more_is_rounded_to_even():
    """1, 3, 5 and 7 X at 8/16: 0.5, 1.5, 2.5 and 3.5 are 0, 2, 2 and 4; all 16 of them are 8."""
    instructions = [
        {"time": "09:00", "buyer": f"B{u}", "seller": f"S{u}", "security": "X", "units": u, "cash": 2}
        for u in (1, 3, 5, 7)
    ]
    config = {
        "flow": {"currency": "JPY", "instructions": instructions},
        "arrangements": {"gross": {"layer": 3}},
    }
    result = simulator.run(config)
    sellers = result.participants.filter(result.participants["securities_need"] > 0)
    assert dict(sellers.select("participant", "securities_need").rows()) == {"S3": 2, "S5": 2, "S7": 4}
    assert result.summary["arrangements"]["gross"]["securities_need"] == 8


def test_means_over_days_round_halves_to_even_and_ratios_are_of_totals():
    """A owes B 3 on day 0, 4 on day 1, and gets 1 back on day 1: settled 3 and 5, net debit 3 and 3."""
    pays = [("0", "A", "B", 3), ("1", "A", "B", 4), ("1", "B", "A", 1)]
    instructions = [
        {"time": "09:00", "day": int(day), "buyer": b, "seller": s, "cash": c} for day, b, s, c in pays
    ]
    config = {
        "days": 2,
        "flow": {"currency": "JPY", "instructions": instructions},
        "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}},
    }
    found = simulator.run(config).summary["arrangements"]
    assert found["gross"]["gross_value"] == 4
    assert found["gross"]["liquidity_need"] == 4  # (3 + 4)/2 = 3.5, to even
    assert found["gross"]["system_peak"] == 4  # a peak, not a mean
    assert found["net"]["net_debit"] == 3
    assert found["net"]["netting_efficiency"] == 1 - 6 / 8
    assert found["net"]["settlement_days"] == 2


def test_tails_are_of_members_and_days_that_trade_and_need_a_hundred_of_them():
    """Pair k of 60 pays k: 120 member-days, of which the two largest needs are 60 and 59."""
    pays = [{"time": "09:00", "buyer": f"A{k}", "seller": f"B{k}", "cash": k} for k in range(1, 61)]
    config = {
        "flow": {"currency": "JPY", "instructions": pays},
        "arrangements": {"gross": {"layer": 3}, "net": {"layer": 2}},
    }
    found = simulator.run(config).summary["arrangements"]
    for name in ("gross", "net"):
        assert found[name]["liquidity_need_p99"] == found[name]["net_debit_p99"] == 59
    config["flow"]["instructions"] = pays[:49]
    assert simulator.run(config).summary["arrangements"]["gross"]["liquidity_need_p99"] is None


def test_the_largest_run_that_loads_can_be_measured():
    """2^61 drawn for six hours: 6·2^61 currency × hours, past 2^63."""
    pays = [("09:00", "A", "B", 1 << 61), ("15:00", "B", "A", 1)]
    instructions = [{"time": t, "buyer": b, "seller": s, "cash": c} for t, b, s, c in pays]
    config = {
        "flow": {"currency": "JPY", "instructions": instructions},
        "arrangements": {"gross": {"layer": 3}},
    }
    found = simulator.run(config).summary["arrangements"]["gross"]
    assert found["liquidity_need"] == 1 << 61
    assert found["liquidity_hours"] == 6 << 61
