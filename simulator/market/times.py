"""Written times of a tape to whole microseconds: ISO local date-times, or a clock time alone."""

from __future__ import annotations

import datetime
import re
from functools import partial

import numpy as np
import polars as pl

from simulator.market.amounts import CellError, Parsed, read_rest
from simulator.market.flow import DAY, HOUR, MINUTE, SECOND

ALLOWED = "give a local time such as 2024-07-16T14:59:42.692188, or 14:59:42 for a tape of one day"
NO_ZONE = "times are market-local: convert them and leave the zone away"

_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]+))?)?"
_ZONE = r"\s*(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)"
_WRITTEN = re.compile(rf"(?:([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ])?{_CLOCK}({_ZONE})?", re.IGNORECASE)
_PLAIN_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?$"
_PLAIN_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def has_date(text: str) -> bool:
    """Whether a written time begins with a date rather than a clock."""
    match = _WRITTEN.fullmatch(text.strip())
    return match is not None and match[1] is not None


def read_time(text: str, dated: bool, allowed: str = ALLOWED) -> int:
    """One written time in µs: since 1970-01-01 if ``dated``, else since midnight.

    >>> read_time("10:45", dated=False) == (10 * 60 + 45) * 60 * 1_000_000
    True

    Raises
    ------
    CellError : not such a time, finer than 1 µs, with a zone, or with a date where the tape has none.
    """
    text = text.strip()
    if not text:
        raise CellError(f"empty; {allowed}")
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise CellError(f'"{text[:40]}" is not a time; {allowed}')
    date, hours, minutes, seconds, fraction, zone = match.groups()
    if zone:
        raise CellError(f'"{text}" has a zone; {NO_ZONE}')
    if (date is not None) != dated:
        has, first = ("no date", "one") if dated else ("a date", "none")
        raise CellError(f'"{text}" has {has} and the first time has {first}; give all a date, or none')
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > 6:
        raise CellError(f'"{text}" is finer than 1 µs; give at most 6 decimals of a second')
    clock = int(hours) * HOUR + int(minutes) * MINUTE + int(seconds or 0) * SECOND
    clock += int(fraction.ljust(6, "0"))
    if date is None:
        return clock
    try:
        return (datetime.date.fromisoformat(date).toordinal() - _EPOCH) * DAY + clock
    except ValueError:
        raise CellError(f'"{text}" has no such date; {allowed}') from None


def parse_times(cells: pl.Series, dated: bool) -> Parsed:
    """A column of times, text or of a date-time type, each as :func:`read_time` reads it."""
    if cells.dtype != pl.String:
        return _from_typed(cells)
    cells = cells.fill_null("")
    start = 11 if dated else 0
    cell = pl.col("cell")
    found = (
        cells.alias("cell")
        .to_frame()
        .select(  # one query, so that its parts run side by side
            plain=cell.str.contains((_PLAIN_DATE if dated else "^") + _PLAIN_CLOCK),
            date=cell.str.head(10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
            if dated
            else pl.lit(0, pl.Int64),
            hours=_digits(cell.str.slice(start, 2)),
            minutes=_digits(cell.str.slice(start + 3, 2)),
            seconds=_digits(cell.str.slice(start + 6, 2)),
            fraction=_digits(cell.str.slice(start + 9).str.pad_end(6, "0")),
        )
    )
    # A date such as 02-30 is null, so that it is read, and refused, one spelling at a time.
    done = (found["plain"] & found["date"].is_not_null()).to_numpy()
    found = found.fill_null(0)
    time = found["date"] * DAY + found["hours"] * HOUR + found["minutes"] * MINUTE + found["seconds"] * SECOND
    values = np.where(done, (time + found["fraction"]).to_numpy(), 0)
    return read_rest(cells, values, done, partial(read_time, dated=dated))


def _digits(cell: pl.Expr) -> pl.Expr:
    return cell.cast(pl.Int64, strict=False)


def _from_typed(cells: pl.Series) -> Parsed:
    """Date-times and clock times of a Parquet column; nanoseconds must be whole microseconds."""
    empty = cells.is_null().to_numpy()
    ticks = cells.to_physical().fill_null(0).cast(pl.Int64).to_numpy()
    unit = cells.dtype.time_unit if isinstance(cells.dtype, pl.Datetime) else "ns"
    if unit == "ns":
        return Parsed(ticks // 1000, empty, ticks % 1000 != 0)
    return Parsed(ticks * (1000 if unit == "ms" else 1), empty, np.zeros(len(ticks), bool))
