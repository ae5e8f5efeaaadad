"""Deliveries by book entry whose buyer wants tokens: what each brings is tokenized as it settles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.flow import Captured, Int64

from .pilot import Pilot


class TokenOrders:
    """Finds flagged deliveries in the journal of what settled, event by event, and has them tokenized.

    An event is an arrival with all that it lets settle, or whatever else the loop follows. While none of the
    flagged waits, those without a flag come together up to the next one with it.
    """

    def __init__(self, ledger: Ledger, pilot: Pilot) -> None:
        self.ledger, self.pilot = ledger, pilot
        self._wanted: dict[int, tuple[int, int]] = {}  # by place in the flow: the buyer's slot, and units
        self._waiting = 0  # of them, those that have come in and not settled
        self._seen = 0  # rows of the ledger's journal

    def open_day(self) -> None:
        """What waited yesterday was dropped."""
        self._waiting = 0

    def flag(self, chunk: Captured) -> None:
        """Draw which of a captured chunk carry the flag."""
        at = np.flatnonzero(self.pilot.supported(chunk, 0, len(chunk)))
        places, slots = chunk.positions(0, len(chunk))[at], chunk.buyer_slot[at]
        wanted = zip(slots.tolist(), chunk.units[at].tolist(), strict=True)
        self._wanted.update(zip(places.tolist(), wanted, strict=True))

    def steps(self, places: Int64) -> Iterator[tuple[int, int]]:
        """How far arrivals at such places in the flow may come in together: from, to."""
        flagged = [at for at, place in enumerate(places.tolist()) if place in self._wanted]
        start = passed = 0
        while start < len(places):
            following = flagged[passed] if passed < len(flagged) else len(places)
            stop = start + 1 if self._waiting else min(following + 1, len(places))
            if following < stop:
                self._waiting += 1
                passed += 1
            yield start, stop
            start = stop

    def deliver(self) -> None:
        """What settled since: its units leave the book for the wallet, in the order in which they came."""
        count = int(self.ledger.state.totals[st.JOURNAL_ROWS])
        if count == self._seen:
            return
        rows = self.ledger.state.journal[self._seen : count, [st.JOURNAL_ID, st.JOURNAL_SETTLED]].tolist()
        self._seen = count
        for place, settled_at in rows:
            wanted = self._wanted.pop(place, None)
            if wanted is not None:
                self._waiting -= 1
                slot, units = wanted
                self.pilot.tokenize_bought(np.array([slot]), np.array([units]), settled_at)

    def forget_handed_over(self, all_of_it: bool) -> None:
        """The journal has begun anew; ``all_of_it`` where nobody reads it."""
        totals = self.ledger.state.totals
        if all_of_it:
            totals[st.JOURNAL_ROWS] = 0
        self._seen = int(totals[st.JOURNAL_ROWS])
