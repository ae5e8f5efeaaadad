"""What settling on the chain costs: a fee a settlement, and bids for a place in a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.kernels import state as st
from simulator.market.flow import Captured, Int64
from simulator.market.streams import stream
from simulator.rules import Arrivals

from .incoming import Incoming

if TYPE_CHECKING:
    from simulator.config.chain import Bids

GENERATION_UNIT = 1 << 16
"""Instructions whose bids are drawn together: a fixed stretch of the flow, whatever its chunks."""


class BidOrder:
    """Block space, and with it the queue, in the order of bids, the highest first: an order rule.

    Each instruction bids once, lognormal, in millionths of the currency unit, from the stream "bids".
    """

    def __init__(self, bids: Bids, seed: int) -> None:
        self.bids, self.seed = bids, seed
        self._unit: tuple[int, Int64] | None = None

    def __call__(self, arrivals: Arrivals) -> Int64:
        return -self.of(arrivals.place)

    def of(self, places: Int64) -> Int64:
        """The bids of instructions by their places in the flow, millionths of the currency unit."""
        bids = np.empty(len(places), dtype=np.int64)
        units = places // GENERATION_UNIT
        for unit in np.unique(units).tolist():
            here = units == unit
            bids[here] = self._drawn(unit)[places[here] % GENERATION_UNIT]
        return bids

    def _drawn(self, unit: int) -> Int64:
        if self._unit is None or self._unit[0] != unit:
            normal = stream(self.seed, "bids", unit).standard_normal(GENERATION_UNIT)
            sigma = np.sqrt(np.log1p(self.bids.cv**2))
            self._unit = unit, np.rint(self.bids.median * np.exp(sigma * normal)).astype(np.int64)
        return self._unit[1]


class ChainFees:
    """What members pay the chain on one day, as buyers.

    ``fee`` is of a settlement, in millionths of the currency unit, of which ``scale`` make a minor unit.
    """

    def __init__(self, members: int, fee: int, bids: BidOrder | None, scale: int) -> None:
        self.members, self.fee, self.bids, self.scale = members, fee, bids, scale
        self._bid: dict[int, Int64] = {}  # by trade day, Σ bids of members as buyers

    def offer(self, chunk: Captured) -> None:
        """A captured chunk: what its instructions bid, those within a member left out."""
        if self.bids is None:
            return
        external = np.flatnonzero(chunk.buyer != chunk.seller)
        total = self._bid.setdefault(chunk.day, np.zeros(self.members, dtype=np.int64))
        np.add.at(
            total,
            chunk.buyer[external] % self.members,
            self.bids.of(chunk.positions(0, len(chunk))[external]),
        )

    def of_day(self, day: int, settlements: Int64, unsettled: Int64, never: Incoming | None) -> Int64:
        """Fees by member, minor units, rounded half to even; a part pays the fee, its instruction bids once.

        ``settlements`` by buyer; ``unsettled`` rows of the pool, ``never`` what was on hold past the close.
        """
        paid = settlements * self.fee
        if self.bids is not None:
            paid = paid + self._bid.pop(day, np.zeros(self.members, dtype=np.int64))
            np.subtract.at(
                paid, unsettled[:, st.BUYER] % self.members, self.bids.of(unsettled[:, st.IDENTIFIER])
            )
            if never is not None:
                external = never.buyer != never.seller
                np.subtract.at(
                    paid, never.buyer[external] % self.members, self.bids.of(never.place[external])
                )
        whole, rest = np.divmod(paid, self.scale)
        return whole + ((2 * rest > self.scale) | ((2 * rest == self.scale) & (whole % 2 == 1)))
