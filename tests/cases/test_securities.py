"""The shipped case of securities handed on and borrowed, against the hand in its opening comment."""

import pytest

from .shipped import cents, measures, settle, settled_at

CHAIN = dict.fromkeys((0, 1, 2), "10:02")
TRADED = {6: "14:00", 7: "15:30", 8: "15:45"}
NEVER = dict.fromkeys(range(9))
AT_ITS_TIME = {0: "10:00", 1: "10:01", 2: "10:02", 3: "10:10", 4: "10:15", 5: "10:00", **TRADED}


@pytest.fixture(scope="module")
def result():
    return settle("securities")


@pytest.mark.parametrize(
    ("arrangement", "times"),
    [
        ("gross", CHAIN | TRADED),
        ("locked", {2: "10:02"} | TRADED),
        ("offset", CHAIN | {3: "10:15", 4: "10:15"} | TRADED),
        ("lend", CHAIN | {5: "10:00"} | TRADED),
        ("recall", CHAIN | {5: "10:00"} | TRADED | {7: None}),
        ("lend_a_day", AT_ITS_TIME),
    ],
)
def test_units_go_as_far_as_the_hand_says(result, arrangement, times):
    assert settled_at(result, arrangement) == NEVER | times


@pytest.mark.parametrize(
    ("arrangement", "borrowed", "fee", "not_returned"),
    [
        ("gross", 0, 0, 0),
        ("lend", 600_000, 1.61, 50_000),
        ("recall", 600_000, 1.59, 0),
        ("lend_a_day", 600_100, 1.61, 50_000),
    ],
)
def test_what_is_borrowed_costs_its_fee_and_is_returned_or_reported(
    result, arrangement, borrowed, fee, not_returned
):
    found = measures(result, arrangement)
    assert found["securities_borrowed"] == cents(borrowed)
    assert found["borrowing_fee"] == cents(fee)
    assert found["securities_not_returned"] == cents(not_returned)


def test_the_fee_is_the_time_integral_times_the_rate():
    lend = 600_000 * 4 + 200_000 * 1.5 + 300_000 * 0.25 + 50_000 * 0.25
    recall = 600_000 * 4 + 200_000 * 1.75
    assert (round(lend / 24 * 0.005 / 360, 2), round(recall / 24 * 0.005 / 360, 2)) == (1.61, 1.59)


def test_netting_fails_what_is_short_after_all(result):
    found = measures(result, "net")
    assert found["unsettled_value"] == cents(50_000)
    assert found["unsettled_count"] == 1


@pytest.mark.parametrize(
    ("arrangement", "needed"),
    [
        ("net", 1_050_170),
        ("gross", 1_600_440),
        ("offset", 1_600_440),
        ("lend_a_day", 1_600_440),
    ],
)
def test_the_need_is_what_must_be_at_hand_at_the_time_of_each_trade(result, arrangement, needed):
    assert measures(result, arrangement)["securities_need"] == cents(needed)


def test_a_unit_less_to_borrow_and_the_short_sale_waits_for_the_purchase():
    fewer = {"participants.members.Short.holdings.BOND": "9_999"}
    assert settled_at(settle("securities", fewer), "lend")[5] == "14:00"
