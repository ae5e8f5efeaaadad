"""The arrays that settlement kernels share, and what each column of them means.

A member's row and a position slot's row hold everything that one settlement touches, so that it
costs one cache line a side. All are int64; money in minor units, units of a security, time in µs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .histogram import BINS

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

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
LOCKED_CASH = 7  # received, not yet free to re-use
LOCKED_OUT = 8  # the same on the unconstrained path
NEXT_MEMBER = 9  # the next member with something locked
PARTS = 10  # parts it has bought today, short of the whole
MEMBER_COLUMNS = 11
# beyond these only where there is more than limits and plain FIFO
STATUS = 11  # what bars the account: UNREGISTERED, FROZEN, SILENT, LEG_FROZEN, added up
RESERVE = 12  # cash and credit that only what is urgent may use
STATIC = 13  # Σ capacity that does not hang on units; LIMIT is this plus what units secure
ACCRUED = 14  # time up to which its integrals reach
LOAN = 15  # Σ loans
BORROWED_VALUE = 16  # securities borrowed, at opening prices
BORROWED_TIME = 17  # two words: that × µs
DEBIT_CAP = 19  # net debit cap: how far CASH may fall below 0, whatever secures it
CAP_WANTED = 20  # smallest amount of cash filed as waiting for the cap
FACILITY = 21  # facility k begins at FACILITY + k · FACILITY_COLUMNS
FACILITY_COLUMNS = 4
CAP = 0  # its capacity; of the one that units secure, unused
DRAWN_HERE = 1
LOAN_TIME = 2  # two words: loan × µs

# slots[p, :], a slot being one member's position in one security
UNITS = 0  # free units, negative only where holdings are ample
UNITS_OUT = 1  # unconstrained path: delivered less received and free to re-use, today
UNITS_PEAK = 2  # largest UNITS_OUT of the day
UNITS_WANTED = 3  # smallest number of units filed as waiting for this slot
FREE_SLOT_COLUMNS = 4  # all there is where nothing can wait and receipts are re-used at once
TREE = 4  # row of trees, −1 if none
LOCKED_UNITS = 5
LOCKED_UNITS_OUT = 6
NEXT_SLOT = 7
SLOT_COLUMNS = 8
# beyond these only where units secure credit or are lent
INVENTORY = 8  # units held at the open and not delivered since: they secure no credit on flow
LENT = 9  # units lenders stand ready with; part of UNITS, so that borrowed is max(0, LENT − UNITS)
OWNER = 10
CREDIT_VALUE = 11  # minor units that a unit secures
PRICE = 12  # minor units a unit, at the open
WIDE_SLOT_COLUMNS = 13

NOT_LISTED = -2  # NEXT_MEMBER or NEXT_SLOT of what has nothing locked
END = -1  # the end of such a list

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
LOCKED_MEMBERS = 12  # first member with something locked, END if none
LOCKED_SLOTS = 13
JOURNAL_ROWS = 14
POOL_USED = 15
TREES_USED = 16
ARENA_USED = 17
DRAWN_TIME = 18  # two words: Σ drawn credit × µs
VALUE_WAIT = 20  # two words: Σ value × wait of what queued and settled
HEAP_SIZE = 22  # entries on the heap while an event of an ordered queue is not over
DAY_OPENS = 23  # when the settlement day began
GROUPS = 24  # groups settled today
PART_COUNT = 25  # parts settled short of the whole
PART_VALUE = 26
LATE_COUNT = 27  # settled after their deadline
LATE_VALUE = 28
LOANS = 29  # Σ loans of all facilities
LOANS_PEAK = 30
BORROWED = 31  # Σ value of securities borrowed
BORROWED_PEAK = 32
RECALLED = 33  # 1 once what was lent has been recalled
RECEIPTS_FIRST = 34  # receipts not yet final: where the oldest stands, and how many there are
RECEIPTS_COUNT = 35
ROOM = 36  # settlements that this event can still hold
NO_ROOM = 37  # why there is no more: WAITS_FOR_CAPACITY or WAITS_FOR_OUTAGE
REFUSED_COUNT = 38  # instructions refused, which wait for nothing
REFUSED_VALUE = 39
QUEUED_BY_REASON = 40  # Σ cash of what queued, by the first block it met, REASONS long from 1 on
WAITS = 52  # histogram of those waits, value-weighted, BINS long
TOTALS = WAITS + BINS
# beyond these, facility k begins at TOTALS + k · FACILITY_TERMS
REPAY = 0  # BY_INFLOW, AT_CLOSE or AT_TENOR
TENOR = 1  # minutes
SECURED = 2  # 1 if what units secure is its capacity
LOTS = 3  # where the amounts due begin in members' rows, one a minute of the day
FACILITY_TOTAL = 4
FACILITY_PEAK = 5
FACILITY_TERMS = 6
BY_INFLOW, AT_CLOSE, AT_TENOR = 0, 1, 2

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
# beyond these only where entries keep wishes
PRIORITY = 14
DEADLINE = 15  # NO_DEADLINE if none
RANKED_POOL_COLUMNS = 16  # two cache lines
# beyond these only where treaps index the queue or an instruction may say that it settles whole only
KEY = 16  # what its order rule gave it; from here to SMALLEST what a treap reads, one cache line
PLACE = 17  # IDENTIFIER again
LEFT = 18  # its subtrees in the treap of what it is filed under
RIGHT = 19
FILED = 20  # the amount it is filed under
SMALLEST = 21  # the smallest amount filed in its subtree
NEED = 22  # what its buyer needs: cash less what the very units bought secure
MAY_PART = 23  # 1 if it may settle in parts
WIDE_POOL_COLUMNS = 24
ROOM_LEAF = 24  # its leaf in the tree of what waits for room, only where room is limited
ROOM_POOL_COLUMNS = 25

# what an entry is filed under, BLOCKED_BY, and the first block it met, WAITED_FOR
GONE = 0  # settled or cancelled
WAITS_FOR_CASH = 1
WAITS_FOR_UNITS = 2
WAITS_FOR_CREDIT = 3  # the seller's headroom, which delivering collateral would break
HELD = 4  # on hold past the close
WAITS_FOR_LIMIT = 5  # what the buyer keeps for urgent instructions, filed under cash; its net debit cap
WAITS_FOR_CAPACITY = 6  # room on the chain
WAITS_FOR_OUTAGE = 7  # the same while the chain stands still; filed under capacity
WAITS_FOR_REGISTRATION = 8  # a wallet; not filed, tried again when a wallet changes
WAITS_FOR_FROZEN = 9  # likewise
WAITS_FOR_SILENT = 10  # likewise
REASONS = 10
UNTESTED = 11  # taken by this event, not looked at yet
REFUSED = 12  # for want of registration, for good

# what bars an account
UNREGISTERED, FROZEN, SILENT, LEG_FROZEN = 1, 2, 4, 8
USUAL_PRIORITY = 5
PRIORITIES = 10  # 0, which nobody may state, to 9
NO_DEADLINE = 1 << 62

# trees[h, :], a row a class of priorities of each resource, those of one resource together: h = member ·
# classes for cash, behind them for room and, where they bind, for members' caps, then for slots
BASE = 0  # where its nodes begin in the arena
CAPACITY = 1  # leaves, a power of two, 0 when none yet
USED = 2  # leaves handed out
LIVE = 3  # entries of it that still wait
OFFERED = 4  # in a resource's first row: the entry of it that stands in the heap, −1 if none
HEAD = 5  # strict order: first and last entry of the queue; linked: the treap's root; −1 if none
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
JOURNAL_GROUP = 9  # 0 by itself, else the number of its group within the day
JOURNAL_COLUMNS = 10

# what secures credit as it moves
NO_COLLATERAL, STOCK, FLOW, FLOW_AMPLE = 0, 1, 2, 3

# receipts[r, :], one row a receipt that is not yet final, oldest first in a ring of 2^k rows
DUE = 0  # when it is
KIND = 1
WHOSE = 2  # member or slot
AMOUNT = 3
RECEIPT_COLUMNS = 4
RECEIVED_CASH, RECEIVED_UNITS = 0, 1  # on the path that limits allow
PATH_CASH, PATH_UNITS = 2, 3  # on the unconstrained path
BOTH_CASH, BOTH_UNITS = 4, 5  # on both, where nothing can wait

# what becomes of a receipt
AT_ONCE, NEXT_BLOCK, AT_DAY_CLOSE, AT_FINALITY = 0, 1, 2, 3

# what a kernel that takes arrivals says when it stops early; nothing of the next one is changed yet
DONE = 0
POOL_FULL = 1
TREES_FULL = 2
ARENA_FULL = 3
RECEIPTS_FULL = 4


class Lock(NamedTuple):
    """When receipts can be used again, cash and units each by its own rule (``AT_ONCE`` …)."""

    cash: int
    units: int
    finality: int  # µs from settlement
    receipts: Int64  # the ring (2^k, RECEIPT_COLUMNS) of what waits for finality


class Mode(NamedTuple):
    """How an arrangement settles; integers, so that kernels branch on them cheaply."""

    free: bool  # no cash limit and ample holdings: nothing ever waits
    check_units: bool
    strict: bool  # strict FIFO
    lock: Lock
    journal: bool


class More(NamedTuple):
    """What an arrangement has beyond limits and plain FIFO; None in its place where it has nothing.

    Numba compiles a kernel once for None and once for this, and leaves out of the first all that asks
    for it: a plain arrangement pays nothing for what it does not use.
    """

    ordered: bool  # queue order is (priority, key, place), not that of arrival
    linked: bool  # within a priority too, or what is filed grows: a treap has to index it
    classes: int  # priorities that instructions state, each of which has an index of its own
    class_by_priority: int  # four bits a priority: its place among them
    collateral: int  # which units secure credit as they move
    lending: bool  # securities can be borrowed
    facilities: int  # credit facilities
    wishes: bool  # entries of the queue keep what instructions say of themselves
    whole: bool  # among it whether they settle whole only
    room: bool  # an event holds so many settlements and no more
    bars: bool  # wallets, members or cash legs can be barred
    refuses: bool  # what has an unregistered side is refused rather than kept waiting
    urgent: int  # priorities from 1 to this may use what members keep in reserve; 0 where nobody does
    capped: bool  # net debit caps bind beside what units secure; needs collateral that moves, no reserves


class State(NamedTuple):
    """Everything one gross arrangement's kernels read and change; all int64."""

    members: Int64  # (members, MEMBER_COLUMNS, or more where credit or lending is in force)
    slots: Int64  # (slots, SLOT_COLUMNS, FREE_SLOT_COLUMNS or WIDE_SLOT_COLUMNS)
    totals: Int64  # (TOTALS + facilities · FACILITY_TERMS,)
    pool: Int64  # (capacity, POOL_COLUMNS, RANKED_POOL_COLUMNS or WIDE_POOL_COLUMNS)
    trees: Int64  # (capacity, TREE_COLUMNS)
    arena: Int64  # first freed block by size, then nodes of all trees and the entry behind each leaf
    heap: Int64  # entries that could settle now, earliest on top
    journal: Int64  # (capacity, JOURNAL_COLUMNS)
    more: More | None


class Wishes(NamedTuple):
    """What instructions say beyond who, what and when; int64, one entry an instruction."""

    places: Int64  # its place in the flow, by its own time
    priorities: Int64
    keys: Int64  # what the order rule gave it
    deadlines: Int64
    may_part: Int64


class Batch(NamedTuple):
    """Instructions to take, in queue order, one entry each; ``wishes`` stand where entries keep them."""

    times: Int64  # when it enters
    buyers: Int32
    sellers: Int32
    securities: Int32
    units: Int64
    cash: Int64
    buyer_slots: Int32
    seller_slots: Int32
    wishes: Wishes | None
