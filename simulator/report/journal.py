"""Every instruction of a run with what became of it: kept as it comes, given out as a table or a file.

Arrangements settle in lockstep, so their rows arrive mixed, in pieces whose size carries no meaning.
They are kept apart by arrangement, and only then cut into row groups of a fixed size: the file is the
same bytes however the rows came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.kernels import state as st
from simulator.layers.record import REASONS
from simulator.report.parquet import ROW_GROUP, open_writer

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from simulator.market.flow import Flow, Int64

PLACES = np.arange(-1, len(REASONS))  # of the kernels' numbers, which count from 1; 0 is none
IDENTIFIERS_AT_A_TIME = 1 << 20


@dataclass(slots=True)
class _Rows:
    """The rows of one arrangement, in memory, or in a file where one is given."""

    name: str
    spool: Path | None
    pieces: list[Int64] = field(default_factory=list)
    days: list[list[int]] = field(default_factory=list)  # [settlement day, rows], in order

    def append(self, day: int, rows: Int64) -> None:
        if not self.days or self.days[-1][0] != day:
            self.days.append([day, 0])
        self.days[-1][1] += len(rows)
        if self.spool is None:
            self.pieces.append(rows)
            return
        try:
            with self.spool.open("ab") as file:
                np.ascontiguousarray(rows, dtype=np.int64).tofile(file)
        except OSError as error:
            said = error.strerror or str(error)
            raise InputError(f"{display(self.spool)}: instructions cannot be kept there: {said}") from error

    def blocks(self) -> Iterator[tuple[Int64, Int64]]:
        """(settlement day, row) of ``ROW_GROUP`` rows at a time, the last block with what is left."""
        days, counts = np.array(self.days, dtype=np.int64).reshape(-1, 2).T
        ends = np.cumsum(counts)
        first = 0
        for rows in self._read() if self.spool else self._cut():
            yield days[np.searchsorted(ends, np.arange(first, first + len(rows)), side="right")], rows
            first += len(rows)

    def _read(self) -> Iterator[Int64]:
        assert self.spool is not None
        if not self.days:
            return
        with self.spool.open("rb") as file:
            while len(rows := np.fromfile(file, np.int64, ROW_GROUP * st.JOURNAL_COLUMNS)):
                yield rows.reshape(-1, st.JOURNAL_COLUMNS)

    def _cut(self) -> Iterator[Int64]:
        held: list[Int64] = []
        count = 0
        for piece in self.pieces:
            start = 0
            while count + len(piece) - start >= ROW_GROUP:
                stop = start + ROW_GROUP - count
                yield np.concatenate([*held, piece[start:stop]])
                held, count, start = [], 0, stop
            held.append(piece[start:])
            count += len(piece) - start
        if count:
            yield np.concatenate(held)


class InstructionJournal:
    """Takes the rows of all arrangements; ``frame`` and ``write`` give them in the order of the config.

    Within an arrangement and settlement day, settled instructions stand in settlement order, then those
    that never settled in queue order.

    Parameters
    ----------
    spool : a folder for the rows until ``write``; None keeps them in memory, 72 bytes each
    """

    def __init__(self, flow: Flow, arrangements: Sequence[str], spool: Path | None = None) -> None:
        self.flow = flow
        self._rows = {
            name: _Rows(name, spool / f"rows-{at}" if spool else None) for at, name in enumerate(arrangements)
        }
        self._names = [list(arrangements), list(flow.members), list(flow.securities), list(REASONS)]
        self._text_ids = flow.identifiers(0, min(1, flow.size.trades)).dtype == object

    def write(self, arrangement: str, day: int, rows: Int64) -> None:
        """Append rows (columns of ``kernels.state``); an instruction never settled has time −1."""
        if len(rows):
            self._rows[arrangement].append(day, rows)

    def frame(self) -> pl.DataFrame:
        """All rows as one table."""
        import polars as pl
        import pyarrow as pa

        blocks = list(self._tables())
        table = pa.concat_tables(blocks) if blocks else self._empty()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def save(self, path: Path) -> None:
        """All rows as a Parquet file, one row group in memory at a time; spooled rows are given up."""
        schema = self._empty().schema
        rising = ["day", "time", "settled_at", *([] if self._text_ids else ["id"])]
        with open_writer(path, schema, rising) as writer:
            for table in self._tables():
                writer.write_table(table, row_group_size=ROW_GROUP)
        for rows in self._rows.values():
            if rows.spool is not None:
                rows.spool.unlink(missing_ok=True)

    def _tables(self) -> Iterator[pa.Table]:
        for at, rows in enumerate(self._rows.values()):
            for days, block in rows.blocks():
                yield self._table(at, days, block)

    def _empty(self) -> pa.Table:
        return self._table(0, np.empty(0, np.int64), np.empty((0, st.JOURNAL_COLUMNS), np.int64))

    def _table(self, arrangement: int, days: Int64, rows: Int64) -> pa.Table:
        import pyarrow as pa

        column = np.ascontiguousarray(rows.T)
        reasons = PLACES[column[st.JOURNAL_WAITED]]
        names, members, securities, waits = self._names
        settled = column[st.JOURNAL_SETTLED]
        return pa.table(
            {
                "arrangement": _named(np.full(len(rows), arrangement), names),
                "day": pa.array(days, pa.int64()),
                "id": self._identify(column[st.JOURNAL_ID]),
                "time": pa.array(column[st.JOURNAL_TIME]),
                "buyer": _named(column[st.JOURNAL_BUYER], members),
                "seller": _named(column[st.JOURNAL_SELLER], members),
                "security": _named(column[st.JOURNAL_SECURITY], securities),
                "units": pa.array(column[st.JOURNAL_UNITS]),
                "cash": pa.array(column[st.JOURNAL_CASH]),
                "settled_at": pa.array(settled, mask=settled < 0),
                "waited_for": _named(reasons, waits),
                "group": pa.array(column[st.JOURNAL_GROUP], mask=column[st.JOURNAL_GROUP] == 0),
            }
        )

    def _identify(self, positions: Int64) -> pa.Array:
        """The ids of instructions by their position in the flow, looked up a stretch at a time."""
        import pyarrow as pa

        ids = np.empty(len(positions), dtype=object if self._text_ids else np.int64)
        if len(positions):
            end = int(positions.max()) + 1
            for first in range(int(positions.min()), end, IDENTIFIERS_AT_A_TIME):
                stop = min(first + IDENTIFIERS_AT_A_TIME, end)
                inside = (positions >= first) & (positions < stop)
                if inside.any():
                    ids[inside] = self.flow.identifiers(first, stop)[positions[inside] - first]
        return pa.array(ids, pa.string() if self._text_ids else pa.int64())


def _named(codes: Int64, names: list[str]) -> pa.Array:
    """Names by their number, −1 being null."""
    import pyarrow as pa

    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))
