"""Arrivals at a gross arrangement: each instruction settles at once or begins to wait.

An event takes its instructions in queue order. Where that is the order of arrival, everything that
waited before is infeasible, so an arrival that is feasible is the first feasible one of all; what its
receipts unblock settles next, before the following arrival. In an ordered queue an arrival may stand
before what waits: what has been unblocked settles as long as it stands before the next arrival, then
that arrival's turn has come. Both equal adding all of them first and looping from the head.
"""

from __future__ import annotations

import numpy as np

from .compile import AHEAD, inlined, kernel, prefetch
from .finality import free_receipts_until
from .gates import (
    barred,
    breaks_cap,
    cash_reason,
    has_bars,
    has_room_limit,
    lacks_room,
    refuses,
    spendable,
    take_room,
)
from .moves import (
    advance,
    count_late,
    credit_value,
    deliver_unconstrained,
    pay_unconstrained,
    secures,
    settle_free,
    settle_one,
    write_journal,
)
from .order import class_of, classes_of, is_linked, is_ordered, key_of
from .queue import (
    add_entry,
    enqueue,
    file_entry,
    may_wait_for_cash,
    name_block,
    note_wishes,
    obstacle,
    offer_receipts,
    refuse,
    room_tree,
    seller_need,
    settle_entry,
    settle_unblocked,
)
from .state import (
    ARENA_FULL,
    AT_FINALITY,
    AT_ONCE,
    BLOCKED_BY,
    CASH,
    CASH_LEAF,
    DONE,
    ENTERED_VALUE,
    ENTRY_CASH,
    HEAP_SIZE,
    IDENTIFIER,
    LIMIT,
    NO_DEADLINE,
    PATH_CASH,
    PATH_UNITS,
    POOL_FULL,
    POOL_USED,
    PRIORITY,
    QUEUE_COUNT,
    QUEUED_BY_REASON,
    RECEIPTS_COUNT,
    RECEIPTS_FULL,
    ROOM_LEAF,
    TREE,
    TREES_FULL,
    TREES_USED,
    UNITS,
    UNITS_LEAF,
    UNITS_WANTED,
    UNTESTED,
    USUAL_PRIORITY,
    WAITED_FOR,
    WAITS_FOR_CREDIT,
    WAITS_FOR_LIMIT,
    WAITS_FOR_REGISTRATION,
    WAITS_FOR_UNITS,
    WANTED,
)
from .strict import append_entry, behind_another, cash_head, offer_head, settle_heads, units_head
from .tree import make_room, new_trees


@inlined
def class_of_arrival(more, wishes, i):
    """The class of an arrival by its priority, 0 where order is that of arrival."""
    if more is None:
        return 0
    if wishes is None:
        return 0
    return class_of(more, wishes.priorities[i])


@kernel
def reserve(
    members, slots, totals, pool, trees, arena, more, mode, wishes, i, buyer, seller_slot, units, cash
):
    """See that one more instruction can begin to wait, else say what is full. Changes no balance."""
    if totals[POOL_USED] == len(pool):
        return POOL_FULL
    if (mode.check_units or mode.strict) and units > 0 and slots[seller_slot, TREE] < 0:
        if totals[TREES_USED] + classes_of(more) > len(trees):
            return TREES_FULL
        slots[seller_slot, TREE] = new_trees(trees, totals, classes_of(more))
    if mode.strict or is_linked(more):
        return DONE
    rank = class_of_arrival(more, wishes, i)
    tree = buyer * classes_of(more) + rank
    if may_wait_for_cash(more, cash) and not make_room(trees, arena, totals, pool, tree, CASH_LEAF):
        return ARENA_FULL
    tree = room_tree(members, more) + rank
    if has_room_limit(more) and not make_room(trees, arena, totals, pool, tree, ROOM_LEAF):
        return ARENA_FULL
    if mode.check_units and units > 0:
        tree = slots[seller_slot, TREE] + rank
        if not make_room(trees, arena, totals, pool, tree, UNITS_LEAF):
            return ARENA_FULL
    return DONE


@inlined
def blocked_by(
    members, slots, totals, pool, trees, more, mode, priority, buyer, seller, seller_slot, units, cash
):
    """What keeps a new instruction from settling, the first of: a bar, an earlier one, the net debit cap,
    cash or what is kept back, units, the seller's headroom, room; 0 if nothing."""
    if has_bars(more):
        reason = barred(members, more, buyer, seller, units, cash)
        if reason != 0:
            return reason
    if mode.strict:
        reason = behind_another(slots, pool, trees, buyer, seller_slot, units, cash)
        if reason != 0:
            return reason
    if breaks_cap(members, more, buyer, cash):
        return WAITS_FOR_LIMIT
    b = np.uint64(buyer)
    need = cash - credit_value(slots, more, seller_slot, units)
    if need > 0 and need > spendable(members, more, b, priority):
        return cash_reason(members, b, need)
    if mode.check_units and units > 0 and units > slots[np.uint64(seller_slot), UNITS]:
        return WAITS_FOR_UNITS
    if secures(more):
        need = seller_need(slots, more, mode.lock, seller_slot, units, cash)
        if need > 0 and need > members[seller, CASH] + members[seller, LIMIT]:
            return WAITS_FOR_CREDIT
    return lacks_room(totals, more)


