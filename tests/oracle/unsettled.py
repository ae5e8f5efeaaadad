"""What is traded and not yet settled at any instant: at a clearing house, and between members.

Worth and cash are signed: above zero is long, and to be paid. Owners of positions are members alone at the
clearing house, pairs of them in gross settlement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from .book import Arrangement, Book, Instruction
from .continuous import ContinuousDay, House
from .hours import blocks_of, cycles_of, entered, hours_of, instants
from .reference import Served
from .wallets import Wallets

Owner = tuple[str, ...]
Worth = dict[Owner, dict[str, int]]
"""Of each owner the value of its position, by security."""

Payable = dict[str, dict[object, int]]
"""Of each member what it is to pay on balance (below zero: to be paid), by when or whom."""


class Unsettled(Protocol):
    """What margin needs to know of an arrangement. ``after`` is right after what settles at the instant."""

    def days(self) -> range: ...
    def events(self, day: int) -> list[int]: ...
    def settles_at(self, time: int) -> bool: ...
    def worth(self, time: int, after: bool) -> Worth: ...
    def payable(self, time: int) -> Payable: ...


def readings(book: Book, day: int, every: int, events: Iterable[int], failing: int | None) -> list[int]:
    """The first event, open + j·every, the close, a later last cycle, and when a member fails."""
    opens, closes = hours_of(book, day)
    found = {*instants(every, opens, closes), min([opens, *events]), max([closes, *events])}
    return sorted(found if failing is None else {*found, failing})


def traded(book: Book) -> list[Instruction]:
    """As they came, at their time moved into the hours, whatever they are held for."""
    plain = tuple(replace(one, hold_until=None) for one in book.instructions)
    return entered(replace(book, instructions=plain), Arrangement(3))


@dataclass(frozen=True)
class Stand:
    """Open positions, the prices at which they were last marked, and what a night cycle made payable and the
    day's has not paid, from an instant on."""

    time: int
    open: dict[tuple[str, str], int]
    prices: dict[str, int]
    unpaid: dict[str, int]


