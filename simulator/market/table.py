"""Tables on disk (CSV, CSV.gz, Parquet) as columns in batches, and what is wrong with them, by line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import polars as pl

from simulator.config.errors import InputError, Problem, nearest
from simulator.config.files import display
from simulator.market.amounts import CellError

BATCH = 1_000_000
"""Rows read at a time, to bound memory; changes nothing else."""

SHOWN = 10
"""Problems of one table that are told; the others are counted."""

MOST_COLUMNS = 40
"""Columns that a message lists."""

_UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error)
_POLARS = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)


class Table:
    """A table on disk: its column names, its columns in batches, the line of any of its rows.

    Raises
    ------
    InputError : unreadable, damaged, not a table, or without a line that names its columns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = display(path)
        self.is_parquet = path.suffix.lower() == ".parquet"
        self.line_word = "row" if self.is_parquet else "line"
        try:
            self._frame = self._scan()
            schema = self._frame.collect_schema()
            self.columns = tuple(schema.names() if self.is_parquet else self._header())
        except (*_POLARS, *_UNREADABLE) as error:
            raise self._unreadable(error) from None
        self._stored = dict(zip(self.columns, schema.items(), strict=False))
        if not any(self.columns):
            raise self._problem("is empty; its first line names the columns")

    def dtype(self, column: str) -> pl.DataType:
        """The type of a column; text throughout a CSV."""
        return self._stored[column][1]

    def missing(self, columns: Mapping[str, str]) -> list[tuple[str, str]]:
        """(key, what is wrong) for each column, by key, that is not there; the first says what is."""
        found = []
        for key, column in columns.items():
            times = self.columns.count(column)
            if times > 1:
                found.append((key, f'{self.name} has {times} columns named "{column}"; name each once'))
            elif not times:
                near = nearest(column, self.columns)
                found.append((key, f'{self.name} has no column "{column}"{near}{self._listed(found)}'))
        return found

    def _listed(self, told: Sequence[object]) -> str:
        if told:
            return ""
        if len(self.columns) == 1:
            return f'; its one column is "{self.columns[0]}"; cells are separated by commas'
        more = len(self.columns) - MOST_COLUMNS
        listed = ", ".join(self.columns[:MOST_COLUMNS]) + (f" and {more} more" if more > 0 else "")
        return f"; its columns are {listed}"

    def batches(self, columns: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], pl.DataFrame]]:
        """Batches of (row numbers from 0, the named columns), without rows empty in all of these."""
        stored = {column: pl.col(self._stored[column][0]) for column in columns}
        frame = self._frame.select(**stored)
        first = 0
        try:
            for batch in frame.collect_batches(chunk_size=BATCH, maintain_order=True):
                rows = np.arange(first, first + len(batch))
                first += len(batch)
                blank = batch.select(pl.all_horizontal(pl.all().is_null())).to_series()
                if blank.any():
                    batch, rows = batch.filter(~blank), rows[~blank.to_numpy()]
                if len(batch):
                    yield rows, batch
        except _POLARS as error:
            raise self._unreadable(error) from None

    def lines(self, rows: Sequence[int]) -> list[int]:
        """The line of each row (the header is line 1); in Parquet, which has no lines, the row from 1."""
        if self.is_parquet:
            return [row + 1 for row in rows]
        if not self._has_quotes():
            return [row + 2 for row in rows]
        # A quoted cell may hold line breaks, so that a row is not a line: count them one by one.
        starts, last = {}, max(rows, default=-1)
        with self._open() as text:
            reader = csv.reader(text)
            next(reader)
            for row in range(last + 1):
                starts[row] = reader.line_num + 1
                next(reader)
        return [starts[row] for row in rows]

    def _scan(self) -> pl.LazyFrame:
        if self.is_parquet:
            return pl.scan_parquet(self.path, glob=False, hive_partitioning=False)
        return pl.scan_csv(self.path, infer_schema=False, glob=False)

    def _bytes(self) -> IO[bytes]:
        with self.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return gzip.open(self.path, "rb") if packed else self.path.open("rb")  # type: ignore[return-value]

    def _open(self) -> IO[str]:
        return io.TextIOWrapper(self._bytes(), encoding="utf-8-sig", newline="")

    def _header(self) -> list[str]:
        with self._open() as text:
            return [name.strip() for name in next(csv.reader(text), [])]

    def _has_quotes(self) -> bool:
        with self._bytes() as file:
            return any(b'"' in block for block in iter(lambda: file.read(1 << 20), b""))

    def _problem(self, message: str, line: int | None = None) -> InputError:
        return InputError(Problem(message, file=self.name, line=line))

    def _unreadable(self, error: BaseException) -> InputError:
        """The one thing that keeps the file from being read, in words, with its line where it has one."""
        if isinstance(error, pl.exceptions.NoDataError):
            return self._problem("is empty; its first line names the columns")
        if self.is_parquet:
            return self._problem(f"cannot be read as Parquet ({_first_line(error)})")
        if "permission denied" in str(error).lower():
            return self._problem("may not be read: permission denied")
        try:
            with self._open() as text:
                reader = csv.reader(text)
                width = len(next(reader, []))
                for cells in reader:
                    if len(cells) > width:
                        message = f"{len(cells)} cells in this line, and {width} columns in the first"
                        return self._problem(message, reader.line_num)
        except EOFError:
            return self._problem("ends in the middle of its compressed text: it is cut off")
        except (gzip.BadGzipFile, zlib.error):
            return self._problem("cannot be unpacked: its compressed text is damaged")
        except UnicodeDecodeError:
            return self._problem("is not UTF-8 text; save it as UTF-8", self._line_not_utf8())
        except (OSError, csv.Error) as other:
            error = other
        if line := self._line_open_quote():
            return self._problem("a quotation mark in this line has no partner", line)
        return self._problem(f"cannot be read as CSV ({_first_line(error)})")

    def _line_open_quote(self) -> int | None:
        with self._bytes() as file:
            odd = [number for number, line in enumerate(file, start=1) if line.count(b'"') % 2]
        return odd[0] if len(odd) % 2 else None

    def _line_not_utf8(self) -> int | None:
        with self._bytes() as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__


