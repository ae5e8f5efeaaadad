"""Cash, credit and securities that members must bring, and what they used."""

from __future__ import annotations

import numpy as np

from simulator.kernels.rounding import rounded
from simulator.layers.record import SettlementDay
from simulator.market.flow import DAY, HOUR, Int64

from .exact import value_at_reference
from .netting import settled_value


def liquidity_need_by_member(day: SettlementDay) -> Int64:
    """max(0, largest cumulative outflow) of each member when everything settles at its time.

    A pays 10, receives 4, pays 3: outflow 10, 6, 9, so A needs 10.
    """
    return np.maximum(0, day.outflow_peak)


def liquidity_need(day: SettlementDay) -> int:
    """Σ over members of what each must bring: liquidity cannot move between members."""
    return int(liquidity_need_by_member(day).sum())


def system_peak(day: SettlementDay) -> int:
    """The largest simultaneous Σ over members of max(0, outflow): one common lender's peak."""
    return day.system_peak


def securities_need(day: SettlementDay) -> int:
    """Σ over members and securities of peak net units out, at the reference price."""
    return value_at_reference(day.units_need.by_security, day.flow)


def securities_need_by_member(day: SettlementDay) -> Int64:
    """The same by member, each position rounded by itself."""
    return day.units_need.value_by_member


def liquidity_used_by_member(day: SettlementDay) -> Int64:
    """Largest fall of cash below its opening, credit included; without limits, the need."""
    return day.opening - day.lowest if day.limited else liquidity_need_by_member(day)


def liquidity_used(day: SettlementDay) -> int:
    """Σ over members of the largest fall of cash below its opening."""
    return int(liquidity_used_by_member(day).sum())


def liquidity_hours(day: SettlementDay) -> int:
    """(Prefunding × 24 h + top-ups to midnight + credit drawn integrated over time), in currency × hours."""
    return rounded(int(day.opening.sum()) * DAY + day.funded_time + day.drawn_time, HOUR)


def turnover_ratio(day: SettlementDay) -> tuple[int, int]:
    """Settled value / liquidity used."""
    return settled_value(day), liquidity_used(day)


def peak_intraday_credit(day: SettlementDay) -> int:
    """The peak of the total of drawn credit, Σ max(0, −cash)."""
    return day.drawn_peak


def mean_intraday_credit(day: SettlementDay) -> int | None:
    """The time mean of drawn credit over the arrangement's open hours."""
    hours = open_time(day)
    return rounded(day.drawn_time, hours) if hours else None


def open_time(day: SettlementDay) -> int:
    """The arrangement's open hours on the day, in µs: from the open to the day's last event."""
    return day.closes - day.day.opens


def money_settlement_by_member(day: SettlementDay) -> Int64:
    """What each member pays at the ends of cycles and of a day of book-entry deliveries; 0 in layer 3.

    A buys for 5 and sells for 3 by book entry: its balance ends at −2, and it pays 2.
    """
    if day.money_settlement is not None:
        return day.money_settlement
    return day.value_moved if day.layer in (1, 2) else np.zeros_like(day.opening)


def money_settlement(day: SettlementDay) -> int:
    """Σ over members of what they pay in money settlement."""
    return int(money_settlement_by_member(day).sum())


def funding_shortfall_by_member(day: SettlementDay) -> Int64:
    """Pay-ins beyond a member's cash and credit, which the outside account put in (layer 2)."""
    return day.funding_shortfall


def funding_shortfall(day: SettlementDay) -> int:
    """Σ over members of pay-ins that their cash and credit did not cover (layer 2)."""
    return int(day.funding_shortfall.sum())
