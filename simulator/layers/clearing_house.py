"""The clearing house: novation, multilateral netting, settlement in cycles, pay-ins before pay-outs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from heapq import merge

import numpy as np
from simpy import Event

from simulator.config.schema import Cycles
from simulator.kernels import netting as kn
from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.calendar import BusinessDays
from simulator.market.clearing import ClearingTerms
from simulator.market.flow import Captured, Flow, Int64, TradeDay

from .arrangement import TIMELINE_INTERVAL, Journal, OneLedger
from .capture import Capture, FlowDay
from .clock import Clock
from .credit import CreditDesk
from .reading import CycleTotals, read_net
from .record import SettlementDay
from .schedule import cycle_times, grid, settlement_day, widened

CREDIT, CYCLE, OBSERVE = 0, 1, 2  # order at one instant
PHASES = {CREDIT: "credit", CYCLE: "cut-offs and cycles", OBSERVE: "timeline"}


class Obligations:
    """What is due in one cycle: a net cash amount a member, a net position a member and security."""

    def __init__(self, members: int, securities: int, slots: int, priced: bool) -> None:
        self.net_cash = np.zeros(members, dtype=np.int64)
        self.net_units = np.zeros((slots, 2), dtype=np.int64)
        self.prices = np.zeros((securities if priced else 0, 2), dtype=np.int64)
        self._netted = self.prices.copy()  # the same of the day's earlier cycles
        self.value = 0
        self._touched = np.empty(slots, dtype=np.int64)
        self._count = 0
        self._stamp = 1

    def fit(self, slots: int) -> None:
        """Make room for newly numbered slots."""
        if slots > len(self.net_units):
            grown = np.zeros((slots, 2), dtype=np.int64)
            grown[: len(self.net_units)] = self.net_units
            self.net_units = grown
            touched = np.empty(slots, dtype=np.int64)
            touched[: self._count] = self._touched[: self._count]
            self._touched = touched

    def novate(self, chunk: Captured, start: int, stop: int) -> None:
        """The clearing house becomes counterparty to instructions ``start … stop − 1``."""
        self._count = kn.novate(
            self.net_cash,
            self.net_units,
            self._touched,
            self._count,
            self._stamp,
            self.prices,
            chunk.buyer,
            chunk.seller,
            chunk.security,
            chunk.units,
            chunk.cash,
            chunk.buyer_slot,
            chunk.seller_slot,
            start,
            stop,
        )
        self.value += int(chunk.cash[start:stop].sum())

    @property
    def touched(self) -> Int64:
        """The slots that have an obligation."""
        return self._touched[: self._count]

    def settlement_price(self) -> Int64:
        """Σ cash / Σ units of due instructions with both legs, rounded half to even, by security."""
        return _rounded_prices(self.prices)

    def day_prices(self) -> tuple[np.ndarray, Int64]:
        """Which securities were traded with both legs so far on the trade day, in whatever cycle, and at what
        price, by security."""
        so_far = self._netted + self.prices
        return so_far[:, 1] > 0, _rounded_prices(so_far)

    def clear(self, prices: bool = True) -> None:
        """Nothing is due any more; net positions were taken off as they were delivered.

        Without ``prices`` the day's cash and units go on adding up to its settlement price.
        """
        self.net_cash[:] = 0
        if prices:
            self._netted += self.prices
            self.prices[:] = 0
        self.value = 0
        self._count = 0
        self._stamp += 1

    def retire(self) -> None:
        """The trade day has settled; another may take its place."""
        self.clear()
        self._netted[:] = 0


def _rounded_prices(sums: Int64) -> Int64:
    """Σ cash / Σ units, rounded half to even, of rows of the two."""
    cash, units = sums[:, 0], np.maximum(1, sums[:, 1])
    price, rest = np.divmod(cash, units)
    return price + ((rest > units - rest) | ((rest == units - rest) & (price % 2 == 1)))


class ClearingHouse(OneLedger):
    """Nets everything due, per member and per member and security, and settles it as one group.

    ``layer`` is 2, or 1 where tokens stand for securities that settle just so; ``settles`` is the n of T+n;
    ``cycles`` are those of a T+0 day, ``cut_off`` (µs of the day, None for the close) the one cycle of a
    later day. Beside book-entry deliveries its cycles stand in their day.
    """

    def __init__(
        self,
        name: str,
        flow: Flow,
        capture: Capture,
        ledger: Ledger,
        *,
        layer: int = 2,
        settles: int,
        terms: ClearingTerms,
        cycles: Cycles | None = None,
        cut_off: int | None = None,
        calendar: BusinessDays | None = None,
        desk: CreditDesk | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(name, flow, capture, ledger, journal)
        self.layer = layer
        self.settles = settles
        self.terms = terms
        self.calendar = calendar
        self.cycles = cycles
        self.cut_off = cut_off
        self.desk = desk
        self.beside_deliveries = False
        self.priced = not ledger.ample  # whether settlement prices are wanted
        self.paid_beside: Callable[[Int64, int], None] | None = (
            None  # where cash of elsewhere pays its cycles
        )
        self._due: dict[int, Obligations] = {}
        self._spare: list[Obligations] = []
        self._settled = 0

    def run(self, clock: Clock) -> Generator[Event]:
        """Each settlement day: open, cycles and the timeline between, close."""
        for trade_day in self.trade_days():
            day = self._settlement_day(trade_day.index)
            times = self.cycles_of(day)
            closes = max(day.closes, times[-1])
            yield clock.at(min(day.opens, times[0]), "day opens")
            self.open_day(min(day.opens, times[0]))
            totals = self.begin(day, times)
            cycles = ((time, CYCLE) for time in times)
            observations = ((time, OBSERVE) for time in grid(day.opens, closes, TIMELINE_INTERVAL, first=1))
            credit = ((time, CREDIT) for time in (self.desk.times(day) if self.desk else ()))
            for time, kind in merge(credit, cycles, observations):
                yield clock.at(time, PHASES[kind])
                if kind == CYCLE:
                    self.cycle(trade_day.index, time, totals)
                elif kind == OBSERVE:
                    self.observe(day.index, time)
                elif self.desk is not None:
                    self.desk.act(day, time)
            yield clock.at(closes, "close")
            self.close_day(self.end(day, trade_day.index, closes, totals))

    def trade_days(self) -> Sequence[TradeDay]:
        """The trade days each of which has a settlement day of its own."""
        return self.flow.days

    def flow_of(self, trade_day: int) -> FlowDay:
        """All that settles on the settlement day of a trade day."""
        return self.capture.days[trade_day]

    def cycles_of(self, day: TradeDay) -> tuple[int, ...]:
        """When the cycles of a settlement day stand, the night's first."""
        night = self.night_of(day)
        return self._times(day) if night is None else (night, *self._times(day))

    def begin(self, day: TradeDay, times: tuple[int, ...]) -> CycleTotals:
        """A settlement day begins, with cycles at ``times``; what they will add up to, nothing so far."""
        self._settled = 0
        self.carry_in(day, times)
        return CycleTotals.nothing(
            len(self.flow.members), len(self.flow.securities), self.capture.slots.count
        )

    def end(self, day: TradeDay, trade_day: int, closes: int, totals: CycleTotals) -> SettlementDay:
        """What the cycles of a day came to, before the ledger closes it."""
        self._retire(trade_day)
        flow = self.flow_of(trade_day)
        record = read_net(self.name, self.ledger, day, closes, flow, totals, self.desk)
        return replace(record, layer=self.layer)

    def night_of(self, day: TradeDay) -> int | None:  # noqa: ARG002
        """When the night cycle of a settlement day stands, None without one."""
        return None

    def carry_in(self, day: TradeDay, times: tuple[int, ...]) -> None:
        """What was not delivered comes into a settlement day with cycles at ``times``: nothing."""

    def _settlement_day(self, trade_day: int) -> TradeDay:
        day = settlement_day(self.flow.days, trade_day + self.settles, self.calendar)
        return widened(day, self.flow.days[trade_day]) if self.beside_deliveries else day

    def _times(self, day: TradeDay) -> tuple[int, ...]:
        """The cycles of a settlement day that pay."""
        if self.settles == 0:
            return cycle_times(self.cycles, day)
        return (day.closes if self.cut_off is None else day.midnight + self.cut_off,)

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:  # noqa: ARG002
        """Novate instructions; they fall due in the next cycle, or n trade days later."""
        self._obligations(chunk.day).novate(chunk, start, stop)
        if self.pilot is not None:
            self.pilot.flag(chunk, start, stop)
        if self.journal is not None:
            self._write_journal(chunk, start, stop)

    def _obligations(self, trade_day: int) -> Obligations:
        due = self._due.get(trade_day)
        if due is None:
            slots = self.capture.slots.count
            if self._spare:
                due = self._spare.pop()
            else:
                members, securities = len(self.flow.members), len(self.flow.securities)
                due = Obligations(members, securities, slots, priced=self.priced)
            self._due[trade_day] = due
        due.fit(self.capture.slots.count)
        return due

    def _retire(self, trade_day: int) -> None:
        due = self._due.pop(trade_day, None)
        if due is not None:
            due.retire()
            self._spare.append(due)

    def cycle(self, trade_day: int, now: int, totals: CycleTotals) -> None:
        """One cycle; orders that want tokens have what they received tokenized."""
        held = None if self.pilot is None else self.pilot.held()
        self.settle(trade_day, now, totals)
        if self.pilot is not None and held is not None:
            self.pilot.deliver_orders(trade_day, held, self.still_open(), now)

    def still_open(self) -> Int64 | None:
        """What positions have still to receive (below 0: deliver), by slot; None where nothing is carried."""
        return None

    def settle(self, trade_day: int, now: int, totals: CycleTotals) -> None:
        """One cycle: cut to what can be delivered, then pay-ins, pay-outs and deliveries together."""
        self.take_until(now)
        due = self._obligations(trade_day)
        totals.fit(self.capture.slots.count)
        self.ledger.follow_delivery(due.net_units, due.touched)
        self._follow_payment(due.net_cash, now)
        withheld = self.ledger.deliver(due.net_units, due.touched, due.settlement_price(), totals.units_moved)
        self._pay_in_and_out(due.net_cash - withheld.cash, now, totals)
        totals.cycle_time += now * due.value
        failed = int(withheld.value.sum())
        if failed:
            totals.failed.append((now, None, failed))
        totals.withheld.add(withheld)
        self._settled += due.value - failed
        due.clear()

    def _follow_payment(self, net_cash: Int64, now: int) -> None:
        """The unconstrained path of a cycle's cash, and of whoever pays it from elsewhere."""
        self.ledger.follow_payment(net_cash)
        if self.paid_beside is not None:
            self.paid_beside(net_cash, now)

    def _pay_in_and_out(self, payable: Int64, now: int, totals: CycleTotals) -> None:
        """A cycle's net cash by member, each figure paid by its settling bank."""
        totals.funding_shortfall += self.ledger.pay_cycle(payable, now)
        totals.value_moved += np.maximum(0, payable)
        totals.bank_debit += self.terms.bank_debit(payable)

    def settled_value(self) -> int:
        """Σ cash settled so far today."""
        return self._settled

    def units_to_receive(self) -> Int64:
        """What is novated and not delivered, by slot; below 0 to be delivered."""
        units = np.zeros(self.capture.slots.count, dtype=np.int64)
        for due in self._due.values():
            due.fit(len(units))
            units += due.net_units[: len(units), kn.NET_UNITS]
        return units

    def open_obligations(self, prices: Int64) -> tuple[Int64, Int64, Int64]:
        """What is novated and not settled: units by slot, cash to pay by member, and by settlement date.

        ``prices``, by security, are brought up to date: each trade day's so far, the last that has any.
        """
        dates = sorted(self._due)
        obligations = np.zeros((len(dates), len(self.flow.members)), dtype=np.int64)
        for at, day in enumerate(dates):
            obligations[at] = self._due[day].net_cash
        for day in dates:
            due = self._due[day]
            priced, price = due.day_prices()
            prices[priced] = price[priced]
        return self.units_to_receive(), obligations.sum(axis=0), obligations

    def _write_journal(self, chunk: Captured, start: int, stop: int) -> None:
        assert self.journal is not None
        day = self._settlement_day(chunk.day)
        times = np.array(self._times(day), dtype=np.int64)
        rows = np.zeros((stop - start, st.JOURNAL_COLUMNS), dtype=np.int64)
        rows[:, st.JOURNAL_ID] = chunk.positions(start, stop)
        rows[:, st.JOURNAL_TIME] = chunk.time[start:stop]
        rows[:, st.JOURNAL_BUYER] = chunk.buyer[start:stop]
        rows[:, st.JOURNAL_SELLER] = chunk.seller[start:stop]
        rows[:, st.JOURNAL_SECURITY] = chunk.security[start:stop]
        rows[:, st.JOURNAL_UNITS] = chunk.units[start:stop]
        rows[:, st.JOURNAL_CASH] = chunk.cash[start:stop]
        if self.settles == 0:
            rows[:, st.JOURNAL_SETTLED] = times[np.searchsorted(times, chunk.time[start:stop], side="left")]
        else:
            rows[:, st.JOURNAL_SETTLED] = times[0]
        rows[:, st.JOURNAL_WAITED] = 0
        self.journal.write(self.name, day.index, rows)
