"""What a rule sees of the queue: read-only arrays over the waiting instructions, in queue order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


COLUMNS = (
    "buyer",
    "seller",
    "security",
    "units",
    "cash",
    "entered",
    "buyer_position",
    "seller_position",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue at one instant. Money in minor units, time in µs; one entry an instruction.

    Attributes
    ----------
    buyer, seller, security : member and security numbers, −1 for no security
    units, cash : what the seller delivers and the buyer pays
    entered : the instruction's own time
    buyer_position, seller_position : numbers of (member, security) pairs, 0 … P − 1, −1 for payments
    cash_available : by member, cash and undrawn credit
    units_available : by position, units free to deliver
    now : the time of the event
    """

    buyer: Int64
    seller: Int64
    security: Int64
    units: Int64
    cash: Int64
    entered: Int64
    buyer_position: Int64
    seller_position: Int64
    cash_available: Int64
    units_available: Int64
    now: int

    def __len__(self) -> int:
        return len(self.buyer)

    def freeze(self) -> None:
        """Make every array read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


Grouping = Callable[[Waiting], Sequence[npt.NDArray[np.int64]]]
"""A grouping rule: the queue in, groups out, each an array of places in the queue. It moves nothing:
the ledger verifies each group on its net effect and settles all of it."""
