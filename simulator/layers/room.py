"""Room on the chain: how many settlements an event can hold, by capacity, congestion and outage."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from simulator.kernels import state as st
from simulator.ledger import Ledger


class Room:
    """Tells the ledger, event by event, how many settlements fit.

    ``capacity`` is of a block, None where there is no limit. What is no block has no room of its own where
    there is one. Faults leave their mark in ``outages`` and ``congestion`` (share of the capacity left, by
    fault).
    """

    def __init__(self, ledger: Ledger, capacity: int | None) -> None:
        self.ledger, self.capacity = ledger, capacity
        self.outages: set[object] = set()
        self.congestion: dict[object, Fraction] = {}

    def open_block(self) -> None:
        """A block begins, with all its room."""
        room = st.UNLIMITED
        if self.capacity is not None:
            left = min(self.congestion.values(), default=Fraction(1))
            room = floor(self.capacity * left)
        self._set(room)

    def close_block(self) -> None:
        """Between blocks, and in continuous settlement."""
        self._set(st.UNLIMITED if self.capacity is None else 0)

    def _set(self, room: int) -> None:
        if self.ledger.gates.room:
            if self.outages:
                self.ledger.set_room(0, st.WAITS_FOR_OUTAGE)
            else:
                self.ledger.set_room(room, st.WAITS_FOR_CAPACITY)
