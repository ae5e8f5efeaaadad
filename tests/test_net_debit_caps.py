"""Net debit caps and collateral monitors against a plain loop over a list, on random books.

The loop below reads the terms of a delivery word for word: the buyer's cap, its monitor, the seller's
units, its monitor. The ledger finds the same by its indices: the same instructions in the same sequence,
the same balances and what each waited for first, with look-ahead, parts, cash paid in on the way, a cut-off
and a money settlement in between.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest

import simulator.kernels.memory
from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.depository import Monitor
from simulator.market.flow import SECOND
from simulator.rules import grouping_rule

from .books import LedgerBook, balances, events, journal, random_ledger_book

CAP, CREDIT, UNITS = st.WAITS_FOR_LIMIT, (st.WAITS_FOR_CASH, st.WAITS_FOR_CREDIT), st.WAITS_FOR_UNITS


@dataclass
class Plain:
    """The same book in dictionaries and lists; an instruction is (buyer, seller, security, units, cash)."""

    monitor: Monitor
    cash: list[int]
    held: Counter[tuple[int, int]]
    waiting: dict[int, tuple[int, int, int, int, int]] = field(default_factory=dict)
    settled: list[int] = field(default_factory=list)
    first_met: dict[int, int] = field(default_factory=dict)

    def secured(self, member: int) -> int:
        values = self.monitor.credit_values.tolist()
        units = sum(self.held[member, s] * value for s, value in enumerate(values))
        return int(self.monitor.fund[member]) + units + self.cash[member]

    def blocked(self, one: tuple[int, int, int, int, int]) -> int:
        """What stops an instruction, 0 if nothing."""
        buyer, seller, security, units, cash = one
        worth = int(self.monitor.credit_values[security]) * units if units else 0
        if cash and self.cash[buyer] - cash < -int(self.monitor.caps[buyer]):
            return CAP
        if cash > worth and self.secured(buyer) + worth - cash < 0:
            return st.WAITS_FOR_CASH
        if units > self.held[seller, security]:
            return UNITS
        if worth > cash and self.secured(seller) - worth + cash < 0:
            return st.WAITS_FOR_CREDIT
        return 0

    def move(self, one: tuple[int, int, int, int, int]) -> None:
        buyer, seller, security, units, cash = one
        self.cash[buyer] -= cash
        self.cash[seller] += cash
        self.held[seller, security] -= units
        self.held[buyer, security] += units

    def enter(self, number: int, one: tuple[int, int, int, int, int]) -> None:
        if one[0] == one[1]:
            self.settled.append(number)
            return
        self.waiting[number] = one
        self.loop()
        if number in self.waiting:
            self.first_met[number] = self.blocked(one)

    def loop(self) -> None:
        """Settle the first feasible one, and start again at the head, until there is none."""
        while feasible := [k for k in sorted(self.waiting) if not self.blocked(self.waiting[k])]:
            self.move(self.waiting.pop(feasible[0]))
            self.settled.append(feasible[0])

    def look_ahead(self) -> None:
        for first in sorted(self.waiting):
            for second in sorted(self.waiting):
                if first < second and first in self.waiting and second in self.waiting:
                    self._together(first, second)
        self.loop()

    def _together(self, first: int, second: int) -> None:
        one, other = self.waiting[first], self.waiting[second]
        if one[2] != other[2] or not one[3] or not other[3]:
            return
        receipt, delivery = (one, other) if one[0] == other[1] else (other, one)
        if receipt[0] != delivery[1] or len({receipt[1], receipt[0], delivery[0]}) < 3:
            return
        before = self.cash.copy(), self.held.copy(), [self.secured(m) for m in range(len(self.cash))]
        self.move(one)
        self.move(other)
        for member in range(len(self.cash)):
            lowered = self.cash[member] < before[0][member]
            over = lowered and self.cash[member] < -int(self.monitor.caps[member])
            secured = self.secured(member)
            if over or (secured < before[2][member] and secured < 0) or min(self.held.values()) < 0:
                self.cash, self.held = before[0], before[1]
                return
        self.settled += [first, second]
        del self.waiting[first], self.waiting[second]

    def parts(self) -> None:
        """One pass: of each as many units, short of all, as can settle, at cash pro rata; then the loop."""
        for number in sorted(self.waiting):
            if number not in self.waiting:
                continue
            buyer, seller, security, units, cash = self.waiting[number]
            for part in range(units - 1, 0, -1):
                paid = round(Fraction(cash * part, units))
                if not self.blocked((buyer, seller, security, part, paid)):
                    self.move((buyer, seller, security, part, paid))
                    self.settled.append(number)
                    self.waiting[number] = buyer, seller, security, units - part, cash - paid
                    self.loop()
                    break


def monitor_of(book: LedgerBook, draw: np.random.Generator) -> Monitor:
    """Caps and funds that bind now and then; a unit secures less than most are paid for."""
    most = max(2, int(book.flow.cash.max()))
    members, securities = len(book.flow.members), len(book.flow.securities)
    return Monitor(
        caps=draw.integers(0, int(draw.choice([2, 40])) * most, size=members),
        fund=draw.integers(0, most, size=members) * (draw.random(members) < 0.2),
        credit_values=draw.integers(0, int(draw.choice([2, 5, 10])) * most // 5 + 1, size=securities),
    )


def open_both(seed: int) -> tuple[LedgerBook, Ledger, object, Plain, np.random.Generator]:
    """A random book in the ledger and in the plain loop."""
    draw, book = np.random.default_rng([77, seed]), random_ledger_book(seed)
    gifts = (book.flow.units > 0) & (draw.random(len(book.flow.time)) < 0.25)
    book.flow.cash[gifts] = 0
    # Members that bring little cash and some units owe what their units secure, and then may not give them.
    book = LedgerBook(book.flow, book.cash * (seed % 2), book.credit_limit, book.held + 2 * (seed % 4))
    monitor = monitor_of(book, draw)
    ledger, chunk = book.ledger(journal=True, monitor=monitor)
    held = Counter({(m, s): int(book.held[m, s]) for m, s in np.ndindex(book.held.shape)})
    return book, ledger, chunk, Plain(monitor, book.cash.tolist(), held), draw


def agree(ledger: Ledger, plain: Plain, where: str) -> None:
    """The same sequence, the same cash and units."""
    assert [number for number, _ in journal(ledger)] == plain.settled, where
    cash, held = balances(ledger)
    assert cash == plain.cash, where
    assert held == {place: units for place, units in plain.held.items() if units}, where


def act(what: str, ledger: Ledger, plain: Plain, draw: np.random.Generator, now: int) -> None:
    """What happens between arrivals, to both."""
    if what == "look_ahead":
        entries, waiting = ledger.waiting(now)
        ledger.settle_groups([entries[pair] for pair in grouping_rule("look_ahead")(waiting)], now)
        plain.look_ahead()
    elif what == "parts":
        ledger.settle_parts(0, np.ones(len(plain.cash), np.int64), now)
        plain.parts()
    elif what == "fund":
        amounts = draw.integers(0, 30, size=len(plain.cash)) * (np.minimum(0, plain.cash) < 0)
        ledger.fund(amounts, now)
        ledger.try_again(now)
        plain.cash = [cash + int(amount) for cash, amount in zip(plain.cash, amounts, strict=True)]
        plain.loop()
    elif what == "drop":
        ledger.drop_valued(now)
        plain.waiting = {k: one for k, one in plain.waiting.items() if not one[4]}


@pytest.mark.parametrize("block", [None, 7 * SECOND])
def test_the_cap_and_the_monitor_stop_what_a_plain_loop_says_they_stop(verified, block):
    met: Counter[int] = Counter()
    for seed in range(250):
        book, ledger, chunk, plain, draw = open_both(seed)
        flow = book.flow
        for start, stop, now in events(flow, block):
            ledger.take(chunk, start, stop, -1 if block is None else now)
            if block is not None:
                ledger.finish_event(now)
            columns = (flow.buyer, flow.seller, flow.security, flow.units, flow.cash)
            for number in range(start, stop):
                plain.enter(number, tuple(int(column[number]) for column in columns))
            agree(ledger, plain, f"book {seed}, at {now}")
            what = draw.choice(["look_ahead", "parts", "fund", "nothing", "nothing", "drop"])
            act(str(what), ledger, plain, draw, now)
            agree(ledger, plain, f"book {seed}, {what} at {now}")
        if block is None:
            rows = ledger.state.pool[: ledger.state.totals[st.POOL_USED]]
            found = {int(row[st.IDENTIFIER]): int(row[st.WAITED_FOR]) for row in rows}
            assert {k: plain.first_met[k] for k in found} == found, f"book {seed}"
        met.update(plain.first_met.values())
    assert min(met[reason] for reason in (CAP, *CREDIT, UNITS)) > 5, met
    assert verified["take"] > 1_000


def test_the_indices_of_caps_grow_from_nothing_and_change_no_result(monkeypatch):
    def journals() -> list[list[tuple[int, int]]]:
        found = []
        for seed in range(100):
            _, ledger, chunk, _, _ = open_both(seed)
            ledger.take(chunk, 0, len(chunk.time), -1)
            found.append(journal(ledger))
        return found

    roomy = journals()
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_POOL", 1)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_TREES", 1)
    assert journals() == roomy


def test_money_settlement_pays_what_is_owed_and_what_was_paid_in_counts():
    """0 buys for 5, 1 receives it: 0 owes 5 less the 2 it pays in on the way."""
    book = random_ledger_book(0)
    members = len(book.flow.members)
    caps, nothing = np.full(members, 100), np.zeros(members, np.int64)
    monitor = Monitor(caps, caps, np.zeros(len(book.flow.securities), np.int64))
    ledger, _ = LedgerBook(book.flow, nothing, nothing, book.held).ledger(monitor=monitor)
    ledger.state.members[:2, st.CASH] = -5, 5
    ledger.fund(np.array([2, *nothing[1:]]), ledger.state.totals[st.LAST_EVENT])
    assert ledger.settle_money(int(ledger.state.totals[st.LAST_EVENT])).tolist()[:2] == [-3, 5]
    assert not ledger.state.members[:, st.CASH].any()
    ledger.verify()


def test_a_group_that_breaks_a_cap_is_refused_and_changes_nothing():
    from simulator.ledger import InfeasibleGroupError

    refused = 0
    for seed in range(60):
        _, ledger, chunk, _, _ = open_both(seed)
        ledger.take(chunk, 0, len(chunk.time), -1)
        entries, waiting = ledger.waiting(int(chunk.time[-1]))
        for place in np.flatnonzero(waiting.cash > np.maximum(0, waiting.cap_available[waiting.buyer])):
            before = balances(ledger)
            with pytest.raises(InfeasibleGroupError):
                ledger.settle_group(entries[[place]], int(chunk.time[-1]))
            assert balances(ledger) == before
            refused += 1
    assert refused > 20
