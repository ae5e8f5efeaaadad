"""Ring offset: short rings of members, each of which buys from the next, settle together.

Source: technical netting as securities settlement systems run it, which settles as linked what would fail
one by one (T2S, ECB, functional description of the settlement engine). The order in which rings are
looked for is our own choice, and with it which of several rings settles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels.offset_rings import offset_rings

from .legs import collateral_accounts, legs_of, runs, split_groups
from .waiting import Int64, Waiting

LONGEST = 5


def ring_offset(waiting: Waiting, longest: int = LONGEST) -> Sequence[Int64]:
    """Rings of up to five different members, one instruction a link, each feasible on its net effect.

    ``longest`` is how many members a ring has at most.

    A member's links are its first waiting instruction to each counterparty it buys from, in queue order,
    of which the first eight count (``BREADTH``). Members come in order of their first purchase from
    another. From each the shortest feasible ring through it settles, of equally short ones that whose
    links, from this member on, come first in queue order; again while there is one, then the next member.
    What a ring brings in does not count for the rings after it, what it takes does. A ring in securities
    is the same ring: units go round against the cash, or without any.

    0 owes 1 five, 1 owes 2 six and has one, 2 owes 0 five:

    >>> queue = Waiting.of([0, 1, 2], [1, 2, 0], cash=[5, 6, 5], cash_available=[0, 1, 0])
    >>> [group.tolist() for group in ring_offset(queue)]
    [[0, 1, 2]]
    """
    members = len(waiting.cash_available)
    places = np.flatnonzero(waiting.buyer != waiting.seller)
    order, starts, stops = runs(waiting.buyer[places], waiting.seller[places])
    order = places[order]
    buyer_of_pair = waiting.buyer[order[starts]]
    buyers, first = np.unique(waiting.buyer[places], return_index=True)
    group = offset_rings(
        longest,
        buyers[np.argsort(first, kind="stable")],
        order,
        starts,
        stops,
        np.searchsorted(buyer_of_pair, np.arange(members + 1)),
        legs_of(waiting),
        collateral_accounts(waiting),
    )
    return split_groups(group)
