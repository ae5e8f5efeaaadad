"""Hybrid settlement: some instructions settle gross on chain, the rest is netted; two ledgers, two pools.

What leaves the netted pool no longer nets in it: what that costs the rest, and what the slice needs by
itself, are told apart (``measures.routing``).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
from simpy import Event

from simulator.kernels import state as st
from simulator.market.flow import Captured, Flow, Int64

from .arrangement import Arrangement, Journal
from .border import Border
from .capture import Capture, FlowDay
from .chain import Chain
from .clearing_house import ClearingHouse
from .clock import Clock
from .default import Default
from .margin_day import ExposureDay
from .record import PositionUnits, RoutedDay, SettlementDay, Unsettled
from .routing import InstructionRouter, Portion

TIMELINE_AMOUNTS = slice(3, None)  # of a row of the timeline: after arrangement, day and time


class Hybrid(Arrangement):
    """A clearing house and a chain that settle one flow between them.

    Parameters
    ----------
    house, chain : each with a ledger of its own; both are told under this arrangement's name
    router : says which instruction goes to the chain
    netted, routed : what has been captured of either part
    purse : what pays for both where cash is shared; None for pools of their own
    placed : the journal of a chain that does not keep places itself
    border : where entitlements cross; None where they do not
    """

    def __init__(
        self,
        name: str,
        flow: Flow,
        capture: Capture,
        house: ClearingHouse,
        chain: Chain,
        router: InstructionRouter,
        netted: Portion,
        routed: Portion,
        purse: SharedPurse | None,
        placed: PlacedJournal | None,
        border: Border | None,
    ) -> None:
        super().__init__(name, flow, capture)
        self.house, self.chain, self.router = house, chain, router
        self.netted, self.routed, self.purse = netted, routed, purse
        self.placed, self.border = placed, border
        house.name = chain.name = name

    def processes(self, clock: Clock) -> list[Generator[Event]]:
        """Those of the clearing house and of the chain, and what moves cash and units between them."""
        between = [each.run(clock) for each in (self.purse, self.border) if each is not None]
        return [*self.house.processes(clock), *self.chain.processes(clock), *between]

    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured: each instruction goes its way."""
        routed, netted = self.router.split(chunk)
        if self.placed is not None and len(routed):
            self.placed.expect(routed)
        sides = ((self.chain, self.routed, routed), (self.house, self.netted, netted))
        for arrangement, portion, part in sides:
            if len(part):
                portion.add(part)
                arrangement.offer(part, now)
            else:
                arrangement.ledger.fit_slots()

    def finish(self) -> None:
        """The run is over: what both sides came to, trade day by trade day; of one alone that side's."""
        days = zip(self.house.records, self.chain.records, self.capture.days, strict=True)
        if not any(day.trades for day in self.routed.days):
            nothing = np.zeros(len(self.flow.members), dtype=np.int64)
            self.records = [replace(netted, routed=RoutedDay(0, nothing, nothing)) for netted, _, _ in days]
        elif not any(day.trades for day in self.netted.days):
            self.records = [replace(routed, routed=routed_day(routed)) for _, routed, _ in days]
        else:
            shared = self.purse is not None
            self.records = [joined(netted, routed, flow, shared) for netted, routed, flow in days]
        self.timeline = _added_up([*self.house.timeline, *self.chain.timeline])
        self.happenings = [*self.house.happenings, *self.chain.happenings]

    @property
    def defaults(self) -> list[Default]:
        """Defaults read on either side."""
        return [*self.house.defaults, *self.chain.defaults]


