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
from .kernels.arrivals import finish_event, take, test_untested
from .kernels.close import clear_paths
from .kernels.credit import accrue_all, balance_all, mature, recall
from .kernels.memory import empty_state, grown, more_slots
from .kernels.moves import advance
from .kernels.netting import deliver_all, deliver_held, follow_deliveries
from .kernels.parts import settle_parts
from .kernels.release import (
    add_collateral_changes,
    compact_pool,
    empty_queue,
    post_group,
    read_waiting,
    release,
    settle_touched,
)
from .kernels.slots import PositionSlots
from .kernels.state import Batch, Int32, Int64, Mode, More, Wishes
from .kernels.wide import wide_value
from .market.facilities import Facilities
from .market.flow import MINUTE, Captured
from .market.members import Endowment, LendingLimits
from .rules.waiting import COLUMNS, Waiting

KEPT_OVERNIGHT = [
    st.TREES_USED,
    st.ARENA_USED,
    st.JOURNAL_ROWS,
    st.LOCKED_MEMBERS,
    st.LOCKED_SLOTS,
    st.BORROWED,
]
NONE_STATED = np.empty(0, dtype=np.int64)


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


def batch_of(chunk: Captured, wishes: Wishes | None = None) -> Batch:
    """A captured chunk as kernels take it, in the order of the flow."""
    return Batch(
        times=chunk.time,
        buyers=chunk.buyer,
        sellers=chunk.seller,
        securities=chunk.security,
        units=chunk.units,
        cash=chunk.cash,
        buyer_slots=chunk.buyer_slot,
        seller_slots=chunk.seller_slot,
        wishes=wishes,
    )


def wishes_of(chunk: Captured, keys: Int64 | None = None) -> Wishes:
    """What a chunk's instructions say beyond who, what and when, with the default where they do not."""
    count = len(chunk.time)
    return Wishes(
        places=np.arange(chunk.first, chunk.first + count),
        priorities=_stated(chunk.priority, count, st.USUAL_PRIORITY),
        keys=_stated(keys, count, 0),
        deadlines=_stated(chunk.deadline, count, st.NO_DEADLINE),
        may_part=_stated(chunk.partial, count, 1),
    )


def _stated(column: np.ndarray | None, count: int, usual: int) -> Int64:
    if column is None:
        return np.full(count, usual, dtype=np.int64)
    return column.astype(np.int64, copy=False)


