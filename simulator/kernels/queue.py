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
from .gates import (
    barred,
    breaks_cap,
    cash_reason,
    filed_under,
    has_bars,
    has_room_limit,
    is_filed,
    keeps_reserves,
    lacks_room,
    priority_of,
    spendable,
    take_room,
)
from .histogram import wait_bin
from .index import earliest_under, file_under, give_up, take_off
from .moves import collateral_out, count_late, credit_value, secures, settle_one, write_journal
from .order import (
    class_of_entry,
    classes_of,
    is_capped,
    is_linked,
    is_ordered,
    keeps_wishes,
    may_say_whole,
    precedes,
    stands_before,
)
from .state import (
    AT_ONCE,
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CAP_WANTED,
    CASH,
    CASH_LEAF,
    DEADLINE,
    DEBIT_CAP,
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
    QUEUED_BY_REASON,
    QUEUED_COUNT,
    QUEUED_VALUE,
    REFUSED,
    REFUSED_COUNT,
    REFUSED_VALUE,
    RIGHT,
    ROOM,
    ROOM_LEAF,
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
    WAITS_FOR_CAPACITY,
    WAITS_FOR_CASH,
    WAITS_FOR_CREDIT,
    WAITS_FOR_LIMIT,
    WAITS_FOR_REGISTRATION,
    WAITS_FOR_UNITS,
    WANTED,
)
from .tree import hand_out, pop, push
from .wide import add_product


