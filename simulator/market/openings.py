"""What members open a day with where they look back: a quantile of what they needed on earlier days."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from simulator.market.flow import Int64


class Openings:
    """Opening cash by member, learnt from the peaks of the outflow on the days that have run.

    >>> history = Openings(Fraction(1, 2))
    >>> [history.after(np.array([peak])).tolist() for peak in (10, 30, 20)]
    [[10], [10], [20]]
    """

    def __init__(self, quantile: Fraction) -> None:
        self.quantile = quantile
        self._peaks: list[Int64] = []

    def after(self, peaks: Int64) -> Int64:
        """What the next day opens with: of n days so far, the ⌈quantile · n⌉-th smallest peak of each."""
        self._peaks.append(np.maximum(0, peaks))
        place = max(1, ceil(self.quantile * len(self._peaks)))
        return np.sort(np.stack(self._peaks), axis=0)[place - 1]
