"""The shipped case of treasurers, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at, waited_for

TIMES = {
    "at_once": {0: "09:00", 1: "10:00", 2: "12:00", 3: "13:00", 4: None},
    "wait_for_inflow": {0: None, 1: None, 2: None, 3: "13:00", 4: None},
    "paced": {0: "15:30", 1: "12:30", 2: "13:00", 3: "13:00", 4: None},
    "top_up": {0: "09:00", 1: "10:00", 2: "12:00", 3: "13:00", 4: "14:00"},
    "reserve": {0: "09:00", 1: None, 2: "13:00", 3: "13:00", 4: None},
}
WAITS = {
    "at_once": {4: "cash"},
    "wait_for_inflow": {0: "limit", 1: "limit", 2: "cash", 4: "limit"},
    "paced": {0: "limit", 1: "limit", 2: "cash", 4: "limit"},
    "top_up": {},
    "reserve": {1: "limit", 2: "limit", 4: "cash"},
}


@pytest.fixture(scope="module")
def result():
    return settle("treasury")


@pytest.mark.parametrize("arrangement", TIMES)
def test_each_behaviour_settles_when_worked_out(result, arrangement):
    assert settled_at(result, arrangement) == TIMES[arrangement]
    assert waited_for(result, arrangement) == WAITS[arrangement]


@pytest.mark.parametrize(
    ("arrangement", "unsettled"),
    [("at_once", 70), ("wait_for_inflow", 220), ("paced", 70), ("top_up", 0), ("reserve", 110)],
)
def test_what_is_left(result, arrangement, unsettled):
    assert measures(result, arrangement)["unsettled_value"] == cents(unsettled)


def test_what_is_topped_up_is_told_and_what_it_ties_up(result):
    found = measures(result, "top_up")
    assert (found["topped_up"], found["top_up_refused"], found["withdrawn"]) == (cents(250), 0, 0)
    assert found["peak_supply"] == cents(350)
    assert found["supply_share"] == pytest.approx(350 / 308e9, rel=1e-12)
    # Day × 24 h: 100 × 24 + 100 × 14.5 (B from 09:30) + 60 × 14 (A from 10:00) + 90 × 9 (from 15:00) = 5500.
    assert found["liquidity_hours"] == cents(5500)
    # At 3.87 % of 360 days: A 4050 h × 0.0387 / 8640 = 0.0181 → 0.02; B 1450 h → 0.0065 → 0.01.
    assert found["holding_cost"] == 3