@kernel
def add_entry(
    totals,
    pool,
    more,
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
    pool[entry, BLOCKED_BY] = filed_under(more, reason)
    pool[entry, WAITED_FOR] = reason
    totals[QUEUE_COUNT] += 1
    totals[QUEUE_VALUE] += cash
    totals[QUEUED_COUNT] += 1
    totals[QUEUED_VALUE] += cash
    totals[QUEUED_BY_REASON + reason] += cash
    return entry


@kernel
def refuse(totals, pool, entry):
    """Take an entry out of the queue for good; it is kept to be told at the close."""
    pool[entry, BLOCKED_BY] = REFUSED
    totals[QUEUE_COUNT] -= 1
    totals[QUEUE_VALUE] -= pool[entry, ENTRY_CASH]
    totals[REFUSED_COUNT] += 1
    totals[REFUSED_VALUE] += pool[entry, ENTRY_CASH]


@inlined
def leave_queue(totals, pool, journal, more, writes, entry, now, group):
    """Book the wait of an entry that settles at ``now`` and take it out of the queue's totals.

    ``group`` is the number of the group it settles in, 0 by itself.
    """
    if pool[entry, BLOCKED_BY] == UNTESTED:  # it settles at its first event, so it never queued
        totals[QUEUED_COUNT] -= 1
        totals[QUEUED_VALUE] -= pool[entry, ENTRY_CASH]
        totals[QUEUED_BY_REASON + pool[entry, WAITED_FOR]] -= pool[entry, ENTRY_CASH]
        pool[entry, WAITED_FOR] = 0
    pool[entry, BLOCKED_BY] = GONE
    totals[QUEUE_COUNT] -= 1
    units, cash = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
    book_part(totals, pool, journal, more, writes, entry, units, cash, now, group)


@inlined
def book_part(totals, pool, journal, more, writes, entry, units, cash, now, group):
    """Book the wait of what settles of an entry, in whole or in part, and its place in the journal."""
    totals[QUEUE_VALUE] -= cash
    take_room(totals, more)
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
    if lock.cash == AT_ONCE:
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
def room_tree(members, more):
    """Where the index of what waits for room begins: behind those of members' cash."""
    return np.int64(len(members)) * classes_of(more)


@inlined
def cap_tree(members, more, member):
    """Where the index of what waits for a member's net debit cap begins: behind that of room."""
    return (np.int64(len(members)) + 1 + member) * classes_of(more)


@inlined
def entry_tree(members, slots, pool, more, entry):
    """Where the index of the resource that an entry is filed under begins."""
    reason = pool[entry, BLOCKED_BY]
    if reason == WAITS_FOR_CASH:
        return pool[entry, BUYER] * classes_of(more)
    if reason == WAITS_FOR_CREDIT:
        return pool[entry, SELLER] * classes_of(more)
    if reason == WAITS_FOR_CAPACITY:
        return room_tree(members, more)
    if reason == WAITS_FOR_LIMIT:
        return cap_tree(members, more, pool[entry, BUYER])
    return slots[pool[entry, SELLER_SLOT], TREE]


@inlined
def leaf_column(reason):
    """Where an entry keeps its leaf in the tree of what it is filed under."""
    if reason == WAITS_FOR_CASH:
        return CASH_LEAF
    if reason == WAITS_FOR_CAPACITY:
        return ROOM_LEAF
    return UNITS_LEAF


@kernel
def filed_amount(slots, pool, more, mode, entry, reason):
    """How much of what it is filed under an entry needs."""
    if reason == WAITS_FOR_CASH:
        return needed(pool, more, entry)
    if reason == WAITS_FOR_UNITS:
        return pool[entry, ENTRY_UNITS]
    if reason == WAITS_FOR_CAPACITY:
        return np.int64(1)
    if reason == WAITS_FOR_LIMIT:
        return pool[entry, ENTRY_CASH]
    slot, units, cash = pool[entry, SELLER_SLOT], pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
    return seller_need(slots, more, mode.lock, slot, units, cash)


@kernel
def file_entry(members, slots, pool, trees, arena, more, mode, entry, reason):
    """File a waiting entry under what blocks it: cash, the cap, units, the seller's headroom, room; or a
    wallet, of which nothing is filed."""
    pool[entry, BLOCKED_BY] = reason
    if not is_filed(reason):
        return
    tree = entry_tree(members, slots, pool, more, entry)
    amount = filed_amount(slots, pool, more, mode, entry, reason)
    smallest = file_under(pool, trees, arena, more, tree, entry, leaf_column(reason), amount)
    note_smallest(members, slots, pool, entry, reason, smallest)


@kernel
def unfile_entry(members, slots, pool, trees, arena, more, entry):
    """Take a waiting entry off what it is filed under."""
    reason = pool[entry, BLOCKED_BY]
    if not is_filed(reason):
        return
    tree = entry_tree(members, slots, pool, more, entry)
    if is_ordered(more) and trees[tree, OFFERED] == entry:  # a group may settle it while on the heap
        trees[tree, OFFERED] = -1
    smallest = take_off(pool, trees, arena, more, tree, entry, leaf_column(reason))
    note_smallest(members, slots, pool, entry, reason, smallest)


@inlined
def note_smallest(members, slots, pool, entry, reason, smallest):
    """Keep the smallest amount filed beside the resource itself, so that a receipt sees it at a glance."""
    if reason == WAITS_FOR_UNITS:
        slots[pool[entry, SELLER_SLOT], UNITS_WANTED] = smallest
    elif reason == WAITS_FOR_CASH:
        members[pool[entry, BUYER], WANTED] = smallest
    elif reason == WAITS_FOR_CREDIT:
        members[pool[entry, SELLER], WANTED] = smallest
    elif reason == WAITS_FOR_LIMIT:
        members[pool[entry, BUYER], CAP_WANTED] = smallest


@kernel
def forget_entry(members, slots, pool, trees, arena, more, entry):
    """Give up the leaves of an entry that has been taken off."""
    if is_linked(more):
        return
    give_up(pool, trees, arena, more, pool[entry, BUYER] * classes_of(more), entry, CASH_LEAF)
    if pool[entry, UNITS_LEAF] >= 0:
        give_up(pool, trees, arena, more, slots[pool[entry, SELLER_SLOT], TREE], entry, UNITS_LEAF)
    if has_room_limit(more):
        give_up(pool, trees, arena, more, room_tree(members, more), entry, ROOM_LEAF)


@inlined
def may_wait_for_cash(more, cash):
    """Whether an instruction can stand in its buyer's index: a barred one is tried again from there."""
    return cash > 0 or has_bars(more)


@kernel
def enqueue(members, slots, pool, trees, arena, more, mode, entry):
    """Hand the new entry a leaf at each resource that can block it, and file it. There is room."""
    if not is_linked(more):
        rank = class_of_entry(pool, more, entry)
        if may_wait_for_cash(more, pool[entry, ENTRY_CASH]):
            tree = pool[entry, BUYER] * classes_of(more) + rank
            pool[entry, CASH_LEAF] = hand_out(trees, arena, tree, entry)
        if mode.check_units and pool[entry, ENTRY_UNITS] > 0:
            tree = slots[pool[entry, SELLER_SLOT], TREE] + rank
            pool[entry, UNITS_LEAF] = hand_out(trees, arena, tree, entry)
        if has_room_limit(more):
            pool[entry, ROOM_LEAF] = hand_out(trees, arena, room_tree(members, more) + rank, entry)
    if is_filed(pool[entry, BLOCKED_BY]):
        file_entry(members, slots, pool, trees, arena, more, mode, entry, pool[entry, BLOCKED_BY])


@kernel
def purge(members, slots, pool, trees, heap, more, size):
    """Drop from a full heap what no longer stands for its resource; its new size.

    Each resource has one entry that stands for it, and the heap has twice as many places.
    """
    kept = 0
    for at in range(size):
        entry = heap[at]
        if not is_filed(pool[entry, BLOCKED_BY]):
            continue
        tree = entry_tree(members, slots, pool, more, entry)
        if trees[tree, OFFERED] == entry:
            trees[tree, OFFERED] = -1  # so that a repetition is dropped
            push(pool, more, heap, kept, entry)
            kept += 1
    for at in range(kept):
        trees[entry_tree(members, slots, pool, more, heap[at]), OFFERED] = heap[at]
    return kept


@kernel
def offer(members, slots, pool, trees, heap, more, size, tree, entry):
    """Offer an entry (−1: none) of a resource, the earliest that could settle; the heap's new size."""
    if entry >= 0:
        offered = trees[tree, OFFERED]
        if offered < 0 or precedes(pool, more, entry, offered):
            if size == len(heap):
                size = purge(members, slots, pool, trees, heap, more, size)
            push(pool, more, heap, size, entry)
            trees[tree, OFFERED] = entry
            return size + 1
    return size


@kernel
def offer_cash(members, slots, pool, trees, arena, heap, more, size, member):
    """Offer what a member's cash and undrawn credit now unblock.

    Of what is not urgent only what they are enough for without the reserve: urgent ones stand first. Where
    caps bind, what its cap now allows is offered too.
    """
    if is_capped(more):
        size = offer_cap(members, slots, pool, trees, arena, heap, more, size, member)
    available = members[member, CASH] + members[member, LIMIT]
    if available >= members[member, WANTED]:
        tree = member * classes_of(more)
        entry = earliest_under(pool, trees, arena, more, tree, available)
        if keeps_reserves(more) and entry >= 0:
            allowed = spendable(members, more, member, priority_of(pool, more, entry))
            if allowed < available:
                entry = earliest_under(pool, trees, arena, more, tree, max(0, allowed))
        return offer(members, slots, pool, trees, heap, more, size, tree, entry)
    return size


@kernel
def offer_cap(members, slots, pool, trees, arena, heap, more, size, member):
    """Offer what a member's net debit cap now allows."""
    available = members[member, CASH] + members[member, DEBIT_CAP]
    if available >= members[member, CAP_WANTED]:
        tree = cap_tree(members, more, member)
        entry = earliest_under(pool, trees, arena, more, tree, available)
        return offer(members, slots, pool, trees, heap, more, size, tree, entry)
    return size


@kernel
def offer_units(members, slots, pool, trees, arena, heap, more, size, slot):
    """Offer what the units of a position now unblock."""
    available = slots[slot, UNITS]
    if available >= slots[slot, UNITS_WANTED]:
        tree = slots[slot, TREE]
        entry = earliest_under(pool, trees, arena, more, tree, available)
        return offer(members, slots, pool, trees, heap, more, size, tree, entry)
    return size


@kernel
def offer_room(members, slots, totals, pool, trees, arena, heap, more, size):
    """Offer what room on the chain now unblocks."""
    tree = room_tree(members, more)
    entry = earliest_under(pool, trees, arena, more, tree, totals[ROOM])
    return offer(members, slots, pool, trees, heap, more, size, tree, entry)


@inlined
def obstacle(members, slots, totals, pool, more, mode, entry):
    """What an entry lacks: where it is filed if that still blocks it, else the first; 0 if nothing.

    Of a bar, cash and room it is what they are filed under.
    """
    buyer, seller, slot = pool[entry, BUYER], pool[entry, SELLER], pool[entry, SELLER_SLOT]
    units, reason = pool[entry, ENTRY_UNITS], pool[entry, BLOCKED_BY]
    if has_bars(more) and barred(members, more, buyer, seller, units, pool[entry, ENTRY_CASH]) != 0:
        return WAITS_FOR_REGISTRATION
    over_cap = breaks_cap(members, more, buyer, pool[entry, ENTRY_CASH])
    if over_cap and (reason == WAITS_FOR_LIMIT or not is_filed(reason)):
        return WAITS_FOR_LIMIT
    need = needed(pool, more, entry)
    lacks_cash = need > 0 and need > spendable(members, more, buyer, priority_of(pool, more, entry))
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
    if over_cap:
        return WAITS_FOR_LIMIT
    if lacks_cash:
        return WAITS_FOR_CASH
    if lacks_units:
        return WAITS_FOR_UNITS
    if lacks_room(totals, more):
        return WAITS_FOR_CAPACITY
    return 0


@kernel
def name_block(members, totals, pool, more, entry, found):
    """The reason behind what an entry is filed under: which bar, cash or what is kept back, why no room."""
    buyer, seller, cash = pool[entry, BUYER], pool[entry, SELLER], pool[entry, ENTRY_CASH]
    if found == WAITS_FOR_REGISTRATION:
        return barred(members, more, buyer, seller, pool[entry, ENTRY_UNITS], cash)
    if found == WAITS_FOR_CASH:
        return cash_reason(members, buyer, needed(pool, more, entry))
    if found == WAITS_FOR_CAPACITY:
        return lacks_room(totals, more)
    return found


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
        if not is_filed(reason):
            continue
        tree = entry_tree(members, slots, pool, more, entry)
        if trees[tree, OFFERED] != entry:
            continue  # an earlier entry of the same resource took its place
        trees[tree, OFFERED] = -1
        buyer, slot = pool[entry, BUYER], pool[entry, SELLER_SLOT]
        found = obstacle(members, slots, totals, pool, more, mode, entry)
        if found == 0:
            unfile_entry(members, slots, pool, trees, arena, more, entry)
            forget_entry(members, slots, pool, trees, arena, more, entry)
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
        if reason in (WAITS_FOR_CASH, WAITS_FOR_LIMIT):
            size = offer_cash(members, slots, pool, trees, arena, heap, more, size, buyer)
        elif reason == WAITS_FOR_UNITS:
            size = offer_units(members, slots, pool, trees, arena, heap, more, size, slot)
        elif reason == WAITS_FOR_CAPACITY:
            size = offer_room(members, slots, totals, pool, trees, arena, heap, more, size)
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
    if cash > 0 and mode.lock.cash == AT_ONCE:
        size = offer_cash(members, slots, pool, trees, arena, heap, more, size, seller)
    if units > 0 and mode.lock.units == AT_ONCE and mode.check_units:
        size = offer_units(members, slots, pool, trees, arena, heap, more, size, buyer_slot)
    if secures(more) and units > 0:
        size = offer_cash(members, slots, pool, trees, arena, heap, more, size, buyer)
    return size
