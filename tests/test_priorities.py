"""An index a priority, of trees, settles what one treap for all keys does, journal and balances alike."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.market.flow import MINUTE

from .books import LOCKS, LedgerBook, balances, events, journal, random_ledger_book
from .flows import ArrayFlow

CHOICES = ((5,), (1, 5), (1, 3, 5, 9), tuple(range(1, 10)))


def with_priorities(seed: int) -> LedgerBook:
    """A random book whose instructions state a priority each."""
    book, draw = random_ledger_book(seed, ample=seed % 4 == 0), np.random.default_rng([8, seed])
    flow = book.flow
    columns = {name: getattr(flow, name) for name in ("buyer", "seller", "cash", "units", "security")}
    priority = draw.choice(CHOICES[seed % len(CHOICES)], len(flow.time))
    prioritised = ArrayFlow(flow.time, **columns, priority=priority, members=len(flow.members))
    return LedgerBook(prioritised, book.cash, book.credit_limit, book.held)


def settled(book: LedgerBook, keyed: bool, block: int | None, reuse: tuple[int, int]):
    """What a ledger comes to: the journal with what each waited for, and all balances."""
    flow = book.flow
    ledger, chunk = book.ledger(
        ordered=True, keyed=keyed, priorities=flow.priorities, says_more=True, reuse=reuse, journal=True
    )
    for start, stop, now in events(flow, block):
        if block is not None:
            ledger.begin_block(now)
        ledger.take(chunk, start, stop, now)
        ledger.finish_event(now)
    rows = ledger.state.journal[: ledger.state.totals[st.JOURNAL_ROWS]]
    left = [(int(row[st.IDENTIFIER]), int(row[st.BLOCKED_BY])) for row in ledger.unsettled_rows()]
    return journal(ledger), rows.tolist(), left, balances(ledger)


@pytest.mark.parametrize("reuse", LOCKS)
@pytest.mark.parametrize("block", [None, MINUTE])
def test_trees_by_priority_and_a_treap_settle_the_same(block, reuse, verified):
    waited = 0
    for seed in range(60):
        book = with_priorities(seed)
        trees = settled(book, False, block, LOCKS[reuse])
        assert trees == settled(book, True, block, LOCKS[reuse]), f"book {seed}"
        waited += len(trees[2])
    assert waited > 60
    assert verified["take"] > 120
