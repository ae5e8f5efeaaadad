"""The collateral monitor of a depository's members."""

from __future__ import annotations

from fractions import Fraction

from .book import ONE_POOL
from .credit import opening_prices
from .terms import BookEntry
from .wallets import Wallets


class Monitor:
    """Fund, collateral and balance of each member, over one arrangement's accounts."""

    def __init__(self, terms: BookEntry, wallets: Wallets) -> None:
        self.terms, self.wallets = terms, wallets
        self.prices = opening_prices(wallets.book)

    def of(self, member: str) -> int:
        """Collateral value of what is held, on its way and on chain; the fund and the balance."""
        wallets = self.wallets
        held = sum(
            units * self.unit_value(security)
            for (name, security), units in wallets.units.items()
            if name == member
        )
        on_chain = [*wallets.tokens.items(), *wallets.on_the_way.items()]
        held += sum(
            units * self.token_value(security) for (name, security), units in on_chain if name == member
        )
        return by_name(self.terms.fund, member) + held + wallets.cash[member, ONE_POOL]

    def unit_value(self, security: str) -> int:
        return int(self.prices.get(security, 0) * (1 - by_name(self.terms.haircut, security)))

    def token_value(self, security: str) -> int:
        pilot = self.wallets.arrangement.pilot
        return 0 if pilot is None else int(self.unit_value(security) * pilot.settlement_value)


def by_name(terms: int | Fraction | dict, name: str) -> int | Fraction:
    return terms.get(name, terms["default"]) if isinstance(terms, dict) else terms
