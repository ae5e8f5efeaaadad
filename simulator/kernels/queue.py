"""The queue of a gross arrangement under FIFO with bypass, as the loop of the design says it:

settle the first feasible waiting instruction in queue order over all members; start again at the
head; stop when none is feasible.

Nobody walks the queue. Each waiting instruction is filed under *one* thing that blocks it, the
buyer's cash or the seller's units, in a tree that knows the earliest entry an amount is enough for.
Only a receipt can unblock, so each receipt offers the earliest entry no longer blocked there to a
heap in queue order. The earliest on the heap is taken off: if its other leg blocks, it is refiled
there; else it is the first feasible one of all, since every earlier instruction is blocked where it
is filed. An arrival that is feasible settles at once: nothing before it is.
"""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .histogram import wait_bin
from .moves import settle_one, write_journal
from .state import (
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CASH,
    CASH_LEAF,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    FIRST_EVENT,
    GONE,
    IDENTIFIER,
    LIMIT,
    OFFERED,
    POOL_USED,
    QUEUE_COUNT,
    QUEUE_VALUE,
    QUEUED_COUNT,
    QUEUED_VALUE,
    SECURITY,
    SELLER,
    SELLER_SLOT,
    UNITS,
    UNITS_LEAF,
    UNITS_WANTED,
    VALUE_WAIT,
    WAITED_FOR,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
    WANTED,
)
from .tree import earliest, file_amount, forget, hand_out, pop, push, unfile
from .wide import add_product


@kernel
def add_entry(
    state,
    identifier,
    entered,
    first_event,
    buyer,
    seller,
    security,
    units,
    cash,
    buyer_slot,
    seller_slot,
    reason,
):
    """Append one instruction to the pool of waiting ones and return its entry. There is room."""
    totals = state.totals
    entry = totals[POOL_USED]
    totals[POOL_USED] = entry + 1
    row = state.pool[entry]
    row[BUYER], row[SELLER], row[SECURITY] = buyer, seller, security
    row[ENTRY_UNITS], row[ENTRY_CASH] = units, cash
    row[ENTERED], row[FIRST_EVENT], row[IDENTIFIER] = entered, first_event, identifier
    row[BUYER_SLOT], row[SELLER_SLOT] = buyer_slot, seller_slot
    row[CASH_LEAF], row[UNITS_LEAF] = -1, -1
    row[BLOCKED_BY], row[WAITED_FOR] = reason, reason
    totals[QUEUE_COUNT] += 1
    totals[QUEUE_VALUE] += cash
    totals[QUEUED_COUNT] += 1
    totals[QUEUED_VALUE] += cash
    return entry


@kernel
def leave_queue(state, mode, entry, now):
    """Book the wait of an entry that settles at ``now`` and take it out of the queue's totals."""
    totals, row = state.totals, state.pool[entry]
    row[BLOCKED_BY] = GONE
    cash = row[ENTRY_CASH]
    totals[QUEUE_COUNT] -= 1
    totals[QUEUE_VALUE] -= cash
    wait = now - row[FIRST_EVENT]
    state.waits[wait_bin(wait)] += cash
    add_product(state.wide, VALUE_WAIT, cash, wait)
    if mode.journal:
        write_journal(
            state.journal,
            totals,
            row[IDENTIFIER],
            row[ENTERED],
            row[BUYER],
            row[SELLER],
            row[SECURITY],
            row[ENTRY_UNITS],
            cash,
            now,
            row[WAITED_FOR],
        )


@kernel
def file_entry(state, entry, reason):
    """File a waiting entry under the buyer's cash or the seller's units."""
    row = state.pool[entry]
    row[BLOCKED_BY] = reason
    if reason == WAITS_FOR_CASH:
        buyer = row[BUYER]
        smallest = file_amount(state.trees, state.arena, buyer, row[CASH_LEAF], row[ENTRY_CASH])
        state.members[buyer, WANTED] = smallest
    else:
        slot = row[SELLER_SLOT]
        tree = state.slot_tree[slot]
        smallest = file_amount(state.trees, state.arena, tree, row[UNITS_LEAF], row[ENTRY_UNITS])
        state.slots[slot, UNITS_WANTED] = smallest


@kernel
def unfile_entry(state, entry):
    """Take a waiting entry off what it is filed under."""
    row = state.pool[entry]
    if row[BLOCKED_BY] == WAITS_FOR_CASH:
        buyer = row[BUYER]
        state.members[buyer, WANTED] = unfile(state.trees, state.arena, buyer, row[CASH_LEAF])
    else:
        slot = row[SELLER_SLOT]
        tree = state.slot_tree[slot]
        state.slots[slot, UNITS_WANTED] = unfile(state.trees, state.arena, tree, row[UNITS_LEAF])


