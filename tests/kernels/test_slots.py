"""Position slots: one number a (member, security), dense or hashed."""

import numpy as np
import pytest

from simulator.kernels.slots import PositionSlots


@pytest.mark.parametrize("dense", [True, False])
def test_slots_number_every_pair_once_however_many_there_are(dense):
    """200,000 instructions over up to 1,000 × 1,000 pairs: more than a hash table begins with."""
    random = np.random.default_rng(12)
    slots = PositionSlots(1000, 1000, dense_slots=10**6 if dense else 10**6 - 1)
    assert slots.dense == dense
    numbered: dict[tuple[int, int], int] = {}
    for _ in range(4):
        buyers, sellers, securities = random.integers(1000, size=(3, 50_000), dtype=np.int32)
        securities[::10] = -1
        sides = slots.number(buyers, sellers, securities)
        for members, side in zip((buyers, sellers), sides, strict=True):
            for member, security, slot in np.column_stack([members, securities, side]).tolist():
                if security < 0:
                    assert slot == -1
                else:
                    assert numbered.setdefault((member, security), slot) == slot
    assert len(set(numbered.values())) == len(numbered) > 1 << 16
    security, member = slots.slot_security(), slots.slot_member()
    assert len(security) == len(member) == slots.count == (10**6 if dense else len(numbered))
    for (m, s), slot in numbered.items():
        assert (member[slot], security[slot]) == (m, s)
