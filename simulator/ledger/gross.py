"""Gross settlement: instructions one by one, groups on their net effect, parts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.arrivals import take, test_untested
from simulator.kernels.finality import begin_block, free_receipts_until
from simulator.kernels.gates import mark_settleable
from simulator.kernels.loop import finish_event
from simulator.kernels.memory import grown, unrolled
from simulator.kernels.parts import settle_parts
from simulator.kernels.release import (
    add_collateral_changes,
    compact_pool,
    post_group,
    read_waiting,
    settle_touched,
)
from simulator.kernels.state import Batch, Int64
from simulator.market.flow import Captured
from simulator.rules.waiting import COLUMNS, Waiting

from .accounts import Accounts
from .batches import batch_of, wishes_of

IN_QUEUE = (
    st.WAITS_FOR_CASH,
    st.WAITS_FOR_UNITS,
    st.WAITS_FOR_CREDIT,
    st.WAITS_FOR_LIMIT,
    st.WAITS_FOR_CAPACITY,
    st.UNTESTED,
)


class InfeasibleGroupError(Exception):
    """A rule chose a group that would overdraw a member or deliver what a member does not hold."""


class GrossSettlement(Accounts):
    """Takes instructions, settles what is feasible, queues the rest; settles groups that a rule chose."""

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Take instructions of a chunk in the order of the flow: settle what is feasible, queue the rest.

        At ``now`` (µs) as one event, or each at its own time, its own event, where ``now`` is −1.
        """
        if not self.says_more:
            self.take_batch(batch_of(chunk), None, chunk.first, start, stop, now)
            return
        if self._whole is None or self._whole[0] is not chunk:
            self._whole = chunk, batch_of(chunk, wishes_of(chunk)), np.arange(len(chunk.time))
        _, batch, order = self._whole
        self.take_batch(batch, order, chunk.first, start, stop, now)

    def take_batch(
        self,
        batch: Batch,
        order: Int64 | None,
        first: int,
        start: int,
        stop: int,
        now: int,
        untested: bool = False,
    ) -> None:
        """Take instructions of a batch in queue order: settle what is feasible, queue the rest.

        ``order`` are places in the batch, needed where it states wishes. In an ordered queue an event at
        ``now`` goes on until ``finish_event``. With ``untested`` they only join the queue, until
        ``test_untested``.
        """
        if self.mode.journal:
            self._fit_journal(stop - start)
        while True:
            start, status = take(self.state, self.mode, batch, order, first, start, stop, now, untested)
            if status == st.DONE:
                return
            self._make_room(status)

    def finish_event(self, now: int) -> None:
        """Settle what the arrivals of an event unblocked behind the last of them."""
        if self.ordered and self.state.totals[st.HEAP_SIZE] > 0:
            self._fit_loop()
            finish_event(self.state, self.mode, now)

    def test_untested(self, now: int) -> None:
        """The loop over a queue to which untested instructions were added."""
        self._fit_loop()
        test_untested(self.state, self.mode, self._in_queue_order(), now)
        self.finish_event(now)

    def settle_parts(self, minimum: int, may_part: Int64, now: int) -> None:
        """One pass over the queue in which each instruction settles its largest part."""
        entries = self._settleable()
        if self.mode.journal:
            self._fit_journal(len(entries))
        self._fit_receipts(len(entries))
        settle_parts(self.state, self.mode, entries, minimum, may_part, now)

    def _settleable(self) -> Int64:
        """Pool rows of what waits, is not cancelled and nothing bars, in queue order: for rules and parts."""
        entries = self._in_queue_order()
        if self.gates.bars or self.state.totals[st.REFUSED_COUNT]:
            state, settleable = self.state, np.empty(len(entries), dtype=np.bool_)
            mark_settleable(state.members, state.more, state.pool, entries, settleable)
            entries = entries[settleable]
        return entries

    def unsettled_rows(self) -> Int64:
        """Pool rows of all that has not settled, what was refused included, in queue order; a copy."""
        return self.state.pool[self._in_queue_order()]

    def _in_queue_order(self) -> Int64:
        """Entries of what has not settled."""
        pool = self.state.pool[: self.state.totals[st.POOL_USED]]
        entries = np.flatnonzero(pool[:, st.BLOCKED_BY] != st.GONE)
        if self.ordered:
            rows = pool[entries]
            keys = [st.IDENTIFIER, st.KEY, st.PRIORITY] if self.more.linked else [st.PRIORITY]
            entries = entries[np.lexsort(rows[:, keys].T)]
        return entries

    def _make_room(self, status: int) -> None:
        state = self.state
        if status == st.POOL_FULL:
            kept = state.totals[st.QUEUE_COUNT] + state.totals[st.REFUSED_COUNT]
            if 2 * kept <= len(state.pool):
                compact_pool(state, self.mode, np.empty(len(state.pool), dtype=np.int64))
            else:
                self.state = state._replace(pool=grown(state.pool, 2 * len(state.pool)))
        elif status == st.ARENA_FULL:
            self.state = state._replace(arena=grown(state.arena, 2 * len(state.arena)))
        elif status == st.RECEIPTS_FULL:
            self._fit_receipts(1)
        else:
            trees = grown(state.trees, 2 * len(state.trees), -1)
            self.state = state._replace(trees=trees, heap=grown(state.heap, 2 * len(trees), -1))

    def _fit_journal(self, arrivals: int) -> None:
        needed = int(self.state.totals[st.JOURNAL_ROWS]) + arrivals + int(self.state.totals[st.QUEUE_COUNT])
        if needed > len(self.state.journal):
            size = max(needed, 2 * len(self.state.journal))
            self.state = self.state._replace(journal=grown(self.state.journal, size))

    def _fit_receipts(self, arrivals: int) -> None:
        """Room for the receipts of all that waits, and of ``arrivals`` more, should they all settle."""
        lock, totals = self.mode.lock, self.state.totals
        if st.AT_FINALITY not in (lock.cash, lock.units):
            return
        first, count = (int(each) for each in totals[[st.RECEIPTS_FIRST, st.RECEIPTS_COUNT]])
        needed = count + 4 * (int(totals[st.QUEUE_COUNT]) + arrivals + 1)
        if needed > len(lock.receipts):
            rows = 1 << (needed - 1).bit_length()
            lock = lock._replace(receipts=unrolled(lock.receipts, first, count, rows))
            self.mode = self.mode._replace(lock=lock)
            totals[st.RECEIPTS_FIRST] = 0

    def _fit_loop(self) -> None:
        """Room for what the loop may write: every instruction that waits, once."""
        if self.mode.journal:
            self._fit_journal(0)
        self._fit_receipts(0)

    def _has_locked(self) -> bool:
        """Whether a receipt waits for a block or for finality."""
        totals = self.state.totals
        listed = totals[st.LOCKED_MEMBERS] != st.END or totals[st.LOCKED_SLOTS] != st.END
        return bool(listed or totals[st.RECEIPTS_COUNT] > 0)

    def begin_block(self, now: int) -> None:
        """A block: receipts that its time frees, and what has room again, then the loop, in queue order.

        In an ordered queue the loop is that of the block's arrivals, until ``finish_event``.
        """
        if self.gates.room or self._has_locked():
            self._fit_loop()
            begin_block(self.state, self.mode, now)

    def free_receipts_until(self, now: int) -> None:
        """Continuous settlement: receipts final by ``now`` are freed, each time an event with its loop."""
        if st.AT_FINALITY in (self.mode.lock.cash, self.mode.lock.units):
            self._fit_loop()
            free_receipts_until(self.state, self.mode, now)

    def waiting(self, now: int) -> tuple[Int64, Waiting]:
        """The entries that wait, in queue order, and what a rule may see of them, read-only."""
        if len(self._numbers) < len(self.state.slots):
            self._numbers = np.full(len(self.state.slots), -1, dtype=np.int64)
        entries = self._settleable()
        columns = np.empty((8, len(entries)), dtype=np.int64)
        positions = np.empty(2 * len(entries), dtype=np.int64)
        named = read_waiting(self.state.pool, self._numbers, entries, columns, positions)
        slots = positions[:named]
        pool, stated = self.state.pool, {}
        if self.state.more is not None and self.state.more.wishes:
            stated = {"priority": pool[entries, st.PRIORITY], "deadline": pool[entries, st.DEADLINE]}
            if self.collateral:
                stated["credit_value"] = pool[entries, st.ENTRY_CASH] - pool[entries, st.NEED]
        if self.monitor is not None:
            rows = self.state.members
            stated["cap_available"] = rows[:, st.CASH] + rows[:, st.DEBIT_CAP]
        waiting = Waiting(
            **dict(zip(COLUMNS, columns, strict=True)),
            **stated,
            cash_available=self._cash_for_groups(),
            units_available=(
                self.state.slots[slots, st.UNITS] if self.mode.check_units else np.full(named, st.UNLIMITED)
            ),
            now=now,
            reuse_at_once=self.mode.lock.cash == st.AT_ONCE,
        )
        waiting.freeze()
        return entries, waiting

    def _cash_for_groups(self) -> Int64:
        """By account, cash and undrawn credit less what is kept for urgent instructions, 0 or more."""
        rows = self.state.members
        available = rows[:, st.CASH] + rows[:, st.LIMIT]
        return np.maximum(0, available - rows[:, st.RESERVE]) if self.gates.urgent else available

    def settle_groups(self, groups: Iterable[Int64], now: int, goes_on: bool = False) -> None:
        """Settle groups of waiting entries, one after the other, each all or nothing on its net effect.

        Then settles what their receipts unblock, in queue order, unless the event ``goes_on``. A group for
        which the event has no room is left alone. Raises ``InfeasibleGroupError`` where a group's net effect
        would overdraw a member or a position; that group changes nothing.
        """
        touched = [self._settle_group(entries, now) for entries in groups if self._has_room(len(entries))]
        if touched:
            self._fit_loop()
            members, slots = (np.concatenate(part) for part in zip(*touched, strict=True))
            settle_touched(self.state, self.mode, members, slots, now, goes_on)

    def settle_group(self, entries: Int64, now: int) -> None:
        """Settle one group, and what its receipts unblock."""
        self.settle_groups([entries], now)

    def _has_room(self, count: int) -> bool:
        """Whether the event can still hold so many settlements."""
        return not self.gates.room or count <= int(self.state.totals[st.ROOM])

    def _settle_group(self, entries: Int64, now: int) -> tuple[Int64, Int64]:
        """Verify and post one group; the members and slots that it touched."""
        rows = self.state.pool[entries]
        moving = rows[rows[:, st.ENTRY_UNITS] > 0]
        members, net_cash = _net(rows[:, st.SELLER], rows[:, st.BUYER], rows[:, st.ENTRY_CASH])
        slots, net_units = _net(
            moving[:, st.BUYER_SLOT], moving[:, st.SELLER_SLOT], moving[:, st.ENTRY_UNITS]
        )
        self._verify_group(entries, members, net_cash, slots, net_units)
        self._fit_loop()
        post_group(self.state, self.mode, entries, members, net_cash, slots, net_units, now)
        np.add.at(self.cash_saved, rows[:, st.BUYER], rows[:, st.ENTRY_CASH])
        np.subtract.at(self.cash_saved, members, np.maximum(0, -net_cash))
        if len(self.units_saved) < len(self.state.slots):
            self.units_saved = grown(self.units_saved, len(self.state.slots), 0)
        np.add.at(self.units_saved, moving[:, st.SELLER_SLOT], moving[:, st.ENTRY_UNITS])
        np.subtract.at(self.units_saved, slots, np.maximum(0, -net_units))
        return members, slots

    def _verify_group(
        self, entries: Int64, members: Int64, net_cash: Int64, slots: Int64, net_units: Int64
    ) -> None:
        pool, rows = self.state.pool, self.state.members
        named_twice = len(np.unique(entries)) != len(entries)
        if named_twice or not np.isin(pool[entries, st.BLOCKED_BY], IN_QUEUE).all():
            raise InfeasibleGroupError("a group names an instruction twice, or one that does not wait")
        change = np.zeros(len(rows), dtype=np.int64)
        # Locked receipts pay for nothing of the same group beyond what they net.
        change[members] = np.minimum(0, net_cash) if self.mode.lock.cash != st.AT_ONCE else net_cash
        if self.collateral:
            add_collateral_changes(self.state.slots, self.more, change, slots, net_units)
        if np.any((self._cash_for_groups() + change < 0) & (change < 0)):
            raise InfeasibleGroupError("a group overdraws a member's cash and credit")
        if self.monitor is not None:
            balance = rows[members, st.CASH] + rows[members, st.DEBIT_CAP] + net_cash
            if np.any((balance < 0) & (net_cash < 0)):
                raise InfeasibleGroupError("a group brings a member's net debit above its cap")
        held = self.state.slots[slots, st.UNITS] + net_units
        if self.mode.check_units and np.any((held < 0) & (net_units < 0)):
            raise InfeasibleGroupError("a group delivers units that a member does not hold")


def _net(receivers: Int64, givers: Int64, amounts: Int64) -> tuple[Int64, Int64]:
    """What each of those named receives less what it gives: (who, ascending; net amounts)."""
    who, index = np.unique(np.concatenate([receivers, givers]), return_inverse=True)
    net = np.zeros(len(who), dtype=np.int64)
    np.add.at(net, index[: len(amounts)], amounts)
    np.subtract.at(net, index[len(amounts) :], amounts)
    return who, net
