"""The hours of a trade day: given, or those of its first and last instruction, widened to the minute."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from simulator.config.formats import write_time
from simulator.market.flow import MINUTE, Int64, TradeDay


class GivenHours(Protocol):
    """``flow.hours``: µs since midnight."""

    @property
    def opens(self) -> int: ...
    @property
    def closes(self) -> int: ...


def widen(first: int, last: int) -> tuple[int, int]:
    """Open and close around a day's first and last instruction, on whole minutes.

    >>> [write_time(t) for t in widen(first=39_605_000_000, last=53_999_000_001)]
    ['11:00', '15:00']
    """
    opens = first // MINUTE * MINUTE
    return opens, -(-last // MINUTE) * MINUTE


def open_days(
    time: Int64,
    bounds: Int64,
    midnights: Sequence[int],
    labels: Sequence[str],
    hours: GivenHours | None,
) -> tuple[tuple[TradeDay, ...], tuple[str, ...]]:
    """The trade days of a sorted flow, with their hours, and what is to be told about them.

    With given hours an instruction before the open enters at the open, in the order of the tape; one
    after the close moves that day's close, to the minute.

    Parameters
    ----------
    time : int64, µs since the first day's midnight, sorted; changed in place where it is early
    bounds : int64, D + 1; day k is ``time[bounds[k]:bounds[k + 1]]``, empty only with given hours
    midnights : µs since the first day's midnight, one a day
    hours : the given hours, else None
    """
    days: list[TradeDay] = []
    early = late = latest = 0
    for day, (midnight, label) in enumerate(zip(midnights, labels, strict=True)):
        clock = time[bounds[day] : bounds[day + 1]]
        if hours is None:
            opens, closes = widen(int(clock[0]) - midnight, int(clock[-1]) - midnight)
        else:
            opens, closes = hours.opens, hours.closes
            before = int(np.searchsorted(clock, midnight + opens, side="left"))
            after = len(clock) - int(np.searchsorted(clock, midnight + closes, side="right"))
            clock[:before] = midnight + opens
            if after:
                closes = widen(opens, int(clock[-1]) - midnight)[1]
                latest = max(latest, closes)
            early, late = early + before, late + after
        moved = 0 if hours is None else closes - hours.closes
        days.append(TradeDay(day, midnight, midnight + opens, midnight + closes, label, moved))
    return tuple(days), _notices(hours, early, late, latest)


def _notices(hours: GivenHours | None, early: int, late: int, latest: int) -> tuple[str, ...]:
    if hours is None or not (early or late):
        return ()
    told = [f"{early:_} earlier instructions enter at the open"] if early else []
    told += [f"{late:_} later ones move their day's close, to {write_time(latest)} at most"] if late else []
    return (f"flow.hours {write_time(hours.opens)}–{write_time(hours.closes)}: {'; '.join(told)}",)


def label_day(index: int, start: datetime.date | None = None) -> str:
    """What a trade day is called: its date where the first day's is known, else its number, from 0.

    >>> label_day(2), label_day(2, datetime.date(2026, 11, 27))
    ('day 2', '2026-11-29')
    """
    return f"day {index}" if start is None else str(start + datetime.timedelta(index))
