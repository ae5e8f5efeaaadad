"""What happens to a gross arrangement between arrivals: receipts freed, groups posted, days closed."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .moves import advance, lock_cash, lock_units, post_cash, read_low, read_peaks
from .queue import forget_entry, leave_queue, offer_cash, offer_units, settle_unblocked, unfile_entry
from .state import (
    ARENA_USED,
    BLOCKED_BY,
    BUYER,
    CAPACITY,
    CASH,
    CASH_LEAF,
    DRAWN,
    GONE,
    HEAD,
    LOCKED,
    NOTHING_WAITS,
    OFFERED,
    OUT,
    OUT_LOCKED,
    POOL_USED,
    QUEUE_COUNT,
    QUEUE_VALUE,
    SELLER_SLOT,
    SYSTEM_OUT,
    TAIL,
    TOUCHED_MEMBERS,
    TOUCHED_OUT_MEMBERS,
    TOUCHED_OUT_SLOTS,
    TOUCHED_SLOTS,
    TREES_USED,
    UNITS,
    UNITS_LEAF,
    UNITS_OUT,
    UNITS_WANTED,
    WANTED,
)
from .strict import append_entry, cash_head, offer_head, settle_heads, units_head


@kernel
def settle_touched(state, mode, members, slots, now):
    """The loop after an event that added to these members' cash and these positions' units."""
    size = 0
    for m in members:
        if mode.strict:
            size = offer_head(state, mode, size, cash_head(state, m))
        else:
            size = offer_cash(state, size, m)
    if mode.strict:
        for p in slots:
            size = offer_head(state, mode, size, units_head(state, p))
        settle_heads(state, mode, size, now)
        return
    if mode.check_units:
        for p in slots:
            size = offer_units(state, size, p)
    settle_unblocked(state, mode, size, now)


@kernel
def release(state, mode, now):
    """Free all receipts kept apart so far, on both paths, then loop over what they unblock."""
    members, slots, totals = state.members, state.slots, state.totals
    advance(totals, state.wide, now)
    for k in range(totals[TOUCHED_OUT_MEMBERS]):
        m = state.touched_out_members[k]
        before = members[m, OUT]
        after = before - state.member_locked[m, OUT_LOCKED]
        members[m, OUT] = after
        totals[SYSTEM_OUT] += max(0, after) - max(0, before)
        state.member_locked[m, OUT_LOCKED] = 0
    for k in range(totals[TOUCHED_OUT_SLOTS]):
        p = state.touched_out_slots[k]
        slots[p, UNITS_OUT] -= state.slot_locked[p, OUT_LOCKED]
        state.slot_locked[p, OUT_LOCKED] = 0
    for k in range(totals[TOUCHED_MEMBERS]):
        m = state.touched_members[k]
        amount = state.member_locked[m, LOCKED]
        state.member_locked[m, LOCKED] = 0
        if mode.free:
            members[m, CASH] += amount
        else:
            post_cash(members, totals, m, amount)
    for k in range(totals[TOUCHED_SLOTS]):
        p = state.touched_slots[k]
        slots[p, UNITS] += state.slot_locked[p, LOCKED]
        state.slot_locked[p, LOCKED] = 0
    freed_members = state.touched_members[: totals[TOUCHED_MEMBERS]].copy()
    freed_slots = state.touched_slots[: totals[TOUCHED_SLOTS]].copy()
    totals[TOUCHED_OUT_MEMBERS] = 0
    totals[TOUCHED_OUT_SLOTS] = 0
    totals[TOUCHED_MEMBERS] = 0
    totals[TOUCHED_SLOTS] = 0
    if mode.free:
        totals[DRAWN] = totals[SYSTEM_OUT]
    elif totals[QUEUE_COUNT] > 0:
        settle_touched(state, mode, freed_members, freed_slots, now)


@kernel
def post_group(state, mode, entries, members, net_cash, slots, net_units, now):
    """Settle waiting entries as one group on their net effect, whose feasibility the caller has seen.

    ``net_cash`` and ``net_units`` (receipts positive) stand beside ``members`` and ``slots``; each row
    appears once. Net receipts follow the re-use rule, what offsets inside the group never does.
    """
    totals = state.totals
    advance(totals, state.wide, now)
    for entry in entries:
        if not mode.strict:
            unfile_entry(state, entry)
            forget_entry(state, entry)
        leave_queue(state, mode, entry, now)
    for k in range(len(members)):
        m, amount = members[k], net_cash[k]
        if amount < 0 or mode.lock == 0:
            post_cash(state.members, totals, m, amount)
        else:
            lock_cash(state, LOCKED, state.touched_members, TOUCHED_MEMBERS, m, amount)
    for m in members:
        read_low(state.members, m)
    read_peaks(totals)
    for k in range(len(slots)):
        p, amount = slots[k], net_units[k]
        if amount < 0 or mode.lock == 0:
            state.slots[p, UNITS] += amount
        else:
            lock_units(state, LOCKED, state.touched_slots, TOUCHED_SLOTS, p, amount)
    settle_touched(state, mode, members, slots, now)


@kernel
def waiting_entries(state):
    """The entries that still wait, in queue order."""
    entries = np.empty(state.totals[QUEUE_COUNT], dtype=np.int64)
    count = 0
    for entry in range(state.totals[POOL_USED]):
        if state.pool[entry, BLOCKED_BY] != GONE:
            entries[count] = entry
            count += 1
    return entries


@kernel
def compact_pool(state, mode):
    """Move the waiting entries to the front of the pool in their order; between events only."""
    pool, trees, arena = state.pool, state.trees, state.arena
    if mode.strict:
        for tree in range(state.totals[TREES_USED]):
            trees[tree, HEAD] = -1
            trees[tree, TAIL] = -1
    kept = 0
    for entry in range(state.totals[POOL_USED]):
        if pool[entry, BLOCKED_BY] == GONE:
            continue
        pool[kept, :] = pool[entry, :]
        row = pool[kept]
        if mode.strict:
            row[CASH_LEAF] = -1
            row[UNITS_LEAF] = -1
            append_entry(state, kept)
        else:
            if row[CASH_LEAF] >= 0:
                tree = row[BUYER]
                arena[trees[tree, 0] + 2 * trees[tree, CAPACITY] + row[CASH_LEAF]] = kept
            if row[UNITS_LEAF] >= 0:
                tree = np.int64(state.slot_tree[row[SELLER_SLOT]])
                arena[trees[tree, 0] + 2 * trees[tree, CAPACITY] + row[UNITS_LEAF]] = kept
        kept += 1
    state.totals[POOL_USED] = kept


@kernel
def empty_queue(state, mode):
    """Cancel everything that waits: no entry, no leaf, nothing filed."""
    totals, trees = state.totals, state.trees
    if totals[POOL_USED] == 0:
        return
    totals[POOL_USED] = 0
    totals[ARENA_USED] = 0
    totals[QUEUE_COUNT] = 0
    totals[QUEUE_VALUE] = 0
    state.free_blocks[:] = -1
    count = len(state.members)
    totals[TREES_USED] = count
    for m in range(count):
        trees[m, :] = 0
        trees[m, OFFERED] = -1
        trees[m, HEAD] = -1
        trees[m, TAIL] = -1
        state.members[m, WANTED] = NOTHING_WAITS
    if mode.check_units or mode.strict:
        for p in range(len(state.slots)):
            state.slots[p, UNITS_WANTED] = NOTHING_WAITS
            state.slot_tree[p] = -1
