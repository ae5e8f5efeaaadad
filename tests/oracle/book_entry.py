"""Layer 2 beside the netted flow: deliveries versus payment one by one, over balances paid at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from .book import ONE_POOL, Arrangement, Instruction
from .credit import opening_prices
from .gross import Fate
from .netting import Fail, NettingDay
from .wallets import Wallets, net_outflow


@dataclass
class Event:
    """What happens at one instant; at one time in the order of ``turn``."""

    time: int
    turn: int
    does: str
    new: Instruction | None = None


class BookEntryDay:
    """One settlement day of orders, and of the cycles of the clearing house for what it nets."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets, netted: NettingDay) -> None:
        assert arrangement.book_entry is not None
        self.terms = arrangement.book_entry
        self.wallets = wallets
        self.netted = netted
        self.prices = opening_prices(wallets.book)
        self.waiting: list[Instruction] = []
        self.queued: dict[int, Fate] = {}
        self.settled: list[Fate] = []
        self.money_settlement: dict[str, int] = {}

    @property
    def fates(self) -> list[Fate]:
        """Of orders and cycles in settlement order; then what did not settle."""
        done = self.settled + self.netted.fates
        return sorted(done, key=lambda fate: fate.settled_at or 0) + list(self.queued.values())

    @property
    def fails(self) -> list[Fail]:
        return self.netted.fails

    @property
    def payments(self) -> list:
        return self.netted.payments

    def of(self, terms: int | Fraction | dict, name: str) -> int | Fraction:
        return terms.get(name, terms["default"]) if isinstance(terms, dict) else terms

    def settle(self, due: list[Instruction], midnight: int, opens: int, closes: int) -> None:
        orders = [one for one in due if self.terms.takes_in(one.buyer, one.seller)]
        self.netted.open([one for one in due if one not in orders], midnight, opens, closes)
        self.midnight = midnight
        self.until = closes if self.terms.until is None else midnight + self.terms.until
        self.wallets.begin_event(opens)
        for event in self.events([self.entered(one, opens, closes) for one in orders], opens, closes):
            self.wallets.begin_event(event.time)
            self.happen(event)
            self.wallets.end_event(event.time)
        self.wallets.begin_event(closes)
        self.netted.close()
        cash = self.wallets.cash
        self.money_settlement = {name: max(0, -cash[name, ONE_POOL]) for name in self.wallets.members}

    def entered(self, one: Instruction, opens: int, closes: int) -> Instruction:
        """At its own time of the settlement day, moved into the hours; where it is to be approved, later."""
        own = self.midnight + (one.arrival[0] - self.wallets.book.midnight(one.day))
        entry = min(max(own, opens), closes)
        large = self.terms.above is not None and one.cash > self.terms.above
        late = self.terms.after is not None and one.cash > 0 and entry >= self.midnight + self.terms.after
        held = self.terms.takes > 0 and (large or late)
        return replace(one, time=entry + self.terms.takes * held, typed=own, released=held)

    def events(self, orders: list[Instruction], opens: int, closes: int) -> list[Event]:
        in_time = [one for one in orders if one.time <= (self.until if one.cash else closes)]
        for one in orders:
            if one not in in_time:
                self.queued[one.order] = Fate(one, min(one.time, closes), waited_for="hold")
        # What was held queues among what is released with it, as on a chain.
        turns = sorted(
            in_time, key=lambda one: (one.time, one.released, one.place if one.released else one.arrival)
        )
        found = [Event(one.time, 1, "arrive", one) for one in turns]
        if self.terms.progress is not None:
            every, *_ = self.terms.progress
            found += [Event(time, 0, "progress") for time in range(opens + every, self.until, every)]
        if self.terms.look_ahead is not None:
            times = range(opens + self.terms.look_ahead, self.until, self.terms.look_ahead)
            found += [Event(time, 2, "look ahead") for time in (*times, self.until)]
        found += [Event(cycle, 3, "cycle") for cycle in self.netted.cycles]
        if self.terms.until is not None:
            found.append(Event(self.until, 4, "drop"))
        return sorted(found, key=lambda event: (event.time, event.turn))

    def happen(self, event: Event) -> None:
        if event.does == "drop":
            self.waiting = [one for one in self.waiting if one.cash == 0]
            return
        if event.does == "progress":
            self.pay_in_progress()
        if event.does == "cycle":
            self.netted.settle_cycle(event.time)
        if event.new is not None:
            self.queued[event.new.order] = Fate(event.new, event.time)
            self.waiting.append(event.new)
            self.waiting.sort(key=lambda one: one.place)
        self.loop(event.time)
        if event.does == "look ahead":
            while (pair := self.first_pair()) is not None:
                self.settle_group(pair, event.time)
                self.loop(event.time)

    def loop(self, time: int) -> None:
        """Settle the first feasible order; start again at the head; stop when none is."""
        while (one := self.first_feasible()) is not None:
            self.settle_group([one], time)

    def first_feasible(self) -> Instruction | None:
        for one in self.waiting:
            obstacle = None if one.internalised else self.obstacle([one])
            if obstacle is None:
                return one
            fate = self.queued[one.order]
            fate.waited_for = fate.waited_for or obstacle
        return None

    def first_pair(self) -> list[Instruction] | None:
        """One participant's receipt and delivery of the same security, feasible together."""
        for at, one in enumerate(self.waiting):
            for other in self.waiting[at + 1 :]:
                through = one.buyer == other.seller or other.buyer == one.seller
                alike = one.security == other.security and one.units > 0 and other.units > 0
                between = not (one.internalised or other.internalised)
                if through and alike and between and self.obstacle([one, other]) is None:
                    return [one, other]
        return None

    def settle_group(self, group: list[Instruction], time: int) -> None:
        self.wallets.apply(*net_outflow(group))
        for one in group:
            self.waiting.remove(one)
            fate = self.queued.pop(one.order)
            fate.settled_at = time
            self.settled.append(fate)

    def obstacle(self, group: list[Instruction]) -> str | None:
        """What the net effect of a group meets: the payers' caps and monitors, units, others' monitors."""
        cash, units = net_outflow(group)
        payers = [member for (member, _), out in cash.items() if out > 0]
        members = {member for member, _ in [*cash, *units]}
        if any(self.beyond_cap(member, cash[member, ONE_POOL]) for member in payers):
            return "limit"
        if any(self.breaks_monitor(member, cash, units) for member in payers):
            return "credit"
        if not all(self.wallets.can_deliver(*key, out) for key, out in units.items()):
            return "securities"
        if any(self.breaks_monitor(member, cash, units) for member in members if member not in payers):
            return "credit"
        return None

    def beyond_cap(self, member: str, out: int) -> bool:
        if self.terms.cap is None:
            return False
        return self.wallets.cash[member, ONE_POOL] - out < -self.of(self.terms.cap, member)

    def breaks_monitor(self, member: str, cash: dict, units: dict) -> bool:
        """Whether it falls, and below zero."""
        change = -cash.get((member, ONE_POOL), 0)
        change -= sum(out * self.unit_value(held) for (name, held), out in units.items() if name == member)
        return self.terms.monitor and change < 0 and self.monitor(member) + change < 0

    def monitor(self, member: str) -> int:
        """Collateral value of what is held, the fund and the balance."""
        held = self.wallets.units.items()
        collateral = sum(
            units * self.unit_value(security) for (name, security), units in held if name == member
        )
        return self.of(self.terms.fund, member) + collateral + self.wallets.cash[member, ONE_POOL]

    def unit_value(self, security: str) -> int:
        return int(self.prices.get(security, 0) * (1 - self.of(self.terms.haircut, security)))

    def pay_in_progress(self) -> None:
        """Who has passed its share of the cap brings its net debit down to another."""
        _, when, to = self.terms.progress
        for member in self.wallets.members:
            debit, cap = -self.wallets.cash[member, ONE_POOL], self.of(self.terms.cap, member)
            if debit > when * cap:
                amount = max(0, ceil(debit - to * cap))
                self.wallets.minting.topped_up[member, ONE_POOL] += amount
                self.wallets.minting.issue((member, ONE_POOL), amount)
        self.wallets.read()
