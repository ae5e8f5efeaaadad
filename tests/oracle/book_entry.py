"""Layer 2 beside the netted flow: deliveries versus payment one by one, over balances paid at the end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from math import ceil

from .book import ONE_POOL, Account, Arrangement, Instruction
from .gross import Fate
from .monitor import Monitor, by_name
from .netting import Fail, NettingDay, bank_of
from .offset import largest_offset
from .wallets import Wallets, net_outflow


@dataclass
class Event:
    """What happens at one instant; at one time in the order of ``turn``."""

    time: int
    turn: int
    does: str
    new: Instruction | None = None


class BookEntryDay:
    """One settlement day of deliveries, and of the cycles of the clearing house for what it nets.

    What waits are instructions moved to the settlement day: ``time`` is when they enter, ``typed`` their own
    time then, by which they queue. Fates keep them as they were traded.
    """

    def __init__(self, arrangement: Arrangement, wallets: Wallets, netted: NettingDay) -> None:
        assert arrangement.book_entry is not None
        self.arrangement = arrangement
        self.terms = arrangement.book_entry
        self.wallets = wallets
        self.netted = netted
        self.monitor = Monitor(self.terms, wallets)
        self.traded: dict[int, Instruction] = {}
        self.entry: dict[int, int] = {}
        self.waiting: list[Instruction] = []
        self.queued: dict[int, Fate] = {}
        self.settled: list[Fate] = []
        self.told = 0
        self.locked_together: list[Instruction] = []
        self.money_settlement: dict[str, int] = {}
        self.bank_debit = 0

    @property
    def fates(self) -> list[Fate]:
        """Of deliveries and cycles in settlement order; then what did not settle."""
        return self.settled + list(self.queued.values())

    @property
    def delivered(self) -> list[Fate]:
        """Of deliveries alone."""
        return [fate for fate in self.fates if fate.instruction.order in self.traded]

    @property
    def gridlocked(self) -> list[Instruction] | None:
        """What could settle together of what was dropped and of what waited at the close.

        Where collateral moves with the securities there may be several such sets, and it is not told.
        """
        return None if self.terms.monitor else self.locked_together

    @property
    def fails(self) -> list[Fail]:
        return self.netted.fails

    @property
    def payments(self) -> list:
        return self.netted.payments

    def settle(
        self,
        orders: list[Instruction],
        rest: list[Instruction],
        days: tuple[int, int],
        hours: tuple[int, int],
    ) -> None:
        """``days`` are the midnights of the trade day and of the settlement day."""
        opens, closes = hours
        self.closes = closes
        traded_on, self.midnight = days
        self.later = self.midnight - traded_on
        self.netted.open(rest, self.midnight, opens, closes)
        cut_off = self.arrangement.cut_off
        self.pays_at = closes if cut_off is None else self.midnight + cut_off
        last = cut_off if self.terms.until is None else self.terms.until
        self.until = None if last is None else min(self.midnight + last, closes)
        self.traded = {one.order: one for one in orders}
        self.wallets.begin_event(opens)
        for event in self.events([self.moved(one) for one in orders], opens, closes):
            self.wait_for_wallets(event.time)
            self.wallets.begin_event(event.time)
            self.happen(event)
            self.wallets.end_event(event.time)
        self.wallets.begin_event(closes)
        self.netted.close()
        if self.netted.pilot is not None:
            self.netted.pilot.waiting = list

    def wait_for_wallets(self, until: int) -> None:
        """What a pilot does until then, each instant with the loop."""
        pilot = self.netted.pilot
        if pilot is not None:
            pilot.waiting = lambda: self.waiting
            for time in pilot.instants(until):
                if self.waiting:
                    self.wallets.begin_event(time)
                    self.loop(time)
                    self.give_tokens(time)
                    self.wallets.end_event(time)

    def give_tokens(self, time: int) -> None:
        """After an event and its loop: what it settled under the flag is tokenized, in that order."""
        if self.netted.pilot is not None:
            new = [fate for fate in self.settled[self.told :] if fate.instruction.order in self.traded]
            self.told = len(self.settled)
            for fate in new:
                self.netted.pilot.after_delivery(time, fate.instruction)

    def moved(self, one: Instruction) -> Instruction:
        """At its own time of the settlement day; where it is to be approved, later."""
        own = one.arrival[0] + self.later
        large = self.terms.above is not None and one.cash > self.terms.above
        late = self.terms.after is not None and one.cash > 0 and own >= self.midnight + self.terms.after
        held = self.terms.takes > 0 and (large or late) and not one.internalised
        return replace(
            one, time=one.time + self.later + self.terms.takes * held, typed=own, priority=5, released=held
        )

    def events(self, orders: list[Instruction], opens: int, closes: int) -> list[Event]:
        last = closes if self.until is None else self.until
        in_time = []
        for one in orders:
            self.entry[one.order] = min(one.time, closes)
            if one.time <= (last if one.cash and not one.internalised else closes):
                in_time.append(one)
            else:
                # It never enters, and so never waits.
                self.entry[one.order] = closes
                self.queued[one.order] = Fate(self.traded[one.order], closes, waited_for="hold")
        # What was held queues among what is released with it, as on a chain.
        turns = sorted(
            in_time, key=lambda one: (one.time, one.released, one.place if one.released else one.arrival)
        )
        found = [Event(one.time, 1, "arrive", one) for one in turns]
        if self.terms.progress is not None:
            every, *_ = self.terms.progress
            found += [Event(time, 0, "progress") for time in range(opens + every, self.pays_at, every)]
        if self.terms.look_ahead is not None:
            times = {*range(opens + self.terms.look_ahead, closes, self.terms.look_ahead), closes}
            times |= {self.pays_at} | ({self.until} if self.until is not None else set())
            found += [Event(time, 2, "look ahead") for time in times if opens <= time <= closes]
        found += [Event(cycle, 3, "cycle") for cycle in self.netted.cycles]
        if self.until is not None:
            found.append(Event(max(self.until, opens), 4, "drop"))
        found.append(Event(closes, 4, "end"))
        found.append(Event(self.pays_at, 5, "settle money"))
        return sorted(found, key=lambda event: (event.time, event.turn))

    def happen(self, event: Event) -> None:
        if event.does == "drop":
            self.find_locked()
            self.waiting = [one for one in self.waiting if one.cash == 0]
            return
        if event.does == "settle money":
            self.settle_money()
            if event.time < self.closes:
                # What monitors let go now that balances are what they were at the open.
                self.loop(event.time)
                self.give_tokens(event.time)
            return
        if event.does == "end":
            self.find_locked()
            return
        if event.does == "progress":
            self.pay_in_progress()
        if event.does == "cycle":
            before = len(self.netted.fates)
            self.netted.settle_cycle(event.time)
            self.settled += self.netted.fates[before:]
        if event.new is not None:
            self.queued[event.new.order] = Fate(self.traded[event.new.order], event.time)
            self.waiting.append(event.new)
            self.waiting.sort(key=lambda one: one.place)
        self.loop(event.time)
        if event.does == "look ahead":
            self.look_ahead(event.time)
            self.loop(event.time)
        self.give_tokens(event.time)

    def delays_of(self, fate: Fate, closes: int) -> tuple[int, int, int, int]:
        """How long a delivery waited, was yet to enter, could have waited, and took if it settled; less its
        hold."""
        entry = self.entry[fate.instruction.order]
        end = closes if fate.settled_at is None else fate.settled_at
        return end - fate.first_event, self.later, closes - entry, end - entry + self.later

    def find_locked(self) -> None:
        found = [] if self.terms.monitor else largest_offset(self.waiting, self)
        self.locked_together += [one for one in found if one.cash]

    def settle_money(self) -> None:
        """Net debits are paid in, net credits out: balances are what they were at the open."""
        cash = {member: self.wallets.cash[member, ONE_POOL] for member in self.wallets.members}
        self.money_settlement = {member: max(0, -balance) for member, balance in cash.items()}
        of_bank: dict[str, int] = defaultdict(int)
        for member, balance in cash.items():
            of_bank[bank_of(self.arrangement.settling_banks, member)] -= balance
        self.bank_debit = sum(max(0, out) for out in of_bank.values())
        self.balances = {(member, ONE_POOL): balance for member, balance in cash.items()}
        for account in self.wallets.accounts:
            self.wallets.cash[account] = self.wallets.opening[account] = self.wallets.funding[account]

    def look_ahead(self, time: int) -> None:
        """One pass: each, from the head, with its earliest partner after it that goes with it."""
        for one in list(self.waiting):
            if one in self.waiting:
                after = self.waiting[self.waiting.index(one) + 1 :]
                partners = [other for other in after if self.are_a_pair(one, other)]
                fits = next((other for other in partners if self.obstacle([one, other]) is None), None)
                if fits is not None:
                    self.settle_group([one, fits], time)

    def are_a_pair(self, one: Instruction, other: Instruction) -> bool:
        """One member's receipt of a security from another and its delivery of it to a third."""
        through = one.buyer == other.seller or other.buyer == one.seller
        three = len({one.buyer, one.seller, other.buyer, other.seller}) == 3
        return through and three and one.security == other.security and one.units > 0 and other.units > 0

    def feasible(self, group: list[Instruction]) -> bool:
        return self.obstacle(group) is None

    def can_pay_in_group(self, account: Account, out: int) -> bool:
        return out <= 0 or not self.beyond_cap(account[0], out)

    def can_deliver(self, member: str, security: str, out: int) -> bool:
        return self.wallets.can_deliver(member, security, out)

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
        return self.wallets.cash[member, ONE_POOL] - out < -by_name(self.terms.cap, member)

    def breaks_monitor(self, member: str, cash: dict, units: dict) -> bool:
        """Whether it falls, and below zero."""
        change = -cash.get((member, ONE_POOL), 0)
        change -= sum(
            out * self.monitor.unit_value(held) for (name, held), out in units.items() if name == member
        )
        return self.terms.monitor and change < 0 and self.monitor.of(member) + change < 0

    def pay_in_progress(self) -> None:
        """Who has passed its share of the cap brings its net debit down to another."""
        _, when, to = self.terms.progress
        for member in self.wallets.members:
            debit, cap = -self.wallets.cash[member, ONE_POOL], by_name(self.terms.cap, member)
            if debit > when * cap:
                amount = max(0, ceil(debit - to * cap))
                self.wallets.minting.topped_up[member, ONE_POOL] += amount
                self.wallets.minting.issue((member, ONE_POOL), amount)
        self.wallets.read()
