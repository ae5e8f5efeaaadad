"""The multilateral offset against all subsets of up to twelve instructions (DOMAIN 5, item 12).

Feasible sets that are a prefix of every queue close under union, so there is one largest: the kernel's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from simulator.kernels.offset import largest_feasible_prefixes

Int64 = npt.NDArray[np.int64]


@dataclass
class Queue:
    """Waiting instructions in queue order; a position is a (member, security), −1 for payments."""

    buyer: Int64
    seller: Int64
    buyer_position: Int64
    seller_position: Int64
    units: Int64
    cash: Int64
    cash_available: Int64
    units_available: Int64

    def largest(self) -> npt.NDArray[np.bool_]:
        """By the kernel, which sees cash as one leg, from buyer to seller, and units as another, back."""
        return largest_feasible_prefixes(
            (self.buyer, self.buyer_position),
            (self.seller, self.seller_position),
            (self.cash, -self.units),
            np.array([0, len(self.cash_available)]),
            np.concatenate([self.cash_available, self.units_available]),
        )


def random_queue(seed: int) -> Queue:
    draw = np.random.default_rng([13, seed])
    count, members, securities = int(draw.integers(1, 13)), int(draw.integers(2, 5)), int(draw.integers(1, 3))
    buyer = draw.integers(members, size=count)
    seller = (buyer + draw.integers(1, members, size=count)) % members
    kind = draw.random(count)
    cash = np.where(kind < 0.2, 0, draw.integers(1, 5, size=count))
    units = np.where(kind > 0.6, 0, draw.integers(1, 4, size=count))
    security = draw.integers(securities, size=count)
    rich = draw.choice([1, 2, 6])
    return Queue(
        buyer,
        seller,
        np.where(units > 0, security * members + buyer, -1),
        np.where(units > 0, security * members + seller, -1),
        units,
        cash,
        draw.integers(0, rich, size=members),
        draw.integers(0, rich, size=members * securities),
    )


def feasible_prefixes(queue: Queue) -> npt.NDArray[np.bool_]:
    """All subsets (rows) that are prefixes of every queue and feasible on their net effect."""
    count = len(queue.buyer)
    subsets = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
    allowed = np.ones(len(subsets), bool)
    for needs, owner in ((queue.cash, queue.buyer), (queue.units, queue.seller_position)):
        for i in range(count):
            for earlier in range(i):
                if needs[i] > 0 and needs[earlier] > 0 and owner[i] == owner[earlier]:
                    allowed &= subsets[:, earlier] >= subsets[:, i]
    cash = np.zeros((count, len(queue.cash_available)), np.int64)
    units = np.zeros((count, len(queue.units_available)), np.int64)
    for i in range(count):
        cash[i, queue.buyer[i]] -= queue.cash[i]
        cash[i, queue.seller[i]] += queue.cash[i]
        if queue.units[i]:
            units[i, queue.seller_position[i]] -= queue.units[i]
            units[i, queue.buyer_position[i]] += queue.units[i]
    allowed &= (subsets @ cash + queue.cash_available >= 0).all(axis=1)
    allowed &= (subsets @ units + queue.units_available >= 0).all(axis=1)
    return subsets[allowed].astype(bool)


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_the_offset_is_the_union_of_all_feasible_prefixes_and_one_of_them(first):
    settles_some = 0
    for seed in range(first, first + 100):
        queue = random_queue(seed)
        sets, found = feasible_prefixes(queue), queue.largest()
        assert found.tolist() == sets.any(axis=0).tolist(), f"queue {seed}"
        assert (sets == found).all(axis=1).any(), f"queue {seed}"
        settles_some += bool(found.any()) and not found.all()
    assert settles_some > 10


def test_whoever_lacks_loses_its_last_instruction():
    """A owes B 4, then C 3, and has 4; without C's 3 it can pay B."""
    none = np.full(2, -1)
    zeros = np.zeros(2, np.int64)
    queue = Queue(
        zeros, np.array([1, 2]), none, none, zeros, np.array([4, 3]), np.array([4, 0, 0]), zeros[:0]
    )
    assert queue.largest().tolist() == [True, False]


def test_what_is_given_is_not_changed():
    queue = random_queue(3)
    before = [column.copy() for column in vars(queue).values()]
    queue.largest()
    for column, copy in zip(vars(queue).values(), before, strict=True):
        assert column.tolist() == copy.tolist()


@pytest.mark.parametrize("pairs", [2, 10, 1_000])
def test_of_two_who_owe_each_other_in_turn_only_the_one_too_many_waits(pairs):
    """A and B owe each other 1 in turn, A once more, last: only that one needs money."""
    buyer = np.append(np.tile([0, 1], pairs), 0)
    none, zeros, ones = np.full(len(buyer), -1), np.zeros(len(buyer), np.int64), np.ones(len(buyer), np.int64)
    for cash, settled in ((1, 2 * pairs + 1), (0, 2 * pairs)):
        queue = Queue(buyer, 1 - buyer, none, none, zeros, ones, np.array([cash, 0]), np.empty(0, np.int64))
        assert queue.largest().tolist() == [True] * settled + [False] * (len(buyer) - settled)


def test_a_chain_paid_from_its_far_end_falls_link_by_link():
    """Member k owes 1 to k + 1, the last first in the queue, and the first has nothing: none settles."""
    buyer = np.arange(2_000)[::-1].copy()
    none, zeros, ones = np.full(2_000, -1), np.zeros(2_000, np.int64), np.ones(2_000, np.int64)
    for cash, settles in ((0, False), (1, True)):
        money = np.append(cash, np.zeros(2_000, np.int64))
        queue = Queue(buyer, buyer + 1, none, none, zeros, ones, money, np.empty(0, np.int64))
        assert queue.largest().tolist() == [settles] * 2_000
