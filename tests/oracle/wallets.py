"""What every member has left, and what a settlement day did to it."""

from __future__ import annotations

from collections import defaultdict

from .book import DAY, Account, Arrangement, Book, Instruction
from .credit import Credit
from .hours import hours_of
from .legs import Minting, open_on, opening_money
from .lending import Loans
from .prefunding import Funding
from .receipts import Receipt, Receipts
from .room import Standing
from .terms import WalletEvent
from .treasury import Treasurers


def net_outflow(group: list[Instruction]) -> tuple[dict[Account, int], dict[tuple[str, str], int]]:
    """What each account pays less receives in a group, and delivers less receives of each security."""
    cash: dict[Account, int] = defaultdict(int)
    units: dict[tuple[str, str], int] = defaultdict(int)
    for one in group:
        cash[one.payer] += one.cash
        cash[one.payee] -= one.cash
        if one.security is not None:
            units[one.seller, one.security] += one.units
            units[one.buyer, one.security] -= one.units
    return cash, units


class Wallets:
    """Cash and holdings of every member, what is locked of both, and the marks of the day.

    Cash is net of loans, so it is negative where credit is drawn. Unlimited cash and ample holdings start
    at 0 and go negative. A locked receipt belongs to its member but is neither cash nor a holding until
    it is freed. Pledged units are no holding. ``opening`` is the funding with what was topped up since.
    """

    def __init__(self, book: Book, arrangement: Arrangement) -> None:
        self.book, self.arrangement = book, arrangement
        self.ample = book.ample or arrangement.holdings == "ample"
        self.members = book.active
        self.accounts = [(member, pool) for member in self.members for pool in arrangement.pools]
        self.members_funding = Funding(book, arrangement)
        self.unlimited = self.members_funding.unlimited
        # A balance that is squared at the end of the day runs below zero.
        self.overdraws = self.unlimited or arrangement.book_entry is not None
        self.funding: dict[Account, int] = {}
        self.limit: dict[Account, int] = {}
        self.fund()
        self.units: dict[tuple[str, str], int] = defaultdict(int)
        if not self.ample:
            for name in self.members:
                for security, held in book.members[name].holdings.items():
                    self.units[name, security] = held
        # What a pilot has taken from the book, which alone delivers.
        self.tokens: dict[tuple[str, str], int] = defaultdict(int)
        self.on_the_way: dict[tuple[str, str], int] = defaultdict(int)
        self.receipts = Receipts(arrangement)
        self.standing = Standing(arrangement, self.members)
        self.minting = Minting(book, arrangement, self)
        self.treasurers = Treasurers(arrangement, self)
        self.credit = Credit(book, arrangement, self)
        self.lending = Loans(arrangement, self, self.credit.prices)
        for key, pledged in self.credit.pledged.items():
            self.units[key] -= pledged
        self.cash: dict[Account, int] = {}
        self.opening: dict[Account, int] = {}
        self.carried: set[str] = set()
        self.open_day(0)

    def fund(self) -> None:
        for member in self.members:
            brought, drawable = opening_money(self.arrangement, member, *self.members_funding.of(member))
            self.funding |= brought
            self.limit |= dict.fromkeys(drawable, 0) if self.overdraws else drawable

    def open_day(self, day: int) -> None:
        """Cash stands at its opening funding, or where a weekend's night left it; holdings as they were."""
        self.fund()
        for account in self.accounts:
            if account[1] not in self.carried:
                self.cash[account] = self.opening[account] = self.funding[account]
        self.opening_today = dict(self.opening)
        self.opening_units = defaultdict(int, self.units)
        self.shortfall: dict[Account, int] = defaultdict(int)
        self.paid: dict[Account, int] = defaultdict(int)
        self.settlements: dict[str, int] = defaultdict(int)
        self.delivered: dict[tuple[str, str], int] = defaultdict(int)
        self.largest_fall: dict[Account, int] = defaultdict(int)
        self.largest_units_fall: dict[tuple[str, str], int] = defaultdict(int)
        self.peak_drawn = 0
        self.drawn_from: list[tuple[int, int]] = []
        self.locked_from: list[tuple[int, int]] = []
        self.standing.open_day()
        self.minting.open_day()
        self.credit.open_day(hours_of(self.book, day)[0])
        self.lending.open_day(day * DAY)
        if self.carried:
            for account in self.accounts:
                self.credit.adjust(account)
        self.read_money()

    def close_day(self, day: int) -> None:
        """Cash is squared with the bank of its pool where that is open, and else stands till tomorrow."""
        self.carried = set()
        for pool in self.arrangement.pools:
            if open_on(self.arrangement.leg_of_pool(pool), self.book, day):
                self.minting.square(pool)
            else:
                self.carried.add(pool)

    @property
    def locked_cash(self) -> dict[Account, int]:
        return self.receipts.of("cash")

    def balances(self) -> dict[Account, int]:
        """Cash of every account, free and locked."""
        locked = self.locked_cash
        return {account: self.cash[account] + locked[account] for account in self.accounts}

    def outstanding(self, pool: str) -> int:
        """Tokens of a pool; credit drawn counts against them."""
        return sum(balance for account, balance in self.balances().items() if account[1] == pool)

    def held(self) -> dict[tuple[str, str], int]:
        """Units of every position that belong to it, free or locked."""
        held = defaultdict(int, self.units)
        for key, units in self.receipts.of("units").items():
            held[key] += units
        return held

    def can_pay(self, account: Account, amount: int, held_back: int = 0) -> bool:
        """Cash + undrawn credit, less what is held back of them, ≥ the amount; who need bring nothing can."""
        if self.overdraws or amount <= 0:
            return True
        return max(0, self.credit.headroom(account) - held_back) >= amount

    def can_pay_in_group(self, account: Account, amount: int) -> bool:
        """What is held back for urgent ones is held back from every group."""
        return self.can_pay(account, amount, self.treasurers.held_back[account])

    def can_deliver(self, member: str, security: str | None, units: int) -> bool:
        if self.ample or units <= 0:
            return True
        return self.units[member, security] + self.lending.left[member, security] >= units

    def needs(self, group: list[Instruction]) -> dict[Account, int]:
        """What each account of a group must find, with what its net effect does to the collateral.

        A net receipt counts only if it can be used at once.
        """
        cash, units = net_outflow(group)
        locks = self.arrangement.locks_cash
        found = defaultdict(int, {account: max(0, out) if locks else out for account, out in cash.items()})
        for (member, security), out in units.items():
            change = self.credit.collateral_change(member, security, out)
            if change:
                found[member, self.arrangement.lending_pool] -= change
        return found

    def obstacle(self, one: Instruction) -> str | None:
        """What keeps one instruction from settling: the buyer's cash, the units, the seller's headroom."""
        if one.internalised:
            return None
        needs = self.needs([one])
        if not self.can_pay(one.payer, needs[one.payer]):
            return "cash"
        urgent = self.treasurers.urgent(one)
        if not urgent and not self.can_pay_in_group(one.payer, needs[one.payer]):
            return "limit"
        if not self.can_deliver(one.seller, one.security, one.units):
            return "securities"
        if not self.can_pay(one.payee, needs[one.payee]):
            return "credit"
        return None

    def feasible(self, group: list[Instruction]) -> bool:
        """Whether every member can meet the group's net effect."""
        _, units = net_outflow(group)
        return all(
            self.can_pay_in_group(account, need) for account, need in self.needs(group).items()
        ) and all(self.can_deliver(member, security, out) for (member, security), out in units.items())

    def apply(
        self,
        cash: dict[Account, int],
        units: dict[tuple[str, str], int],
        at: int | None = None,
        to_outside: int = 0,
    ) -> None:
        """Settle one group on its net effect, both legs at once; settled at a time, its net receipts may
        stay locked. Cash goes to no one but members and, of a buy-in, the outside."""
        assert sum(cash.values()) == to_outside
        for kind, moved, balance in (("cash", cash, self.cash), ("units", units, self.units)):
            lock = at is not None and self.arrangement.frees(kind) != "at_once"
            for key, out in moved.items():
                if out < 0 and lock:
                    self.receipts.take(kind, key, -out, at)
                else:
                    balance[key] -= out
        for account, out in cash.items():
            self.paid[account] += max(0, out)
        for (member, security), out in units.items():
            self.delivered[member, security] += max(0, out)
            self.credit.move(member, security, out)
        for account in cash:
            self.credit.adjust(account)
        self.read()

    def add(self, account: Account, amount: int) -> None:
        """Minted (redeemed, if negative): what it opened with rises alike."""
        self.cash[account] += amount
        self.opening[account] += amount
        self.credit.adjust(account)

    def force(self, event: WalletEvent) -> None:
        """Units move by order, as many as are held free."""
        key = (event.member, event.security)
        assert not self.arrangement.moves_collateral
        moved = event.units if self.ample else min(event.units, max(0, self.units[key]))
        self.units[key] -= moved
        self.units[event.to, event.security] += moved

    def read(self) -> None:
        """Take the marks, after a whole group with both its legs; no balance is below its limit."""
        self.read_money()
        self.lending.read()
        for key, held in list(self.units.items()):
            assert self.ample or held >= -self.lending.left[key]
            self.largest_units_fall[key] = max(self.largest_units_fall[key], self.opening_units[key] - held)

    def read_money(self) -> None:
        for account in self.accounts:
            assert self.overdraws or self.credit.headroom(account) >= 0
            fall = self.opening[account] - self.cash[account]
            self.largest_fall[account] = max(self.largest_fall[account], fall)
        self.credit.read()
        self.peak_drawn = max(self.peak_drawn, self.drawn)
        if self.arrangement.has_money:
            self.check_supply()

    def check_supply(self) -> None:
        """Of every pool, tokens outstanding are what was issued, minted and not redeemed."""
        for pool in self.arrangement.pools:
            issued = sum(self.funding[account] for account in self.accounts if account[1] == pool)
            if pool not in self.carried:
                assert self.outstanding(pool) == issued + self.minting.net[pool]

    @property
    def drawn(self) -> int:
        """Credit drawn, in all facilities; without limits, what cash is below zero."""
        if self.overdraws:
            return sum(max(0, -cash) for cash in self.cash.values())
        return self.credit.drawn

    def free(self, receipts: list[Receipt]) -> None:
        """What was received becomes cash and holdings."""
        for one in receipts:
            balance = self.cash if one.kind == "cash" else self.units
            balance[one.key] += one.amount
        for account in self.accounts:
            self.credit.adjust(account)
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
        self.now = time
        self.credit.advance(time)
        self.lending.advance(time)

    def end_event(self, time: int) -> None:
        """From this time on, until the next event or the close, balances and credit stand so."""
        self.drawn_from.append((time, self.drawn))
        self.locked_from.append((time, sum(self.locked_cash.values())))
