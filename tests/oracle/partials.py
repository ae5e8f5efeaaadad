"""Partial settlement: the largest part of one instruction that settles now."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .book import Instruction, Partials
from .wallets import Wallets

TOO_LARGE = 2**31


def largest_part(one: Instruction, terms: Partials, wallets: Wallets) -> Instruction | None:
    """The most units short of the whole that settle, with their share of the cash, half to even."""
    members = (one.buyer, one.seller)
    allowed = terms.members is None or all(name in terms.members for name in members)
    if not (one.partial and allowed and 0 < one.units < TOO_LARGE):
        return None
    for units in range(one.units - 1, 0, -1):
        cash = round(Fraction(one.cash * units, one.units))
        part = replace(one, units=units, cash=cash)
        if wallets.obstacle(part) is None:
            # Fewer units carry less cash: no smaller part reaches a minimum that this one misses.
            return part if one.cash == 0 or cash >= terms.minimum else None
    return None
