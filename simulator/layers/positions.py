"""Open positions against the clearing house: netted, marked, delivered, bought in, carried on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from simulator.kernels import netting as kn
from simulator.kernels.rounding import rounded
from simulator.ledger import Ledger, Withheld
from simulator.market.clearing import ClearingTerms
from simulator.market.flow import Bools, Int64
from simulator.rules.allocation import allocation_order

from .record import OpenFails

NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class BoughtIn:
    """What a buy-in costs the shorts it closes, by member: units at the settlement price, and the premium."""

    value: Int64
    cost: Int64


class OpenPositions:
    """What each member has still to receive (above 0) or to deliver (below), by slot; Σ by security is 0.

    Attributes
    ----------
    units, ages : int64 by slot; ages in settlement days
    prices : int64 by security, the last settlement price there was, 0 before the first
    active : slots with an open position, ordered by security, then member
    """

    def __init__(self, ledger: Ledger, members: int, securities: int) -> None:
        self.ledger = ledger
        self.members = members
        self.units = np.zeros(0, dtype=np.int64)
        self.ages = np.zeros(0, dtype=np.int64)
        self.prices = np.zeros(securities, dtype=np.int64)
        self.active = NOBODY
        self.fit()

    def fit(self) -> None:
        """Make room for newly numbered slots."""
        more = self.ledger.slots.count - len(self.units)
        if more > 0:
            room = np.zeros(max(more, len(self.units)), dtype=np.int64)
            self.units, self.ages = (np.concatenate([each, room]) for each in (self.units, self.ages))

    def grow_older(self) -> None:
        """A settlement day begins: what is open has been so for a day more."""
        self.ages[self.active] += 1

    def value(self) -> Int64:
        """Σ units × price by member: what longs are to pay, less what shorts are to be paid."""
        values = np.zeros(self.members, dtype=np.int64)
        security, member = self.ledger.slot_owners()
        kn.value_open(self.units, self.active, security, member, self.prices, values)
        return values

    def mark(self, priced: Bools, prices: Int64) -> Int64:
        """Value positions at new prices; what each member pays for that, received negative, Σ = 0.

        A short pays units × the rise, a long receives it.
        """
        before = self.value()
        self.prices[priced] = prices[priced]
        return before - self.value()

    def net(self, obligations: Int64, touched: Int64) -> None:
        """Add what is due to what is open; ``obligations`` by slot are taken off."""
        new = touched[self.units[touched] == 0]
        kn.net_open(self.units, self.ages, obligations, touched)
        active = np.concatenate([self.active, new])
        active = active[self.units[active] != 0]
        self.active = active[np.argsort(self.ledger.slots.keys[active], kind="stable")]

    def deliver(self, kept_back: Bools, terms: ClearingTerms, turn: Int64, units_moved: Int64) -> None:
        """Shorts deliver what they hold unless kept back, longs receive in the order of allocation."""
        _, member = self.ledger.slot_owners()
        longs = self.active[self.units[self.active] > 0]
        owner = member[longs]
        order = longs[allocation_order(terms.group[owner], self.ages[longs], turn[owner])]
        self.ledger.deliver_positions(self.units, self.ages, self.active, kept_back, order, units_moved)
        self._forget_closed()

    def exempt(self, terms: ClearingTerms) -> Bools:
        """Of each active position, whether it is kept out of the night cycle."""
        _, member = self.ledger.slot_owners()
        keys = self.ledger.slots.keys[self.active]
        return terms.exempt_members[member[self.active]] | np.isin(keys, terms.exempt_keys)

    def nobody_kept_back(self) -> Bools:
        """All active positions deliver."""
        return np.zeros(len(self.active), dtype=np.bool_)

    def buy_in(self, after: int, premium: Fraction) -> BoughtIn:
        """Longs of age ``after`` or more get their units from outside; shorts are closed for as many.

        Shorts are closed oldest first, then as members are listed. They deliver no more, and pay what the
        units cost outside: units × price × (1 + premium), the premium rounded half to even a position.
        """
        security, member = self.ledger.slot_owners()
        value, cost = (np.zeros(self.members, dtype=np.int64) for _ in range(2))
        longs = self.active[(self.units[self.active] > 0) & (self.ages[self.active] >= after)]
        if len(longs) == 0:
            return BoughtIn(value, cost)
        bought = np.zeros(len(self.prices), dtype=np.int64)
        np.add.at(bought, security[longs], self.units[longs])
        self.ledger.bring_in(longs, self.units[longs])
        self.units[longs] = self.ages[longs] = 0
        shorts = self.active[(self.units[self.active] < 0) & (bought[security[self.active]] > 0)]
        shorts = shorts[np.lexsort((member[shorts], -self.ages[shorts]))]
        closed = np.zeros(len(shorts), dtype=np.int64)
        kn.close_shorts(self.units, self.ages, shorts, security, bought, closed)
        worth = closed * self.prices[security[shorts]]
        np.add.at(value, member[shorts], worth)
        if premium:
            above, below = premium.numerator, premium.denominator
            extra = [rounded(each * above, below) for each in worth.tolist()]
            np.add.at(cost, member[shorts], np.array(extra, dtype=np.int64))
        self._forget_closed()
        return BoughtIn(value, cost)

    def short_value(self) -> int:
        """Σ value of what is to be delivered."""
        return int(self.withheld().value.sum())

    def withheld(self) -> Withheld:
        """What shorts owe, by member and security; cash stays with the clearing house's figures."""
        security, member = self.ledger.slot_owners()
        open_now = Withheld.nothing(self.members, len(self.prices))
        kn.read_shorts(
            self.units,
            self.active,
            security,
            member,
            self.prices,
            open_now.value,
            open_now.fails,
            open_now.units,
        )
        return open_now

    def fails(self) -> OpenFails:
        """Every open position, as it stands at a close."""
        security, member = (each[self.active].astype(np.int64) for each in self.ledger.slot_owners())
        return OpenFails(
            security, member, self.units[self.active], self.ages[self.active], self.prices[security]
        )

    def _forget_closed(self) -> None:
        self.active = self.active[self.units[self.active] != 0]
