"""The ledger: the only owner of cash and entitlements, and the only thing that moves them.

Every column sums to zero, always: what members hold and have locked, and what the outside account
(for cash) or the issuer (for each security) has put into circulation. A rule chooses, the ledger
verifies, then posts all of a group or none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .kernels import state as st
from .kernels.arrivals import take
from .kernels.close import clear_paths
from .kernels.memory import empty_state, grown, more_slots
from .kernels.moves import advance
from .kernels.netting import deliver_all, deliver_held, follow_deliveries
from .kernels.release import compact_pool, empty_queue, post_group, read_waiting, release, settle_touched
from .kernels.slots import PositionSlots
from .kernels.state import Int32, Int64, Mode
from .kernels.wide import wide_value
from .market.flow import Captured
from .market.members import Endowment
from .rules.waiting import COLUMNS, Waiting

KEPT_OVERNIGHT = [st.TREES_USED, st.ARENA_USED, st.JOURNAL_ROWS, st.LOCKED_MEMBERS, st.LOCKED_SLOTS]


class InfeasibleGroupError(Exception):
    """A rule chose a group that would overdraw a member or deliver what a member does not hold."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a cycle withholds because shorts hold too little; int64 arrays.

    ``cash`` by member is taken off a long's payable (positive) or a short's receivable (negative);
    ``value`` and ``fails`` by member are undelivered short positions at the settlement price, and
    their count; ``units`` by security is what was not delivered.
    """

    cash: Int64
    value: Int64
    fails: Int64
    units: Int64

    @classmethod
    def nothing(cls, members: int, securities: int) -> Withheld:
        """Zeros for every member and security."""
        cash, value, fails = (np.zeros(members, dtype=np.int64) for _ in range(3))
        return cls(cash, value, fails, np.zeros(securities, dtype=np.int64))

    def add(self, other: Withheld) -> None:
        """Add another cycle's, in place."""
        for mine, theirs in (
            (self.cash, other.cash),
            (self.value, other.value),
            (self.fails, other.fails),
            (self.units, other.units),
        ):
            mine += theirs


