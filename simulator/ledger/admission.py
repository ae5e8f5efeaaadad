"""What may settle at all: room on the chain, wallets, members and cash legs that are barred."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.release import try_again
from simulator.kernels.state import Int32, Int64

from .gross import GrossSettlement


class Admission(GrossSettlement):
    """Opens and closes gates before settlement; what no gate holds any more settles at once."""

    def set_room(self, room: int, otherwise: int) -> None:
        """So many settlements fit the event that begins; ``otherwise`` is what the rest waits for."""
        self.state.totals[[st.ROOM, st.NO_ROOM]] = room, otherwise

    def bar(self, accounts: Sequence[int], what: int, now: int) -> None:
        """Bar accounts: ``UNREGISTERED``, ``FROZEN``, ``SILENT`` or ``LEG_FROZEN`` of ``kernels.state``."""
        self.advance(now)
        self.state.members[accounts, st.STATUS] |= what

    def unbar(self, accounts: Sequence[int], what: int, now: int) -> None:
        """Lift a bar; ``try_again`` is the loop over what it kept waiting."""
        self.advance(now)
        self.state.members[accounts, st.STATUS] &= ~what

    def try_again(self, now: int) -> None:
        """The loop over all that may settle now, in queue order: once after all that an event changes."""
        if self.state.totals[st.QUEUE_COUNT] > 0:
            self._fit_loop()
            try_again(self.state, self.mode, np.array(self._received, dtype=np.int64), now)
        self._received = []

    def receive(self, slots: Int64, units: Int64, now: int) -> None:
        """Units arrive at positions (each slot once) from elsewhere, or leave for it (below 0).

        It is no settlement: it counts in no measure of what was settled.
        """
        self.advance(now)
        security, _ = self.slot_owners()
        self.state.slots[slots, st.UNITS] += units
        np.subtract.at(self.issued_units, security[slots], units)
        self._received.extend(slots[units > 0].tolist())
        self.secure_anew()

    def transfer(self, sender: int, receiver: int, security: int, units: int, now: int) -> int:
        """Move units between members by force, as far as the sender has them free; what moved.

        It is no settlement: it counts in no measure of what was settled.
        """
        self.advance(now)
        places = np.array([sender], dtype=np.int32), np.array([receiver], dtype=np.int32)
        (source,), (target,) = self._positions(*places, np.array([security], dtype=np.int32))
        slots = self.state.slots
        moved = units if self.ample else min(units, max(0, int(slots[source, st.UNITS])))
        slots[source, st.UNITS] -= moved
        slots[target, st.UNITS] += moved
        self._received.append(int(target))
        return moved

    def _positions(self, members: Int32, others: Int32, securities: Int32) -> tuple[Int32, Int32]:
        positions = self.slots.number(members, others, securities)
        self.fit_slots()
        return positions
