"""What a settlement day leaves behind. Measures read this and nothing else of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.close import add_up, read_unsettled, value_by_member
from simulator.kernels.histogram import BINS, wait_bin
from simulator.kernels.wide import wide_value
from simulator.ledger import Ledger, Withheld
from simulator.market.flow import Int64, TradeDay

from .capture import FlowDay


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What did not settle, by the first block it met: value by member, units by security.

    The member is the buyer in layer 3, the failing short in layer 2, where ``fails`` counts its short
    positions not delivered in full; ``count_cash`` and ``count_securities`` count instructions, in
    layer 2 those positions.
    """

    waited_for_cash: Int64
    waited_for_securities: Int64
    units: Int64
    count_cash: int
    count_securities: int

    @property
    def by_member(self) -> Int64:
        return self.waited_for_cash + self.waited_for_securities

    @property
    def value(self) -> int:
        return int(self.by_member.sum())


@dataclass(frozen=True, slots=True)
class PositionUnits:
    """Units that each position moved or needed, added up; int64.

    ``value_by_member`` is at the day's reference prices, Σ cash / Σ units of each security, each
    position rounded half to even.
    """

    by_security: Int64
    by_member: Int64
    value_by_member: Int64

    @classmethod
    def of(cls, units: Int64, ledger: Ledger, flow: FlowDay) -> PositionUnits:
        """Add up ``units`` (one entry a slot, counted where above 0).

        Positions numbered since they were read have none.
        """
        security, member = (owners[: len(units)] for owners in ledger.slot_owners())
        by_security = np.zeros(len(flow.units), dtype=np.int64)
        by_member, value = (np.zeros(len(flow.net_cash), dtype=np.int64) for _ in range(2))
        add_up(units, security, by_security)
        add_up(units, member, by_member)
        traded = np.maximum(flow.units, 1)
        whole, rest = np.divmod(flow.value, traded)
        if int(units.max(initial=0)) * int(rest.max(initial=0)) < 1 << 62:
            value_by_member(units, security, member, whole, rest, traded, value)
        else:  # too wide for int64: in Python integers
            for p in np.flatnonzero(units[: len(security)] > 0):
                s = security[p]
                value[member[p]] += rounded(int(units[p]) * int(flow.value[s]), int(flow.units[s]))
        return cls(by_security, by_member, value)


@dataclass(frozen=True, slots=True)
class SettlementDay:
    """One arrangement's settlement day, read-only. Money in minor units, time in µs, sums exact.

    Attributes
    ----------
    flow : the trade day that settles
    closes : the last event of the day, at or after the day's close
    opening, lowest : cash by member; ``limited`` says whether limits are in force
    outflow_peak : largest unconstrained outflow by member; ``system_peak`` of their simultaneous total
    units_need : peak net units out by position
    value_moved : by member, Σ over groups of max(0, net cash paid)
    units_moved : Σ over groups of net units delivered, by position
    drawn_peak, drawn_time : credit drawn, its peak and its integral over time
    waits : histogram of waits after the first eligible event, value-weighted, the unsettled included
    value_wait : Σ value × that wait; ``value_inclusion`` Σ value × (first eligible event − entry)
    value_to_close : Σ value × (close − entry); ``value_lag`` Σ settled value × (settled − entry)
    queued_value, queued_count : what did not settle at its first eligible event
    funding_shortfall : by member, what the outside account put in for pay-ins
    """

    arrangement: str
    layer: int
    day: TradeDay
    closes: int
    flow: FlowDay
    limited: bool
    opening: Int64
    lowest: Int64
    outflow_peak: Int64
    system_peak: int
    units_need: PositionUnits
    value_moved: Int64
    units_moved: PositionUnits
    drawn_peak: int
    drawn_time: int
    waits: Int64
    value_wait: int
    value_inclusion: int
    value_to_close: int
    value_lag: int
    queued_value: int
    queued_count: int
    unsettled: Unsettled
    funding_shortfall: Int64


