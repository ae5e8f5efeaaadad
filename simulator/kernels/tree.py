"""An index of what waits for one resource: the earliest entry that an amount is enough for.

A min-segment-tree over the waiting instructions of one buyer (amounts of cash) or of one seller and
security (units), in queue order. A leaf is handed out when an instruction begins to wait, so leaves
stand in queue order; it holds ``NOTHING_WAITS`` while the instruction is filed elsewhere or is gone.
Filing, unfiling and finding take log2(leaves) steps, most often two or three.

A block of the arena for a tree of c leaves: [0] link of freed blocks, [1 … 2c−1] nodes, root first,
[2c … 3c−1] the entry behind each leaf, −1 once it is gone. The arena's first words are the first freed
block of each size.
"""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .order import precedes
from .state import (
    ARENA_USED,
    BASE,
    CAPACITY,
    HEAD,
    LIVE,
    NOTHING_WAITS,
    OFFERED,
    TAIL,
    TREES_USED,
    USED,
)

FIRST_CAPACITY = 4
SIZES = 64  # words at the head of the arena: the first freed block for 2^k leaves, −1 if none


@kernel
def _block_class(capacity):
    """k for a capacity of 2^k."""
    k = 0
    while (1 << k) < capacity:
        k += 1
    return k


@kernel
def _allocate(arena, totals, capacity):
    """A cleared block for ``capacity`` leaves: its base, or −1 if the arena has no room."""
    k = _block_class(capacity)
    base = arena[k]
    if base >= 0:
        arena[k] = arena[base]
    else:
        base = totals[ARENA_USED]
        if base + 3 * capacity > len(arena):
            return -1
        totals[ARENA_USED] = base + 3 * capacity
    arena[base : base + 2 * capacity] = NOTHING_WAITS
    arena[base + 2 * capacity : base + 3 * capacity] = -1
    return base


@kernel
def clear_tree(trees, tree):
    """A tree without leaves, a queue without entries."""
    trees[tree, :] = 0
    trees[tree, OFFERED] = -1
    trees[tree, HEAD] = -1
    trees[tree, TAIL] = -1


@kernel
def new_trees(trees, totals, count):
    """Rows for one more resource, without leaves yet: the first. The caller has seen that there is room."""
    first = totals[TREES_USED]
    totals[TREES_USED] = first + count
    for tree in range(first, first + count):
        clear_tree(trees, tree)
    return first


@kernel
def make_room(trees, arena, totals, pool, tree, leaf_column):
    """See that ``tree`` can hand out one more leaf; False, with nothing changed, if the arena is full.

    A tree whose leaves are all used keeps its size if half of its entries are gone, else doubles;
    its waiting entries move to the front in their order. Amortised constant time a leaf.
    """
    if trees[tree, USED] < trees[tree, CAPACITY]:
        return True
    old_base, old_capacity = trees[tree, BASE], trees[tree, CAPACITY]
    if trees[tree, LIVE] == 0 and old_capacity > 0:
        trees[tree, USED] = 0
        return True
    capacity = max(FIRST_CAPACITY, old_capacity)
    if 2 * trees[tree, LIVE] > capacity:
        capacity *= 2
    base = _allocate(arena, totals, capacity)
    if base < 0:
        return False
    used = 0
    for leaf in range(trees[tree, USED]):
        entry = arena[old_base + 2 * old_capacity + leaf]
        if entry >= 0:
            arena[base + capacity + used] = arena[old_base + old_capacity + leaf]
            arena[base + 2 * capacity + used] = entry
            pool[entry, leaf_column] = used
            used += 1
    for node in range(capacity - 1, 0, -1):
        arena[base + node] = min(arena[base + 2 * node], arena[base + 2 * node + 1])
    if old_capacity > 0:
        k = _block_class(old_capacity)
        arena[old_base] = arena[k]
        arena[k] = old_base
    trees[tree, BASE] = base
    trees[tree, CAPACITY] = capacity
    trees[tree, USED] = used
    return True


@kernel
def hand_out(trees, arena, tree, entry):
    """The next leaf of ``tree`` for ``entry``, filed under nothing yet."""
    leaf = trees[tree, USED]
    trees[tree, USED] = leaf + 1
    trees[tree, LIVE] += 1
    arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = entry
    return leaf


@kernel
def file_amount(trees, arena, tree, leaf, amount):
    """File ``amount`` at a leaf and return the smallest amount now filed in the tree."""
    base, capacity = trees[tree, BASE], trees[tree, CAPACITY]
    node = capacity + leaf
    arena[base + node] = amount
    node >>= 1
    while node > 0 and arena[base + node] > amount:
        arena[base + node] = amount
        node >>= 1
    return arena[base + 1]


@kernel
def unfile(trees, arena, tree, leaf):
    """Take the amount off a leaf and return the smallest amount still filed in the tree."""
    base, capacity = trees[tree, BASE], trees[tree, CAPACITY]
    node = capacity + leaf
    arena[base + node] = NOTHING_WAITS
    node >>= 1
    while node > 0:
        smallest = min(arena[base + 2 * node], arena[base + 2 * node + 1])
        if arena[base + node] == smallest:
            break
        arena[base + node] = smallest
        node >>= 1
    return arena[base + 1]


@kernel
def forget(trees, arena, tree, leaf):
    """Mark the entry behind a leaf as gone; its amount has been taken off already."""
    arena[trees[tree, BASE] + 2 * trees[tree, CAPACITY] + leaf] = -1
    trees[tree, LIVE] -= 1


@kernel
def smallest_filed(trees, arena, tree):
    """The smallest amount filed, ``NOTHING_WAITS`` if none."""
    if trees[tree, CAPACITY] == 0:
        return np.int64(NOTHING_WAITS)
    return arena[trees[tree, BASE] + 1]


@kernel
def earliest(trees, arena, tree, available):
    """The earliest entry filed in ``tree`` that ``available`` is enough for, −1 if none.

    The walk goes down from the root, left where the left half holds a small enough amount.
    """
    base, capacity = trees[tree, BASE], trees[tree, CAPACITY]
    if capacity == 0 or arena[base + 1] > available:
        return np.int64(-1)
    node = np.int64(1)
    while node < capacity:
        node *= 2
        if arena[base + node] > available:
            node += 1
    return arena[base + capacity + node]


@kernel
def push(pool, more, heap, size, entry):
    """Add ``entry`` to a binary heap with the first in queue order on top."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if not precedes(pool, more, entry, heap[above]):
            break
        heap[at] = heap[above]
        at = above
    heap[at] = entry


@kernel
def pop(pool, more, heap, size):
    """Take the first entry in queue order off a heap of ``size`` ≥ 1."""
    top = heap[0]
    last = heap[size - 1]
    count = size - 1
    at = 0
    while True:
        below = 2 * at + 1
        if below >= count:
            break
        if below + 1 < count and precedes(pool, more, heap[below + 1], heap[below]):
            below += 1
        if not precedes(pool, more, heap[below], last):
            break
        heap[at] = heap[below]
        at = below
    heap[at] = last
    return top
