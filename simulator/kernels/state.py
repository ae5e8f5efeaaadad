"""The arrays that settlement kernels share, and what each column of them means.

A member's row and a position slot's row hold everything that one settlement touches, so that it
costs one cache line a side. All are int64; money in minor units, units of a security, time in µs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
UInt64 = npt.NDArray[np.uint64]

UNLIMITED = 1 << 62  # a credit limit no run can reach: loading refuses totals past 2^62
NOTHING_WAITS = (1 << 63) - 1  # the smallest amount filed under a resource where none is

# members[m, :]
CASH = 0  # free cash, negative when credit is drawn
LIMIT = 1  # credit limit
LOW = 2  # lowest cash of the day, read after each whole group
OPENING = 3  # cash at the open
OUT = 4  # unconstrained path: paid less received and free to re-use, today
PEAK = 5  # largest OUT of the day
WANTED = 6  # smallest amount of cash filed as waiting for this member
MEMBER_COLUMNS = 8  # a cache line; the last is spare

# slots[p, :], a slot being one member's position in one security
UNITS = 0  # free units, negative only where holdings are ample
UNITS_OUT = 1  # unconstrained path: delivered less received and free to re-use, today
UNITS_PEAK = 2  # largest UNITS_OUT of the day
UNITS_WANTED = 3  # smallest number of units filed as waiting for this slot
SLOT_COLUMNS = 4

# member_locked[m, :] and slot_locked[p, :]; slots have one unused row where re-use is at once
LOCKED = 0  # received, not yet free to re-use
OUT_LOCKED = 1  # the same on the unconstrained path

# totals[:]
LAST_EVENT = 0  # time up to which integrals reach
DRAWN = 1  # Σ max(0, −cash)
DRAWN_PEAK = 2
IN_USE = 3  # Σ max(0, opening − cash)
IN_USE_PEAK = 4  # since it was last read by the timeline
SYSTEM_OUT = 5  # Σ max(0, OUT)
SYSTEM_PEAK = 6
ENTERED_VALUE = 7  # Σ cash of what entered the queue today
QUEUE_COUNT = 8
QUEUE_VALUE = 9
QUEUED_VALUE = 10  # Σ cash of what did not settle at its first event
QUEUED_COUNT = 11
TOUCHED_MEMBERS = 12  # length of the lists below
TOUCHED_SLOTS = 13
TOUCHED_OUT_MEMBERS = 14
TOUCHED_OUT_SLOTS = 15
JOURNAL_ROWS = 16
POOL_USED = 17
TREES_USED = 18
ARENA_USED = 19
TOTAL_COLUMNS = 20

# wide[:, :], exact sums of value times µs
DRAWN_TIME = 0
VALUE_WAIT = 1
WIDE_COLUMNS = 2

# pool[e, :], one row an instruction that waits or has waited, in queue order
BUYER = 0
SELLER = 1
SECURITY = 2
ENTRY_UNITS = 3
ENTRY_CASH = 4
ENTERED = 5  # its own time
FIRST_EVENT = 6  # the first event that could have settled it
IDENTIFIER = 7
BUYER_SLOT = 8
SELLER_SLOT = 9
CASH_LEAF = 10  # its leaf in the buyer's cash tree; strict order: the next in that queue
UNITS_LEAF = 11  # its leaf in the seller's tree for the security; likewise
BLOCKED_BY = 12  # what it is filed under now
WAITED_FOR = 13  # the first block it met
POOL_COLUMNS = 14

WAITS_FOR_CASH = 1
WAITS_FOR_UNITS = 2
GONE = 0  # settled or cancelled

# trees[h, :], h = member for cash, from the number of members on for slots
BASE = 0  # where its nodes begin in the arena; strict order: unused
CAPACITY = 1  # leaves, a power of two, 0 when none yet
USED = 2  # leaves handed out
LIVE = 3  # entries of it that still wait
OFFERED = 4  # the entry of it that stands in the heap, −1 if none
HEAD = 5  # strict order: first and last entry of the queue, −1 if none
TAIL = 6
TREE_COLUMNS = 7

# journal[r, :], one row an instruction settled, in settlement order
JOURNAL_ID = 0
JOURNAL_TIME = 1
JOURNAL_BUYER = 2
JOURNAL_SELLER = 3
JOURNAL_SECURITY = 4
JOURNAL_UNITS = 5
JOURNAL_CASH = 6
JOURNAL_SETTLED = 7
JOURNAL_WAITED = 8
JOURNAL_COLUMNS = 9

# what a kernel that takes arrivals says when it stops early; nothing of the next one is changed yet
DONE = 0
POOL_FULL = 1
TREES_FULL = 2
ARENA_FULL = 3


class Mode(NamedTuple):
    """How an arrangement settles; integers, so that kernels branch on them cheaply."""

    free: bool  # no cash limit and ample holdings: nothing ever waits
    check_units: bool
    strict: bool  # strict FIFO
    lock: int  # receipts: 0 re-used at once, 1 freed at the next block, 2 at the close
    journal: bool


class State(NamedTuple):
    """Everything one gross arrangement's kernels read and change."""

    members: Int64  # (members, MEMBER_COLUMNS)
    slots: Int64  # (slots, SLOT_COLUMNS)
    member_locked: Int64  # (members, 2)
    slot_locked: Int64  # (slots or 1, 2)
    slot_tree: Int32  # (slots or 1,) row of trees, −1 if none
    totals: Int64  # (TOTAL_COLUMNS,)
    wide: UInt64  # (WIDE_COLUMNS, 2)
    waits: Int64  # histogram of waits of what queued, value-weighted
    touched_members: Int64  # members with LOCKED > 0, since the last release
    touched_slots: Int64
    touched_out_members: Int64  # the same on the unconstrained path
    touched_out_slots: Int64
    pool: Int64  # (capacity, POOL_COLUMNS)
    trees: Int64  # (capacity, TREE_COLUMNS)
    arena: Int64  # nodes of all trees, and the entry behind each leaf
    free_blocks: Int64  # (64,) first freed arena block for 2^k leaves, −1 if none
    heap: Int64  # entries that could settle now, earliest on top
    journal: Int64  # (capacity, JOURNAL_COLUMNS)
