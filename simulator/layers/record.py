"""What a settlement day leaves behind. Measures read this and nothing else of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.close import REASONS, add_up, read_unsettled, value_by_member
from simulator.kernels.histogram import BINS, wait_bin
from simulator.kernels.wide import wide_value
from simulator.ledger import Ledger, Withheld
from simulator.market.flow import Int64, TradeDay

from .capture import FlowDay
from .credit import CreditDesk, FacilityDay
from .incoming import Incoming


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What did not settle, by the first block it met: value by member, units by security.

    The member is the buyer in layer 3, the failing short in layer 2, where a count is of its short
    positions not delivered in full; in layer 3 of instructions. ``credit`` is the seller's headroom, which
    delivering collateral would have broken, ``hold`` what was never released. ``units`` are between
    different members, ``internalised_units`` within one, which only a hold keeps from settling.
    ``gridlocked_value`` could settle together, though nothing of it alone; None in layer 2.
    """

    cash: Int64
    securities: Int64
    credit: Int64
    hold: Int64
    units: Int64
    internalised_units: Int64
    counts: tuple[int, ...]
    gridlocked_value: int | None = None
    internalised_value: int = 0

    @property
    def by_member(self) -> Int64:
        return self.cash + self.securities + self.credit + self.hold

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
    late_count, late_value : past their deadline or never settled; None where deadlines say nothing
    part_count, part_value : parts settled short of the whole
    credit_not_repaid : by member, drawn at the close beyond the cash there is; 0 where cash is unlimited
    credit : what each facility lent, by member
    borrowed : what lenders of securities lent, None where nobody does
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
    credit_not_repaid: Int64
    late_count: int | None = None
    late_value: int | None = None
    part_count: int = 0
    part_value: int = 0
    credit: tuple[FacilityDay, ...] = ()
    borrowed: FacilityDay | None = None

    @property
    def credit_cost(self) -> Int64:
        """By member, interest on intraday credit."""
        return sum((one.interest for one in self.credit), np.zeros(len(self.opening), dtype=np.int64))


