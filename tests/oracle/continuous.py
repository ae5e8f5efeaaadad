"""Layer 2 with fails carried forward: open positions at the clearing house, from cycle to cycle.

Positions are signed: above zero a member is to receive, below it is to deliver. Cash is what a member pays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .book import ONE_POOL, Account, Arrangement, Instruction
from .gross import Fate
from .netting import Fail, NettingDay
from .wallets import Wallets, net_outflow

if TYPE_CHECKING:
    from .pilot import Pilot

Key = tuple[str, str]
"""A member's position in one security."""


@dataclass
class Position:
    """Units open, and for how many settlement days."""

    units: int
    age: int = 0


class House:
    """What a clearing house carries from one settlement day to the next.

    ``served`` are all members in the day's random order.
    """

    def __init__(self, served: Sequence[str] = ()) -> None:
        self.served = served
        self.open: dict[Key, Position] = {}
        self.prices: dict[str, int] = {}

    def price(self, security: str) -> int:
        """The last settlement price, 0 if there never was one."""
        return self.prices.get(security, 0)

    def grow_older(self) -> None:
        for position in self.open.values():
            position.age += 1

    def add(self, key: Key, units: int) -> None:
        """Units to receive join a position; one that was zero or turns its sign is new."""
        old = self.open.pop(key, Position(0))
        total = old.units + units
        if total:
            self.open[key] = Position(total, old.age if old.units * total > 0 else 0)

    def check(self) -> None:
        """Against the clearing house, what some are to receive others are to deliver."""
        total: dict[str, int] = defaultdict(int)
        for (_, security), position in self.open.items():
            total[security] += position.units
        assert not any(total.values())

    def shorts(self) -> dict[Key, Position]:
        return {key: position for key, position in self.open.items() if position.units < 0}

    def longs(self) -> dict[Key, Position]:
        return {key: position for key, position in self.open.items() if position.units > 0}


@dataclass(frozen=True)
class Open:
    """A position as it stood open at the close, above zero to receive."""

    member: str
    security: str
    units: int
    age: int
    price: int


