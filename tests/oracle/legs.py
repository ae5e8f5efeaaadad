"""Cash legs: whose money stands in which pool, and how more of it is minted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from .book import DAY, Account, Arrangement, Book
from .terms import Leg

if TYPE_CHECKING:
    from .wallets import Wallets


def shares_of(legs: list[Leg]) -> list[tuple[Leg, Fraction]]:
    """Legs with their shares, made to add up to one; where none states one, those without payers share."""
    stated = [(leg, leg.share) for leg in legs if leg.share is not None]
    found = stated or [(leg, Fraction(1)) for leg in legs if not leg.payers]
    total = sum(share for _, share in found)
    return [(leg, share / total) for leg, share in found]


def spread(member: str, amount: int, legs: list[Leg]) -> dict[str, int]:
    """By pool: the whole in the leg that the member pays in, else by share, the rest in the first."""
    found: dict[str, int] = defaultdict(int)
    own = next((leg for leg in legs if member in leg.payers), None)
    shares = [(own, Fraction(1))] if own else shares_of(legs)
    for leg, share in shares:
        found[leg.money] += int(amount * share)
    if shares:
        found[shares[0][0].money] += amount - sum(found.values())
    return found


def opening_money(arrangement: Arrangement, member: str, cash: int, credit_limit: int):
    """What a member brings and may draw, by account."""
    if not arrangement.legs:
        (pool,) = arrangement.pools
        return {(member, pool): cash}, {(member, pool): credit_limit}
    brought = spread(member, cash, [*arrangement.legs])
    drawable = spread(member, credit_limit, [leg for leg in arrangement.legs if leg.lends])
    pools = arrangement.pools
    return (
        {(member, pool): brought.get(pool, 0) for pool in pools},
        {(member, pool): drawable.get(pool, 0) for pool in pools},
    )


def open_on(leg: Leg, book: Book, day: int) -> bool:
    return not leg.weekdays or book.is_weekday(day)


def processed_from(leg: Leg, book: Book, asked: int) -> int:
    """At once where the leg is open, its last instant included; else from its next opening."""
    first, last = leg.hours or (0, DAY - 1)
    day = asked // DAY
    while not (open_on(leg, book, day) and asked <= day * DAY + last):
        day += 1
    return max(asked, day * DAY + first)


@dataclass(frozen=True)
class Mint:
    """Asked for by an account, and when it comes; ``held`` is by an outage or a frozen leg."""

    account: Account
    amount: int
    arrives: int
    held: bool = False


class Minting:
    """What is being minted, and what was minted and redeemed since the last squaring."""

    def __init__(self, book: Book, arrangement: Arrangement, wallets: Wallets) -> None:
        self.book = book
        self.arrangement = arrangement
        self.wallets = wallets
        self.under_way: list[Mint] = []
        self.net: dict[str, int] = defaultdict(int)
        self.open_day()

    def open_day(self) -> None:
        """An outage of yesterday holds nothing today."""
        self.under_way = [replace(mint, held=False) for mint in self.under_way]
        self.topped_up: dict[Account, int] = defaultdict(int)
        self.withdrawn: dict[Account, int] = defaultdict(int)
        self.refused: dict[Account, int] = defaultdict(int)
        self.put_in: list[tuple[int, Account, int]] = []  # when, whose, and how much; below 0 redeemed

    def in_transit(self, account: Account) -> int:
        return sum(mint.amount for mint in self.under_way if mint.account == account)

    def frozen(self, pool: str) -> bool:
        return self.wallets.standing.leg_frozen(self.arrangement.leg_of_pool(pool).name)

    def ask(self, account: Account, amount: int, now: int) -> None:
        """Cut to what the supply allows, or refused where the leg is frozen."""
        pool = account[1]
        leg = self.arrangement.leg_of_pool(pool)
        granted = 0 if self.frozen(pool) else amount
        if leg.supply is not None:
            coming = sum(mint.amount for mint in self.under_way if mint.account[1] == pool)
            left = leg.supply - self.wallets.outstanding(pool) - coming
            granted = max(0, min(granted, left))
        self.refused[account] += amount - granted
        if granted:
            arrives = processed_from(leg, self.book, now) + leg.mint
            self.under_way.append(Mint(account, granted, arrives))

    def redeem(self, account: Account, amount: int) -> None:
        if not self.frozen(account[1]):
            self.withdrawn[account] += amount
            self.issue(account, -amount)

    def next_arrival(self) -> int | None:
        return min((mint.arrives for mint in self.under_way if not mint.held), default=None)

    def arrive(self, now: int) -> None:
        """What is due and not hindered, in the order asked for; what is hindered is held until it is not."""
        still = []
        for mint in self.under_way:
            if mint.arrives > now:
                still.append(mint)
            elif self.wallets.standing.outage or self.frozen(mint.account[1]):
                still.append(replace(mint, held=True))
            else:
                self.topped_up[mint.account] += mint.amount
                self.issue(mint.account, mint.amount)
        self.under_way = still

    def issue(self, account: Account, amount: int) -> None:
        self.net[account[1]] += amount
        self.put_in.append((self.wallets.now, account, amount))
        self.wallets.add(account, amount)

    def square(self, pool: str) -> None:
        """With its bank at the close: back to the opening, and what is under way is cancelled."""
        self.under_way = [mint for mint in self.under_way if mint.account[1] != pool]
        self.net[pool] = 0
