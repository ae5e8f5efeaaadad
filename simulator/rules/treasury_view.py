"""What a treasury policy sees of its accounts and may answer: read-only arrays, one entry an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TreasuryView:
    """All accounts at one instant. Money in minor units, time in µs since the first midnight.

    Attributes
    ----------
    members : names; ``member`` and ``pool`` say whose account it is and in which of the cash pools
    cash : free to use now, less what is drawn, so below 0 where credit is
    locked : received and not yet free to re-use
    in_transit : asked for and not yet minted
    opening : what the account opened with, and net top-ups since
    credit_left : undrawn intraday credit
    queue : gives ``owed``, Σ cash of what waits for each account to pay, when it is asked
    now, opens, closes, day : the time, the day's hours, and its number from 0
    """

    members: tuple[str, ...]
    member: Int64
    pool: Int64
    cash: Int64
    locked: Int64
    in_transit: Int64
    opening: Int64
    credit_left: Int64
    queue: Callable[[], Int64]
    now: int
    opens: int
    closes: int
    day: int

    def __len__(self) -> int:
        return len(self.cash)

    @classmethod
    def of(cls, **given: npt.ArrayLike) -> TreasuryView:
        """A view made by hand, to try a policy on; what is left out is 0, the day one of 24 hours.

        >>> TreasuryView.of(cash=[5, 9]).in_transit.tolist()
        [0, 0]
        """
        now, opens, day = (int(np.asarray(given.pop(name, 0))) for name in ("now", "opens", "day"))
        closes = int(np.asarray(given.pop("closes", 86_400_000_000)))
        count = max((np.size(value) for value in given.values()), default=0)
        names = [each.name for each in fields(cls)][1:8]
        columns: dict[str, Any] = {
            name: np.broadcast_to(np.asarray(given.get(name, 0), dtype=np.int64), (count,)).copy()
            for name in names
        }
        if "member" not in given:
            columns["member"] = np.arange(count)
        owed = np.broadcast_to(np.asarray(given.get("owed", 0), dtype=np.int64), (count,)).copy()
        names_of_members = tuple(map(str, range(count)))
        view = cls(
            members=names_of_members,
            queue=lambda: owed,
            now=now,
            opens=opens,
            closes=closes,
            day=day,
            **columns,
        )
        view.freeze()
        return view

    @property
    def owed(self) -> Int64:
        """Σ cash of what waits for each account to pay."""
        return self.queue()

    def freeze(self) -> None:
        """Make every array read-only."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Actions:
    """What a policy wants done, by account, int64 minor units, 0 or more; None is 0 for all.

    ``top_up`` is asked of the issuer and arrives when it has been minted; ``withdraw`` is redeemed at once,
    as far as there is cash; ``reserve`` is kept for urgent instructions until the next time the policy acts.
    """

    top_up: Int64 | None = None
    withdraw: Int64 | None = None
    reserve: Int64 | None = None


TreasuryPolicy = Callable[[TreasuryView], Actions]
"""A treasury policy: what each account does now, and the same whenever it sees the same."""

AMOUNTS = ("top_up", "withdraw", "reserve")
LARGEST_SUM = 1 << 61
"""Σ amounts below which no sum of balances leaves an int64."""


def read_actions(answer: object, view: TreasuryView) -> tuple[str, list[Int64]]:
    """What is wrong with a policy's answer, or nothing; ``top_up``, ``withdraw`` and ``reserve`` by account.

    >>> view = TreasuryView.of(cash=[5, 9])
    >>> read_actions(Actions(top_up=np.array([0, 7])), view)[1][0].tolist()
    [0, 7]
    >>> read_actions(Actions(reserve=np.array([0, -1])), view)[0]
    'reserve of 1 is -1; give 0 or more'
    """
    if not isinstance(answer, Actions):
        return "give Actions(top_up=…, withdraw=…, reserve=…), each an array by account or left out", []
    amounts = []
    for what in AMOUNTS:
        given = getattr(answer, what)
        fault = "" if given is None else _fault_of(given, what, view)
        if fault:
            return fault, []
        amounts.append(np.zeros(len(view), np.int64) if given is None else np.array(given, dtype=np.int64))
    return "", amounts


def _fault_of(given: object, what: str, view: TreasuryView) -> str:
    """What is wrong with one amount an account, or nothing."""
    if not isinstance(given, np.ndarray | list | tuple):
        return f"give {what} as an array by account, not {type(given).__name__}"
    try:
        amounts = np.asarray(given)
    except ValueError:  # rows of different lengths
        amounts = np.empty((0, 0))
    if amounts.shape != (len(view),):
        has = f", each of {len(view.members)} members in each pool" if len(view.members) != len(view) else ""
        return f"give {what} one amount an account: an array of {len(view)}{has}"
    if len(view) and not np.issubdtype(amounts.dtype, np.integer):
        nan = ", with NaN among them" if amounts.dtype.kind == "f" and np.isnan(amounts).any() else ""
        return f"give {what} in whole minor units, int64; these are {amounts.dtype}{nan}"
    if (below := np.flatnonzero(amounts < 0)).size:
        at = int(below[0])
        return f"{what} of {view.members[view.member[at]]} is {int(amounts[at])}; give 0 or more"
    if (total := sum(amounts.tolist())) >= LARGEST_SUM:
        return f"{what} is {total} in all; give less than {LARGEST_SUM}"
    return ""
