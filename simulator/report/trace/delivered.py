"""A life by book entry: it enters on the settlement date, pends or not, and is delivered or dropped."""

from __future__ import annotations

from simulator.config.units import format_duration
from simulator.market.flow import DAY
from simulator.study.words import describe_arrangement, legible

from .gross import final_at
from .life import Life
from .rows import Row
from .setting import Setting
from .words import units

WAITS = {
    "limit": "It pended for a limit: {buyer} would have owed more than its net debit cap allows.",
    "credit": "It pended for collateral: the monitor of {buyer} or of {seller} would have fallen below 0.",
    "securities": "It pended for securities: {seller} could not deliver {units}.",
    "hold": "It was on hold, for its approval or because it came too late.",
}
"""What is told of the first block that a delivery met."""


def trace_delivered(setting: Setting, row: Row, part: tuple[int, int] | None) -> Life:
    """What became of a row under book-entry deliveries of layer 2."""
    arrangement = setting.config.arrangements[row.arrangement]
    days = row.day - setting.trade_day(row)
    # Its own time of the day, on the date on which it settled, or as many days later.
    date = row.time // DAY + days if row.settled_at is None else row.settled_at // DAY
    first = date * DAY + row.time % DAY
    steps = [setting.step(row, row.time, "It was traded." if days else "It was traded, and entered.")]
    if days:
        steps.append(setting.step(row, first, "It entered on its settlement date."))
    if row.waited_for is not None:
        told = WAITS[row.waited_for].format(
            buyer=legible(row.buyer), seller=legible(row.seller), units=units(row.units, row.security)
        )
        steps.append(setting.step(row, first, told))
    if row.settled_at is None:
        stated = arrangement.book_entry
        until = None if stated is None or not row.cash else stated.until or arrangement.cut_off
        closes = setting.hours(row)[1] + first - row.time if until is None else date * DAY + until
        told = "It was dropped, never settled."
        steps.append(setting.step(row, max(first, closes), told))
    else:
        wait = row.settled_at - first
        told = f"It settled, {format_duration(wait)} after it entered" if wait else "It settled at once"
        together = " together with one that look-ahead found" if row.group is not None else ""
        steps.append(setting.step(row, row.settled_at, f"{told}{together}, and was final with that."))
    return Life(
        arrangement=row.arrangement,
        words=describe_arrangement(arrangement, setting.currency),
        part=part,
        entered=row.time,
        first_eligible=first,
        waited_for=row.waited_for,
        freed_by=(),
        settled_at=row.settled_at,
        final_at=None if row.settled_at is None else final_at(row.settled_at),
        group=2 if row.group is not None else None,
        lacking_cash=None,
        lacking_units=None,
        steps=tuple(steps),
    )
