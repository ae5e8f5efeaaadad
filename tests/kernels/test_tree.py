"""The index of what waits for one resource, against a plain list that is searched from its head."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.kernels import state as st
from simulator.kernels import tree as kt

TREES = 3
AMOUNTS = some.integers(0, 9) | some.integers(0, 1 << 61)


class Index:
    """A few trees in one arena, driven as the queue drives them, beside what each should hold."""

    def __init__(self) -> None:
        self.totals = np.zeros(st.TOTALS, np.int64)
        self.totals[st.ARENA_USED] = kt.SIZES
        self.trees = np.full((TREES, st.TREE_COLUMNS), -1, np.int64)
        kt.new_trees(self.trees, self.totals, TREES)
        self.arena = np.full(kt.SIZES + 1, -1, np.int64)
        self.pool = np.zeros((1000, st.POOL_COLUMNS), np.int64)
        self.entries = 0
        self.filed: list[dict[int, int | None]] = [{} for _ in range(TREES)]  # entry → amount, None unfiled
        self.grown = 0

    def add(self, tree: int, amount: int) -> None:
        """An instruction begins to wait: room first, as before any balance changes."""
        place = self.trees, self.arena, self.totals, self.pool
        while not kt.make_room(*place, tree, st.CASH_LEAF):
            larger = np.zeros(2 * len(self.arena), np.int64)
            larger[: len(self.arena)] = self.arena
            self.arena, self.grown = larger, self.grown + 1
            place = self.trees, self.arena, self.totals, self.pool
        entry, self.entries = self.entries, self.entries + 1
        self.pool[entry, st.CASH_LEAF] = kt.hand_out(self.trees, self.arena, tree, entry)
        self.file(tree, entry, amount)

    def file(self, tree: int, entry: int, amount: int) -> None:
        leaf = self.pool[entry, st.CASH_LEAF]
        self.filed[tree][entry] = amount
        assert kt.file_amount(self.trees, self.arena, tree, leaf, amount) == self.smallest(tree)

    def unfile(self, tree: int, entry: int) -> None:
        leaf = self.pool[entry, st.CASH_LEAF]
        self.filed[tree][entry] = None
        assert kt.unfile(self.trees, self.arena, tree, leaf) == self.smallest(tree)

    def forget(self, tree: int, entry: int) -> None:
        if self.filed[tree][entry] is not None:
            self.unfile(tree, entry)
        kt.forget(self.trees, self.arena, tree, self.pool[entry, st.CASH_LEAF])
        del self.filed[tree][entry]

    def smallest(self, tree: int) -> int:
        return min((a for a in self.filed[tree].values() if a is not None), default=st.NOTHING_WAITS)

    def check(self, tree: int, available: int) -> None:
        """The first entry, in queue order, that ``available`` is enough for."""
        enough = (e for e, a in sorted(self.filed[tree].items()) if a is not None and a <= available)
        assert kt.earliest(self.trees, self.arena, tree, available) == next(enough, -1)


STEP = some.tuples(
    some.sampled_from(["add", "add", "add", "unfile", "file", "forget", "forget"]),
    some.integers(0, TREES - 1),
    some.integers(0, 10**6),
    AMOUNTS,
)


@given(some.lists(STEP, max_size=120), AMOUNTS)
def test_the_earliest_entry_that_an_amount_is_enough_for_is_found_after_any_history(steps, available):
    index = Index()
    for step, tree, which, amount in steps:
        entries = sorted(index.filed[tree])
        if step == "add":
            index.add(tree, amount)
        elif entries:
            entry = entries[which % len(entries)]
            is_filed = index.filed[tree][entry] is not None
            if step == "forget":
                index.forget(tree, entry)
            elif step == "unfile" and is_filed:
                index.unfile(tree, entry)
            elif step == "file" and not is_filed:
                index.file(tree, entry, amount)
        for each in range(TREES):
            index.check(each, available)


def test_a_tree_that_is_emptied_and_filled_keeps_its_size():
    """A thousand pass through a queue of at most four: no more than a block or two of the arena is used."""
    index = Index()
    for k in range(900):
        index.add(0, k)
        if k >= 4:
            index.forget(0, k - 4)
        index.check(0, 10**6)
    assert index.grown <= 2


def test_blocks_that_a_growing_tree_leaves_serve_another():
    index = Index()
    for k in range(64):
        index.add(0, k)
    used = index.totals[st.ARENA_USED]
    for k in range(16):
        index.add(1, k)
    # Tree 0 grew through 4, 8, 16 and 32 leaves to 64, tree 1 through the same: all but the 64.
    assert index.totals[st.ARENA_USED] == used


@pytest.mark.parametrize("seed", range(20))
def test_the_heap_gives_the_smallest_first(seed):
    random = np.random.default_rng(seed)
    pool = np.empty((0, st.POOL_COLUMNS), np.int64)  # of an order that is that of arrival, so unread
    heap, expected, size = np.zeros(200, np.int64), [], 0
    for _ in range(400):
        if size < len(heap) and (size == 0 or random.random() < 0.55):
            entry = int(random.integers(50))
            kt.push(pool, None, heap, size, entry)
            heapq.heappush(expected, entry)
            size += 1
        else:
            assert kt.pop(pool, None, heap, size) == heapq.heappop(expected)
            size -= 1
