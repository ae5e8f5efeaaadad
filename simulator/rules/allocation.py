"""Allocation: in which order longs receive what shorts deliver, where that is too little for all."""

from __future__ import annotations

import numpy as np

from simulator.market.flow import Int64


def allocation_order(group: Int64, age: Int64, turn: Int64) -> Int64:
    """The places of long positions in the order in which they are filled, each in full before the next.

    By priority group (lower receives first), then age (older first), then by lot: ``turn`` is the place of
    its member in a permutation drawn once a settlement day. Source: NSCC, Rules and Procedures, Procedure
    VII: priority group, age, then random numbers.

    Parameters
    ----------
    group : int64, 1 … 9 by position
    age : int64, settlement days that the position has been open
    turn : int64, a member's place in the day's permutation

    Examples
    --------
    Four longs: the third is in a lower group; of the rest the second has waited longest; the last two of
    one age are told apart by lot:

    >>> allocation_order(np.array([5, 5, 1, 5]), np.array([0, 2, 0, 0]), np.array([3, 2, 1, 0])).tolist()
    [2, 1, 3, 0]
    """
    return np.lexsort((turn, -age, group))
