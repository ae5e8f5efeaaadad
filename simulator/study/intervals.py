"""How sure a mean over seeds is: Student's t, paired where the same trades were seen twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.measures.network import Float64

RESAMPLES = 999
"""Of a bootstrap; an odd number of thousands less one puts the ends of intervals on resamples."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over n seeds; below two of them there is no half-width."""

    n: int
    mean: float | None
    half_width: float | None

    @property
    def low(self) -> float | None:
        """The lower end."""
        return None if self.mean is None or self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """The upper end."""
        return None if self.mean is None or self.half_width is None else self.mean + self.half_width


def mean_interval(values: Sequence[float | None], confidence: float = 0.95) -> Interval:
    """The mean of values and the half-width t × s / √n of its interval; undefined values are left out.

    Examples
    --------
    With two values, 1 apart, s/√n is 0.5, and t of one degree of freedom is 12.706 at 95 %:

    >>> one = mean_interval([1.0, 2.0])
    >>> one.n, one.mean, round(one.half_width, 3)
    (2, 1.5, 6.353)
    """
    known = [float(value) for value in values if value is not None]
    n = len(known)
    if not n:
        return Interval(0, None, None)
    mean = math.fsum(known) / n
    if n == 1:
        return Interval(1, mean, None)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (n - 1))
    return Interval(n, mean, student(n - 1, confidence) * spread / math.sqrt(n))


def paired_difference(
    values: Sequence[float | None], base: Sequence[float | None], confidence: float = 0.95
) -> Interval:
    """The mean difference of values that stand seed by seed beside those of the base.

    What both share, the luck of a seed's trades, cancels: the interval is as much narrower.
    """
    return mean_interval(
        [None if a is None or b is None else a - b for a, b in zip(values, base, strict=True)], confidence
    )


def paired_ratio(
    values: Sequence[float | None], base: Sequence[float | None], confidence: float = 0.95
) -> Interval:
    """The mean ratio, seed by seed; a ratio to zero is left out."""
    return mean_interval(
        [None if a is None or not b else a / b for a, b in zip(values, base, strict=True)], confidence
    )


@cache
def student(freedom: int, confidence: float) -> float:
    """The t that a share ``confidence`` of Student's distribution lies within."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + confidence / 2))


def tail_interval(
    values: Sequence[float], quantile: float, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float, float] | None:
    """A quantile over seeds with the ends of its bootstrap interval; None below 20 values.

    Percentile bootstrap (Efron 1979); a quantile further out than 1 in n is not in the values.

    Examples
    --------
    >>> tail_interval(list(range(10)), 0.9) is None
    True
    """
    if len(values) < 20:
        return None
    import numpy as np
    from scipy.stats import bootstrap

    from simulator.market.streams import stream

    held = np.asarray(values, dtype=np.float64)

    def tail(sample: Float64, axis: int = -1) -> Float64:
        return np.quantile(sample, quantile, axis=axis, method="inverted_cdf")

    found = bootstrap(
        (held,),
        tail,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=stream(seed, "bootstrap"),
    )
    return float(tail(held)), float(found.confidence_interval.low), float(found.confidence_interval.high)


def seeds_needed(interval: Interval, half_width: float, confidence: float) -> int:
    """Seeds at which the interval would be as narrow as wanted, were the spread what it is now.

    Solved with t of the n that comes out, from the spread s = half-width × √n / t (Stein 1945).

    Examples
    --------
    Half the width needs four times the seeds, and fewer because t falls:

    >>> seeds_needed(Interval(10, 0.0, 2.0), 1.0, 0.95)
    33
    """
    assert interval.half_width is not None
    spread = interval.half_width * math.sqrt(interval.n) / student(interval.n - 1, confidence)
    n = max(2, math.ceil((student(10**6, confidence) * spread / half_width) ** 2))
    while student(n - 1, confidence) * spread / math.sqrt(n) > half_width:
        n += 1
    return n
