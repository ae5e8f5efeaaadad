"""The chain layer: gross delivery versus payment, instruction by instruction, in blocks or at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from typing import Any, Protocol

import numpy as np
from simpy import Event

from simulator.config.errors import InputError, Problem
from simulator.kernels import state as st
from simulator.ledger import InfeasibleGroupError, Ledger
from simulator.market.flow import Captured, Flow, Int64, TradeDay
from simulator.market.openings import Openings
from simulator.market.pools import Pools
from simulator.rules import grouping_rule

from .agenda import BlockTimes, at_once, in_blocks
from .arrangement import TIMELINE_INTERVAL, Journal, OneLedger
from .capture import Capture, FlowDay
from .clock import Clock
from .credit import CreditDesk
from .fees import ChainFees
from .happenings import Happening
from .incoming import Entering, Gate
from .mint import Mint
from .reading import read_gross
from .record import SettlementDay
from .room import Room
from .rows import never_rows, unsettled_rows
from .savings import Parts, Saving, places_chosen
from .schedule import grid

CREDIT, SETTLE, OBSERVE = 0, 1, 2  # order at one instant
PHASES = {CREDIT: "credit", SETTLE: "blocks", OBSERVE: "timeline"}
OWN_TIME = -1
JOURNAL_ROWS = 1 << 20


class Actor(Protocol):
    """Somebody who acts on a chain, as a SimPy process of its own."""

    def run(self, clock: Clock) -> Generator[Event]:
        """The process: wait for an event, act, wait for the next."""


class Chain(OneLedger):
    """Settles each instruction by itself, both legs or none, in queue order.

    ``blocks`` gives the times of a day's blocks, None for continuous settlement; ``capacity`` is of a block.
    ``savings`` run on the queue in the order given, ``parts`` after them. ``gate`` is there where arrivals
    are ordered or held, ``desk`` where members can draw credit or borrow securities, ``mint`` where cash is
    issued or members' treasurers act. ``actors`` are processes of their own that act on the chain.
    """

    def __init__(
        self,
        name: str,
        flow: Flow,
        capture: Capture,
        ledger: Ledger,
        pools: Pools,
        *,
        blocks: BlockTimes | None,
        capacity: int | None = None,
        finality: int = 0,
        fees: ChainFees | None = None,
        savings: Sequence[Saving] = (),
        parts: Parts | None = None,
        gate: Gate | None = None,
        desk: CreditDesk | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(name, flow, capture, ledger, journal)
        self.pools = pools
        self.blocks = blocks
        self.room = Room(ledger, capacity)
        self.finality = finality
        self.fees = fees
        self.savings = tuple(savings)
        self.parts = parts
        self.gate = gate
        self.desk = desk
        self.eager = blocks is None
        self.mint: Mint | None = None
        self.openings: Openings | None = None
        self.actors: list[Actor] = []
        self._open: TradeDay | None = None
        self._first_event_time = 0

    def processes(self, clock: Clock) -> list[Generator[Event]]:
        """The chain itself, and those who act on it."""
        return [*super().processes(clock), *(actor.run(clock) for actor in self.actors)]

    def run(self, clock: Clock) -> Generator[Event]:
        """Each trade day: open, then credit, blocks and the timeline as their times come, close."""
        for day in self.settlement_days():
            yield clock.at(self.starts(day), "day opens")
            self.begin(day)
            for time, kind, due in self._agenda(day):
                yield clock.at(time, PHASES[kind])
                if kind == SETTLE:
                    self.settle(time, due)
                elif kind == OBSERVE:
                    self.observe(day.index, time)
                elif self.desk is not None:
                    self.catch_up(time, before=True)
                    self.desk.act(day, time)
            yield clock.at(day.closes, "close")
            self._close(day)
            self._open = None

    def settlement_days(self) -> Iterable[TradeDay]:
        """The days on which something settles, in order."""
        return self.flow.days

    def flow_of(self, day: TradeDay) -> FlowDay:
        """What settles on a day."""
        return self.capture.days[day.index]

    def starts(self, day: TradeDay) -> int:
        """When a settlement day begins."""
        return day.opens

    def beside(self, day: TradeDay) -> tuple[FlowDay | None, Int64 | None]:  # noqa: ARG002
        """All that settles on a day, and the units of it moved otherwise, where this is a part of it."""
        return None, None

    def begin(self, day: TradeDay) -> None:
        """Begin a settlement day."""
        self.open_day(self.starts(day))
        self.room.close_block()
        if self.mint is not None:
            self.mint.open_day()
        self._open, self._first_event_time = day, 0

    def open_from(self, time: int) -> int | None:
        """From when on anything can happen on the chain: now within a day, else the next open, if any."""
        if self._open is not None:
            return time
        return min((day.opens for day in self.flow.days if day.opens >= time), default=None)

    # -- when ----------------------------------------------------------------------------------------

    def _agenda(self, day: TradeDay) -> Iterator[tuple[int, int, frozenset[int]]]:
        """The day's (time, kind, mechanisms due) in order; windows for parts are due as the last of them."""
        none: frozenset[int] = frozenset()
        intervals = [saving.every for saving in self.savings] + ([self.parts.every] if self.parts else [])
        if self.blocks is None:
            settlements = at_once(day, intervals, self.turns(day))
        else:
            settlements = in_blocks(day, self.blocks(day), intervals)
        credit = ((time, CREDIT, none) for time in (self.desk.times(day) if self.desk else ()))
        observations = (
            (time, OBSERVE, none) for time in grid(day.opens, day.closes, TIMELINE_INTERVAL, first=1)
        )
        return merge(
            credit,
            ((time, SETTLE, due) for time, due in settlements),
            observations,
            key=lambda one: one[:2],
        )

    def turns(self, day: TradeDay) -> Sequence[tuple[int, int]]:  # noqa: ARG002
        """Further (time, mechanism, −1 for none) of a day of continuous settlement, ascending."""
        return ()

    # -- one event -----------------------------------------------------------------------------------

    def settle(self, now: int, due: frozenset[int]) -> None:
        """One event: receipts freed, arrivals taken, the loop; then what is due, each with its loop.

        A rule that runs before the loop sees the arrivals too, before anything settles by itself.
        """
        if self.blocks is not None:
            self.room.open_block()
            self.ledger.begin_block(now)
        first = [at for at in sorted(due) if at < len(self.savings) and self.savings[at].before_loop]
        if self.blocks is None or not self.ledger.ordered:
            first = []  # an arrival that is an event of its own has had its loop by now
        untested = bool(first)
        self.take_until(now, untested=untested)
        if self.blocks is None:
            self.ledger.free_receipts_until(now)
        if untested:
            for at in first:
                self._save(self.savings[at], now, goes_on=True)
            self.ledger.test_untested(now)
        for at in sorted(due - frozenset(first)):
            if at < len(self.savings):
                self._save(self.savings[at], now)
            elif self.parts is not None:
                self.ledger.settle_parts(self.parts.minimum, self.parts.members, now)
        if self.blocks is not None:
            self.room.close_block()
        self._write_journal(JOURNAL_ROWS)

    def catch_up(self, now: int, before: bool = False) -> None:
        """Continuous settlement: what came until ``now``, or ``before`` it, settles; receipts final by now
        are freed."""
        if self.eager:
            self.take_until(now - 1 if before else now)
            self.ledger.free_receipts_until(now)

    def act(self, change: Callable[[], object], now: int, after_blocks: bool = False) -> None:
        """An event between blocks: what came before it settles; all that it changes; then the loop, once."""
        self.catch_up(now, before=not after_blocks)
        change()
        self.ledger.try_again(now)
        self._write_journal(JOURNAL_ROWS)

    def note(self, day: TradeDay, now: int, event: str, change: str = "", **concerns: Any) -> None:
        """Keep that something happens, and what waits as it does; ``concerns`` are fields of a happening."""
        totals = self.ledger.state.totals
        count, value = int(totals[st.QUEUE_COUNT]), int(totals[st.QUEUE_VALUE])
        self.happenings.append(Happening(self.name, day.index, now, event, change, count, value, **concerns))

    def observe(self, day: int, now: int) -> None:
        """Note the state at the end of an interval of the timeline."""
        self.catch_up(now)
        super().observe(day, now)

    def _save(self, saving: Saving, now: int, goes_on: bool = False) -> None:
        """Ask a rule once for groups of what waits; the ledger settles each, or refuses it."""
        if self.ledger.state.totals[st.QUEUE_COUNT] <= (saving.longer_than or 0):
            return
        entries, waiting = self.ledger.waiting(now)
        if len(entries) <= (saving.longer_than or 0):
            return
        try:
            groups = places_chosen(saving.rule(waiting), len(entries))
            self.ledger.settle_groups((entries[places] for places in groups), now, goes_on)
        except InfeasibleGroupError as error:
            raise InputError(Problem(str(error), saving.key)) from None

    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured; where arrivals are ordered or held, it passes the gate."""
        if self.pools.count > 1:
            buyers, sellers = self.pools.assign(chunk)
            chunk = replace(chunk, buyer=buyers, seller=sellers)
        if self.fees is not None:
            self.fees.offer(chunk)
        if self.gate is None:
            super().offer(chunk, now)
            return
        self.ledger.fit_slots()
        if self.eager:
            self.take_until(now - 1)
        self.gate.offer(chunk)

    def take_until(self, now: int, untested: bool = False) -> None:
        """Take what enters at or before ``now``, as one event in a block, each as its own if continuous."""
        if self.gate is None:
            super().take_until(now)
            return
        entering = self.gate.enter_until(now)
        if entering is not None:
            if self.blocks is None:
                order, at = entering.as_own_events(), OWN_TIME
            else:
                order, at = entering.as_one_event(), now
                self._first_event_time += now * entering.value
            self._enter(entering, order, at, untested)
        if self.blocks is not None and not untested:
            self.ledger.finish_event(now)

    def _enter(self, entering: Entering, order: Int64, at: int, untested: bool) -> None:
        """Settle or queue what passed the gate, in the ``order`` of places in its batch."""
        self.ledger.take_batch(entering.batch, order, 0, 0, len(order), at, untested)

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Settle or queue instructions, at ``now`` in a block, each at its own time if continuous."""
        if self.blocks is not None:
            self._first_event_time += now * int(chunk.cash[start:stop].sum())
            self.ledger.take(chunk, start, stop, now)
            return
        self.ledger.take(chunk, start, stop, OWN_TIME)
        self._write_journal(JOURNAL_ROWS)

    # -- what the day came to ------------------------------------------------------------------------

    def settled_value(self) -> int:
        """Σ cash settled so far today."""
        totals = self.ledger.state.totals
        return int(totals[st.ENTERED_VALUE] - totals[st.QUEUE_VALUE] - totals[st.REFUSED_VALUE])

    def cash_in_use(self) -> int:
        """Where nothing is limited, cash in use is the credit drawn."""
        totals = self.ledger.state.totals
        return int(totals[st.DRAWN] if self.ledger.mode.free else totals[st.IN_USE])

    def _close(self, day: TradeDay) -> None:
        flow = self.flow_of(day)
        never = self.gate.close(day.closes) if self.gate is not None else None
        held_time = self.gate.value_held_time if self.gate is not None else 0
        if self.gate is not None:
            self.gate.value_held_time = 0
        entered_time = flow.value_time + day.midnight * flow.gross_value + held_time
        if self.blocks is None:
            self._first_event_time = entered_time
        elif never is not None:
            self._first_event_time += day.closes * int(never.cash.sum())
        whole, beside = self.beside(day)
        record = read_gross(
            self.name,
            self.ledger,
            day,
            flow,
            entered_time=entered_time,
            first_event_time=self._first_event_time,
            gridlocked_value=self.gridlocked(),
            never=never,
            desk=self.desk,
            finality=self.finality,
            whole=whole,
            beside=beside,
        )
        if self.fees is not None and record.settlements is not None:
            unsettled = self.ledger.unsettled_rows()
            fees = self.fees.of_day(day.index, record.settlements, unsettled, never)
            record = replace(record, fees=fees)
        if self.journal is not None:
            self._write_journal(1)
            members = len(self.flow.members)
            self.journal.write(self.name, day.index, unsettled_rows(self.ledger, members))
            if never is not None:
                self.journal.write(self.name, day.index, never_rows(never, members))
        self.close_day(record)

    def close_day(self, record: SettlementDay) -> None:
        """Keep the day's record and square the ledger, as far as banks are open."""
        if self.mint is None:
            super().close_day(record)
            return
        peaks = self.ledger.state.members[:, st.PEAK].copy()
        self.keep(replace(record, legs=self.mint.day(np.maximum(0, peaks), self.ledger.limited)))
        carries = self.mint.carries(record.day)
        openings = None
        if self.openings is not None:
            peaks = peaks.reshape(self.pools.count, -1).sum(axis=0)
            openings = self.pools.split(self.openings.after(peaks))
        self.ledger.close_day(record.closes, openings, carries)
        self.mint.square(carries)

    def gridlocked(self) -> int:
        """Σ cash of what waits though it could settle together: of queue prefixes, so a lower bound."""
        if self.ledger.state.totals[st.QUEUE_COUNT] == 0:
            return 0
        _, waiting = self.ledger.waiting(0)
        groups = grouping_rule("multilateral_offset")(waiting)
        return sum(int(waiting.cash[group].sum()) for group in groups)

    def _write_journal(self, at_least: int) -> None:
        """Hand settled instructions over once there are ``at_least`` of them."""
        totals = self.ledger.state.totals
        count = int(totals[st.JOURNAL_ROWS])
        if self.journal is not None and count >= at_least:
            day = (
                int(np.searchsorted([d.midnight for d in self.flow.days], totals[st.LAST_EVENT], "right")) - 1
            )
            rows = self.ledger.state.journal[:count].copy()
            rows[:, [st.JOURNAL_BUYER, st.JOURNAL_SELLER]] %= len(self.flow.members)  # accounts until here
            self.journal.write(self.name, day, rows)
            totals[st.JOURNAL_ROWS] = 0
