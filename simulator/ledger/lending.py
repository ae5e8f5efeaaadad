"""Credit and securities on loan within the day."""

from __future__ import annotations

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.credit import accrue_all, balance_all, mature, recall
from simulator.kernels.release import settle_touched
from simulator.kernels.state import Int64

from .accounts import NONE_STATED, Accounts


class Lending(Accounts):
    """Lends to members: what falls due, what a facility lends at most, what lenders recall."""

    def mature(self, now: int) -> None:
        """Repay draws that fall due at this whole minute; what cash lacks for it is drawn anew."""
        self.advance(now)
        mature(self.state.members, self.state.totals, self.more, now)

    def set_capacity(self, facility: int, caps: Int64, now: int) -> None:
        """Change what a facility lends each member at most, at no less than what is drawn; then the loop."""
        self.advance(now)
        members = self.state.members
        at = st.FACILITY + facility * st.FACILITY_COLUMNS
        change = np.maximum(caps, members[:, at + st.DRAWN_HERE]) - members[:, at + st.CAP]
        members[:, at + st.CAP] += change
        members[:, st.STATIC] += change
        members[:, st.LIMIT] += change
        balance_all(members, self.state.totals, self.more, now)
        if self.state.totals[st.QUEUE_COUNT] > 0:
            raised = np.flatnonzero(change > 0)
            settle_touched(self.state, self.mode, raised, NONE_STATED, now, False)

    def recall(self, now: int) -> None:
        """End borrowing of securities for the day: what comes in goes back to lenders first."""
        self.advance(now)
        recall(self.state.slots, self.slots.count, self.state.totals)

    def loans(self, facility: int) -> Int64:
        """What each member has drawn on a facility, a copy."""
        return self.state.members[:, st.FACILITY + facility * st.FACILITY_COLUMNS + st.DRAWN_HERE].copy()

    def borrowed_after_receipts(self) -> Int64:
        """By member, the value of what would still be on loan once locked receipts are free."""
        slots = self.state.slots[: self.slots.count]
        borrowed = np.maximum(0, slots[:, st.LENT] - slots[:, st.UNITS] - slots[:, st.LOCKED_UNITS])
        value = np.zeros(len(self.state.members), dtype=np.int64)
        np.add.at(value, slots[:, st.OWNER], borrowed * slots[:, st.PRICE])
        return value

    def accrue(self, now: int) -> None:
        """Carry time integrals of every member's loans and borrowings on to ``now``."""
        accrue_all(self.state.members, self.more, now)
