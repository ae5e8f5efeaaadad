"""Entitlements on chain: tokens by member and security, the digital omnibus account, what is on its way.

A unit stands in a book account, is on its way, or stands in the omnibus account, where one token in a wallet
is there for it. Always: tokens of a security = its omnibus balance, and book + omnibus + on its way = issued.
Source: SEC staff, letter to The Depository Trust Company, 11 December 2025.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.state import Int32, Int64
from simulator.market.amounts import take_share

from .accounts import Accounts


class Tokens(Accounts):
    """Moves units between book accounts and wallets. ``slots`` name each position once; units are ≥ 0."""

    def position(self, member: int, security: int) -> int:
        """The slot of a member's position, numbered if it is new."""
        return int(self.positions_of(np.array([member]), np.array([security]))[0])

    def positions_of(self, members: Int64, securities: Int64) -> Int32:
        """The slots of positions, numbered where they are new."""
        who, what = members.astype(np.int32), securities.astype(np.int32)
        slots, _ = self.slots.number(who, who, what)
        self.fit_slots()
        self.fit_tokens()
        return slots

    def fit_tokens(self) -> None:
        """Make room for slots numbered since; new positions have no tokens."""
        more = self.slots.count - len(self.tokens)
        if more > 0:
            room = np.zeros(more, dtype=np.int64)
            self.tokens = np.concatenate([self.tokens, room])
            self.on_the_way = np.concatenate([self.on_the_way, room])

    def value_tokens(self, settlement_value: Fraction) -> None:
        """What a token secures at a collateral monitor: a share of its unit's value, rounded down.

        It is set before there are any. Without a monitor nothing secures anything.
        """
        if self.monitor is not None:
            self.token_values = take_share(self.monitor.credit_values, settlement_value)

    def leave_book(self, slots: Int64, units: Int64) -> Int64:
        """Units leave book accounts, as far as they are held; how many did. They are on their way.

        No collateral monitor falls below 0 by it: positions are taken in the order given, each as far as
        its owner's monitor allows.
        """
        self.fit_tokens()
        moved = np.minimum(units, np.maximum(0, self.state.slots[slots, st.UNITS]))
        moved = self._take_collateral(slots, moved)
        self.state.slots[slots, st.UNITS] -= moved
        self.on_the_way[slots] += moved
        return moved

    def mint(self, slots: Int64, units: Int64) -> None:
        """What left the book arrives in the omnibus account, and wallets get as many tokens."""
        security, _ = self.slot_owners()
        self.on_the_way[slots] -= units
        np.add.at(self.omnibus, security[slots], units)
        self.tokens[slots] += units

    def move_tokens(self, source: int, target: int, units: int, *, forced: bool = False) -> int:
        """Tokens move between two wallets, as far as the first has them; how many did.

        Where they secure anything, the giver's collateral monitor stops what is not ``forced``.
        """
        self.fit_tokens()
        moved = min(units, int(self.tokens[source]))
        if self.monitor is not None:
            security, member = self.slot_owners()
            value, limits = int(self.token_values[security[source]]), self.state.members[:, st.LIMIT]
            giver = int(member[source])
            if not forced:
                moved = min(moved, self._allowed(giver, value, moved))
            limits[giver] -= moved * value
            limits[member[target]] += moved * value
            self.overdrawn |= self._collateral_left(giver) < 0
        self.tokens[source] -= moved
        self.tokens[target] += moved
        return moved

    def burn(self, slots: Int64, units: Int64) -> Int64:
        """Tokens are burnt, as far as wallets have them; how many were. Their units are on their way."""
        self.fit_tokens()
        security, _ = self.slot_owners()
        moved = np.minimum(units, self.tokens[slots])
        self.tokens[slots] -= moved
        np.subtract.at(self.omnibus, security[slots], moved)
        self.on_the_way[slots] += moved
        return moved

    def enter_book(self, slots: Int64, units: Int64) -> None:
        """Units whose tokens were burnt stand in book accounts again, and can be delivered."""
        self.on_the_way[slots] -= units
        self.state.slots[slots, st.UNITS] += units
        self._received += slots.tolist()
        if self.monitor is not None:
            security, member = self.slot_owners()
            gained = self.monitor.credit_values - self.token_values
            np.add.at(self.state.members[:, st.LIMIT], member[slots], units * gained[security[slots]])

    def _take_collateral(self, slots: Int64, units: Int64) -> Int64:
        """Take off monitors what units leaving the book no longer secure; how many may leave."""
        if self.monitor is None:
            return units
        security, member = self.slot_owners()
        lost = self.monitor.credit_values - self.token_values
        moved = units.copy()
        for at, slot in enumerate(slots.tolist()):
            owner, value = int(member[slot]), int(lost[security[slot]])
            moved[at] = self._allowed(owner, value, int(units[at]))
            self.state.members[owner, st.LIMIT] -= moved[at] * value
        return moved

    def _allowed(self, member: int, value: int, units: int) -> int:
        """How many units that secure ``value`` each a member can give without its monitor below 0."""
        return min(units, max(0, self._collateral_left(member)) // value) if value else units

    def _collateral_left(self, member: int) -> int:
        """A member's collateral monitor: fund + what its units and tokens secure + its balance."""
        row = self.state.members[member]
        return int(row[st.CASH] + row[st.LIMIT])
