"""Intraday credit: what every member may draw, has drawn, owes in interest and cannot repay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .book import DAY, Account, Arrangement, Book, Facility
from .hours import up_to_the_minute

if TYPE_CHECKING:
    from .wallets import Wallets

YEAR = 360 * DAY


def opening_prices(book: Book) -> dict[str, int]:
    """Of each security the whole price of its first instruction with both legs."""
    prices: dict[str, int] = {}
    for one in sorted(book.instructions, key=lambda one: (one.day, one.time, one.order)):
        if one.security is not None and one.units > 0 and one.cash > 0:
            prices.setdefault(one.security, one.cash // one.units)
    return prices


def interest(integral: int, rate: Fraction) -> int:
    """Minor units on an integral of minor units × µs at a rate a year of 360 days, half to even."""
    return round(integral * rate / YEAR)


@dataclass
class FacilityDay:
    """One facility on one settlement day, over all members."""

    name: str
    rate: Fraction
    peak: int
    mean: int | None
    interest: int
    not_repaid: int


class Credit:
    """Every account's loans, by facility in the order of drawing.

    The credit limit lends in every pool, the other facilities in the money of the first leg that lends.
    """

    def __init__(self, book: Book, arrangement: Arrangement, wallets: Wallets) -> None:
        self.wallets = wallets
        self.facilities = list(arrangement.credit)
        self.pool = arrangement.lending_pool
        if any(wallets.limit.values()):
            self.facilities.insert(0, Facility("credit_limit", cap=dict(wallets.limit)))
        self.prices = opening_prices(book)
        self.pledged: dict[tuple[str, str], int] = defaultdict(int)
        for facility in self.facilities:
            if facility.against == "pledge":
                for key, held in wallets.units.items():
                    self.pledged[key] = int(facility.pledge * held)
        self.open_day(0)

    def open_day(self, opens: int) -> None:
        """Nothing is drawn, and what is held is inventory."""
        self.loans: dict[tuple[str, Account], int] = defaultdict(int)
        self.integrals: dict[tuple[str, Account], int] = defaultdict(int)
        self.dues: list[tuple[int, str, Account, int]] = []
        self.peaks: dict[str, int] = defaultdict(int)
        self.not_repaid: dict[Account, int] = {}
        self.not_repaid_of: dict[str, int] = defaultdict(int)
        self.bought: dict[tuple[str, str], int] = defaultdict(int)
        self.inventory = defaultdict(int, self.wallets.units)
        self.now = opens

    def unit_value(self, facility: Facility, security: str) -> int:
        """Credit value of one unit: the opening price less the haircut, rounded down."""
        cut = facility.haircut
        if isinstance(cut, dict):
            cut = cut.get(security, cut["default"])
        return int(self.prices.get(security, 0) * (1 - cut))

    def capacity(self, facility: Facility, account: Account) -> int:
        """The most that an account may have drawn."""
        member, pool = account
        if isinstance(facility.cap, dict):
            return facility.cap[account]
        if pool != self.pool:
            return 0
        if facility.against == "nothing":
            return facility.cap
        units = {"pledge": self.pledged, "stock": self.wallets.held(), "flow": self.bought}[facility.against]
        value = sum(
            max(0, count) * self.unit_value(facility, security)
            for (name, security), count in units.items()
            if name == member
        )
        return value if facility.cap is None else min(facility.cap, value)

    def headroom(self, account: Account) -> int:
        """What an account can still pay: its cash net of loans, and all that it may draw."""
        return self.wallets.cash[account] + sum(self.capacity(one, account) for one in self.facilities)

    def collateral_change(self, member: str, security: str, out: int) -> int:
        """By how much capacity rises if the member delivers so many units net (receives, if negative)."""
        change = 0
        for facility in self.facilities:
            value = self.unit_value(facility, security)
            if facility.against == "stock":
                held = self.wallets.held()[member, security]
                change += (max(0, held - out) - max(0, held)) * value
            if facility.against == "flow":
                change -= (self.out_of_bought(member, security, out) if out > 0 else out) * value
        return change

    def out_of_bought(self, member: str, security: str, out: int) -> int:
        """Units of a delivery that inventory does not cover; ample inventory covers all."""
        if self.wallets.ample:
            return 0
        beyond = max(0, out - self.inventory[member, security])
        return min(beyond, self.bought[member, security])

    def move(self, member: str, security: str, out: int) -> None:
        """A delivery takes from inventory first, a receipt adds to what was bought today."""
        if out < 0:
            self.bought[member, security] -= out
            return
        from_bought = self.out_of_bought(member, security, out)
        self.bought[member, security] -= from_bought
        self.inventory[member, security] -= out - from_bought

    def adjust(self, account: Account) -> None:
        """Draw what cash lacks, give up what collateral no longer carries, repay from what there is."""
        loans = self.loans
        for facility in self.facilities:
            excess = loans[facility.name, account] - self.capacity(facility, account)
            if excess > 0:
                # Only where collateral moves, and such a loan has no tenor.
                assert facility.tenor is None
                self.repay(facility, account, excess)
        if self.wallets.overdraws:
            return
        for facility in self.facilities:
            missing = -self.cash(account)
            room = self.capacity(facility, account) - loans[facility.name, account]
            if missing > 0 and room > 0:
                self.draw(facility, account, min(missing, room))
        assert self.cash(account) >= 0
        for facility in reversed(self.facilities):
            # A loan with a tenor is not due before it.
            if facility.repay == "by_inflow" and facility.tenor is None:
                self.repay(facility, account, min(self.cash(account), loans[facility.name, account]))

    def cash(self, account: Account) -> int:
        """Cash with all that was drawn."""
        return self.wallets.cash[account] + sum(self.loans[one.name, account] for one in self.facilities)

    def draw(self, facility: Facility, account: Account, amount: int) -> None:
        self.loans[facility.name, account] += amount
        if facility.tenor is not None:
            due = up_to_the_minute(self.now) + facility.tenor
            self.dues.append((due, facility.name, account, amount))

    def repay(self, facility: Facility, account: Account, amount: int) -> None:
        self.loans[facility.name, account] -= amount

    def next_due(self) -> int | None:
        return min((due for due, *_ in self.dues), default=None)

    def roll(self) -> None:
        """Repay what is due now from cash; what cash lacks is drawn anew."""
        falling_due = [one for one in self.dues if one[0] <= self.now]
        self.dues = [one for one in self.dues if one[0] > self.now]
        for _, name, account, amount in falling_due:
            self.loans[name, account] -= amount
        for account in dict.fromkeys(account for _, _, account, _ in falling_due):
            self.adjust(account)

    def advance(self, time: int) -> None:
        """Loans stand until now."""
        for key, loan in self.loans.items():
            self.integrals[key] += loan * (time - self.now)
        self.now = time

    def read(self) -> None:
        """Take the peak of every facility's total."""
        for facility in self.facilities:
            total = sum(loan for (name, _), loan in self.loans.items() if name == facility.name)
            self.peaks[facility.name] = max(self.peaks[facility.name], total)

    @property
    def drawn(self) -> int:
        return sum(self.loans.values())

    def close(self) -> None:
        """All loans fall due; what cash cannot repay is left of the loans drawn first."""
        self.not_repaid = {
            account: 0 if self.wallets.overdraws else max(0, -self.wallets.cash[account])
            for account in self.wallets.accounts
        }
        for account, missing in self.not_repaid.items():
            for facility in self.facilities:
                left = min(missing, self.loans[facility.name, account])
                self.not_repaid_of[facility.name] += left
                missing -= left
            assert missing == 0

    def interest_of(self, account: Account) -> int:
        return sum(interest(self.integrals[one.name, account], one.rate) for one in self.facilities)

    def facility_days(self, opens: int, closes: int) -> list[FacilityDay]:
        found = []
        for one in self.facilities:
            integrals = [value for (name, _), value in self.integrals.items() if name == one.name]
            mean = round(Fraction(sum(integrals), closes - opens)) if closes > opens else None
            cost = sum(interest(value, one.rate) for value in integrals)
            not_repaid = self.not_repaid_of[one.name]
            found.append(FacilityDay(one.name, one.rate, self.peaks[one.name], mean, cost, not_repaid))
        return found
