"""What a credit rule sees of the members when it sets their caps: read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CreditView:
    """The members at one instant. Money in minor units, time in µs since the first midnight.

    Attributes
    ----------
    members, types : name and type of each member; "" where it has none
    opening_cash : what each held at the open
    cash : what each holds now less its loans, so below 0 where it has borrowed more than it holds
    loan : what each has drawn on the facility whose caps are asked for
    now, day : the time, and the settlement day counted from 0
    """

    members: tuple[str, ...]
    types: tuple[str, ...]
    opening_cash: Int64
    cash: Int64
    loan: Int64
    now: int
    day: int

    def __len__(self) -> int:
        return len(self.members)

    def freeze(self) -> None:
        """Make every array read-only."""
        for column in (self.opening_cash, self.cash, self.loan):
            column.flags.writeable = False


Credit = Callable[[CreditView], Int64]
"""A credit rule: the most that each member may draw on a facility, int64 minor units, 0 or more."""
