"""What members hold and owe, day by day: opening, credit capacity, securities on loan, the close.

Every column sums to zero, always: what members hold and have locked, and what the outside account (for
cash) or the issuer, pledges and lenders (for each security) have put into circulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.kernels import state as st
from simulator.kernels.close import clear_paths
from simulator.kernels.credit import balance_all
from simulator.kernels.memory import empty_receipts, empty_state, more_slots
from simulator.kernels.moves import advance
from simulator.kernels.release import empty_queue
from simulator.kernels.slots import PositionSlots
from simulator.kernels.state import Batch, Int32, Int64, Lock, Mode, More
from simulator.kernels.wide import wide_value
from simulator.market.depository import Monitor
from simulator.market.facilities import Facilities
from simulator.market.flow import MINUTE, Captured
from simulator.market.members import Endowment, LendingLimits

KEPT_OVERNIGHT = [
    st.TREES_USED,
    st.ARENA_USED,
    st.JOURNAL_ROWS,
    st.LOCKED_MEMBERS,
    st.LOCKED_SLOTS,
    st.BORROWED,
]
NONE_STATED = np.empty(0, dtype=np.int64)
FIRST_RECEIPTS = 1 << 10


@dataclass(frozen=True, slots=True)
class Gates:
    """What stands before settlement beside cash and units: each of these is off unless set.

    ``room``: an event holds so many settlements and no more; ``bars``: wallets, members or cash legs can be
    barred, and what has an unregistered side is refused if ``refuses``; ``urgent``: priorities from 1 to
    this may use what members keep in reserve, 0 where nobody does.
    """

    room: bool = False
    bars: bool = False
    refuses: bool = False
    urgent: int = 0


NO_GATES = Gates()


class Accounts:
    """Cash by account, units by position slot, and the queue of what waits for either.

    An account is one member's cash in one pool: account p · members + m of member m in pool p of ``pools``.
    ``reuse`` says what becomes of receipts of cash and of units (``AT_ONCE`` … ``AT_FINALITY`` of
    ``kernels.state``), ``finality`` (µs) when they are final.
    ``ordered`` keeps the queue by (priority, key, place) instead of by arrival, ``keyed`` says that within
    a priority that is another order than that of arrival; ``priorities`` are those that instructions state.
    ``says_more`` is set where they state deadlines, ``whole`` where some settle whole only. ``facilities``
    are lent within the day beside the members' own limits; ``lending`` are units that may be borrowed,
    ``prices`` (by security) what they are worth; ``day_length`` (µs) the longest day, for what falls due
    within one.
    ``gates`` are what else can stand before settlement. ``monitor`` bounds members' net debits by caps and
    by the units they hold, in place of limits and facilities. With ``on_account`` cycles are paid out of
    members' balances whatever these are, so that one may be ``overdrawn``. ``costed`` keeps by account how
    long what is drawn without a facility is drawn, which changes nothing else.
    """

    def __init__(
        self,
        members: int,
        securities: int,
        slots: PositionSlots,
        opening: Endowment,
        *,
        pools: int = 1,
        reuse: tuple[int, int] = (st.AT_ONCE, st.AT_ONCE),
        finality: int = 0,
        strict: bool = False,
        journal: bool = False,
        ordered: bool = False,
        keyed: bool = False,
        priorities: tuple[int, ...] = (st.USUAL_PRIORITY,),
        says_more: bool = False,
        whole: bool = False,
        facilities: Facilities | None = None,
        lending: LendingLimits | None = None,
        prices: Int64 = NONE_STATED,
        day_length: int = 0,
        gates: Gates = NO_GATES,
        monitor: Monitor | None = None,
        on_account: bool = False,
        costed: bool = False,
    ) -> None:
        self.slots = slots
        self.on_account, self.overdrawn = on_account, False
        self.monitor: Monitor | None = None
        self.pools, self.gates = pools, gates
        self.limited = opening.cash is not None
        self.ample = opening.holdings is None
        collateral = st.NO_COLLATERAL
        if facilities is not None and facilities.collateral:
            flow = st.FLOW_AMPLE if self.ample else st.FLOW
            collateral = st.STOCK if facilities.collateral == "stock" else flow
        if monitor is not None:
            collateral = st.STOCK
        free = not self.limited and self.ample and not gates.room and not gates.bars
        rows = FIRST_RECEIPTS if st.AT_FINALITY in reuse else 1
        lock = Lock(*reuse, finality, empty_receipts(rows))
        # What no facility lends is followed as one that lends whatever is drawn, and takes it back by inflow:
        # its loans are max(0, −cash). It adds to no limit. Where nothing can wait, nothing is ordered either.
        self.costed = costed
        nothing_waits, self.followed = free, costed and facilities is None
        free = free and not self.followed
        self.mode = Mode(free, check_units=not self.ample, strict=strict, lock=lock, journal=journal)
        self.facilities = facilities
        self.issued_units = np.zeros(securities, dtype=np.int64)
        # Of a pilot: tokens and units between account and wallet by slot, units that stand for tokens.
        self.tokens, self.on_the_way = (np.zeros(0, dtype=np.int64) for _ in range(2))
        self.omnibus = np.zeros(securities, dtype=np.int64)
        self.token_values = np.zeros(securities, dtype=np.int64)  # what a token, or its unit, secures
        self.cash_saved = np.zeros(pools * members, dtype=np.int64)
        self.units_saved = np.zeros(0, dtype=np.int64)
        # Brought in within the day less taken away, by account, and that × µs to the next midnight.
        self.funded = np.zeros(pools * members, dtype=np.int64)
        self.funded_time = [0] * (pools * members)
        self._received: list[int] = []  # positions into which units came by force since the last loop
        self._numbers = np.empty(0, dtype=np.int64)
        self._slot_arrays: tuple[Int32, Int32] = (np.empty(0, np.int32), np.empty(0, np.int32))
        self._owned = 0
        self._whole: tuple[Captured, Batch, Int64] | None = None
        self._lent: tuple[Int32, Int64] = (np.empty(0, np.int32), NONE_STATED)
        count = len(facilities.names) if facilities is not None else int(self.followed)
        # What units secure is filed by amounts that grow, which only treaps can hold.
        linked = keyed or collateral != st.NO_COLLATERAL
        ordered = ordered or linked
        self.says_more = says_more or ordered or whole
        more = None
        if nothing_waits and self.followed:
            no_order = False, False, *_classes(priorities[:1])
            more = More(*no_order, st.NO_COLLATERAL, False, count, *(False,) * 5, 0, False)
        elif not free and (self.says_more or count or lending is not None or gates != NO_GATES):
            more = More(
                ordered,
                linked,
                *_classes(priorities if ordered else priorities[:1]),
                collateral,
                lending is not None,
                count,
                self.says_more,
                whole,
                gates.room,
                gates.bars,
                gates.refuses,
                gates.urgent,
                monitor is not None,
            )
        terms, lots = _facility_terms(facilities, count, day_length)
        self._values = _values(securities, facilities or monitor, prices)
        self.state = empty_state(pools * members, self.mode, more, lots)
        self.state.totals[st.TOTALS :] = terms.ravel()
        self._fund(opening)
        self.fit_slots()
        if opening.holdings is not None:
            held = opening.holdings
            self._issue(held.member, held.security, held.units)
        if facilities is not None:
            self._open_credit(facilities)
        if self.followed:
            self.state.members[:, st.FACILITY + st.CAP] = st.UNLIMITED
        if monitor is not None:
            self._open_monitor(monitor)
        if lending is not None:
            slot_of, _ = self.slots.number(lending.member, lending.member, lending.security)
            self.fit_slots()
            self._lent = slot_of, lending.units
            self._lend()

    @property
    def more(self) -> More:
        """What the arrangement has beyond limits and plain FIFO."""
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
    def keeps_loans(self) -> bool:
        """Whether loans are kept by facility, or what is drawn is followed likewise."""
        return self.facilities is not None or self.followed

    @property
    def lending(self) -> bool:
        """Whether securities can be borrowed."""
        return self.state.more is not None and self.state.more.lending

    def _fund(self, opening: Endowment) -> None:
        rows = self.state.members
        if opening.cash is None:
            rows[:, st.LIMIT] = st.UNLIMITED
        else:
            rows[:, st.OPENING] = opening.cash
            rows[:, st.LIMIT] = opening.credit_limit
        rows[:, st.CASH] = rows[:, st.OPENING]
        rows[:, st.LOW] = rows[:, st.OPENING]
        self._opening = rows[:, st.OPENING].copy()
        self._carries = np.zeros(len(rows), dtype=np.bool_)
        self.outside_cash = -self._by_pool(rows[:, st.CASH])

    def _by_pool(self, amounts: Int64) -> Int64:
        return amounts.reshape(self.pools, -1).sum(axis=1)

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
            self._secure_by_stock(facilities.credit_values)

    def _open_monitor(self, monitor: Monitor) -> None:
        """Caps at the first open, and what the fund and the units held secure."""
        members = self.state.members
        members[:, st.DEBIT_CAP] = monitor.caps
        members[:, st.LIMIT] = monitor.fund
        self._secure_by_stock(monitor.credit_values)
        self.monitor = monitor

    def secure_anew(self) -> None:
        """Collateral monitors after units have moved in a cycle: what fund and units secure."""
        if self.monitor is not None:
            self.state.members[:, st.LIMIT] = self.monitor.fund
            self._secure_by_stock(self.monitor.credit_values)
            rows = self.state.members
            self.overdrawn |= bool(np.any(rows[:, st.CASH] + rows[:, st.LIMIT] < 0))

    def _secure_by_stock(self, credit_values: Int64) -> None:
        """Add to members' capacity what the units they hold secure."""
        security, member = self.slot_owners()
        held = self.state.slots[: len(security), st.UNITS] * credit_values[security]
        if len(self.tokens):
            held[: len(self.tokens)] += self._tokens_secure(security)
        np.add.at(self.state.members[:, st.LIMIT], member, held)

    def _tokens_secure(self, security: Int32) -> Int64:
        """By slot, what tokens and units between book and wallet secure."""
        beside = self.tokens + self.on_the_way
        return beside * self.token_values[security[: len(beside)]]

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
        rows[:, st.LOW] = np.minimum(rows[:, st.CASH], rows[:, st.OPENING])
        rows[~self._carries, st.OUT] = 0
        rows[:, st.PEAK] = np.maximum(0, rows[:, st.OUT])
        rows[:, st.PARTS] = 0
        clear_paths(self.state.slots)
        kept = totals[KEPT_OVERNIGHT]
        totals[: st.TOTALS] = 0
        totals[KEPT_OVERNIGHT] = kept
        totals[[st.SYSTEM_OUT, st.SYSTEM_PEAK]] = rows[:, st.PEAK].sum()
        totals[[st.DRAWN, st.DRAWN_PEAK]] = np.maximum(0, -rows[:, st.CASH]).sum()
        totals[[st.IN_USE, st.IN_USE_PEAK]] = np.maximum(0, rows[:, st.OPENING] - rows[:, st.CASH]).sum()
        totals[st.LAST_EVENT] = totals[st.DAY_OPENS] = opens
        totals[st.BORROWED_PEAK] = totals[st.BORROWED]
        self.cash_saved[:] = 0
        self.funded[:] = 0
        self.funded_time = [0] * len(rows)
        self.units_saved = np.zeros(0, dtype=np.int64)
        if self.lending:
            self._lend()
        if self.keeps_loans or self.lending:
            self._open_credit_day(opens)
            if self._carries.any():  # what was drawn overnight is drawn anew, in order
                balance_all(rows, totals, self.more, opens)

    def _open_credit_day(self, opens: int) -> None:
        """No loan is out; integrals and peaks start afresh; what is held counts as inventory."""
        members, totals = self.state.members, self.state.totals
        for k in range(self.more.facilities):
            at = st.FACILITY + k * st.FACILITY_COLUMNS
            members[:, at + st.DRAWN_HERE : at + st.FACILITY_COLUMNS] = 0
            terms = st.TOTALS + k * st.FACILITY_TERMS
            totals[[terms + st.FACILITY_TOTAL, terms + st.FACILITY_PEAK]] = 0
        members[:, st.FACILITY + self.more.facilities * st.FACILITY_COLUMNS :] = 0
        members[:, [st.LOAN, st.BORROWED_TIME, st.BORROWED_TIME + 1]] = 0
        members[:, st.ACCRUED] = opens
        if self.collateral in (st.FLOW, st.FLOW_AMPLE):
            self.state.slots[:, st.INVENTORY] = self.state.slots[:, st.UNITS]
            members[:, st.LIMIT] = members[:, st.STATIC]

    def advance(self, now: int) -> None:
        """Carry time integrals on to ``now`` (µs)."""
        advance(self.state.totals, now)

    def close_day(
        self, now: int, openings: Int64 | None = None, carries: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Free what is locked, cancel what waits, square cash back to opening with the outside.

        ``openings`` (by account) is what the next day opens with, if not the same again; accounts that
        ``carries`` marks are not squared: what they hold and owe stays.
        """
        self.advance(now)
        rows = self.state.members
        empty_queue(self.state, self.mode.check_units or self.mode.strict)
        self._receive_on_path()
        rows[:, st.CASH] += rows[:, st.LOCKED_CASH]
        rows[:, [st.LOCKED_CASH, st.LOCKED_OUT]] = 0
        rows[:, st.NEXT_MEMBER] = st.NOT_LISTED
        if self.mode.lock.units != st.AT_ONCE:
            slots = self.state.slots
            slots[:, st.UNITS] += slots[:, st.LOCKED_UNITS]
            slots[:, [st.LOCKED_UNITS, st.LOCKED_UNITS_OUT]] = 0
            slots[:, st.NEXT_SLOT] = st.NOT_LISTED
        if self.lending:
            self._count_borrowed()
        self.state.totals[[st.LOCKED_MEMBERS, st.LOCKED_SLOTS]] = st.END
        self.state.totals[[st.RECEIPTS_FIRST, st.RECEIPTS_COUNT]] = 0
        if openings is not None:
            self._opening = openings.copy()
        self._carries = np.zeros(len(rows), dtype=np.bool_) if carries is None else carries
        self.overdrawn = False
        squared = ~self._carries
        before = rows[:, st.CASH].copy()
        rows[squared, st.OPENING] = self._opening[squared]
        rows[squared, st.CASH] = self._opening[squared]
        self.outside_cash += self._by_pool(before - rows[:, st.CASH])

    def _receive_on_path(self) -> None:
        """After the last event all that was locked on the unconstrained path is an inflow: where cash carries
        over, the path goes on from there."""
        rows, totals, receipts = self.state.members, self.state.totals, self.mode.lock.receipts
        rows[:, st.OUT] -= rows[:, st.LOCKED_OUT]
        first, count = (int(each) for each in totals[[st.RECEIPTS_FIRST, st.RECEIPTS_COUNT]])
        left = receipts[(first + np.arange(count)) & (len(receipts) - 1)]
        left = left[np.isin(left[:, st.KIND], (st.PATH_CASH, st.BOTH_CASH))]
        np.subtract.at(rows[:, st.OUT], left[:, st.WHOSE], left[:, st.AMOUNT])

    def net_delivered(self) -> Int64:
        """By slot, units delivered on balance on the day's unconstrained path, all receipts counted."""
        slots, totals, receipts = self.state.slots, self.state.totals, self.mode.lock.receipts
        net = slots[:, st.UNITS_OUT].copy()
        if slots.shape[1] > st.LOCKED_UNITS_OUT:
            net -= slots[:, st.LOCKED_UNITS_OUT]
        first, count = (int(each) for each in totals[[st.RECEIPTS_FIRST, st.RECEIPTS_COUNT]])
        left = receipts[(first + np.arange(count)) & (len(receipts) - 1)]
        left = left[np.isin(left[:, st.KIND], (st.PATH_UNITS, st.BOTH_UNITS))]
        np.subtract.at(net, left[:, st.WHOSE], left[:, st.AMOUNT])
        return net

    def verify(self) -> None:
        """Raise AssertionError unless cash and every security sum to zero and no limit is broken."""
        rows, state = self.state.members, self.state
        cash = self._by_pool(rows[:, st.CASH] + rows[:, st.LOCKED_CASH]) + self.outside_cash
        assert not cash.any(), f"cash sums to {cash.tolist()} by pool, not to 0"
        units = self.issued_units.copy()
        security, _ = self.slot_owners()
        np.add.at(units, security, state.slots[: len(security), st.UNITS])
        if self.mode.lock.units != st.AT_ONCE:
            np.add.at(units, security, state.slots[: len(security), st.LOCKED_UNITS])
        if self.lending:
            np.subtract.at(units, security, state.slots[: len(security), st.LENT])
        if len(self.tokens):
            self._verify_tokens(security)
            np.add.at(units, security[: len(self.on_the_way)], self.on_the_way)
            units += self.omnibus
        assert not units.any(), f"security {int(np.flatnonzero(units)[0])} does not sum to 0"
        within = np.all(rows[:, st.CASH] + rows[:, st.LIMIT] >= 0)
        assert within or self.overdrawn, "a member is overdrawn past its limit"
        if self.monitor is not None:
            capped = np.all(rows[:, st.CASH] + rows[:, st.DEBIT_CAP] >= 0)
            assert capped or self.overdrawn, "a net debit is above its cap"
            secured, (security, member) = self.monitor.fund.copy(), self.slot_owners()
            held = state.slots[: len(security), st.UNITS] * self.monitor.credit_values[security]
            np.add.at(secured, member, held)
            if len(self.tokens):
                np.add.at(secured, member[: len(self.tokens)], self._tokens_secure(security))
            assert np.array_equal(secured, rows[:, st.LIMIT]), "a monitor is not what fund and units secure"
        assert not self.mode.check_units or np.all(state.slots[:, st.UNITS] >= 0), "units below 0"

    def _verify_tokens(self, security: Int32) -> None:
        """Tokens of each security are its omnibus balance, and nobody has less than none."""
        tokens = np.zeros_like(self.omnibus)
        np.add.at(tokens, security[: len(self.tokens)], self.tokens)
        assert np.array_equal(tokens, self.omnibus), "tokens are not what the omnibus account holds"
        assert np.all(self.tokens >= 0), "tokens below 0"
        assert np.all(self.on_the_way >= 0), "units on their way below 0"

    @property
    def drawn_time(self) -> int:
        """Drawn credit integrated over the day so far, minor units × µs, exact."""
        return wide_value(self.state.totals, st.DRAWN_TIME)

    @property
    def value_wait(self) -> int:
        """Value × wait of what queued and has settled today, minor units × µs, exact."""
        return wide_value(self.state.totals, st.VALUE_WAIT)


def _classes(priorities: tuple[int, ...]) -> tuple[int, int]:
    """How many priorities there are, and by priority, four bits each, its place among them.

    >>> _classes((1, 3, 5)) == (3, 0x2 << 4 * 5 | 0x1 << 4 * 3)
    True
    """
    return len(priorities), sum(at << 4 * priority for at, priority in enumerate(priorities))


def _facility_terms(facilities: Facilities | None, count: int, day_length: int) -> tuple[Int64, int]:
    """The terms of facilities as kernels read them, and how many columns their draws by due minute take.

    ``count`` may be one where there are none: what is drawn is then repaid by inflow.
    """
    terms = np.zeros((count, st.FACILITY_TERMS), dtype=np.int64)
    if facilities is None:
        return terms, 0
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


def _values(securities: int, secured: Facilities | Monitor | None, prices: Int64) -> Int64:
    """What a unit of each security secures, and its price, int64 (securities, 2)."""
    values = np.zeros((securities, 2), dtype=np.int64)
    if secured is not None:
        values[:, 0] = secured.credit_values
    if len(prices):
        values[:, 1] = prices
    return values
