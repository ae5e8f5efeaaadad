"""Continuous net settlement: what a day could not deliver stays open, is marked to market and tried again.

Source: NSCC, Rules and Procedures, Procedure VII (CNS accounting operation).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.market.flow import Int64, TradeDay

from .clearing_house import ClearingHouse
from .positions import BoughtIn, OpenPositions
from .reading import CycleTotals
from .record import ClearingDay

Random = Callable[[int], np.random.Generator]


class ContinuousNet(ClearingHouse):
    """A clearing house that carries fails: each cycle nets what is due with what is open.

    On a settlement day, in order: what is carried grows a day older and is marked to the day's price; what is
    due is netted with it; shorts deliver, at night what is not exempt, then in the day's cycles; longs are
    filled by group, age and lot; what longs have waited for too long is bought in; cash is paid in the
    day's cycles. ``random`` gives the generator of a settlement day's lots.
    """

    def __init__(self, *of_all: Any, random: Random, **more: Any) -> None:
        super().__init__(*of_all, **more)
        self.random = random
        members, securities = len(self.flow.members), len(self.flow.securities)
        self.positions = OpenPositions(self.ledger, members, securities)
        self._valued = np.zeros(members, dtype=np.int64)  # open positions as cash last left them
        self._unpaid = np.zeros(members, dtype=np.int64)  # netted at night and not yet paid
        self._paid = -1  # the trade day whose last cycle was the latest

    def night_of(self, day: TradeDay) -> int | None:
        """When the night cycle of a settlement day stands, None without one."""
        return None if self.terms.night is None else day.midnight + self.terms.night

    def still_open(self) -> Int64:
        """What positions have still to receive, by slot, below 0 to deliver."""
        return self.positions.units

    def units_to_receive(self) -> Int64:
        """The same, fails included."""
        units, active = super().units_to_receive(), self.positions.active
        units[active] += self.positions.units[active]
        return units

    def open_obligations(self, prices: Int64) -> tuple[Int64, Int64, Int64]:
        """The same, fails and what a night cycle has netted and not yet paid included."""
        units, payable, obligations = super().open_obligations(prices)
        more = self._unpaid + self._valued
        if self._paid in self._due:  # its last cycle has been: nothing falls due with it any more
            obligations = obligations[1:]
        if len(obligations):  # it falls due with the earliest of what is novated
            obligations[0] += more
        else:
            obligations = more[None]
        return units, payable + more, obligations

    def carry_in(self, day: TradeDay, times: tuple[int, ...]) -> None:
        """A settlement day begins: positions carried into it grow older, lots are drawn."""
        members = len(self.flow.members)
        self._night, self._last = self.night_of(day), times[-1]
        self._turn = np.empty(members, dtype=np.int64)
        self._turn[self.random(day.index).permutation(members)] = np.arange(members)
        shorts = self.positions.active[self.positions.units[self.positions.active] < 0]
        self._carried = shorts, -self.positions.units[shorts]
        self.positions.grow_older()
        self._unpaid = np.zeros(members, dtype=np.int64)
        self._marks = np.zeros(members, dtype=np.int64)
        self._due_value = self._cycle_value = self._waiting_value = 0
        self._waiting: deque[tuple[int, int]] = deque()

    def settle(self, trade_day: int, now: int, totals: CycleTotals) -> None:
        """One cycle: mark, net, deliver; in the day also buy in and pay."""
        self.take_until(now)
        due, positions = self._obligations(trade_day), self.positions
        totals.fit(self.capture.slots.count)
        positions.fit()
        self.ledger.follow_delivery(due.net_units, due.touched)
        self._unpaid += due.net_cash
        self._due_value += due.value
        self._cycle_value += due.value
        if self.ledger.ample:
            self.ledger.deliver(due.net_units, due.touched, due.settlement_price(), totals.units_moved)
        else:
            self._marks += positions.mark(due.prices[:, 1] > 0, due.settlement_price())
            positions.net(due.net_units, due.touched)
            night = now == self._night
            kept_back = positions.exempt(self.terms) if night else positions.nobody_kept_back()
            positions.deliver(kept_back, self.terms, self._turn, totals.units_moved)
        due.clear(prices=False)
        if now != self._night:
            self._pay(now, totals)
        if now == self._last:
            self._paid = trade_day

    def _pay(self, now: int, totals: CycleTotals) -> None:
        """The cash of what was settled since the last cycle that paid, and the marks; what stays open is not
        paid for."""
        self._follow_payment(self._unpaid, now)
        last, bought = now == self._last, None
        payable = self._unpaid + self._valued
        if last and self.terms.buy_in is not None:
            bought = self.positions.buy_in(self.terms.buy_in.after, self.terms.buy_in.premium)
            payable += bought.value + bought.cost
        self._valued = self.positions.value()
        self._pay_in_and_out(payable - self._valued, now, totals)
        totals.cycle_time += now * self._cycle_value
        self._cycle_value = 0
        self._unpaid[:] = 0
        open_value = self.positions.short_value()
        self._wait(open_value, now, totals)
        carried = self._carried_value()
        self._settled = self._due_value + int(carried.sum()) - open_value
        if last:
            totals.failed += [(since, None, value) for since, value in self._waiting]
            totals.withheld = self.positions.withheld()
            totals.clearing = self._clearing(totals.clearing, carried, bought)

    def _wait(self, open_value: int, now: int, totals: CycleTotals) -> None:
        """What is open begins to wait; what is not any more has waited, the oldest first."""
        more = open_value - self._waiting_value
        self._waiting_value = open_value
        if more > 0:
            self._waiting.append((now, more))
        while more < 0:
            since, value = self._waiting.popleft()
            ended = min(value, -more)
            totals.failed.append((since, now, ended))
            if value > ended:
                self._waiting.appendleft((since, value - ended))
            more += ended

    def _carried_value(self) -> Int64:
        """What members were short of as the day began, at the price as it stands."""
        slots, units = self._carried
        security, member = self.ledger.slot_owners()
        value = np.zeros(len(self.flow.members), dtype=np.int64)
        np.add.at(value, member[slots], units * self.positions.prices[security[slots]])
        return value

    def _clearing(self, nothing: ClearingDay, carried: Int64, bought: BoughtIn | None) -> ClearingDay:
        """What the day adds up to."""
        slots, units = self._carried
        security, _ = self.ledger.slot_owners()
        carried_units = nothing.carried_units.copy()
        np.add.at(carried_units, security[slots], units)
        return replace(
            nothing,
            marks=self._marks.copy(),
            carried_value=carried,
            carried_units=carried_units,
            bought_in_value=nothing.bought_in_value if bought is None else bought.value,
            buy_in_cost=nothing.buy_in_cost if bought is None else bought.cost,
            fails=self.positions.fails(),
        )
