"""Queue order: that of arrival, or (priority, key, place) where instructions state priorities or a rule
gives keys. Entries join the queue in the order of events, so that within a priority the order is that of
the pool's rows, unless something is on hold or a rule gives keys.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined, kernel
from .state import IDENTIFIER, KEY, PLACE, PRIORITY


@inlined
def is_ordered(more):
    """Whether queue order is not that of arrival."""
    if more is None:
        return False
    return more.ordered


@inlined
def is_linked(more):
    """Whether treaps index what waits, since trees could not: its order or its amounts change."""
    if more is None:
        return False
    return more.linked


@inlined
def keeps_wishes(more):
    """Whether entries of the queue keep what instructions say of themselves."""
    if more is None:
        return False
    return more.wishes


@inlined
def may_say_whole(more):
    """Whether they keep that it settles whole only."""
    if more is None:
        return False
    return more.whole


@inlined
def classes_of(more):
    """How many priorities there are, each of which has an index of its own."""
    if more is None:
        return 1
    return more.classes


@inlined
def is_capped(more):
    """Whether net debit caps bind."""
    if more is None:
        return False
    return more.capped


@inlined
def class_of(more, priority):
    """The place of a priority among those there are."""
    return more.class_by_priority >> 4 * priority & 15


@inlined
def class_of_entry(pool, more, entry):
    """The class of a waiting instruction, 0 where order is that of arrival."""
    if more is None:
        return 0
    if more.classes == 1:
        return 0
    return class_of(more, pool[entry, PRIORITY])


@inlined
def precedes(pool, more, first, second):
    """Whether one entry stands before another in queue order."""
    if not is_ordered(more):
        return first < second
    if pool[first, PRIORITY] != pool[second, PRIORITY]:
        return pool[first, PRIORITY] < pool[second, PRIORITY]
    if not is_linked(more):
        return first < second
    return comes_before(pool, first, second)


@inlined
def comes_before(pool, first, second):
    """The same of two of one priority that are linked."""
    if pool[first, KEY] != pool[second, KEY]:
        return pool[first, KEY] < pool[second, KEY]
    return pool[first, PLACE] < pool[second, PLACE]


@inlined
def key_of(pool, more, entry):
    """What an order rule gave an entry."""
    if is_linked(more):
        return pool[entry, KEY]
    return np.int64(0)


@inlined
def stands_before(pool, more, entry, priority, key, place):
    """In an ordered queue: whether an entry stands before (priority, key, place)."""
    if pool[entry, PRIORITY] != priority:
        return pool[entry, PRIORITY] < priority
    if key_of(pool, more, entry) != key:
        return key_of(pool, more, entry) < key
    return pool[entry, IDENTIFIER] < place


@kernel
def sort_by_priority(priorities, start, counts, order):
    """Fill ``order`` with the places from ``start`` on by (priority, place); ``counts`` is scratch."""
    counts[:] = 0
    for at in range(start, start + len(order)):
        counts[priorities[at]] += 1
    before = 0
    for priority in range(len(counts)):
        before, counts[priority] = before + counts[priority], before
    for at in range(start, start + len(order)):
        priority = priorities[at]
        order[counts[priority]] = at
        counts[priority] += 1
