"""Treasurers: what each holds back, tops up and withdraws, on all accounts at one moment."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .book import Account, Arrangement, Instruction

if TYPE_CHECKING:
    from .wallets import Wallets


class Treasurers:
    """Of every member; what is held back stands from one of their turns to the next."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets) -> None:
        self.terms = arrangement.treasury
        self.wallets = wallets
        self.held_back: dict[Account, int] = defaultdict(int)

    def urgent(self, one: Instruction) -> bool:
        return self.terms is not None and one.priority <= self.terms.urgent

    def act(self, now: int, opens: int, closes: int) -> None:
        """All see the moment before any acts: they ask for mints, redeem, hold back; then what is minted
        in no time arrives."""
        wallets, minting = self.wallets, self.wallets.minting
        seen = {
            account: (wallets.cash[account], minting.in_transit(account), wallets.opening[account])
            for account in wallets.accounts
        }
        for account, (cash, coming, _) in seen.items():
            if self.terms.top_up and cash + coming < self.terms.top_up[0]:
                minting.ask(account, self.terms.top_up[1] - cash - coming, now)
        for account, (cash, _, _) in seen.items():
            if self.terms.withdraw and cash > self.terms.withdraw[0]:
                minting.redeem(account, cash - self.terms.withdraw[1])
        for account, (_, _, opening) in seen.items():
            self.held_back[account] = self.reserve(opening, now, opens, closes)
        minting.arrive(now)

    def reserve(self, opening: int, now: int, opens: int, closes: int) -> int:
        """``opening`` holds net top-ups."""
        if self.terms.release == "paced":
            return max(self.terms.reserve, opening * (closes - now) // (closes - opens))
        if self.terms.release == "wait_for_inflow":
            return max(self.terms.reserve, opening)
        assert self.terms.release == "at_once"
        return self.terms.reserve