class Ledger:
    """Cash by member, units by position slot, and the queue of what waits for either.

    ``lock`` says what becomes of receipts: 0 re-used at once, 1 freed by ``release``, 2 at the close.
    ``ordered`` keeps the queue by (priority, key, place) instead of by arrival; ``says_more`` is set where
    instructions state deadlines or whether they may settle in parts. ``facilities`` are lent
    within the day beside the members' own limits; ``lending`` are units that may be borrowed, ``prices``
    (by security) what they are worth; ``day_length`` (µs) the longest day, for what falls due within one.
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
        ordered: bool = False,
        says_more: bool = False,
        facilities: Facilities | None = None,
        lending: LendingLimits | None = None,
        prices: Int64 = NONE_STATED,
        day_length: int = 0,
    ) -> None:
        self.slots = slots
        self.limited = opening.cash is not None
        self.ample = opening.holdings is None
        collateral = st.NO_COLLATERAL
        if facilities is not None and facilities.collateral:
            flow = st.FLOW_AMPLE if self.ample else st.FLOW
            collateral = st.STOCK if facilities.collateral == "stock" else flow
        free = not self.limited and self.ample
        self.mode = Mode(free, check_units=not self.ample, strict=strict, lock=lock, journal=journal)
        self.says_more = says_more
        self.facilities = facilities
        self.issued_units = np.zeros(securities, dtype=np.int64)
        self.cash_saved = np.zeros(members, dtype=np.int64)
        self.units_saved = np.zeros(0, dtype=np.int64)
        self._numbers = np.empty(0, dtype=np.int64)
        self._slot_arrays: tuple[Int32, Int32] = (np.empty(0, np.int32), np.empty(0, np.int32))
        self._owned = 0
        self._whole: tuple[Captured, Batch, Int64] | None = None
        self._lent: tuple[Int32, Int64] = (np.empty(0, np.int32), NONE_STATED)
        count = 0 if facilities is None else len(facilities.names)
        more = None
        if not free and (ordered or says_more or count or lending is not None):
            # What units secure is filed by amounts that grow, which only the ordered index can hold.
            more = More(ordered or collateral != st.NO_COLLATERAL, collateral, lending is not None, count)
        terms, lots = _facility_terms(facilities, day_length)
        self._values = _values(securities, facilities, prices)
        self.state = empty_state(members, self.mode, more, lots)
        self.state.totals[st.TOTALS :] = terms.ravel()
        self._fund(opening)
        self.fit_slots()
        if opening.holdings is not None:
            held = opening.holdings
            self._issue(held.member, held.security, held.units)
        if facilities is not None:
            self._open_credit(facilities)
        if lending is not None:
            slot_of, _ = self.slots.number(lending.member, lending.member, lending.security)
            self.fit_slots()
            self._lent = slot_of, lending.units
            self._lend()

    @property
    def _more(self) -> More:
        assert self.state.more is not None
        return self.state.more

    @property
    def ordered(self) -> bool:
        """Whether queue order is not that of arrival."""
        return self.state.more is not None and self.state.more.ordered

    @property
    def collateral(self) -> int:
        """Which units secure credit as they move."""
        return 0 if self.state.more is None else self.state.more.collateral

    @property
    def lending(self) -> bool:
        """Whether securities can be borrowed."""
        return self.state.more is not None and self.state.more.lending

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

    def _open_credit(self, facilities: Facilities) -> None:
        """Capacities at the first open; what is pledged goes to the lender's account."""
        members = self.state.members
        for k, caps in enumerate(facilities.caps):
            members[:, st.FACILITY + k * st.FACILITY_COLUMNS + st.CAP] = caps
        members[:, st.STATIC] = facilities.caps.sum(axis=0)
        members[:, st.LIMIT] = members[:, st.STATIC]
        if facilities.pledged is not None:
            pledged = facilities.pledged
            self._issue(pledged.member, pledged.security, -pledged.units)
        if self.collateral == st.STOCK:
            security, member = self.slot_owners()
            held = self.state.slots[: len(security), st.UNITS] * facilities.credit_values[security]
            np.add.at(members[:, st.LIMIT], member, held)

    def _lend(self) -> None:
        """Lenders stand ready with the whole limit again, as on the first day."""
        where, limits = self._lent
        slots = self.state.slots
        slots[where, st.UNITS] += limits - slots[where, st.LENT]
        slots[where, st.LENT] = limits

    def _count_borrowed(self) -> None:
        """Value by member what is on loan now."""
        members, slots = self.state.members, self.state.slots[: self.slots.count]
        borrowed = np.maximum(0, slots[:, st.LENT] - slots[:, st.UNITS])
        members[:, st.BORROWED_VALUE] = 0
        np.add.at(members[:, st.BORROWED_VALUE], slots[:, st.OWNER], borrowed * slots[:, st.PRICE])
        self.state.totals[st.BORROWED] = members[:, st.BORROWED_VALUE].sum()

    def fit_slots(self) -> None:
        """Make room for the slots numbered since; new positions start at zero."""
        have, want = len(self.state.slots), self.slots.count
        if want > have:
            size = want if self.slots.dense else max(want, 2 * have)
            self.state = self.state._replace(slots=more_slots(self.state.slots, size))
        slots = self.state.slots
        if slots.shape[1] == st.WIDE_SLOT_COLUMNS and want > self._owned:
            security, member = self.slot_owners()
            new = slice(self._owned, want)
            slots[new, st.OWNER] = member[new]
            slots[new, st.CREDIT_VALUE : st.PRICE + 1] = self._values[security[new]]
            self._owned = want

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
        totals[: st.TOTALS] = 0
        totals[KEPT_OVERNIGHT] = kept
        totals[st.LAST_EVENT] = totals[st.DAY_OPENS] = opens
        totals[st.BORROWED_PEAK] = totals[st.BORROWED]
        self.cash_saved[:] = 0
        self.units_saved = np.zeros(0, dtype=np.int64)
        if self.lending:
            self._lend()
        if self.facilities is not None or self.lending:
            self._open_credit_day(opens)

    def _open_credit_day(self, opens: int) -> None:
        """No loan is out; integrals and peaks start afresh; what is held counts as inventory."""
        members, totals = self.state.members, self.state.totals
        for k in range(self._more.facilities):
            at = st.FACILITY + k * st.FACILITY_COLUMNS
            members[:, at + st.DRAWN_HERE : at + st.FACILITY_COLUMNS] = 0
            terms = st.TOTALS + k * st.FACILITY_TERMS
            totals[[terms + st.FACILITY_TOTAL, terms + st.FACILITY_PEAK]] = 0
        members[:, st.FACILITY + self._more.facilities * st.FACILITY_COLUMNS :] = 0
        members[:, [st.LOAN, st.BORROWED_TIME, st.BORROWED_TIME + 1]] = 0
        members[:, st.ACCRUED] = opens
        if self.collateral in (st.FLOW, st.FLOW_AMPLE):
            self.state.slots[:, st.INVENTORY] = self.state.slots[:, st.UNITS]
            members[:, st.LIMIT] = members[:, st.STATIC]

    # -- gross settlement ----------------------------------------------------------------------------

    def take(self, chunk: Captured, start: int, stop: int, now: int) -> None:
        """Take instructions of a chunk in the order of the flow: settle what is feasible, queue the rest.

        At ``now`` (µs) as one event, or each at its own time, its own event, where ``now`` is −1.
        """
        if self.state.more is None and not self.says_more:
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
            finish_event(self.state, self.mode, now)

    def test_untested(self, now: int) -> None:
        """The loop over a queue to which untested instructions were added."""
        if self.mode.journal:
            self._fit_journal(0)
        test_untested(self.state, self.mode, self._in_queue_order(), now)
        self.finish_event(now)

    def settle_parts(self, minimum: int, may_part: Int64, now: int) -> None:
        """One pass over the queue in which each instruction settles its largest part."""
        entries = self._in_queue_order()
        if self.mode.journal:
            self._fit_journal(len(entries))
        settle_parts(self.state, self.mode, entries, minimum, may_part, now)

    def _in_queue_order(self) -> Int64:
        """Pool rows of what waits."""
        pool = self.state.pool[: self.state.totals[st.POOL_USED]]
        entries = np.flatnonzero(pool[:, st.BLOCKED_BY] != st.GONE)
        if self.ordered:
            rows = pool[entries]
            entries = entries[np.lexsort((rows[:, st.IDENTIFIER], rows[:, st.KEY], rows[:, st.PRIORITY]))]
        return entries

    def _make_room(self, status: int) -> None:
        state = self.state
        if status == st.POOL_FULL:
            if 2 * state.totals[st.QUEUE_COUNT] <= len(state.pool):
                compact_pool(state, self.mode, np.empty(len(state.pool), dtype=np.int64))
            else:
                self.state = state._replace(pool=grown(state.pool, 2 * len(state.pool), 0))
        elif status == st.ARENA_FULL:
            self.state = state._replace(arena=grown(state.arena, 2 * len(state.arena), 0))
        else:
            trees = grown(state.trees, 2 * len(state.trees), -1)
            self.state = state._replace(trees=trees, heap=grown(state.heap, 2 * len(trees), -1))

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
        entries = self._in_queue_order()
        columns = np.empty((8, count), dtype=np.int64)
        positions = np.empty(2 * count, dtype=np.int64)
        named = read_waiting(self.state.pool, self._numbers, entries, columns, positions)
        slots = positions[:named]
        pool, stated = self.state.pool, {}
        if self.state.more is not None:
            stated = {"priority": pool[entries, st.PRIORITY], "deadline": pool[entries, st.DEADLINE]}
            stated["credit_value"] = pool[entries, st.ENTRY_CASH] - pool[entries, st.NEED]
        waiting = Waiting(
            **dict(zip(COLUMNS, columns, strict=True)),
            **stated,
            cash_available=members[:, st.CASH] + members[:, st.LIMIT],
            units_available=(
                self.state.slots[slots, st.UNITS] if self.mode.check_units else np.full(named, st.UNLIMITED)
            ),
            now=now,
            reuse_at_once=self.mode.lock == 0,
        )
        waiting.freeze()
        return entries, waiting

    def settle_groups(self, groups: Iterable[Int64], now: int, goes_on: bool = False) -> None:
        """Settle groups of waiting entries, one after the other, each all or nothing on its net effect.

        Then settles what their receipts unblock, in queue order, unless the event ``goes_on``. Raises
        ``InfeasibleGroupError`` where a group's net effect would overdraw a member or a position; that group
        changes nothing.
        """
        touched = [self._settle_group(entries, now) for entries in groups]
        if touched:
            members, slots = (np.concatenate(part) for part in zip(*touched, strict=True))
            settle_touched(self.state, self.mode, members, slots, now, goes_on)

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
        change = np.zeros(len(rows), dtype=np.int64)
        # Locked receipts pay for nothing of the same group beyond what they net.
        change[members] = np.minimum(0, net_cash) if self.mode.lock else net_cash
        if self.collateral:
            add_collateral_changes(self.state.slots, self._more, change, slots, net_units)
        if np.any((rows[:, st.CASH] + rows[:, st.LIMIT] + change < 0) & (change < 0)):
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
        if self.facilities is not None:
            balance_all(rows, totals, self._more, now)
        return shortfall

    # -- credit and securities on loan ----------------------------------------------------------------

    def mature(self, now: int) -> None:
        """Repay draws that fall due at this whole minute; what cash lacks for it is drawn anew."""
        self.advance(now)
        mature(self.state.members, self.state.totals, self._more, now)

    def set_capacity(self, facility: int, caps: Int64, now: int) -> None:
        """Change what a facility lends each member at most, at no less than what is drawn; then the loop."""
        self.advance(now)
        members = self.state.members
        at = st.FACILITY + facility * st.FACILITY_COLUMNS
        change = np.maximum(caps, members[:, at + st.DRAWN_HERE]) - members[:, at + st.CAP]
        members[:, at + st.CAP] += change
        members[:, st.STATIC] += change
        members[:, st.LIMIT] += change
        balance_all(members, self.state.totals, self._more, now)
        if self.state.totals[st.QUEUE_COUNT] > 0:
            raised = np.flatnonzero(change > 0)
            settle_touched(self.state, self.mode, raised, NONE_STATED, now, False)

    def recall(self, now: int) -> None:
        """End borrowing of securities for the day: what comes in goes back to lenders first."""
        self.advance(now)
        recall(self.state.slots, self.slots.count, self.state.totals)

    def loans(self, facility: int) -> Int64:
        """What each member has drawn on a facility, a copy."""
        return self.state.members[:, st.FACILITY + facility * st.FACILITY_COLUMNS + st.DRAWN_HERE].copy()

    def borrowed_after_receipts(self) -> Int64:
        """By member, the value of what would still be on loan once locked receipts are free."""
        slots = self.state.slots[: self.slots.count]
        borrowed = np.maximum(0, slots[:, st.LENT] - slots[:, st.UNITS] - slots[:, st.LOCKED_UNITS])
        value = np.zeros(len(self.state.members), dtype=np.int64)
        np.add.at(value, slots[:, st.OWNER], borrowed * slots[:, st.PRICE])
        return value

    def accrue(self, now: int) -> None:
        """Carry time integrals of every member's loans and borrowings on to ``now``."""
        accrue_all(self.state.members, self._more, now)

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
        if self.lending:
            self._count_borrowed()
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
        if self.lending:
            np.subtract.at(units, security, state.slots[: len(security), st.LENT])
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