class Findings:
    """What is wrong with the cells of one table: the first few are kept to be told, all are counted."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.count = 0
        self._first: list[tuple[int, int, str, str]] = []  # (row, order of columns, column, message)

    def add(
        self,
        rows: npt.NDArray[np.int64],
        bad: npt.NDArray[np.bool_],
        column: str,
        explain: Callable[[int], str],
    ) -> None:
        """Note the ``bad`` of ``rows``; ``explain`` says, by position in the batch, what is wrong."""
        found = np.flatnonzero(bad)
        self.count += len(found)
        for at in found[:SHOWN].tolist():
            self._first.append((int(rows[at]), len(self._first), column, explain(at)))
        self._first = sorted(self._first)[:SHOWN]

    def raise_any(self) -> None:
        """Raise the first few as one InputError, with how many more there are; nothing if there are none."""
        if not self.count:
            return
        lines = self.table.lines([row for row, *_ in self._first])
        problems = [
            Problem(message, key=column, file=self.table.name, line=line)
            for line, (_, _, column, message) in zip(lines, self._first, strict=True)
        ]
        more = self.count - len(problems)
        if more:
            problems.append(Problem(f"and {more:_} more such problems", file=self.table.name))
        raise InputError(*problems)


def holds_text(dtype: pl.DataType) -> bool:
    """Whether a column's values can be written as text or numbers."""
    return dtype.is_numeric() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)


def as_text(cells: pl.Series) -> pl.Series:
    """A column as a person would write it, floats by their shortest digits.

    Whole floats lose their ``.0``: a library that met an empty cell wrote the names 18 and 19 as floats.
    """
    if cells.dtype.is_float():
        return cells.cast(pl.String).str.replace(r"\.0$", "")
    return cells.cast(pl.String)


def says(message: str) -> Callable[[int], str]:
    """For :meth:`Findings.add`: the same message for every row."""
    return lambda _: message


def explain_cell(cells: pl.Series, read: Callable[[str], object]) -> Callable[[int], str]:
    """For :meth:`Findings.add`: read one cell again, alone, for the message it raises."""

    def explain(at: int) -> str:
        try:
            read(cells[at : at + 1].cast(pl.String).fill_null("")[0])
        except CellError as error:
            return str(error)
        return "cannot be read"

    return explain
