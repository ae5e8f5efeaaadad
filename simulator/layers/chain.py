"""The chain layer: gross delivery versus payment, instruction by instruction, in blocks or at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from heapq import merge

import numpy as np
import numpy.typing as npt
from simpy import Event

from simulator.config.errors import InputError, Problem
from simulator.kernels import state as st
from simulator.ledger import InfeasibleGroupError, Ledger
from simulator.market.flow import Captured, Flow, Int64, TradeDay
from simulator.rules import Grouping

from .arrangement import TIMELINE_INTERVAL, Arrangement, Journal
from .capture import Capture
from .clock import Clock
from .record import read_gross
from .schedule import grid

BLOCK, OFFSET, OBSERVE = 0, 1, 2  # order at one instant
OWN_TIME = -1
JOURNAL_ROWS = 1 << 20


class Chain(Arrangement):
    """Settles each instruction by itself, both legs or none, in queue order.

    ``block`` is the interval in µs, None for continuous settlement; ``saving`` a grouping rule with
    the interval at which it runs on the queue.
    """

    def __init__(
        self,
        name: str,
        flow: Flow,
        capture: Capture,
        ledger: Ledger,
        *,
        block: int | None,
        saving: tuple[Grouping, int] | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(name, flow, capture, ledger, journal)
        self.block = block
        self.saving = saving
        self.eager = block is None
        self._first_event_time = 0
        self._day = 0

    def run(self, clock: Clock) -> Generator[Event]:
        """Each trade day: open, blocks and offsets and the timeline between, close."""
        for day in self.flow.days:
            yield clock.at(day.opens, "day opens")
            self.open_day(day.opens)
            self._day, self._first_event_time = day.index, 0
            for time, kind in self._agenda(day):
                yield clock.at(time, "timeline" if kind == OBSERVE else "blocks")
                if kind == OBSERVE:
                    self.observe(day.index, time)
                else:
                    self.settle(time, kind == OFFSET)
            yield clock.at(day.closes, "close")
            self._close(day)

    def _agenda(self, day: TradeDay) -> Iterator[tuple[int, int]]:
        """The day's (time, kind) in order; a block that offsets stands once, as an offset."""
        opens, closes = day.opens, day.closes
        observations = ((time, OBSERVE) for time in grid(opens, closes, TIMELINE_INTERVAL, first=1))
        return merge(self._settlements(opens, closes), observations)

    def _settlements(self, opens: int, closes: int) -> Iterator[tuple[int, int]]:
        if self.block is None:
            if self.saving is not None:
                yield from ((time, OFFSET) for time in grid(opens, closes, self.saving[1], first=1))
            else:
                yield closes, BLOCK
            return
        due = opens + self.saving[1] if self.saving is not None else None
        for time in grid(opens, closes, self.block):
            offsets = due is not None and (time >= due or time == closes)
            yield time, OFFSET if offsets else BLOCK
            if offsets and self.saving is not None:
                due = opens + ((time - opens) // self.saving[1] + 1) * self.saving[1]

    def settle(self, now: int, offset: bool) -> None:
        """One event: receipts freed, arrivals taken, the loop; with ``offset``, groups and the loop again."""
        if self.ledger.mode.lock == 1 and self.ledger.has_locked():
            self.ledger.release(now)
        self.take_until(now)
        if offset and self.saving is not None and self.ledger.state.totals[st.QUEUE_COUNT] > 0:
            self._settle_groups(self.saving[0], now)
        self._write_journal(JOURNAL_ROWS)

    def _settle_groups(self, rule: Grouping, now: int) -> None:
        """Ask the rule once for groups of what waits; the ledger settles each, or refuses it."""
        entries, waiting = self.ledger.waiting(now)
        try:
            groups = [_places(group) for group in rule(waiting)]
            if any(np.any((places < 0) | (places >= len(entries))) for places in groups):
                raise InfeasibleGroupError("a group names a place that is not in the queue")
            self.ledger.settle_groups((entries[places] for places in groups), now)
        except InfeasibleGroupError as error:
            raise InputError(Problem(str(error), f"arrangements.{self.name}.liquidity_saving.rule")) from None

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Settle or queue instructions, at ``now`` in a block, each at its own time if continuous."""
        if self.block is not None:
            self._first_event_time += now * int(chunk.cash[start:stop].sum())
            self.ledger.take(chunk, start, stop, now)
            return
        self.ledger.take(chunk, start, stop, OWN_TIME)
        self._write_journal(JOURNAL_ROWS)

    def settled_value(self) -> int:
        """Σ cash settled so far today."""
        totals = self.ledger.state.totals
        return int(totals[st.ENTERED_VALUE] - totals[st.QUEUE_VALUE])

    def cash_in_use(self) -> int:
        """Where nothing is limited, cash in use is the credit drawn."""
        totals = self.ledger.state.totals
        return int(totals[st.DRAWN] if self.ledger.mode.free else totals[st.IN_USE])

    def _close(self, day: TradeDay) -> None:
        flow = self.capture.days[day.index]
        if self.block is None:
            self._first_event_time = flow.value_time + day.midnight * flow.gross_value
        record = read_gross(self.name, self.ledger, day, flow, self._first_event_time)
        if self.journal is not None:
            self._write_journal(1)
            self.journal.write(self.name, day.index, self._unsettled_rows())
        self.close_day(record)

    def _write_journal(self, at_least: int) -> None:
        """Hand settled instructions over once there are ``at_least`` of them."""
        totals = self.ledger.state.totals
        count = int(totals[st.JOURNAL_ROWS])
        if self.journal is not None and count >= at_least:
            day = (
                int(np.searchsorted([d.midnight for d in self.flow.days], totals[st.LAST_EVENT], "right")) - 1
            )
            self.journal.write(self.name, day, self.ledger.state.journal[:count].copy())
            totals[st.JOURNAL_ROWS] = 0

    def _unsettled_rows(self) -> Int64:
        entries, _ = self.ledger.waiting(0)
        pool = self.ledger.state.pool[entries]
        rows = np.empty((len(pool), st.JOURNAL_COLUMNS), dtype=np.int64)
        rows[:, st.JOURNAL_ID] = pool[:, st.IDENTIFIER]
        rows[:, st.JOURNAL_TIME] = pool[:, st.ENTERED]
        rows[:, st.JOURNAL_BUYER] = pool[:, st.BUYER]
        rows[:, st.JOURNAL_SELLER] = pool[:, st.SELLER]
        rows[:, st.JOURNAL_SECURITY] = pool[:, st.SECURITY]
        rows[:, st.JOURNAL_UNITS] = pool[:, st.ENTRY_UNITS]
        rows[:, st.JOURNAL_CASH] = pool[:, st.ENTRY_CASH]
        rows[:, st.JOURNAL_SETTLED] = -1
        rows[:, st.JOURNAL_WAITED] = pool[:, st.WAITED_FOR]
        return rows


def _places(group: npt.ArrayLike) -> Int64:
    """A group's places in the queue; a mask or fractions would be misread, so only integers are taken."""
    places = np.asarray(group)
    if places.size and not np.issubdtype(places.dtype, np.integer):
        raise InfeasibleGroupError("a group is not an array of places in the queue, which are integers")
    return places.astype(np.int64).reshape(-1)
