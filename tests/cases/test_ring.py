"""Gridlock in a ring: none settles by itself, all settle together, and one coin anywhere frees them all."""

from pathlib import Path

import polars as pl
import pytest

import simulator

CONFIG = Path(__file__).parents[2] / "configs" / "ring.yaml"
MINUTE = 60_000_000
TEN = 10 * 60 * MINUTE
BANKS = ("A", "B", "C", "D", "E")
# Payments as typed: 0 is E→A, 1 D→E, 2 C→D, 3 B→C, 4 A→B, a minute apart from 10:00.


@pytest.fixture(scope="module")
def result():
    return simulator.run(CONFIG, instructions=True)


def settled_minutes(result, arrangement: str) -> list[int | None]:
    """Minutes after 10:00 at which payments 0 … 4 settle."""
    rows = result.instructions.filter(pl.col("arrangement") == arrangement).sort("id")
    return [None if time is None else (time - TEN) // MINUTE for time in rows["settled_at"].to_list()]


@pytest.mark.parametrize(
    ("arrangement", "settled", "count", "moved", "used"),
    [
        ("net", 500_00, 0, 0, 0),
        ("gross", 0, 5, 0, 0),
        ("gross_lsm", 500_00, 0, 0, 0),
        ("gross_coin", 500_00, 0, 500_00, 100_00),
    ],
)
def test_the_ring_settles_all_or_nothing(result, arrangement, settled, count, moved, used):
    found = result.summary["arrangements"][arrangement]
    assert found["settled_value"] == settled
    assert found["unsettled_count"] == count
    assert found["value_moved"] == moved
    assert found["liquidity_used"] == used


def test_without_limits_gross_needs_what_all_but_the_first_paid_must_bring(result):
    arrangements = result.summary["arrangements"]
    assert arrangements["net"]["liquidity_need"] == 0
    for name in ("gross", "gross_lsm", "gross_coin"):
        assert arrangements[name]["liquidity_need"] == 400_00
        assert arrangements[name]["system_peak"] == 100_00
        assert arrangements[name]["net_debit"] == 0


def test_the_offset_settles_the_ring_as_soon_as_it_is_closed(result):
    assert settled_minutes(result, "gross") == [None] * 5
    assert settled_minutes(result, "gross_lsm") == [4] * 5
    assert settled_minutes(result, "gross_coin") == [2, 2, 2, 4, 4]


@pytest.mark.parametrize("holder", BANKS)
def test_one_coin_anywhere_settles_every_payment(holder):
    cash = {f"participants.members.{bank}.cash": "100.00" if bank == holder else "0" for bank in BANKS}
    found = simulator.run(CONFIG, overrides=cash).summary["arrangements"]["gross_coin"]
    assert found["settled_value"] == 500_00
    assert found["liquidity_used"] == 100_00


@pytest.mark.parametrize("count", [2, 3, 12])
@pytest.mark.parametrize("coin", [False, True])
def test_a_ring_of_any_length_is_freed_by_one_coin_and_by_nothing_less(count, coin):
    """Also at one time, and with each bank's money just short of enough."""
    ring = [
        {"time": "10:00", "buyer": f"Bank {at}", "seller": f"Bank {(at + 1) % count}", "cash": "1.00"}
        for at in range(count)
    ]
    members = {f"Bank {at}": {"cash": "0.99"} for at in range(count)}
    if coin:
        members["Bank 1"] = {"cash": "1.00"}
    source = {
        "flow": {"instructions": ring},
        "participants": {"members": members},
        "arrangements": {"gross": {"layer": 3}},
    }
    found = simulator.run(source).summary["arrangements"]["gross"]
    assert found["settled_value"] == (count * 100 if coin else 0)