@kernel
def forget_entry(state, entry):
    """Give up the leaves of an entry that has been taken off."""
    row = state.pool[entry]
    if row[CASH_LEAF] >= 0:
        forget(state.trees, state.arena, row[BUYER], row[CASH_LEAF])
    if row[UNITS_LEAF] >= 0:
        forget(state.trees, state.arena, state.slot_tree[row[SELLER_SLOT]], row[UNITS_LEAF])


@kernel
def enqueue(state, mode, entry):
    """Hand the new entry a leaf at each resource that can block it, and file it. There is room."""
    row = state.pool[entry]
    if row[ENTRY_CASH] > 0:
        row[CASH_LEAF] = hand_out(state.trees, state.arena, row[BUYER], entry)
    if row[ENTRY_UNITS] > 0 and mode.check_units:
        tree = state.slot_tree[row[SELLER_SLOT]]
        row[UNITS_LEAF] = hand_out(state.trees, state.arena, tree, entry)
    file_entry(state, entry, row[BLOCKED_BY])


@kernel
def entry_tree(state, entry):
    """The tree of the resource that an entry is filed under."""
    row = state.pool[entry]
    if row[BLOCKED_BY] == WAITS_FOR_CASH:
        return row[BUYER]
    return np.int64(state.slot_tree[row[SELLER_SLOT]])


@kernel
def purge(state, size):
    """Drop from a full heap what no longer stands for its resource; its new size.

    Each resource has one entry that stands for it, and the heap has twice as many places.
    """
    heap = state.heap
    heap[:size] = np.sort(heap[:size])
    kept = 0
    for at in range(size):
        entry = heap[at]
        repeated = kept > 0 and heap[kept - 1] == entry
        if repeated or state.pool[entry, BLOCKED_BY] == GONE:
            continue
        if state.trees[entry_tree(state, entry), OFFERED] == entry:
            heap[kept] = entry
            kept += 1
    return kept


@kernel
def offer(state, size, tree, available):
    """Offer the earliest entry of ``tree`` that ``available`` is enough for; the heap's new size."""
    entry = earliest(state.trees, state.arena, tree, available)
    if entry >= 0:
        offered = state.trees[tree, OFFERED]
        if offered < 0 or entry < offered:
            if size == len(state.heap):
                size = purge(state, size)
            push(state.heap, size, entry)
            state.trees[tree, OFFERED] = entry
            return size + 1
    return size


@kernel
def offer_cash(state, size, member):
    """Offer what a member's cash and undrawn credit now unblock."""
    row = state.members[member]
    available = row[CASH] + row[LIMIT]
    if available >= row[WANTED]:
        return offer(state, size, member, available)
    return size


@kernel
def offer_units(state, size, slot):
    """Offer what the units of a position now unblock."""
    available = state.slots[slot, UNITS]
    if available >= state.slots[slot, UNITS_WANTED]:
        return offer(state, size, state.slot_tree[slot], available)
    return size


@kernel
def settle_unblocked(state, mode, size, now):
    """Take entries off the heap in queue order until none is left that could settle."""
    members, slots, pool, trees, heap = state.members, state.slots, state.pool, state.trees, state.heap
    while size > 0:
        entry = pop(heap, size)
        size -= 1
        row = pool[entry]
        reason = row[BLOCKED_BY]
        if reason == GONE:
            continue
        buyer, slot = row[BUYER], row[SELLER_SLOT]
        tree = entry_tree(state, entry)
        if trees[tree, OFFERED] != entry:
            continue  # an earlier entry of the same resource took its place
        trees[tree, OFFERED] = -1
        cash, units = row[ENTRY_CASH], row[ENTRY_UNITS]
        lacks_cash = cash > members[buyer, CASH] + members[buyer, LIMIT]
        lacks_units = mode.check_units and units > 0 and units > slots[slot, UNITS]
        settles = not lacks_cash and not lacks_units
        if settles:
            unfile_entry(state, entry)
            forget_entry(state, entry)
            leave_queue(state, mode, entry, now)
            settle_one(state, mode.lock, buyer, row[SELLER], row[BUYER_SLOT], slot, units, cash)
        elif reason == WAITS_FOR_CASH and not lacks_cash:
            unfile_entry(state, entry)
            file_entry(state, entry, WAITS_FOR_UNITS)
        elif reason == WAITS_FOR_UNITS and not lacks_units:
            unfile_entry(state, entry)
            file_entry(state, entry, WAITS_FOR_CASH)
        if reason == WAITS_FOR_CASH:
            size = offer_cash(state, size, buyer)
        else:
            size = offer_units(state, size, slot)
        if settles and mode.lock == 0:
            if cash > 0:
                size = offer_cash(state, size, row[SELLER])
            if units > 0 and mode.check_units:
                size = offer_units(state, size, row[BUYER_SLOT])
    return size
