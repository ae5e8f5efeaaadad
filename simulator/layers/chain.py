"""The chain layer: gross delivery versus payment, instruction by instruction, in blocks or at once."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, repeat

import numpy as np
import numpy.typing as npt
from simpy import Event

from simulator.config.errors import InputError, Problem
from simulator.kernels import state as st
from simulator.ledger import InfeasibleGroupError, Ledger
from simulator.market.flow import Captured, Flow, Int64, TradeDay
from simulator.rules import Grouping, grouping_rule

from .arrangement import TIMELINE_INTERVAL, Arrangement, Journal
from .capture import Capture
from .clock import Clock
from .credit import CreditDesk
from .incoming import Gate, Incoming
from .record import read_gross
from .schedule import grid

CREDIT, SETTLE, OBSERVE = 0, 1, 2  # order at one instant
PHASES = {CREDIT: "credit", SETTLE: "blocks", OBSERVE: "timeline"}
OWN_TIME = -1
JOURNAL_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Saving:
    """A liquidity-saving mechanism: its rule, the interval (None: every block) and the queue it asks for.

    ``key`` is where the config names it, for messages.
    """

    rule: Grouping
    every: int | None
    longer_than: int | None
    key: str

    @property
    def before_loop(self) -> bool:
        """Whether it chooses among all that has arrived before anything settles by itself."""
        return bool(getattr(self.rule, "before_loop", False))


@dataclass(frozen=True, slots=True)
class Parts:
    """Partial settlement: the interval of its windows, cash of the smallest part, who takes part (0 or 1)."""

    every: int
    minimum: int
    members: Int64


class Chain(Arrangement):
    """Settles each instruction by itself, both legs or none, in queue order.

    ``block`` is the interval in µs, None for continuous settlement; ``savings`` run on the queue in the
    order given, ``parts`` after them. ``gate`` is there where arrivals are ordered or held, ``desk`` where
    members can draw credit or borrow securities.
    """

    def __init__(
        self,
        name: str,
        flow: Flow,
        capture: Capture,
        ledger: Ledger,
        *,
        block: int | None,
        savings: Sequence[Saving] = (),
        parts: Parts | None = None,
        gate: Gate | None = None,
        desk: CreditDesk | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(name, flow, capture, ledger, journal)
        self.block = block
        self.savings = tuple(savings)
        self.parts = parts
        self.gate = gate
        self.desk = desk
        self.eager = block is None
        self._first_event_time = 0
        self._day = 0

    def run(self, clock: Clock) -> Generator[Event]:
        """Each trade day: open, then credit, blocks and the timeline as their times come, close."""
        for day in self.flow.days:
            yield clock.at(day.opens, "day opens")
            self.open_day(day.opens)
            self._day, self._first_event_time = day.index, 0
            for time, kind, due in self._agenda(day):
                yield clock.at(time, PHASES[kind])
                if kind == SETTLE:
                    self.settle(time, due)
                elif kind == OBSERVE:
                    self.observe(day.index, time)
                elif self.desk is not None:
                    if self.eager:
                        self.take_until(time - 1)
                    self.desk.act(day, time)
            yield clock.at(day.closes, "close")
            self._close(day)

    # -- when ----------------------------------------------------------------------------------------

    def _agenda(self, day: TradeDay) -> Iterator[tuple[int, int, frozenset[int]]]:
        """The day's (time, kind, mechanisms due) in order."""
        none: frozenset[int] = frozenset()
        credit = ((time, CREDIT, none) for time in (self.desk.times(day) if self.desk else ()))
        observations = (
            (time, OBSERVE, none) for time in grid(day.opens, day.closes, TIMELINE_INTERVAL, first=1)
        )
        settlements = self._at_once(day) if self.block is None else self._blocks(day, self.block)
        return merge(credit, settlements, observations, key=lambda one: one[:2])

    def _intervals(self) -> list[int | None]:
        """The interval of each mechanism, None for every block; that of windows for parts comes last."""
        return [saving.every for saving in self.savings] + ([self.parts.every] if self.parts else [])

    def _at_once(self, day: TradeDay) -> Iterator[tuple[int, int, frozenset[int]]]:
        """Continuous: instants at which mechanisms are due; the close is one in any case."""
        grids = [
            zip(grid(day.opens, day.closes, every, first=1), repeat(at))
            for at, every in enumerate(self._intervals())
            if every is not None
        ]
        for time, due in groupby(merge(*grids, [(day.closes, -1)]), key=lambda one: one[0]):
            yield time, SETTLE, frozenset(at for _, at in due if at >= 0)

    def _blocks(self, day: TradeDay, block: int) -> Iterator[tuple[int, int, frozenset[int]]]:
        """Every block, with the mechanisms whose time has come since the last."""
        intervals = self._intervals()
        opens, closes = day.opens, day.closes
        turns = [opens if every is None else opens + every for every in intervals]
        for time in grid(opens, closes, block):
            due = frozenset(at for at, turn in enumerate(turns) if time >= turn or time == closes)
            yield time, SETTLE, due
            for at in due:
                every = intervals[at]
                if every is not None:
                    turns[at] = opens + ((time - opens) // every + 1) * every

    # -- one event -----------------------------------------------------------------------------------

    def settle(self, now: int, due: frozenset[int]) -> None:
        """One event: receipts freed, arrivals taken, the loop; then what is due, each with its loop.

        A rule that runs before the loop sees the arrivals too, before anything settles by itself.
        """
        if self.ledger.mode.lock == 1 and self.ledger.has_locked():
            self.ledger.release(now)
        first = [at for at in sorted(due) if at < len(self.savings) and self.savings[at].before_loop]
        if self.block is None or not self.ledger.ordered:
            first = []  # an arrival that is an event of its own has had its loop by now
        untested = bool(first)
        self.take_until(now, untested=untested)
        if untested:
            for at in first:
                self._save(self.savings[at], now, goes_on=True)
            self.ledger.test_untested(now)
        for at in sorted(due - frozenset(first)):
            if at < len(self.savings):
                self._save(self.savings[at], now)
            elif self.parts is not None:
                self.ledger.settle_parts(self.parts.minimum, self.parts.members, now)
        self._write_journal(JOURNAL_ROWS)

    def _save(self, saving: Saving, now: int, goes_on: bool = False) -> None:
        """Ask a rule once for groups of what waits; the ledger settles each, or refuses it."""
        count = int(self.ledger.state.totals[st.QUEUE_COUNT])
        if count == 0 or (saving.longer_than is not None and count <= saving.longer_than):
            return
        entries, waiting = self.ledger.waiting(now)
        try:
            groups = [_places(group) for group in _groups(saving.rule(waiting))]
            if any(np.any((places < 0) | (places >= len(entries))) for places in groups):
                raise InfeasibleGroupError("a group names a place that is not in the queue")
            self.ledger.settle_groups((entries[places] for places in groups), now, goes_on)
        except InfeasibleGroupError as error:
            raise InputError(Problem(str(error), saving.key)) from None

    def offer(self, chunk: Captured, now: int) -> None:
        """A chunk has been captured; where arrivals are ordered or held, it passes the gate."""
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
            if self.block is None:
                order, at = entering.as_own_events(), OWN_TIME
            else:
                order, at = entering.as_one_event(), now
                self._first_event_time += now * entering.value
            self.ledger.take_batch(entering.batch, order, 0, 0, len(order), at, untested)
        if self.block is not None and not untested:
            self.ledger.finish_event(now)

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Settle or queue instructions, at ``now`` in a block, each at its own time if continuous."""
        if self.block is not None:
            self._first_event_time += now * int(chunk.cash[start:stop].sum())
            self.ledger.take(chunk, start, stop, now)
            return
        self.ledger.take(chunk, start, stop, OWN_TIME)
        self._write_journal(JOURNAL_ROWS)

    # -- what the day came to ------------------------------------------------------------------------

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
        never = self.gate.close(day.closes) if self.gate is not None else None
        held_time = self.gate.value_held_time if self.gate is not None else 0
        if self.gate is not None:
            self.gate.value_held_time = 0
        entered_time = flow.value_time + day.midnight * flow.gross_value + held_time
        if self.block is None:
            self._first_event_time = entered_time
        elif never is not None:
            self._first_event_time += day.closes * int(never.cash.sum())
        record = read_gross(
            self.name,
            self.ledger,
            day,
            flow,
            entered_time=entered_time,
            first_event_time=self._first_event_time,
            gridlocked_value=self._gridlocked(),
            never=never,
            desk=self.desk,
        )
        if self.journal is not None:
            self._write_journal(1)
            self.journal.write(self.name, day.index, self._unsettled_rows())
            if never is not None:
                self.journal.write(self.name, day.index, _never_rows(never))
        self.close_day(record)

    def _gridlocked(self) -> int:
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
            self.journal.write(self.name, day, self.ledger.state.journal[:count].copy())
            totals[st.JOURNAL_ROWS] = 0

    def _unsettled_rows(self) -> Int64:
        entries, _ = self.ledger.waiting(0)
        pool = self.ledger.state.pool[entries]
        rows = _rows(len(pool))
        rows[:, st.JOURNAL_ID] = pool[:, st.IDENTIFIER]
        rows[:, st.JOURNAL_TIME] = pool[:, st.ENTERED]
        rows[:, st.JOURNAL_BUYER] = pool[:, st.BUYER]
        rows[:, st.JOURNAL_SELLER] = pool[:, st.SELLER]
        rows[:, st.JOURNAL_SECURITY] = pool[:, st.SECURITY]
        rows[:, st.JOURNAL_UNITS] = pool[:, st.ENTRY_UNITS]
        rows[:, st.JOURNAL_CASH] = pool[:, st.ENTRY_CASH]
        rows[:, st.JOURNAL_WAITED] = pool[:, st.WAITED_FOR]
        return rows


def _never_rows(never: Incoming) -> Int64:
    rows = _rows(len(never))
    rows[:, st.JOURNAL_ID] = never.place
    rows[:, st.JOURNAL_TIME] = never.enters
    rows[:, st.JOURNAL_BUYER] = never.buyer
    rows[:, st.JOURNAL_SELLER] = never.seller
    rows[:, st.JOURNAL_SECURITY] = never.security
    rows[:, st.JOURNAL_UNITS] = never.units
    rows[:, st.JOURNAL_CASH] = never.cash
    rows[:, st.JOURNAL_WAITED] = st.HELD
    return rows


def _rows(count: int) -> Int64:
    """Journal rows of what never settled."""
    rows = np.zeros((count, st.JOURNAL_COLUMNS), dtype=np.int64)
    rows[:, st.JOURNAL_SETTLED] = -1
    return rows


def _groups(answer: object) -> Iterable[npt.ArrayLike]:
    """What a rule chose, if it is groups at all."""
    if not isinstance(answer, Iterable):
        raise InfeasibleGroupError(f"the rule must give groups, a list of arrays of places, not {answer!r}")
    return answer


def _places(group: npt.ArrayLike) -> Int64:
    """A group's places in the queue; a mask or fractions would be misread, so only integers are taken."""
    places = np.asarray(group)
    if places.size and not np.issubdtype(places.dtype, np.integer):
        raise InfeasibleGroupError("a group is not an array of places in the queue, which are integers")
    return places.astype(np.int64).reshape(-1)