class Ledger:
    """Cash by member, units by position slot, and the queue of what waits for either.

    ``lock`` says what becomes of receipts: 0 re-used at once, 1 freed by ``release``, 2 at the close.
    """

    def __init__(
        self,
        members: int,
        securities: int,
        slots: PositionSlots,
        opening: Endowment,
        *,
        lock: int = 0,
        strict: bool = False,
        journal: bool = False,
    ) -> None:
        self.slots = slots
        self.limited = opening.cash is not None
        self.ample = opening.holdings is None
        self.mode = Mode(
            free=not self.limited and self.ample,
            check_units=not self.ample,
            strict=strict,
            lock=lock,
            journal=journal,
        )
        self.issued_units = np.zeros(securities, dtype=np.int64)
        self.cash_saved = np.zeros(members, dtype=np.int64)
        self.units_saved = np.zeros(0, dtype=np.int64)
        self._numbers = np.empty(0, dtype=np.int64)
        self._slot_arrays: tuple[Int32, Int32] = (np.empty(0, np.int32), np.empty(0, np.int32))
        self.state = empty_state(members, self.mode)
        self._fund(opening)
        self.fit_slots()
        if opening.holdings is not None:
            held = opening.holdings
            self._issue(held.member, held.security, held.units)

    # -- opening -------------------------------------------------------------------------------------

    def _fund(self, opening: Endowment) -> None:
        rows = self.state.members
        if opening.cash is None:
            rows[:, st.LIMIT] = st.UNLIMITED
        else:
            rows[:, st.OPENING] = opening.cash
            rows[:, st.LIMIT] = opening.credit_limit
        rows[:, st.CASH] = rows[:, st.OPENING]
        rows[:, st.LOW] = rows[:, st.OPENING]
        self.outside_cash = -int(rows[:, st.CASH].sum())

    def _issue(self, members: Int32, securities: Int32, units: Int64) -> None:
        slots, _ = self.slots.number(members, members, securities)
        self.fit_slots()
        np.add.at(self.state.slots[:, st.UNITS], slots, units)
        np.subtract.at(self.issued_units, securities, units)

    def fit_slots(self) -> None:
        """Make room for the slots numbered since; new positions start at zero."""
        have, want = len(self.state.slots), self.slots.count
        if want <= have:
            return
        size = want if self.slots.dense else max(want, 2 * have)
        self.state = self.state._replace(slots=more_slots(self.state.slots, size))

    def slot_owners(self) -> tuple[Int32, Int32]:
        """Security and member of each slot."""
        if len(self._slot_arrays[0]) != self.slots.count:
            self._slot_arrays = self.slots.slot_security(), self.slots.slot_member()
        return self._slot_arrays

    def open_day(self, opens: int) -> None:
        """Begin a settlement day at ``opens`` (µs): paths, peaks and waits start afresh."""
        rows, totals = self.state.members, self.state.totals
        rows[:, st.LOW] = rows[:, st.CASH]
        rows[:, [st.OUT, st.PEAK]] = 0
        clear_paths(self.state.slots)
        kept = totals[KEPT_OVERNIGHT]
        totals[:] = 0
        totals[KEPT_OVERNIGHT] = kept
        totals[st.LAST_EVENT] = opens
        self.cash_saved[:] = 0
        self.units_saved = np.zeros(0, dtype=np.int64)

    # -- gross settlement ----------------------------------------------------------------------------

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Take instructions of a chunk in queue order: settle what is feasible, queue the rest.

        At ``now`` (µs) as one event, or each at its own time, its own event, where ``now`` is −1.
        """
        if self.mode.journal:
            self._fit_journal(stop - start)
        while True:
            start, status = take(
                self.state,
                self.mode,
                chunk.time,
                chunk.buyer,
                chunk.seller,
                chunk.security,
                chunk.units,
                chunk.cash,
                chunk.buyer_slot,
                chunk.seller_slot,
                chunk.first,
                start,
                stop,
                now,
            )
            if status == st.DONE:
                return
            self._make_room(status)

    def _make_room(self, status: int) -> None:
        state = self.state
        if status == st.POOL_FULL:
            if 2 * state.totals[st.QUEUE_COUNT] <= len(state.pool):
                compact_pool(state, self.mode.strict)
            else:
                self.state = state._replace(pool=grown(state.pool, 2 * len(state.pool), 0))
        elif status == st.ARENA_FULL:
            self.state = state._replace(arena=grown(state.arena, 2 * len(state.arena), 0))
        else:
            trees = grown(state.trees, 2 * len(state.trees), -1)
            self.state = state._replace(trees=trees, heap=np.empty(2 * len(trees), dtype=np.int64))

    def _fit_journal(self, arrivals: int) -> None:
        needed = int(self.state.totals[st.JOURNAL_ROWS]) + arrivals + int(self.state.totals[st.QUEUE_COUNT])
        if needed > len(self.state.journal):
            size = max(needed, 2 * len(self.state.journal))
            self.state = self.state._replace(journal=grown(self.state.journal, size, 0))

    def advance(self, now: int) -> None:
        """Carry time integrals on to ``now`` (µs)."""
        advance(self.state.totals, now)

    def has_locked(self) -> bool:
        """Whether receipts wait for their release."""
        totals = self.state.totals
        return bool(totals[st.LOCKED_MEMBERS] != st.END or totals[st.LOCKED_SLOTS] != st.END)

    def release(self, now: int) -> None:
        """Free the receipts locked so far, then settle what they unblock, in queue order."""
        if self.mode.journal:
            self._fit_journal(0)
        release(self.state, self.mode, now)

    def waiting(self, now: int) -> tuple[Int64, Waiting]:
        """The entries that wait, in queue order, and what a rule may see of them, read-only."""
        totals, members = self.state.totals, self.state.members
        count = int(totals[st.QUEUE_COUNT])
        if len(self._numbers) < len(self.state.slots):
            self._numbers = np.full(len(self.state.slots), -1, dtype=np.int64)
        entries = np.empty(count, dtype=np.int64)
        columns = np.empty((8, count), dtype=np.int64)
        positions = np.empty(2 * count, dtype=np.int64)
        named = read_waiting(totals, self.state.pool, self._numbers, entries, columns, positions)
        slots = positions[:named]
        waiting = Waiting(
            **dict(zip(COLUMNS, columns, strict=True)),
            cash_available=members[:, st.CASH] + members[:, st.LIMIT],
            units_available=(
                self.state.slots[slots, st.UNITS] if self.mode.check_units else np.full(named, st.UNLIMITED)
            ),
            now=now,
        )
        waiting.freeze()
        return entries, waiting

    def settle_groups(self, groups: Iterable[Int64], now: int) -> None:
        """Settle groups of waiting entries, one after the other, each all or nothing on its net effect.

        Then settles what their receipts unblock, in queue order. Raises ``InfeasibleGroupError`` where a
        group's net effect would overdraw a member or a position; that group changes nothing.
        """
        touched = [self._settle_group(entries, now) for entries in groups]
        if touched:
            members, slots = (np.concatenate(part) for part in zip(*touched, strict=True))
            settle_touched(self.state, self.mode, members, slots, now)

    def settle_group(self, entries: Int64, now: int) -> None:
        """Settle one group, and what its receipts unblock."""
        self.settle_groups([entries], now)

    def _settle_group(self, entries: Int64, now: int) -> tuple[Int64, Int64]:
        """Verify and post one group; the members and slots that it touched."""
        rows = self.state.pool[entries]
        moving = rows[rows[:, st.ENTRY_UNITS] > 0]
        members, net_cash = _net(rows[:, st.SELLER], rows[:, st.BUYER], rows[:, st.ENTRY_CASH])
        slots, net_units = _net(
            moving[:, st.BUYER_SLOT], moving[:, st.SELLER_SLOT], moving[:, st.ENTRY_UNITS]
        )
        self._verify_group(entries, members, net_cash, slots, net_units)
        if self.mode.journal:
            self._fit_journal(0)  # a place for all that waits, so for what is unblocked too
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
        if len(np.unique(entries)) != len(entries) or np.any(pool[entries, st.BLOCKED_BY] == st.GONE):
            raise InfeasibleGroupError("a group names an instruction twice, or one that does not wait")
        after = rows[members, st.CASH] + rows[members, st.LIMIT] + net_cash
        if np.any((after < 0) & (net_cash < 0)):
            raise InfeasibleGroupError("a group overdraws a member's cash and credit")
        held = self.state.slots[slots, st.UNITS] + net_units
        if self.mode.check_units and np.any((held < 0) & (net_units < 0)):
            raise InfeasibleGroupError("a group delivers units that a member does not hold")

    # -- net settlement ------------------------------------------------------------------------------

    def follow_cycle(self, net_cash: Int64, obligations: Int64, touched: Int64) -> None:
        """The unconstrained path of a cycle: all nets paid and delivered, read after both."""
        rows, totals = self.state.members, self.state.totals
        rows[:, st.OUT] += net_cash
        np.maximum(rows[:, st.PEAK], rows[:, st.OUT], out=rows[:, st.PEAK])
        totals[st.SYSTEM_OUT] = np.maximum(0, rows[:, st.OUT]).sum()
        totals[st.SYSTEM_PEAK] = max(totals[st.SYSTEM_PEAK], totals[st.SYSTEM_OUT])
        follow_deliveries(self.state.slots, obligations, touched)

    def deliver(
        self, obligations: Int64, touched: Int64, settlement_price: Int64, units_moved: Int64
    ) -> Withheld:
        """Deliver a cycle's net positions as far as shorts hold them; say what stays undelivered."""
        security, member = self.slot_owners()
        withheld = Withheld.nothing(len(self.state.members), len(self.issued_units))
        if self.ample:
            deliver_all(self.state.slots, obligations, touched, units_moved)
            return withheld
        deliver_held(
            self.state.slots,
            obligations,
            touched[np.argsort(self.slots.keys[touched])],
            security,
            member,
            settlement_price,
            withheld.cash,
            units_moved,
            withheld.units,
            withheld.value,
            withheld.fails,
        )
        return withheld

    def pay_cycle(self, payable: Int64, now: int) -> Int64:
        """Pay a cycle's net cash (paid less received, Σ = 0), pay-ins before pay-outs.

        Funding limits stop no pay-in: what a member lacks comes from the outside account. Returns that
        shortfall by member.
        """
        self.advance(now)
        rows, totals = self.state.members, self.state.totals
        lacking = np.maximum(0, payable - (rows[:, st.CASH] + rows[:, st.LIMIT]))
        shortfall = np.where(payable > 0, lacking, 0)
        rows[:, st.CASH] += shortfall - payable
        self.outside_cash -= int(shortfall.sum())
        np.minimum(rows[:, st.LOW], rows[:, st.CASH], out=rows[:, st.LOW])
        totals[st.DRAWN] = np.maximum(0, -rows[:, st.CASH]).sum()
        totals[st.DRAWN_PEAK] = max(totals[st.DRAWN_PEAK], totals[st.DRAWN])
        totals[st.IN_USE] = np.maximum(0, rows[:, st.OPENING] - rows[:, st.CASH]).sum()
        totals[st.IN_USE_PEAK] = max(totals[st.IN_USE_PEAK], totals[st.IN_USE])
        return shortfall

    # -- close ---------------------------------------------------------------------------------------

    def close_day(self, now: int) -> None:
        """Free what is locked, cancel what waits, square cash back to opening with the outside."""
        self.advance(now)
        rows = self.state.members
        empty_queue(self.state, self.mode.check_units or self.mode.strict)
        rows[:, st.CASH] += rows[:, st.LOCKED_CASH]
        rows[:, [st.LOCKED_CASH, st.LOCKED_OUT]] = 0
        rows[:, st.NEXT_MEMBER] = st.NOT_LISTED
        if self.mode.lock:
            slots = self.state.slots
            slots[:, st.UNITS] += slots[:, st.LOCKED_UNITS]
            slots[:, [st.LOCKED_UNITS, st.LOCKED_UNITS_OUT]] = 0
            slots[:, st.NEXT_SLOT] = st.NOT_LISTED
        self.state.totals[[st.LOCKED_MEMBERS, st.LOCKED_SLOTS]] = st.END
        self.outside_cash += int((rows[:, st.CASH] - rows[:, st.OPENING]).sum())
        rows[:, st.CASH] = rows[:, st.OPENING]

    def verify(self) -> None:
        """Raise AssertionError unless cash and every security sum to zero and no limit is broken."""
        rows, state = self.state.members, self.state
        cash = int(rows[:, st.CASH].sum()) + int(rows[:, st.LOCKED_CASH].sum())
        assert cash + self.outside_cash == 0, f"cash sums to {cash + self.outside_cash}, not to 0"
        units = self.issued_units.copy()
        security, _ = self.slot_owners()
        np.add.at(units, security, state.slots[: len(security), st.UNITS])
        if self.mode.lock:
            np.add.at(units, security, state.slots[: len(security), st.LOCKED_UNITS])
        assert not units.any(), f"security {int(np.flatnonzero(units)[0])} does not sum to 0"
        assert np.all(rows[:, st.CASH] + rows[:, st.LIMIT] >= 0), "a member is overdrawn past its limit"
        assert not self.mode.check_units or np.all(state.slots[:, st.UNITS] >= 0), "units below 0"

    @property
    def drawn_time(self) -> int:
        """Drawn credit integrated over the day so far, minor units × µs, exact."""
        return wide_value(self.state.totals, st.DRAWN_TIME)

    @property
    def value_wait(self) -> int:
        """Value × wait of what queued and has settled today, minor units × µs, exact."""
        return wide_value(self.state.totals, st.VALUE_WAIT)


def _net(receivers: Int64, givers: Int64, amounts: Int64) -> tuple[Int64, Int64]:
    """What each of those named receives less what it gives: (who, ascending; net amounts)."""
    who, index = np.unique(np.concatenate([receivers, givers]), return_inverse=True)
    net = np.zeros(len(who), dtype=np.int64)
    np.add.at(net, index[: len(amounts)], amounts)
    np.subtract.at(net, index[len(amounts) :], amounts)
    return who, net
