"""Layer 2: the netting cycle at the clearing house."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .book import ONE_POOL, Account, Arrangement, Instruction
from .gross import Fate
from .hours import cycles_of
from .wallets import Wallets, net_outflow

if TYPE_CHECKING:
    from .pilot import Pilot


@dataclass
class Fail:
    """A short position that was not delivered in full."""

    member: str
    security: str
    undelivered: int
    withheld: int
    cycle: int


def settlement_price(due: list[Instruction], security: str) -> int:
    """Σ cash / Σ units of the cycle's due instructions with both legs, rounded half to even."""
    both_legs = [one for one in due if one.security == security and one.units > 0 and one.cash > 0]
    units = sum(one.units for one in both_legs)
    return round(Fraction(sum(one.cash for one in both_legs), units)) if units else 0


def bank_of(banks: dict[str, tuple[str, ...]], member: str) -> str:
    """A bank's name may be a member's, so a member alone is told apart."""
    return next((f"bank {name}" for name, members in banks.items() if member in members), f"alone {member}")


class NettingDay:
    """One settlement day of a clearing house."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets, pilot: Pilot | None = None) -> None:
        self.pilot = pilot
        self.arrangement = arrangement
        self.wallets = wallets
        self.fates: list[Fate] = []
        self.fails: list[Fail] = []
        self.payments: list[dict[Account, int]] = []

    def settle(self, due_today: list[Instruction], midnight: int, opens: int, closes: int) -> None:
        self.open(due_today, midnight, opens, closes)
        for cycle in self.cycles:
            if self.pilot is not None:
                self.pilot.advance(cycle)
            self.wallets.begin_event(cycle)
            self.settle_cycle(cycle)
            self.wallets.end_event(cycle)
        self.wallets.begin_event(closes)
        self.close()

    def open(self, due_today: list[Instruction], midnight: int, opens: int, closes: int) -> None:
        self.cycles = cycles_of(self.arrangement, midnight, opens, closes)
        self.left = list(due_today)

    def settle_cycle(self, cycle: int) -> None:
        due = [one for one in self.left if one.time <= cycle]
        self.left = [one for one in self.left if one.time > cycle]
        before = dict(self.wallets.units)
        self.net(due, cycle)
        if self.pilot is not None:
            self.pilot.after_cycle(cycle, due, before, None)
        self.fates += [Fate(one, cycle, settled_at=cycle) for one in due]

    def close(self) -> None:
        assert not self.left

    def net(self, due: list[Instruction], cycle: int) -> None:
        """One group: net, cut to what can be delivered, pay in, pay out."""
        cash, units = net_outflow(due)
        delivered: dict[tuple[str, str], int] = defaultdict(int)
        for security in sorted({security for _, security in units}):
            price = settlement_price(due, security)
            pool = 0
            for member in self.wallets.members:
                owed = units.get((member, security), 0)
                if owed > 0:
                    held = owed if self.wallets.ample else self.wallets.units[member, security]
                    given = min(owed, held)
                    pool += given
                    delivered[member, security] = given
                    if given < owed:
                        # The short is not paid for what it does not deliver.
                        withheld = (owed - given) * price
                        cash[member, ONE_POOL] += withheld
                        self.fails.append(Fail(member, security, owed - given, withheld, cycle))
            for member in self.wallets.members:
                to_receive = -units.get((member, security), 0)
                if to_receive > 0:
                    taken = min(to_receive, pool)
                    pool -= taken
                    delivered[member, security] = -taken
                    # The long does not pay for what it does not get.
                    cash[member, ONE_POOL] -= (to_receive - taken) * price
            assert pool == 0
        self.pay_in(cash)
        self.wallets.apply(cash, delivered)

    def pay_in(self, cash: dict[Account, int]) -> None:
        """Limits stop no pay-in: the outside brings what cash and undrawn credit do not cover."""
        self.payments.append(dict(cash))
        for account, out in cash.items():
            if not self.wallets.can_pay(account, out):
                missing = out - self.wallets.cash[account] - self.wallets.limit[account]
                self.wallets.cash[account] += missing
                self.wallets.shortfall[account] += missing
