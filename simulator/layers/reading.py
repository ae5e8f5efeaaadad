"""A settlement day's record, read off the ledger before it closes the day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.close import read_unsettled
from simulator.kernels.histogram import BINS, wait_bin
from simulator.kernels.wide import wide_value
from simulator.ledger import Ledger, Withheld
from simulator.market.flow import Int64, TradeDay

from .capture import FlowDay
from .cost_day import read_cost_day
from .credit import CreditDesk, FacilityDay
from .incoming import Incoming
from .mint import LegDay
from .record import REASONS, ClearingDay, PositionUnits, SettlementDay, Unsettled


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
    legs: tuple[LegDay, ...] = (),
    finality: int = 0,
    whole: FlowDay | None = None,
    beside: Int64 | None = None,
) -> SettlementDay:
    """The record of a gross day, before the ledger closes it.

    ``entered_time`` is Σ value × entry, ``first_event_time`` Σ value × first eligible event; ``never`` is
    what was on hold past the close. Where ``flow`` is a part of the day, ``whole`` is all of it, whose
    reference prices hold, and ``beside`` are units moved by the rest, by position. What was moved follows
    from the flow: all of it, less what is unsettled, less what groups offset inside.
    """
    ledger.advance(day.closes)
    state, totals = ledger.state, ledger.state.totals
    members = len(flow.net_cash)
    waiting = np.zeros((len(state.members), len(REASONS)), dtype=np.int64)
    slots = ledger.slots.count
    unsettled_units = np.zeros(slots, dtype=np.int64)
    counts, late = np.zeros(len(REASONS), dtype=np.int64), np.zeros(2, dtype=np.int64)
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
    waiting = _by_member(waiting, members)
    instructions = np.bincount(ledger.unsettled_rows()[:, st.BUYER] % members, minlength=members)
    internalised = np.zeros(members, dtype=np.int64)
    internalised_units = np.zeros(len(flow.units), dtype=np.int64)
    if never is not None:
        dated = never.deadline != st.NO_DEADLINE
        late += np.count_nonzero(dated), never.cash[dated].sum()
        np.add.at(waiting[:, st.HELD - 1], never.buyer % members, never.cash)
        counts[st.HELD - 1] = len(never)
        delivers = (never.units > 0) & (never.buyer != never.seller)
        np.add.at(unsettled_units, never.seller_slot[delivers], never.units[delivers])
        external = never.buyer[never.buyer != never.seller] % members
        instructions = instructions + np.bincount(external, minlength=members)
        internal = never.buyer == never.seller
        np.add.at(internalised, never.buyer[internal] % members, never.cash[internal])
        internal &= never.units > 0
        np.add.at(internalised_units, never.security[internal], never.units[internal])
    moved = flow.delivered_by_slot(slots) - unsettled_units
    moved[: len(ledger.units_saved)] -= ledger.units_saved[:slots]
    priced = flow if whole is None else whole
    if beside is not None:
        moved[: len(beside)] += beside[:slots]
    unsettled = Unsettled(
        values=waiting,
        instructions=instructions,
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
    peak = _by_member(rows[:, st.PEAK], members)
    opening = _by_member(rows[:, st.OPENING] - ledger.funded, members)
    lowest = _by_member(rows[:, st.LOW] - ledger.funded, members)
    credit = desk.day(day.closes) if desk is not None else ()
    return SettlementDay(
        arrangement=arrangement,
        layer=3,
        day=day,
        closes=day.closes,
        flow=flow,
        limited=ledger.limited,
        opening=opening,
        lowest=opening - peak if ledger.mode.free else lowest,
        outflow_peak=peak,
        system_peak=int(totals[st.SYSTEM_PEAK]),
        units_need=PositionUnits.of(state.slots[:, st.UNITS_PEAK], ledger, priced),
        value_moved=flow.paid - (unsettled.by_member - internalised) - _by_member(ledger.cash_saved, members),
        units_moved=PositionUnits.of(moved, ledger, priced),
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
        queued_by_reason=tuple(
            int(value) for value in totals[st.QUEUED_BY_REASON + 1 : st.QUEUED_BY_REASON + 1 + len(REASONS)]
        ),
        funding_shortfall=np.zeros(members, dtype=np.int64),
        credit_not_repaid=_by_member(_not_repaid(ledger), members),
        late_count=int(totals[st.LATE_COUNT] + late[0]),
        late_value=int(totals[st.LATE_VALUE] + late[1]),
        part_count=int(totals[st.PART_COUNT]),
        part_value=int(totals[st.PART_VALUE]),
        settlements=flow.buys - instructions + _by_member(rows[:, st.PARTS], members),
        finality=finality,
        legs=legs,
        funded_time=sum(ledger.funded_time),
        credit=credit,
        borrowed=desk.borrowed(day.closes) if desk is not None else None,
        cost_day=read_cost_day(ledger, priced, day.closes, credit),
    )


def _by_member(amounts: Int64, members: int) -> Int64:
    """Amounts by account (first axis), added up by member over the pools; a copy."""
    return amounts.reshape(-1, members, *amounts.shape[1:]).sum(axis=0)


def _not_repaid(ledger: Ledger) -> Int64:
    """By account, drawn at the close beyond the cash there is once all receipts are free."""
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
    clearing: ClearingDay
    failed: list[tuple[int, int | None, int]]  # (cycle, when it settled if at all, value)
    cycle_time: int = 0  # Σ value × cycle
    bank_debit: int = 0  # Σ over cycles and settling banks of max(0, net cash paid)

    @classmethod
    def nothing(cls, members: int, securities: int, slots: int) -> CycleTotals:
        """Zeros for every member, security and position."""
        return cls(
            Withheld.nothing(members, securities),
            np.zeros(members, dtype=np.int64),
            np.zeros(slots, dtype=np.int64),
            np.zeros(members, dtype=np.int64),
            ClearingDay.nothing(members, securities),
            [],
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
    failed_value = 0
    for cycle, until, value in cycles.failed:
        wait = (closes if until is None else until) - cycle
        waits[wait_bin(wait)] += value
        value_wait += value * wait
        failed_value += value
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
            values=_withheld_values(cycles.withheld),
            counts=tuple(
                int(cycles.withheld.fails.sum()) if reason == "securities" else 0 for reason in REASONS
            ),
            instructions=nothing,
            units=cycles.withheld.units,
            internalised_units=np.zeros_like(cycles.withheld.units),
        ),
        funding_shortfall=cycles.funding_shortfall,
        credit_not_repaid=_not_repaid(ledger),
        credit=credit,
        clearing=replace(cycles.clearing, settling_bank_debit=cycles.bank_debit),
        cost_day=read_cost_day(ledger, flow, closes, credit),
    )


def _withheld_values(withheld: Withheld) -> Int64:
    """What cycles withheld, by member and reason: shorts lacked securities."""
    values = np.zeros((len(withheld.value), len(REASONS)), dtype=np.int64)
    values[:, REASONS.index("securities")] = withheld.value
    return values


def _entered_time(flow: FlowDay) -> int:
    """Σ value × entry, on the run's clock."""
    return flow.value_time + flow.day.midnight * flow.gross_value


def both(delivered: SettlementDay, netted: SettlementDay, whole: FlowDay) -> SettlementDay:
    """The record of a day on which ``delivered`` settled one by one and ``netted`` in cycles, on one ledger.

    What is read off the ledger, needs, peaks and lows, is of both already, as are units moved.
    """
    mine, theirs = delivered.unsettled, netted.unsettled
    settled = delivered.flow.gross_value - mine.value
    return replace(
        delivered,
        flow=whole,
        value_moved=delivered.value_moved + netted.value_moved,
        waits=delivered.waits + netted.waits,
        value_wait=delivered.value_wait + netted.value_wait,
        value_inclusion=delivered.value_inclusion + netted.value_inclusion,
        value_to_close=delivered.value_to_close + netted.value_to_close,
        value_lag=delivered.value_lag + netted.value_lag,
        lag_value=settled + netted.flow.gross_value,
        unsettled=replace(
            mine,
            values=mine.values + theirs.values,
            counts=tuple(a + b for a, b in zip(mine.counts, theirs.counts, strict=True)),
            units=mine.units + theirs.units,
            internalised_units=mine.internalised_units + theirs.internalised_units,
        ),
        funding_shortfall=netted.funding_shortfall,
        clearing=netted.clearing,
    )
