"""What a buyer could spend and a seller deliver, settlement by settlement, as the rows tell it.

A waiting instruction settles once both are enough; the step after which they stay enough until it
settles is what freed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.market.flow import Bools, Int64

from .rows import PLACE, InstructionRows, Row
from .setting import Opening

AT_ONCE, NEXT_BLOCK, AT_CLOSE = "at_once", "next_block", "at_close"
ALONE = -1


@dataclass(frozen=True, slots=True)
class Moves:
    """Settled rows that moved the buyer's cash or the seller's units, in settlement order.

    Attributes
    ----------
    opening : what there was as the run opened; None where there is no limit or none is needed
    place, day, settled_at : int64
    group : int64, −1 where a row settled by itself
    cash : int64, into the buyer's account less out of it
    units : int64, into the seller's position less out of it
    """

    opening: Opening
    place: Int64
    day: Int64
    settled_at: Int64
    group: Int64
    cash: Int64
    units: Int64


def read_moves(rows: InstructionRows, row: Row, opening: Opening, before: int | None) -> Moves:
    """The moves before place ``before`` (None: all of the day) of what a row needs and may lack.

    Cash begins anew every day; units are carried on from the first.
    """
    opening = Opening(opening.cash if row.cash else None, opening.units if row.units else None)
    columns = ["settled_at", "day", "buyer", "seller"]
    columns += ["cash"] if opening.cash is not None else []
    columns += ["security", "units"] if opening.units is not None else []
    columns += ["group"] if "group" in rows.columns else []
    days = (0 if opening.units is not None else row.day, row.day)
    tables = (
        rows.tables(row.arrangement, columns, days, before) if "cash" in columns or "units" in columns else ()
    )
    parts = [_moves(table, row) for table in tables]
    nothing = np.zeros((6, 0), dtype=np.int64)
    return Moves(opening, *np.concatenate([nothing, *parts], axis=1))


def _moves(table: pa.Table, row: Row) -> Int64:
    """The fields of ``Moves``, one a row of the result, of what moves anything in a table."""
    day, nothing = _integers(table["day"]), np.zeros(len(table), dtype=np.int64)
    cash = units = nothing
    if "cash" in table.column_names:
        received, paid = _is(table, "seller", row.buyer), _is(table, "buyer", row.buyer)
        cash = _integers(table["cash"]) * (received - paid) * (day == row.day)
    if "units" in table.column_names:
        got, gave = _is(table, "buyer", row.seller), _is(table, "seller", row.seller)
        units = _integers(table["units"]) * (got - gave) * _is(table, "security", row.security)
    settled_at = _integers(pc.fill_null(table["settled_at"], -1))
    group = nothing + ALONE
    if "group" in table.column_names:
        group = _integers(pc.fill_null(table["group"].cast(pa.int64()), ALONE))
    moved = ((cash != 0) | (units != 0)) & (settled_at >= 0)
    return np.stack([each[moved] for each in (_integers(table[PLACE]), day, settled_at, group, cash, units)])


@dataclass(frozen=True, slots=True)
class Path:
    """What was free to use after each step.

    Attributes
    ----------
    time : int64, µs; of receipts that come free, when they were received
    freed : bool, whether the step is receipts that come free at the event after ``time``
    first, last : int64, the range of moves that make the step, both included
    cash, units : int64, free after the step; ``None`` without limit
    """

    opening: Opening
    time: Int64
    freed: Bools
    first: Int64
    last: Int64
    cash: Int64 | None
    units: Int64 | None

    def after(self, step: int) -> Opening:
        """What was free after a step, before all of them at −1."""
        if step < 0:
            return self.opening
        return Opening(*(None if each is None else int(each[step]) for each in (self.cash, self.units)))

    def at_end_of(self, event: int) -> int:
        """The last step of the event at ``event`` (µs), −1 if there is none yet."""
        passed = (self.time < event) | ((self.time == event) & ~self.freed)
        return int(np.count_nonzero(passed)) - 1

    def last_turn(self, cash: int, units: int) -> int | None:
        """The step since which there has been enough: −1 if always, None if there is not."""
        enough = np.ones(len(self.time) + 1, dtype=bool)
        for free, needed, opening in (
            (self.cash, cash, self.opening.cash),
            (self.units, units, self.opening.units),
        ):
            if free is not None and needed > 0:
                enough &= np.concatenate([[opening], free]) >= needed
        if not enough[-1]:
            return None
        short = np.flatnonzero(~enough)
        return -1 if len(short) == 0 else int(short[-1])


def follow(moves: Moves, reuse: str, day: int) -> Path:
    """The path of a settlement day, with units as they were carried into it.

    Rows of one group move on net. What is received is free at once, or from the next event, or not today.

    B pays 5, then receives 7 in the same block, free from the next on:

    >>> one = np.ones(2, dtype=np.int64)
    >>> moves = Moves(Opening(9, None), np.arange(2), one, 60 * one, -one, np.array([-5, 7]), 0 * one)
    >>> path = follow(moves, "next_block", day=1)
    >>> path.cash.tolist(), path.at_end_of(60), path.last_turn(cash=10, units=0)
    ([4, 4, 11], 1, 2)
    """
    earlier = moves.day < day
    carried = int(moves.units[earlier].sum())
    units = None if moves.opening.units is None else moves.opening.units + carried
    opening = Opening(moves.opening.cash, units)
    start, count = int(np.count_nonzero(earlier)), int(np.count_nonzero(~earlier))
    group = moves.group[start:]
    first = np.flatnonzero((group == ALONE) | (np.diff(group, prepend=ALONE) != 0))
    steps = _Steps(
        moves.settled_at[start:][first],
        np.zeros(len(first), dtype=bool),
        first,
        np.append(first[1:], count)[: len(first)] - 1,
        _sums(moves.cash[start:], first),
        _sums(moves.units[start:], first),
    )
    if reuse != AT_ONCE:
        steps = _locked(steps, until_next=reuse == NEXT_BLOCK)
    return Path(
        opening,
        steps.time,
        steps.freed,
        steps.first + start,
        steps.last + start,
        None if opening.cash is None else opening.cash + np.cumsum(steps.cash),
        None if opening.units is None else opening.units + np.cumsum(steps.units),
    )


class _Steps(NamedTuple):
    """As in ``Path``, but with what each step moves."""

    time: Int64
    freed: Bools
    first: Int64
    last: Int64
    cash: Int64
    units: Int64


def _locked(steps: _Steps, until_next: bool) -> _Steps:
    """Receipts come free together, after all that happens in their block; or not, unless ``until_next``."""
    given = steps._replace(cash=np.minimum(steps.cash, 0), units=np.minimum(steps.units, 0))
    if not until_next:
        return given
    blocks = np.flatnonzero(np.diff(steps.time, prepend=-1))
    ends = np.append(blocks[1:], len(steps.time))[: len(blocks)] - 1
    received = _Steps(
        steps.time[blocks],
        np.ones(len(blocks), dtype=bool),
        steps.first[blocks],
        steps.last[ends],
        _sums(np.maximum(steps.cash, 0), blocks),
        _sums(np.maximum(steps.units, 0), blocks),
    )
    order = np.lexsort((np.append(given.freed, received.freed), np.append(given.time, received.time)))
    columns: list[Any] = [np.append(*pair)[order] for pair in zip(given, received, strict=True)]
    return _Steps(*columns)


def _sums(amounts: Int64, starts: Int64) -> Int64:
    """Σ from each start to before the next."""
    return np.add.reduceat(amounts, starts) if len(starts) else amounts[:0]


def _is(table: pa.Table, column: str, name: str | None) -> Int64:
    """1 where a row names it, else 0."""
    return pc.fill_null(pc.equal(table[column], name), False).to_numpy().view(np.int8)


def _integers(column: pa.ChunkedArray) -> Int64:
    return column.to_numpy().astype(np.int64, copy=False)
