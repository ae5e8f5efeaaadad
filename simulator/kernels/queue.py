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
    TREE,
    UNITS,
    UNITS_LEAF,
    UNITS_WANTED,
    VALUE_WAIT,
    WAITED_FOR,
    WAITS,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
    WANTED,
)
from .tree import earliest, file_amount, forget, hand_out, pop, push, unfile
from .wide import add_product


@kernel
def add_entry(
    totals,
    pool,
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
    entry = totals[POOL_USED]
    totals[POOL_USED] = entry + 1
    pool[entry, BUYER] = buyer
    pool[entry, SELLER] = seller
    pool[entry, SECURITY] = security
    pool[entry, ENTRY_UNITS] = units
    pool[entry, ENTRY_CASH] = cash
    pool[entry, ENTERED] = entered
    pool[entry, FIRST_EVENT] = first_event
    pool[entry, IDENTIFIER] = identifier
    pool[entry, BUYER_SLOT] = buyer_slot
    pool[entry, SELLER_SLOT] = seller_slot
    pool[entry, CASH_LEAF] = -1
    pool[entry, UNITS_LEAF] = -1
    pool[entry, BLOCKED_BY] = reason
    pool[entry, WAITED_FOR] = reason
    totals[QUEUE_COUNT] += 1
    totals[QUEUE_VALUE] += cash
    totals[QUEUED_COUNT] += 1
    totals[QUEUED_VALUE] += cash
    return entry


@kernel
def leave_queue(totals, pool, journal, writes, entry, now):
    """Book the wait of an entry that settles at ``now`` and take it out of the queue's totals."""
    pool[entry, BLOCKED_BY] = GONE
    cash = pool[entry, ENTRY_CASH]
    totals[QUEUE_COUNT] -= 1
    totals[QUEUE_VALUE] -= cash
    wait = now - pool[entry, FIRST_EVENT]
    totals[WAITS + wait_bin(wait)] += cash
    add_product(totals, VALUE_WAIT, cash, wait)
    if writes:
        write_journal(
            journal,
            totals,
            pool[entry, IDENTIFIER],
            pool[entry, ENTERED],
            pool[entry, BUYER],
            pool[entry, SELLER],
            pool[entry, SECURITY],
            pool[entry, ENTRY_UNITS],
            cash,
            now,
            pool[entry, WAITED_FOR],
        )


@kernel
def file_entry(members, slots, pool, trees, arena, entry, reason):
    """File a waiting entry under the buyer's cash or the seller's units."""
    pool[entry, BLOCKED_BY] = reason
    if reason == WAITS_FOR_CASH:
        buyer = pool[entry, BUYER]
        members[buyer, WANTED] = file_amount(
            trees, arena, buyer, pool[entry, CASH_LEAF], pool[entry, ENTRY_CASH]
        )
    else:
        slot = pool[entry, SELLER_SLOT]
        slots[slot, UNITS_WANTED] = file_amount(
            trees, arena, slots[slot, TREE], pool[entry, UNITS_LEAF], pool[entry, ENTRY_UNITS]
        )


@kernel
def unfile_entry(members, slots, pool, trees, arena, entry):
    """Take a waiting entry off what it is filed under."""
    if pool[entry, BLOCKED_BY] == WAITS_FOR_CASH:
        buyer = pool[entry, BUYER]
        members[buyer, WANTED] = unfile(trees, arena, buyer, pool[entry, CASH_LEAF])
    else:
        slot = pool[entry, SELLER_SLOT]
        slots[slot, UNITS_WANTED] = unfile(trees, arena, slots[slot, TREE], pool[entry, UNITS_LEAF])


@kernel
def forget_entry(slots, pool, trees, arena, entry):
    """Give up the leaves of an entry that has been taken off."""
    if pool[entry, CASH_LEAF] >= 0:
        forget(trees, arena, pool[entry, BUYER], pool[entry, CASH_LEAF])
    if pool[entry, UNITS_LEAF] >= 0:
        forget(trees, arena, slots[pool[entry, SELLER_SLOT], TREE], pool[entry, UNITS_LEAF])


@kernel
def enqueue(members, slots, pool, trees, arena, check_units, entry):
    """Hand the new entry a leaf at each resource that can block it, and file it. There is room."""
    if pool[entry, ENTRY_CASH] > 0:
        pool[entry, CASH_LEAF] = hand_out(trees, arena, pool[entry, BUYER], entry)
    if check_units and pool[entry, ENTRY_UNITS] > 0:
        pool[entry, UNITS_LEAF] = hand_out(trees, arena, slots[pool[entry, SELLER_SLOT], TREE], entry)
    file_entry(members, slots, pool, trees, arena, entry, pool[entry, BLOCKED_BY])


@kernel
def entry_tree(slots, pool, entry):
    """The tree of the resource that an entry is filed under."""
    if pool[entry, BLOCKED_BY] == WAITS_FOR_CASH:
        return pool[entry, BUYER]
    return slots[pool[entry, SELLER_SLOT], TREE]


@kernel
def purge(slots, pool, trees, heap, size):
    """Drop from a full heap what no longer stands for its resource; its new size.

    Each resource has one entry that stands for it, and the heap has twice as many places.
    """
    kept = 0
    for at in range(size):
        entry = heap[at]
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        tree = entry_tree(slots, pool, entry)
        if trees[tree, OFFERED] == entry:
            trees[tree, OFFERED] = -1  # so that a repetition is dropped
            push(heap, kept, entry)
            kept += 1
    for at in range(kept):
        trees[entry_tree(slots, pool, heap[at]), OFFERED] = heap[at]
    return kept


@kernel
def offer(slots, pool, trees, arena, heap, size, tree, available):
    """Offer the earliest entry of ``tree`` that ``available`` is enough for; the heap's new size."""
    entry = earliest(trees, arena, tree, available)
    if entry >= 0:
        offered = trees[tree, OFFERED]
        if offered < 0 or entry < offered:
            if size == len(heap):
                size = purge(slots, pool, trees, heap, size)
            push(heap, size, entry)
            trees[tree, OFFERED] = entry
            return size + 1
    return size


@kernel
def offer_cash(members, slots, pool, trees, arena, heap, size, member):
    """Offer what a member's cash and undrawn credit now unblock."""
    available = members[member, CASH] + members[member, LIMIT]
    if available >= members[member, WANTED]:
        return offer(slots, pool, trees, arena, heap, size, member, available)
    return size


@kernel
def offer_units(slots, pool, trees, arena, heap, size, slot):
    """Offer what the units of a position now unblock."""
    available = slots[slot, UNITS]
    if available >= slots[slot, UNITS_WANTED]:
        return offer(slots, pool, trees, arena, heap, size, slots[slot, TREE], available)
    return size


@kernel
def settle_unblocked(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now):
    """Take entries off the heap in queue order until none is left that could settle."""
    while size > 0:
        entry = pop(heap, size)
        size -= 1
        reason = pool[entry, BLOCKED_BY]
        if reason == GONE:
            continue
        tree = entry_tree(slots, pool, entry)
        if trees[tree, OFFERED] != entry:
            continue  # an earlier entry of the same resource took its place
        trees[tree, OFFERED] = -1
        buyer, slot = pool[entry, BUYER], pool[entry, SELLER_SLOT]
        cash, units = pool[entry, ENTRY_CASH], pool[entry, ENTRY_UNITS]
        lacks_cash = cash > members[buyer, CASH] + members[buyer, LIMIT]
        lacks_units = mode.check_units and units > 0 and units > slots[slot, UNITS]
        settles = not lacks_cash and not lacks_units
        if settles:
            unfile_entry(members, slots, pool, trees, arena, entry)
            forget_entry(slots, pool, trees, arena, entry)
            leave_queue(totals, pool, journal, mode.journal, entry, now)
            seller, buyer_slot = pool[entry, SELLER], pool[entry, BUYER_SLOT]
            settle_one(members, slots, totals, mode.lock, buyer, seller, buyer_slot, slot, units, cash)
        elif reason == WAITS_FOR_CASH and not lacks_cash:
            unfile_entry(members, slots, pool, trees, arena, entry)
            file_entry(members, slots, pool, trees, arena, entry, WAITS_FOR_UNITS)
        elif reason == WAITS_FOR_UNITS and not lacks_units:
            unfile_entry(members, slots, pool, trees, arena, entry)
            file_entry(members, slots, pool, trees, arena, entry, WAITS_FOR_CASH)
        if reason == WAITS_FOR_CASH:
            size = offer_cash(members, slots, pool, trees, arena, heap, size, buyer)
        else:
            size = offer_units(slots, pool, trees, arena, heap, size, slot)
        if settles and mode.lock == 0:
            if cash > 0:
                size = offer_cash(members, slots, pool, trees, arena, heap, size, seller)
            if units > 0 and mode.check_units:
                size = offer_units(slots, pool, trees, arena, heap, size, buyer_slot)
