"""Business days of a market: what is a trade day, and when trades settle."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.market.flow import DAY, TradeDay
from simulator.market.hours import label_day

if TYPE_CHECKING:
    from simulator.config.schema import Config

ONE_DAY = datetime.timedelta(1)


class BusinessDays:
    """The days on which a market is open, counted from the midnight of ``first``.

    ``name`` is that of the ``holidays`` package for the market; of the calendars of exchanges it keeps
    weekends, holidays, and days on which trading was called off, not shortened days.

    Examples
    --------
    >>> nyse = BusinessDays("NYSE", datetime.date(2026, 11, 25))  # 26 November is Thanksgiving
    >>> [str(day) for day in nyse.run(3)]
    ['2026-11-25', '2026-11-27', '2026-11-30']
    """

    def __init__(self, name: str, first: datetime.date) -> None:
        self.name, self.first = name, first

    @cached_property
    def _closed(self) -> Any:
        import holidays

        return holidays.financial_holidays(self.name)

    def is_open(self, date: datetime.date) -> bool:
        """Whether a date is a business day."""
        return bool(self._closed.is_working_day(date))

    def next_open(self, date: datetime.date) -> datetime.date:
        """The first business day from a date on, itself included."""
        while not self.is_open(date):
            date += ONE_DAY
        return date

    def run(self, count: int) -> list[datetime.date]:
        """The first ``count`` business days from ``first`` on."""
        dates = [self.next_open(self.first)]
        while len(dates) < count:
            dates.append(self.next_open(dates[-1] + ONE_DAY))
        return dates

    def later(self, day: TradeDay, number: int) -> datetime.date:
        """The ``number``-th business day after a trade day."""
        date = self.first + datetime.timedelta(day.midnight // DAY)
        for _ in range(number):
            date = self.next_open(date + ONE_DAY)
        return date

    def midnight(self, date: datetime.date) -> int:
        """A date's midnight, µs since that of ``first``."""
        return (date - self.first).days * DAY


def trade_dates(config: Config) -> tuple[list[int], list[str]]:
    """Midnights (µs since the first) and labels of the trade days of a synthetic or typed flow.

    Days of the calendar from ``flow.start`` on, its business days where ``flow.calendar`` names one;
    numbers where no date is given.

    Raises
    ------
    InputError : ``flow.start`` is no business day.
    """
    flow, days = config.flow, config.days or 1
    midnights = [day * DAY for day in range(days)]
    if flow.start is None or flow.calendar is None:
        return midnights, [label_day(day, flow.start) for day in range(days)]
    calendar = BusinessDays(flow.calendar, flow.start)
    if not calendar.is_open(flow.start):
        opens = calendar.next_open(flow.start)
        message = f"{flow.start} is not allowed; {flow.calendar} is closed that day and next open on {opens}"
        raise InputError(config.problem("flow.start", message))
    dates = calendar.run(days)
    return [calendar.midnight(date) for date in dates], [str(date) for date in dates]


def open_calendar(config: Config, days: tuple[TradeDay, ...]) -> BusinessDays | None:
    """The calendar of a flow whose trade days are known; None where every day is a business day."""
    if config.flow.calendar is None:
        return None
    return BusinessDays(config.flow.calendar, datetime.date.fromisoformat(days[0].label))


def check_dates(config: Config, dates: list[datetime.date] | None) -> tuple[str, ...]:
    """Of a tape's dates (None where it has only times of the day) what is to be told: trades on holidays.

    Raises
    ------
    InputError : a calendar is named, and the tape has no dates.
    """
    name = config.flow.calendar
    if name is None:
        return ()
    if dates is None:
        message = "needs a tape with dates, and its times are of the day alone; delete it with calendar: null"
        raise InputError(config.problem("flow.calendar", message))
    calendar = BusinessDays(name, dates[0])
    closed = [str(date) for date in dates if not calendar.is_open(date)]
    if not closed:
        return ()
    shown = ", ".join(closed[:3]) + (f" and {len(closed) - 3} more days" if len(closed) > 3 else "")
    return (f"there are trades on {shown}, when {name} is closed",)
