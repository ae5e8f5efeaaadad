"""The queue of a gross arrangement with passing, as the loop of the design says it:

settle the first feasible waiting instruction in queue order over all members; start again at the
head; stop when none is feasible.

Nobody walks the queue. Each waiting instruction is filed under *one* thing that blocks it, the
buyer's cash, the seller's units or the seller's headroom, in an index that knows the earliest entry an
amount is enough for (``index``). Only a receipt can unblock, so each receipt offers the earliest entry
no longer blocked there to a heap in queue order. The earliest on the heap is taken off: if another of
its resources blocks, it is refiled there; else it is the first feasible one of all, since every earlier
instruction is blocked where it is filed. An arrival that is feasible settles at once if nothing before
it is.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined, kernel
from .histogram import wait_bin
from .index import earliest_under, file_under, give_up, take_off
from .moves import collateral_out, count_late, credit_value, secures, settle_one, write_journal
from .order import (
    class_of_entry,
    classes_of,
    is_linked,
    is_ordered,
    keeps_wishes,
    may_say_whole,
    precedes,
    stands_before,
)
from .state import (
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CASH,
    CASH_LEAF,
    DEADLINE,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    FIRST_EVENT,
    GONE,
    IDENTIFIER,
    KEY,
    LEFT,
    LIMIT,
    MAY_PART,
    NEED,
    NO_DEADLINE,
    OFFERED,
    PLACE,
    POOL_USED,
    PRIORITY,
    QUEUE_COUNT,
    QUEUE_VALUE,
    QUEUED_COUNT,
    QUEUED_VALUE,
    RIGHT,
    SECURITY,
    SELLER,
    SELLER_SLOT,
    TREE,
    UNITS,
    UNITS_LEAF,
    UNITS_WANTED,
    UNTESTED,
    VALUE_WAIT,
    WAITED_FOR,
    WAITS,
    WAITS_FOR_CASH,
    WAITS_FOR_CREDIT,
    WAITS_FOR_UNITS,
    WANTED,
)
from .tree import hand_out, pop, push
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


@inlined
def leave_queue(totals, pool, journal, more, writes, entry, now, group):
    """Book the wait of an entry that settles at ``now`` and take it out of the queue's totals.

    ``group`` is the number of the group it settles in, 0 by itself.
    """
    if pool[entry, BLOCKED_BY] == UNTESTED:  # it settles at its first event, so it never queued
        totals[QUEUED_COUNT] -= 1
        totals[QUEUED_VALUE] -= pool[entry, ENTRY_CASH]
        pool[entry, WAITED_FOR] = 0
    pool[entry, BLOCKED_BY] = GONE
    totals[QUEUE_COUNT] -= 1
    units, cash = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
    book_part(totals, pool, journal, more, writes, entry, units, cash, now, group)


@inlined
def book_part(totals, pool, journal, more, writes, entry, units, cash, now, group):
    """Book the wait of what settles of an entry, in whole or in part, and its place in the journal."""
    totals[QUEUE_VALUE] -= cash
    wait = now - pool[entry, FIRST_EVENT]
    totals[WAITS + wait_bin(wait)] += cash
    add_product(totals, VALUE_WAIT, cash, wait)
    if now > deadline_of(pool, more, entry):
        count_late(totals, cash)
    if writes:
        write_journal(
            journal,
            totals,
            pool[entry, IDENTIFIER],
            pool[entry, ENTERED],
            pool[entry, BUYER],
            pool[entry, SELLER],
            pool[entry, SECURITY],
            units,
            cash,
            now,
            pool[entry, WAITED_FOR],
            group,
        )


@inlined
def deadline_of(pool, more, entry):
    """By when an entry should settle."""
    if keeps_wishes(more):
        return pool[entry, DEADLINE]
    return np.int64(NO_DEADLINE)


@inlined
def needed(pool, more, entry):
    """What an entry needs of its buyer's cash and credit."""
    if secures(more):
        return pool[entry, NEED]
    return pool[entry, ENTRY_CASH]


@inlined
def seller_need(slots, more, lock, seller_slot, units, cash):
    """What a delivery takes off the seller's headroom beyond the cash it brings at once; ≤ 0 if nothing."""
    if not secures(more) or units == 0:
        return np.int64(0)
    taken = credit_value(slots, more, seller_slot, collateral_out(slots, more, seller_slot, units))
    if lock == 0:
        return taken - cash
    return taken


@kernel
def note_wishes(slots, pool, more, entry, wishes, i):
    """Keep what an instruction says of itself beside its entry."""
    if wishes is not None and keeps_wishes(more):
        pool[entry, PRIORITY] = wishes.priorities[i]
        pool[entry, DEADLINE] = wishes.deadlines[i]
        if may_say_whole(more):
            pool[entry, MAY_PART] = wishes.may_part[i]
        if is_linked(more):
            pool[entry, KEY] = wishes.keys[i]
            pool[entry, PLACE] = wishes.places[i]
            pool[entry, LEFT] = -1  # linked to nothing until it is filed
            pool[entry, RIGHT] = -1
            note_need(slots, pool, more, entry)


