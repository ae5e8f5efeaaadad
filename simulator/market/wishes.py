"""What an instruction may ask for beside its terms: a priority, a deadline, a hold, to settle in parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl

from simulator.market.amounts import CellError, Parsed, read_rest
from simulator.market.flow import DAY, DEFAULT_PRIORITY, NO_DEADLINE
from simulator.market.table import as_text, explain_cell
from simulator.market.times import has_date, parse_times, read_time

WISHES = {"priority": DEFAULT_PRIORITY, "deadline": NO_DEADLINE, "hold_until": 0, "partial": True}
"""By column, what an instruction asks for that says nothing."""

MOMENTS = ("deadline", "hold_until")

ALLOWED = "give a local time of the trade day such as 15:00, or 2024-07-16T15:00:00, or nothing for none"

YES, NO = ("yes", "true", "1"), ("no", "false", "0")


def read_priority(text: str) -> int:
    """A written priority.

    >>> read_priority("1")
    1

    Raises
    ------
    CellError : not a whole number from 1 to 9.
    """
    if text.strip() not in tuple("123456789"):
        raise CellError(f'"{text[:40]}" is not a priority; give 1 (settles first) to 9, or nothing for 5')
    return int(text)


def read_yes_no(text: str) -> int:
    """A written yes or no, as 1 or 0.

    >>> read_yes_no("No"), read_yes_no("true")
    (0, 1)

    Raises
    ------
    CellError : neither.
    """
    word = text.strip().lower()
    if word not in YES + NO:
        raise CellError(f'"{text[:40]}" is neither yes nor no; give yes or no, or nothing for yes')
    return int(word in YES)


_READERS = {"priority": read_priority, "partial": read_yes_no}


def parse_wish(name: str, cells: pl.Series) -> tuple[Parsed, Callable[[int], str]]:
    """A column of priorities or of yes and no, blank cells saying nothing, and what is wrong with a cell."""
    texts, read = as_text(cells).fill_null(""), _READERS[name]
    parsed = read_rest(texts, np.zeros(len(texts), np.int64), np.zeros(len(texts), bool), read)
    values = np.where(parsed.empty, int(WISHES[name]), parsed.values)
    return Parsed(values, parsed.empty, parsed.bad), explain_cell(texts, read)


def parse_moments(
    name: str, cells: pl.Series, dated: bool, time: Parsed
) -> tuple[Parsed, Callable[[int], str]]:
    """A column of deadlines or holds, and what is wrong with a cell.

    Parameters
    ----------
    dated : whether the column's times have dates; a clock time alone is of the day of the row's ``time``
    time : of the same rows, µs since any midnight; where it is bad or empty, nothing is compared with it
    """
    parsed = parse_times(cells, dated)
    day = time.values // DAY * DAY
    values = parsed.values if dated else parsed.values + day
    read = ~(time.bad | time.empty | parsed.bad | parsed.empty)
    elsewhere = read & (values // DAY * DAY != day)
    told = explain_cell(cells, partial(read_time, dated=dated, allowed=ALLOWED))

    def explain(at: int) -> str:
        if not elsewhere[at]:
            return told(at)
        elsewhere_said = "is not on the day of the row's time; give one of that day, such as 15:00"
        return f'"{as_text(cells)[at]}" {elsewhere_said}'

    values = np.where(parsed.empty, int(WISHES[name]), values)
    return Parsed(values, parsed.empty, parsed.bad | elsewhere), explain


def states_dates(cells: pl.Series) -> bool | None:
    """Whether a column's first time has a date; None where no cell says."""
    if cells.dtype != pl.String:
        return isinstance(cells.dtype, pl.Datetime)
    given = cells.str.strip_chars().fill_null("")
    return next((has_date(text) for text in given.filter(given != "").head(1)), None)