def read_gross(
    arrangement: str,
    ledger: Ledger,
    day: TradeDay,
    flow: FlowDay,
    *,
    entered_time: int,
    first_event_time: int,
    gridlocked_value: int,
    never: Incoming | None = None,
    desk: CreditDesk | None = None,
) -> SettlementDay:
    """The record of a gross day, before the ledger closes it.

    ``entered_time`` is Σ value × entry, ``first_event_time`` Σ value × first eligible event; ``never`` is
    what was on hold past the close. What was moved follows from the flow: all of it, less what is
    unsettled, less what groups offset inside.
    """
    ledger.advance(day.closes)
    state, totals = ledger.state, ledger.state.totals
    members = len(state.members)
    waiting = np.zeros((members, REASONS), dtype=np.int64)
    slots = ledger.slots.count
    unsettled_units = np.zeros(slots, dtype=np.int64)
    counts, late = np.zeros(REASONS, dtype=np.int64), np.zeros(2, dtype=np.int64)
    unsettled_waits = np.zeros(BINS, dtype=np.int64)
    sums = np.zeros(4, dtype=np.int64)
    read_unsettled(
        state.pool,
        totals,
        state.more,
        day.closes,
        waiting,
        unsettled_units,
        counts,
        unsettled_waits,
        sums,
        late,
    )
    internalised = np.zeros(members, dtype=np.int64)
    internalised_units = np.zeros(len(flow.units), dtype=np.int64)
    if never is not None:
        dated = never.deadline != st.NO_DEADLINE
        late += np.count_nonzero(dated), never.cash[dated].sum()
        np.add.at(waiting[:, st.HELD - 1], never.buyer, never.cash)
        counts[st.HELD - 1] = len(never)
        delivers = (never.units > 0) & (never.buyer != never.seller)
        np.add.at(unsettled_units, never.seller_slot[delivers], never.units[delivers])
        internal = never.buyer == never.seller
        np.add.at(internalised, never.buyer[internal], never.cash[internal])
        internal &= never.units > 0
        np.add.at(internalised_units, never.security[internal], never.units[internal])
    moved = flow.delivered_by_slot(slots) - unsettled_units
    moved[: len(ledger.units_saved)] -= ledger.units_saved[:slots]
    unsettled = Unsettled(
        cash=waiting[:, 0].copy(),
        securities=waiting[:, 1].copy(),
        credit=waiting[:, 2].copy(),
        hold=waiting[:, 3].copy(),
        units=PositionUnits.of(unsettled_units, ledger, flow).by_security,
        internalised_units=internalised_units,
        counts=tuple(int(count) for count in counts),
        gridlocked_value=gridlocked_value,
        internalised_value=int(internalised.sum()),
    )
    waits = totals[st.WAITS : st.WAITS + BINS] + unsettled_waits
    waits[0] += flow.gross_value - int(waits.sum())
    inclusion = first_event_time - entered_time
    rows = state.members
    peak = rows[:, st.PEAK].copy()
    credit = desk.day(day.closes) if desk is not None else ()
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
        value_moved=flow.paid - (unsettled.by_member - internalised) - ledger.cash_saved,
        units_moved=PositionUnits.of(moved, ledger, flow),
        drawn_peak=_drawn_peak(ledger),
        drawn_time=_drawn_time(ledger, credit),
        waits=waits,
        value_wait=ledger.value_wait + wide_value(sums, 0),
        value_inclusion=inclusion,
        value_to_close=day.closes * flow.gross_value - entered_time,
        value_lag=inclusion + ledger.value_wait - wide_value(sums, 2),
        queued_value=int(totals[st.QUEUED_VALUE]),
        queued_count=int(totals[st.QUEUED_COUNT]),
        unsettled=unsettled,
        funding_shortfall=np.zeros(members, dtype=np.int64),
        credit_not_repaid=_not_repaid(ledger),
        late_count=int(totals[st.LATE_COUNT] + late[0]),
        late_value=int(totals[st.LATE_VALUE] + late[1]),
        part_count=int(totals[st.PART_COUNT]),
        part_value=int(totals[st.PART_VALUE]),
        credit=credit,
        borrowed=desk.borrowed(day.closes) if desk is not None else None,
    )


def _not_repaid(ledger: Ledger) -> Int64:
    """By member, drawn at the close beyond the cash there is once all receipts are free."""
    rows = ledger.state.members
    return np.maximum(0, -(rows[:, st.CASH] + rows[:, st.LOCKED_CASH])) * ledger.limited


def _drawn_peak(ledger: Ledger) -> int:
    """Largest total of credit drawn today."""
    totals = ledger.state.totals
    if ledger.facilities is not None:
        return int(totals[st.LOANS_PEAK])
    return int(totals[st.SYSTEM_PEAK if ledger.mode.free else st.DRAWN_PEAK])


def _drawn_time(ledger: Ledger, credit: tuple[FacilityDay, ...]) -> int:
    """Credit drawn today, integrated over time."""
    if ledger.facilities is None:
        return ledger.drawn_time
    return sum(sum(one.drawn_time) for one in credit)


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
    arrangement: str,
    ledger: Ledger,
    day: TradeDay,
    closes: int,
    flow: FlowDay,
    cycles: CycleTotals,
    desk: CreditDesk | None = None,
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
    nothing = np.zeros(len(rows), dtype=np.int64)
    credit = desk.day(closes) if desk is not None else ()
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
        drawn_peak=_drawn_peak(ledger),
        drawn_time=_drawn_time(ledger, credit),
        waits=waits,
        value_wait=value_wait,
        value_inclusion=inclusion,
        value_to_close=closes * flow.gross_value - entered_time,
        value_lag=inclusion,
        queued_value=0,
        queued_count=0,
        unsettled=Unsettled(
            cash=nothing,
            securities=cycles.withheld.value,
            credit=nothing,
            hold=nothing,
            units=cycles.withheld.units,
            internalised_units=np.zeros_like(cycles.withheld.units),
            counts=(0, int(cycles.withheld.fails.sum()), 0, 0),
        ),
        funding_shortfall=cycles.funding_shortfall,
        credit_not_repaid=_not_repaid(ledger),
        credit=credit,
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
