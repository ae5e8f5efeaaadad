"""What happens to a gross arrangement between arrivals: receipts freed, groups posted, days closed."""

from __future__ import annotations

from .compile import kernel
from .moves import advance, lock_cash, lock_units, post_cash, read_low, read_peaks
from .queue import forget_entry, leave_queue, offer_cash, offer_units, settle_unblocked, unfile_entry
from .state import (
    ARENA_USED,
    BASE,
    BLOCKED_BY,
    BUYER,
    BUYER_SLOT,
    CAPACITY,
    CASH,
    CASH_LEAF,
    DRAWN,
    END,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    GONE,
    HEAD,
    LOCKED_CASH,
    LOCKED_MEMBERS,
    LOCKED_OUT,
    LOCKED_SLOTS,
    LOCKED_UNITS,
    LOCKED_UNITS_OUT,
    NEXT_MEMBER,
    NEXT_SLOT,
    NOT_LISTED,
    NOTHING_WAITS,
    OFFERED,
    OUT,
    POOL_USED,
    QUEUE_COUNT,
    QUEUE_VALUE,
    SECURITY,
    SELLER,
    SELLER_SLOT,
    SYSTEM_OUT,
    TAIL,
    TREE,
    TREES_USED,
    UNITS,
    UNITS_LEAF,
    UNITS_OUT,
    UNITS_WANTED,
    WANTED,
)
from .strict import append_entry, cash_head, offer_head, settle_heads, units_head
from .tree import SIZES


@kernel
def offer_member(members, slots, pool, trees, arena, heap, mode, size, member):
    """Offer what a member's cash now unblocks, in either order; the heap's new size."""
    if mode.strict:
        head = cash_head(pool, trees, member)
        return offer_head(members, slots, pool, trees, heap, mode.check_units, size, head)
    return offer_cash(members, slots, pool, trees, arena, heap, size, member)


@kernel
def offer_slot(members, slots, pool, trees, arena, heap, mode, size, slot):
    """Offer what a position's units now unblock, in either order; the heap's new size."""
    if mode.strict:
        head = units_head(slots, pool, trees, slot)
        return offer_head(members, slots, pool, trees, heap, mode.check_units, size, head)
    if mode.check_units:
        return offer_units(slots, pool, trees, arena, heap, size, slot)
    return size


@kernel
def settle_offered(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now):
    """The loop over what has been offered, in either order."""
    if mode.strict:
        settle_heads(members, slots, totals, pool, trees, heap, journal, mode, size, now)
    else:
        settle_unblocked(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now)


