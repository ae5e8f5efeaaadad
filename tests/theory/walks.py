"""Members in pairs whose balances are random walks, and what theory says of a walk's peak and end.

Member 2p pays member 2p + 1 where a flow is positive and is paid where it is negative, so that the two
see opposite walks. n flows a day at equal spacing, as many pairs and days as asked.
"""

from __future__ import annotations

from math import comb, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from simulator.market.flow import DAY

from ..flows import CLOSES, OPENS, ArrayFlow

UNIT = 1_000_000  # minor units that stand for 1, so that rounding is far below any tolerance
Float64 = npt.NDArray[np.float64]

# The peak less the trough of a walk, Feller (1951): variance n (4 ln 2 − 8/π). A pair's two peaks add up to
# it, so their mean has a quarter.
MEAN_PEAK_VARIANCE = (4 * np.log(2) - 8 / pi) / 4
# A pair's two ends: one is |S|/2 on average, with variance n (1 − 2/π)/4.
MEAN_END_VARIANCE = (1 - 2 / pi) / 4


def pairs_flow(flows: Float64, at: Float64 | None = None) -> ArrayFlow:
    """``flows`` (days, n, pairs), in units; ``at``, n shares of the day, when they fall; default even."""
    days, n, pairs = flows.shape
    cash = np.rint(flows * UNIT).astype(np.int64)
    cash[cash == 0] = 1  # an instruction without cash is none
    shares = (np.arange(n) + 0.5) / n if at is None else at
    times = np.arange(days)[:, None] * DAY + OPENS + (shares * (CLOSES - OPENS)).astype(np.int64)
    even = np.broadcast_to(2 * np.arange(pairs), cash.shape)
    return ArrayFlow(
        np.repeat(times.ravel(), pairs),
        np.where(cash > 0, even, even + 1).ravel(),
        np.where(cash > 0, even + 1, even).ravel(),
        cash=np.abs(cash).ravel(),
        members=2 * pairs,
    )


def spitzer(n: int, drift: float = 0.0) -> float:
    """E[peak] = Σ_{k≤n} E[S_k⁺]/k for Gaussian flows of s.d. 1 and mean ``drift`` (Spitzer 1956)."""
    k = np.arange(1, n + 1)
    return float((positive_part(k, drift) / k).sum())


def positive_part(k: npt.ArrayLike, drift: float = 0.0) -> Float64:
    """E[S_k⁺] of k Gaussian flows of s.d. 1 and mean ``drift``."""
    k = np.asarray(k, float)
    ratio = drift * np.sqrt(k)
    return drift * k * norm.cdf(ratio) + np.sqrt(k) * norm.pdf(ratio)


def exponential_peak(n: int) -> float:
    """E[peak] of n flows of random sign and exponential size of mean 1: (2n + 1) C(2n, n) / 4ⁿ − 1."""
    return (2 * n + 1) * comb(2 * n, n) / 4**n - 1


def bridge_peaks(m: int) -> tuple[float, float]:
    """Mean and s.d. of the peak of m steps up and m down in random order.

    P(peak ≥ k) = C(2m, m + k) / C(2m, m), by reflection.
    """
    at_least = [comb(2 * m, m + k) / comb(2 * m, m) for k in range(1, m + 1)]
    mean = sum(at_least)
    square = sum((2 * k - 1) * p for k, p in enumerate(at_least, start=1))
    return mean, sqrt(square - mean**2)
