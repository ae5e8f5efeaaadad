"""The postings of one settlement, and the path that the same instruction takes without any limit.

Both legs move or none does: callers test first, these functions only post. ``lock`` says what
becomes of a receipt: 0 free at once, else kept apart until it is released.
"""

from __future__ import annotations

from .compile import kernel
from .state import (
    CASH,
    DRAWN,
    DRAWN_PEAK,
    DRAWN_TIME,
    IN_USE,
    IN_USE_PEAK,
    JOURNAL_BUYER,
    JOURNAL_CASH,
    JOURNAL_ID,
    JOURNAL_ROWS,
    JOURNAL_SECURITY,
    JOURNAL_SELLER,
    JOURNAL_SETTLED,
    JOURNAL_TIME,
    JOURNAL_UNITS,
    JOURNAL_WAITED,
    LAST_EVENT,
    LOCKED,
    LOW,
    OPENING,
    OUT,
    OUT_LOCKED,
    PEAK,
    SYSTEM_OUT,
    SYSTEM_PEAK,
    TOUCHED_MEMBERS,
    TOUCHED_OUT_MEMBERS,
    TOUCHED_OUT_SLOTS,
    TOUCHED_SLOTS,
    UNITS,
    UNITS_OUT,
    UNITS_PEAK,
)
from .wide import add_product


@kernel
def advance(totals, wide, now):
    """Carry the time integral of drawn credit on to ``now``."""
    elapsed = now - totals[LAST_EVENT]
    if elapsed > 0:
        if totals[DRAWN] > 0:
            add_product(wide, DRAWN_TIME, totals[DRAWN], elapsed)
        totals[LAST_EVENT] = now


@kernel
def lock_receipt(locked, column, touched, totals, count, index, amount):
    """Keep a receipt apart until its release; the list of touched rows names each row once."""
    if amount > 0:
        if locked[index, column] == 0:
            touched[totals[count]] = index
            totals[count] += 1
        locked[index, column] += amount


@kernel
def lock_cash(state, column, touched, count, member, cash):
    """Keep a receipt of cash apart."""
    lock_receipt(state.member_locked, column, touched, state.totals, count, member, cash)


@kernel
def lock_units(state, column, touched, count, slot, units):
    """Keep a receipt of units apart."""
    lock_receipt(state.slot_locked, column, touched, state.totals, count, slot, units)


@kernel
def pay_unconstrained(state, lock, buyer, seller, cash):
    """The cash leg on the unconstrained path: outflows, their peaks, and the system's peak."""
    members, totals = state.members, state.totals
    before = members[buyer, OUT]
    after = before + cash
    members[buyer, OUT] = after
    system = totals[SYSTEM_OUT] + max(0, after) - max(0, before)
    if after > members[buyer, PEAK]:
        members[buyer, PEAK] = after
    if lock == 0:
        before = members[seller, OUT]
        after = before - cash
        members[seller, OUT] = after
        system += max(0, after) - max(0, before)
    else:
        lock_receipt(
            state.member_locked,
            OUT_LOCKED,
            state.touched_out_members,
            totals,
            TOUCHED_OUT_MEMBERS,
            seller,
            cash,
        )
    totals[SYSTEM_OUT] = system
    if system > totals[SYSTEM_PEAK]:
        totals[SYSTEM_PEAK] = system


@kernel
def deliver_unconstrained(state, lock, buyer_slot, seller_slot, units):
    """The securities leg on the unconstrained path: net units out of a position, and their peak."""
    slots = state.slots
    out = slots[seller_slot, UNITS_OUT] + units
    slots[seller_slot, UNITS_OUT] = out
    if out > slots[seller_slot, UNITS_PEAK]:
        slots[seller_slot, UNITS_PEAK] = out
    if lock == 0:
        slots[buyer_slot, UNITS_OUT] -= units
    else:
        lock_units(state, OUT_LOCKED, state.touched_out_slots, TOUCHED_OUT_SLOTS, buyer_slot, units)


@kernel
def post_cash(members, totals, member, amount):
    """Add ``amount`` (may be negative) to a member's free cash; credit drawn and cash in use follow."""
    before = members[member, CASH]
    after = before + amount
    members[member, CASH] = after
    totals[DRAWN] += max(0, -after) - max(0, -before)
    opening = members[member, OPENING]
    totals[IN_USE] += max(0, opening - after) - max(0, opening - before)


@kernel
def read_low(members, member):
    """Note a member's cash if it is the lowest of the day; read after a whole group."""
    if members[member, CASH] < members[member, LOW]:
        members[member, LOW] = members[member, CASH]


@kernel
def read_peaks(totals):
    """Note the totals of drawn credit and cash in use if they are the largest; after a whole group."""
    if totals[DRAWN] > totals[DRAWN_PEAK]:
        totals[DRAWN_PEAK] = totals[DRAWN]
    if totals[IN_USE] > totals[IN_USE_PEAK]:
        totals[IN_USE_PEAK] = totals[IN_USE]


@kernel
def settle_one(state, lock, buyer, seller, buyer_slot, seller_slot, units, cash):
    """Both legs of one instruction, whose feasibility the caller has seen."""
    members, totals = state.members, state.totals
    if cash > 0:
        post_cash(members, totals, buyer, -cash)
        read_low(members, buyer)
        if lock == 0:
            post_cash(members, totals, seller, cash)
        else:
            lock_cash(state, LOCKED, state.touched_members, TOUCHED_MEMBERS, seller, cash)
        read_peaks(totals)
    if units > 0:
        state.slots[seller_slot, UNITS] -= units
        if lock == 0:
            state.slots[buyer_slot, UNITS] += units
        else:
            lock_units(state, LOCKED, state.touched_slots, TOUCHED_SLOTS, buyer_slot, units)


@kernel
def write_journal(
    journal, totals, identifier, entered, buyer, seller, security, units, cash, settled_at, waited_for
):
    """Append one settled instruction; the caller has made room."""
    row = journal[totals[JOURNAL_ROWS]]
    totals[JOURNAL_ROWS] += 1
    row[JOURNAL_ID] = identifier
    row[JOURNAL_TIME] = entered
    row[JOURNAL_BUYER] = buyer
    row[JOURNAL_SELLER] = seller
    row[JOURNAL_SECURITY] = security
    row[JOURNAL_UNITS] = units
    row[JOURNAL_CASH] = cash
    row[JOURNAL_SETTLED] = settled_at
    row[JOURNAL_WAITED] = waited_for
