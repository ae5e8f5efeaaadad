"""Arrivals at a gross arrangement: each instruction settles at once or begins to wait.

An event takes its instructions in queue order. Everything that waited before is infeasible then, so
an arrival that is feasible is the first feasible one of all; what its receipts unblock settles next,
before the following arrival. This equals adding all of them first and looping from the head.
"""

from __future__ import annotations

import numpy as np

from .compile import AHEAD, kernel, prefetch
from .moves import advance, deliver_unconstrained, pay_unconstrained, settle_free, settle_one, write_journal
from .queue import add_entry, enqueue, offer_cash, offer_units, settle_unblocked
from .state import (
    ARENA_FULL,
    CASH,
    CASH_LEAF,
    DONE,
    ENTERED_VALUE,
    LIMIT,
    POOL_FULL,
    POOL_USED,
    TREE,
    TREES_FULL,
    TREES_USED,
    UNITS,
    UNITS_LEAF,
    UNITS_WANTED,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
    WANTED,
)
from .strict import append_entry, behind_another, cash_head, offer_head, settle_heads, units_head
from .tree import make_room, new_tree


@kernel
def reserve(slots, totals, pool, trees, arena, mode, buyer, seller_slot, units, cash):
    """See that one more instruction can begin to wait, else say what is full. Changes no balance."""
    if totals[POOL_USED] == len(pool):
        return POOL_FULL
    if (mode.check_units or mode.strict) and units > 0 and slots[seller_slot, TREE] < 0:
        if totals[TREES_USED] == len(trees):
            return TREES_FULL
        slots[seller_slot, TREE] = new_tree(trees, totals)
    if mode.strict:
        return DONE
    if cash > 0 and not make_room(trees, arena, totals, pool, buyer, CASH_LEAF):
        return ARENA_FULL
    if mode.check_units and units > 0:
        tree = slots[seller_slot, TREE]
        if not make_room(trees, arena, totals, pool, tree, UNITS_LEAF):
            return ARENA_FULL
    return DONE


@kernel
def blocked_by(members, slots, pool, trees, mode, buyer, seller_slot, units, cash):
    """What keeps a new instruction from settling: an earlier one, cash, securities; 0 if nothing does."""
    if mode.strict:
        reason = behind_another(slots, pool, trees, buyer, seller_slot, units, cash)
        if reason != 0:
            return reason
    b = np.uint64(buyer)
    if cash > members[b, CASH] + members[b, LIMIT]:
        return WAITS_FOR_CASH
    if mode.check_units and units > 0 and units > slots[np.uint64(seller_slot), UNITS]:
        return WAITS_FOR_UNITS
    return 0


@kernel
def unblock(
    members, slots, totals, pool, trees, arena, heap, journal, mode, seller, buyer_slot, units, cash, now
):
    """Settle all that the receipts of one settlement unblock, in queue order."""
    size = 0
    if mode.strict:
        checks = mode.check_units
        if cash > 0:
            head = cash_head(pool, trees, seller)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
        if units > 0:
            head = units_head(slots, pool, trees, buyer_slot)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
        if size > 0:
            settle_heads(members, slots, totals, pool, trees, heap, journal, mode, size, now)
        return
    if cash > 0:
        size = offer_cash(members, slots, pool, trees, arena, heap, size, seller)
    if mode.check_units and units > 0:
        size = offer_units(slots, pool, trees, arena, heap, size, buyer_slot)
    if size > 0:
        settle_unblocked(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now)


@kernel
def take(
    state,
    mode,
    times,
    buyers,
    sellers,
    securities,
    all_units,
    all_cash,
    buyer_slots,
    seller_slots,
    first,
    start,
    stop,
    now,
):
    """Take instructions ``start … stop − 1`` of a chunk, at ``now``, or each at its own time if now < 0.

    Returns (next, status): ``DONE`` with next = stop, or what is full, with nothing of ``next`` changed.
    """
    members, slots, totals = state.members, state.slots, state.totals
    pool, trees, arena = state.pool, state.trees, state.arena
    heap, journal = state.heap, state.journal
    lock = mode.lock
    for i in range(start, stop):
        if i + AHEAD < stop:
            prefetch(slots, buyer_slots[i + AHEAD])
            prefetch(slots, seller_slots[i + AHEAD])
        buyer, seller = buyers[i], sellers[i]
        units, cash = all_units[i], all_cash[i]
        at = times[i] if now < 0 else now
        buyer_slot, seller_slot = buyer_slots[i], seller_slots[i]
        reason = 0
        if buyer != seller and not mode.free:
            reason = blocked_by(members, slots, pool, trees, mode, buyer, seller_slot, units, cash)
            if reason != 0:
                status = reserve(slots, totals, pool, trees, arena, mode, buyer, seller_slot, units, cash)
                if status != DONE:
                    return i, status
        advance(totals, at)
        totals[ENTERED_VALUE] += cash
        if mode.journal and reason == 0:
            security = securities[i]
            write_journal(
                journal, totals, first + i, times[i], buyer, seller, security, units, cash, at, reason
            )
        if buyer == seller:
            continue
        if mode.free:
            settle_free(members, slots, totals, lock, buyer, seller, buyer_slot, seller_slot, units, cash)
            continue
        if cash > 0:
            pay_unconstrained(members, totals, lock, buyer, seller, cash)
        if units > 0:
            deliver_unconstrained(slots, totals, lock, buyer_slot, seller_slot, units)
        if reason != 0:
            entry = add_entry(
                totals,
                pool,
                first + i,
                times[i],
                at,
                buyer,
                seller,
                securities[i],
                units,
                cash,
                buyer_slot,
                seller_slot,
                reason,
            )
            if mode.strict:
                append_entry(slots, pool, trees, entry)
            else:
                enqueue(members, slots, pool, trees, arena, mode.check_units, entry)
            continue
        settle_one(members, slots, totals, lock, buyer, seller, buyer_slot, seller_slot, units, cash)
        if lock != 0:
            continue
        s = np.uint64(seller)
        unblocks = cash > 0 and members[s, CASH] + members[s, LIMIT] >= members[s, WANTED]
        if mode.check_units and units > 0:
            p = np.uint64(buyer_slot)
            unblocks = unblocks or slots[p, UNITS] >= slots[p, UNITS_WANTED]
        if unblocks or mode.strict:
            unblock(
                members,
                slots,
                totals,
                pool,
                trees,
                arena,
                heap,
                journal,
                mode,
                seller,
                buyer_slot,
                units,
                cash,
                at,
            )
    return stop, DONE