@kernel
def note_need(slots, pool, more, entry):
    """Keep what an entry needs of its buyer: the cash less what the very units bought secure."""
    if secures(more):
        pool[entry, NEED] = pool[entry, ENTRY_CASH]
        if pool[entry, ENTRY_UNITS] > 0:
            pool[entry, NEED] -= credit_value(slots, more, pool[entry, SELLER_SLOT], pool[entry, ENTRY_UNITS])


@inlined
def entry_tree(slots, pool, more, entry):
    """Where the index of the resource that an entry is filed under begins."""
    reason = pool[entry, BLOCKED_BY]
    if reason == WAITS_FOR_CASH:
        return pool[entry, BUYER] * classes_of(more)
    if reason == WAITS_FOR_CREDIT:
        return pool[entry, SELLER] * classes_of(more)
    return slots[pool[entry, SELLER_SLOT], TREE]


@inlined
def leaf_column(pool, entry):
    """Which of its leaves an entry is filed at, where it has leaves."""
    return CASH_LEAF if pool[entry, BLOCKED_BY] == WAITS_FOR_CASH else UNITS_LEAF


@inlined
def note_smallest(members, slots, pool, entry, smallest):
    """Keep the smallest amount now filed under a resource beside what there is of it."""
    reason = pool[entry, BLOCKED_BY]
    if reason == WAITS_FOR_UNITS:
        slots[pool[entry, SELLER_SLOT], UNITS_WANTED] = smallest
    elif reason == WAITS_FOR_CASH:
        members[pool[entry, BUYER], WANTED] = smallest
    else:
        members[pool[entry, SELLER], WANTED] = smallest


@kernel
def file_entry(members, slots, pool, trees, arena, more, mode, entry, reason):
    """File a waiting entry under the buyer's cash, the seller's units or the seller's headroom."""
    pool[entry, BLOCKED_BY] = reason
    tree = entry_tree(slots, pool, more, entry)
    units, cash = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
    if reason == WAITS_FOR_CASH:
        amount = needed(pool, more, entry)
    elif reason == WAITS_FOR_UNITS:
        amount = units
    else:
        amount = seller_need(slots, more, mode.lock, pool[entry, SELLER_SLOT], units, cash)
    smallest = file_under(pool, trees, arena, more, tree, entry, leaf_column(pool, entry), amount)
    note_smallest(members, slots, pool, entry, smallest)


@kernel
def unfile_entry(members, slots, pool, trees, arena, more, entry):
    """Take a waiting entry off what it is filed under."""
    if pool[entry, BLOCKED_BY] == UNTESTED:
        return
    tree = entry_tree(slots, pool, more, entry)
    if is_ordered(more) and trees[tree, OFFERED] == entry:  # a group may settle it while on the heap
        trees[tree, OFFERED] = -1
    smallest = take_off(pool, trees, arena, more, tree, entry, leaf_column(pool, entry))
    note_smallest(members, slots, pool, entry, smallest)


@kernel
def forget_entry(slots, pool, trees, arena, more, entry):
    """Give up the leaves of an entry that has been taken off."""
    if is_linked(more):
        return
    give_up(pool, trees, arena, more, pool[entry, BUYER] * classes_of(more), entry, CASH_LEAF)
    if pool[entry, UNITS_LEAF] >= 0:
        give_up(pool, trees, arena, more, slots[pool[entry, SELLER_SLOT], TREE], entry, UNITS_LEAF)


@kernel
def enqueue(members, slots, pool, trees, arena, more, mode, entry):
    """Hand the new entry a leaf at each resource that can block it, and file it. There is room."""
    if not is_linked(more):
        rank = class_of_entry(pool, more, entry)
        if pool[entry, ENTRY_CASH] > 0:
            tree = pool[entry, BUYER] * classes_of(more) + rank
            pool[entry, CASH_LEAF] = hand_out(trees, arena, tree, entry)
        if mode.check_units and pool[entry, ENTRY_UNITS] > 0:
            tree = slots[pool[entry, SELLER_SLOT], TREE] + rank
            pool[entry, UNITS_LEAF] = hand_out(trees, arena, tree, entry)
    if pool[entry, BLOCKED_BY] != UNTESTED:
        file_entry(members, slots, pool, trees, arena, more, mode, entry, pool[entry, BLOCKED_BY])


@kernel
def purge(slots, pool, trees, heap, more, size):
    """Drop from a full heap what no longer stands for its resource; its new size.

    Each resource has one entry that stands for it, and the heap has twice as many places.
    """
    kept = 0
    for at in range(size):
        entry = heap[at]
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        tree = entry_tree(slots, pool, more, entry)
        if trees[tree, OFFERED] == entry:
            trees[tree, OFFERED] = -1  # so that a repetition is dropped
            push(pool, more, heap, kept, entry)
            kept += 1
    for at in range(kept):
        trees[entry_tree(slots, pool, more, heap[at]), OFFERED] = heap[at]
    return kept


