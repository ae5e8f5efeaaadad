"""Bilateral offset: two members settle together what they owe each other, pair by pair.

Source: Leinonen and Soramäki (1999), *Optimizing liquidity usage and settlement speed in payment systems*,
Bank of Finland Discussion Papers 16/1999, on bilateral offsetting in queue order; with the prefixes of
Bech and Soramäki (2001), here for cash and securities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset_pairs import offset_pairs

from .legs import collateral_accounts, legs_of, runs, split_groups
from .waiting import Int64, Waiting


def bilateral_offset(waiting: Waiting) -> Sequence[Int64]:
    """For each two members with instructions both ways, the largest feasible set of prefixes of the two.

    Pairs come in order of their first waiting instruction. A pair's set is a prefix of what the one buys
    from the other and of what the other buys from the one, and of each account's queue between them; it
    settles if it holds something of both directions. What a group brings in does not count for the groups
    after it, what it takes does.

    0 owes 1 five, 1 owes 0 seven and has two; 2 owes 0 one, and 0 owes 2 nothing:

    >>> queue = Waiting.of([0, 2, 1], [1, 0, 0], cash=[5, 1, 7], cash_available=[0, 2, 0])
    >>> [group.tolist() for group in bilateral_offset(queue)]
    [[0, 2]]
    """
    lower, upper = np.minimum(waiting.buyer, waiting.seller), np.maximum(waiting.buyer, waiting.seller)
    places = np.flatnonzero(lower != upper)
    order, starts, stops = runs(lower[places], upper[places])
    order = places[order]
    by_first = np.argsort(order[starts], kind="stable")
    # A leg that takes one from a direction and gives it back at once: nobody lacks it, it keeps the order.
    direction = (waiting.buyer > waiting.seller).astype(np.int64)
    in_turn = (direction, direction, np.ones_like(direction), np.zeros(2, np.int64))
    legs = legs_of(waiting, in_turn)
    return split_groups(
        offset_pairs(order, starts[by_first], stops[by_first], legs, collateral_accounts(waiting))
    )
