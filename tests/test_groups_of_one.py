"""The fused order of the kernels is the grouping mechanism with groups of one, chosen in plain Python.

The rule below reads the loop of the design word for word. It chooses; each instruction it chooses is
handed to a second ledger by itself and settled there through ``settle_group``, so that the second
ledger never has two instructions in its queue and its own loop has nothing to do.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.flow import SECOND

from .books import LOCKS, LedgerBook, balances, events, journal, random_ledger_book

OUT_OF_REACH = 1 << 60
WAYS = list(itertools.product(LOCKS, (False, True), (None, 7 * SECOND, 90 * SECOND)))


class GroupsOfOne:
    """Waiting instructions as a plain list, in queue order, before a ledger that settles groups."""

    def __init__(self, book: LedgerBook, *, reuse: tuple[int, int], strict: bool) -> None:
        self.flow, self.strict = book.flow, strict
        self.ledger, self.chunk = book.ledger(reuse=reuse, journal=True)
        self.waiting: list[int] = []

    def event(self, start: int, stop: int, now: int) -> None:
        """Add new instructions to the queue, then settle the first feasible one until none is."""
        internal = self.flow.buyer[start:stop] == self.flow.seller[start:stop]
        self.waiting += [start + int(k) for k in np.flatnonzero(~internal)]
        while (chosen := self.first_feasible()) is not None:
            self.settle(chosen, now)
            self.waiting.remove(chosen)

    def first_feasible(self) -> int | None:
        """The grouping rule: a group of one, or none."""
        members, slots = self.ledger.state.members, self.ledger.state.slots
        passed: set[tuple] = set()
        for i in self.waiting:
            needs = []
            if self.flow.cash[i]:
                needs.append(("cash", int(self.flow.buyer[i])))
            if self.flow.units[i]:
                needs.append(("units", int(self.flow.seller[i]), int(self.flow.security[i])))
            row, slot = members[self.flow.buyer[i]], slots[self.chunk.seller_slot[i]]
            has_cash = self.flow.cash[i] <= row[st.CASH] + row[st.LIMIT]
            has_units = not self.ledger.mode.check_units or self.flow.units[i] <= slot[st.UNITS]
            eligible = not self.strict or passed.isdisjoint(needs)
            if eligible and (has_cash or not self.flow.cash[i]) and (has_units or not self.flow.units[i]):
                return i
            passed.update(needs)
        return None

    def settle(self, i: int, now: int) -> None:
        """Let one instruction in while its buyer's cash is out of reach, then settle it as a group."""
        ledger, buyer, slot = self.ledger, self.flow.buyer[i], self.chunk.seller_slot[i]
        holds_back = slot >= 0 and ledger.mode.check_units
        ledger.state.members[buyer, st.LIMIT] -= OUT_OF_REACH
        if holds_back:
            ledger.state.slots[slot, st.UNITS] -= OUT_OF_REACH
        ledger.take(self.chunk, i, i + 1, now)
        ledger.state.members[buyer, st.LIMIT] += OUT_OF_REACH
        if holds_back:
            ledger.state.slots[slot, st.UNITS] += OUT_OF_REACH
        entries, _ = ledger.waiting(now)
        if len(entries):  # a free delivery where holdings are ample meets no block at all
            ledger.settle_group(entries, now)
        assert journal(ledger)[-1] == (i, now)


def settled(ledger: Ledger, flow) -> list[tuple[int, int]]:
    """What moved something, in settlement order; what is internalised settles on inclusion."""
    return [(i, at) for i, at in journal(ledger) if flow.buyer[i] != flow.seller[i]]


@pytest.mark.parametrize(("reuse", "strict", "block"), WAYS)
def test_the_fused_order_settles_the_same_in_the_same_sequence_at_the_same_times(reuse, strict, block):
    moved = 0
    for seed in range(300 if reuse == "at_once" else 100):
        book = random_ledger_book(seed, unlimited=seed % 11 == 0, ample=seed % 6 == 0)
        fused, chunk = book.ledger(reuse=LOCKS[reuse], strict=strict, journal=True)
        ones = GroupsOfOne(book, reuse=LOCKS[reuse], strict=strict)
        for start, stop, now in events(book.flow, block):
            if reuse == "next_block":
                fused.begin_block(now)
                free(ones, now)
            fused.take(chunk, start, stop, now)
            ones.event(start, stop, now)
            assert settled(fused, book.flow) == settled(ones.ledger, book.flow), f"book {seed}, at {now}"
            assert balances(fused) == balances(ones.ledger), f"book {seed}, at {now}"
            assert fused.state.members[:, st.LOW].tolist() == ones.ledger.state.members[:, st.LOW].tolist()
        waiting = fused.state.pool[fused.waiting(0)[0], st.IDENTIFIER].tolist()
        assert waiting == ones.waiting
        moved += len(settled(fused, book.flow))
    assert moved > 200


def free(ones: GroupsOfOne, now: int) -> None:
    """A block opens: receipts are freed, and what waits settles as far as they go."""
    ones.ledger.begin_block(now)
    ones.event(0, 0, now)
