"""What a securities depository does beside settling: it ends the day's recycling and settles the money."""

from __future__ import annotations

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.cancel import cancel_with_cash
from simulator.kernels.credit import balance_all
from simulator.kernels.release import try_again
from simulator.kernels.state import Int64

from .funding import Funding


class Depository(Funding):
    """Drops what waits at a cut-off; pays what members owe and are owed."""

    def drop_valued(self, now: int) -> None:
        """Take out of the queue for good what waits against payment; it counts as unsettled."""
        self.advance(now)
        cancel_with_cash(self.state)

    def settle_money(self, now: int) -> Int64:
        """Pay every member's net debit in and its net credit out, back to what it opened with.

        Cash brought within the day was on account and stays paid. Returns by member the balance before, what
        each owed below 0.
        """
        self.advance(now)
        rows, totals = self.state.members, self.state.totals
        before = rows[:, st.CASH].copy()
        rows[:, [st.OPENING, st.LOW]] -= self.funded[:, None]
        self.funded[:] = 0
        rows[:, st.CASH] = rows[:, st.OPENING]
        self.outside_cash += self._by_pool(before - rows[:, st.CASH])
        totals[[st.DRAWN, st.IN_USE]] = 0
        if self.keeps_loans:
            balance_all(rows, totals, self.more, now)
        self.overdrawn = False
        return before

    def settle_received(self, now: int) -> None:
        """The loop over all that may settle after a cycle, whatever it brought, in queue order."""
        if self.state.totals[st.QUEUE_COUNT] > 0:
            self._fit_loop()
            slots = self.state.slots
            enough = np.flatnonzero(slots[:, st.UNITS] >= slots[:, st.UNITS_WANTED])
            try_again(self.state, self.mode, enough, now)
