"""The shipped case of offsets, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, measures, settle, settled_at

KNOTS = {
    "pair": range(2),
    "ring of six": range(2, 8),
    "unequal": range(8, 11),
    "five banks": range(11, 19),
    "securities": range(19, 22),
    "back to back": range(22, 24),
    "hopeless head": range(24, 25),
    "large head": range(25, 27),
    "deadlock": range(27, 29),
}
ALL_AT_ONCE = ("pair", "ring of six", "unequal", "five banks", "securities", "back to back")


@pytest.fixture(scope="module")
def result():
    return settle("offsets")


def frees(when: str, *knots: str) -> dict[str, str]:
    return dict.fromkeys(knots, when)


@pytest.mark.parametrize(
    ("arrangement", "freed"),
    [
        ("gross", {}),
        ("bilateral", frees("10:01", "pair", "large head")),
        ("ring", frees("10:01", "pair", "unequal", "securities", "large head")),
        ("multilateral", frees("10:01", *ALL_AT_ONCE)),
        ("both", frees("10:01", *ALL_AT_ONCE, "large head")),
        ("long_queue", frees("10:00", *ALL_AT_ONCE)),
        ("batch", frees("10:00", *ALL_AT_ONCE, "large head")),
        (
            "optimum",
            frees("10:01", *ALL_AT_ONCE[:4]) | frees("10:02", *ALL_AT_ONCE[4:], "large head"),
        ),
    ],
)
def test_each_rule_frees_the_knots_that_the_hand_says(result, arrangement, freed):
    expected = {number: freed.get(knot) for knot, numbers in KNOTS.items() for number in numbers}
    assert settled_at(result, arrangement) == expected


@pytest.mark.parametrize(
    ("arrangement", "settled", "moved", "units", "gridlocked", "deadlocked"),
    [
        ("gross", 0, 0, 0, 719, 130),
        ("bilateral", 210, 10, 0, 529, 110),
        ("ring", 274, 15, 0, 465, 110),
        ("multilateral", 719, 85, 10, 0, 130),
        ("both", 739, 85, 10, 0, 110),
        ("long_queue", 719, 85, 10, 0, 130),
        ("batch", 739, 85, 10, 0, 110),
        ("optimum", 739, 85, 10, 0, 110),
    ],
)
def test_what_settles_what_moves_and_what_is_gridlocked_still(
    result, arrangement, settled, moved, units, gridlocked, deadlocked
):
    found = measures(result, arrangement)
    assert found["settled_value"] == cents(settled)
    assert found["value_moved"] == cents(moved)
    assert found["units_moved"] == units
    assert found["gridlocked_value"] == cents(gridlocked)
    assert found["deadlocked_value"] == cents(deadlocked)


def test_a_cent_less_where_it_is_needed_keeps_the_knot_tied():
    short = {
        "participants.members.Pair A.cash": "9.99",
        "participants.members.Unequal B.cash": "1.99",
        "participants.members.Back C.cash": "69.99",
    }
    poorer = settle("offsets", short)
    for arrangement in ("both", "batch", "optimum"):
        assert measures(poorer, arrangement)["settled_value"] == cents(739 - 190 - 31 - 140)
