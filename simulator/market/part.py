"""A part of a flow: some of its trades, drawn so that a larger part holds all of a smaller one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from simulator.market.flow import Bools, Chunk, Flow
from simulator.market.streams import stream

DRAWN_TOGETHER = 65_536
"""Trades whose draws share a stream; each trade's draw hangs on the seed and its position alone."""


class PartOfFlow:
    """Of a flow the share of trades that moves elsewhere, or what is left; all else is the flow's own.

    Every trade draws a number in [0, 1) from a stream of its own and moves if that is below ``share``: the
    same trade moves at every larger share, however the flow is cut into chunks.

    Parameters
    ----------
    flow : the whole
    seed : the run's
    share : of the trades, and so of the value in expectation, 0 … 1
    rest : what is left in place of what moves
    """

    def __init__(self, flow: Flow, seed: int, share: float, *, rest: bool = False) -> None:
        self._flow, self._seed, self.share, self.rest = flow, seed, share, rest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._flow, name)

    def chunks(self) -> Iterator[Chunk]:
        """The trades of the part in queue order, numbered anew."""
        first = 0
        for chunk in self._flow.chunks():
            mine = self.moves(chunk.first, chunk.first + len(chunk)) != self.rest
            count = int(np.count_nonzero(mine))
            if not count:
                continue
            columns = {one.name: getattr(chunk, one.name) for one in fields(chunk)}
            kept = {name: one[mine] for name, one in columns.items() if isinstance(one, np.ndarray)}
            for one in kept.values():
                one.flags.writeable = False
            yield Chunk(first, chunk.day, **kept)
            first += count

    def moves(self, first: int, stop: int) -> Bools:
        """Whether the trades at positions ``first … stop − 1`` of the whole are among those that move.

        All legs of a repo move together.
        """
        deals = getattr(self._flow, "deals", None)
        numbers = np.arange(first, stop) if deals is None else deals[first:stop]
        if not len(numbers):
            return np.zeros(0, np.bool_)
        lowest = int(numbers.min()) // DRAWN_TOGETHER
        parts = [
            stream(self._seed, "what moves", block).random(DRAWN_TOGETHER)
            for block in range(lowest, int(numbers.max()) // DRAWN_TOGETHER + 1)
        ]
        moves: Bools = np.concatenate(parts)[numbers - lowest * DRAWN_TOGETHER] < self.share
        return moves
