"""The arrays of a gross arrangement before its first day, and larger copies of them when they are full."""

from __future__ import annotations

import numpy as np

from . import state as st
from .state import Int64, Mode, More, State
from .tree import SIZES

FIRST_POOL = 1 << 10
FIRST_TREES = 1 << 8
FIRST_ARENA = 1 << 14
LINE = 8  # int64 a cache line


def empty_state(members: int, mode: Mode, more: More | None = None, lots: int = 0) -> State:
    """Nobody holds, owes or waits for anything; no position slots yet.

    ``lots`` columns of a member's row hold what it has to repay by the minute.
    """
    facilities = 0 if more is None else more.facilities
    columns = st.MEMBER_COLUMNS
    if more is not None:
        columns = st.FACILITY + facilities * st.FACILITY_COLUMNS + lots
    rows = np.zeros((members, columns), dtype=np.int64)
    rows[:, st.WANTED] = st.NOTHING_WAITS
    rows[:, st.NEXT_MEMBER] = st.NOT_LISTED
    if more is not None:
        rows[:, st.CAP_WANTED] = st.NOTHING_WAITS
    used = standing_trees(members, more)
    trees = np.zeros((max(FIRST_TREES, 2 * used), st.TREE_COLUMNS), dtype=np.int64)
    trees[:, [st.OFFERED, st.HEAD, st.TAIL]] = -1
    arena = np.zeros(SIZES if mode.free else FIRST_ARENA, dtype=np.int64)
    arena[:SIZES] = -1
    totals = np.zeros(st.TOTALS + facilities * st.FACILITY_TERMS, dtype=np.int64)
    totals[st.TREES_USED], totals[st.ARENA_USED] = used, SIZES
    totals[[st.LOCKED_MEMBERS, st.LOCKED_SLOTS]] = st.END
    columns = st.FREE_SLOT_COLUMNS if mode.free and mode.lock.units == st.AT_ONCE else st.SLOT_COLUMNS
    if more is not None and (more.collateral or more.lending):
        columns = st.WIDE_SLOT_COLUMNS
    pool_columns = st.POOL_COLUMNS
    if more is not None and more.wishes:
        pool_columns = st.WIDE_POOL_COLUMNS if more.linked or more.whole else st.RANKED_POOL_COLUMNS
    if more is not None and more.room:
        pool_columns = st.ROOM_POOL_COLUMNS
    return State(
        members=rows,
        slots=np.empty((0, columns), dtype=np.int64),
        totals=totals,
        pool=on_lines((0 if mode.free else FIRST_POOL, pool_columns)),
        trees=trees,
        arena=arena,
        heap=np.empty(2 * len(trees), dtype=np.int64),
        journal=np.empty((0, st.JOURNAL_COLUMNS), dtype=np.int64),
        more=more,
    )


def standing_trees(members: int, more: More | None) -> int:
    """Rows of trees that are there from the start: members' cash, room, and members' caps where they bind."""
    if more is None:
        return members + 1
    return (members * (2 if more.capped else 1) + 1) * more.classes


def empty_receipts(rows: int) -> Int64:
    """A ring of receipts that are not yet final; ``rows`` is a power of two."""
    return np.zeros((rows, st.RECEIPT_COLUMNS), dtype=np.int64)


def unrolled(receipts: Int64, first: int, count: int, rows: int) -> Int64:
    """A larger ring of ``rows`` in which the oldest of ``count`` receipts stands first."""
    larger = empty_receipts(rows)
    larger[:count] = np.roll(receipts, -first, axis=0)[:count]
    return larger


def on_lines(shape: tuple[int, ...]) -> Int64:
    """An array that begins where a cache line does, its values whatever memory held."""
    count = int(np.prod(shape))
    words = np.empty(count + LINE, dtype=np.int64)
    first = -(words.ctypes.data // words.itemsize) % LINE
    return words[first : first + count].reshape(shape)


def grown(array: Int64, size: int, fill: int | None = None) -> Int64:
    """A copy with ``size`` rows, the new ones filled with ``fill``; without one, whatever memory held.

    Memory that nobody has written to costs nothing: a queue doubles its rows and may not need them.
    """
    larger = on_lines((size, *array.shape[1:]))
    larger[: len(array)] = array
    if fill is not None:
        larger[len(array) :] = fill
    return larger


def more_slots(slots: Int64, size: int) -> Int64:
    """A copy with ``size`` positions; new ones hold nothing and nobody waits for them."""
    larger = grown(slots, size, 0)
    new = larger[len(slots) :]
    new[:, st.UNITS_WANTED] = st.NOTHING_WAITS
    if slots.shape[1] > st.FREE_SLOT_COLUMNS:
        new[:, st.TREE] = -1
        new[:, st.NEXT_SLOT] = st.NOT_LISTED
    return larger