class PlacedJournal:
    """Hands on what a chain settled of a part of the flow, each instruction by its place in the whole of it.

    A plain chain counts what it takes from the place of its chunk's first on, as if nothing was left out.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._first: list[int] = []
        self._places: list[Int64] = []

    def expect(self, part: Captured) -> None:
        """A part of a chunk goes to the chain."""
        self._first.append(part.first)
        self._places.append(part.positions(0, len(part)))

    def write(self, arrangement: str, day: int, rows: Int64) -> None:
        """Append rows, whose numbers are put right."""
        counted = rows[:, st.JOURNAL_ID]
        at = np.searchsorted(self._first, counted, side="right") - 1
        for chunk in np.unique(at).tolist():
            here = at == chunk
            rows[here, st.JOURNAL_ID] = self._places[chunk][counted[here] - self._first[chunk]]
        self.journal.write(arrangement, day, rows)


class SharedPurse:
    """Cash on the chain that pays the cycles of the same day too: one path of outflows for both sides.

    What a cycle asks for has left the chain ``transfer`` µs before, as if each member had known; what it
    pays comes to the chain as long after. Between cycles closer than that it leaves with the one before.
    """

    def __init__(self, house: ClearingHouse, chain: Chain, transfer: int) -> None:
        self.house, self.chain, self.transfer = house, chain, transfer
        self._peak: Int64 | None = None  # of the day until cash for the coming cycle had left
        self._coming: list[tuple[int, Int64]] = []
        house.paid_beside = self.paid

    def run(self, clock: Clock) -> Generator[Event]:
        """Each day: what a cycle paid arrives; cash for the next leaves, after a cycle of that instant."""
        for day in self.chain.flow.days:
            cycles = self.house.cycles_of(day) if self.transfer else ()
            arrives = [(time + self.transfer, "treasury") for time in cycles]
            before = (day.opens, *cycles[:-1])
            left = [max(last, time - self.transfer) for last, time in zip(before, cycles, strict=False)]
            leaves = [(time, "faults" if time in cycles else "treasury") for time in left]
            for time, phase in sorted({*leaves, *arrives}, key=lambda one: (one[0], one[1] == "faults")):
                if time >= day.closes:
                    break
                yield clock.at(time, phase)
                self._arrive(time)
                if (time, phase) in leaves:
                    self._leave(time)
            yield clock.at(day.closes, "close")
            self._coming = []

    def _leave(self, now: int) -> None:
        """Cash for the coming cycle leaves now: from here on the highest outflow is that before the cycle."""
        self.chain.catch_up(now, before=True)
        rows = self.chain.ledger.state.members
        self._peak = rows[:, st.PEAK].copy()
        rows[:, st.PEAK] = rows[:, st.OUT]

    def _arrive(self, now: int) -> None:
        while self._coming and self._coming[0][0] <= now:
            _, receipts = self._coming.pop(0)
            self.chain.ledger.follow_payment(receipts)

    def paid(self, net_cash: Int64, now: int) -> None:
        """A cycle has paid: on the path of the chain its pay-ins were gone since they left."""
        self.chain.catch_up(now, before=True)
        ledger = self.chain.ledger
        if not self.transfer:
            ledger.follow_payment(net_cash)
            return
        paid_in = np.maximum(0, net_cash)
        if self._peak is not None:
            rows = ledger.state.members
            rows[:, st.PEAK] = np.maximum(self._peak, rows[:, st.PEAK] + paid_in)
            self._peak = None
        ledger.follow_payment(paid_in)
        self._coming.append((now + self.transfer, np.minimum(0, net_cash)))


def joined(netted: SettlementDay, routed: SettlementDay, whole: FlowDay, shared: bool) -> SettlementDay:
    """The record of a trade day of which one part was netted and another settled gross, on two ledgers.

    It stands on the day on which the netted part settles. Needs and peaks of the two pools add up, though
    they may be of two days; where cash is ``shared`` the path of the chain is of both.
    """
    apart = np.maximum(0, netted.outflow_peak) + np.maximum(0, routed.outflow_peak)
    settled = routed.flow.gross_value - routed.unsettled.value
    due = netted.flow.gross_value if netted.lag_value is None else netted.lag_value
    return replace(
        netted,
        flow=whole,
        limited=netted.limited or routed.limited,
        opening=netted.opening + routed.opening,
        lowest=netted.lowest + routed.lowest,
        outflow_peak=routed.outflow_peak if shared else apart,
        system_peak=routed.system_peak if shared else netted.system_peak + routed.system_peak,
        units_need=_units(netted.units_need, routed.units_need),
        value_moved=netted.value_moved + routed.value_moved,
        units_moved=_units(netted.units_moved, routed.units_moved),
        drawn_peak=netted.drawn_peak + routed.drawn_peak,
        drawn_time=netted.drawn_time + routed.drawn_time,
        waits=netted.waits + routed.waits,
        value_wait=netted.value_wait + routed.value_wait,
        value_inclusion=netted.value_inclusion + routed.value_inclusion,
        value_to_close=netted.value_to_close + routed.value_to_close,
        value_lag=netted.value_lag + routed.value_lag,
        lag_value=due + settled,
        queued_value=netted.queued_value + routed.queued_value,
        queued_count=netted.queued_count + routed.queued_count,
        queued_by_reason=_pairwise(netted.queued_by_reason, routed.queued_by_reason),
        unsettled=_unsettled(netted.unsettled, routed.unsettled),
        funding_shortfall=netted.funding_shortfall + routed.funding_shortfall,
        credit_not_repaid=netted.credit_not_repaid + routed.credit_not_repaid,
        late_count=routed.late_count,
        late_value=routed.late_value,
        part_count=routed.part_count,
        part_value=routed.part_value,
        settlements=routed.settlements,
        fees=routed.fees,
        finality=routed.finality,
        legs=routed.legs,
        funded_time=netted.funded_time + routed.funded_time,
        credit=(*netted.credit, *routed.credit),
        borrowed=routed.borrowed,
        money_settlement=netted.value_moved,
        clearing=netted.clearing,
        margin=netted.margin,
        exposure=_exposure(netted.exposure, routed.exposure),
        routed=routed_day(routed, shared),
        sides=(netted, routed),
    )


def routed_day(routed: SettlementDay, shared: bool = False) -> RoutedDay:
    """What was sent to the chain; where cash is ``shared`` nobody brings any for it alone."""
    need = np.zeros_like(routed.opening) if shared else np.maximum(0, routed.outflow_peak)
    return RoutedDay(routed.flow.gross_value, need, routed.flow.net_cash, shared)


def _units(one: PositionUnits, other: PositionUnits) -> PositionUnits:
    """Both sides', each valued at the prices of what it settles."""
    return PositionUnits(
        one.by_security + other.by_security,
        one.by_member + other.by_member,
        one.value_by_member + other.value_by_member,
    )


