"""Layer 3: gross settlement, an event at a time, in the words of the rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .agenda import Event, Phase, after_the_close, events_of
from .book import Arrangement, Instruction
from .offset import largest_offset, shares_cash, shares_units
from .orders import with_key
from .partials import largest_part
from .savings import groups_of
from .terms import WalletEvent
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


class GrossDay:
    """One settlement day of a chain."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets) -> None:
        self.arrangement = arrangement
        self.wallets = wallets
        self.standing = wallets.standing
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
        for event in events_of(self.arrangement, self.wallets, today, opens, closes):
            # What is final is freed before loans of its minute fall due; all else comes after.
            self.wallets.roll_credit(until=event.time - (event.phase is Phase.RELEASE))
            self.wallets.begin_event(event.time)
            self.happen(event, opens, closes)
            self.wallets.end_event(event.time)
        self.wallets.roll_credit(until=closes)
        self.wallets.begin_event(closes)
        self.gridlocked = self.could_settle_together()
        self.wallets.free(self.wallets.receipts.freed_by_the_close())
        self.change_wallets(after_the_close(self.arrangement, opens, closes))
        for one in today:
            if one.time > closes:
                self.queued[one.order] = Fate(one, closes, waited_for="hold")

    def happen(self, event: Event, opens: int, closes: int) -> None:
        """What the event does; then, as after every event, the loop."""
        wallets = self.wallets
        if event.phase is Phase.RELEASE:
            wallets.free(wallets.receipts.freed_by_finality(event.time))
        elif event.phase is Phase.WALLETS:
            self.change_wallets(event.wallets)
        elif event.phase is Phase.MINT:
            wallets.minting.arrive(event.time)
        elif event.phase is Phase.TREASURY:
            wallets.treasurers.act(event.time, opens, closes)
        elif event.phase is Phase.FAULTS:
            for fault in event.ends:
                self.standing.end(fault)
            for fault in event.begins:
                self.standing.begin(fault)
            wallets.minting.arrive(event.time)
        elif self.arrangement.in_blocks:
            wallets.free(wallets.receipts.freed_by_block(event.time))
        if event.phase not in (Phase.RELEASE, Phase.BLOCK):
            wallets.read()
        block = event.phase is Phase.BLOCK or not self.arrangement.in_blocks
        self.standing.begin_event(block)
        self.take(event)

    def change_wallets(self, changes: list[WalletEvent]) -> None:
        for one in changes:
            if one.action == "transfer":
                self.wallets.force(one)
            else:
                self.standing.change(one)

    def take(self, event: Event) -> None:
        """New ones join the queue; the loop; every rule that is due and the loop; a window for parts."""
        for one in event.new:
            self.queued[one.order] = Fate(one, event.time)
            if self.standing.refuses(one):
                self.queued[one.order].waited_for = "registration"
            else:
                self.waiting.append(one)
        self.waiting.sort(key=lambda one: one.place)
        self.settle_one_by_one(event.time)
        for saving in event.due:
            visible = self.visible()
            if saving.longer_than is None or len(visible) > saving.longer_than:
                for group in groups_of(saving.rule, visible, self.wallets):
                    self.settle_group(group, event.time)
                self.settle_one_by_one(event.time)
        if event.window:
            self.settle_parts(event.time)

    def visible(self) -> list[Instruction]:
        """What rules see of the queue: nothing that wallets or faults keep away."""
        return [one for one in self.waiting if self.standing.hindrance(one) is None]

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
        """What keeps an instruction from settling now: who may, what there is, the room; or nothing."""
        if one.internalised:
            return None
        return (
            self.standing.hindrance(one)
            or self.behind(one)
            or self.wallets.obstacle(one)
            or self.standing.lacks_room()
        )

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
        """Where it is larger than the room left, not at all."""
        external = [one for one in group if not one.internalised]
        if not group or self.standing.lacks_room(len(external)):
            return
        self.standing.use(len(external))
        self.wallets.apply(*net_outflow(group), at=time)
        for one in external:
            self.wallets.settlements[one.buyer] += 1
        for one in group:
            self.waiting = [w for w in self.waiting if w.order != one.order]
            fate = self.queued.pop(one.order)
            fate.settled_at = time
            self.settled.append(fate)

    def settle_parts(self, time: int) -> None:
        """One pass over those waiting, each as far as it goes; after every part the loop."""
        for order in [one.order for one in self.waiting]:
            one = next((one for one in self.waiting if one.order == order), None)
            if one is None or self.standing.hindrance(one) or self.behind(one):
                continue
            if self.standing.lacks_room():
                return
            part = largest_part(one, self.arrangement.partials, self.wallets)
            if part is not None:
                self.settle_part(one, part, time)
                self.settle_one_by_one(time)

    def settle_part(self, one: Instruction, part: Instruction, time: int) -> None:
        """A group of one; what remains keeps its place."""
        self.standing.use(1)
        self.wallets.apply(*net_outflow([part]), at=time)
        self.wallets.settlements[one.buyer] += 1
        rest = replace(one, units=one.units - part.units, cash=one.cash - part.cash)
        self.waiting[self.waiting.index(one)] = rest
        fate = self.queued[one.order]
        self.settled.append(replace(fate, instruction=part, settled_at=time, part=True))
        fate.instruction = rest

    def could_settle_together(self) -> list[Instruction] | None:
        """Of what a rule would see at the close, the multilateral offset's set: gridlocked, not deadlocked.

        Where collateral moves with the securities there may be several such sets, and it is not told.
        """
        return None if self.arrangement.moves_collateral else largest_offset(self.visible(), self.wallets)
