"""Look-ahead: what a participant is to receive and what it is to deliver of one security complete together.

Source: DTC, settlement service guide, look-ahead process: at intervals, a pending receive and a pending
deliver of the same security through one participant are tested on their net effect. Which pair comes first,
where several would do, is our own choice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.look_ahead import pair_ahead

from .legs import split_groups
from .waiting import Int64, Waiting


def look_ahead(waiting: Waiting) -> Sequence[Int64]:
    """Pairs X → P and P → Y of one security, units alike or not, feasible on the net effect of the two.

    The earlier instruction comes first in queue order, then its earliest partner after it with which units,
    cash and credit, and the net debit cap allow the two for all three members. X, P and Y are different
    members: two that trade with each other are no look-ahead. What a pair takes counts for the pairs after
    it, and what it brings where receipts can be used at once.

    1 buys 5 units from 0 for 10 and sells them to 2 for 12, and has nothing of either; 2 has 12:

    >>> cash, held = [0, 0, 12], {(0, 0): 5}
    >>> queue = Waiting.of([2, 1], [1, 0], units=5, cash=[12, 10], cash_available=cash, held=held)
    >>> [group.tolist() for group in look_ahead(queue)]
    [[0, 1]]
    """
    count, positions = len(waiting), len(waiting.units_available)
    group = np.empty(count, dtype=np.int64)
    pair_ahead(
        waiting.buyer,
        waiting.seller,
        waiting.buyer_position,
        waiting.seller_position,
        waiting.units,
        waiting.cash,
        np.ascontiguousarray(waiting.credit_value),
        waiting.cash_available.copy(),
        waiting.units_available.copy(),
        waiting.cap_available.copy(),
        waiting.reuse_at_once,
        group,
        np.empty((2, positions), dtype=np.int64),
        np.empty((2, count), dtype=np.int64),
    )
    return split_groups(group)
