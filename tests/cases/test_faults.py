"""The shipped case of faults, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at, waited_for

TIMES = {
    "normal": ["09:30", "09:30", "10:00", "10:30", "11:00"],
    "outage": ["10:30", "10:30", "11:00", "11:00", "11:30"],
    "congestion": ["09:30", "10:00", "10:30", "10:30", "11:00"],
    "frozen": ["10:30", "10:30", "11:00", "11:00", "11:30"],
    "silent": [None, "09:30", None, "10:30", None],
}
WAITS = {
    "normal": {2: "capacity"},
    "outage": {0: "outage", 1: "outage", 2: "outage", 3: "capacity", 4: "capacity"},
    "congestion": {1: "capacity", 2: "capacity"},
    "frozen": {0: "frozen", 1: "frozen", 2: "frozen", 3: "capacity", 4: "capacity"},
    "silent": {0: "silent", 2: "silent", 4: "silent"},
}


@pytest.fixture(scope="module")
def result():
    return settle("faults")


@pytest.mark.parametrize("arrangement", TIMES)
def test_what_waited_and_for_what(result, arrangement):
    assert settled_at(result, arrangement) == dict(enumerate(TIMES[arrangement]))
    assert waited_for(result, arrangement) == WAITS[arrangement]


@pytest.mark.parametrize("arrangement", TIMES)
def test_nothing_is_lost_and_what_waited_is_told_by_reason(result, arrangement):
    found = measures(result, arrangement)
    left = TIMES[arrangement].count(None)
    assert found["settled_value"] + found["unsettled_value"] == cents(50)
    assert (found["unsettled_value"], found["unsettled_value_silent"]) == (cents(10 * left), cents(10 * left))
    for reason in ("capacity", "outage", "frozen", "silent"):
        count = list(WAITS[arrangement].values()).count(reason)
        assert found[f"queued_value_{reason}"] == cents(10 * count), reason
