"""Position slots: one number a (member, security), dense or hashed."""

import numpy as np
import pytest

from simulator.kernels.slots import PositionSlots

MANY = 1000


@pytest.mark.parametrize("dense", [True, False])
def test_slots_number_every_pair_once_however_many_there_are(dense):
    """200,000 instructions over up to 1,000 × 1,000 pairs: more than a hash table begins with."""
    random = np.random.default_rng(12)
    slots = PositionSlots(MANY, MANY, dense_slots=MANY**2 if dense else MANY**2 - 1)
    assert slots.dense == dense
    pairs, numbers = [], []
    for _ in range(4):
        buyers, sellers, securities = random.integers(MANY, size=(3, 50_000), dtype=np.int32)
        securities[::10] = -1
        for members, side in zip((buyers, sellers), slots.number(buyers, sellers, securities), strict=True):
            assert (side[::10] == -1).all()
            traded = securities >= 0
            pairs.append(securities[traded] * MANY + members[traded])
            numbers.append(side[traded])
    pair, number = np.concatenate(pairs), np.concatenate(numbers)
    both = np.unique(np.column_stack([pair, number]), axis=0)
    # As many pairs as numbers as combinations of them: one to one.
    assert len(both) == len(np.unique(pair)) == len(np.unique(number)) > 1 << 16
    assert slots.count == (MANY**2 if dense else len(both))
    security, member = slots.slot_security(), slots.slot_member()
    assert len(security) == len(member) == slots.count
    assert (security[both[:, 1]] * MANY + member[both[:, 1]] == both[:, 0]).all()


def test_hashed_slots_are_numbered_as_pairs_first_appear():
    slots = PositionSlots(3, 2, dense_slots=0)
    buyers, sellers = np.array([2, 0, 2], np.int32), np.array([1, 2, 1], np.int32)
    buyer_slots, seller_slots = slots.number(buyers, sellers, np.array([1, -1, 0], np.int32))
    assert (buyer_slots.tolist(), seller_slots.tolist()) == ([0, -1, 2], [1, -1, 3])
    assert slots.slot_member().tolist() == [2, 1, 2, 1]
    assert slots.slot_security().tolist() == [1, 1, 0, 0]
