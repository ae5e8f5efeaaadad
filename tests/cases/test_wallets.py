"""The shipped case of wallets, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at, waited_for


@pytest.fixture(scope="module")
def result():
    return settle("wallets")


def test_what_waits_for_a_wallet_settles_once_it_is_registered_or_free(result):
    assert settled_at(result, "waits") == {0: "11:00", 1: "11:00", 2: "12:00", 3: "13:00"}
    assert waited_for(result, "waits") == {0: "registration", 1: "registration", 2: "frozen"}
    found = measures(result, "waits")
    assert found["settled_value"] == cents(75)
    assert (found["queued_value_registration"], found["queued_value_frozen"]) == (cents(60), cents(10))


def test_what_is_refused_never_settles(result):
    assert settled_at(result, "refuses") == {0: None, 1: None, 2: "12:00", 3: "13:00"}
    found = measures(result, "refuses")
    assert (found["settled_value"], found["unsettled_value"]) == (cents(15), cents(60))
    assert (found["unsettled_value_registration"], found["unsettled_count_registration"]) == (cents(60), 2)


def test_without_the_forced_transfer_its_receiver_has_nothing_to_sell():
    moved = "arrangements.waits.wallets.events"
    events = [{"time": "11:00", "action": "register", "member": "B"}]
    unmoved = settle("wallets", {moved: events})
    assert settled_at(unmoved, "waits")[3] is None
    assert waited_for(unmoved, "waits")[3] == "securities"
