"""The simulator agrees with the reference to the last unit on what a clearing house carries."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from .book import HOUR
from .netting_families import NETTING_FAMILIES, netting_family
from .terms import BuyIn, Carry
from .test_engine_agrees import compare
from .test_netting_reference import CARRIES, PLAIN, four_sides, three_days


@pytest.mark.parametrize("name", NETTING_FAMILIES)
def test_engine_agrees_on_continuous_net_settlement(name):
    for seed in range(5):
        compare(f"{name} {seed}", *netting_family(name, seed))


def test_what_is_worked_by_hand_binds_the_simulator_too():
    """The books of test_netting_reference.py; order by lot is the engine's own."""
    banks = {"Bank": ("A", "B")}
    bought_in = Carry(buy_in=BuyIn(2, Fraction(1, 10)))
    compare(
        "three days",
        three_days(),
        {
            "carried": CARRIES,
            "bought_in": replace(CARRIES, carry=bought_in),
            "limited": replace(CARRIES, funding=(5, 0)),
            "banks": replace(CARRIES, settling_banks=banks),
            "banks_alone": replace(PLAIN, settling_banks=banks),
        },
    )
    night = Carry(night=HOUR, exemptions={"S": None})
    ways = {"lot": Carry(), "priority": Carry(priority={"B": 4, "A": 6}), "night": night}
    compare("four sides", four_sides(), {name: replace(CARRIES, carry=one) for name, one in ways.items()})


@pytest.mark.slow
@pytest.mark.parametrize("name", NETTING_FAMILIES)
def test_engine_agrees_on_more_of_continuous_net_settlement(name):
    for seed in range(5, 25):
        compare(f"{name} {seed}", *netting_family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(25, 85, 30))
@pytest.mark.parametrize("name", NETTING_FAMILIES)
def test_engine_agrees_on_continuous_net_settlement_at_length(name, first):
    for seed in range(first, first + 30):
        compare(f"{name} {seed}", *netting_family(name, seed))
