"""What stands between an instruction and its settlement beside cash and units.

An account may be barred: its wallet unregistered or frozen, its member silent, its cash leg frozen. The
chain may have no room left. A member may keep some of its cash for what is urgent. Each costs nothing
where ``More`` says that there is none of it.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined, kernel
from .order import is_capped, keeps_wishes
from .state import (
    BLOCKED_BY,
    BUYER,
    CASH,
    DEBIT_CAP,
    ENTRY_CASH,
    ENTRY_UNITS,
    FROZEN,
    GONE,
    LEG_FROZEN,
    LIMIT,
    NO_ROOM,
    PRIORITY,
    REFUSED,
    RESERVE,
    ROOM,
    SELLER,
    SILENT,
    STATUS,
    UNREGISTERED,
    UNTESTED,
    USUAL_PRIORITY,
    WAITS_FOR_CAPACITY,
    WAITS_FOR_CASH,
    WAITS_FOR_FROZEN,
    WAITS_FOR_LIMIT,
    WAITS_FOR_OUTAGE,
    WAITS_FOR_REGISTRATION,
    WAITS_FOR_SILENT,
)


@inlined
def has_bars(more):
    """Whether accounts can be barred."""
    if more is None:
        return False
    return more.bars


@inlined
def has_room_limit(more):
    """Whether events hold so many settlements and no more."""
    if more is None:
        return False
    return more.room


@inlined
def refuses(more):
    """Whether what has an unregistered side is refused."""
    if more is None:
        return False
    return more.refuses


@inlined
def keeps_reserves(more):
    """Whether members keep some of their cash for what is urgent."""
    if more is None:
        return False
    return more.urgent > 0


@inlined
def barred(members, more, buyer, seller, units, cash):
    """What bars an instruction, by either side: registration, a frozen wallet or leg, silence; 0 if nothing.

    A silent member can still receive.
    """
    if not has_bars(more):
        return 0
    return barred_by(members[buyer, STATUS], members[seller, STATUS], units, cash)


@kernel
def barred_by(buys, sells, units, cash):
    """The same of the two sides' states.

    >>> barred_by(SILENT, 0, 0, 5), barred_by(0, SILENT, 0, 5), barred_by(UNREGISTERED | FROZEN, 0, 1, 0)
    (10, 0, 8)
    """
    if buys | sells == 0:
        return 0
    if (buys | sells) & UNREGISTERED:
        return WAITS_FOR_REGISTRATION
    if (buys | sells) & FROZEN or (buys & LEG_FROZEN and cash > 0):
        return WAITS_FOR_FROZEN
    if (buys & SILENT and cash > 0) or (sells & SILENT and units > 0):
        return WAITS_FOR_SILENT
    return 0


@inlined
def lacks_room(totals, more):
    """Why the event holds no further settlement; 0 if it does."""
    if has_room_limit(more) and totals[ROOM] <= 0:
        return totals[NO_ROOM]
    return 0


@inlined
def take_room(totals, more):
    """One more settlement, or part of one, is in."""
    if has_room_limit(more):
        totals[ROOM] -= 1


@inlined
def spendable(members, more, member, priority):
    """What a member's instruction of a priority can use: cash and undrawn credit, less what is kept back."""
    available = members[member, CASH] + members[member, LIMIT]
    if more is None:
        return available
    if more.urgent > 0 and priority > more.urgent:
        available -= members[member, RESERVE]
    return available


@inlined
def priority_of(pool, more, entry):
    """An entry's priority."""
    if keeps_wishes(more):
        return pool[entry, PRIORITY]
    return np.int64(USUAL_PRIORITY)


@inlined
def cash_reason(members, member, need):
    """What is lacking where ``need`` is more than can be used: cash, or only what is kept back."""
    if need <= members[member, CASH] + members[member, LIMIT]:
        return WAITS_FOR_LIMIT
    return WAITS_FOR_CASH


@inlined
def breaks_cap(members, more, member, cash):
    """Whether paying ``cash`` would bring a member's net debit above its cap; an inflow never does."""
    if not is_capped(more):
        return False
    return cash > 0 and cash > members[member, CASH] + members[member, DEBIT_CAP]


@inlined
def filed_under(more, reason):
    """Which index holds what waits for a reason: several reasons share one."""
    if reason == WAITS_FOR_LIMIT and not is_capped(more):
        return WAITS_FOR_CASH
    if reason == WAITS_FOR_OUTAGE:
        return WAITS_FOR_CAPACITY
    if reason in (WAITS_FOR_FROZEN, WAITS_FOR_SILENT):
        return WAITS_FOR_REGISTRATION
    return reason


@inlined
def is_filed(reason):
    """Whether an entry so blocked stands in an index."""
    return reason != GONE and reason != WAITS_FOR_REGISTRATION and reason != UNTESTED and reason != REFUSED


@kernel
def mark_settleable(members, more, pool, entries, settleable):
    """Mark those of waiting ``entries`` that nothing bars, for rules and parts; ``settleable`` is filled."""
    for k in range(len(entries)):
        row = pool[entries[k]]
        blocked = row[BLOCKED_BY]
        settleable[k] = blocked != REFUSED and blocked != WAITS_FOR_REGISTRATION
        if settleable[k]:
            bar = barred(members, more, row[BUYER], row[SELLER], row[ENTRY_UNITS], row[ENTRY_CASH])
            settleable[k] = bar == 0
