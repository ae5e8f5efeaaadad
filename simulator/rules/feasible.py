"""Whether a group could settle: on its net effect, with what the groups before it have left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .waiting import Int64, Waiting


def places_of(group: Any, count: int) -> tuple[Int64, str]:
    """A group as places in a queue of ``count``, and what is wrong with it, or nothing."""
    places = np.asarray(group)
    fault = ""
    if places.ndim != 1:
        fault = "is no group; give an array of places for each, in one list"
    elif not len(places):
        fault = "is empty; leave it out"
    elif not np.issubdtype(places.dtype, np.integer):
        fault = f"holds {places.dtype}; give places in the queue, which are integers"
    elif places.min() < 0 or places.max() >= count:
        outside = places.max() if places.max() >= count else places.min()
        has = f"has places 0 to {count - 1}" if count else "is empty"
        fault = f"names place {outside}; the queue {has}"
    elif len(np.unique(places)) < len(places):
        values, times = np.unique(places, return_counts=True)
        fault = f"names place {values[times > 1][0]} twice; name it once"
    return (np.empty(0, np.int64) if fault else places.astype(np.int64)), fault


@dataclass(slots=True)
class Unsettled:
    """A queue while groups of it settle: what members and positions have left, and what has gone."""

    waiting: Waiting
    cash: Int64
    units: Int64
    caps: Int64
    gone: Int64

    @classmethod
    def of(cls, waiting: Waiting) -> Unsettled:
        """Before the first group."""
        return cls(
            waiting,
            waiting.cash_available.copy(),
            waiting.units_available.copy(),
            waiting.cap_available.copy(),
            np.zeros(len(waiting), np.int64),
        )

    def settle(self, places: Int64) -> str:
        """Settle a group; or say what stands against it, as the end of a sentence about the group.

        A member's worst outcome counts: cash − credit_value each way, and where receipts are locked the
        collateral alone if that is less.
        """
        queue = self.waiting
        if self.gone[places].any():
            return f"names place {places[self.gone[places] > 0][0]}, which an earlier group has"
        surely = queue.cash[places] - queue.credit_value[places]
        change = _net(len(self.cash), queue.seller[places], queue.buyer[places], surely)
        if not queue.reuse_at_once:
            raised = queue.credit_value[places]
            collateral = _net(len(self.cash), queue.buyer[places], queue.seller[places], raised)
            change = np.minimum(0, np.minimum(change, collateral))
        moving = places[queue.units[places] > 0]
        received = _net(
            len(self.units), queue.buyer_position[moving], queue.seller_position[moving], queue.units[moving]
        )
        tested = [
            ("member", "needs", self.cash, change, "cash and credit"),
            ("position", "delivers", self.units, received, "units"),
        ]
        if len(self.caps):
            paid = _net(len(self.caps), queue.seller[places], queue.buyer[places], queue.cash[places])
            tested.append(("member", "pays", self.caps, paid, "below its net debit cap"))
        for who, does, left, net, of in tested:
            short = np.flatnonzero((net < 0) & (left + net < 0))
            if len(short):
                k = int(short[0])
                return f"is not feasible: {who} {k} {does} {-net[k]} net and has {left[k]} ({of})"
        if len(self.caps):
            self.caps += paid if queue.reuse_at_once else np.minimum(0, paid)
        self.cash += change
        self.units += received if queue.reuse_at_once else np.minimum(0, received)
        self.gone[places] = 1
        return ""


def _net(count: int, receivers: Int64, givers: Int64, amounts: Int64) -> Int64:
    net = np.zeros(count, dtype=np.int64)
    np.add.at(net, receivers, amounts)
    np.subtract.at(net, givers, amounts)
    return net
