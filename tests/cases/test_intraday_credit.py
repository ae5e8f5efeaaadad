"""The shipped case of intraday credit, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at, waited_for

AT_ITS_TIME = {0: "09:30", 1: "10:00", 2: "11:00", 3: "12:00", 4: "13:30", 5: "15:00"}
COVERED = AT_ITS_TIME | {2: "12:00", 5: None}
LENDING = ("line", "pledge", "central_bank", "repo", "stock")
AUTO = ("auto", "auto_at_close")


@pytest.fixture(scope="module")
def result():
    return settle("intraday_credit")


@pytest.mark.parametrize(
    ("arrangement", "times"),
    [
        ("none", dict.fromkeys(range(6)) | {0: "09:30"}),
        *((name, AT_ITS_TIME) for name in LENDING),
        *((name, COVERED) for name in AUTO),
    ],
)
def test_what_is_lent_settles_when_the_hand_says(result, arrangement, times):
    assert settled_at(result, arrangement) == times


@pytest.mark.parametrize("arrangement", AUTO)
def test_a_gift_of_collateral_waits_until_it_is_not_needed(result, arrangement):
    assert waited_for(result, arrangement) == {2: "credit", 5: "cash"}


# By facility: dollar-hours lent, yearly rate, interest to the cent, and what is not repaid.
FACILITIES = {
    ("line", "line"): (2_740_000, 0.005, 1.59, 190_000),
    ("pledge", "pledged"): (2_740_000, 0, 0, 190_000),
    ("central_bank", "collateralised"): (2_740_000 - 852_150, 0, 0, 190_000),
    ("central_bank", "overdraft"): (852_150, 0.005, 0.49, 0),
    ("repo", "repo"): (3_390_000, 0.041, 16.09, 190_000),
    ("stock", "stock"): (2_740_000, 0, 0, 190_000),
    ("auto", "auto"): (2_550_000, 0.01, 2.95, 0),
    ("auto_at_close", "auto"): (2_556_000, 0.01, 2.96, 0),
}


@pytest.mark.parametrize(("arrangement", "facility"), FACILITIES)
def test_interest_is_the_time_integral_times_the_rate_to_the_cent(result, arrangement, facility):
    dollar_hours, rate, interest, not_repaid = FACILITIES[arrangement, facility]
    assert round(dollar_hours / 24 * rate / 360, 2) == interest  # the hand's own sum
    (found,) = result.credit.filter(arrangement=arrangement, facility=facility).to_dicts()
    assert found["interest"] == cents(interest)
    assert found["not_repaid"] == cents(not_repaid)
    assert found["mean"] == round(cents(dollar_hours) / 6.5)  # the day is six and a half hours


def test_each_line_is_drawn_for_what_lacks_and_no_more(result):
    peaks = {(row["arrangement"], row["facility"]): row["peak"] for row in result.credit.to_dicts()}
    free, dear = ("central_bank", "collateralised"), ("central_bank", "overdraft")
    assert (peaks.pop(free), peaks.pop(dear)) == (cents(485_100), cents(414_900))
    assert set(peaks.values()) == {cents(900_000)}


@pytest.mark.parametrize("arrangement", LENDING)
def test_what_is_not_repaid_is_reported_and_of_whom(result, arrangement):
    assert measures(result, arrangement)["credit_not_repaid"] == cents(190_000)
    owing = result.participants.filter(arrangement=arrangement).to_dicts()
    owed = {row["participant"]: row["credit_not_repaid"] for row in owing}
    assert owed == {"Alpha": cents(190_000), "Beta": 0, "Gamma": 0, "Delta": 0}


def test_without_credit_it_is_gridlock(result):
    found = measures(result, "none")
    assert found["settled_value"] == cents(990)
    assert found["gridlocked_value"] == cents(1_960_000)
    assert found["deadlocked_value"] == cents(250_000)


@pytest.mark.parametrize(("cash", "bought"), [("100_000.00", "10:00"), ("99_999.99", None)])
def test_a_purchase_needs_its_haircut_in_cash_and_not_a_cent_less(cash, bought):
    found = settle("intraday_credit", {"participants.members.Alpha.cash": cash})
    for arrangement in AUTO:
        assert settled_at(found, arrangement)[1] == bought
