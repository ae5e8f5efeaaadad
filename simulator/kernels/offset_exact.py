"""The feasible set of largest value among a few instructions, by trying every set that might be it."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .offset import post, unpost


@kernel
def _feasible(buyers, sellers, moves, base, spare):
    """Whether no account that these instructions move is below 0."""
    for leg in range(len(moves)):
        for i in range(len(moves[leg])):
            if moves[leg][i] != 0 and (
                spare[base[leg] + buyers[leg][i]] < 0 or spare[base[leg] + sellers[leg][i]] < 0
            ):
                return False
    return True


@kernel
def _best_set(buyers, sellers, moves, base, spare, cash, rest, tried, chosen, best):
    """Depth first, including before leaving out: of equal sets the first in queue order is met first."""
    count = len(cash)
    best_value, best_count, value, size = 0, 0, 0, 0
    depth = 0
    tried[0] = 0
    while depth >= 0:
        ahead = count - depth
        hopeless = value + rest[depth] < best_value or (
            value + rest[depth] == best_value and size + ahead <= best_count
        )
        if depth == count or (tried[depth] == 0 and hopeless):
            if not hopeless and _feasible(buyers, sellers, moves, base, spare):
                best_value, best_count = value, size
                for i in range(count):
                    best[i] = chosen[i]
            depth -= 1
            continue
        tried[depth] += 1
        if tried[depth] == 1:
            post(buyers, sellers, moves, base, spare, depth)
            chosen[depth] = True
            value += cash[depth]
            size += 1
        elif tried[depth] == 2:
            unpost(buyers, sellers, moves, base, spare, depth)
            chosen[depth] = False
            value -= cash[depth]
            size -= 1
        else:
            depth -= 1
            continue
        depth += 1
        if depth < count:
            tried[depth] = 0


def most_valuable_set(buyers, sellers, moves, base, spare, cash):
    """Which instructions the best set holds, as a boolean array.

    Best is the largest Σ cash; of those the most instructions; of those the set whose first differing
    instruction stands earlier in the queue. At most 2ⁿ steps for n instructions.
    """
    count = len(cash)
    rest = np.zeros(count + 1, dtype=np.int64)
    rest[:count] = np.cumsum(cash[::-1])[::-1]
    best = np.zeros(count, dtype=np.bool_)
    _best_set(
        buyers,
        sellers,
        moves,
        base,
        spare,
        cash,
        rest,
        np.zeros(count + 1, dtype=np.int64),
        np.zeros(count, dtype=np.bool_),
        best,
    )
    return best
