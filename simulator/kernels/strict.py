"""The queue under strict FIFO: an instruction is eligible only at the head of its queues.

Each buyer has one queue of instructions that need cash, each seller one a security of those that need
units. An instruction stands in both and may settle only where it is first in both, so only heads
are ever looked at. Whatever changes a head or adds to what a head needs offers that head to a heap
in queue order.
"""

from __future__ import annotations

import numpy as np

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
    UNITS,
    UNITS_LEAF,
    WAITS_FOR_CASH,
    WAITS_FOR_UNITS,
)
from .tree import pop, push


@kernel
def head_of(state, tree, next_column):
    """The first entry of a queue that still waits, −1 if none; entries that are gone fall out here."""
    trees, pool = state.trees, state.pool
    head = trees[tree, HEAD]
    while head >= 0 and pool[head, BLOCKED_BY] == GONE:
        head = pool[head, next_column]
        trees[tree, HEAD] = head
    if head < 0:
        trees[tree, TAIL] = -1
    return head


@kernel
def cash_head(state, member):
    """The first waiting instruction that needs a member's cash."""
    return head_of(state, np.int64(member), CASH_LEAF)


@kernel
def units_head(state, slot):
    """The first waiting instruction that needs a position's units."""
    tree = np.int64(state.slot_tree[slot])
    if tree < 0:
        return np.int64(-1)
    return head_of(state, tree, UNITS_LEAF)


@kernel
def behind_another(state, buyer, seller_slot, units, cash):
    """Why strict order makes a new instruction wait: behind the same buyer's, else the seller's; or 0."""
    if cash > 0 and cash_head(state, buyer) >= 0:
        return WAITS_FOR_CASH
    if units > 0 and units_head(state, seller_slot) >= 0:
        return WAITS_FOR_UNITS
    return 0


@kernel
def append_to(state, tree, entry, next_column):
    """Put an entry at the end of a queue."""
    trees = state.trees
    if head_of(state, tree, next_column) < 0:
        trees[tree, HEAD] = entry
    else:
        state.pool[trees[tree, TAIL], next_column] = entry
    trees[tree, TAIL] = entry


@kernel
def append_entry(state, entry):
    """Put a new waiting instruction at the end of the queues it stands in."""
    row = state.pool[entry]
    if row[ENTRY_CASH] > 0:
        append_to(state, row[BUYER], entry, CASH_LEAF)
    if row[ENTRY_UNITS] > 0:
        append_to(state, np.int64(state.slot_tree[row[SELLER_SLOT]]), entry, UNITS_LEAF)


@kernel
def may_settle(state, mode, entry):
    """Whether a waiting instruction is first in its queues and feasible."""
    row = state.pool[entry]
    buyer, slot = row[BUYER], row[SELLER_SLOT]
    cash, units = row[ENTRY_CASH], row[ENTRY_UNITS]
    if cash > 0:
        if cash_head(state, buyer) != entry:
            return False
        if cash > state.members[buyer, CASH] + state.members[buyer, LIMIT]:
            return False
    if units > 0:
        if units_head(state, slot) != entry:
            return False
        if mode.check_units and units > state.slots[slot, UNITS]:
            return False
    return True


@kernel
def squeeze(state, size):
    """Drop repeated and settled entries from a full heap; its new size, at most one a resource."""
    heap = state.heap
    heap[:size] = np.sort(heap[:size])
    kept = 0
    for at in range(size):
        entry = heap[at]
        if state.pool[entry, BLOCKED_BY] != GONE and (kept == 0 or heap[kept - 1] != entry):
            heap[kept] = entry
            kept += 1
    return kept


@kernel
def offer_head(state, mode, size, entry):
    """Offer one head if it could settle; the heap's new size."""
    if entry < 0 or not may_settle(state, mode, entry):
        return size
    if size == len(state.heap):
        size = squeeze(state, size)
    push(state.heap, size, entry)
    return size + 1


@kernel
def offer_heads(state, mode, size, seller, buyer_slot, units, cash):
    """Offer the heads that the receipts of one settlement may have unblocked."""
    if cash > 0:
        size = offer_head(state, mode, size, cash_head(state, seller))
    if units > 0:
        size = offer_head(state, mode, size, units_head(state, buyer_slot))
    return size


@kernel
def settle_heads(state, mode, size, now):
    """Take heads off the heap in queue order until none is left that could settle."""
    while size > 0:
        entry = pop(state.heap, size)
        size -= 1
        row = state.pool[entry]
        if row[BLOCKED_BY] == GONE or not may_settle(state, mode, entry):
            continue
        buyer, slot = row[BUYER], row[SELLER_SLOT]
        cash, units = row[ENTRY_CASH], row[ENTRY_UNITS]
        leave_queue(state, mode, entry, now)
        settle_one(state, mode.lock, buyer, row[SELLER], row[BUYER_SLOT], slot, units, cash)
        if cash > 0:
            size = offer_head(state, mode, size, cash_head(state, buyer))
        if units > 0:
            size = offer_head(state, mode, size, units_head(state, slot))
        if mode.lock == 0:
            size = offer_heads(state, mode, size, row[SELLER], row[BUYER_SLOT], units, cash)
    return size
