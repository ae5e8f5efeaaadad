"""Multilateral offset: settle the largest feasible set of queue prefixes at once, on its net effect.

Source: Bech and Soramäki (2001), gridlock resolution, extended from cash alone to cash and securities:
the set is a prefix of every buyer's cash queue and of every seller's queue in a security.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset import largest_feasible_prefixes

from .waiting import Int64, Waiting


def multilateral_offset(waiting: Waiting) -> Sequence[Int64]:
    """At most one group: the unique largest set, dropping the last-queued of whoever lacks something.

    A ring of three payments of 5 without any cash settles together, and only together:

    >>> zeros, none, five = np.zeros(3, np.int64), np.full(3, -1, np.int64), np.full(3, 5, np.int64)
    >>> ring = Waiting(buyer=np.array([0, 1, 2]), seller=np.array([1, 2, 0]), security=none, units=zeros,
    ...                cash=five, entered=zeros, buyer_position=none, seller_position=none,
    ...                cash_available=zeros, units_available=np.empty(0, np.int64), now=0)
    >>> [group.tolist() for group in multilateral_offset(ring)]
    [[0, 1, 2]]
    """
    included = largest_feasible_prefixes(
        waiting.buyer,
        waiting.seller,
        waiting.buyer_position,
        waiting.seller_position,
        waiting.units,
        waiting.cash,
        waiting.cash_available,
        waiting.units_available,
    )
    group = np.flatnonzero(included)
    return [group] if len(group) else []
