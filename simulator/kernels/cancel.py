"""What waits is taken out of the queue for good before the close, and kept to be told then."""

from __future__ import annotations

from .compile import kernel
from .gates import is_filed
from .order import is_linked
from .queue import refuse, unfile_entry
from .state import BLOCKED_BY, ENTRY_CASH, GONE, LEFT, POOL_USED, REFUSED, RIGHT


@kernel
def cancel_with_cash(state):
    """Cancel what waits against payment; free deliveries wait on. Nothing of it stands on the heap."""
    members, slots, totals, pool = state.members, state.slots, state.totals, state.pool
    for entry in range(totals[POOL_USED]):
        reason = pool[entry, BLOCKED_BY]
        if reason in (GONE, REFUSED) or pool[entry, ENTRY_CASH] == 0:
            continue
        if is_filed(reason):
            unfile_entry(members, slots, pool, state.trees, state.arena, state.more, entry)
        if is_linked(state.more):
            pool[entry, LEFT] = -1
            pool[entry, RIGHT] = -1
        refuse(totals, pool, entry)