@kernel
def offer(slots, pool, trees, arena, heap, more, size, tree, available):
    """Offer the earliest entry of ``tree`` that ``available`` is enough for; the heap's new size."""
    entry = earliest_under(pool, trees, arena, more, tree, available)
    if entry >= 0:
        offered = trees[tree, OFFERED]
        if offered < 0 or precedes(pool, more, entry, offered):
            if size == len(heap):
                size = purge(slots, pool, trees, heap, more, size)
            push(pool, more, heap, size, entry)
            trees[tree, OFFERED] = entry
            return size + 1
    return size


@kernel
def offer_cash(members, slots, pool, trees, arena, heap, more, size, member):
    """Offer what a member's cash and undrawn credit now unblock."""
    available = members[member, CASH] + members[member, LIMIT]
    if available >= members[member, WANTED]:
        return offer(slots, pool, trees, arena, heap, more, size, member * classes_of(more), available)
    return size


@kernel
def offer_units(slots, pool, trees, arena, heap, more, size, slot):
    """Offer what the units of a position now unblock."""
    available = slots[slot, UNITS]
    if available >= slots[slot, UNITS_WANTED]:
        return offer(slots, pool, trees, arena, heap, more, size, slots[slot, TREE], available)
    return size


@inlined
def obstacle(members, slots, pool, more, mode, entry):
    """What an entry lacks: where it is filed if that still blocks it, else the first; 0 if nothing."""
    buyer, seller, slot = pool[entry, BUYER], pool[entry, SELLER], pool[entry, SELLER_SLOT]
    units, reason = pool[entry, ENTRY_UNITS], pool[entry, BLOCKED_BY]
    need = needed(pool, more, entry)
    lacks_cash = need > 0 and need > members[buyer, CASH] + members[buyer, LIMIT]
    if lacks_cash and reason != WAITS_FOR_UNITS and reason != WAITS_FOR_CREDIT:
        return WAITS_FOR_CASH
    lacks_units = mode.check_units and units > 0 and units > slots[slot, UNITS]
    if lacks_units and reason != WAITS_FOR_CREDIT:
        return WAITS_FOR_UNITS
    if secures(more):
        cash = pool[entry, ENTRY_CASH]
        need = seller_need(slots, more, mode.lock, slot, units, cash)
        if need > 0 and need > members[seller, CASH] + members[seller, LIMIT]:
            return WAITS_FOR_CREDIT
    if lacks_cash:
        return WAITS_FOR_CASH
    if lacks_units:
        return WAITS_FOR_UNITS
    return 0


@kernel
def settle_unblocked(
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
    bounded,
    priority,
    key,
    place,
):
    """Take entries off the heap in queue order until none is left that could settle.

    With ``bounded`` only those before (priority, key, place), the next arrival of the event. Returns the
    heap's size.
    """
    while size > 0:
        if bounded and not stands_before(pool, more, heap[0], priority, key, place):
            break
        entry = pop(pool, more, heap, size)
        size -= 1
        reason = pool[entry, BLOCKED_BY]
        if reason == GONE:
            continue
        tree = entry_tree(slots, pool, more, entry)
        if trees[tree, OFFERED] != entry:
            continue  # an earlier entry of the same resource took its place
        trees[tree, OFFERED] = -1
        buyer, slot = pool[entry, BUYER], pool[entry, SELLER_SLOT]
        found = obstacle(members, slots, pool, more, mode, entry)
        settles = found == 0
        if settles:
            unfile_entry(members, slots, pool, trees, arena, more, entry)
            forget_entry(slots, pool, trees, arena, more, entry)
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
        elif found != reason or reason == WAITS_FOR_CREDIT:  # whose amount grows as inventory goes
            unfile_entry(members, slots, pool, trees, arena, more, entry)
            file_entry(members, slots, pool, trees, arena, more, mode, entry, found)
        if reason == WAITS_FOR_CASH:
            size = offer_cash(members, slots, pool, trees, arena, heap, more, size, buyer)
        elif reason == WAITS_FOR_UNITS:
            size = offer_units(slots, pool, trees, arena, heap, more, size, slot)
        else:
            seller = pool[entry, SELLER]
            size = offer_cash(members, slots, pool, trees, arena, heap, more, size, seller)
    return size


@inlined
def settle_entry(
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
):
    """Settle an entry that is filed nowhere and offer what its receipts unblock; the heap's new size."""
    buyer, seller = pool[entry, BUYER], pool[entry, SELLER]
    buyer_slot, slot = pool[entry, BUYER_SLOT], pool[entry, SELLER_SLOT]
    units, cash = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
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
    return offer_receipts(
        members, slots, pool, trees, arena, heap, more, mode, size, buyer, seller, buyer_slot, units, cash
    )


@inlined
def offer_receipts(
    members, slots, pool, trees, arena, heap, more, mode, size, buyer, seller, buyer_slot, units, cash
):
    """Offer what a settlement's receipts unblock: cash, units, and credit that units secure."""
    if mode.lock == 0:
        if cash > 0:
            size = offer_cash(members, slots, pool, trees, arena, heap, more, size, seller)
        if units > 0 and mode.check_units:
            size = offer_units(slots, pool, trees, arena, heap, more, size, buyer_slot)
    if secures(more) and units > 0:
        size = offer_cash(members, slots, pool, trees, arena, heap, more, size, buyer)
    return size
