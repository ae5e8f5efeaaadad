"""Books kept beside a ledger: what its members' banks paid in and took back, and what moved by force."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.layers.mint import Mint
from simulator.ledger import Ledger


class Banks:
    """By pool, the money that banks have issued: opening, minted, redeemed, squared at closes; all since the
    first open. By account, what each day began with, was brought and ended with."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.accounts = self.cash()
        self.opening = self.accounts.copy()
        self.issued = self.by_pool(self.accounts)
        self.calls = self.minted = self.redeemed = self.forced = 0
        self.days: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.brought = np.zeros_like(self.accounts)

    def cash(self) -> np.ndarray:
        rows = self.ledger.state.members
        return rows[:, st.CASH] + rows[:, st.LOCKED_CASH]

    def by_pool(self, amounts: np.ndarray) -> np.ndarray:
        return amounts.reshape(self.ledger.pools, -1).sum(axis=1)

    def units(self) -> dict[tuple[int, int], int]:
        """What each (security, member) holds, locked or not."""
        slots = self.ledger.state.slots
        held = slots[:, st.UNITS].copy()
        if self.ledger.mode.lock.units != st.AT_ONCE:
            held += slots[:, st.LOCKED_UNITS]
        security, member = self.ledger.slot_owners()
        return {(int(s), int(m)): int(held[p]) for p, (s, m) in enumerate(zip(security, member, strict=True))}

    def check(self) -> None:
        """To the cent: what members have of each pool's money is what banks have issued, and no more."""
        self.calls += 1
        assert self.by_pool(self.cash()).tolist() == self.issued.tolist()
        assert (-self.ledger.outside_cash).tolist() == self.issued.tolist()

    def fund(self, amounts: np.ndarray) -> None:
        self.minted += int(amounts[amounts > 0].sum())
        self.redeemed -= int(amounts[amounts < 0].sum())
        self.issued = self.issued + self.by_pool(amounts)
        self.brought = self.brought + amounts

    def close(self, before: np.ndarray, openings: np.ndarray | None, carries: np.ndarray | None) -> None:
        """Banks square accounts to what they open with, all but those that carry over."""
        self.days.append((self.accounts, self.brought, before))
        self.brought = np.zeros_like(before)
        self.opening = self.opening if openings is None else openings.copy()
        carried = np.zeros(len(before), bool) if carries is None else carries
        self.accounts = np.where(carried, before, self.opening)
        self.issued = self.by_pool(self.accounts)


@pytest.fixture
def banks(verified, monkeypatch: pytest.MonkeyPatch) -> list[Banks]:  # noqa: ARG001
    """From here on books are kept beside every ledger, one after the other, and held to after every call."""
    kept: list[Banks] = []
    begin = Ledger.__init__

    def made(ledger: Ledger, *arguments: Any, **more: Any) -> None:
        begin(ledger, *arguments, **more)
        kept.append(Banks(ledger))

    def followed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(ledger: Ledger, *arguments: Any, **more: Any) -> Any:
            books = next((each for each in reversed(kept) if each.ledger is ledger), None)
            if books is None:  # it is being made
                return method(ledger, *arguments, **more)
            cash = books.cash()
            units = books.units() if name == "transfer" else {}
            result = method(ledger, *arguments, **more)
            if name == "fund":
                books.fund(arguments[0])
            elif name == "close_day":
                books.close(cash, *(arguments[1:] or (None, None)))
            elif name == "transfer":
                sender, receiver, security, asked, _ = arguments
                assert 0 <= result <= asked
                books.forced += result
                for place, moved in (((security, sender), -result), ((security, receiver), result)):
                    units[place] = units.get(place, 0) + moved
                assert {k: v for k, v in books.units().items() if v} == {k: v for k, v in units.items() if v}
            books.check()
            return result

        return call

    monkeypatch.setattr(Ledger, "__init__", made)
    for name in dir(Ledger):
        method = getattr(Ledger, name)
        if callable(method) and not name.startswith("_") and name not in ("verify", "slot_owners"):
            monkeypatch.setattr(Ledger, name, followed(name, method))
    _follow_mint(monkeypatch)
    return kept


def _follow_mint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each leg: all that was asked for has been minted, refused, is on its way, or was void at a close."""
    ask, tell, square = Mint.ask, Mint.day, Mint.square
    open_orders: dict[tuple[int, int], int] = {}

    def asked(mint: Mint, clock: Any, amounts: np.ndarray, now: int) -> None:
        for at in range(len(mint.legs)):
            key = id(mint), at
            open_orders[key] = open_orders.get(key, 0) + int(amounts[mint.home == at].sum())
        ask(mint, clock, amounts, now)

    def told(mint: Mint, *arguments: Any) -> Any:
        days = tell(mint, *arguments)
        for at, day in enumerate(days):
            key = id(mint), at
            open_orders[key] = open_orders.get(key, 0) - int(day.minted.sum()) - int(day.refused.sum())
            assert open_orders[key] == day.in_transit
        return days

    def squared(mint: Mint, carries: np.ndarray) -> None:
        square(mint, carries)
        for at in range(len(mint.legs)):
            if not carries[mint.home == at].any():
                open_orders[id(mint), at] = 0
            assert open_orders.get((id(mint), at), 0) == int(mint.books[at].in_transit.sum())

    monkeypatch.setattr(Mint, "ask", asked)
    monkeypatch.setattr(Mint, "day", told)
    monkeypatch.setattr(Mint, "square", squared)
