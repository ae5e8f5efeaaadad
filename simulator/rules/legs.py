"""The waiting instructions as legs between accounts, which is how the offsets' kernels see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .waiting import Int64, Waiting


class Legs(NamedTuple):
    """What each instruction moves: leg by leg, from an account on the buyer's side to one on the seller's.

    ``buyers``, ``sellers`` and ``moves`` hold one read-only array a leg (a move below 0 goes the other
    way); accounts of a leg are numbered from ``base`` on. ``spare`` is what each account can give, int64,
    changed in place by who settles something.
    """

    buyers: tuple[Int64, ...]
    sellers: tuple[Int64, ...]
    moves: tuple[Int64, ...]
    base: Int64
    spare: Int64


def legs_of(waiting: Waiting, *more: tuple[Int64, Int64, Int64, Int64]) -> Legs:
    """Cash one way, units the other, and collateral where it binds apart from cash.

    The buyer needs cash − credit_value, and that is all the seller is sure to gain. Where receipts are
    locked, a third leg counts the collateral alone, for cash to come makes up for none that is given up.
    Net debit caps bind cash by itself, as a leg of its own.
    ``more`` legs, each (buyers, sellers, moves, what is available), stand last. So a group that these
    legs allow is never refused, though one that they do not allow might have been accepted: a seller may
    give up less collateral than ``credit_value``, or none.
    """
    cash, units = waiting.cash, -waiting.units
    credited = bool(waiting.credit_value.any())
    legs = [
        (waiting.buyer, waiting.seller, cash - waiting.credit_value if credited else cash),
        (waiting.buyer_position, waiting.seller_position, units),
    ]
    available = [waiting.cash_available, waiting.units_available]
    if credited and not waiting.reuse_at_once:
        legs.append((waiting.buyer, waiting.seller, -waiting.credit_value))
        available.append(waiting.cash_available)
    if len(waiting.cap_available):
        legs.append((waiting.buyer, waiting.seller, cash))
        available.append(waiting.cap_available)
    for *leg, left in more:
        legs.append((leg[0], leg[1], leg[2]))
        available.append(left)
    buyers, sellers, moves = (tuple(map(_plain, column)) for column in zip(*legs, strict=True))
    base = np.cumsum([0, *map(len, available)])[:-1]
    # Who is below 0 already may not fall further, and is no worse off than one at 0.
    return Legs(buyers, sellers, moves, base, np.maximum(np.concatenate(available), 0))


def collateral_accounts(waiting: Waiting) -> int:
    """The first of the accounts that count a member's collateral alone; −1 where there are none."""
    if waiting.reuse_at_once or not waiting.credit_value.any():
        return -1
    return len(waiting.cash_available) + len(waiting.units_available)


def split_groups(group: Int64) -> list[Int64]:
    """Places by number of group, −1 for none: each group ascending."""
    order = np.argsort(group, kind="stable")
    order = order[np.searchsorted(group[order], 0) :]
    starts = np.flatnonzero(np.diff(group[order], prepend=-1)).tolist()
    return [order[start:stop] for start, stop in zip(starts, [*starts[1:], len(order)], strict=False)]


def runs(first: Int64, second: Int64) -> tuple[Int64, Int64, Int64]:
    """Places sorted by (first, second, place), and where each run of equal pairs starts and stops.

    Two members' numbers below 65,536 are sorted digit by digit, in a tenth of the time.
    """
    narrow = np.min_scalar_type(int(max(first.max(initial=0), second.max(initial=0))))
    order = np.lexsort((second.astype(narrow), first.astype(narrow)))
    changes = (np.diff(first[order], prepend=-1) != 0) | (np.diff(second[order], prepend=-1) != 0)
    starts = np.flatnonzero(changes)
    return order, starts, np.append(starts, len(order))[1:]


def _plain(column: npt.NDArray[np.int64]) -> Int64:
    """A contiguous read-only view: one kind of array, so that a kernel is compiled once."""
    view = np.ascontiguousarray(column, dtype=np.int64).view()
    view.flags.writeable = False
    return view
