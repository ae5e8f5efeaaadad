"""A life under a hybrid, whose rows do not say which way an instruction went."""

from __future__ import annotations

from simulator.config.units import format_duration
from simulator.study.words import describe_arrangement

from .gross import final_at
from .life import Life
from .rows import Row
from .setting import Setting


def trace_hybrid(setting: Setting, row: Row, part: tuple[int, int] | None) -> Life:
    """What became of a row of which rows cannot tell the balances: those of two ledgers stand among them."""
    one = setting.config.arrangements[row.arrangement]
    or_else = "" if setting.was_sent(row) else ", or novated by the clearing house"
    steps = [setting.step(row, row.time, f"It was traded. It was sent to the chain{or_else}.")]
    if row.waited_for is not None:
        steps.append(setting.step(row, row.time, f"On the chain it first waited for: {row.waited_for}."))
    if row.settled_at is None:
        steps.append(
            setting.step(row, setting.hours(row)[1], "It was cancelled at the close, never settled.")
        )
    else:
        wait = row.settled_at - row.time
        told = f"It settled, {format_duration(wait)} after it was traded." if wait else "It settled at once."
        steps.append(setting.step(row, row.settled_at, told))
    return Life(
        arrangement=row.arrangement,
        words=describe_arrangement(one, setting.currency),
        part=part,
        entered=row.time,
        first_eligible=row.time,
        waited_for=row.waited_for,
        freed_by=(),
        settled_at=row.settled_at,
        final_at=None if row.settled_at is None else final_at(row.settled_at),
        group=None,
        lacking_cash=None,
        lacking_units=None,
        steps=tuple(steps),
    )
