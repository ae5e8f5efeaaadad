"""Minting and redeeming: how members' bank money becomes cash on the chain, when, and what that ties up."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from simpy import Event

from simulator.kernels import state as st
from simulator.market.flow import DAY, Int64, TradeDay
from simulator.market.pools import Pools

from .clock import Clock

if TYPE_CHECKING:
    from simulator.config.schema import CashLeg

    from .chain import Chain

SATURDAY = 5

STABLECOINS = 308 * 10**9
"""All stablecoins there are, in US dollars (RWA.xyz)."""


@dataclass(frozen=True, slots=True)
class LegDay:
    """What one cash leg did on one settlement day. Money in minor units.

    Attributes
    ----------
    name, kind, issuer, pool : the leg
    opening : what members held in it at the open
    minted, redeemed : by member, arrived and taken back
    refused : by member, asked for and not granted: beyond the supply, or while the leg was frozen
    in_transit : asked for and not yet arrived at the close
    supply : the largest total of what members had brought; without limits, what they needed
    cost : by member, what that cost at the leg's rate over 24 hours
    all_there_is : of a stablecoin in US dollars, the supply of all stablecoins; else 0
    held_time : by member, what cost is the rate of: minor units × µs, exact
    """

    name: str
    kind: str
    issuer: str
    pool: str
    opening: int
    minted: Int64
    redeemed: Int64
    refused: Int64
    in_transit: int
    supply: int
    cost: Int64
    all_there_is: int = 0
    held_time: tuple[int, ...] = ()


@dataclass(slots=True)
class _Books:
    """One leg's day: what its bank took in and paid out, by account."""

    accounts: int
    outstanding: int = 0
    peak: int = 0
    opening: int = 0
    minted: Int64 = field(init=False)
    redeemed: Int64 = field(init=False)
    refused: Int64 = field(init=False)
    in_transit: Int64 = field(init=False)

    def __post_init__(self) -> None:
        self.in_transit = np.zeros(self.accounts, dtype=np.int64)
        self.open()

    def open(self) -> None:
        """Nothing has been minted, redeemed or refused today."""
        self.minted, self.redeemed, self.refused = np.zeros((3, self.accounts), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _AnyTime:
    """Money that needs no minting: the bank of an arrangement that names no cash leg."""

    kind: str = ""
    issuer: str = ""
    pool: str = ""
    days: str = "all"
    mint: int = 0
    supply: int | None = None
    rate: Fraction = Fraction(0)
    day_count: int = 360


class Mint:
    """The issuers of one arrangement's cash legs, as far as its members deal with them.

    ``first_day`` is the date of the first trade day, None where every day is one of business; ``dollar`` the
    minor units of a US dollar, 0 where the flow is in another currency.
    """

    def __init__(self, chain: Chain, pools: Pools, first_day: date | None, dollar: int) -> None:
        self.chain, self.pools, self.first_day, self.minor = chain, pools, first_day, dollar
        self.legs: list[CashLeg | _AnyTime] = list(pools.legs.values()) or [_AnyTime()]
        self.names = tuple(pools.legs) or ("cash",)
        self.home = pools.home if pools.legs else np.zeros_like(pools.home)
        self.books = [_Books(len(self.home)) for _ in self.legs]
        self._frozen: list[set[object]] = [set() for _ in self.legs]  # by what
        self._coming: list[tuple[int, int, Int64]] = []  # when, leg, by account; in the order asked for
        self._held: list[tuple[int, Int64]] = []  # leg, by account

    @property
    def in_transit(self) -> Int64:
        """By account, what has been asked for and has not arrived."""
        return sum((books.in_transit for books in self.books), np.zeros(len(self.home), dtype=np.int64))

    def open_day(self) -> None:
        """The books of a new day; opening balances have been minted before."""
        opening = self.chain.ledger.state.members[:, st.OPENING]
        for at, books in enumerate(self.books):
            books.opening = books.peak = books.outstanding = int(opening[self.home == at].sum())
            books.open()

    def freeze(self, at: int, by: object) -> None:
        """A leg is frozen: nothing is minted or redeemed."""
        self._frozen[at].add(by)

    def unfreeze(self, at: int, by: object) -> None:
        """It is free again, as far as this goes."""
        self._frozen[at].discard(by)

    def open_on(self, leg: CashLeg | _AnyTime, day: int) -> bool:
        """Whether a leg's bank opens on a calendar day, counted from the first trade day."""
        if leg.days == "all" or self.first_day is None:
            return True
        return (self.first_day + timedelta(days=day)).weekday() < SATURDAY

    def processed_from(self, leg: CashLeg, asked: int) -> int:
        """When the bank takes up what is asked for at a time: at once in its hours, else at the next opening.

        >>> from types import SimpleNamespace as leg_of
        >>> bank = leg_of(days="weekdays", hours=leg_of(opens=9, closes=17))
        >>> mint = Mint.__new__(Mint)
        >>> mint.first_day = date(2026, 11, 27)  # a Friday
        >>> mint.processed_from(bank, 12), mint.processed_from(bank, 18) == 3 * DAY + 9
        (12, True)
        """
        day, clock = divmod(asked, DAY)
        if self.open_on(leg, day) and clock <= leg.hours.closes:
            return max(asked, day * DAY + leg.hours.opens)
        day += 1
        while not self.open_on(leg, day):
            day += 1
        return day * DAY + leg.hours.opens

    def ask(self, clock: Clock, amounts: Int64, now: int) -> None:
        """Members ask for cash, by account, in the order of accounts; what is granted arrives later.

        What takes no time waits for ``deliver_held`` in the event that asks for it.
        """
        for at, (leg, books) in enumerate(zip(self.legs, self.books, strict=True)):
            granted = np.where(self.home == at, amounts, 0)
            if self._frozen[at]:
                granted[:] = 0
            elif leg.supply is not None:
                left = max(0, leg.supply - books.outstanding - int(books.in_transit.sum()))
                granted = np.diff(np.minimum(np.cumsum(granted), left), prepend=0)
            books.refused += np.where(self.home == at, amounts, 0) - granted
            if granted.any():
                books.in_transit += granted
                taken_up = now if isinstance(leg, _AnyTime) else self.processed_from(leg, now)
                arrives = taken_up + leg.mint
                if arrives > now:
                    self._coming.append((arrives, at, granted))
                    clock.environment.process(self._arrive(clock, arrives))
                else:
                    self._held.append((at, granted))

    def _arrive(self, clock: Clock, arrives: int) -> Generator[Event]:
        """What is due at a time arrives as one event, in the order asked for; by night at the next open."""
        while True:
            yield clock.at(arrives, "mint")
            opens = self.chain.open_from(arrives)
            if opens is None:  # the run is over: it stays in transit
                return
            if opens == arrives:
                break
            arrives = opens
        now = arrives
        due = [one for one in self._coming if one[0] <= now]
        self._coming = [one for one in self._coming if one[0] > now]
        if due:
            self.chain.act(lambda: self._take_in([(at, granted) for _, at, granted in due], now), now)

    def _take_in(self, due: list[tuple[int, Int64]], now: int) -> None:
        for at, granted in due:
            if self._is_held(at):
                self._held.append((at, granted))
            else:
                self._deliver(at, granted, now)

    def _is_held(self, at: int) -> bool:
        """Whether nothing can be minted now: the chain stands still, or the leg is frozen."""
        return bool(self.chain.room.outages or self._frozen[at])

    def deliver_held(self, now: int) -> None:
        """After faults have changed: what they held arrives, as far as nothing holds it any more."""
        held, self._held = self._held, []
        self._take_in(held, now)

    def _deliver(self, at: int, granted: Int64, now: int) -> None:
        books = self.books[at]
        books.in_transit -= granted
        books.minted += granted
        books.outstanding += int(granted.sum())
        books.peak = max(books.peak, books.outstanding)
        self.chain.ledger.fund(granted, now)

    def redeem(self, amounts: Int64, now: int) -> None:
        """Members give cash back, by account, at once; their bank pays in the leg's hours."""
        taken = amounts.copy()
        for at, books in enumerate(self.books):
            home = self.home == at
            if self._frozen[at]:
                taken[home] = 0
            books.redeemed += np.where(home, taken, 0)
            books.outstanding -= int(taken[home].sum())
        if taken.any():
            self.chain.ledger.fund(-taken, now)

    def carries(self, day: TradeDay) -> npt.NDArray[np.bool_]:
        """By account, whether its pool is not squared on a day, since its first leg's bank is closed."""
        carries, seen = np.zeros(len(self.home), dtype=np.bool_), set()
        for at, leg in enumerate(self.legs):
            pool = self.pools.pool_of(at)
            if pool not in seen:
                seen.add(pool)
                carries[self.pools.accounts_of(pool)] = not self.open_on(leg, day.midnight // DAY)
        return carries

    def day(self, need: Int64, limited: bool) -> tuple[LegDay, ...]:
        """What each leg did today; ``need`` by account is the day's liquidity need. Before the day closes."""
        ledger, days = self.chain.ledger, []
        opening = ledger.state.members[:, st.OPENING] - ledger.funded if limited else need
        for at, (name, leg) in enumerate(zip(self.names, self.legs, strict=True)):
            books, home = self.books[at], self.home == at
            rate = leg.rate / (leg.day_count * DAY)
            cost = np.zeros(self.pools.members, dtype=np.int64)
            held_time = [0] * self.pools.members
            for account in np.flatnonzero(home).tolist():
                held = int(opening[account]) * DAY + ledger.funded_time[account]
                cost[account % self.pools.members] += round(held * rate)
                held_time[account % self.pools.members] += held
            days.append(
                LegDay(
                    name=name,
                    kind=leg.kind,
                    issuer=leg.issuer,
                    pool=leg.pool,
                    opening=books.opening,
                    minted=self._by_member(books.minted),
                    redeemed=self._by_member(books.redeemed),
                    refused=self._by_member(books.refused),
                    in_transit=int(books.in_transit.sum()),
                    supply=books.peak if limited else int(need[home].sum()),
                    cost=cost,
                    all_there_is=STABLECOINS * self.minor if leg.kind == "stablecoin" and home.any() else 0,
                    held_time=tuple(held_time),
                )
            )
        return tuple(days)

    def _by_member(self, amounts: Int64) -> Int64:
        return amounts.reshape(-1, self.pools.members).sum(axis=0)

    def square(self, carries: npt.NDArray[np.bool_]) -> None:
        """At a close, what is still being minted for accounts that are squared is void."""
        for at, books in enumerate(self.books):
            if not carries[self.home == at].any():
                books.in_transit[:] = 0
                self._coming = [one for one in self._coming if one[1] != at]
                self._held = [one for one in self._held if one[0] != at]
