"""The shipped case in which more money settles less, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at

SETTLED = {
    "credit_0": (180, {1: "10:01", 2: "10:02", 3: "10:03"}),
    "credit_40": (100, {0: "10:00"}),
    "credit_60": (220, {0: "10:00", 2: "10:02", 3: "10:03"}),
    "credit_100": (280, {0: "10:00", 1: "10:01", 2: "10:02", 3: "10:03"}),
    "strict_0": (0, {}),
    "strict_40": (100, {0: "10:00"}),
    "offset_40": (100, {0: "10:00"}),
}


@pytest.fixture(scope="module")
def result():
    return settle("bypass_is_not_monotone")


@pytest.mark.parametrize("arrangement", SETTLED)
def test_each_line_of_credit_settles_what_the_hand_says(result, arrangement):
    value, times = SETTLED[arrangement]
    assert measures(result, arrangement)["settled_value"] == cents(value)
    assert settled_at(result, arrangement) == dict.fromkeys(range(4)) | times


@pytest.mark.parametrize(("cash", "value"), [("99.99", 180), ("100.00", 100), ("160.00", 280)])
def test_so_does_cash_of_its_own(cash, value):
    found = settle("bypass_is_not_monotone", {"participants.members.A.cash": cash})
    assert measures(found, "credit_0")["settled_value"] == cents(value)