def _pairwise(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _unsettled(netted: Unsettled, routed: Unsettled) -> Unsettled:
    return replace(
        routed,
        values=netted.values + routed.values,
        counts=_pairwise(netted.counts, routed.counts),
        instructions=netted.instructions + routed.instructions,
        units=netted.units + routed.units,
        internalised_units=netted.internalised_units + routed.internalised_units,
        internalised_value=netted.internalised_value + routed.internalised_value,
    )


def _exposure(netted: ExposureDay | None, routed: ExposureDay | None) -> ExposureDay | None:
    """Both sides'; peaks add up, though they may be of two moments."""
    if netted is None or routed is None:
        return netted or routed
    return ExposureDay(
        time=_pairwise(netted.time, routed.time),
        peak=netted.peak + routed.peak,
        value_time=netted.value_time + routed.value_time,
    )


def _added_up(rows: list[tuple]) -> list[tuple]:
    """Rows of the timeline in the order of days and times, those of one instant added up."""
    by_instant: dict[tuple, tuple[int, ...]] = {}
    for row in rows:
        amounts = row[TIMELINE_AMOUNTS]
        before = by_instant.get(row[:3])
        by_instant[row[:3]] = amounts if before is None else _pairwise(before, amounts)
    return [(*instant, *by_instant[instant]) for instant in sorted(by_instant, key=lambda one: one[1:])]
