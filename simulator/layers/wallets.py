"""Registered wallets: who may hold a token, and what an issuer's root wallet does to them within a run."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from simpy import Event

from simulator.kernels import state as st
from simulator.market.flow import Flow, TradeDay
from simulator.market.pools import Pools

from .clock import Clock

if TYPE_CHECKING:
    from simulator.config.wallets import WalletEvent, Wallets

    from .chain import Chain


class Bars:
    """Which accounts are barred and by what; a bar lasts until the last that asked for it lifts it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._asked: dict[tuple[int, int], set[object]] = {}

    def raise_on(self, accounts: list[int], what: int, by: object, now: int) -> None:
        """Bar accounts; one barred already stays so until all who asked for it have lifted it."""
        new = [one for one in accounts if not self._asked.setdefault((what, one), set())]
        for account in accounts:
            self._asked[what, account].add(by)
        if new:
            self.chain.ledger.bar(new, what, now)

    def lift(self, accounts: list[int], what: int, by: object, now: int) -> None:
        """Lift what ``by`` asked for."""
        free = []
        for account in accounts:
            asked = self._asked.get((what, account), set())
            if by in asked:
                asked.remove(by)
                if not asked:
                    free.append(account)
        self.chain.ledger.unbar(free, what, now)


class WalletRegistry:
    """The process that registers, freezes and unfreezes wallets, and moves units by force."""

    def __init__(self, chain: Chain, wallets: Wallets, flow: Flow, pools: Pools, bars: Bars) -> None:
        self.chain, self.wallets, self.flow, self.pools, self.bars = chain, wallets, flow, pools, bars
        self._members = {name: at for at, name in enumerate(flow.members)}
        self._securities = {name: at for at, name in enumerate(flow.securities)}
        registered = wallets.registered
        listed = {self._members[name] for name in registered.members if name in self._members}
        for member in range(len(flow.members)):
            if registered.kind != "all" and (member in listed) == (registered.kind == "except"):
                bars.raise_on(self._accounts(member), st.UNREGISTERED, self, 0)

    def _accounts(self, member: int) -> list[int]:
        return self.pools.accounts_of_member(member).tolist()

    def run(self, clock: Clock) -> Generator[Event]:
        """What is due at one instant is one event, as listed; what comes after a close is done there."""
        for day in self.flow.days:
            due = [one for one in self.wallets.events if one.day is None or one.day == day.index]
            turns = sorted(due, key=lambda one: self._turn(one, day))
            for (now, late), events in groupby(turns, key=lambda one: self._turn(one, day)):
                yield clock.at(now, "day ends" if late else "wallets")
                if late:
                    self._do_all(day, list(events), now)
                else:
                    self.chain.act(partial(self._do_all, day, list(events), now), now)

    @staticmethod
    def _turn(one: WalletEvent, day: TradeDay) -> tuple[int, bool]:
        """When it happens, and whether that is after the day's last event."""
        time = day.midnight + one.time
        return min(max(time, day.opens), day.closes), time > day.closes

    def _do_all(self, day: TradeDay, events: list[WalletEvent], now: int) -> None:
        for one in events:
            if one.action == "transfer":
                moved = self._transfer(one, now)
                what = {"security": one.security, "units": moved}
                self.chain.note(day, now, one.action, "", member=one.member, to=one.to, **what)
            else:
                self.chain.note(day, now, one.action, member=one.member)
                self._do(one, now)

    def _transfer(self, one: WalletEvent, now: int) -> int:
        """Move units by force; how many moved, none where one of the two does not trade."""
        sender, receiver = self._members.get(one.member), self._members.get(one.to or "")
        security = self._securities.get(one.security or "")
        if sender is None or receiver is None or security is None:
            return 0
        return self.chain.ledger.transfer(sender, receiver, security, one.units, now)

    def _do(self, one: WalletEvent, now: int) -> None:
        member = self._members.get(one.member)
        if member is None:
            return  # it does not trade, so nothing hangs on its wallet
        accounts = self._accounts(member)
        if one.action == "register":
            self.bars.lift(accounts, st.UNREGISTERED, self, now)
        elif one.action == "freeze":
            self.bars.raise_on(accounts, st.FROZEN, self, now)
        else:
            self.bars.lift(accounts, st.FROZEN, self, now)
