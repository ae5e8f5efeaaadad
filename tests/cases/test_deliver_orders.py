"""The shipped case of book-entry deliveries, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at, waited_for

TIMES = {
    0: "10:00",
    1: "10:20",
    2: "10:20",
    3: "10:40",
    4: "10:40",
    5: "12:00",
    6: "13:10",
    7: "13:40",
    8: "13:40",
    9: None,
    10: "15:50",
    11: None,
    12: None,
}
MET = {
    1: "limit",
    3: "credit",
    5: "credit",
    7: "securities",
    8: "limit",
    9: "securities",
    11: "hold",
    12: "hold",
}


@pytest.fixture(scope="module")
def result():
    return settle("deliver_orders")


def test_each_delivery_settles_when_the_hand_says(result):
    assert settled_at(result, "delivered") == TIMES


def test_what_pends_says_what_stopped_it_first(result):
    assert waited_for(result, "delivered") == MET


def test_without_a_monitor_only_the_cap_and_the_units_stop_it(result):
    assert settled_at(result, "cap_alone") == TIMES | {3: "10:30", 5: "11:00", 7: None, 8: None}
    assert waited_for(result, "cap_alone") == {k: met for k, met in MET.items() if met != "credit"}


def test_instructions_are_told_with_the_time_they_were_traded_at(result):
    traded = {
        row["id"]: row["time"] for row in result.instructions.filter(arrangement="delivered").to_dicts()
    }
    minutes = {6: 13 * 60, 11: 15 * 60 + 4, 12: 15 * 60 + 20}
    assert {k: traded[k] for k in minutes} == {k: 60_000_000 * at for k, at in minutes.items()}


@pytest.mark.parametrize(
    ("measure", "dollars"),
    {
        "gross_value": 6_960,
        "net_debit": 4_690,
        "value_moved": 4_090 + 1_010,  # one by one, and the pair on its net effect
        "liquidity_need": 1_600 + 410 + 2_000 + 1_010,
        "system_peak": 4_730,
        "liquidity_used": 1_390 + 330 + 2_000 + 1_010,
        "peak_intraday_credit": 4_090,
        "mean_intraday_credit": 2_227.82,
        "money_settlement": 4_090,
        "topped_up": 640,
        "credit_not_repaid": 0,
        "settled_value": 6_100,
        "unsettled_value": 860,
        "unsettled_value_securities": 800,
        "unsettled_value_hold": 60,
        "queued_value": 3_610,
        "queued_value_limit": 1_600,
        "queued_value_credit": 200,
        "queued_value_securities": 1_810,
        "gridlocked_value": 0,
        "deadlocked_value": 860,
    }.items(),
)
def test_the_measures_are_those_of_the_hand(result, measure, dollars):
    assert measures(result, "delivered")[measure] == cents(dollars)


def test_the_rest_of_the_figures(result):
    found = measures(result, "delivered")
    assert found["layer"] == 2
    # Value × minutes: (1) and (3) ten, (7) nine, (8) eight, (9) two hours to the close.
    waited = 600 * 10 + 200 * 10 + 1_010 * 9 + 1_000 * 8 + 800 * 120
    assert found["mean_delay_seconds"] == pytest.approx(waited * 60 / 6_960, rel=1e-12)
    assert (found["late_value"], found["funding_shortfall"]) == (None, 0)
    assert measures(result, "net")["money_settlement"] == measures(result, "net")["value_moved"]


def test_members_pay_what_they_owe_at_the_end(result):
    table = result.participants.filter(arrangement="delivered").to_dicts()
    paid = {row["participant"]: row["money_settlement"] for row in table if row["money_settlement"]}
    assert paid == {"A": cents(750), "D": cents(330), "E": cents(2_000), "H": cents(1_010)}
    assert {row["participant"]: row["topped_up"] for row in table if row["topped_up"]} == {"A": cents(640)}
    assert sum(row["value_moved"] for row in table) == cents(5_100)


def test_one_cent_more_breaks_a_cap_and_one_cent_less_a_monitor():
    """(0) leaves A a monitor of 200.00, (1) would bring it to −1 600.00."""
    cap, fund = (
        "arrangements.delivered.book_entry.net_debit_cap.A",
        "arrangements.delivered.book_entry.fund.A",
    )
    for amount, at in (("1_600.00", "10:10"), ("1_599.99", "10:20")):
        assert settled_at(settle("deliver_orders", {cap: amount}), "delivered")[1] == at
    for amount, met in (("100.00", None), ("99.99", "credit")):
        assert waited_for(settle("deliver_orders", {fund: amount}), "delivered").get(0) == met


def test_what_is_owed_is_conserved_at_every_step(verified):
    settle("deliver_orders")
    assert verified["settle_money"] == verified["drop_valued"] == 2
    assert verified["fund"] == 2
