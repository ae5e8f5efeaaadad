"""What every member has left, and what a settlement day did to it."""

from __future__ import annotations

from collections import defaultdict

from .book import DAY, Arrangement, Book, Instruction
from .credit import Credit
from .lending import Loans


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

    Cash is net of loans, so it is negative where credit is drawn. Unlimited cash and ample holdings start
    at 0 and go negative. A locked receipt belongs to its member but is neither cash nor a holding until
    it is freed. Pledged units are no holding.
    """

    def __init__(self, book: Book, arrangement: Arrangement) -> None:
        funding = arrangement.funding or ("unlimited" if book.unlimited else "members")
        self.unlimited = funding == "unlimited"
        self.ample = book.ample or arrangement.holdings == "ample"
        self.locks = arrangement.locks
        self.members = book.active
        self.funding: dict[str, int] = {}
        self.limit: dict[str, int] = {}
        self.units: dict[tuple[str, str], int] = defaultdict(int)
        self.locked_units: dict[tuple[str, str], int] = defaultdict(int)
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
        self.credit = Credit(book, arrangement, self)
        self.lending = Loans(arrangement, self, self.credit.prices)
        for key, pledged in self.credit.pledged.items():
            self.units[key] -= pledged
        self.open_day(0)

    def open_day(self, day: int) -> None:
        """Cash stands at its opening funding, holdings where the day before left them."""
        self.cash = dict(self.funding)
        self.locked_cash: dict[str, int] = defaultdict(int)
        self.locked_units = defaultdict(int)
        self.opening_units = defaultdict(int, self.units)
        self.shortfall: dict[str, int] = defaultdict(int)
        self.paid: dict[str, int] = defaultdict(int)
        self.delivered: dict[tuple[str, str], int] = defaultdict(int)
        self.largest_fall: dict[str, int] = defaultdict(int)
        self.largest_units_fall: dict[tuple[str, str], int] = defaultdict(int)
        self.peak_drawn = 0
        self.drawn_from: list[tuple[int, int]] = []
        self.credit.open_day()
        self.lending.open_day(day * DAY)

    def held(self) -> dict[tuple[str, str], int]:
        """Units of every position that belong to it, free or locked."""
        held = defaultdict(int, self.units)
        for key, units in self.locked_units.items():
            held[key] += units
        return held

    def can_pay(self, member: str, amount: int) -> bool:
        """Cash + undrawn credit ≥ the amount; who need bring nothing always can."""
        return self.unlimited or amount <= 0 or self.credit.headroom(member) >= amount

    def can_deliver(self, member: str, security: str | None, units: int) -> bool:
        if self.ample or units <= 0:
            return True
        return self.units[member, security] + self.lending.left[member, security] >= units

    def needs(self, group: list[Instruction]) -> dict[str, int]:
        """What each member of a group must find, with what its net effect does to the collateral.

        A net receipt counts only if it can be used at once.
        """
        cash, units = net_outflow(group)
        found = {member: max(0, out) if self.locks else out for member, out in cash.items()}
        for (member, security), out in units.items():
            found[member] -= self.credit.collateral_change(member, security, out)
        return found

    def obstacle(self, one: Instruction) -> str | None:
        """What keeps one instruction from settling: the buyer's cash, the units, the seller's headroom."""
        if one.internalised:
            return None
        needs = self.needs([one])
        if not self.can_pay(one.buyer, needs[one.buyer]):
            return "cash"
        if not self.can_deliver(one.seller, one.security, one.units):
            return "securities"
        if not self.can_pay(one.seller, needs[one.seller]):
            return "credit"
        return None

    def feasible(self, group: list[Instruction]) -> bool:
        """Whether every member can meet the group's net effect."""
        _, units = net_outflow(group)
        return all(self.can_pay(member, need) for member, need in self.needs(group).items()) and all(
            self.can_deliver(member, security, out) for (member, security), out in units.items()
        )

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
            self.credit.move(member, security, out)
        for member in cash:
            self.credit.adjust(member)
        self.read()

    def read(self) -> None:
        """Take the marks, after a whole group with both its legs; no balance is below its limit."""
        for member in self.members:
            assert self.unlimited or self.credit.headroom(member) >= 0
            fall = self.funding[member] - self.cash[member]
            self.largest_fall[member] = max(self.largest_fall[member], fall)
        self.lending.read()
        for key, held in list(self.units.items()):
            assert self.ample or held >= -self.lending.left[key]
            self.largest_units_fall[key] = max(self.largest_units_fall[key], self.opening_units[key] - held)
        self.credit.read()
        self.peak_drawn = max(self.peak_drawn, self.drawn)

    @property
    def drawn(self) -> int:
        """Credit drawn, in all facilities; without limits, what cash is below zero."""
        if self.unlimited:
            return sum(max(0, -cash) for cash in self.cash.values())
        return self.credit.drawn

    def free_receipts(self) -> None:
        """What was received becomes cash and holdings."""
        for member, amount in self.locked_cash.items():
            self.cash[member] += amount
        for key, units in self.locked_units.items():
            self.units[key] += units
        self.locked_cash.clear()
        self.locked_units.clear()
        for member in self.members:
            self.credit.adjust(member)
        self.lending.shrink()

    def roll_credit(self, until: int) -> None:
        """Loans that fall due up to an instant are repaid or drawn anew, minute by minute."""
        while (due := self.credit.next_due()) is not None and due <= until:
            self.credit.advance(due)
            self.credit.roll()
            self.read()
            self.end_event(due)

    def begin_event(self, time: int) -> None:
        """Loans of cash and of securities have stood until now."""
        self.credit.advance(time)
        self.lending.advance(time)

    def end_event(self, time: int) -> None:
        """From this time on, until the next event or the close, this much credit is drawn."""
        self.drawn_from.append((time, self.drawn))
