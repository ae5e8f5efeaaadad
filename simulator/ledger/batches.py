"""Captured instructions as kernels take them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.state import Batch, Int64, Wishes
from simulator.market.flow import Captured


def batch_of(chunk: Captured, wishes: Wishes | None = None) -> Batch:
    """A captured chunk as kernels take it, in the order of the flow."""
    return Batch(
        times=chunk.time,
        buyers=chunk.buyer,
        sellers=chunk.seller,
        securities=chunk.security,
        units=chunk.units,
        cash=chunk.cash,
        buyer_slots=chunk.buyer_slot,
        seller_slots=chunk.seller_slot,
        wishes=wishes,
    )


def wishes_of(chunk: Captured, keys: Int64 | None = None) -> Wishes:
    """What a chunk's instructions say beyond who, what and when, with the default where they do not."""
    count = len(chunk.time)
    return Wishes(
        places=chunk.positions(0, count),
        priorities=_stated(chunk.priority, count, st.USUAL_PRIORITY),
        keys=_stated(keys, count, 0),
        deadlines=_stated(chunk.deadline, count, st.NO_DEADLINE),
        may_part=_stated(chunk.partial, count, 1),
    )


def _stated(column: np.ndarray | None, count: int, usual: int) -> Int64:
    if column is None:
        return _the_same(count, usual)[:]  # a view each, which whoever shows it to a rule may freeze
    return column.astype(np.int64, copy=False)


@lru_cache(maxsize=8)
def _the_same(count: int, value: int) -> Int64:
    """One value over and over; kept, since most chunks are of one length and state little."""
    return np.full(count, value, dtype=np.int64)
