"""Look-ahead: a delivery that waits at a participant completes with one that it could pass on."""

from __future__ import annotations

import numpy as np

from .compile import kernel


@kernel
def _lists(positions, heads, following):
    """Link the places of each position in queue order: ``heads`` by position, ``following`` by place."""
    heads[:] = -1
    for place in range(len(positions) - 1, -1, -1):
        position = positions[place]
        following[place] = -1
        if position >= 0:
            following[place] = heads[position]
            heads[position] = place


@kernel
def _keeps(left, who, change):
    """Whether a member that a change takes from has enough left; what adds is not tested."""
    return change >= 0 or left[who] + change >= 0


@kernel
def _pair_settles(receipt, delivery, buyer, seller, from_, units, cash, raised, left, held, caps, at_once):
    """Whether a receipt and a delivery of one participant are feasible together, on their net effect.

    ``raised`` is what the units of each secure, ``left`` each member's cash and credit, ``held`` each
    position's units, ``caps`` what each member's cap allows, empty without caps. Where receipts are locked,
    only falls count, and collateral by itself too.
    """
    who = (seller[receipt], buyer[receipt], buyer[delivery])
    money = (cash[receipt], cash[delivery] - cash[receipt], -cash[delivery])
    credit = (-raised[receipt], raised[receipt] - raised[delivery], raised[delivery])
    if held[from_[receipt]] < units[receipt]:
        return False
    if held[from_[delivery]] + units[receipt] < units[delivery]:
        return False
    for side in range(3):
        change = money[side] + credit[side]
        if not at_once:
            change = min(change, credit[side])
        if not _keeps(left, who[side], change):
            return False
        if len(caps) > 0 and not _keeps(caps, who[side], money[side]):
            return False
    return True


@kernel
def _settle_pair(receipt, delivery, buyer, seller, from_, to, units, cash, raised, left, held, caps, at_once):
    """Book what a pair takes from members and positions, and, where it is free at once, what it brings."""
    who = (seller[receipt], buyer[receipt], buyer[delivery])
    money = (cash[receipt], cash[delivery] - cash[receipt], -cash[delivery])
    credit = (-raised[receipt], raised[receipt] - raised[delivery], raised[delivery])
    for side in range(3):
        change = money[side] + credit[side]
        if not at_once:
            change = min(0, min(change, credit[side]))
        left[who[side]] += change
        if len(caps) > 0:
            caps[who[side]] += money[side] if at_once else min(0, money[side])
    passed = units[receipt] - units[delivery]
    held[from_[receipt]] -= units[receipt]
    held[from_[delivery]] += passed if at_once else min(0, passed)
    if at_once:
        held[to[delivery]] += units[delivery]


@kernel
def pair_ahead(
    buyer, seller, to, from_, units, cash, raised, left, held, caps, at_once, group, heads, following
):
    """Number in ``group`` (−1: none) the pairs that complete together, in the order in which they are found.

    One entry a waiting instruction, in queue order: members ``buyer`` and ``seller``, positions ``to`` and
    ``from_`` (−1 for payments), ``units``, ``cash``, ``raised``. ``left``, ``held`` and ``caps`` are changed
    in place; ``heads`` (2, positions) and ``following`` (2, instructions) are scratch. In queue order each
    takes the earliest after it that delivers what it receives, or receives what it delivers, with a third
    member on each side, and is feasible with it.
    """
    _lists(to, heads[0], following[0])
    _lists(from_, heads[1], following[1])
    group[:] = -1
    pairs = 0
    for first in range(len(buyer)):
        if group[first] >= 0 or to[first] < 0 or buyer[first] == seller[first]:
            continue
        # What the buyer passes on, and what the seller is to receive: both lists in queue order.
        onward, inward = heads[1, to[first]], heads[0, from_[first]]
        while onward >= 0 or inward >= 0:
            passes_on = inward < 0 or (onward >= 0 and onward < inward)
            if passes_on:
                second, onward = onward, following[1, onward]
                receipt, delivery = first, second
            else:
                second, inward = inward, following[0, inward]
                receipt, delivery = second, first
            x, y = seller[receipt], buyer[delivery]
            if second < first or group[second] >= 0 or x == y:
                continue
            if x == buyer[receipt] or y == seller[delivery]:
                continue
            if _pair_settles(
                receipt, delivery, buyer, seller, from_, units, cash, raised, left, held, caps, at_once
            ):
                _settle_pair(
                    receipt,
                    delivery,
                    buyer,
                    seller,
                    from_,
                    to,
                    units,
                    cash,
                    raised,
                    left,
                    held,
                    caps,
                    at_once,
                )
                group[first] = group[second] = pairs
                pairs += 1
                break
    return np.int64(pairs)
