"""What waits for one resource, an index a priority, against a plain list that is searched from its head."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.kernels import tree as kt
from simulator.kernels.index import earliest_under, file_under, give_up, smallest_of_all, take_off
from simulator.kernels.order import class_of, precedes, sort_by_priority

from ..books import more_of

RESOURCES = 2
MOST = 400


class Index:
    """Resources with an index a priority each, driven as the queue drives them, beside what they hold."""

    def __init__(self, priorities: tuple[int, ...], linked: bool, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.more, self.linked = more_of(priorities, linked), linked
        self.priorities, self.classes = priorities, len(priorities)
        self.totals = np.zeros(st.TOTALS, np.int64)
        self.totals[st.ARENA_USED] = kt.SIZES
        self.trees = np.full((RESOURCES * self.classes, st.TREE_COLUMNS), -1, np.int64)
        kt.new_trees(self.trees, self.totals, len(self.trees))
        self.arena = np.full(kt.SIZES + 1 if not linked else 512, -1, np.int64)
        self.pool = np.full((MOST, st.WIDE_POOL_COLUMNS), -1, np.int64)
        self.pool[:, st.PRIORITY] = self.random.choice(priorities, MOST)
        self.pool[:, st.KEY] = self.random.integers(-2, 3, MOST) if linked else 0
        self.pool[:, st.PLACE] = self.random.permutation(MOST) if linked else np.arange(MOST)
        self.waiting: list[dict[int, int | None]] = [{} for _ in range(RESOURCES)]
        self.entries = 0

    def turn(self, entry: int) -> tuple[int, ...]:
        """By which entries stand in the queue."""
        row = self.pool[entry]
        if self.linked:
            return int(row[st.PRIORITY]), int(row[st.KEY]), int(row[st.PLACE])
        return int(row[st.PRIORITY]), entry

    def smallest(self, resource: int) -> int:
        amounts = [amount for amount in self.waiting[resource].values() if amount is not None]
        return min(amounts, default=st.NOTHING_WAITS)

    def add(self, resource: int) -> None:
        """An instruction begins to wait: it gets a leaf in its priority's index, and is not filed yet."""
        entry, self.entries = self.entries, self.entries + 1
        if not self.linked:
            tree = resource * self.classes + self.priorities.index(self.pool[entry, st.PRIORITY])
            while not kt.make_room(self.trees, self.arena, self.totals, self.pool, tree, st.CASH_LEAF):
                self.arena = np.concatenate([self.arena, np.zeros(len(self.arena), np.int64)])
            self.pool[entry, st.CASH_LEAF] = kt.hand_out(self.trees, self.arena, tree, entry)
        self.waiting[resource][entry] = None

    def change(self, resource: int) -> None:
        """One that waits is filed if it is not, else taken off, and now and then gone for good."""
        filed = self.waiting[resource]
        entry = sorted(filed)[self.random.integers(len(filed))]
        place = self.pool, self.trees, self.arena, self.more, resource * self.classes, entry, st.CASH_LEAF
        if filed[entry] is None:
            filed[entry] = int(
                self.random.choice([self.random.integers(1, 9), self.random.integers(1 << 61)])
            )
            assert file_under(*place, filed[entry]) == self.smallest(resource)
            return
        filed[entry] = None
        assert take_off(*place) == self.smallest(resource)
        if self.random.random() < 0.4:
            if not self.linked:
                give_up(*place)
            del filed[entry]

    def check(self) -> None:
        """The first that an amount is enough for, in queue order over priorities; nothing of the others'."""
        for resource, filed in enumerate(self.waiting):
            first = resource * self.classes
            place = self.pool, self.trees, self.arena, self.more, first
            if self.classes > 1:
                assert smallest_of_all(*place, st.NOTHING_WAITS) == self.smallest(resource)
            for available in (0, int(self.random.integers(1, 9)), 1 << 61):
                enough = [e for e, amount in filed.items() if amount is not None and amount <= available]
                assert earliest_under(*place, available) == min(enough, key=self.turn, default=-1)


@pytest.mark.parametrize("linked", [False, True], ids=["trees", "treaps"])
@pytest.mark.parametrize("priorities", [(5,), (1, 9), (1, 2, 4, 5, 9)])
def test_the_first_that_an_amount_is_enough_for_is_found_after_any_history(priorities, linked):
    for seed in range(4):
        index = Index(priorities, linked, seed)
        while index.entries < 120:
            resource = int(index.random.integers(RESOURCES))
            if not index.waiting[resource] or index.random.random() < 0.3:
                index.add(resource)
            else:
                index.change(resource)
            index.check()


@pytest.mark.parametrize("linked", [False, True])
def test_which_of_two_stands_first_is_told_as_by_sorting(linked):
    index = Index((1, 4, 9), linked, 7)
    for first in range(40):
        for second in range(40):
            if first != second:
                before = index.turn(first) < index.turn(second)
                assert precedes(index.pool, index.more, first, second) == before


def test_a_priority_has_its_place_among_those_there_are():
    more = more_of((2, 5, 8), linked=False)
    assert [class_of(more, priority) for priority in (2, 5, 8)] == [0, 1, 2]


@pytest.mark.parametrize("seed", range(10))
def test_places_are_sorted_by_priority_and_then_by_place(seed):
    random = np.random.default_rng(seed)
    priorities = random.integers(1, 10, int(random.integers(1, 60)))
    start = int(random.integers(len(priorities)))
    order = np.empty(len(priorities) - start, np.int64)
    sort_by_priority(priorities, start, np.empty(10, np.int64), order)
    assert order.tolist() == sorted(range(start, len(priorities)), key=lambda at: (priorities[at], at))
