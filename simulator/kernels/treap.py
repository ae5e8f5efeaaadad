"""An index of what waits for one resource where queue order within a priority is not that of arrival.

A treap over the waiting instructions filed under one buyer's cash, or one seller's units: a binary
tree in queue order, (key, place), balanced by a hash of the place, in which each node knows
the smallest amount below it. It lives in the pool's own rows. Filing, unfiling and finding the earliest
entry that an amount is enough for take some log2 steps (Seidel and Aragon 1996, with the minimum kept
as in ``tree``).
"""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .order import comes_before
from .state import FILED, HEAD, LEFT, NOTHING_WAITS, PLACE, RIGHT, SMALLEST


@kernel
def _height(pool, entry):
    """A number as good as random by which parents stand above children (splitmix64 of the place)."""
    z = np.uint64(pool[entry, PLACE]) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _refresh(pool, entry):
    """Recompute the smallest amount at or below an entry."""
    smallest = pool[entry, FILED]
    left, right = pool[entry, LEFT], pool[entry, RIGHT]
    if left >= 0 and pool[left, SMALLEST] < smallest:
        smallest = pool[left, SMALLEST]
    if right >= 0 and pool[right, SMALLEST] < smallest:
        smallest = pool[right, SMALLEST]
    pool[entry, SMALLEST] = smallest


@kernel
def _hook(pool, trees, tree, parent, side, child):
    """Make ``child`` the subtree of ``parent`` on that side, the root where there is no parent."""
    if parent < 0:
        trees[tree, HEAD] = child
    else:
        pool[parent, side] = child


@kernel
def smallest_linked(pool, trees, tree):
    """The smallest amount filed, ``NOTHING_WAITS`` if none."""
    root = trees[tree, HEAD]
    if root < 0:
        return np.int64(NOTHING_WAITS)
    return pool[root, SMALLEST]


@kernel
def insert(pool, trees, path, tree, entry, amount):
    """File ``amount`` for an entry and return the smallest amount now filed; ``path`` is scratch."""
    pool[entry, FILED] = amount
    height = _height(pool, entry)
    node, parent, side = trees[tree, HEAD], np.int64(-1), LEFT
    while node >= 0 and _height(pool, node) >= height:
        if amount < pool[node, SMALLEST]:
            pool[node, SMALLEST] = amount
        parent = node
        side = LEFT if comes_before(pool, entry, node) else RIGHT
        node = pool[node, side]
    _hook(pool, trees, tree, parent, side, entry)
    # What stood here is cut in two around the entry: before it to its left, after it to its right.
    before, before_side, after, after_side = entry, LEFT, entry, RIGHT
    depth = 0
    while node >= 0:
        path[depth] = node
        depth += 1
        if comes_before(pool, node, entry):
            pool[before, before_side] = node
            before, before_side = node, RIGHT
            node = pool[node, RIGHT]
        else:
            pool[after, after_side] = node
            after, after_side = node, LEFT
            node = pool[node, LEFT]
    pool[before, before_side] = -1
    pool[after, after_side] = -1
    for step in range(depth - 1, -1, -1):
        _refresh(pool, path[step])
    _refresh(pool, entry)
    return smallest_linked(pool, trees, tree)


@kernel
def remove(pool, trees, path, tree, entry):
    """Take an entry off and return the smallest amount still filed; ``path`` is scratch."""
    node, parent, side = trees[tree, HEAD], np.int64(-1), LEFT
    depth = 0
    while node != entry:
        path[depth] = node
        depth += 1
        parent = node
        side = LEFT if comes_before(pool, entry, node) else RIGHT
        node = pool[node, side]
    left, right = pool[entry, LEFT], pool[entry, RIGHT]
    while left >= 0 and right >= 0:
        if _height(pool, left) >= _height(pool, right):
            _hook(pool, trees, tree, parent, side, left)
            parent, side = left, RIGHT
            left = pool[left, RIGHT]
        else:
            _hook(pool, trees, tree, parent, side, right)
            parent, side = right, LEFT
            right = pool[right, LEFT]
        path[depth] = parent
        depth += 1
    _hook(pool, trees, tree, parent, side, left if left >= 0 else right)
    for step in range(depth - 1, -1, -1):
        _refresh(pool, path[step])
    return smallest_linked(pool, trees, tree)


@kernel
def earliest_linked(pool, trees, tree, available):
    """The first entry in queue order that ``available`` is enough for, −1 if none."""
    node = trees[tree, HEAD]
    if node < 0 or pool[node, SMALLEST] > available:
        return np.int64(-1)
    while True:
        left = pool[node, LEFT]
        if left >= 0 and pool[left, SMALLEST] <= available:
            node = left
        elif pool[node, FILED] <= available:
            return node
        else:
            node = pool[node, RIGHT]