def read_gross(
    arrangement: str, ledger: Ledger, day: TradeDay, flow: FlowDay, first_event_time: int
) -> SettlementDay:
    """The record of a gross day, before the ledger closes it.

    ``first_event_time`` is Σ value × first eligible event. What was moved follows from the flow: all of
    it, less what is unsettled, less what groups offset inside.
    """
    ledger.advance(day.closes)
    state, totals = ledger.state, ledger.state.totals
    members = len(state.members)
    waiting = np.zeros((members, 2), dtype=np.int64)
    slots = ledger.slots.count
    unsettled_units = np.zeros(slots, dtype=np.int64)
    counts = np.zeros(2, dtype=np.int64)
    unsettled_waits = np.zeros(BINS, dtype=np.int64)
    sums = np.zeros(4, dtype=np.int64)
    read_unsettled(state.pool, totals, day.closes, waiting, unsettled_units, counts, unsettled_waits, sums)
    moved = flow.delivered_by_slot(slots) - unsettled_units
    moved[: len(ledger.units_saved)] -= ledger.units_saved[:slots]
    unsettled = Unsettled(
        waited_for_cash=waiting[:, 0].copy(),
        waited_for_securities=waiting[:, 1].copy(),
        units=PositionUnits.of(unsettled_units, ledger, flow).by_security,
        count_cash=int(counts[0]),
        count_securities=int(counts[1]),
    )
    waits = totals[st.WAITS : st.WAITS + BINS] + unsettled_waits
    waits[0] += flow.gross_value - int(waits.sum())
    entered_time = _entered_time(flow)
    inclusion = first_event_time - entered_time
    rows = state.members
    peak = rows[:, st.PEAK].copy()
    return SettlementDay(
        arrangement=arrangement,
        layer=3,
        day=day,
        closes=day.closes,
        flow=flow,
        limited=ledger.limited,
        opening=rows[:, st.OPENING].copy(),
        lowest=rows[:, st.OPENING] - peak if ledger.mode.free else rows[:, st.LOW].copy(),
        outflow_peak=peak,
        system_peak=int(totals[st.SYSTEM_PEAK]),
        units_need=PositionUnits.of(state.slots[:, st.UNITS_PEAK], ledger, flow),
        value_moved=flow.paid - unsettled.by_member - ledger.cash_saved,
        units_moved=PositionUnits.of(moved, ledger, flow),
        drawn_peak=int(totals[st.SYSTEM_PEAK if ledger.mode.free else st.DRAWN_PEAK]),
        drawn_time=ledger.drawn_time,
        waits=waits,
        value_wait=ledger.value_wait + wide_value(sums, 0),
        value_inclusion=inclusion,
        value_to_close=day.closes * flow.gross_value - entered_time,
        value_lag=inclusion + ledger.value_wait - wide_value(sums, 2),
        queued_value=int(totals[st.QUEUED_VALUE]),
        queued_count=int(totals[st.QUEUED_COUNT]),
        unsettled=unsettled,
        funding_shortfall=np.zeros(members, dtype=np.int64),
    )


@dataclass(slots=True)
class CycleTotals:
    """What the cycles of one settlement day add up to."""

    withheld: Withheld
    value_moved: Int64
    units_moved: Int64
    funding_shortfall: Int64
    cycle_time: int = 0  # Σ value × cycle
    failed: tuple[tuple[int, int], ...] = ()  # (cycle, value not delivered)

    @classmethod
    def nothing(cls, members: int, securities: int, slots: int) -> CycleTotals:
        """Zeros for every member, security and position."""
        return cls(
            Withheld.nothing(members, securities),
            np.zeros(members, dtype=np.int64),
            np.zeros(slots, dtype=np.int64),
            np.zeros(members, dtype=np.int64),
        )

    def fit(self, slots: int) -> None:
        """Make room for newly numbered positions."""
        if slots > len(self.units_moved):
            self.units_moved = np.concatenate(
                [self.units_moved, np.zeros(slots - len(self.units_moved), dtype=np.int64)]
            )


def read_net(
    arrangement: str, ledger: Ledger, day: TradeDay, closes: int, flow: FlowDay, cycles: CycleTotals
) -> SettlementDay:
    """The record of a day of netting cycles, before the ledger closes it."""
    ledger.advance(closes)
    state, totals = ledger.state, ledger.state.totals
    waits = np.zeros(BINS, dtype=np.int64)
    value_wait = 0
    for cycle, value in cycles.failed:
        waits[wait_bin(closes - cycle)] += value
        value_wait += value * (closes - cycle)
    failed_value = int(cycles.withheld.value.sum())
    # Units that nobody paid for are withheld at a price too, so this can pass what was traded.
    waits[0] += max(0, flow.gross_value - failed_value)
    entered_time = _entered_time(flow)
    inclusion = cycles.cycle_time - entered_time
    rows = state.members
    return SettlementDay(
        arrangement=arrangement,
        layer=2,
        day=day,
        closes=closes,
        flow=flow,
        limited=ledger.limited,
        opening=rows[:, st.OPENING].copy(),
        lowest=rows[:, st.LOW].copy(),
        outflow_peak=rows[:, st.PEAK].copy(),
        system_peak=int(totals[st.SYSTEM_PEAK]),
        units_need=PositionUnits.of(state.slots[:, st.UNITS_PEAK], ledger, flow),
        value_moved=cycles.value_moved,
        units_moved=PositionUnits.of(cycles.units_moved, ledger, flow),
        drawn_peak=int(totals[st.DRAWN_PEAK]),
        drawn_time=ledger.drawn_time,
        waits=waits,
        value_wait=value_wait,
        value_inclusion=inclusion,
        value_to_close=closes * flow.gross_value - entered_time,
        value_lag=inclusion,
        queued_value=0,
        queued_count=0,
        unsettled=Unsettled(
            waited_for_cash=np.zeros(len(rows), dtype=np.int64),
            waited_for_securities=cycles.withheld.value,
            units=cycles.withheld.units,
            count_cash=0,
            count_securities=int(cycles.withheld.fails.sum()),
        ),
        funding_shortfall=cycles.funding_shortfall,
    )


def _entered_time(flow: FlowDay) -> int:
    """Σ value × entry, on the run's clock."""
    return flow.value_time + flow.day.midnight * flow.gross_value


def rounded(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` (≥ 0, > 0), rounded half to even, exactly.

    >>> rounded(5, 2), rounded(7, 2), rounded(8, 3)
    (2, 4, 3)
    """
    quotient, remainder = divmod(numerator, denominator)
    if 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient
