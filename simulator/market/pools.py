"""Cash in several kinds of money: which accounts there are, and in which of them an instruction is paid.

An account is one member's cash in one pool. Legs of one pool are one money; legs of different pools are not
fungible. Without cash legs there is one pool, and an account is a member.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from simulator.market.flow import Captured, Flow, Int32, Int64
from simulator.market.members import Endowment
from simulator.market.streams import stream

if TYPE_CHECKING:
    from simulator.config.schema import CashLeg

GENERATION_UNIT = 1 << 16
"""Instructions whose legs are drawn together: a fixed stretch of the flow, whatever its chunks."""


class Pools:
    """The cash legs of one arrangement over its members.

    Attributes
    ----------
    legs : by name, in the order stated; empty where the config names none
    names : the pools, in the order in which legs name them; one unnamed where there are no legs
    home : by account, the number of the leg that mints its money, the first of its pool; −1 without legs
    """

    def __init__(self, legs: Mapping[str, CashLeg], flow: Flow, seed: int) -> None:
        """The pools of ``legs``; at least one leg is there for members that no leg names as payers."""
        self.legs, self.seed, self.members = dict(legs), seed, len(flow.members)
        stated = list(self.legs.values())
        self.names = tuple(dict.fromkeys(leg.pool for leg in stated)) or ("",)
        pool_of_leg = [self.names.index(leg.pool) for leg in stated]
        number = {name: at for at, name in enumerate(flow.members)}
        # The leg in which a member always pays, −1 where that is drawn.
        self._pays_in = np.full(self.members, -1, dtype=np.int64)
        for at, leg in enumerate(stated):
            self._pays_in[[number[name] for name in leg.payers if name in number]] = at
        self._drawn = [at for at, leg in enumerate(stated) if leg.share is not None]
        if not self._drawn:
            self._drawn = [at for at, leg in enumerate(stated) if not leg.payers]
        self._shares = _shares([stated[at].share for at in self._drawn])
        self._pool_of_leg = np.array(pool_of_leg or [0], dtype=np.int64)
        self.home = np.full(len(self.names) * self.members, -1, dtype=np.int64)
        for at in reversed(range(len(stated))):
            self.home[self.accounts_of(pool_of_leg[at])] = at
        self._unit: tuple[int, Int64] | None = None

    def without_leg(self) -> list[int]:
        """Members that pay in no leg."""
        return [] if self._drawn or not self.legs else np.flatnonzero(self._pays_in < 0).tolist()

    @property
    def count(self) -> int:
        """How many pools there are."""
        return len(self.names)

    def accounts_of(self, pool: int) -> Int64:
        """The accounts of a pool, by member."""
        return np.arange(self.members) + pool * self.members

    def accounts_of_member(self, member: int) -> Int64:
        """The accounts of a member, by pool."""
        return np.arange(self.count) * self.members + member

    def pool_of(self, leg: int) -> int:
        """The pool of a leg."""
        return int(self._pool_of_leg[leg])

    def first_lending(self) -> int:
        """The pool of the first leg whose issuer lends within the day; the first where there are no legs."""
        lending = [at for at, leg in enumerate(self.legs.values()) if leg.lends]
        return self.pool_of(lending[0]) if lending else 0

    def paid_in(self, leg: int) -> Int64:
        """The accounts whose payments a leg carries: those of its payers, and of nobody's if it is drawn."""
        carried = self._pays_in == leg
        if leg in self._drawn:
            carried |= self._pays_in < 0
        return self.accounts_of(self.pool_of(leg))[carried]

    def assign(self, chunk: Captured) -> tuple[Int32, Int32]:
        """The accounts from which and into which each instruction of a chunk is paid."""
        if self.count == 1:
            return chunk.buyer, chunk.seller
        leg = self._pays_in[chunk.buyer]
        drawn = leg < 0
        if drawn.any():
            leg[drawn] = self._draw(chunk.positions(0, len(chunk))[drawn])
        shift = (self._pool_of_leg[leg] * self.members).astype(np.int32)
        return chunk.buyer + shift, chunk.seller + shift

    def _draw(self, places: Int64) -> Int64:
        """The legs drawn for instructions by their places in the flow, the same wherever it is cut."""
        legs, units = np.empty(len(places), dtype=np.int64), places // GENERATION_UNIT
        for unit in np.unique(units).tolist():
            here = units == unit
            legs[here] = self._drawn_unit(unit)[places[here] % GENERATION_UNIT]
        return legs

    def _drawn_unit(self, unit: int) -> Int64:
        if self._unit is None or self._unit[0] != unit:
            uniform = stream(self.seed, "cash legs", unit).random(GENERATION_UNIT)
            bounds = np.cumsum([float(share) for share in self._shares])[:-1]
            places = np.array(self._drawn, dtype=np.int64)[np.searchsorted(bounds, uniform, side="right")]
            self._unit = unit, places
        return self._unit[1]

    def endow(self, opening: Endowment) -> Endowment:
        """What members bring, by account: a payer's all in its leg, others' by the legs' shares.

        Rounded down, what is left over to the first leg with a share; credit limits over the legs that lend.
        """
        if not self.legs:
            return opening
        stated = list(self.legs.values())
        lending = [at for at in self._drawn if stated[at].lends]
        shares = dict(zip(self._drawn, self._shares, strict=True))
        lent = sum((shares[at] for at in lending), Fraction(0))
        lending_shares = {at: shares[at] / lent for at in lending} if lent else {}
        lends = [at for at, leg in enumerate(stated) if leg.lends]
        cash = None if opening.cash is None else self.split(opening.cash)
        return Endowment(cash, self._split(opening.credit_limit, lending_shares, lends), opening.holdings)

    def split(self, amounts: Int64) -> Int64:
        """Amounts by member, by account, as opening cash is split."""
        if not self.legs:
            return amounts
        return self._split(amounts, dict(zip(self._drawn, self._shares, strict=True)))

    def _split(
        self, amounts: Int64, shares: Mapping[int, Fraction], among: Collection[int] | None = None
    ) -> Int64:
        """A payer's whole amount in its own leg, if that is ``among`` those that count; else ``shares``."""
        split = np.zeros((self.count, self.members), dtype=np.int64)
        for member, amount in enumerate(amounts.tolist()):
            at = int(self._pays_in[member])
            if at >= 0 and (among is None or at in among):
                split[self._pool_of_leg[at], member] += amount
                continue
            parts = {leg: amount * share.numerator // share.denominator for leg, share in shares.items()}
            if parts:
                first = next(iter(parts))
                parts[first] += amount - sum(parts.values())
            for leg, part in parts.items():
                split[self._pool_of_leg[leg], member] += part
        return split.ravel()


def _shares(stated: list[Fraction | None]) -> list[Fraction]:
    """Shares as stated, or equal ones."""
    if any(share is None for share in stated):
        return [Fraction(1, len(stated))] * len(stated)
    return [Fraction(share) for share in stated if share is not None]
