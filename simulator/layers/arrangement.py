"""What every arrangement has: a ledger, a backlog of captured chunks, a timeline and a journal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from simpy import Event

from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.flow import MINUTE, Captured, Flow, Int64

from .capture import Capture
from .clock import Clock
from .happenings import Happening
from .record import SettlementDay

if TYPE_CHECKING:
    from .default import Default
    from .margin import MarginDesk
    from .pilot import Pilot

TIMELINE_INTERVAL = 5 * MINUTE


class Journal(Protocol):
    """Takes the rows of settled and unsettled instructions of one arrangement, in order."""

    def write(self, arrangement: str, day: int, rows: Int64) -> None:
        """Append rows (columns of ``kernels.state``); an instruction never settled has time −1."""


class Arrangement(ABC):
    """One way to settle the flow: what a run asks of it, and what it leaves behind."""

    def __init__(self, name: str, flow: Flow, capture: Capture) -> None:
        self.name = name
        self.flow = flow
        self.capture = capture
        self.records: list[SettlementDay] = []
        self.happenings: list[Happening] = []
        self.pilot: Pilot | None = None
        self.margin: MarginDesk | None = None
        self.timeline: list[tuple[str, int, int, int, int, int, int, int, int, int]] = []

    @abstractmethod
    def processes(self, clock: Clock) -> list[Generator[Event]]:
        """The SimPy processes it consists of."""

    @abstractmethod
    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured, its first instruction's time being now."""

    def finish(self) -> None:  # noqa: B027
        """The run is over: nothing is left to do, but for what consists of others."""

    @property
    def defaults(self) -> list[Default]:
        """Defaults of members that were read."""
        return [] if self.margin is None else self.margin.defaults


class OneLedger(Arrangement):
    """An arrangement that settles on a ledger of its own, day by day.

    A subclass says in ``run`` what happens when, and in ``take`` what becomes of instructions.
    """

    def __init__(
        self, name: str, flow: Flow, capture: Capture, ledger: Ledger, journal: Journal | None = None
    ) -> None:
        super().__init__(name, flow, capture)
        self.ledger = ledger
        self.journal = journal
        self._backlog: deque[tuple[Captured, int]] = deque()
        self._settled_before = 0

    # Whether an instruction is taken as soon as its time has come (a netting cycle's capture,
    # continuous settlement) or only at a block.
    eager = True

    def processes(self, clock: Clock) -> list[Generator[Event]]:
        """The SimPy processes it consists of."""
        return [self.run(clock)] if self.margin is None else [self.run(clock), self.margin.run(clock)]

    @abstractmethod
    def run(self, clock: Clock) -> Generator[Event]:
        """The process: wait for an event, act, wait for the next."""

    @abstractmethod
    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Take instructions ``start … stop − 1`` of a chunk."""

    @abstractmethod
    def settled_value(self) -> int:
        """Σ cash settled so far today."""

    def cash_in_use(self) -> int:
        """Σ over members of how far cash is below its opening."""
        return int(self.ledger.state.totals[st.IN_USE])

    def credit_drawn(self) -> int:
        """Σ of what members have drawn."""
        totals = self.ledger.state.totals
        return int(totals[st.DRAWN if self.ledger.facilities is None else st.LOANS])

    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured, its first instruction's time being now."""
        self.ledger.fit_slots()
        if self.eager:
            # What has this very time may have to follow an event of the same instant.
            self.take_until(now - 1)
        self._backlog.append((chunk, 0))

    def act(self, change: Callable[[], object], now: int) -> None:  # noqa: ARG002
        """Somebody beside the arrangement changes what its ledger holds; where a queue waits, it is tried."""
        change()

    def take_until(self, now: int) -> None:
        """Take what has time ≤ ``now``, in queue order."""
        while self._backlog:
            chunk, start = self._backlog[0]
            stop = max(start, int(np.searchsorted(chunk.time, now, side="right")))
            if stop > start:
                self.take(chunk, start, stop, now)
            if stop < len(chunk.time):
                self._backlog[0] = (chunk, stop)
                return
            self._backlog.popleft()

    def traded_until(self, now: int) -> list[tuple[Captured, int, int]]:
        """Of each chunk what was traded at or before ``now`` and is not taken: from which to before which."""
        return [
            (chunk, start, int(np.searchsorted(chunk.time, now, side="right")))
            for chunk, start in self._backlog
        ]

    def observe(self, day: int, now: int) -> None:
        """Note the state at the end of an interval of the timeline."""
        if self.eager:
            self.take_until(now)
        totals = self.ledger.state.totals
        in_use = self.cash_in_use()
        settled = self.settled_value()
        self.timeline.append(
            (
                self.name,
                day,
                now,
                self.credit_drawn(),
                in_use,
                int(max(totals[st.IN_USE_PEAK], in_use)),
                int(totals[st.QUEUE_COUNT]),
                int(totals[st.QUEUE_VALUE]),
                settled - self._settled_before,
                int(self.ledger.state.members[:, st.LOCKED_CASH].sum()),
            )
        )
        totals[st.IN_USE_PEAK] = in_use
        self._settled_before = settled

    def open_day(self, opens: int) -> None:
        """Begin a settlement day."""
        self.ledger.open_day(opens)
        self._settled_before = 0

    def close_day(self, record: SettlementDay) -> None:
        """Keep the day's record and square the ledger."""
        self.keep(record)
        self.ledger.close_day(record.closes)

    def keep(self, record: SettlementDay) -> None:
        """Keep the day's record, with what pilot and margin came to."""
        if self.pilot is not None:
            record = replace(record, pilot=self.pilot.records[record.day.index])
        if self.margin is not None:
            record = replace(record, margin=self.margin.margin_day(), exposure=self.margin.exposure_day())
        self.records.append(record)