@kernel
def unblock(
    members,
    slots,
    totals,
    pool,
    trees,
    arena,
    heap,
    journal,
    more,
    mode,
    buyer,
    seller,
    buyer_slot,
    units,
    cash,
    now,
    own_event,
):
    """Offer what the receipts of one settlement unblock and, unless the event goes on, settle it."""
    if mode.strict:
        size = 0
        checks = mode.check_units
        if cash > 0:
            head = cash_head(pool, trees, seller)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
        if units > 0:
            head = units_head(slots, pool, trees, buyer_slot)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
        if size > 0:
            settle_heads(
                members,
                slots,
                totals,
                pool,
                trees,
                heap,
                journal,
                more,
                mode,
                size,
                now,
            )
        return
    size = offer_receipts(
        members,
        slots,
        pool,
        trees,
        arena,
        heap,
        more,
        mode,
        totals[HEAP_SIZE],
        buyer,
        seller,
        buyer_slot,
        units,
        cash,
    )
    if is_ordered(more) and not own_event:
        totals[HEAP_SIZE] = size
    elif size > 0:
        settle_unblocked(
            members,
            slots,
            totals,
            pool,
            trees,
            arena,
            heap,
            journal,
            more,
            mode,
            size,
            now,
            False,
            0,
            0,
            0,
        )


@inlined
def in_batch(order, k):
    """Which instruction of a batch comes k-th."""
    if order is None:
        return k
    return order[k]


@inlined
def place_of(wishes, first, i):
    """The place of an arrival in the flow."""
    if wishes is None:
        return first + i
    return wishes.places[i]


@inlined
def deadline_of_arrival(wishes, i):
    """By when an arrival should settle."""
    if wishes is None:
        return np.int64(NO_DEADLINE)
    return wishes.deadlines[i]


@inlined
def priority_of_arrival(wishes, i):
    """The priority of an arrival."""
    if wishes is None:
        return np.int64(USUAL_PRIORITY)
    return wishes.priorities[i]


@inlined
def receipts_fit(totals, lock):
    """Whether all that can settle before the next arrival's turn is over has room for its receipts."""
    return totals[RECEIPTS_COUNT] + 4 * (totals[QUEUE_COUNT] + 2) <= len(lock.receipts)


@kernel
def settle_before(members, slots, totals, pool, trees, arena, heap, journal, more, mode, wishes, i, now):
    """In an ordered queue: settle what has been unblocked and stands before the next arrival of the event."""
    if wishes is not None:
        totals[HEAP_SIZE] = settle_unblocked(
            members,
            slots,
            totals,
            pool,
            trees,
            arena,
            heap,
            journal,
            more,
            mode,
            totals[HEAP_SIZE],
            now,
            True,
            wishes.priorities[i],
            wishes.keys[i],
            wishes.places[i],
        )


