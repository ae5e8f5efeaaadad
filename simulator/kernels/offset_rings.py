"""Offsets along short rings of members, each of which buys from the next."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .offset import post, unpost
from .offset_pairs import keep_losses, remember

BREADTH = 8
"""Counterparties of a member that a ring may go on to: those it has waited longest to buy from."""

FOUND, NONE, NO_WAY_ON = 1, 0, -1


@kernel
def _lacks(buyers, sellers, moves, base, spare, sold, bought):
    """Whether the member that sells in one instruction and buys in the other lacks anything after both."""
    for leg in range(len(moves)):
        if moves[leg][sold] != 0 and spare[base[leg] + sellers[leg][sold]] < 0:
            return True
        if moves[leg][bought] != 0 and spare[base[leg] + buyers[leg][bought]] < 0:
            return True
    return False


@kernel
def _link(member, order, heads, stops, first_pair, links):
    """The first waiting instruction to each of the ``BREADTH`` counterparties whose comes first."""
    links[member, :] = -1
    width = links.shape[1]
    for pair in range(first_pair[member], first_pair[member + 1]):
        if heads[pair] == stops[pair]:
            continue
        place = order[heads[pair]]
        k = width - 1
        if links[member, k] >= 0 and links[member, k] < place:
            continue
        while k > 0 and (links[member, k - 1] < 0 or links[member, k - 1] > place):
            links[member, k] = links[member, k - 1]
            k -= 1
        links[member, k] = place


@kernel
def _find_ring(
    start,
    length,
    order,
    heads,
    stops,
    first_pair,
    buyers,
    sellers,
    moves,
    base,
    spare,
    links,
    stale,
    on,
    owes_start,
    choice,
    ring,
):
    """Find the first feasible ring of ``length`` through ``start``; it is posted, its places in ``ring``.

    Returns ``FOUND``, ``NONE``, or ``NO_WAY_ON`` where no longer one can be feasible either.
    """
    depth, deepest = 0, 0
    choice[0], ring[0] = -1, -1
    while depth >= 0:
        if ring[depth] >= 0:
            unpost(buyers, sellers, moves, base, spare, ring[depth])
            on[sellers[0][ring[depth]]] = False
            ring[depth] = -1
        member = start if depth == 0 else sellers[0][ring[depth - 1]]
        if stale[member]:
            _link(member, order, heads, stops, first_pair, links)
            stale[member] = False
        choice[depth] += 1
        if choice[depth] == links.shape[1] or links[member, choice[depth]] < 0:
            depth -= 1
            continue
        i = links[member, choice[depth]]
        following, closes = sellers[0][i], depth == length - 1
        if closes != (following == start) or (not closes and on[following]):
            continue
        if depth == length - 2 and not owes_start[following]:
            deepest = length - 1  # no ring of this length goes on from there, but a longer one may
            continue
        ring[depth] = i
        post(buyers, sellers, moves, base, spare, i)
        if depth > 0 and _lacks(buyers, sellers, moves, base, spare, ring[depth - 1], i):
            continue
        if closes:
            if not _lacks(buyers, sellers, moves, base, spare, i, ring[0]):
                return FOUND
            continue
        on[following] = True
        depth += 1
        deepest = max(deepest, depth)
        choice[depth], ring[depth] = -1, -1
    return NONE if deepest == length - 1 else NO_WAY_ON


@kernel
def _offset_rings(
    longest,
    starts,
    order,
    heads,
    stops,
    pair_of,
    first_pair,
    by_seller,
    first_by_seller,
    buyers,
    sellers,
    moves,
    base,
    spare,
    before,
    collateral,
    links,
    stale,
    on,
    owes_start,
    choice,
    ring,
    group,
):
    groups = 0
    for start in starts:
        for k in range(first_by_seller[start], first_by_seller[start + 1]):
            owes_start[buyers[0][order[stops[by_seller[k]] - 1]]] = True
        length = 2
        while length <= longest:
            found = _find_ring(
                start,
                length,
                order,
                heads,
                stops,
                first_pair,
                buyers,
                sellers,
                moves,
                base,
                spare,
                links,
                stale,
                on,
                owes_start,
                choice,
                ring,
            )
            if found != FOUND:
                length = length + 1 if found == NONE else longest + 1
                continue
            for k in range(length):
                i = ring[k]
                group[i] = groups
                on[sellers[0][i]] = False
                heads[pair_of[i]] += 1
                stale[buyers[0][i]] = True
                keep_losses(buyers, sellers, moves, base, spare, before, collateral, i, True)
            for k in range(length):
                remember(buyers, sellers, moves, base, spare, before, collateral, ring[k])
            groups += 1
            length = 2
        for k in range(first_by_seller[start], first_by_seller[start + 1]):
            owes_start[buyers[0][order[stops[by_seller[k]] - 1]]] = False


def offset_rings(longest, starts, order, pair_starts, pair_stops, first_pair, legs, collateral):
    """The group that each instruction settles in, numbered as they are found; −1 if it waits.

    ``starts`` are the members to look from. ``order[pair_starts[p]:pair_stops[p]]`` are the places of the
    p-th (buyer, seller), ascending; member m buys in pairs ``first_pair[m]`` … ``first_pair[m + 1] − 1``.
    ``legs`` are (buyers, sellers, moves, base, spare); ``collateral`` is the first collateral account, or −1.
    """
    buyers, sellers, *_, spare = legs
    count, members = len(buyers[0]), len(first_pair) - 1
    seller_of_pair = sellers[0][order[pair_starts]]
    by_seller = np.argsort(seller_of_pair, kind="stable")
    group = np.full(count, -1, dtype=np.int64)
    pair_of = np.full(count, -1, dtype=np.int64)
    pair_of[order] = np.repeat(np.arange(len(pair_starts)), pair_stops - pair_starts)
    _offset_rings(
        longest,
        starts,
        order,
        pair_starts.copy(),
        pair_stops,
        pair_of,
        first_pair,
        by_seller,
        np.searchsorted(seller_of_pair[by_seller], np.arange(members + 1)),
        *legs,
        spare.copy(),
        collateral,
        np.full((members, BREADTH), -1, dtype=np.int64),
        np.ones(members, dtype=np.bool_),
        np.zeros(members, dtype=np.bool_),
        np.zeros(members, dtype=np.bool_),
        np.empty(longest, dtype=np.int64),
        np.full(longest, -1, dtype=np.int64),
        group,
    )
    return group