def _facility_terms(facilities: Facilities | None, day_length: int) -> tuple[Int64, int]:
    """The terms of facilities as kernels read them, and how many columns their draws by due minute take."""
    if facilities is None:
        return np.empty((0, st.FACILITY_TERMS), dtype=np.int64), 0
    terms = np.zeros((len(facilities.names), st.FACILITY_TERMS), dtype=np.int64)
    minutes = day_length // MINUTE + 3
    columns = st.FACILITY + len(terms) * st.FACILITY_COLUMNS
    end = columns
    for k, one in enumerate(facilities.terms):
        terms[k, st.LOTS] = end
        if one is None:
            continue
        terms[k, st.SECURED] = one.against in ("stock", "flow")
        terms[k, st.REPAY] = st.AT_CLOSE if one.repay == "at_close" else st.BY_INFLOW
        if one.tenor is not None:
            terms[k, st.REPAY], terms[k, st.TENOR] = st.AT_TENOR, one.tenor // MINUTE
            end += minutes
    return terms, end - columns


def _values(securities: int, facilities: Facilities | None, prices: Int64) -> Int64:
    """What a unit of each security secures, and its price, int64 (securities, 2)."""
    values = np.zeros((securities, 2), dtype=np.int64)
    if facilities is not None:
        values[:, 0] = facilities.credit_values
    if len(prices):
        values[:, 1] = prices
    return values


def _net(receivers: Int64, givers: Int64, amounts: Int64) -> tuple[Int64, Int64]:
    """What each of those named receives less what it gives: (who, ascending; net amounts)."""
    who, index = np.unique(np.concatenate([receivers, givers]), return_inverse=True)
    net = np.zeros(len(who), dtype=np.int64)
    np.add.at(net, index[: len(amounts)], amounts)
    np.subtract.at(net, index[len(amounts) :], amounts)
    return who, net
