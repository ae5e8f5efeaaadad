"""The shipped case of priorities and holds, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, rows, settle, settled_at, waited_for

MARKET = {6: "11:00", 7: "13:00", 8: "15:00"}
EACH = {0: "15:00", 1: "11:00", 2: "15:00", 3: "13:00", 4: None, 5: "15:00"}


@pytest.fixture(scope="module")
def result():
    return settle("priorities")


@pytest.mark.parametrize(
    ("arrangement", "times"), [("gross", EACH), ("largest_first", EACH | {3: "15:00", 5: "13:00"})]
)
def test_a_class_stands_before_any_order_and_a_hold_keeps_its_place(result, arrangement, times):
    assert settled_at(result, arrangement) == times | MARKET


@pytest.mark.parametrize(
    ("arrangement", "last"), [("gross", [8, 0, 5, 2, 4]), ("largest_first", [8, 0, 3, 2, 4])]
)
def test_the_last_class_settles_last_though_it_came_first(result, arrangement, last):
    assert [row["id"] for row in rows(result, arrangement)][-5:] == last


@pytest.mark.parametrize("arrangement", ["gross", "largest_first"])
def test_what_is_held_past_the_close_never_waits_for_anything_else(result, arrangement):
    assert waited_for(result, arrangement) == {
        0: "cash",
        1: "cash",
        2: "cash",
        3: "cash",
        4: "hold",
        5: "cash",
    }
    found = measures(result, arrangement)
    assert found["unsettled_value"] == found["unsettled_value_hold"] == cents(10)
    assert found["unsettled_count"] == 1


@pytest.mark.parametrize(("arrangement", "waited"), [("gross", 682.5), ("largest_first", 662.5)])
def test_what_is_held_enters_when_it_is_released(result, arrangement, waited):
    """So its wait begins there, and what never enters has none."""
    found = measures(result, arrangement)
    assert found["settlement_delay"] == pytest.approx(waited / 1602.5, rel=1e-12)


@pytest.mark.parametrize("arrangement", ["gross", "largest_first"])
def test_only_the_last_class_is_late(result, arrangement):
    found = measures(result, arrangement)
    assert (found["late_value"], found["late_count"]) == (cents(40), 1)


def test_the_clearing_house_holds_nothing(result):
    found = measures(result, "net")
    assert set(settled_at(result, "net").values()) == {"16:00"}
    assert found["settled_value"] == cents(410)
    assert found["funding_shortfall"] == cents(10)
    assert found["late_value"] is None
