"""Layer 3: gross settlement, an event at a time, in the words of the rule."""

from __future__ import annotations

from dataclasses import dataclass

from .book import Arrangement, Instruction, blocks_of, offset_instants
from .offset import largest_offset, shares_cash, shares_units
from .wallets import Wallets, net_outflow


@dataclass
class Fate:
    """What became of one instruction: the event that first took it, what it met, when it settled."""

    instruction: Instruction
    first_event: int
    settled_at: int | None = None
    waited_for: str | None = None


@dataclass
class Event:
    time: int
    new: list[Instruction]
    offset: bool = False


def events_of(arrangement: Arrangement, today: list[Instruction], opens: int, closes: int) -> list[Event]:
    """The day's events: each instruction its own, or blocks; and where the offset runs."""
    instants = offset_instants(arrangement, opens, closes)
    if arrangement.block is None:
        arrivals = [Event(one.time, [one]) for one in today]
        offsets = [Event(time, [], offset=True) for time in instants]
        # A stable sort: arrivals stay in queue order, and an offset comes after those of its instant.
        return sorted(arrivals + offsets, key=lambda event: event.time)
    blocks = blocks_of(arrangement, opens, closes)
    with_offset = {min(block for block in blocks if block >= time) for time in instants}
    events, previous = [], -1
    for block in blocks:
        # A block takes entries with time in (previous block, this block].
        new = [one for one in today if previous < one.time <= block]
        events.append(Event(block, new, offset=block in with_offset))
        previous = block
    return events


class GrossDay:
    """One settlement day of a chain."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets) -> None:
        self.arrangement = arrangement
        self.wallets = wallets
        self.waiting: list[Instruction] = []
        self.fates: dict[int, Fate] = {}
        self.sequence: list[int] = []
        continuous = arrangement.block is None
        self.frees_each_block = arrangement.reuse == "next_block" and not continuous
        self.locks = arrangement.reuse == "at_close" or self.frees_each_block

    def settle(self, today: list[Instruction], opens: int, closes: int) -> None:
        for event in events_of(self.arrangement, today, opens, closes):
            if self.frees_each_block:
                self.wallets.free_receipts()
            for one in event.new:
                self.fates[one.order] = Fate(one, event.time)
            self.waiting = sorted(self.waiting + event.new, key=lambda one: one.place)
            self.settle_one_by_one(event.time)
            if event.offset:
                self.settle_group(largest_offset(self.waiting, self.wallets), event.time)
                self.settle_one_by_one(event.time)
            self.wallets.end_event(event.time)
        self.wallets.free_receipts()

    def settle_one_by_one(self, time: int) -> None:
        """Settle the first feasible waiting instruction; start again at the head; stop when none is."""
        while (one := self.first_feasible()) is not None:
            self.settle_group([one], time)

    def first_feasible(self) -> Instruction | None:
        for one in self.waiting:
            obstacle = self.obstacle(one)
            if obstacle is None:
                return one
            fate = self.fates[one.order]
            fate.waited_for = fate.waited_for or obstacle
        return None

    def obstacle(self, one: Instruction) -> str | None:
        """What keeps an instruction from settling now: cash, securities, or nothing."""
        if one.internalised:
            return None
        if self.arrangement.queue == "fifo_strict":
            earlier = [w for w in self.waiting if w.place < one.place]
            if any(shares_cash(w, one) for w in earlier):
                return "cash"
            if any(shares_units(w, one) for w in earlier):
                return "securities"
        if not self.wallets.can_pay(one.buyer, one.cash):
            return "cash"
        if not self.wallets.can_deliver(one.seller, one.security, one.units):
            return "securities"
        return None

    def settle_group(self, group: list[Instruction], time: int) -> None:
        if not group:
            return
        self.wallets.apply(*net_outflow(group), lock=self.locks)
        for one in group:
            self.waiting.remove(one)
            self.fates[one.order].settled_at = time
            self.sequence.append(one.order)
