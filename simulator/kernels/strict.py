"""The queue under strict FIFO: an instruction is eligible only at the head of its queues.

Each buyer has one queue of instructions that need cash, each seller one a security of those that need
units. An instruction stands in both and may settle only where it is first in both, so only heads
are ever looked at. Whatever changes a head or adds to what a head needs offers that head to a heap
in queue order.
"""

from __future__ import annotations

from .compile import kernel
from .moves import settle_one
from .queue import leave_queue
from .state import (
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CASH,
    CASH_LEAF,
    ENTRY_CASH,
    ENTRY_UNITS,
    GONE,
    HEAD,
    LIMIT,
    SELLER,
    SELLER_SLOT,
    TAIL,
    TREE,
    UNITS,
    UNITS_LEAF,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
)
from .tree import pop, push


@kernel
def head_of(pool, trees, tree, next_column):
    """The first entry of a queue that still waits, −1 if none; entries that are gone fall out here."""
    head = trees[tree, HEAD]
    while head >= 0 and pool[head, BLOCKED_BY] == GONE:
        head = pool[head, next_column]
        trees[tree, HEAD] = head
    if head < 0:
        trees[tree, TAIL] = -1
    return head


@kernel
def cash_head(pool, trees, member):
    """The first waiting instruction that needs a member's cash."""
    return head_of(pool, trees, member, CASH_LEAF)


@kernel
def units_head(slots, pool, trees, slot):
    """The first waiting instruction that needs a position's units."""
    tree = slots[slot, TREE]
    if tree < 0:
        return tree
    return head_of(pool, trees, tree, UNITS_LEAF)


@kernel
def behind_another(slots, pool, trees, buyer, seller_slot, units, cash):
    """Why strict order makes a new instruction wait: behind the same buyer's, else the seller's; or 0."""
    if cash > 0 and cash_head(pool, trees, buyer) >= 0:
        return WAITS_FOR_CASH
    if units > 0 and units_head(slots, pool, trees, seller_slot) >= 0:
        return WAITS_FOR_UNITS
    return 0


@kernel
def append_to(pool, trees, tree, entry, next_column):
    """Put an entry at the end of a queue."""
    if head_of(pool, trees, tree, next_column) < 0:
        trees[tree, HEAD] = entry
    else:
        pool[trees[tree, TAIL], next_column] = entry
    trees[tree, TAIL] = entry


@kernel
def append_entry(slots, pool, trees, entry):
    """Put a new waiting instruction at the end of the queues it stands in."""
    if pool[entry, ENTRY_CASH] > 0:
        append_to(pool, trees, pool[entry, BUYER], entry, CASH_LEAF)
    if pool[entry, ENTRY_UNITS] > 0:
        append_to(pool, trees, slots[pool[entry, SELLER_SLOT], TREE], entry, UNITS_LEAF)


@kernel
def may_settle(members, slots, pool, trees, check_units, entry):
    """Whether a waiting instruction is first in its queues and feasible."""
    buyer, slot = pool[entry, BUYER], pool[entry, SELLER_SLOT]
    cash, units = pool[entry, ENTRY_CASH], pool[entry, ENTRY_UNITS]
    if cash > 0:
        if cash_head(pool, trees, buyer) != entry:
            return False
        if cash > members[buyer, CASH] + members[buyer, LIMIT]:
            return False
    if units > 0:
        if units_head(slots, pool, trees, slot) != entry:
            return False
        if check_units and units > slots[slot, UNITS]:
            return False
    return True


@kernel
def squeeze(pool, heap, size):
    """Drop repeated and settled entries from a full heap; its new size, at most one a resource."""
    kept = 0
    for at in range(size):
        entry = heap[at]
        if pool[entry, BLOCKED_BY] > GONE:
            pool[entry, BLOCKED_BY] = -pool[entry, BLOCKED_BY]  # so that a repetition is dropped
            push(pool, None, heap, kept, entry)
            kept += 1
    for at in range(kept):
        pool[heap[at], BLOCKED_BY] = -pool[heap[at], BLOCKED_BY]
    return kept


@kernel
def offer_head(members, slots, pool, trees, heap, check_units, size, entry):
    """Offer one head if it could settle; the heap's new size."""
    if entry < 0 or not may_settle(members, slots, pool, trees, check_units, entry):
        return size
    if size == len(heap):
        size = squeeze(pool, heap, size)
    push(pool, None, heap, size, entry)
    return size + 1


@kernel
def settle_heads(members, slots, totals, pool, trees, heap, journal, more, mode, size, now):
    """Take heads off the heap in queue order until none is left that could settle."""
    checks = mode.check_units
    while size > 0:
        entry = pop(pool, None, heap, size)
        size -= 1
        if pool[entry, BLOCKED_BY] == GONE or not may_settle(members, slots, pool, trees, checks, entry):
            continue
        buyer, seller = pool[entry, BUYER], pool[entry, SELLER]
        buyer_slot, slot = pool[entry, BUYER_SLOT], pool[entry, SELLER_SLOT]
        cash, units = pool[entry, ENTRY_CASH], pool[entry, ENTRY_UNITS]
        leave_queue(totals, pool, journal, more, mode.journal, entry, now, 0)
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
            units,
            cash,
        )
        if cash > 0:
            head = cash_head(pool, trees, buyer)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
            head = cash_head(pool, trees, seller)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
        if units > 0:
            head = units_head(slots, pool, trees, slot)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
            head = units_head(slots, pool, trees, buyer_slot)
            size = offer_head(members, slots, pool, trees, heap, checks, size, head)
