"""Batch auction: at each batch, settle a large feasible set of all that waits, whoever came first.

Source: the bank clearing problem of Güntzer, Jungnickel and Leclerc (1998), *Efficient algorithms for the
clearing of interbank payments*, European Journal of Operational Research 106, 212–219: the most value
that deposits allow, by simple heuristics. What is dropped and put back first is our own choice: dropping
the best fit instead of the last in the queue settles 43 % of the optimum instead of 4 where nobody
holds anything, and 90 instead of 83 where each holds one mean trade (``experiments/offsets``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset_batch import large_feasible_set

from .legs import legs_of
from .waiting import Int64, Waiting, before_loop


@before_loop
def batch_auction(waiting: Waiting) -> Sequence[Int64]:
    """At most one group, to which no single instruction left out could be added.

    Starting from all, whoever lacks something gives up, one at a time, the smallest instruction that takes
    at least as much from it, or else the largest, of equal ones the last in the queue, until it lacks
    nothing. In turn: members by number for their cash, then positions by number for their units, then
    whoever comes to lack something, as it does. (With locked receipts, collateral comes after units.)
    Then what was dropped is put back in queue order where it fits, again until nothing more does. It runs
    before anything settles by itself.

    0 has 9 and owes 1 ten, then one: nothing is a feasible prefix, and the batch takes the second:

    >>> queue = Waiting.of([0, 0], [1, 1], cash=[10, 1], cash_available=[9, 0])
    >>> [group.tolist() for group in batch_auction(queue)]
    [[1]]
    """
    group = np.flatnonzero(large_feasible_set(*legs_of(waiting)))
    return [group] if len(group) else []
