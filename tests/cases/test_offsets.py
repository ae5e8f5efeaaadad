"""Cases in plain files (``offsets/``), each worked by hand in its opening comment: what settles, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

import simulator

CASES = Path(__file__).with_name("offsets")
RULES = ("gross", "bilateral", "ring", "multilateral", "batch", "optimum")
EXPECTED = {  # settled value in dollars, by arrangement in the order of RULES
    "unlock": (0, 190, 190, 190, 190, 190),
    "chain": (300, 300, 300, 300, 300, 300),
    "deadlock": (0, 0, 0, 0, 0, 0),
    "securities_ring": (0, 0, 33, 33, 33, 33),
    "back_to_back": (0, 0, 0, 140, 140, 140),
    "unequal_cycle": (0, 0, 31, 31, 31, 31),
    "five_banks": (0, 0, 0, 25, 25, 25),
    "more_money": (180, 180, 180, 180, 180, 180),
}


def measured(case: str, measure: str, **overrides: str) -> tuple[int, ...]:
    """A measure in cents, by arrangement in the order of RULES."""
    found = simulator.run(CASES / f"{case}.yaml", overrides=overrides).summary["arrangements"]
    return tuple(found[rule][measure] for rule in RULES)


def cents(dollars: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(100 * amount for amount in dollars)


@pytest.mark.parametrize("case", EXPECTED)
def test_each_case_settles_what_the_hand_says(case):
    assert measured(case, "settled_value") == cents(EXPECTED[case])


def test_every_file_is_a_case():
    assert {path.stem for path in CASES.glob("*.yaml")} == {*EXPECTED, "arrangements"}


@pytest.mark.parametrize(
    ("case", "gridlocked", "deadlocked"),
    [("unlock", 190, 0), ("deadlock", 0, 10), ("back_to_back", 140, 0), ("five_banks", 25, 0)],
)
def test_gridlock_is_told_from_deadlock(case, gridlocked, deadlocked):
    """What waits at the close though it could settle together, and what could not; by itself, so in gross."""
    assert measured(case, "gridlocked_value")[0] == 100 * gridlocked
    assert measured(case, "deadlocked_value")[0] == 100 * deadlocked


def test_a_cent_less_and_the_unequal_cycle_stays():
    short = {"participants.members.B.cash": "1.99"}
    assert measured("unequal_cycle", "settled_value", **short) == (0,) * len(RULES)


def test_more_money_settles_less_where_what_can_settle_passes():
    """A has 100 instead of 60, and 80 less settles, whatever offset runs after the queue (or before it)."""
    rich = {"participants.members.A.cash": "100.00"}
    assert measured("more_money", "settled_value", **rich) == cents((100,) * len(RULES))
    richest = {"participants.members.A.cash": "160.00"}
    assert measured("more_money", "settled_value", **richest) == cents((280,) * len(RULES))


def test_the_chain_uses_its_hundred_three_times():
    assert measured("chain", "liquidity_used") == cents((100,) * len(RULES))
    assert measured("chain", "turnover_ratio")[0] == 3.0
