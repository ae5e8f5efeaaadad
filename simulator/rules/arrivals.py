"""What an order rule or a release rule sees of the instructions that enter: read-only arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from simulator.market.flow import DEFAULT_PRIORITY, NO_DEADLINE

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Instructions as they enter. Money in minor units, time in µs since the first midnight.

    Attributes
    ----------
    buyer, seller, security : member and security numbers, −1 for no security
    units, cash : what the seller delivers and the buyer pays
    time : the instruction's own time
    priority : 1 (settles first) … 9; 5 where nothing is said
    deadline : by when it should settle; ``NO_DEADLINE`` where nothing is said
    place : its place in the flow, counted from 0
    """

    buyer: Int64
    seller: Int64
    security: Int64
    units: Int64
    cash: Int64
    time: Int64
    priority: Int64
    deadline: Int64
    place: Int64

    @classmethod
    def of(cls, **columns: npt.ArrayLike) -> Arrivals:
        """Read-only arrivals made by hand, to try a rule on; a column left out says nothing special.

        >>> Arrivals.of(cash=[5, 9]).priority.tolist()
        [5, 5]
        """
        given = {name: np.atleast_1d(np.asarray(value, dtype=np.int64)) for name, value in columns.items()}
        count = max(map(len, given.values()), default=0)
        default = {"priority": DEFAULT_PRIORITY, "deadline": NO_DEADLINE, "security": -1}
        full = {
            each.name: np.broadcast_to(
                given.get(each.name, np.int64(default.get(each.name, 0))), (count,)
            ).copy()
            for each in fields(cls)
        }
        arrivals = cls(**full)
        arrivals.freeze()
        return arrivals

    def __len__(self) -> int:
        return len(self.buyer)

    def freeze(self) -> None:
        """Make every array read-only."""
        for each in fields(self):
            getattr(self, each.name).flags.writeable = False


Order = Callable[[Arrivals], Int64]
"""An order rule: one int64 key an instruction, each by itself (where a flow is cut means nothing). What
waits settles by (priority, key, time, order), lowest first; the key is set once, as it comes in."""

Release = Callable[[Arrivals], Int64]
"""A release rule: from when each instruction may settle, int64 µs since the first midnight, never before its
own time, each by itself. It keeps its place in the queue by its own time."""

Route = Callable[[Arrivals], npt.NDArray[np.bool_]]
"""A routing rule: of each instruction, whether it leaves the netted pool for the chain, each by itself."""

__all__ = ["NO_DEADLINE", "Arrivals", "Int64", "Order", "Release", "Route"]
