"""What members bring and take away within the day, and what of it they keep for urgent instructions."""

from __future__ import annotations

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.credit import balance_all
from simulator.kernels.state import Int64
from simulator.market.flow import DAY

from .admission import Admission


class Funding(Admission):
    """Moves cash between members and the outside, and keeps reserves."""

    def fund(self, amounts: Int64, now: int) -> None:
        """Bring cash into accounts (negative: take it away).

        Opening and lowest cash move alike, so that what members use of their own cash is told from what
        they have brought. Raises ValueError where an account would be left with less than nothing.
        """
        self.advance(now)
        rows, totals = self.state.members, self.state.totals
        if np.any((amounts < 0) & (rows[:, st.CASH] + amounts < 0)):
            raise ValueError("more cash would be taken away than an account holds")
        for column in (st.CASH, st.OPENING, st.LOW):
            rows[:, column] += amounts
        self.funded += amounts
        left = (now // DAY + 1) * DAY - now
        for account in np.flatnonzero(amounts):
            self.funded_time[account] += int(amounts[account]) * left
        self.outside_cash -= self._by_pool(amounts)
        totals[st.DRAWN] = np.maximum(0, -rows[:, st.CASH]).sum()
        if self.keeps_loans:
            balance_all(rows, totals, self.more, now)

    def keep(self, reserves: Int64, now: int) -> None:
        """Set by account what only urgent instructions may use."""
        self.advance(now)
        self.state.members[:, st.RESERVE] = reserves

    def owed(self) -> Int64:
        """By account, Σ cash of what waits for it to pay."""
        pool = self.state.pool[: self.state.totals[st.POOL_USED]]
        waits = np.flatnonzero(np.isin(pool[:, st.BLOCKED_BY], (st.GONE, st.REFUSED), invert=True))
        owed = np.zeros(len(self.state.members), dtype=np.int64)
        np.add.at(owed, pool[waits, st.BUYER], pool[waits, st.ENTRY_CASH])
        return owed
