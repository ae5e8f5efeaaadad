"""Multilateral offset: settle the largest feasible set of queue prefixes at once, on its net effect.

Source: Bech and Soramäki (2001), *Gridlock resolution in interbank payment systems*, Bank of Finland
Discussion Papers 9/2001, extended from cash alone to cash and securities: the set is a prefix of every
buyer's cash queue and of every seller's queue in a security. With auto-collateralisation a queue holds
what takes from it: an instruction whose units raise all of its cash stands in no cash queue.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset import largest_feasible_prefixes

from .legs import legs_of
from .waiting import Int64, Waiting


def multilateral_offset(waiting: Waiting) -> Sequence[Int64]:
    """At most one group: the unique largest set, dropping the last-queued of whoever lacks something.

    A ring of three payments of 5 without any cash settles together, and only together:

    >>> ring = Waiting.of([0, 1, 2], [1, 2, 0], cash=5, cash_available=[0, 0, 0])
    >>> [group.tolist() for group in multilateral_offset(ring)]
    [[0, 1, 2]]
    """
    group = np.flatnonzero(largest_feasible_prefixes(*legs_of(waiting)))
    return [group] if len(group) else []
