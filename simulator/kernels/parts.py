"""Settlement in parts: as many units as the seller has and the buyer can pay for, cash pro rata."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .gates import breaks_cap, lacks_room, priority_of, spendable
from .moves import advance, credit_value, secures, settle_one
from .order import may_say_whole
from .queue import book_part, file_entry, note_need, obstacle, seller_need, unfile_entry
from .release import offer_member, offer_slot, settle_offered
from .state import (
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CASH,
    ENTRY_CASH,
    ENTRY_UNITS,
    GONE,
    LIMIT,
    MAY_PART,
    PART_COUNT,
    PART_VALUE,
    PARTS,
    SELLER,
    SELLER_SLOT,
    UNITS,
)
from .strict import cash_head, units_head

WHOLE_ONLY = 1 << 31  # from this many units on the product of units and units passes int64


@kernel
def pro_rata(cash, units, part):
    """``cash · part / units``, rounded half to even; ``units`` below 2^31.

    >>> pro_rata(101, 2, 1), pro_rata(103, 2, 1), pro_rata(1_000, 3, 2)
    (50, 52, 667)
    """
    whole, rest = cash // units, cash % units
    product = rest * part
    quotient = product // units
    twice = 2 * (product - quotient * units)
    value = whole * part + quotient
    if twice > units or (twice == units and value % 2 == 1):
        value += 1
    return value


@kernel
def allows_parts(pool, more, entry):
    """Whether an instruction may settle in parts; where none says otherwise, all may."""
    if may_say_whole(more):
        return pool[entry, MAY_PART] != 0
    return True


@kernel
def _affordable(members, slots, pool, more, lock, entry, part, slack):
    """Whether buyer and seller have the headroom for a part, to within ``slack`` of cash."""
    slot = pool[entry, SELLER_SLOT]
    cash = pro_rata(pool[entry, ENTRY_CASH], pool[entry, ENTRY_UNITS], part)
    buyer, seller = pool[entry, BUYER], pool[entry, SELLER]
    if breaks_cap(members, more, buyer, cash - slack):
        return False
    need = cash - credit_value(slots, more, slot, part)
    if need > 0 and need > spendable(members, more, buyer, priority_of(pool, more, entry)) + slack:
        return False
    need = seller_need(slots, more, lock, slot, part, cash)
    return need <= 0 or need <= members[seller, CASH] + members[seller, LIMIT] + slack


@kernel
def largest_part(members, slots, pool, more, mode, entry):
    """The most units, short of all, that can settle of an entry now; 0 if none.

    Cash before rounding only grows with the part. Where units secure nothing, the share of the whole that
    the buyer can pay tells the part to within one or two units; else what can be afforded give or take one
    minor unit is found by bisection. From there down the first that can be afforded exactly is the largest.
    """
    most = pool[entry, ENTRY_UNITS] - 1
    if mode.check_units:
        most = min(most, slots[pool[entry, SELLER_SLOT], UNITS])
    if most <= 0:
        return np.int64(0)
    low, high = np.int64(0), most
    whole = pool[entry, ENTRY_CASH]
    if not secures(more):
        low = most
        available = spendable(members, more, pool[entry, BUYER], priority_of(pool, more, entry))
        if whole > 0 and available < whole:
            # Exact to within one unit: there are fewer than 2^31 of them.
            low = min(most, np.int64((max(0, available) + 0.5) / whole * pool[entry, ENTRY_UNITS]) + 2)
    while secures(more) and low < high:
        middle = (low + high + 1) // 2
        if _affordable(members, slots, pool, more, mode.lock, entry, middle, 1):
            low = middle
        else:
            high = middle - 1
    while low > 0 and not _affordable(members, slots, pool, more, mode.lock, entry, low, 0):
        low -= 1
    return low


@kernel
def settle_parts(state, mode, entries, minimum, may_part, now):
    """One pass over waiting ``entries``, in queue order: each settles its largest part, then the loop.

    ``minimum`` is the cash of the smallest part, of a free delivery any unit will do; ``may_part`` says by
    member who settles in parts.
    """
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, journal = state.trees, state.arena, state.heap, state.journal
    more = state.more
    advance(totals, now)
    for entry in entries:
        if lacks_room(totals, more):
            break
        buyer, seller = pool[entry, BUYER], pool[entry, SELLER]
        units, whole = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
        if pool[entry, BLOCKED_BY] == GONE or not allows_parts(pool, more, entry) or units >= WHOLE_ONLY:
            continue
        if not may_part[buyer] or not may_part[seller]:
            continue
        buyer_slot, slot = pool[entry, BUYER_SLOT], pool[entry, SELLER_SLOT]
        if mode.strict and units > 0:
            behind = whole > 0 and cash_head(pool, trees, buyer) != entry
            if behind or units_head(slots, pool, trees, slot) != entry:
                continue
        available = spendable(members, more, buyer, priority_of(pool, more, entry))
        if not secures(more) and whole > 0 and available < minimum:
            continue
        part = largest_part(members, slots, pool, more, mode, entry)
        if part == 0:
            continue
        cash = pro_rata(whole, units, part)
        if whole > 0 and cash < minimum:
            continue
        if not mode.strict:
            unfile_entry(members, slots, pool, trees, arena, more, entry)
        book_part(totals, pool, journal, more, mode.journal, entry, part, cash, now, 0)
        totals[PART_COUNT] += 1
        totals[PART_VALUE] += cash
        members[buyer, PARTS] += 1
        pool[entry, ENTRY_UNITS] = units - part
        pool[entry, ENTRY_CASH] = whole - cash
        note_need(slots, pool, more, entry)
        settle_one(
            members,
            slots,
            totals,
            more,
            mode.lock,
            buyer,
            seller,
            buyer_slot,
            slot,
            part,
            cash,
        )
        if not mode.strict:
            reason = obstacle(members, slots, totals, pool, more, mode, entry)
            file_entry(members, slots, pool, trees, arena, more, mode, entry, reason)
        size = offer_member(members, slots, pool, trees, arena, heap, more, mode, np.int64(0), seller)
        size = offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, buyer_slot)
        if secures(more):
            size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, buyer)
        settle_offered(state, mode, size, now)
