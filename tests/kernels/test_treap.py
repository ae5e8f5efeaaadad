"""The index of an ordered queue, against a plain sorted list."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.kernels.treap import earliest_linked, insert, remove, smallest_linked


@pytest.mark.parametrize("seed", range(30))
def test_finds_what_a_walk_through_the_sorted_queue_finds(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 300))
    pool = np.full((count, st.WIDE_POOL_COLUMNS), -1, dtype=np.int64)
    pool[:, st.PLACE] = random.permutation(10 * count)[:count]
    pool[:, st.KEY] = random.integers(-3, 3, count)
    order = [tuple(int(v) for v in row) for row in pool[:, [st.KEY, st.PLACE]]]
    trees = np.full((1, st.TREE_COLUMNS), -1, dtype=np.int64)
    path = np.empty(512, dtype=np.int64)
    filed: dict[int, int] = {}
    for _ in range(6 * count):
        entry = int(random.integers(count))
        if entry in filed:
            del filed[entry]
            smallest = remove(pool, trees, path, 0, entry)
        else:
            filed[entry] = int(random.integers(1, 50))
            smallest = insert(pool, trees, path, 0, entry, filed[entry])
        assert smallest == smallest_linked(pool, trees, 0) == min(filed.values(), default=st.NOTHING_WAITS)
        available = int(random.integers(0, 50))
        enough = [e for e, amount in filed.items() if amount <= available]
        expected = min(enough, key=order.__getitem__, default=-1)
        assert earliest_linked(pool, trees, 0, available) == expected
