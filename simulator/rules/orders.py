"""Orders of the queue other than first come first settled: each a key by instruction, lowest first.

Source: ways of processing a central queue, CPSS (1997), *Real-time gross settlement systems*, part II,
section 4. Priority classes stand before any of these, time after them.
"""

from __future__ import annotations

from .arrivals import Arrivals, Int64


def largest_first(arrivals: Arrivals) -> Int64:
    """The largest cash amount settles first.

    >>> largest_first(Arrivals.of(cash=[5, 9, 7])).argsort().tolist()
    [1, 2, 0]
    """
    return -arrivals.cash


def smallest_first(arrivals: Arrivals) -> Int64:
    """The smallest cash amount settles first.

    >>> smallest_first(Arrivals.of(cash=[5, 9, 7])).argsort().tolist()
    [0, 2, 1]
    """
    return arrivals.cash


def by_deadline(arrivals: Arrivals) -> Int64:
    """The earliest deadline settles first; what has none comes last.

    >>> by_deadline(Arrivals.of(cash=[5, 9, 7], deadline=[1 << 62, 20, 10])).argsort().tolist()
    [2, 1, 0]
    """
    return arrivals.deadline
