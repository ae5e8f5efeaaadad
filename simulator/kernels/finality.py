"""What frees receipts: the next block, or the time at which a settlement is final.

Receipts that become final later stand in a ring in the order they were settled, which is the order in
which they fall due, since finality takes all the same time. Those of a next block are added up by member
and position, and freed together.
"""

from __future__ import annotations

from .compile import AHEAD, kernel, prefetch
from .credit import change_units, follow_member, read_loan_peaks
from .gates import has_room_limit
from .loop import offer_member, offer_slot, settle_offered
from .moves import advance, post_cash
from .order import is_ordered
from .queue import offer_room
from .state import (
    AMOUNT,
    BOTH_CASH,
    BOTH_UNITS,
    CASH,
    DRAWN,
    DUE,
    END,
    HEAP_SIZE,
    KIND,
    LOCKED_CASH,
    LOCKED_MEMBERS,
    LOCKED_OUT,
    LOCKED_SLOTS,
    LOCKED_UNITS,
    LOCKED_UNITS_OUT,
    NEXT_BLOCK,
    NEXT_MEMBER,
    NEXT_SLOT,
    NOT_LISTED,
    OUT,
    PATH_CASH,
    PATH_UNITS,
    QUEUE_COUNT,
    RECEIPTS_COUNT,
    RECEIPTS_FIRST,
    RECEIVED_CASH,
    RECEIVED_UNITS,
    SYSTEM_OUT,
    UNITS_OUT,
    WHOSE,
)


@kernel
def receive_on_path(members, totals, member, cash):
    """A receipt counts as an inflow from now on, on the unconstrained path."""
    before = members[member, OUT]
    after = before - cash
    members[member, OUT] = after
    totals[SYSTEM_OUT] += max(0, after) - max(0, before)


@kernel
def free_cash(members, totals, more, mode, member, cash):
    """Cash that was locked can be used again."""
    members[member, LOCKED_CASH] -= cash
    if mode.free:
        members[member, CASH] += cash
    else:
        post_cash(members, totals, member, cash)
        follow_member(members, totals, more, member)


@kernel
def free_listed(state, mode, size):
    """Free what waits for the next block, on both paths; offer what that unblocks. The heap's new size."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, more = state.trees, state.arena, state.heap, state.more
    offers = not mode.free and totals[QUEUE_COUNT] > 0
    if mode.lock.cash == NEXT_BLOCK:
        m = totals[LOCKED_MEMBERS]
        while m != END:
            receive_on_path(members, totals, m, members[m, LOCKED_OUT])
            members[m, LOCKED_OUT] = 0
            free_cash(members, totals, more, mode, m, members[m, LOCKED_CASH])
            following = members[m, NEXT_MEMBER]
            members[m, NEXT_MEMBER] = NOT_LISTED
            if offers:
                size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, m)
            m = following
        totals[LOCKED_MEMBERS] = END
    if mode.lock.units == NEXT_BLOCK:
        p = totals[LOCKED_SLOTS]
        while p != END:
            slots[p, UNITS_OUT] -= slots[p, LOCKED_UNITS_OUT]
            change_units(members, slots, totals, more, p, slots[p, LOCKED_UNITS])
            slots[p, LOCKED_UNITS_OUT] = 0
            slots[p, LOCKED_UNITS] = 0
            following = slots[p, NEXT_SLOT]
            slots[p, NEXT_SLOT] = NOT_LISTED
            if offers:
                size = offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, p)
            p = following
        totals[LOCKED_SLOTS] = END
    return size


@kernel
def free_one(members, slots, totals, more, mode, kind, whose, amount):
    """Free one receipt on the path or paths it was noted for."""
    if kind in (BOTH_CASH, PATH_CASH):
        receive_on_path(members, totals, whose, amount)
    if kind in (BOTH_CASH, RECEIVED_CASH):
        free_cash(members, totals, more, mode, whose, amount)
    if kind in (BOTH_UNITS, PATH_UNITS):
        slots[whose, UNITS_OUT] -= amount
    if kind in (BOTH_UNITS, RECEIVED_UNITS):
        slots[whose, LOCKED_UNITS] -= amount
        change_units(members, slots, totals, more, whose, amount)


@kernel
def free_due(state, mode, until, size):
    """Free receipts final by ``until``, oldest first; offer what that unblocks. The heap's new size."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, more = state.trees, state.arena, state.heap, state.more
    receipts = mode.lock.receipts
    mask, first, count = len(receipts) - 1, totals[RECEIPTS_FIRST], totals[RECEIPTS_COUNT]
    freed = 0
    while freed < count:
        at = (first + freed) & mask
        if receipts[at, DUE] > until:
            break
        ahead = (first + freed + AHEAD) & mask
        if receipts[ahead, KIND] == BOTH_UNITS or receipts[ahead, KIND] == RECEIVED_UNITS:
            prefetch(slots, receipts[ahead, WHOSE])
        kind, whose, amount = receipts[at, KIND], receipts[at, WHOSE], receipts[at, AMOUNT]
        free_one(members, slots, totals, more, mode, kind, whose, amount)
        freed += 1
    totals[RECEIPTS_FIRST] = (first + freed) & mask
    totals[RECEIPTS_COUNT] = count - freed
    if not mode.free and totals[QUEUE_COUNT] > 0:
        for k in range(freed):
            at = (first + k) & mask
            kind, whose = receipts[at, KIND], receipts[at, WHOSE]
            if kind == RECEIVED_CASH:
                size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, whose)
            elif kind == RECEIVED_UNITS:
                size = offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, whose)
    return size


@kernel
def begin_block(state, mode, now):
    """Free what the block's time has freed and offer what has room now, then the loop.

    In an ordered queue that is only offered: the block's arrivals may stand before it.
    """
    totals, more = state.totals, state.more
    advance(totals, now)
    size = free_listed(state, mode, totals[HEAP_SIZE])
    size = free_due(state, mode, now, size)
    if mode.free:
        totals[DRAWN] = totals[SYSTEM_OUT]
        return
    read_loan_peaks(totals, more)
    if has_room_limit(more):
        size = offer_room(
            state.members, state.slots, totals, state.pool, state.trees, state.arena, state.heap, more, size
        )
    if is_ordered(more):
        totals[HEAP_SIZE] = size
    else:
        settle_offered(state, mode, size, now)


@kernel
def free_receipts_until(state, mode, until):
    """Continuous settlement: each time at which receipts become final is an event of its own."""
    totals, receipts = state.totals, mode.lock.receipts
    while totals[RECEIPTS_COUNT] > 0 and receipts[totals[RECEIPTS_FIRST], DUE] <= until:
        due = receipts[totals[RECEIPTS_FIRST], DUE]
        advance(totals, due)
        size = free_due(state, mode, due, 0)
        if mode.free:
            totals[DRAWN] = totals[SYSTEM_OUT]
        else:
            read_loan_peaks(totals, state.more)
            settle_offered(state, mode, size, due)
