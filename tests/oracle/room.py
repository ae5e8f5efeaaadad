"""Who may settle, and how much: wallets, faults, the room of a block."""

from __future__ import annotations

from collections import Counter

from .book import DAY, Arrangement, Instruction
from .terms import Fault, Registry, WalletEvent

HINDRANCES = ("registration", "frozen", "silent")
"""What keeps an instruction from being looked at at all."""


class Standing:
    """What wallets and faults say now. Wallets carry over the night; faults are the day's."""

    def __init__(self, arrangement: Arrangement, members: list[str]) -> None:
        self.arrangement = arrangement
        self.registry = arrangement.wallets or Registry()
        listed = self.registry.registered
        self.registered = set(members if listed is None else listed)
        self.frozen: set[str] = set()
        self.faults: Counter[Fault] = Counter()
        self.room: int | None = None

    def open_day(self) -> None:
        self.faults.clear()

    def change(self, event: WalletEvent) -> None:
        if event.action == "register":
            self.registered.add(event.member)
        elif event.action == "freeze":
            self.frozen.add(event.member)
        else:
            assert event.action == "unfreeze"
            self.frozen.discard(event.member)

    def begin(self, fault: Fault) -> None:
        self.faults[fault] += 1

    def end(self, fault: Fault) -> None:
        self.faults[fault] -= 1

    def in_force(self, kind: str) -> list[Fault]:
        if not self.faults:
            return []
        return [fault for fault, count in self.faults.items() if count > 0 and fault.kind == kind]

    @property
    def outage(self) -> bool:
        return bool(self.in_force("chain_outage"))

    def leg_frozen(self, leg: str | None) -> bool:
        """A fault that names no leg is of the only one."""
        return any(fault.leg in (None, leg) for fault in self.in_force("cash_leg_frozen"))

    def wallet_frozen(self, member: str) -> bool:
        return member in self.frozen or any(f.member == member for f in self.in_force("wallet_frozen"))

    def silent(self, member: str) -> bool:
        return any(fault.member == member for fault in self.in_force("member_silent"))

    def hindrance(self, one: Instruction) -> str | None:
        """What keeps an instruction away whatever its members have."""
        if one.internalised or not (self.arrangement.wallets or self.faults):
            return None
        if not {one.buyer, one.seller} <= self.registered:
            return "registration"
        if self.wallet_frozen(one.buyer) or self.wallet_frozen(one.seller):
            return "frozen"
        if one.cash > 0 and self.leg_frozen(one.leg):
            return "frozen"
        if (one.cash > 0 and self.silent(one.buyer)) or (one.units > 0 and self.silent(one.seller)):
            return "silent"
        return None

    def refuses(self, one: Instruction) -> bool:
        """Whether it is turned away for good, met at its first event."""
        return self.registry.refuse and self.hindrance(one) == "registration"

    def begin_event(self, block: bool) -> None:
        """The room of an event: of a block its capacity, of what stands between blocks none of it."""
        self.room = self.arrangement.capacity
        if self.room is not None:
            left = [int(self.room * fault.share) for fault in self.in_force("congestion")]
            self.room = min([self.room, *left]) if block else 0
        if self.outage:
            self.room = 0

    def lacks_room(self, count: int = 1) -> str | None:
        if self.room is None or count <= self.room:
            return None
        return "outage" if self.outage else "capacity"

    def use(self, count: int) -> None:
        if self.room is not None:
            assert count <= self.room
            self.room -= count


def hours_in_force(fault: Fault, day: int, opens: int, closes: int) -> tuple[int, int | None] | None:
    """When a fault begins and ends on a day, in its hours; what runs to the close ends with the day."""
    if fault.day not in (None, day):
        return None
    begins = max(opens, day * DAY + fault.start)
    ends = closes if fault.end is None else min(closes, day * DAY + fault.end)
    if begins >= ends:
        return None
    return begins, ends if ends < closes else None
