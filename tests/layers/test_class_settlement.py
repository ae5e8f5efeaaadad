"""Trade days that settle together as a class: by hand."""

import polars as pl
import pytest

import simulator
from simulator.config.errors import InputError
from simulator.config.load import load_config

# Two days make a class, the third is one by itself. A buys 10 X of B for 100 and sells 10 back for 60.
TYPED = {
    "flow": {
        "hours": "09:00–16:00",
        "class_days": 2,
        "instructions": [
            {"time": "10:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": 100},
            {
                "time": "12:00",
                "day": 1,
                "buyer": "B",
                "seller": "A",
                "security": "X",
                "units": 10,
                "cash": 60,
            },
            {"time": "11:00", "day": 2, "buyer": "A", "seller": "B", "security": "X", "units": 5, "cash": 50},
        ],
    },
    "arrangements": {"net": {"layer": 2}},
}


def test_a_class_nets_all_its_days_in_one_cycle_after_the_last_of_them():
    result = simulator.run(TYPED, instructions=True)
    days = result.days.select("day", "trade_day", "trades", "gross_value", "net_debit", "value_moved")
    assert days.rows() == [(2, 1, 2, 160_00, 40_00, 40_00), (3, 2, 1, 50_00, 50_00, 50_00)]
    settled = result.instructions.sort("id")["settled_at"].to_list()
    day, close = 24 * 3_600_000_000, 16 * 3_600_000_000
    assert settled == [2 * day + close, 2 * day + close, 3 * day + close]
    assert result.summary["flow"] == {
        "trades": 3,
        "gross_value": 210_00,
        "internalised_value": 0,
        "participants": 2,
        "securities": 1,
        "days": 3,
    }


def test_the_lag_is_from_each_trade_to_the_cycle_of_its_class():
    (lag,) = simulator.run({**TYPED, "flow": {**TYPED["flow"], "class_days": 3}}).days["settlement_lag"]
    # All settle at 16:00 of day 3: 78, 52 and 29 hours later, weighted 100, 60 and 50.
    assert lag == pytest.approx((78 * 100 + 52 * 60 + 29 * 50) / 210 * 3600, rel=1e-12)


def test_classes_of_one_day_are_days_by_themselves():
    alone = simulator.run({**TYPED, "flow": {**TYPED["flow"], "class_days": 1}}).days
    plain = {key: value for key, value in TYPED["flow"].items() if key != "class_days"}
    assert alone.equals(simulator.run({**TYPED, "flow": plain}).days)
    assert alone["net_debit"].to_list() == [100_00, 60_00, 50_00]
    assert alone.filter(pl.col("day") != pl.col("trade_day") + 1).is_empty()


@pytest.mark.parametrize("key", [{"carry": "yes"}, {"pilot": {}}, {"settles": "T+0", "cycles": 2}])
def test_what_needs_a_settlement_day_for_each_trade_day_is_refused(key):
    arrangements = {"net": {"layer": 2, **key}}
    with pytest.raises(InputError, match=r"goes with class_days: 1 alone; here 2 days settle together"):
        load_config({**TYPED, "arrangements": arrangements})
