"""The depository: deliveries versus payment by book entry, one by one, against a balance of money that is
paid once at the end of the day (DvP model 2).

It settles as a chain does, continuously. What is its own: trades of a day enter on their settlement date,
the receiver approves some, what pends recycles until a cut-off, and money settles at the end. What is not
delivered one by one is netted by a clearing house in cycles over the same accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from simpy import Event

from simulator.kernels import state as st
from simulator.market.calendar import BusinessDays
from simulator.market.flow import DAY, Captured, Int64, TradeDay
from simulator.rules import Arrivals

from .arrangement import Journal
from .capture import FlowDay
from .chain import JOURNAL_ROWS, Chain
from .clearing_house import ClearingHouse
from .clock import Clock
from .incoming import Entering
from .reading import CycleTotals, both
from .record import REASONS, ClearingDay, SettlementDay
from .routing import Portion, Router
from .schedule import settlement_day, widened
from .token_orders import TokenOrders

LOOK_AHEAD = 0  # the one mechanism there can be

Banks = Callable[[Int64], int]
"""Σ over settling banks of what each pays, of what members pay (received: negative)."""


@dataclass(frozen=True, slots=True)
class Netting:
    """What is netted beside deliveries: who goes which way, and the clearing house with its part."""

    router: Router
    delivered: Portion
    netted: Portion
    house: ClearingHouse

    def split(self, chunk: Captured) -> tuple[Captured, Captured]:
        """What of a chunk is delivered, and what is netted, each tallied."""
        delivered, netted = self.router.split(chunk)
        self.delivered.add(delivered)
        self.netted.add(netted)
        return delivered, netted


@dataclass(frozen=True, slots=True)
class Terms:
    """What a depository asks of deliveries. Times in µs, of the day since its midnight; money in minor units.

    Attributes
    ----------
    settles : the n of T+n
    monitored : whether collateral monitors bind beside caps
    above, takes, after : a delivery of more cash than ``above``, and from ``after`` on every one with cash,
        is approved ``takes`` after its entry; None where none is
    until : up to when deliveries with cash enter and wait, None up to the end of the day
    cut_off : when money settles, None at the close
    """

    settles: int = 0
    monitored: bool = True
    above: int | None = None
    takes: int = 0
    after: int | None = None
    until: int | None = None
    cut_off: int | None = None

    def releases(self) -> bool:
        """Whether a delivery may enter later than its own time, or never."""
        return self.ends is not None or self.above is not None or self.after is not None

    @property
    def ends(self) -> int | None:
        """When recycling ends: with the money at the latest."""
        return self.cut_off if self.until is None else self.until

    def release(self, arrivals: Arrivals) -> Int64:
        """From when each may settle: its own time, its approval, or not before the day is over.

        >>> noon, hour = 12 * 3_600_000_000, 3_600_000_000
        >>> terms = Terms(above=50, takes=hour, until=noon + hour)
        >>> arrivals = Arrivals.of(time=noon + np.array([0, 0, 1]), cash=[50, 51, 51], seller=1)
        >>> ((terms.release(arrivals) - noon) // hour).tolist()
        [0, 1, 36]
        """
        time, cash = arrivals.time, arrivals.cash
        midnight = time // DAY * DAY
        others = arrivals.buyer != arrivals.seller
        asked = np.zeros(len(time), dtype=np.bool_)
        if self.above is not None:
            asked |= cash > self.above
        if self.after is not None:
            asked |= (cash > 0) & (time - midnight >= self.after)
        enters = np.where(asked & others, time + self.takes, time)
        if self.ends is not None:
            late = (cash > 0) & others & (enters - midnight > self.ends)
            enters = np.where(late, midnight + 2 * DAY, enters)
        return enters


class Depository(Chain):
    """Delivers by book entry under net debit caps and collateral monitors, as its ledger holds them.

    ``layer`` is 2, or 1 where tokens stand for the securities. ``netting`` is there where some instructions
    are netted: who sends each its way, what becomes of either part. ``banks`` adds up what members pay by
    their settling bank.
    """

    def __init__(
        self,
        *given: Any,
        layer: int = 2,
        terms: Terms,
        banks: Banks,
        calendar: BusinessDays | None = None,
        netting: Netting | None = None,
        journal: Journal | None = None,
        **more: Any,
    ) -> None:
        told = None if journal is None else ToldJournal(journal, self)
        super().__init__(*given, blocks=None, journal=told, **more)
        self.layer = layer
        self.terms, self.banks, self.calendar, self.netting = terms, banks, calendar, netting
        self.paid_in = np.zeros(len(self.flow.members), dtype=np.int64)
        self.today: list[Captured] = []  # what was captured for the settlement day, as it was traded
        self.day_index = 0
        self.pays = self.ends = -1  # when money settles and recycling ends before the close, −1 if with it
        self._coming: dict[int, list[Captured]] = {}
        self._balances: Int64 | None = None
        self._gridlocked = 0
        self._cycles: tuple[int, ...] = ()
        self._totals: CycleTotals | None = None
        self.token_orders: TokenOrders | None = None

    # -- when ----------------------------------------------------------------------------------------

    def settlement_days(self) -> Iterator[TradeDay]:
        """The days on which trades fall due; each is open while any of its trades may enter."""
        for traded in self.flow.days:
            day = settlement_day(self.flow.days, traded.index + self.terms.settles, self.calendar)
            day = widened(day, traded)
            ends = day.closes if self.terms.cut_off is None else day.midnight + self.terms.cut_off
            yield replace(day, closes=max(day.closes, ends))

    def flow_of(self, day: TradeDay) -> FlowDay:
        """What was traded n days before to be delivered by book entry."""
        capture = self.capture if self.netting is None else self.netting.delivered
        return capture.days[day.index - self.terms.settles]

    def beside(self, day: TradeDay) -> tuple[FlowDay | None, Int64 | None]:
        """All that was traded n days before, and what cycles moved of it."""
        if self._totals is None:
            return None, None
        return self.capture.days[day.index - self.terms.settles], self._totals.units_moved

    def starts(self, day: TradeDay) -> int:
        """When a settlement day begins: at its night cycle, else at the open."""
        if self.netting is None:
            return day.opens
        return min(day.opens, self.netting.house.cycles_of(day)[0])

    def begin(self, day: TradeDay) -> None:
        """Open the day; what was traded n days before stands ready to enter at its own time of the day."""
        super().begin(day)
        self.day_index, self._balances, self._gridlocked = day.index, None, 0
        self.paid_in[:] = 0
        if self.netting is not None:
            self._cycles = self.netting.house.cycles_of(day)
            self._totals = self.netting.house.begin(day, self._cycles)
        self.today = self._coming.pop(day.index - self.terms.settles, [])
        if self.token_orders is not None:
            self.token_orders.open_day()
        self.ends, self.pays = (
            -1 if time is None or day.midnight + time >= day.closes else day.midnight + time
            for time in (self.terms.ends, self.terms.cut_off)
        )
        if self.terms.settles > 0:
            shift = day.midnight - self.flow_of(day).day.midnight
            for chunk in self.today:
                super().offer(_plain(chunk, shift), day.opens)

    def turns(self, day: TradeDay) -> Sequence[tuple[int, int]]:
        """The cut-off, at which look-ahead has a turn, cycles, and money settlement."""
        looks = LOOK_AHEAD if self.savings else -1
        turns = [(self.ends, looks), (self.pays, -1), *((time, -1) for time in self._cycles)]
        return sorted((time, at) for time, at in turns if 0 <= time <= day.closes)

    # -- what comes and what happens -------------------------------------------------------------------

    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured; what is delivered is kept until its settlement date."""
        if self.netting is not None:
            chunk, netted = self.netting.split(chunk)
            if len(netted):
                self.netting.house.offer(netted, now)
        if not len(chunk):
            self.ledger.fit_slots()
            return
        if self.token_orders is not None:
            self.token_orders.flag(chunk)
        if self.terms.settles > 0:
            self.ledger.fit_slots()
            self._coming.setdefault(chunk.day, []).append(chunk)
            return
        self.today.append(chunk)
        super().offer(_plain(chunk, 0), now)

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Settle or queue; where some want tokens, they get them before the next comes."""
        if self.token_orders is None:
            super().take(chunk, start, stop, now)
            return
        for first, last in self.token_orders.steps(chunk.positions(start, stop)):
            super().take(chunk, start + first, start + last, now)

    def _enter(self, entering: Entering, order: Int64, at: int, untested: bool) -> None:
        if self.token_orders is None:
            super()._enter(entering, order, at, untested)
            return
        for first, last in self.token_orders.steps(entering.incoming.place[order]):
            self.ledger.take_batch(entering.batch, order, 0, first, last, at, untested)
            self.token_orders.deliver()

    def _write_journal(self, at_least: int) -> None:
        """What settled under the flag is tokenized, before it is handed over."""
        if self.token_orders is not None:
            self.token_orders.deliver()
        super()._write_journal(at_least)
        if self.token_orders is not None:
            self.token_orders.forget_handed_over(self.journal is None)

    def settle(self, now: int, due: frozenset[int]) -> None:
        """One event, with a cycle where one is due; at the cut-off what still waits for money is dropped, at
        the end money settles."""
        super().settle(now, due)
        if now in self._cycles and self.netting is not None and self._totals is not None:
            traded, pilot = self.day_index - self.terms.settles, self.pilot
            held = None if pilot is None else pilot.held()
            self.netting.house.settle(traded, now, self._totals)
            if pilot is not None and held is not None:
                pilot.deliver_orders(traded, held, self.netting.house.still_open(), now)
            self.ledger.settle_received(now)
            self._write_journal(JOURNAL_ROWS)
        if now == self.ends:
            self._gridlocked = super().gridlocked()
            self.ledger.drop_valued(now)
        if now == self.pays:
            self._balances = self.ledger.settle_money(now)
            self.ledger.settle_received(now)  # free deliveries that a member's monitor now lets go
            self._write_journal(JOURNAL_ROWS)

    def settled_value(self) -> int:
        """Σ cash settled so far today, cycles included."""
        netted = 0 if self.netting is None else self.netting.house.settled_value()
        return super().settled_value() + netted

    def gridlocked(self) -> int:
        """Σ cash of what could have settled together as it was dropped, or at the close."""
        return self._gridlocked + super().gridlocked()

    def pay_in(self, amounts: Int64, now: int) -> None:
        """Members pay in before money settles; what that frees settles."""
        if amounts.any():
            self.act(partial(self.ledger.fund, amounts, now), now)
            self.paid_in += amounts

    # -- what the day came to --------------------------------------------------------------------------

    def close_day(self, record: SettlementDay) -> None:
        """Settle money if it has not been, keep the day's record, square the ledger."""
        if self._balances is None:
            self._balances = self.ledger.state.members[:, st.CASH].copy()
        flow, told = record.flow, self.told_as()
        shift = record.day.midnight - flow.day.midnight
        unsettled = record.unsettled
        settled = flow.gross_value - unsettled.value
        record = replace(
            record,
            layer=self.layer,
            unsettled=replace(
                unsettled,
                values=_renamed(unsettled.values, told),
                counts=tuple(_renamed(np.array(unsettled.counts), told).tolist()),
            ),
            queued_by_reason=tuple(_renamed(np.array(record.queued_by_reason), told).tolist()),
            # Waits until inclusion, and until settlement, began with the trade.
            value_inclusion=record.value_inclusion + shift * flow.gross_value,
            value_lag=record.value_lag + shift * settled,
            lag_value=settled,
            credit_not_repaid=np.zeros_like(record.opening),
            late_count=None,
            late_value=None,
            money_settlement=np.maximum(0, -self._balances),
            progress=self.paid_in.copy(),
            clearing=ClearingDay.nothing(len(self.flow.members), len(self.flow.securities)),
        )
        if self.netting is not None and self._totals is not None:
            house, traded = self.netting.house, self.day_index - self.terms.settles
            netted = house.end(record.day, traded, record.closes, self._totals)
            record = both(record, netted, self.capture.days[traded])
        assert record.clearing is not None
        debit = self.banks(-self._balances)
        record = replace(record, clearing=replace(record.clearing, settling_bank_debit=debit))
        super().close_day(record)
        self.today = []

    def told_as(self) -> Int64:
        """What each of the kernels' reasons means here: what lacks for a buyer is its monitor, or its cap."""
        told = np.arange(len(REASONS) + 1)
        told[st.WAITS_FOR_CASH] = st.WAITS_FOR_CREDIT if self.terms.monitored else st.WAITS_FOR_LIMIT
        return told


class ToldJournal:
    """Hands on what a depository settled in its words: days, times as traded, reasons."""

    def __init__(self, journal: Journal, depository: Depository) -> None:
        self.journal, self.depository = journal, depository

    def write(self, arrangement: str, day: int, rows: Int64) -> None:  # noqa: ARG002
        """Append rows of the settlement day."""
        depository = self.depository
        rows[:, st.JOURNAL_WAITED] = depository.told_as()[rows[:, st.JOURNAL_WAITED]]
        first = np.array([chunk.positions(0, 1)[0] for chunk in depository.today], dtype=np.int64)
        where = np.searchsorted(first, rows[:, st.JOURNAL_ID], side="right") - 1
        for at in np.unique(where):
            chunk, here = depository.today[at], where == at
            places = np.searchsorted(chunk.positions(0, len(chunk)), rows[here, st.JOURNAL_ID])
            rows[here, st.JOURNAL_TIME] = chunk.time[places]
        self.journal.write(arrangement, depository.day_index, rows)


class ProgressPayments:
    """The process in which members pay in on the way: from ``when`` of its cap on, down to ``to``.

    Both are by member, minor units, rounded down, so that what is paid is rounded up. It acts at
    open + j · every (j = 1, 2, …), before money settles.
    """

    def __init__(self, depository: Depository, every: int, when: Int64, to: Int64) -> None:
        self.depository, self.every, self.when, self.to = depository, every, when, to

    def run(self, clock: Clock) -> Generator[Event]:
        """Each time they look."""
        cut_off = self.depository.terms.cut_off
        for day in self.depository.settlement_days():
            ends = day.closes if cut_off is None else min(day.closes, day.midnight + cut_off)
            for now in range(day.opens + self.every, ends, self.every):
                yield clock.at(now, "treasury")
                self.depository.catch_up(now, before=True)
                debit = -self.depository.ledger.state.members[:, st.CASH]
                self.depository.pay_in(np.where(debit > self.when, debit - self.to, 0), now)


def _plain(chunk: Captured, shift: int) -> Captured:
    """A chunk on its settlement date; what instructions say of priority and the like is of layer 3."""
    time = chunk.time + shift if shift else chunk.time
    return replace(chunk, time=time, priority=None, deadline=None, hold_until=None, partial=None)


def _renamed(by_reason: Int64, told: Int64) -> Int64:
    """Figures by reason (last axis), each where it is told."""
    renamed = np.zeros_like(by_reason)
    for reason, place in enumerate((told[1:] - 1).tolist()):
        renamed[..., place] += by_reason[..., reason]
    return renamed
