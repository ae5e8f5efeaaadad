"""Arrivals at a gross arrangement: each instruction settles at once or begins to wait.

An event takes its instructions in queue order. Everything that waited before is infeasible then, so
an arrival that is feasible is the first feasible one of all; what its receipts unblock settles next,
before the following arrival. This equals adding all of them first and looping from the head.
"""

from __future__ import annotations

from .compile import kernel
from .moves import (
    advance,
    deliver_unconstrained,
    lock_cash,
    lock_units,
    pay_unconstrained,
    settle_one,
    write_journal,
)
from .queue import add_entry, enqueue, offer_cash, offer_units, settle_unblocked
from .state import (
    ARENA_FULL,
    CASH,
    CASH_LEAF,
    DONE,
    DRAWN,
    ENTERED_VALUE,
    IN_USE_PEAK,
    LIMIT,
    LOCKED,
    POOL_FULL,
    POOL_USED,
    SYSTEM_OUT,
    TOUCHED_MEMBERS,
    TOUCHED_SLOTS,
    TREES_FULL,
    TREES_USED,
    UNITS,
    UNITS_LEAF,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
)
from .strict import append_entry, behind_another, offer_heads, settle_heads
from .tree import make_room, new_tree


@kernel
def reserve(state, mode, buyer, seller_slot, units, cash):
    """See that one more instruction can begin to wait, else say what is full. Changes no balance."""
    totals = state.totals
    if totals[POOL_USED] == len(state.pool):
        return POOL_FULL
    if (mode.check_units or mode.strict) and units > 0 and state.slot_tree[seller_slot] < 0:
        if totals[TREES_USED] == len(state.trees):
            return TREES_FULL
        state.slot_tree[seller_slot] = new_tree(state.trees, totals)
    if mode.strict:
        return DONE
    trees, arena, free_blocks, pool = state.trees, state.arena, state.free_blocks, state.pool
    if cash > 0 and not make_room(trees, arena, free_blocks, totals, pool, buyer, CASH_LEAF):
        return ARENA_FULL
    if mode.check_units and units > 0:
        tree = state.slot_tree[seller_slot]
        if not make_room(trees, arena, free_blocks, totals, pool, tree, UNITS_LEAF):
            return ARENA_FULL
    return DONE


@kernel
def blocked_by(state, mode, buyer, seller_slot, units, cash):
    """What keeps a new instruction from settling: cash before securities, 0 if nothing does."""
    if mode.strict:
        reason = behind_another(state, buyer, seller_slot, units, cash)
        if reason == WAITS_FOR_CASH:
            return reason
    else:
        reason = 0
    if cash > state.members[buyer, CASH] + state.members[buyer, LIMIT]:
        return WAITS_FOR_CASH
    if reason == 0 and mode.check_units and units > 0 and units > state.slots[seller_slot, UNITS]:
        return WAITS_FOR_UNITS
    return reason


@kernel
def settle_free(state, lock, buyer, seller, buyer_slot, seller_slot, units, cash):
    """Settle one instruction where nothing can wait: what is drawn is the unconstrained outflow."""
    members, totals = state.members, state.totals
    pay_unconstrained(state, lock, buyer, seller, cash)
    members[buyer, CASH] -= cash
    if lock == 0:
        members[seller, CASH] += cash
    else:
        lock_cash(state, LOCKED, state.touched_members, TOUCHED_MEMBERS, seller, cash)
    system = totals[SYSTEM_OUT]
    totals[DRAWN] = system
    if system > totals[IN_USE_PEAK]:
        totals[IN_USE_PEAK] = system
    if units > 0:
        deliver_unconstrained(state, lock, buyer_slot, seller_slot, units)
        state.slots[seller_slot, UNITS] -= units
        if lock == 0:
            state.slots[buyer_slot, UNITS] += units
        else:
            lock_units(state, LOCKED, state.touched_slots, TOUCHED_SLOTS, buyer_slot, units)


@kernel
def settle_and_unblock(state, mode, buyer, seller, buyer_slot, seller_slot, units, cash, now):
    """Settle a feasible arrival, then all that its receipts unblock, in queue order."""
    settle_one(state, mode.lock, buyer, seller, buyer_slot, seller_slot, units, cash)
    if mode.lock != 0:
        return
    size = 0
    if mode.strict:
        size = offer_heads(state, mode, size, seller, buyer_slot, units, cash)
        if size > 0:
            settle_heads(state, mode, size, now)
        return
    if cash > 0:
        size = offer_cash(state, size, seller)
    if mode.check_units and units > 0:
        size = offer_units(state, size, buyer_slot)
    if size > 0:
        settle_unblocked(state, mode, size, now)


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
    totals, wide = state.totals, state.wide
    for i in range(start, stop):
        buyer, seller = buyers[i], sellers[i]
        units, cash = all_units[i], all_cash[i]
        at = times[i] if now < 0 else now
        settles = True
        if buyer != seller:
            buyer_slot, seller_slot = buyer_slots[i], seller_slots[i]
            if not mode.free:
                reason = blocked_by(state, mode, buyer, seller_slot, units, cash)
                settles = reason == 0
                if not settles:
                    status = reserve(state, mode, buyer, seller_slot, units, cash)
                    if status != DONE:
                        return i, status
            advance(totals, wide, at)
        totals[ENTERED_VALUE] += cash
        if settles and mode.journal:
            write_journal(
                state.journal, totals, first + i, times[i], buyer, seller, securities[i], units, cash, at, 0
            )
        if buyer == seller:
            continue
        if mode.free:
            settle_free(state, mode.lock, buyer, seller, buyer_slot, seller_slot, units, cash)
            continue
        if cash > 0:
            pay_unconstrained(state, mode.lock, buyer, seller, cash)
        if units > 0:
            deliver_unconstrained(state, mode.lock, buyer_slot, seller_slot, units)
        if settles:
            settle_and_unblock(state, mode, buyer, seller, buyer_slot, seller_slot, units, cash, at)
        else:
            entry = add_entry(
                state,
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
                append_entry(state, entry)
            else:
                enqueue(state, mode, entry)
    return stop, DONE
