"""Securities lending: how far a position may go below zero, and what that costs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .book import Arrangement
from .credit import interest

if TYPE_CHECKING:
    from .wallets import Wallets

Position = tuple[str, str]


class Loans:
    """Units below zero are borrowed; a position may go to minus its limit."""

    def __init__(self, arrangement: Arrangement, wallets: Wallets, prices: dict[str, int]) -> None:
        self.wallets = wallets
        self.prices = prices
        self.terms = arrangement.lending
        self.limits: dict[Position, int] = {}
        if self.terms is not None:
            self.limits = {key: int(self.terms.limit * held) for key, held in wallets.units.items()}
        self.open_day(0)

    def open_day(self, midnight: int) -> None:
        self.recall_at = None
        if self.terms is not None and self.terms.recall is not None:
            self.recall_at = midnight + self.terms.recall
        self.left = defaultdict(int, self.limits)
        self.recalled = False
        self.integrals: dict[str, int] = defaultdict(int)
        self.peak = 0
        self.now: int | None = None

    def borrowed(self, key: Position) -> int:
        return 0 if self.terms is None else max(0, -self.wallets.units[key])

    def value(self, member: str | None = None) -> int:
        """Of what is borrowed, at the opening prices."""
        if self.terms is None:
            return 0
        return sum(
            self.borrowed(key) * self.prices.get(key[1], 0)
            for key in list(self.wallets.units)
            if member in (None, key[0])
        )

    def advance(self, time: int) -> None:
        """Loans stand until now; the first event at or after the recall stops further ones."""
        if self.now is not None:
            for member in self.wallets.members:
                self.integrals[member] += self.value(member) * (time - self.now)
        self.now = time
        self.recalled = self.recalled or (self.recall_at is not None and time >= self.recall_at)
        # What is short since yesterday counts from the open.
        self.read()

    def shrink(self) -> None:
        """Once recalled, the limit falls to what is borrowed, and with every return."""
        if self.recalled:
            for key in list(self.left):
                self.left[key] = min(self.left[key], self.borrowed(key))

    def read(self) -> None:
        self.shrink()
        self.peak = max(self.peak, self.value())

    def fee_by_member(self) -> dict[str, int]:
        if self.terms is None:
            return dict.fromkeys(self.wallets.members, 0)
        return {name: interest(self.integrals[name], self.terms.fee) for name in self.wallets.members}
