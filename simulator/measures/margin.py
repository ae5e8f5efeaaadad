"""Margin at the clearing house, and what is at stake while trades are unsettled; nothing without margin."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.kernels.rounding import rounded
from simulator.layers.record import SettlementDay
from simulator.market.flow import DAY, HOUR, Int64
from simulator.simulation import FinishedRun


def margin_by_member(day: SettlementDay) -> Int64:
    """The deposit that the clearing house asks for as the day begins; 0 in gross settlement.

    Value at risk 50, gap risk 5 and 10 lost on what is unsettled: 65, or the minimum if that is more.
    """
    return np.zeros_like(day.opening) if day.margin is None else day.margin.required


def margin(day: SettlementDay) -> int:
    """Σ over members of deposits: the clearing fund."""
    return int(margin_by_member(day).sum())


def margin_at_risk_by_member(day: SettlementDay) -> Int64:
    """The part of it that is value at risk, and grows with volatility."""
    return np.zeros_like(day.opening) if day.margin is None else day.margin.at_risk


def margin_at_risk(day: SettlementDay) -> int:
    """Σ over members of value at risk, whatever the minimum."""
    return int(margin_at_risk_by_member(day).sum())


def margin_called_by_member(day: SettlementDay) -> Int64:
    """What is called within the day on top of the deposit."""
    return np.zeros_like(day.opening) if day.margin is None else day.margin.called


def margin_called(day: SettlementDay) -> int:
    """Σ over members of margin calls within the day."""
    return int(margin_called_by_member(day).sum())


def margin_buffer_by_member(day: SettlementDay) -> Int64:
    """Most that requirement exceeded deposit by at a reading: to be posted beforehand never to be short.

    Required 65 in the morning and 90 at noon, with collateral that comes at the next open: 25.
    """
    return np.zeros_like(day.opening) if day.margin is None else day.margin.buffer


def margin_buffer(day: SettlementDay) -> int:
    """Σ over members of their buffers."""
    return int(margin_buffer_by_member(day).sum())


def margin_uncovered(day: SettlementDay) -> int:
    """The largest Σ over members of requirement beyond deposit at one reading."""
    return 0 if day.margin is None else day.margin.uncovered


def margin_collateral_by_member(day: SettlementDay) -> Int64:
    """What must be held to post deposit and buffer, after haircut and settlement value, rounded up.

    90 at a haircut of 2 % and a settlement value of 50 %: 90 / 0.49 = 183.67, so 184.
    """
    if day.margin is None:
        return np.zeros_like(day.opening)
    worth, wanted = day.margin.worth, day.margin.required + day.margin.buffer
    return np.array([-(-each * worth.denominator // worth.numerator) for each in wanted.tolist()], np.int64)


def margin_collateral(day: SettlementDay) -> int:
    """Σ over members of what they must hold to post."""
    return int(margin_collateral_by_member(day).sum())


def unsettled_exposure_by_member(day: SettlementDay) -> Int64:
    """What others could lose in a day if it failed, at the margin's confidence: time mean over 24 hours.

    48 at stake for 6 of 24 hours: 12.
    """
    if day.exposure is None:
        return np.zeros_like(day.opening)
    return np.array([rounded(time, DAY) for time in day.exposure.time], dtype=np.int64)


def unsettled_exposure(day: SettlementDay) -> int:
    """Σ over members; net against a clearing house, by pair of members in gross settlement."""
    return int(unsettled_exposure_by_member(day).sum())


def unsettled_exposure_peak(day: SettlementDay) -> int:
    """The largest Σ over members at one reading."""
    return 0 if day.exposure is None else day.exposure.peak


def unsettled_hours(day: SettlementDay) -> int:
    """Σ |value of unsettled positions| integrated over 24 hours, in currency × hours."""
    return 0 if day.exposure is None else rounded(day.exposure.value_time, HOUR)


def cover_1(day: SettlementDay) -> int:
    """The largest cash still to be paid for any one member, over all its settlement dates, at a reading."""
    return 0 if day.margin is None else int(day.margin.cover_1.max(initial=0))


def supplemental_deposits_by_member(day: SettlementDay) -> Int64:
    """What the largest members bring so that the clearing house can pay for the largest of them.

    90 needed, 50 there: the two largest, at 90 and 60, bring 24 and 16.
    """
    return np.zeros_like(day.opening) if day.margin is None else day.margin.supplemental


def supplemental_deposits(day: SettlementDay) -> int:
    """Σ over members of supplemental liquidity deposits."""
    return int(supplemental_deposits_by_member(day).sum())


def cover_1_shortfall(day: SettlementDay) -> int:
    """What still lacks to pay for the largest member."""
    return 0 if day.margin is None else day.margin.not_met


DEFAULTS = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "time": pl.Int64,
    "member": pl.String,
    "item": pl.String,
    "participant": pl.String,
    "amount": pl.Int64,
}


def defaults_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, default, item and who pays or bears it (null for the clearing house)."""
    names = run.flow.members
    rows = [
        (name, one.day, one.time, names[one.member], item, None if who < 0 else names[who], amount)
        for name, defaults in run.defaults.items()
        for one in defaults
        for item, who, amount in one.amounts
    ]
    return pl.DataFrame(rows, schema=DEFAULTS, orient="row")
