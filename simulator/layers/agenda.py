"""When the chain settles within a day: its blocks, and what is due at each or, if continuous, when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import groupby, repeat

import numpy as np

from simulator.market.flow import TradeDay

from .schedule import grid

Agenda = Iterator[tuple[int, frozenset[int]]]
BlockTimes = Callable[[TradeDay], Iterator[int]]


def fixed_blocks(interval: int) -> BlockTimes:
    """Blocks at open + j · interval (j = 0, 1, …) before the close, and at the close."""
    return lambda day: grid(day.opens, day.closes, interval)


def memoryless_blocks(mean: int, random: Callable[[int], np.random.Generator]) -> BlockTimes:
    """Blocks at the open, then after exponential times of a mean, and at the close.

    ``random`` gives the day's generator. An instruction that comes at any moment waits the whole mean for
    the next block, not half of it as with fixed ones.
    """

    def times(day: TradeDay) -> Iterator[int]:
        generator, time = random(day.index), day.opens
        while time < day.closes:
            yield time
            time += max(1, round(generator.exponential(mean)))
        yield day.closes

    return times


def at_once(day: TradeDay, intervals: Sequence[int | None], beside: Sequence[tuple[int, int]] = ()) -> Agenda:
    """Continuous settlement: when mechanisms are due, by their intervals; the close is one in any case.

    ``beside`` are further (time, mechanism, −1 for none), ascending and up to the close.
    """
    grids = [
        zip(grid(day.opens, day.closes, every, first=1), repeat(at))
        for at, every in enumerate(intervals)
        if every is not None
    ]
    for time, due in groupby(merge(*grids, beside, [(day.closes, -1)]), key=lambda one: one[0]):
        yield time, frozenset(at for _, at in due if at >= 0)


def in_blocks(day: TradeDay, times: Iterator[int], intervals: Sequence[int | None]) -> Agenda:
    """Every block, with the mechanisms whose time has come since the last; all of them at the close.

    A mechanism without an interval is due at every block.
    """
    opens, closes = day.opens, day.closes
    turns = [opens if every is None else opens + every for every in intervals]
    for time in times:
        due = frozenset(at for at, turn in enumerate(turns) if time >= turn or time == closes)
        yield time, due
        for at in due:
            every = intervals[at]
            if every is not None:
                turns[at] = opens + ((time - opens) // every + 1) * every
