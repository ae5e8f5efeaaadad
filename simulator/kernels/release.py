"""What happens to a gross arrangement between arrivals: groups posted, the queue read, days closed."""

from __future__ import annotations

from .compile import kernel
from .credit import change_units, follow_member, read_borrowed, read_loan_peaks
from .gates import barred, has_bars, has_room_limit
from .loop import offer_member, offer_slot, settle_offered
from .moves import (
    advance,
    collateral_out,
    credit_value,
    post_cash,
    read_low,
    read_peaks,
    receive_later,
    secures,
    take_in_later,
)
from .order import class_of_entry, classes_of, is_capped, is_linked, is_ordered
from .queue import file_entry, forget_entry, leave_queue, offer_room, room_tree, unfile_entry
from .state import (
    ARENA_USED,
    AT_ONCE,
    BASE,
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CAP_WANTED,
    CAPACITY,
    CASH_LEAF,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    FLOW,
    GONE,
    GROUPS,
    HEAD,
    HEAP_SIZE,
    INVENTORY,
    LEFT,
    LIMIT,
    NOTHING_WAITS,
    OFFERED,
    OWNER,
    POOL_USED,
    QUEUE_COUNT,
    QUEUE_VALUE,
    REFUSED_COUNT,
    REFUSED_VALUE,
    RIGHT,
    ROOM_LEAF,
    SECURITY,
    SELLER,
    SELLER_SLOT,
    TAIL,
    TREE,
    TREES_USED,
    UNITS_LEAF,
    UNITS_WANTED,
    WAITS_FOR_CASH,
    WAITS_FOR_REGISTRATION,
    WANTED,
)
from .strict import append_entry
from .tree import SIZES, clear_tree, push


@kernel
def collateral_change(slots, more, slot, net_units):
    """What a group's net units change of the credit that their holder can draw on them."""
    if net_units < 0:
        return -credit_value(slots, more, slot, collateral_out(slots, more, slot, -net_units))
    return credit_value(slots, more, slot, net_units)


@kernel
def add_collateral_changes(slots, more, headroom, positions, net_units):
    """Add to each member's ``headroom`` what a group's net units change of it, in place."""
    for k in range(len(positions)):
        change = collateral_change(slots, more, positions[k], net_units[k])
        headroom[slots[positions[k], OWNER]] += change


@kernel
def post_group(state, mode, entries, who, net_cash, positions, net_units, now):
    """Settle waiting entries as one group on their net effect, whose feasibility the caller has seen.

    ``net_cash`` and ``net_units`` (receipts positive) stand beside members ``who`` and slots
    ``positions``, each named once. Net receipts follow the re-use rule, what offsets inside the group
    never does.
    """
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, journal = state.trees, state.arena, state.journal
    more = state.more
    advance(totals, now)
    totals[GROUPS] += 1
    for entry in entries:
        if not mode.strict:
            unfile_entry(members, slots, pool, trees, arena, more, entry)
            forget_entry(members, slots, pool, trees, arena, more, entry)
        leave_queue(totals, pool, journal, more, mode.journal, entry, now, totals[GROUPS])
    for k in range(len(who)):
        if net_cash[k] <= 0 or mode.lock.cash == AT_ONCE:
            post_cash(members, totals, who[k], net_cash[k])
        else:
            receive_later(members, totals, mode.lock, who[k], net_cash[k])
        read_low(members, who[k])
    read_peaks(totals)
    for k in range(len(positions)):
        p, moved = positions[k], net_units[k]
        if secures(more):
            members[slots[p, OWNER], LIMIT] += collateral_change(slots, more, p, moved)
            if secures(more) == FLOW and moved < 0:
                slots[p, INVENTORY] = max(0, slots[p, INVENTORY] + moved)
        if moved <= 0 or mode.lock.units == AT_ONCE:
            change_units(members, slots, totals, more, p, moved)
        else:
            take_in_later(slots, totals, mode.lock, p, moved)
    read_borrowed(totals, more)
    for m in who:
        follow_member(members, totals, more, m)
    if secures(more):
        for p in positions:
            follow_member(members, totals, more, slots[p, OWNER])
    read_loan_peaks(totals, more)


@kernel
def settle_touched(state, mode, who, positions, now, goes_on):
    """The loop after groups that touched these members and slots; only offers if the event ``goes_on``."""
    members, slots, pool, more = state.members, state.slots, state.pool, state.more
    trees, arena, heap = state.trees, state.arena, state.heap
    size = state.totals[HEAP_SIZE]
    for m in who:
        size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, m)
    for p in positions:
        size = offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, p)
        if secures(more):
            size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, slots[p, OWNER])
    if goes_on:
        state.totals[HEAP_SIZE] = size
    else:
        settle_offered(state, mode, size, now)


@kernel
def read_waiting(pool, numbers, entries, columns, positions):
    """Fill what a rule sees of waiting ``entries`` (pool rows, in queue order); the positions named.

    ``columns`` (8, as many) gets buyer, seller, security, units, cash, entry time, buyer's and seller's
    position. Positions are slots numbered as they appear, −1 where nothing is delivered; ``positions`` gets
    their slots. ``numbers``, one entry a slot, is −1 before and after.
    """
    named = 0
    for count in range(len(entries)):
        entry = entries[count]
        columns[0, count] = pool[entry, BUYER]
        columns[1, count] = pool[entry, SELLER]
        columns[2, count] = pool[entry, SECURITY]
        columns[3, count] = pool[entry, ENTRY_UNITS]
        columns[4, count] = pool[entry, ENTRY_CASH]
        columns[5, count] = pool[entry, ENTERED]
        columns[6, count] = -1
        columns[7, count] = -1
        if pool[entry, ENTRY_UNITS] > 0:
            for side in range(2):
                slot = pool[entry, BUYER_SLOT + side]
                if numbers[slot] < 0:
                    numbers[slot] = named
                    positions[named] = slot
                    named += 1
                columns[6 + side, count] = numbers[slot]
    for k in range(named):
        numbers[positions[k]] = -1
    return named