class ContinuousDay(NettingDay):
    """One settlement day of a clearing house that carries what is not delivered."""

    def __init__(
        self, arrangement: Arrangement, wallets: Wallets, house: House, pilot: Pilot | None = None
    ) -> None:
        super().__init__(arrangement, wallets, pilot)
        assert arrangement.carry is not None
        self.carry = arrangement.carry
        self.house = house
        self.payable: dict[Account, int] = defaultdict(int)
        self.to_outside = 0
        self.marks: dict[str, int] = defaultdict(int)
        self.bought_in: dict[str, int] = defaultdict(int)
        self.premium: dict[str, int] = defaultdict(int)
        self.priced: list[Instruction] = []
        self.open_value: list[tuple[int, int]] = []

    def open(self, due_today: list[Instruction], midnight: int, opens: int, closes: int) -> None:
        super().open(due_today, midnight, opens, closes)
        self.house.grow_older()
        self.came_in = {key: position.units for key, position in self.house.shorts().items()}
        self.not_netted = list(due_today)
        if self.carry.night is not None:
            assert midnight + self.carry.night < opens
            assert midnight + self.carry.night < self.cycles[0]
            # Trades of this very day are not known at night.
            known = due_today if self.arrangement.settles > 0 else []
            self.not_netted = [] if known else self.not_netted
            if self.pilot is not None:
                self.pilot.advance(midnight + self.carry.night)
            before = dict(self.wallets.units)
            self.deliver_cycle(known, night=True)
            self.give_tokens(midnight + self.carry.night, known, before)

    def settle_cycle(self, cycle: int) -> None:
        due = [one for one in self.not_netted if one.time <= cycle]
        self.not_netted = [one for one in self.not_netted if one.time > cycle]
        before = dict(self.wallets.units)
        self.deliver_cycle(due, last=cycle == self.cycles[-1])
        self.pay()
        self.give_tokens(cycle, due, before)
        self.open_value.append((cycle, self.value_open()))
        self.fates += [Fate(one, cycle, settled_at=cycle) for one in self.left if one.time <= cycle]
        self.left = [one for one in self.left if one.time > cycle]

    def give_tokens(self, cycle: int, due: list[Instruction], before: dict[Key, int]) -> None:
        if self.pilot is not None:
            still_open = {key: position.units for key, position in self.house.open.items()}
            self.pilot.after_cycle(cycle, due, before, still_open)

    def deliver_cycle(self, due: list[Instruction], night: bool = False, last: bool = False) -> None:
        """Price, mark, net, deliver, withhold, buy in; what it makes payable is paid at the next cut-off."""
        self.mark(due)
        self.net_with_open(due)
        delivered = self.deliver(night)
        self.withhold()
        if last and self.carry.buy_in is not None:
            for key, units in self.buy_in().items():
                delivered[key] -= units
        self.wallets.apply({}, delivered)
        self.house.check()

    def mark(self, due: list[Instruction]) -> None:
        """To the price of all that the day has made due so far; a short pays a rise, a long receives it."""
        self.priced += due
        for security in {one.security for one in self.priced if one.units > 0 and one.cash > 0}:
            both_legs = [one for one in self.priced if one.security == security and one.cash > 0]
            both_legs = [one for one in both_legs if one.units > 0]
            units = sum(one.units for one in both_legs)
            new = round(Fraction(sum(one.cash for one in both_legs), units))
            rise = new - self.house.price(security)
            for (member, held), position in self.house.open.items():
                if held == security:
                    self.payable[member, ONE_POOL] -= position.units * rise
                    self.marks[member] -= position.units * rise
            self.house.prices[security] = new
        assert sum(self.marks.values()) == 0

    def net_with_open(self, due: list[Instruction]) -> None:
        """Due nets join what is open, which is paid for at its price."""
        for (member, security), position in self.house.open.items():
            self.payable[member, ONE_POOL] += position.units * self.house.price(security)
        cash, units = net_outflow(due)
        for account, out in cash.items():
            self.payable[account] += out
        for key, out in units.items():
            self.house.add(key, -out)

    def deliver(self, night: bool) -> dict[Key, int]:
        """Shorts deliver what they hold; longs are filled one by one. What each account delivers."""
        delivered: dict[Key, int] = defaultdict(int)
        pool: dict[str, int] = defaultdict(int)
        for key, position in self.house.shorts().items():
            owed = -position.units
            held = owed if self.wallets.ample else self.wallets.units[key]
            given = 0 if night and self.exempted(*key) else min(owed, held)
            delivered[key] = given
            pool[key[1]] += given
        turns = sorted(self.house.longs().items(), key=lambda long: self.turn(*long))
        for key, position in turns:
            taken = min(position.units, pool[key[1]])
            delivered[key] = -taken
            pool[key[1]] -= taken
        assert not any(pool.values())
        for key, out in delivered.items():
            self.house.add(key, out)
        return delivered

    def exempted(self, member: str, security: str) -> bool:
        named = self.carry.exemptions.get(member, ())
        return named is None or security in named

    def turn(self, key: Key, position: Position) -> tuple[int, int, int]:
        """By priority, then the older, then by lot."""
        member, _ = key
        return self.carry.priority.get(member, 5), -position.age, self.house.served.index(member)

    def withhold(self) -> None:
        """What stays open is neither paid for by the long nor paid to the short."""
        for (member, security), position in self.house.open.items():
            self.payable[member, ONE_POOL] -= position.units * self.house.price(security)

    def buy_in(self) -> dict[Key, int]:
        """Longs of age get their units from the outside, at the cost of the oldest shorts. Units, by long."""
        terms = self.carry.buy_in
        found = {key: one.units for key, one in self.house.longs().items() if one.age >= terms.after}
        wanted: dict[str, int] = defaultdict(int)
        for (member, security), units in found.items():
            value = units * self.house.price(security)
            self.payable[member, ONE_POOL] += value
            wanted[security] += units
            self.house.add((member, security), -units)
        members = self.wallets.members
        by_age = sorted(
            self.house.shorts().items(), key=lambda short: (-short[1].age, members.index(short[0][0]))
        )
        for (member, security), position in by_age:
            closed = min(-position.units, wanted[security])
            wanted[security] -= closed
            value = closed * self.house.price(security)
            premium = round(value * terms.premium)
            # It was withheld from the short as undelivered; closed, it goes to the outside instead.
            self.payable[member, ONE_POOL] += premium
            self.bought_in[member] += value
            self.premium[member] += premium
            self.to_outside += value + premium
            self.house.add((member, security), closed)
        assert not any(wanted.values())
        return found

    def pay(self) -> None:
        """Pay-ins before pay-outs, of all since the last cut-off."""
        cash, self.payable = self.payable, defaultdict(int)
        to_outside, self.to_outside = self.to_outside, 0
        self.pay_in(cash)
        self.wallets.apply(cash, {}, to_outside=to_outside)

    def value_open(self) -> int:
        shorts = self.house.shorts().items()
        return sum(-position.units * self.house.price(security) for (_, security), position in shorts)

    def waits(self, closes: int) -> list[tuple[int, int]]:
        """(µs, value): how long what value waited: a rise from its cycle on; a fall ends the oldest waits."""
        found: list[tuple[int, int]] = []
        waiting: list[tuple[int, int]] = []
        for cycle, value in [*self.open_value, (closes, 0)]:
            change = value - sum(waits for _, waits in waiting)
            if change > 0:
                waiting.append((cycle, change))
            while change < 0:
                since, oldest = waiting.pop(0)
                ended = min(oldest, -change)
                found.append((cycle - since, ended))
                change += ended
                if ended < oldest:
                    waiting.insert(0, (since, oldest - ended))
        return found

    def close(self) -> None:
        """What is open stays open, and is told as the day's fails."""
        super().close()
        last_cycle = self.cycles[-1]
        self.still_open = [
            Open(member, security, position.units, position.age, self.house.price(security))
            for (member, security), position in self.house.open.items()
        ]
        self.fails = [
            Fail(one.member, one.security, -one.units, -one.units * one.price, last_cycle)
            for one in self.still_open
            if one.units < 0
        ]
        # At the day's last price, so that what moved by marks alone has not settled.
        self.carried = [
            Fail(member, security, -units, -units * self.house.price(security), last_cycle)
            for (member, security), units in self.came_in.items()
        ]
