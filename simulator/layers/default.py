"""A default read at one moment: what completing and closing out asks for, and who bears it.

The run goes on as if the member had not failed: that is what a clearing house's guarantee means for all
others, and in gross settlement what a silent member does to them is a fault of its own (``faults``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.market.flow import Int64
from simulator.market.margin import MarginBook
from simulator.rules.close_out import bear, loss_of_close_out
from simulator.rules.margin import Float64

from .unsettled import Unsettled

ITEMS = (
    "obligations",
    "positions",
    "marks",
    "moved",
    "loss",
    "deposit",
    "own",
    "others",
    "uncovered",
    "returned",
)
"""What a default comes to, in the order it happens: cash still to be paid for it over all settlement dates,
positions taken over at market value, what they have lost, what they lose until sold, the loss, and who bears
it. Settled gross a leg never moves without the other, so no principal is lost; units that a clearing house
has delivered at night and not been paid for are in what positions have lost."""


@dataclass(frozen=True, slots=True)
class Default:
    """A default: amounts in minor units by (item, member who pays or loses, −1 for the clearing house)."""

    day: int
    time: int
    member: int
    amounts: tuple[tuple[str, int, int], ...]


def largest(unsettled: Unsettled, members: int) -> int:
    """The member whose obligations, cash still to be paid, are largest, the first listed of equals."""
    if len(unsettled.obligations):
        owed = unsettled.obligations.clip(min=0).sum(axis=0)
    else:
        owed = np.zeros(members, dtype=np.int64)
        np.add.at(owed, unsettled.members[:, 0], unsettled.payable.clip(min=0))
        np.add.at(owed, unsettled.members[:, 1], (-unsettled.payable).clip(min=0))
    return int(np.argmax(owed))


def moved_against(deviations: Float64, shock: float, days: int) -> Int64:
    """What positions lose over the close-out, ``shock`` standard deviations, rounded half to even."""
    return np.rint(shock * math.sqrt(days) * deviations).astype(np.int64)


def close_out(
    book: MarginBook, unsettled: Unsettled, deviations: Float64, deposits: Int64, member: int
) -> list[tuple[str, int, int]]:
    """The clearing house completes what a member traded, sells what it took over, and bears what lacks."""
    assert book.failing is not None
    owed = int(unsettled.obligations[:, member].clip(min=0).sum())
    payable, worth = int(unsettled.payable[member]), int(unsettled.worth()[member])
    moved = int(moved_against(deviations[member : member + 1], book.failing.shock, book.terms.days)[0])
    loss = loss_of_close_out(payable, worth, moved)
    borne = bear(loss, deposits, member, book.own)
    return [
        ("obligations", -1, owed),
        ("positions", -1, worth),
        ("marks", -1, payable - worth),
        ("moved", -1, moved),
        ("loss", -1, loss),
        ("deposit", member, borne.deposit),
        ("own", -1, borne.own),
        *(("others", at, amount) for at, amount in enumerate(borne.others.tolist()) if amount),
        ("uncovered", -1, borne.uncovered),
        ("returned", member, borne.returned),
    ]


def replace_pairs(
    book: MarginBook, unsettled: Unsettled, deviations: Float64, member: int
) -> list[tuple[str, int, int]]:
    """Each counterparty replaces what it had with the member and had not settled, and bears the price."""
    assert book.failing is not None
    with_it = np.flatnonzero((unsettled.members == member).any(axis=1))
    other = unsettled.members[with_it].sum(axis=1) - member
    sign = np.where(unsettled.members[with_it, 0] == member, 1, -1)
    owed = (sign * unsettled.payable[with_it]).clip(min=0)
    moved = moved_against(deviations[with_it], book.failing.shock, book.terms.days)
    total = int(moved.sum())
    return [
        ("obligations", -1, int(owed.sum())),
        ("positions", -1, int((sign * unsettled.payable[with_it]).sum())),
        ("marks", -1, 0),
        ("moved", -1, total),
        ("loss", -1, total),
        *(
            ("others", who, amount)
            for who, amount in zip(other.tolist(), moved.tolist(), strict=True)
            if amount
        ),
    ]
