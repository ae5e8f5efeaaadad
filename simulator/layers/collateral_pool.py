"""One pool of collateral for margin and for credit within the day: what serves one cannot serve the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.ledger import Ledger
from simulator.market.flow import Int64


class CollateralPool:
    """Collateral pledged for facilities of credit, of which members post margin first, facility by facility.

    What is posted cannot be drawn on, and what is drawn on cannot be posted: of each facility and member,
    posted + drawn ≤ what its pledge is worth, at every moment.

    Parameters
    ----------
    numbers : of the facilities, in the order in which they are posted from
    worth : int64 (facilities, members), what each pledge gives, minor units
    """

    def __init__(self, ledger: Ledger, numbers: Sequence[int], worth: Int64) -> None:
        self.ledger = ledger
        self.numbers = tuple(numbers)
        self.worth = worth
        self.posted = np.zeros_like(worth)

    def post(self, wanted: Int64, now: int) -> Int64:
        """Have each member post ``wanted`` in all, or what is free of it; what it has posted then."""
        left = wanted
        for row, number in enumerate(self.numbers):
            free = np.maximum(0, self.worth[row] - self.ledger.loans(number))
            taken = np.minimum(left, free)
            if (taken != self.posted[row]).any():
                self.posted[row] = taken
                self.ledger.set_capacity(number, self.worth[row] - taken, now)
            left = left - taken
        return wanted - left
