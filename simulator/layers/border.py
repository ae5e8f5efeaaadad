"""The border of a hybrid: entitlements cross between the book and the chain where one side lacks them.

Units leave one ledger as they are asked for and arrive in the other after a latency. What one side needs
itself, for what waits there or is due, does not leave it. Source: DTC's pilot, in which a token must be
de-tokenized before it delivers to the clearing house.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from functools import partial
from heapq import merge

import numpy as np
from simpy import Event

from simulator.config.routing import Crossing
from simulator.kernels import state as st
from simulator.market.flow import Int64, TradeDay

from .chain import Chain
from .clearing_house import ClearingHouse
from .clock import Clock
from .schedule import grid

ARRIVES, LOOKS = 0, 1


class Border:
    """The process in which members look, at every interval from the open, what either side lacks.

    Attributes
    ----------
    on_the_way : int64 by slot, units that have left one side and not arrived at the other
    """

    def __init__(self, house: ClearingHouse, chain: Chain, crossing: Crossing) -> None:
        self.house, self.chain, self.crossing = house, chain, crossing
        self.on_the_way: Int64 = np.zeros(0, dtype=np.int64)
        self._minted: deque[tuple[int, Int64, Int64]] = deque()
        self._booked: deque[tuple[int, Int64, Int64]] = deque()

    def run(self, clock: Clock) -> Generator[Event]:
        """Each day: what is on its way arrives, past the close at the next open; what lacks is asked for."""
        latency = self.crossing.latency
        for day in self.chain.flow.days:
            looks = [
                time
                for time in grid(day.opens, day.closes, self.crossing.every, first=1)
                if time < day.closes
            ]
            arrives = {
                day.opens,
                *(time + each for time in looks for each in (latency.tokenize, latency.detokenize)),
            }
            steps = merge(
                ((time, ARRIVES) for time in sorted(arrives) if time < day.closes),
                ((time, LOOKS) for time in looks),
            )
            for time, step in steps:
                yield clock.at(time, "wallets")
                if step == ARRIVES:
                    self._arrive(day, time)
                else:
                    self._look(day, time)

    def _look(self, day: TradeDay, now: int) -> None:
        """Each position's lack on one side is met by what is free on the other."""
        self.chain.catch_up(now, before=True)
        self.house.take_until(now - 1)
        book, tokens = (self._held(each) for each in (self.house, self.chain))
        due = np.maximum(0, -self.house.units_to_receive())
        waits = self._waits(len(tokens))
        self._cross(day, now, np.minimum(waits - tokens, book - due), to_chain=True)
        self._cross(day, now, np.minimum(due - book, tokens - waits), to_chain=False)

    def _held(self, side: ClearingHouse | Chain) -> Int64:
        side.ledger.fit_slots()
        return side.ledger.state.slots[: side.ledger.slots.count, st.UNITS].copy()

    def _waits(self, slots: int) -> Int64:
        """Units that sellers owe in the queue, by slot."""
        rows = self.chain.ledger.unsettled_rows()
        waits = np.zeros(slots, dtype=np.int64)
        named = rows[:, st.SELLER_SLOT] >= 0
        np.add.at(waits, rows[named, st.SELLER_SLOT], rows[named, st.ENTRY_UNITS])
        return waits

    def _cross(self, day: TradeDay, now: int, wanted: Int64, *, to_chain: bool) -> None:
        slots = np.flatnonzero(wanted > 0)
        if not len(slots):
            return
        units = wanted[slots]
        source = self.house if to_chain else self.chain
        source.ledger.receive(slots, -units, now)
        self._count(slots, units)
        latency = self.crossing.latency.tokenize if to_chain else self.crossing.latency.detokenize
        (self._minted if to_chain else self._booked).append((now + latency, slots, units))
        self._tell(day, now, to_chain, "begins", units)

    def _arrive(self, day: TradeDay, now: int) -> None:
        """What has been on the way for long enough arrives; on the chain, the loop."""
        while self._minted and self._minted[0][0] <= now:
            _, slots, units = self._minted.popleft()
            self._count(slots, -units)
            self._tell(day, now, True, "ends", units)
            self.chain.act(partial(self.chain.ledger.receive, slots, units, now), now)
        while self._booked and self._booked[0][0] <= now:
            _, slots, units = self._booked.popleft()
            self._count(slots, -units)
            self._tell(day, now, False, "ends", units)
            self.house.ledger.receive(slots, units, now)

    def _count(self, slots: Int64, units: Int64) -> None:
        more = self.chain.ledger.slots.count - len(self.on_the_way)
        self.on_the_way = np.concatenate([self.on_the_way, np.zeros(more, dtype=np.int64)])
        self.on_the_way[slots] += units

    def _tell(self, day: TradeDay, now: int, to_chain: bool, change: str, units: Int64) -> None:
        event = "tokenize" if to_chain else "detokenize"
        self.chain.note(day, now, event, change, units=int(units.sum()))
