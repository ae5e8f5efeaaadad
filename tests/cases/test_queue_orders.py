"""The shipped case of queue orders, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, rows, settle, settled_at

ORDERS = ("fifo_bypass", "fifo_strict", "largest_first", "smallest_first", "by_deadline")
MARKET = {4: "11:00", 5: "13:00", 6: "15:00"}


@pytest.fixture(scope="module")
def result():
    return settle("queue_orders")


@pytest.mark.parametrize(
    ("order", "times"),
    [
        ("fifo_bypass", ("11:00", "15:00", "11:00", "13:00")),
        ("fifo_strict", ("11:00", "15:00", "15:00", "15:00")),
        ("largest_first", ("15:00", "11:00", "13:00", "11:00")),
        ("smallest_first", ("13:00", "15:00", "11:00", "11:00")),
        ("by_deadline", ("15:00", "13:00", "11:00", "11:00")),
    ],
)
def test_each_order_settles_when_the_hand_says(result, order, times):
    assert settled_at(result, order) == dict(enumerate(times)) | MARKET


@pytest.mark.parametrize(
    ("order", "settled"),
    [
        ("fifo_bypass", [4, 0, 2, 5, 3, 6, 1]),
        ("fifo_strict", [4, 0, 5, 6, 1, 2, 3]),
        ("largest_first", [4, 1, 3, 5, 2, 6, 0]),
        ("smallest_first", [4, 3, 2, 5, 0, 6, 1]),
        ("by_deadline", [4, 2, 3, 5, 1, 6, 0]),
    ],
)
def test_what_settles_at_one_instant_settles_in_the_order_of_the_queue(result, order, settled):
    assert [row["id"] for row in rows(result, order)] == settled


@pytest.mark.parametrize(
    ("order", "dollar_hours", "late", "late_count"),
    [
        ("fifo_bypass", 460, 70, 1),
        ("fifo_strict", 600, 110, 3),
        ("largest_first", 420, 30, 1),
        ("smallest_first", 540, 70, 1),
        ("by_deadline", 500, 0, 0),
    ],
)
def test_delay_and_lateness_are_the_hands(result, order, dollar_hours, late, late_count):
    found = measures(result, order)
    assert found["settlement_delay"] == pytest.approx(dollar_hours / 1500, rel=1e-12)
    assert (found["late_value"], found["late_count"]) == (cents(late), late_count)


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_changes_what_settles_or_what_it_takes(result, order):
    found = measures(result, order)
    assert found["unsettled_count"] == 0
    assert found["settled_value"] == cents(320)
    assert found["liquidity_used"] == cents(160)


def test_netting_settles_everything_at_the_close(result):
    assert set(settled_at(result, "net").values()) == {"16:00"}
