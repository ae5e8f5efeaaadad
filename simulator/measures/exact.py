"""Exact arithmetic of measures: half-to-even means, ratios, and units valued at a reference price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.rounding import rounded
from simulator.layers.capture import FlowDay
from simulator.market.flow import Int64


def mean(values: Sequence[int]) -> int:
    """The mean of integers, rounded half to even.

    >>> mean([1, 2]), mean([2, 3]), mean([-1, -2])
    (2, 2, -2)
    """
    total = sum(values)
    return rounded(total, len(values)) if total >= 0 else -rounded(-total, len(values))


def ratio(numerator: int, denominator: int) -> float | None:
    """Numerator over denominator as the nearest float, None to zero.

    >>> ratio(1, 4), ratio(1, 0)
    (0.25, None)
    """
    return numerator / denominator if denominator else None


def percentile_99(values: Int64) -> int | None:
    """The smallest value that at least 99 % do not exceed, None below 100 values.

    >>> percentile_99(np.arange(1, 201)), percentile_99(np.arange(50))
    (198, None)
    """
    if len(values) < 100:
        return None
    return int(np.sort(values)[-(-99 * len(values) // 100) - 1])


def value_at_reference(units: Int64, flow: FlowDay) -> int:
    """Σ over securities of units × reference price, rounded half to even once a security.

    The reference price is Σ cash / Σ units of the day's instructions, kept as a fraction.
    """
    traded = np.maximum(flow.units, 1)
    whole, rest = np.divmod(flow.value, traded)
    largest = int(units.max(initial=0))
    if largest * max(int(whole.max(initial=0)) + 1, int(rest.max(initial=0))) >= 1 << 61:
        return sum(  # too wide for int64: in Python integers
            rounded(int(units[s]) * int(flow.value[s]), int(traded[s])) for s in np.flatnonzero(units)
        )
    quotient, left = np.divmod(units * rest, traded)
    value = units * whole + quotient
    twice = 2 * left
    value += (twice > traded) | ((twice == traded) & (value % 2 == 1))
    return sum(value.tolist())
