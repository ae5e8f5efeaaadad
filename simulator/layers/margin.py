"""The margin desk: reads what is unsettled, asks for deposits, calls within the day, stands a default."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
from simpy import Event

from simulator.market.flow import DAY, Int64, TradeDay
from simulator.market.margin import MarginBook
from simulator.rules import margin as rule
from simulator.rules.margin import Float64

from .clock import Clock
from .collateral_pool import CollateralPool
from .default import Default, close_out, largest, replace_pairs
from .margin_day import ExposureDay, MarginDay
from .schedule import grid
from .unsettled import Unsettled

NEXT_OPEN = 1 << 62
"""What arrives then is part of the next day's deposit."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one reading asks of each member, int64."""

    at_risk: Int64
    gap: Int64
    marks: Int64
    total: Int64


@dataclass(slots=True)
class _Integral:
    """∫ of amounts by member over time, exact: twice the area, so that a trapezoid is a whole number."""

    members: int
    twice: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.twice = [0] * self.members

    def add(self, before: Int64, after: Int64, duration: int) -> None:
        for at, amount in enumerate((before + after).tolist()):
            self.twice[at] += amount * duration

    def area(self) -> tuple[int, ...]:
        """The area so far, rounded down, by member."""
        return tuple(area // 2 for area in self.twice)


class MarginDesk:
    """Reads one arrangement's unsettled positions at every interval from the open, and at the close.

    A reading stands just before cycles and blocks of its instant and, where something settles then, another
    just after them. At a clearing house (``nets``) the last of a day sets each member's deposit of
    the next, all day long; in gross settlement nobody asks for one, and exposure is all there is.

    Parameters
    ----------
    days : settlement and trade days, in order
    unsettled : what is unsettled at an instant, all that came until then included
    hours : when a day's first and last event stand, such as a night cycle and the close
    settles_at : whether anything settles at an instant of a day
    """

    def __init__(
        self,
        book: MarginBook,
        days: Sequence[TradeDay],
        nets: bool,
        unsettled: Callable[[int], Unsettled],
        hours: Callable[[TradeDay], tuple[int, int]],
        settles_at: Callable[[TradeDay, int], bool],
    ) -> None:
        self.book = book
        self.days = days
        self.nets = nets
        self.unsettled = unsettled
        self.hours = hours
        self.settles_at = settles_at
        self.pool: CollateralPool | None = None  # what members post, where it serves credit too
        self.defaults: list[Default] = []
        members = book.members
        nothing = np.zeros(members, dtype=np.int64)
        self._deposit = np.full(members, book.terms.minimum, dtype=np.int64)
        self._next = Requirement(nothing, nothing, nothing, self._deposit.copy())
        self._arriving: list[tuple[int, Int64]] = []
        self._exposure, self._value = nothing, 0

    def run(self, clock: Clock) -> Generator[Event]:
        """Each day: its readings as their times come, then what the next day's deposit is."""
        for day in self.days:
            starts, closes = self.hours(day)
            yield clock.at(starts, "credit")
            self._open(day, starts)
            every = grid(day.opens, day.closes, self.book.every, first=1)
            times = sorted({*every, starts, closes, *self._failing(day)})
            for time in times:
                yield clock.at(time, "margin")
                self._read(day, time)
                if self.settles_at(day, time) and time < closes:
                    yield clock.at(time, "timeline")
                    self._settled(time, self.unsettled(time))
            yield clock.at(closes, "timeline")
            self._close(day, closes)

    def _failing(self, day: TradeDay) -> list[int]:
        """When a member fails on the day, if one does."""
        failing = self.book.failing
        if failing is None or failing.day != day.index:
            return []
        time = day.closes if failing.time is None else day.midnight + failing.time
        return [min(max(time, day.opens), day.closes)]

    # -- readings --------------------------------------------------------------------------------------

    def _open(self, day: TradeDay, starts: int) -> None:
        """A day begins: what stood overnight stood until then, and the new deposit is in place."""
        members = self.book.members
        self._held, self._exposed, self._value_twice = _Integral(members), _Integral(members), 0
        self._exposed_at = self._held_at = day.midnight
        self._stand(starts)
        self._post(self._next.total, starts)
        self._hold(starts)
        self._arriving = []
        self._called, self._buffer = (np.zeros(members, dtype=np.int64) for _ in range(2))
        self._uncovered = self._peak = 0
        self._cover, self._cover_deposit = np.zeros(members, dtype=np.int64), self._deposit

    def _read(self, day: TradeDay, now: int) -> None:
        """One reading before anything settles: exposure, what is called, what a failure would ask for."""
        unsettled = self.unsettled(now)
        deviations = self._deviations(unsettled)
        self._traded(now, unsettled, deviations)
        if self.nets:
            asked = self._requirement(unsettled, deviations)
            self._arrive(now)
            self._call(asked.total, now)
            self._cover_1(unsettled)
        if now in self._failing(day):
            self._fail(day, now, unsettled, deviations)

    def _deviations(self, unsettled: Unsettled) -> Float64:
        """By owner, the standard deviation of what positions gain or lose in a day."""
        volatility = self.book.volatility[unsettled.security]
        return rule.deviation(
            unsettled.owner, unsettled.value, volatility, unsettled.owners, self.book.terms.correlation
        )

    def _requirement(self, unsettled: Unsettled, deviations: Float64) -> Requirement:
        terms = self.book.terms
        at_risk = rule.value_at_risk(deviations, terms)
        gap = rule.gap_risk(unsettled.owner, unsettled.value, unsettled.owners, terms)
        marks = np.maximum(0, unsettled.payable - unsettled.worth())
        return Requirement(at_risk, gap, marks, rule.required(at_risk, gap, marks, terms))

    # -- exposure --------------------------------------------------------------------------------------

    def _exposure_of(self, unsettled: Unsettled, deviations: Float64) -> Int64:
        """By member, what others could lose in a day if it failed."""
        return unsettled.of_members(rule.exposure(deviations, self.book.terms), self.book.members)

    def _traded(self, now: int, unsettled: Unsettled, deviations: Float64) -> None:
        """Since the last reading exposure has grown, in a line, by what was traded."""
        exposure, value = self._exposure_of(unsettled, deviations), unsettled.size()
        self._exposed.add(self._exposure, exposure, now - self._exposed_at)
        self._value_twice += (self._value + value) * (now - self._exposed_at)
        self._peak = max(self._peak, int(exposure.sum()))
        self._exposure, self._value, self._exposed_at = exposure, value, now

    def _settled(self, now: int, unsettled: Unsettled) -> None:
        """What settles is exposed no more, at once."""
        self._exposure = self._exposure_of(unsettled, self._deviations(unsettled))
        self._value, self._exposed_at = unsettled.size(), now

    def _stand(self, until: int) -> None:
        """Until then nothing is traded and nothing settles."""
        self._exposed.add(self._exposure, self._exposure, until - self._exposed_at)
        self._value_twice += 2 * self._value * (until - self._exposed_at)
        self._exposed_at = until

    # -- deposits --------------------------------------------------------------------------------------

    def _hold(self, until: int) -> None:
        self._held.add(self._deposit, self._deposit, until - self._held_at)
        self._held_at = until

    def _post(self, wanted: Int64, now: int) -> None:
        """Deposit so much, or what of it is free where the same collateral serves credit too."""
        self._deposit = wanted.copy() if self.pool is None else self.pool.post(wanted, now)

    def _arrive(self, now: int) -> None:
        """What was called and has come by now is deposited, from when it came."""
        while self._arriving and self._arriving[0][0] <= now:
            time, amount = self._arriving.pop(0)
            since = time if self.pool is None else now  # who lends on the same collateral learns of it now
            self._hold(since)
            self._post(self._deposit + amount, since)

    def _call(self, required: Int64, now: int) -> None:
        """Members whose requirement exceeds their deposit by more than is let pass are called."""
        short = np.maximum(0, required - self._deposit)
        self._buffer = np.maximum(self._buffer, short)
        self._uncovered = max(self._uncovered, int(short.sum()))
        above = self.book.calls_above
        if above is None:
            return
        coming = sum((amount for _, amount in self._arriving), np.zeros_like(short))
        due = np.maximum(0, required - self._deposit - coming)
        let_pass = np.array([int(above * held) for held in (self._deposit + coming).tolist()], dtype=np.int64)
        called = np.where(due > let_pass, due, 0)
        self._called = self._called + called
        if called.any():
            arrives = NEXT_OPEN if self.book.arrives is None else now + self.book.arrives
            self._arriving.append((arrives, called))
            self._arrive(now)

    def _cover_1(self, unsettled: Unsettled) -> None:
        """What the clearing house would pay for each member, kept where the largest is largest."""
        need = unsettled.obligations.clip(min=0).sum(axis=0)
        if int(need.max(initial=0)) > int(self._cover.max(initial=0)):
            self._cover, self._cover_deposit = need, self._deposit

    # -- what a day came to ----------------------------------------------------------------------------

    def _close(self, day: TradeDay, closes: int) -> None:
        """After the last cycle: what is unsettled now sets the next day's deposit and stands overnight."""
        unsettled, midnight = self.unsettled(closes), day.midnight + DAY
        self._settled(closes, unsettled)
        if self.nets:
            self._today, self._next = self._next, self._requirement(unsettled, self._deviations(unsettled))
            if self.pool is None:  # else nobody draws on it any more today, and it is posted at the next open
                self._arrive(midnight)
            self._hold(midnight)
        else:  # what waits is cancelled now
            self._exposure, self._value = np.zeros_like(self._exposure), 0
        self._stand(midnight)

    def _fail(self, day: TradeDay, now: int, unsettled: Unsettled, deviations: Float64) -> None:
        """Somebody fails now: the clearing house closes it out, or its counterparties replace it."""
        assert self.book.failing is not None
        member = self.book.failing.member
        if member is None:
            member = largest(unsettled, self.book.members)
        if self.nets:
            amounts = close_out(self.book, unsettled, deviations, self._deposit, member)
        else:
            amounts = replace_pairs(self.book, unsettled, deviations, member)
        self.defaults.append(Default(day.index, now, member, tuple(amounts)))

    def margin_day(self) -> MarginDay | None:
        """What the day came to in margin, None in gross settlement; read after it has closed."""
        if not self.nets:
            return None
        need, deposits = self._cover, int(self._cover_deposit.sum())
        supplemental, lacks = rule.supplement(need, deposits, self.book.committed, self.book.supplementing)
        return MarginDay(
            at_risk=self._today.at_risk,
            gap=self._today.gap,
            marks=self._today.marks,
            required=self._today.total,
            called=self._called,
            buffer=self._buffer,
            uncovered=self._uncovered,
            held_time=self._held.area(),
            worth=self.book.worth,
            cover_1=need,
            supplemental=supplemental,
            not_met=lacks,
        )

    def exposure_day(self) -> ExposureDay:
        """What the day came to in exposure; read after it has closed."""
        return ExposureDay(self._exposed.area(), self._peak, self._value_twice // 2)
