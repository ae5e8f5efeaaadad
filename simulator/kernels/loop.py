"""The loop of an event: what its receipts unblock is offered, then settles in queue order."""

from __future__ import annotations

from .compile import kernel
from .queue import offer_cash, offer_units, settle_unblocked
from .state import HEAP_SIZE
from .strict import cash_head, offer_head, settle_heads, units_head


@kernel
def offer_member(members, slots, pool, trees, arena, heap, more, mode, size, member):
    """Offer what a member's cash now unblocks, in either order; the heap's new size."""
    if mode.strict:
        head = cash_head(pool, trees, member)
        return offer_head(members, slots, pool, trees, heap, mode.check_units, size, head)
    return offer_cash(members, slots, pool, trees, arena, heap, more, size, member)


@kernel
def offer_slot(members, slots, pool, trees, arena, heap, more, mode, size, slot):
    """Offer what a position's units now unblock, in either order; the heap's new size."""
    if mode.strict:
        head = units_head(slots, pool, trees, slot)
        return offer_head(members, slots, pool, trees, heap, mode.check_units, size, head)
    if mode.check_units:
        return offer_units(members, slots, pool, trees, arena, heap, more, size, slot)
    return size


@kernel
def finish_event(state, mode, now):
    """End an event of an ordered queue: what is still on the heap settles as far as it can."""
    totals = state.totals
    size, totals[HEAP_SIZE] = totals[HEAP_SIZE], 0
    settle_unblocked(
        state.members,
        state.slots,
        totals,
        state.pool,
        state.trees,
        state.arena,
        state.heap,
        state.journal,
        state.more,
        mode,
        size,
        now,
        False,
        0,
        0,
        0,
    )


@kernel
def settle_offered(state, mode, size, now):
    """The loop over what has been offered, in either order; in an ordered queue the event may go on."""
    if mode.strict:
        settle_heads(
            state.members,
            state.slots,
            state.totals,
            state.pool,
            state.trees,
            state.heap,
            state.journal,
            state.more,
            mode,
            size,
            now,
        )
    else:
        state.totals[HEAP_SIZE] = size
        finish_event(state, mode, now)
