"""What is traded: prices of securities, and how large trades are.

Prices are lognormal over securities and stand still; the value of a trade is lognormal around the
same mean for all. Trades are of whole units, one at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, log1p, sqrt

import numpy as np

from simulator.market.flow import Int64
from simulator.market.participants import Float64

LARGEST_DEVIATE = 8.0
"""Sizes are cut at eight standard deviations of their logarithm: once in 1.6 × 10^15 trades."""


def draw_prices(medians: Int64, sigma: float, random: np.random.Generator) -> Int64:
    """Prices in minor units, at least 1, one a median: lognormal, whatever the rank of the security."""
    prices = np.rint(medians * np.exp(sigma * random.standard_normal(len(medians))))
    return np.maximum(prices, 1.0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class TradeSize:
    """The value aimed at in a trade, before rounding to whole units: lognormal.

    Attributes
    ----------
    mean : minor units
    sigma : standard deviation of its logarithm; cv² = exp(sigma²) − 1
    """

    mean: float
    sigma: float

    @property
    def largest(self) -> float:
        """No value is larger, minor units."""
        return self.mean * exp(LARGEST_DEVIATE * self.sigma - 0.5 * self.sigma**2)

    def fill(self, deviates: Float64) -> None:
        """Standard normal deviates into values, in place."""
        deviates *= self.sigma
        deviates -= 0.5 * self.sigma**2
        np.exp(deviates, out=deviates)
        deviates *= self.mean

    def expected_cash(self, prices: Int64) -> tuple[Float64, Float64]:
        """Expected cash of a trade by security, and how fast it grows with ``mean``.

        Rounding keeps the mean but for trades below one unit, so this is E[max(V, price)] =
        mean·Φ(d) + price·Φ(sigma − d) with d = ln(mean / price)/sigma + sigma/2, which grows by Φ(d)
        (the call of Black and Scholes 1973, plus the price).

        Examples
        --------
        >>> cash, growth = TradeSize(100.0, 0.0).expected_cash(np.array([30, 400]))
        >>> cash.tolist(), growth.tolist()
        ([100.0, 400.0], [1.0, 0.0])
        """
        if self.sigma == 0.0:
            return np.maximum(self.mean, prices), (prices < self.mean).astype(np.float64)
        depth = np.log(self.mean / prices) / self.sigma + 0.5 * self.sigma
        above = normal_below(depth)
        return self.mean * above + prices * normal_below(self.sigma - depth), above


def normal_below(deviates: Float64) -> Float64:
    """Φ, the standard normal distribution function."""
    return np.array([0.5 + 0.5 * erf(deviate / sqrt(2.0)) for deviate in deviates.tolist()])


def fit_size(mean_cash: float, cv: float, prices: Int64, shares: Float64) -> TradeSize:
    """The size that makes a trade of whole units, at least one, worth ``mean_cash`` on average.

    Parameters
    ----------
    mean_cash : minor units
    cv : coefficient of variation of the value before rounding
    prices : int64, minor units; shares : float64, share of trades; one entry a security

    Raises
    ------
    ValueError : where even trades of one unit are worth more; its argument is their mean

    Examples
    --------
    Half of the trades are at least one unit at 1500, so the others must be of 500 to average 1000.

    >>> fit_size(1000.0, 0.0, np.array([10, 1500]), np.array([0.5, 0.5]))
    TradeSize(mean=500.0, sigma=0.0)
    """
    least = float((shares * prices).sum())
    if mean_cash <= least:
        raise ValueError(least)
    size = TradeSize(mean_cash, sqrt(log1p(cv * cv)))
    for _ in range(100):
        # Expected cash is convex in the mean, so Newton from above comes down to the root.
        cash, growth = size.expected_cash(prices)
        step = (float((shares * cash).sum()) - mean_cash) / float((shares * growth).sum())
        size = TradeSize(size.mean - step, size.sigma)
        if step <= 1e-13 * size.mean:
            break
    return size
