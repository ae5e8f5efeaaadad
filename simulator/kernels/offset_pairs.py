"""Offsets between two members: what each owes the other, settled together pair by pair."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .offset import keep_prefixes, taken_from


@kernel
def keep_losses(buyers, sellers, moves, base, spare, before, collateral, i, settled):
    """After a group: what instruction i's accounts may still give, which is never more than ``before``.

    A group's net receipts may be locked, so they do not count for the groups after it. A member's loss on
    one of its cash and collateral accounts is a loss on both: they measure the same headroom.
    """
    for leg in range(len(moves)):
        if moves[leg][i] != 0:
            for account in (base[leg] + buyers[leg][i], base[leg] + sellers[leg][i]):
                if not settled or spare[account] > before[account]:
                    spare[account] = before[account]
    if collateral >= 0:
        for member in (buyers[0][i], sellers[0][i]):
            least = min(spare[member], spare[collateral + member])
            spare[member] = least
            spare[collateral + member] = least


@kernel
def remember(buyers, sellers, moves, base, spare, before, collateral, i):
    """What instruction i's accounts may give becomes the ``before`` of the next group."""
    for leg in range(len(moves)):
        if moves[leg][i] != 0:
            before[base[leg] + buyers[leg][i]] = spare[base[leg] + buyers[leg][i]]
            before[base[leg] + sellers[leg][i]] = spare[base[leg] + sellers[leg][i]]
    if collateral >= 0:
        for member in (buyers[0][i], sellers[0][i]):
            before[member] = spare[member]
            before[collateral + member] = spare[collateral + member]


@kernel
def _offset_pairs(
    order,
    starts,
    stops,
    buyers,
    sellers,
    moves,
    base,
    spare,
    before,
    collateral,
    included,
    group,
    last,
    previous,
    lacking,
    drops,
):
    groups = 0
    for pair in range(len(starts)):
        start, stop = starts[pair], stops[pair]
        if not _both_ways(order, start, stop, buyers[0], group):
            continue
        keep_prefixes(
            order,
            start,
            stop,
            buyers,
            sellers,
            moves,
            base,
            spare,
            included,
            last,
            previous,
            lacking,
            drops,
        )
        settled = _both_ways(order, start, stop, buyers[0], included)
        for k in range(start, stop):
            i = order[k]
            keep_losses(buyers, sellers, moves, base, spare, before, collateral, i, settled)
            if included[i] and settled:
                group[i] = groups
            for leg in range(len(moves)):
                if moves[leg][i] != 0:
                    last[taken_from(buyers, sellers, moves, base, leg, i)] = -1
        for k in range(start, stop):
            remember(buyers, sellers, moves, base, spare, before, collateral, order[k])
        groups += settled
    return groups


@kernel
def _both_ways(order, start, stop, buyer, among):
    """Whether both members of a pair buy among those marked (not 0 or false)."""
    first = -1
    for k in range(start, stop):
        i = order[k]
        if among[i]:
            if first >= 0 and buyer[i] != first:
                return True
            first = buyer[i]
    return False


def offset_pairs(order, starts, stops, legs, collateral):
    """The group that each instruction settles in, numbered in the order of the pairs; −1 if it waits.

    ``order[starts[p]:stops[p]]`` are pair p's places, ascending. ``legs`` are (buyers, sellers, moves,
    base, spare); ``collateral`` is the first collateral account, −1 where there is none. Instructions are
    laid side by side pair by pair first, so that a pair is read in one go: a third faster.
    """
    buyers, sellers, moves, base, spare = legs
    columns = (tuple(leg[order] for leg in part) for part in (buyers, sellers, moves))
    count = len(order)
    group = np.full(count, -1, dtype=np.int64)
    _offset_pairs(
        np.arange(count),
        starts,
        stops,
        *columns,
        base,
        spare,
        spare.copy(),
        collateral,
        np.zeros(count, dtype=np.bool_),
        group,
        np.full(len(spare), -1, dtype=np.int64),
        np.empty((len(moves), count), dtype=np.int64),
        np.empty(2 * len(moves) * count + 1, dtype=np.int64),
        np.empty(count + 1, dtype=np.int64),
    )
    by_place = np.full(len(buyers[0]), -1, dtype=np.int64)
    by_place[order] = group
    return by_place
