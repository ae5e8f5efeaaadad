"""Layer 3: gross settlement, an event at a time, in the words of the rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .book import Arrangement, Instruction, Saving, blocks_of, instants
from .offset import largest_offset, shares_cash, shares_units
from .orders import with_key
from .partials import largest_part
from .savings import groups_of
from .wallets import Wallets, net_outflow


@dataclass
class Fate:
    """What became of one instruction: the event that first took it, what it met, when it settled.

    Settled in parts, it has one for each part and one for what remains.
    """

    instruction: Instruction
    first_event: int
    settled_at: int | None = None
    waited_for: str | None = None
    part: bool = False


@dataclass
class Event:
    """New instructions, then the liquidity-saving rules that are due, then a window for parts if one is."""

    time: int
    new: list[Instruction]
    due: tuple[Saving, ...] = ()
    window: bool = False


def events_of(arrangement: Arrangement, today: list[Instruction], opens: int, closes: int) -> list[Event]:
    """The day's events: each instruction its own, or blocks; and where rules and windows are due.

    What is held past the close is in none of them.
    """
    today = [one for one in today if one.time <= closes]
    windows = instants(arrangement.partials.every, opens, closes) if arrangement.partials else []
    if arrangement.block is None:
        # At one instant: what was never held as in the flow, then what is released, in queue order.
        turns = [(one.time, one.released, one.place if one.released else one.arrival, one) for one in today]
        arrivals = [Event(one.time, [one]) for *_, one in sorted(turns, key=lambda turn: turn[:3])]
        due = {saving: set(instants(saving.every, opens, closes)) for saving in arrangement.saving}
        times = sorted(set(windows).union(*due.values()))
        rules = [
            Event(time, [], tuple(one for one in arrangement.saving if time in due[one]), time in windows)
            for time in times
        ]
        # A stable sort: rules and windows come after the arrivals of their instant.
        return sorted(arrivals + rules, key=lambda event: event.time)
    blocks = blocks_of(arrangement, opens, closes)

    def first_at_or_after(times: list[int]) -> set[int]:
        return {min(block for block in blocks if block >= time) for time in times}

    due = {
        saving: first_at_or_after(instants(saving.every, opens, closes)) if saving.every else set(blocks)
        for saving in arrangement.saving
    }
    with_window = first_at_or_after(windows)
    events, previous = [], -1
    for block in blocks:
        # A block takes entries with time in (previous block, this block].
        new = [one for one in today if previous < one.time <= block]
        rules = tuple(one for one in arrangement.saving if block in due[one])
        events.append(Event(block, new, rules, block in with_window))
        previous = block
    return events


class GrossDay:
    """One settlement day of a chain."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets) -> None:
        self.arrangement = arrangement
        self.wallets = wallets
        self.waiting: list[Instruction] = []
        self.queued: dict[int, Fate] = {}
        self.settled: list[Fate] = []
        self.gridlocked: list[Instruction] | None = None

    @property
    def fates(self) -> list[Fate]:
        """In settlement order, a row a part; then what did not settle."""
        return self.settled + list(self.queued.values())

    def settle(self, today: list[Instruction], opens: int, closes: int) -> None:
        today = [with_key(self.arrangement.queue, one) for one in today]
        self.wallets.begin_event(opens)
        for event in events_of(self.arrangement, today, opens, closes):
            self.wallets.roll_credit(until=event.time)
            self.wallets.begin_event(event.time)
            if self.arrangement.frees_each_block:
                self.wallets.free_receipts()
            self.take(event)
            self.wallets.end_event(event.time)
        self.wallets.roll_credit(until=closes)
        self.wallets.begin_event(closes)
        self.gridlocked = self.could_settle_together()
        self.wallets.free_receipts()
        for one in today:
            if one.time > closes:
                self.queued[one.order] = Fate(one, closes, waited_for="hold")

    def take(self, event: Event) -> None:
        """New ones join the queue; the loop; every rule that is due and the loop; a window for parts."""
        for one in event.new:
            self.queued[one.order] = Fate(one, event.time)
        self.waiting = sorted(self.waiting + event.new, key=lambda one: one.place)
        self.settle_one_by_one(event.time)
        for saving in event.due:
            if saving.longer_than is None or len(self.waiting) > saving.longer_than:
                for group in groups_of(saving.rule, self.waiting, self.wallets):
                    self.settle_group(group, event.time)
                self.settle_one_by_one(event.time)
        if event.window:
            self.settle_parts(event.time)

    def settle_one_by_one(self, time: int) -> None:
        """Settle the first feasible waiting instruction; start again at the head; stop when none is."""
        while (one := self.first_feasible()) is not None:
            self.settle_group([one], time)

    def first_feasible(self) -> Instruction | None:
        for one in self.waiting:
            obstacle = self.obstacle(one)
            if obstacle is None:
                return one
            fate = self.queued[one.order]
            fate.waited_for = fate.waited_for or obstacle
        return None

    def obstacle(self, one: Instruction) -> str | None:
        """What keeps an instruction from settling now: cash, securities, credit, or nothing."""
        if one.internalised:
            return None
        return self.behind(one) or self.wallets.obstacle(one)

    def behind(self, one: Instruction) -> str | None:
        """Under strict FIFO, whether an earlier one waits for the same cash or the same units."""
        if self.arrangement.queue != "fifo_strict":
            return None
        earlier = [w for w in self.waiting if w.place < one.place]
        if any(shares_cash(w, one) for w in earlier):
            return "cash"
        if any(shares_units(w, one) for w in earlier):
            return "securities"
        return None

    def settle_group(self, group: list[Instruction], time: int) -> None:
        if not group:
            return
        self.wallets.apply(*net_outflow(group), lock=self.arrangement.locks)
        for one in group:
            self.waiting = [w for w in self.waiting if w.order != one.order]
            fate = self.queued.pop(one.order)
            fate.settled_at = time
            self.settled.append(fate)

    def settle_parts(self, time: int) -> None:
        """One pass over those waiting, each as far as it goes; after every part the loop."""
        for order in [one.order for one in self.waiting]:
            one = next((one for one in self.waiting if one.order == order), None)
            if one is None or self.behind(one):
                continue
            part = largest_part(one, self.arrangement.partials, self.wallets)
            if part is not None:
                self.settle_part(one, part, time)
                self.settle_one_by_one(time)

    def settle_part(self, one: Instruction, part: Instruction, time: int) -> None:
        """A group of one; what remains keeps its place."""
        self.wallets.apply(*net_outflow([part]), lock=self.arrangement.locks)
        rest = replace(one, units=one.units - part.units, cash=one.cash - part.cash)
        self.waiting[self.waiting.index(one)] = rest
        fate = self.queued[one.order]
        self.settled.append(replace(fate, instruction=part, settled_at=time, part=True))
        fate.instruction = rest

    def could_settle_together(self) -> list[Instruction] | None:
        """Of what waits at the close, the multilateral offset's set: gridlocked, not deadlocked.

        Where collateral moves with the securities there may be several such sets, and it is not told.
        """
        return None if self.arrangement.moves_collateral else largest_offset(self.waiting, self.wallets)
