"""Exact optimum: the feasible set of largest value among the first few that wait; a yardstick.

Source: the bank clearing problem of Güntzer, Jungnickel and Leclerc (1998), European Journal of Operational
Research 106, 212–219, solved by trying every set (it is NP-hard, so only for a few instructions).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset_exact import most_valuable_set

from .legs import legs_of
from .waiting import Int64, Waiting

AT_MOST = 20


def exact_optimum(waiting: Waiting) -> Sequence[Int64]:
    """At most one group: of the first 20 in queue order the feasible set of the largest Σ cash.

    Of equal values the set of more instructions; then the one whose members come first in queue order.

    0 has 10 and owes 1 six, then 2 five, then 3 five; the last two are worth more than the first:

    >>> queue = Waiting.of([0, 0, 0], [1, 2, 3], cash=[6, 5, 5], cash_available=[10, 0, 0, 0])
    >>> [group.tolist() for group in exact_optimum(queue)]
    [[1, 2]]
    """
    buyers, sellers, moves, base, spare = legs_of(waiting)
    first = slice(AT_MOST)
    buyers, sellers, moves = (tuple(leg[first] for leg in legs) for legs in (buyers, sellers, moves))
    chosen = most_valuable_set(buyers, sellers, moves, base, spare, np.ascontiguousarray(waiting.cash[first]))
    group = np.flatnonzero(chosen)
    return [group] if len(group) else []
