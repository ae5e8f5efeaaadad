"""When things happen: settlement days, block times, netting cycles. All times int µs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.config.schema import Cycles
from simulator.market.calendar import BusinessDays
from simulator.market.flow import DAY, TradeDay


def settlement_day(days: Sequence[TradeDay], index: int, calendar: BusinessDays | None = None) -> TradeDay:
    """The day on which trades of ``index − n`` settle at T+n: a trade day, past the last a calendar day
    with the last one's regular hours; with a ``calendar`` a business day of it.

    >>> from simulator.market.flow import HOUR
    >>> friday = TradeDay(0, 0, 9 * HOUR, 16 * HOUR, "0")
    >>> later = settlement_day([friday], 2)
    >>> later.index, later.midnight == 2 * DAY, later.closes == 2 * DAY + 16 * HOUR
    (2, True, True)
    """
    if index < len(days):
        return days[index]
    last = days[-1]
    shift, label = (index - last.index) * DAY, f"{last.label} + {index - last.index}"
    if calendar is not None:
        date = calendar.later(last, index - last.index)
        shift, label = calendar.midnight(date) - last.midnight, str(date)
    return TradeDay(
        index=index,
        midnight=last.midnight + shift,
        opens=last.opens + shift,
        closes=last.closes - last.moved + shift,
        label=label,
    )


def widened(day: TradeDay, traded: TradeDay) -> TradeDay:
    """A settlement day that is open at every time of the day at which a trade day was.

    >>> from simulator.market.flow import HOUR
    >>> traded = TradeDay(0, 0, 9 * HOUR, 17 * HOUR, "0")
    >>> day = widened(TradeDay(1, DAY, DAY + 10 * HOUR, DAY + 13 * HOUR, "1"), traded)
    >>> (day.opens - DAY) // HOUR, (day.closes - DAY) // HOUR
    (9, 17)
    """
    opens, closes = (day.midnight + time - traded.midnight for time in (traded.opens, traded.closes))
    return replace(day, opens=min(day.opens, opens), closes=max(day.closes, closes))


def grid(opens: int, closes: int, interval: int, first: int = 0) -> Iterator[int]:
    """``opens + j · interval`` for j = first, first + 1, … before the close, then the close.

    >>> list(grid(0, 10, 4)), list(grid(0, 8, 4)), list(grid(0, 10, 4, first=1))
    ([0, 4, 8, 10], [0, 4, 8], [4, 8, 10])
    """
    yield from range(opens + first * interval, closes, interval)
    yield closes


def cycle_times(cycles: Cycles | None, day: TradeDay) -> tuple[int, ...]:
    """The netting cycles of a T+0 day; the close is always the last.

    >>> day = TradeDay(0, 0, 100, 200, "0")
    >>> cycle_times(None, day), cycle_times(Cycles(count=3), day)
    ((200,), (133, 166, 200))
    """
    opens, closes = day.opens, day.closes
    if cycles is None:
        return (closes,)
    if cycles.every is not None:
        return tuple(grid(opens, closes, cycles.every, first=1))
    if cycles.count is not None:
        equal = (opens + j * (closes - opens) // cycles.count for j in range(1, cycles.count))
        return tuple(dict.fromkeys((*equal, closes)))  # an instant is one cycle, on a day of no length too
    fixed = (day.midnight + time for time in cycles.times or ())
    return (*(time for time in fixed if opens < time < closes), closes)