@kernel
def take(state, mode, batch, order, first, start, stop, now, untested):
    """Take instructions ``start … stop − 1`` of a batch, at ``now``, or each at its own time if now < 0.

    Where there is an ``order``, it is its entries ``start … stop − 1``, places in the batch in queue order.
    ``first`` is the first one's place in the flow where the batch names no places. With ``untested`` they
    only join the queue, for a rule that runs before the loop. Returns (next, status): ``DONE`` with
    next = stop, or what is full, with nothing of ``next`` changed.
    """
    members, slots, totals = state.members, state.slots, state.totals
    pool, trees, arena = state.pool, state.trees, state.arena
    heap, journal = state.heap, state.journal
    more, wishes = state.more, batch.wishes
    times, buyers, sellers, securities = batch.times, batch.buyers, batch.sellers, batch.securities
    buyer_slots, seller_slots = batch.buyer_slots, batch.seller_slots
    lock = mode.lock
    final = lock.cash == AT_FINALITY or lock.units == AT_FINALITY
    for k in range(start, stop):
        if k + AHEAD < stop:
            ahead = in_batch(order, k + AHEAD)
            prefetch(slots, buyer_slots[ahead])
            prefetch(slots, seller_slots[ahead])
        i = in_batch(order, k)
        buyer, seller, security = buyers[i], sellers[i], securities[i]
        units, cash = batch.units[i], batch.cash[i]
        at = times[i] if now < 0 else now
        buyer_slot, seller_slot = buyer_slots[i], seller_slots[i]
        place = place_of(wishes, first, i)
        reason = 0
        if final:
            if not receipts_fit(totals, lock):
                return k, RECEIPTS_FULL
            if now < 0:
                free_receipts_until(state, mode, at)
        if is_ordered(more) and not untested and now >= 0 and totals[HEAP_SIZE] > 0:
            settle_before(
                members, slots, totals, pool, trees, arena, heap, journal, more, mode, wishes, i, at
            )
        if buyer != seller and not mode.free:
            if untested:
                reason = UNTESTED
            else:
                reason = blocked_by(
                    members,
                    slots,
                    totals,
                    pool,
                    trees,
                    more,
                    mode,
                    priority_of_arrival(wishes, i),
                    buyer,
                    seller,
                    seller_slot,
                    units,
                    cash,
                )
            if reason != 0:
                status = reserve(
                    members,
                    slots,
                    totals,
                    pool,
                    trees,
                    arena,
                    more,
                    mode,
                    wishes,
                    i,
                    buyer,
                    seller_slot,
                    units,
                    cash,
                )
                if status != DONE:
                    return k, status
        advance(totals, at)
        totals[ENTERED_VALUE] += cash
        if reason == 0:
            if mode.journal:
                write_journal(
                    journal, totals, place, times[i], buyer, seller, security, units, cash, at, reason, 0
                )
            if at > deadline_of_arrival(wishes, i):
                count_late(totals, cash)
        if buyer == seller:
            continue
        if mode.free:
            settle_free(members, slots, totals, lock, buyer, seller, buyer_slot, seller_slot, units, cash)
            continue
        if cash > 0:
            pay_unconstrained(members, totals, lock, PATH_CASH, buyer, seller, cash)
        if units > 0:
            deliver_unconstrained(slots, totals, lock, PATH_UNITS, buyer_slot, seller_slot, units)
        if reason != 0:
            entry = add_entry(
                totals,
                pool,
                more,
                place,
                times[i],
                at,
                buyer,
                seller,
                security,
                units,
                cash,
                buyer_slot,
                seller_slot,
                reason,
            )
            note_wishes(slots, pool, more, entry, wishes, i)
            if mode.strict:
                append_entry(slots, pool, trees, entry)
                continue
            enqueue(members, slots, pool, trees, arena, more, mode, entry)
            if reason == WAITS_FOR_REGISTRATION and refuses(more):
                refuse(totals, pool, entry)
            continue
        take_room(totals, more)
        settle_one(
            members,
            slots,
            totals,
            more,
            mode.lock,
            buyer,
            seller,
            buyer_slot,
            seller_slot,
            units,
            cash,
        )
        if lock.cash != AT_ONCE and lock.units != AT_ONCE and not secures(more):
            continue
        unblocks = False
        if lock.cash == AT_ONCE and cash > 0:
            s = np.uint64(seller)
            unblocks = members[s, CASH] + members[s, LIMIT] >= members[s, WANTED]
        if lock.units == AT_ONCE and mode.check_units and units > 0:
            p = np.uint64(buyer_slot)
            unblocks = unblocks or slots[p, UNITS] >= slots[p, UNITS_WANTED]
        if unblocks or mode.strict or secures(more):
            unblock(
                members,
                slots,
                totals,
                pool,
                trees,
                arena,
                heap,
                journal,
                more,
                mode,
                buyer,
                seller,
                buyer_slot,
                units,
                cash,
                at,
                now < 0,
            )
    return stop, DONE


@kernel
def test_untested(state, mode, entries, now):
    """Test what only joined the queue, in queue order, each when all before it has had its turn."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, journal = state.trees, state.arena, state.heap, state.journal
    more = state.more
    advance(totals, now)
    size = totals[HEAP_SIZE]
    for entry in entries:
        if pool[entry, BLOCKED_BY] != UNTESTED:
            continue
        size = settle_unblocked(
            members,
            slots,
            totals,
            pool,
            trees,
            arena,
            heap,
            journal,
            more,
            mode,
            size,
            now,
            True,
            pool[entry, PRIORITY],
            key_of(pool, more, entry),
            pool[entry, IDENTIFIER],
        )
        found = obstacle(members, slots, totals, pool, more, mode, entry)
        if found == 0:
            size = settle_entry(
                members,
                slots,
                totals,
                pool,
                trees,
                arena,
                heap,
                journal,
                more,
                mode,
                size,
                entry,
                now,
            )
        else:
            reason = name_block(members, totals, pool, more, entry, found)
            totals[QUEUED_BY_REASON + pool[entry, WAITED_FOR]] -= pool[entry, ENTRY_CASH]
            totals[QUEUED_BY_REASON + reason] += pool[entry, ENTRY_CASH]
            pool[entry, WAITED_FOR] = reason
            file_entry(members, slots, pool, trees, arena, more, mode, entry, found)
            if reason == WAITS_FOR_REGISTRATION and refuses(more):
                refuse(totals, pool, entry)
    totals[HEAP_SIZE] = size
