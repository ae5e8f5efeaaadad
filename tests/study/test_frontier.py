"""Funding against delay: the ends of the frontier by theory, a day worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

import simulator
from simulator.config.load import load_config
from simulator.study.frontier import find_bounds, frontier_rows, versions
from tests.study.sweeps import MARKET, swept

# A pays B 100 at 10:00 and is paid 60 at 11:00; the day is 09:00 to 13:00.
PAYMENTS = {
    "flow": {
        "hours": "09:00–13:00",
        "instructions": [
            {"time": "10:00", "buyer": "A", "seller": "B", "cash": 100},
            {"time": "11:00", "buyer": "B", "seller": "A", "cash": 60},
        ],
    },
    "participants": {"members": {"A": {}, "B": {}}},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "continuous"}},
}


def test_bounds_by_hand():
    """A is 40 short at the close and 100 at 10:00; B never is."""
    bounds = find_bounds(load_config(PAYMENTS), ["gross"])["gross"]
    assert (bounds.lower.tolist(), bounds.upper.tolist()) == ([40_00, 0], [100_00, 0])
    # (100 − 40)/7 is 8.571…, rounded up
    assert bounds.at(Fraction(1, 7)).tolist() == [48_58, 0]


def test_a_frontier_worked_by_hand():
    """With less than 100 neither pays: A waits for B's 60, and B has nothing until A pays.

    ρ = (100 × 3 h + 60 × 2 h) / (100 × 3 h + 60 × 2 h) = 1 below the upper bound, 0 at it. A day's interest
    on 100.00 at 3.6 %, of 360 days, is 1 cent.
    """
    config = load_config({**PAYMENTS, "sweep": {"frontier": {"points": 3, "rate": "3.6 %"}}})
    rows = frontier_rows(config, config.sweep.frontier)
    assert [(row["usage"], row["funding"], row["cost_of_funding"]) for row in rows] == [
        (0.0, 40_00, 0),
        (0.5, 70_00, 1),
        (1.0, 100_00, 1),
    ]
    assert [(row["settled_value"], row["settlement_delay"]) for row in rows] == [
        (0, 1.0),
        (0, 1.0),
        (160_00, 0.0),
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_the_upper_bound_everything_settles_at_its_time(seed):
    sweep = {"frontier": {"points": 3}}
    days = {**MARKET, "days": 2}
    result = simulator.sweep({**days, "sweep": sweep}, seed=seed, workers=1)
    for row in result.frame.iter_rows(named=True):
        if row["usage"] == 1.0:
            assert (row["settled_value"], row["settlement_delay"]) == (row["gross_value"], 0.0)
        assert row["lower_bound"] <= row["funding"] <= row["upper_bound"]
    lowest = result.frame.filter(usage=0.0)
    assert lowest["settlement_delay"].to_list()[0] > 0


def test_each_mechanism_is_left_out_in_turn():
    market = swept({"frontier": {"points": 2}})
    market["arrangements"] = {
        "net": {"layer": 2},
        "plain": {"layer": 3},
        "saved": {
            "layer": 3,
            "queue": "largest_first",
            "liquidity_saving": {"rule": "bilateral_offset", "every": "1 h"},
            "credit": {"line": {"cap": "1 k"}},
            "funding": {"prefunding": "1 k"},
        },
    }
    config = load_config(market)
    told = {name: [without for without, _ in versions(config, name, True)] for name in ("plain", "saved")}
    assert told == {"plain": [""], "saved": ["", "liquidity_saving", "credit", "queue"]}
    assert [without for without, _ in versions(config, "saved", False)] == [""]
    rows = simulator.sweep(market, workers=1).frame
    assert rows.height == 2 * (1 + 4)
    assert set(rows["arrangement"].to_list()) == {"plain", "saved"}