class WatchedDay(ContinuousDay):
    """A day of a clearing house that carries, and what stands open after each of its cycles."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets, house: House) -> None:
        super().__init__(arrangement, wallets, house)
        self.stands: list[Stand] = []

    def open(self, due_today: list[Instruction], midnight: int, opens: int, closes: int) -> None:
        super().open(due_today, midnight, opens, closes)
        if self.carry.night is not None:
            self.note(midnight + self.carry.night)

    def settle_cycle(self, cycle: int) -> None:
        super().settle_cycle(cycle)
        self.note(cycle)

    def note(self, time: int) -> None:
        units = {key: position.units for key, position in self.house.open.items()}
        unpaid = {member: cash for (member, _), cash in self.payable.items()}
        self.stands.append(Stand(time, units, dict(self.house.prices), unpaid))


class AtTheHouse:
    """Layer 2: everything is owed to or by the clearing house."""

    def __init__(self, book: Book, arrangement: Arrangement, served: Served | None = None) -> None:
        self.book, self.arrangement = book, arrangement
        self.flow = traded(book)
        self.stands: list[Stand] = []
        self.cycles: set[int] = set()
        self.netted_at: dict[int, int] = {}
        self.settle(served)

    def settle(self, served: Served | None) -> None:
        """When each instruction nets, and what stands open after every cycle."""
        wallets, house = Wallets(self.book, self.arrangement), House()
        for trade_day in range(self.book.trade_days):
            day = trade_day + self.arrangement.settles
            opens, closes = hours_of(self.book, day)
            midnight = self.book.midnight(day)
            due = [one for one in self.flow if one.day == trade_day]
            cycles = self.events(day)
            self.cycles |= set(cycles)
            # Of the same day's trades nothing is known at night.
            netting = cycles if self.arrangement.settles or self.night(day) is None else cycles[1:]
            for one in due:
                self.netted_at[one.order] = min(time for time in netting if time >= one.time)
            if self.arrangement.carry is None:
                continue
            house.served = wallets.members if served is None else served(day)
            wallets.open_day(day)
            settled = WatchedDay(self.arrangement, wallets, house)
            settled.settle(due, midnight, opens, closes)
            wallets.close_day(day)
            self.stands += settled.stands

    def days(self) -> range:
        return range(self.book.trade_days + self.arrangement.settles)

    def night(self, day: int) -> int | None:
        carry = self.arrangement.carry
        return None if carry is None or carry.night is None else self.book.midnight(day) + carry.night

    def events(self, day: int) -> list[int]:
        """The night cycle and cycles of a settlement day; none before the first of them."""
        if day < self.arrangement.settles:
            return []
        cycles = cycles_of(self.arrangement, self.book.midnight(day), *hours_of(self.book, day))
        night = self.night(day)
        return cycles if night is None else [night, *cycles]

    def settles_at(self, time: int) -> bool:
        return time in self.cycles

    def pending(self, time: int, after: bool) -> list[Instruction]:
        """Novated and not yet netted."""
        return [
            one
            for one in self.flow
            if one.time <= time and not one.internalised and self.netted_at[one.order] >= time + after
        ]

    def stand(self, time: int, after: bool) -> Stand:
        """Fails, as the last cycle left them."""
        found = Stand(0, {}, {}, {})
        for one in self.stands:
            if one.time < time + after:
                found = one
        return found

    def price(self, security: str, time: int) -> int:
        """Of what both legs of the latest trade day say until now."""
        so_far = [one for one in self.flow if one.time <= time and one.security == security]
        both_legs = [one for one in so_far if one.units > 0 and one.cash > 0]
        latest = max((one.day for one in both_legs), default=None)
        those = [one for one in both_legs if one.day == latest]
        return (
            round(Fraction(sum(one.cash for one in those), sum(one.units for one in those))) if those else 0
        )

    def worth(self, time: int, after: bool) -> Worth:
        units: dict[tuple[str, str], int] = defaultdict(int, self.stand(time, after).open)
        for one in self.pending(time, after):
            if one.security is not None:
                units[one.buyer, one.security] += one.units
                units[one.seller, one.security] -= one.units
        found: Worth = {(member,): {} for member in self.book.active}
        for (member, security), held in units.items():
            found[member,][security] = held * self.price(security, time)
        return found

    def next_date(self, time: int, after: bool) -> int | None:
        """The earliest settlement date of what is traded until now that has a cycle to come."""
        dates = {one.day + self.arrangement.settles for one in self.flow if one.time <= time}
        return min((day for day in dates if self.events(day)[-1] >= time + after), default=None)

    def payable(self, time: int, after: bool = False) -> Payable:
        """By settlement date; fails, as last marked, and what a night left unpaid with the next of them."""
        found: Payable = {member: defaultdict(int) for member in self.book.active}
        for one in self.pending(time, after):
            date = one.day + self.arrangement.settles
            found[one.buyer][date] += one.cash
            found[one.seller][date] -= one.cash
        earliest = self.next_date(time, after)
        stand = self.stand(time, after)
        for (member, security), units in stand.open.items():
            found[member][earliest] += units * stand.prices.get(security, 0)
        for member, cash in stand.unpaid.items():
            found[member][earliest] += cash
        return found


@dataclass(frozen=True)
class Part:
    """An instruction or a part of it, from its trade until it settles, is refused or is cancelled."""

    traded: int
    gone: int | None
    buyer: str
    seller: str
    security: str
    cash: int


class BetweenMembers:
    """Layer 3: what each two members owe each other, in securities at what was agreed for them.

    ``rows`` are the instructions of the result: when each part settled, and what it waited for.
    """

    def __init__(self, book: Book, arrangement: Arrangement, rows: list[dict]) -> None:
        self.book, self.arrangement = book, arrangement
        self.flow = {one.order: one for one in traded(book)}
        self.parts = [part for row in rows for part in self.parts_of(row)]

    def parts_of(self, row: dict) -> list[Part]:
        one = self.flow[int(row["id"])]
        if one.security is None or one.internalised:
            return []
        gone = row["settled_at"]
        if gone is None and self.refused(row):
            gone = self.first_event(one)
        return [Part(one.time, gone, one.buyer, one.seller, one.security, row["cash"])]

    def refused(self, row: dict) -> bool:
        wallets = self.arrangement.wallets
        return wallets is not None and wallets.refuse and row["waited_for"] == "registration"

    def first_event(self, one: Instruction) -> int:
        (entry,) = (its.time for its in entered(self.book, self.arrangement) if its.order == one.order)
        if not self.arrangement.in_blocks:
            return entry
        return min(
            block for block in blocks_of(self.arrangement, *hours_of(self.book, one.day)) if block >= entry
        )

    def days(self) -> range:
        return range(self.book.trade_days)

    def events(self, day: int) -> list[int]:  # noqa: ARG002
        """Nothing stands outside the hours."""
        return []

    def day_of(self, time: int) -> int:
        return max(day for day in self.days() if self.book.midnight(day) <= time)

    def settles_at(self, time: int) -> bool:
        """At a block; at the close all that waits is cancelled."""
        opens, closes = hours_of(self.book, self.day_of(time))
        return time == closes or (
            self.arrangement.in_blocks and time in blocks_of(self.arrangement, opens, closes)
        )

    def pending(self, time: int, after: bool) -> list[Part]:
        day = self.day_of(time)
        opened, closes = self.book.midnight(day), hours_of(self.book, day)[1]
        if after and time == closes:
            return []
        latest = time if self.arrangement.in_blocks else time - 1
        return [
            part
            for part in self.parts
            if opened <= part.traded <= latest and (part.gone is None or part.gone >= time + after)
        ]

    def worth(self, time: int, after: bool) -> Worth:
        found: Worth = defaultdict(lambda: defaultdict(int))
        for part in self.pending(time, after):
            first, second = sorted((part.buyer, part.seller))
            found[first, second][part.security] += part.cash if part.buyer == first else -part.cash
        return found

    def payable(self, time: int) -> Payable:
        """By whom it is to be paid to."""
        found: Payable = {member: defaultdict(int) for member in self.book.active}
        for part in self.pending(time, after=False):
            found[part.buyer][part.seller] += part.cash
            found[part.seller][part.buyer] -= part.cash
        return found
