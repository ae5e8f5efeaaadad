"""What every member has left, and what a settlement day did to it."""

from __future__ import annotations

from collections import defaultdict

from .book import Arrangement, Book, Instruction


def net_outflow(group: list[Instruction]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """What each member pays less receives in a group, and delivers less receives of each security."""
    cash: dict[str, int] = defaultdict(int)
    units: dict[tuple[str, str], int] = defaultdict(int)
    for one in group:
        cash[one.buyer] += one.cash
        cash[one.seller] -= one.cash
        if one.security is not None:
            units[one.seller, one.security] += one.units
            units[one.buyer, one.security] -= one.units
    return cash, units


class Wallets:
    """Cash and holdings of every member, what is locked of both, and the marks of the day.

    Unlimited cash and ample holdings start at 0 and go negative. A locked receipt belongs to its
    member but is neither cash nor a holding until it is freed.
    """

    def __init__(self, book: Book, arrangement: Arrangement) -> None:
        funding = arrangement.funding or ("unlimited" if book.unlimited else "members")
        self.unlimited = funding == "unlimited"
        self.ample = book.ample or arrangement.holdings == "ample"
        self.members = book.active
        self.funding: dict[str, int] = {}
        self.limit: dict[str, int] = {}
        self.units: dict[tuple[str, str], int] = defaultdict(int)
        for name in self.members:
            member = book.members[name]
            self.funding[name], self.limit[name] = member.cash, member.credit_limit
            if isinstance(funding, tuple):
                self.funding[name], self.limit[name] = funding
            if self.unlimited:
                self.funding[name], self.limit[name] = 0, 0
            if not self.ample:
                for security, held in member.holdings.items():
                    self.units[name, security] = held
        self.open_day()

    def open_day(self) -> None:
        """Cash stands at its opening funding, holdings where the day before left them."""
        self.cash = dict(self.funding)
        self.locked_cash: dict[str, int] = defaultdict(int)
        self.locked_units: dict[tuple[str, str], int] = defaultdict(int)
        self.opening_units = defaultdict(int, self.units)
        self.shortfall: dict[str, int] = defaultdict(int)
        self.paid: dict[str, int] = defaultdict(int)
        self.delivered: dict[tuple[str, str], int] = defaultdict(int)
        self.largest_fall: dict[str, int] = defaultdict(int)
        self.largest_units_fall: dict[tuple[str, str], int] = defaultdict(int)
        self.peak_drawn = 0
        self.drawn_from: list[tuple[int, int]] = []

    def can_pay(self, member: str, amount: int) -> bool:
        """Cash + undrawn credit ≥ the amount (drawn credit is cash below zero)."""
        return self.unlimited or self.cash[member] + self.limit[member] >= amount

    def can_deliver(self, member: str, security: str | None, units: int) -> bool:
        return self.ample or units <= 0 or self.units[member, security] >= units

    def apply(self, cash: dict[str, int], units: dict[tuple[str, str], int], lock: bool) -> None:
        """Settle one group on its net effect, both legs at once; its net receipts may stay locked."""
        assert sum(cash.values()) == 0
        for member, out in cash.items():
            if out < 0 and lock:
                self.locked_cash[member] -= out
            else:
                self.cash[member] -= out
            self.paid[member] += max(0, out)
        for (member, security), out in units.items():
            if out < 0 and lock:
                self.locked_units[member, security] -= out
            else:
                self.units[member, security] -= out
            self.delivered[member, security] += max(0, out)
        self.read()

    def read(self) -> None:
        """Take the marks, after a whole group with both its legs; no balance is below its limit."""
        for member in self.members:
            assert self.unlimited or self.cash[member] >= -self.limit[member]
            fall = self.funding[member] - self.cash[member]
            self.largest_fall[member] = max(self.largest_fall[member], fall)
        for key, held in list(self.units.items()):
            assert self.ample or held >= 0
            self.largest_units_fall[key] = max(self.largest_units_fall[key], self.opening_units[key] - held)
        self.peak_drawn = max(self.peak_drawn, self.drawn)

    @property
    def drawn(self) -> int:
        return sum(max(0, -cash) for cash in self.cash.values())

    def free_receipts(self) -> None:
        """What was received becomes cash and holdings."""
        for member, amount in self.locked_cash.items():
            self.cash[member] += amount
        for key, units in self.locked_units.items():
            self.units[key] += units
        self.locked_cash.clear()
        self.locked_units.clear()

    def end_event(self, time: int) -> None:
        """From this time on, until the next event or the close, this much credit is drawn."""
        self.drawn_from.append((time, self.drawn))
