"""The shipped case of margin, a fast call and a default, against the hand in its opening comment."""

import pytest

from .shipped import cents, measures, settle


@pytest.fixture(scope="module")
def result():
    return settle("margin")


def by_member(result, arrangement, day, column):
    """A column of participants on one settlement day."""
    rows = result.participants.filter(arrangement=arrangement, day=day).select("participant", column)
    return dict(rows.rows())


def of_days(result, arrangement, column):
    return result.days.filter(arrangement=arrangement)[column].to_list()


def members(a, b, c):
    return {"A": cents(a), "B": cents(b), "C": cents(c)}


@pytest.mark.parametrize("arrangement", ["net", "fast"])
def test_deposits_are_those_worked_by_hand(result, arrangement):
    assert by_member(result, arrangement, 1, "margin") == members(1652.94, 1402.94, 902.94)
    assert by_member(result, arrangement, 2, "margin") == members(361.17, 709.81, 617.29)
    assert by_member(result, arrangement, 1, "margin_at_risk") == members(402.94, 402.94, 402.94)
    assert measures(result, arrangement)["margin"] == 282_354  # of 3,958.82 and 1,688.27, half to even


def test_calls_are_the_same_and_a_faster_one_needs_less_posted_beforehand(result):
    for arrangement in ("net", "fast"):
        assert by_member(result, arrangement, 1, "margin_called") == members(0, 730.64, 166.85)
    assert by_member(result, "net", 1, "margin_buffer") == members(121.58, 730.64, 166.85)
    assert by_member(result, "fast", 1, "margin_buffer") == members(121.58, 523.00, 166.85)
    assert of_days(result, "net", "margin_uncovered") == [cents(897.49), 0]
    assert of_days(result, "fast", "margin_uncovered") == [cents(811.43), 0]


def test_collateral_is_grossed_up_by_haircut_and_settlement_value(result):
    """1,402.94 + 523.00 at 98 % of half their value: 1,925.94 / 0.49 = 3,930.4898, rounded up."""
    assert by_member(result, "fast", 1, "margin_collateral")["B"] == cents(3930.49)
    assert by_member(result, "net", 1, "margin_collateral")["B"] == cents(1402.94 + 730.64)


def test_exposure_is_kept_for_a_day_at_the_clearing_house_and_for_minutes_on_chain(result):
    """z × s.d., in lines from reading to reading, over 24 hours: of B at the clearing house 4,271.99 / 24."""
    assert by_member(result, "net", 1, "unsettled_exposure") == members(185.13, 178.00, 180.90)
    assert of_days(result, "net", "unsettled_exposure_peak")[0] == cents(3 * 232.63)
    assert by_member(result, "gross", 0, "unsettled_exposure") == members(9.69, 4.85, 4.85)
    assert by_member(result, "gross", 1, "unsettled_exposure") == members(1.94, 4.07, 2.13)
    assert of_days(result, "gross", "unsettled_exposure_peak") == [cents(465.26), cents(204.72)]
    assert measures(result, "gross")["margin"] == 0


def test_cover_1_is_the_largest_obligation_and_the_largest_members_bring_what_lacks(result):
    """At noon of day 1 A is to pay 5,000 that day and 2,000 the next, B 2,400, C 5,000; 3,958.82 is there."""
    assert of_days(result, "net", "cover_1") == [cents(7000), cents(2400)]
    assert by_member(result, "net", 1, "supplemental_deposits") == members(1478.35, 506.86, 1055.97)
    assert by_member(result, "net", 2, "supplemental_deposits") == members(323.51, 388.22, 0)
    assert measures(result, "net")["cover_1_shortfall"] == 0


def amounts(result, arrangement):
    rows = result.defaults.filter(arrangement=arrangement).select("item", "participant", "amount")
    return {(item, who): amount for item, who, amount in rows.rows()}


def test_a_default_is_closed_out_and_borne_in_order(result):
    assert set(result.defaults["arrangement"]) == {"net", "gross"}
    assert amounts(result, "net") == {
        ("obligations", None): cents(4400),
        ("positions", None): cents(-6600),
        ("marks", None): cents(1000),
        ("moved", None): cents(457.26),
        ("loss", None): cents(1457.26),
        ("deposit", "B"): cents(1402.94),
        ("own", None): 0,
        ("others", "A"): cents(35.13),
        ("others", "C"): cents(19.19),
        ("uncovered", None): 0,
        ("returned", "B"): 0,
    }


def test_under_gross_settlement_only_what_had_not_settled_is_replaced(result):
    told = amounts(result, "gross")
    assert told[("loss", None)] == told[("others", "C")] == cents(304.84)
    assert told[("obligations", None)] == cents(4400)
