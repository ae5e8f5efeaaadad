"""What waits for one resource, by the amount it needs: one index a priority, in the order of priorities.

Each is a ``tree`` where queue order within a priority is that of arrival, else a ``treap``. Most flows
state no priority or a few, so the first index that holds an amount small enough is found by a look at
each. The rows of one resource stand together, from ``first`` on.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined
from .order import class_of_entry, classes_of, is_linked
from .treap import earliest_linked, insert, remove, smallest_linked
from .tree import earliest, file_amount, forget, smallest_filed, unfile


@inlined
def smallest_of(pool, trees, arena, more, tree):
    """The smallest amount filed in one index, ``NOTHING_WAITS`` if none."""
    if is_linked(more):
        return smallest_linked(pool, trees, tree)
    return smallest_filed(trees, arena, tree)


@inlined
def smallest_of_all(pool, trees, arena, more, first, known):
    """The smallest amount filed under a resource; ``known`` is that of the index just changed."""
    smallest = known
    if classes_of(more) > 1:
        for tree in range(first, first + classes_of(more)):
            smallest = min(smallest, smallest_of(pool, trees, arena, more, tree))
    return smallest


@inlined
def file_under(pool, trees, arena, more, first, entry, leaf_column, amount):
    """File an entry under a resource for ``amount``; the smallest amount now filed there."""
    tree = first + class_of_entry(pool, more, entry)
    if is_linked(more):
        smallest = insert(pool, trees, arena, tree, entry, amount)
    else:
        smallest = file_amount(trees, arena, tree, pool[entry, leaf_column], amount)
    return smallest_of_all(pool, trees, arena, more, first, smallest)


@inlined
def take_off(pool, trees, arena, more, first, entry, leaf_column):
    """Take an entry off what it is filed under; the smallest amount still filed there."""
    tree = first + class_of_entry(pool, more, entry)
    if is_linked(more):
        smallest = remove(pool, trees, arena, tree, entry)
    else:
        smallest = unfile(trees, arena, tree, pool[entry, leaf_column])
    return smallest_of_all(pool, trees, arena, more, first, smallest)


@inlined
def give_up(pool, trees, arena, more, first, entry, leaf_column):
    """Give up the leaf of an entry that has been taken off, if it has one."""
    if pool[entry, leaf_column] >= 0:
        forget(trees, arena, first + class_of_entry(pool, more, entry), pool[entry, leaf_column])


@inlined
def earliest_under(pool, trees, arena, more, first, available):
    """The first entry in queue order that ``available`` is enough for, −1 if none."""
    for tree in range(first, first + classes_of(more)):
        if is_linked(more):
            entry = earliest_linked(pool, trees, tree, available)
        else:
            entry = earliest(trees, arena, tree, available)
        if entry >= 0:
            return entry
    return np.int64(-1)