@kernel
def release(state, mode, now):
    """Free all receipts kept apart so far, on both paths, then loop over what they unblock."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, journal = state.trees, state.arena, state.heap, state.journal
    advance(totals, now)
    offers = not mode.free and totals[QUEUE_COUNT] > 0
    size = 0
    m = totals[LOCKED_MEMBERS]
    while m != END:
        before = members[m, OUT]
        after = before - members[m, LOCKED_OUT]
        members[m, OUT] = after
        totals[SYSTEM_OUT] += max(0, after) - max(0, before)
        if mode.free:
            members[m, CASH] += members[m, LOCKED_CASH]
        else:
            post_cash(members, totals, m, members[m, LOCKED_CASH])
        members[m, LOCKED_OUT] = 0
        members[m, LOCKED_CASH] = 0
        following = members[m, NEXT_MEMBER]
        members[m, NEXT_MEMBER] = NOT_LISTED
        if offers:
            size = offer_member(members, slots, pool, trees, arena, heap, mode, size, m)
        m = following
    p = totals[LOCKED_SLOTS]
    while p != END:
        slots[p, UNITS_OUT] -= slots[p, LOCKED_UNITS_OUT]
        slots[p, UNITS] += slots[p, LOCKED_UNITS]
        slots[p, LOCKED_UNITS_OUT] = 0
        slots[p, LOCKED_UNITS] = 0
        following = slots[p, NEXT_SLOT]
        slots[p, NEXT_SLOT] = NOT_LISTED
        if offers:
            size = offer_slot(members, slots, pool, trees, arena, heap, mode, size, p)
        p = following
    totals[LOCKED_MEMBERS] = END
    totals[LOCKED_SLOTS] = END
    if mode.free:
        totals[DRAWN] = totals[SYSTEM_OUT]
    else:
        settle_offered(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now)


@kernel
def post_group(state, mode, entries, who, net_cash, positions, net_units, now):
    """Settle waiting entries as one group on their net effect, whose feasibility the caller has seen.

    ``net_cash`` and ``net_units`` (receipts positive) stand beside members ``who`` and slots
    ``positions``, each named once. Net receipts follow the re-use rule, what offsets inside the group
    never does.
    """
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, journal = state.trees, state.arena, state.journal
    advance(totals, now)
    for entry in entries:
        if not mode.strict:
            unfile_entry(members, slots, pool, trees, arena, entry)
            forget_entry(slots, pool, trees, arena, entry)
        leave_queue(totals, pool, journal, mode.journal, entry, now)
    for k in range(len(who)):
        if net_cash[k] < 0 or mode.lock == 0:
            post_cash(members, totals, who[k], net_cash[k])
        else:
            lock_cash(members, totals, LOCKED_CASH, who[k], net_cash[k])
        read_low(members, who[k])
    read_peaks(totals)
    for k in range(len(positions)):
        if net_units[k] < 0 or mode.lock == 0:
            slots[positions[k], UNITS] += net_units[k]
        else:
            lock_units(slots, totals, LOCKED_UNITS, positions[k], net_units[k])


@kernel
def settle_touched(state, mode, who, positions, now):
    """The loop after groups that touched these members and slots."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    trees, arena, heap, journal = state.trees, state.arena, state.heap, state.journal
    size = 0
    for m in who:
        size = offer_member(members, slots, pool, trees, arena, heap, mode, size, m)
    for p in positions:
        size = offer_slot(members, slots, pool, trees, arena, heap, mode, size, p)
    settle_offered(members, slots, totals, pool, trees, arena, heap, journal, mode, size, now)


@kernel
def read_waiting(totals, pool, numbers, entries, columns, positions):
    """Fill what a rule sees of the queue, in queue order; the number of positions named.

    ``entries`` (as many as wait) gets the pool's rows, ``columns`` (8, as many) buyer, seller, security,
    units, cash, entry time, buyer's and seller's position. Positions are slots numbered as they appear,
    −1 where nothing is delivered; ``positions`` gets their slots. ``numbers``, one entry a slot, is −1
    before and after.
    """
    count, named = 0, 0
    for entry in range(totals[POOL_USED]):
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        entries[count] = entry
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
        count += 1
    for k in range(named):
        numbers[positions[k]] = -1
    return named


@kernel
def compact_pool(state, strict):
    """Move the waiting entries to the front of the pool in their order; between events only."""
    slots, totals, pool, trees, arena = state.slots, state.totals, state.pool, state.trees, state.arena
    if strict:
        for tree in range(totals[TREES_USED]):
            trees[tree, HEAD] = -1
            trees[tree, TAIL] = -1
    kept = 0
    for entry in range(totals[POOL_USED]):
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        for column in range(pool.shape[1]):
            pool[kept, column] = pool[entry, column]
        if strict:
            pool[kept, CASH_LEAF] = -1
            pool[kept, UNITS_LEAF] = -1
            append_entry(slots, pool, trees, kept)
        else:
            leaf = pool[kept, CASH_LEAF]
            if leaf >= 0:
                tree = pool[kept, BUYER]
                arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = kept
            leaf = pool[kept, UNITS_LEAF]
            if leaf >= 0:
                tree = slots[pool[kept, SELLER_SLOT], TREE]
                arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = kept
        kept += 1
    totals[POOL_USED] = kept


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
    for k in range(SIZES):
        state.arena[k] = -1
    totals[TREES_USED] = len(members)
    for m in range(len(members)):
        for column in range(trees.shape[1]):
            trees[m, column] = 0
        trees[m, OFFERED] = -1
        trees[m, HEAD] = -1
        trees[m, TAIL] = -1
        members[m, WANTED] = NOTHING_WAITS
    if positions_wait:
        for p in range(len(slots)):
            slots[p, UNITS_WANTED] = NOTHING_WAITS
            slots[p, TREE] = -1