@kernel
def relink(state, moved):
    """Every link of the treaps follows entries that have moved."""
    totals, pool, trees = state.totals, state.pool, state.trees
    for entry in range(totals[POOL_USED]):
        for side in (LEFT, RIGHT):
            if pool[entry, side] >= 0:
                pool[entry, side] = moved[pool[entry, side]]
    for tree in range(totals[TREES_USED]):
        if trees[tree, HEAD] >= 0:
            trees[tree, HEAD] = moved[trees[tree, HEAD]]


@kernel
def follow_heap(state, moved):
    """What is on the heap of an ordered queue follows entries that have moved."""
    totals, pool, trees, heap = state.totals, state.pool, state.trees, state.heap
    for tree in range(totals[TREES_USED]):
        if trees[tree, OFFERED] >= 0:
            trees[tree, OFFERED] = moved[trees[tree, OFFERED]]
    size = 0
    for at in range(totals[HEAP_SIZE]):
        # Its order is kept, so what is left of the heap is one again once pushed in turn.
        entry = moved[heap[at]]
        if entry >= 0:
            push(pool, state.more, heap, size, entry)
            size += 1
    totals[HEAP_SIZE] = size


@kernel
def compact_pool(state, mode, moved):
    """Move the waiting entries to the front of the pool in their order; not while it settles.

    ``moved`` is scratch of the pool's length; the links, leaves and heap of a queue follow it.
    """
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena = state.trees, state.arena
    strict, more = mode.strict, state.more
    if strict:
        for tree in range(totals[TREES_USED]):
            trees[tree, HEAD] = -1
            trees[tree, TAIL] = -1
    kept = 0
    for entry in range(totals[POOL_USED]):
        moved[entry] = -1
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        moved[entry] = kept
        for column in range(pool.shape[1]):
            pool[kept, column] = pool[entry, column]
        if strict:
            pool[kept, CASH_LEAF] = -1
            pool[kept, UNITS_LEAF] = -1
            append_entry(slots, pool, trees, kept)
        elif not is_linked(more):
            rank = class_of_entry(pool, more, kept)
            leaf = pool[kept, CASH_LEAF]
            if leaf >= 0:
                tree = pool[kept, BUYER] * classes_of(more) + rank
                arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = kept
            leaf = pool[kept, UNITS_LEAF]
            if leaf >= 0:
                tree = slots[pool[kept, SELLER_SLOT], TREE] + rank
                arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = kept
            if has_room_limit(more):
                tree = room_tree(members, more) + rank
                arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + pool[kept, ROOM_LEAF]] = kept
        kept += 1
    totals[POOL_USED] = kept
    if is_linked(more):
        relink(state, moved)
    if is_ordered(more):
        follow_heap(state, moved)


@kernel
def empty_queue(state, positions_wait):
    """Cancel everything that waits: no entry, no leaf, nothing filed."""
    members, slots, totals, trees = state.members, state.slots, state.totals, state.trees
    if totals[POOL_USED] == 0:
        return
    totals[POOL_USED] = 0
    totals[ARENA_USED] = SIZES
    totals[QUEUE_COUNT] = 0
    totals[QUEUE_VALUE] = 0
    totals[REFUSED_COUNT] = 0
    totals[REFUSED_VALUE] = 0
    for k in range(SIZES):
        state.arena[k] = -1
    totals[TREES_USED] = room_tree(members, state.more) + classes_of(state.more)
    if is_capped(state.more):
        totals[TREES_USED] += room_tree(members, state.more)
    for tree in range(totals[TREES_USED]):
        clear_tree(trees, tree)
    for m in range(len(members)):
        members[m, WANTED] = NOTHING_WAITS
        if is_capped(state.more):
            members[m, CAP_WANTED] = NOTHING_WAITS
    if positions_wait:
        for p in range(len(slots)):
            slots[p, UNITS_WANTED] = NOTHING_WAITS
            slots[p, TREE] = -1


@kernel
def try_again(state, mode, positions, now):
    """The loop over all that may settle now: after a gate has opened, or members have been funded.

    What is no longer barred is filed under its buyer's cash and offered there, as what a receipt unblocks;
    into ``positions`` units have come from outside.
    """
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, more = state.trees, state.arena, state.heap, state.more
    advance(totals, now)
    barred_ones = totals[POOL_USED] if has_bars(more) else 0
    for entry in range(barred_ones):
        if pool[entry, BLOCKED_BY] == WAITS_FOR_REGISTRATION:
            units, cash = pool[entry, ENTRY_UNITS], pool[entry, ENTRY_CASH]
            if barred(members, more, pool[entry, BUYER], pool[entry, SELLER], units, cash) == 0:
                file_entry(members, slots, pool, trees, arena, more, mode, entry, WAITS_FOR_CASH)
    size = totals[HEAP_SIZE]
    for member in range(len(members)):
        size = offer_member(members, slots, pool, trees, arena, heap, more, mode, size, member)
    for slot in positions:
        size = offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, slot)
    if has_room_limit(more):
        size = offer_room(members, slots, totals, pool, trees, arena, heap, more, size)
    settle_offered(state, mode, size, now)
