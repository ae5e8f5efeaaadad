"""Time: waiting for liquidity, waiting for a block or cycle, and what never settled."""

from __future__ import annotations

from collections.abc import Callable

from simulator.kernels.histogram import bin_bounds
from simulator.layers.record import REASONS, SettlementDay
from simulator.market.flow import SECOND, Int64

from .netting import settled_value


def settlement_delay(day: SettlementDay) -> tuple[int, int]:
    """ρ: Σ value × wait after the first eligible event / Σ value × (close − entry).

    Half the value waits 1 h of 4 h, half none: ρ = 0.125.
    """
    return day.value_wait, day.value_to_close


def mean_delay_seconds(day: SettlementDay) -> tuple[int, int]:
    """Value-weighted mean wait after the first eligible event; what is unsettled waits until the close."""
    return day.value_wait, day.flow.gross_value * SECOND


def inclusion_wait_seconds(day: SettlementDay) -> tuple[int, int]:
    """Value-weighted mean wait from entry to the first eligible block or cycle."""
    return day.value_inclusion, day.flow.gross_value * SECOND


def settlement_lag(day: SettlementDay) -> tuple[int, int]:
    """Value-weighted mean of settlement less trade time, of what settled."""
    settled = settled_value(day) if day.layer == 3 else day.flow.gross_value
    if day.lag_value is not None:
        settled = day.lag_value
    return day.value_lag, settled * SECOND


def unsettled_value(day: SettlementDay) -> int:
    """Σ cash of what did not settle by the close; in layer 2 what cycles withheld from shorts."""
    return day.unsettled.value


def unsettled_value_by_member(day: SettlementDay) -> Int64:
    """Unsettled value by buyer, in layer 2 by the short that failed to deliver."""
    return day.unsettled.by_member


def unsettled_value_for(reason: str) -> Callable[[SettlementDay], int]:
    """Unsettled value that first waited for a reason."""
    return lambda day: day.unsettled.value_for(reason)


def unsettled_count_for(reason: str) -> Callable[[SettlementDay], int]:
    """Unsettled instructions that first waited for a reason."""
    return lambda day: day.unsettled.count_for(reason)


def queued_value_for(reason: str) -> Callable[[SettlementDay], int]:
    """Σ cash of what first waited for a reason, whether it settled later or not."""
    return lambda day: day.queued_by_reason[REASONS.index(reason)]


def unsettled_count(day: SettlementDay) -> int:
    """Instructions that did not settle; in layer 2 short positions not delivered in full."""
    return sum(day.unsettled.counts)


def gridlocked_value(day: SettlementDay) -> int | None:
    """Unsettled value that could have settled together at the close, of queue prefixes: a lower bound.

    Of layer 3 alone: what a netting cycle withholds lacks securities.

    A ring of three payments of 5 without any cash is gridlocked, 15; one payment of 5 alone is not, 0.
    """
    return day.unsettled.gridlocked_value


def deadlocked_value(day: SettlementDay) -> int | None:
    """Unsettled value less what is gridlocked: no offset of queue prefixes would have settled it."""
    gridlocked = day.unsettled.gridlocked_value
    return None if gridlocked is None else day.unsettled.value - gridlocked


def late_value(day: SettlementDay) -> int | None:
    """Σ cash settled after its deadline, or never; of instructions that have one, layer 3."""
    return day.late_value


def late_count(day: SettlementDay) -> int | None:
    """Instructions, or parts of them, settled after their deadline or never; layer 3."""
    return day.late_count


def partial_value(day: SettlementDay) -> int:
    """Σ cash of parts settled short of the whole."""
    return day.part_value


def partial_count(day: SettlementDay) -> int:
    """Parts settled short of the whole."""
    return day.part_count


def queued_value(day: SettlementDay) -> int:
    """Σ cash of what did not settle at its first eligible event."""
    return day.queued_value


def queued_count(day: SettlementDay) -> int:
    """Instructions that did not settle at their first eligible event."""
    return day.queued_count


def settled_within(day: SettlementDay, microseconds: int) -> int:
    """Σ cash settled at most so long after the first event it could settle at, internalised included.

    Read from the histogram of waits: of the bin that the limit splits, at most 1/64 of the limit wide,
    nothing counts. What came less than the limit before the close and never settled cannot be told apart
    there, so the value is never more than what settled.
    """
    whole = (int(value) for at, value in enumerate(day.waits) if bin_bounds(at)[1] - 1 <= microseconds)
    return min(sum(whole), settled_value(day))
