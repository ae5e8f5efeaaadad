"""The postings of one settlement, and the path that the same instruction takes without any limit.

Both legs move or none does: callers test first, these functions only post. ``lock`` says what
becomes of a receipt: free at once, or kept apart until it is freed.

Rows are indexed by uint64: an int64 index is first tested for counting from the end, a tenth of
the whole loop.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined, kernel
from .credit import change_units, follow_loans, read_borrowed
from .state import (
    AMOUNT,
    AT_FINALITY,
    AT_ONCE,
    BOTH_CASH,
    BOTH_UNITS,
    CASH,
    CREDIT_VALUE,
    DRAWN,
    DRAWN_PEAK,
    DRAWN_TIME,
    DUE,
    FLOW,
    FLOW_AMPLE,
    IN_USE,
    IN_USE_PEAK,
    INVENTORY,
    JOURNAL_BUYER,
    JOURNAL_CASH,
    JOURNAL_GROUP,
    JOURNAL_ID,
    JOURNAL_ROWS,
    JOURNAL_SECURITY,
    JOURNAL_SELLER,
    JOURNAL_SETTLED,
    JOURNAL_TIME,
    JOURNAL_UNITS,
    JOURNAL_WAITED,
    KIND,
    LAST_EVENT,
    LATE_COUNT,
    LATE_VALUE,
    LIMIT,
    LOCKED_CASH,
    LOCKED_MEMBERS,
    LOCKED_OUT,
    LOCKED_SLOTS,
    LOCKED_UNITS,
    LOCKED_UNITS_OUT,
    LOW,
    NEXT_MEMBER,
    NEXT_SLOT,
    NOT_LISTED,
    OPENING,
    OUT,
    PEAK,
    RECEIPTS_COUNT,
    RECEIPTS_FIRST,
    RECEIVED_CASH,
    RECEIVED_UNITS,
    SYSTEM_OUT,
    SYSTEM_PEAK,
    UNITS,
    UNITS_OUT,
    UNITS_PEAK,
    WHOSE,
)
from .wide import add_product


@inlined
def advance(totals, now):
    """Carry the time integral of drawn credit on to ``now``."""
    elapsed = now - totals[LAST_EVENT]
    if elapsed > 0:
        if totals[DRAWN] > 0:
            add_product(totals, DRAWN_TIME, totals[DRAWN], elapsed)
        totals[LAST_EVENT] = now


@kernel
def lock_cash(members, totals, column, member, cash):
    """Keep a receipt of cash apart; members with something locked form a list, each once."""
    members[member, column] += cash
    if members[member, NEXT_MEMBER] == NOT_LISTED:
        members[member, NEXT_MEMBER] = totals[LOCKED_MEMBERS]
        totals[LOCKED_MEMBERS] = member


@kernel
def lock_units(slots, totals, column, slot, units):
    """Keep a receipt of units apart; slots with something locked form a list, each once."""
    slots[slot, column] += units
    if slots[slot, NEXT_SLOT] == NOT_LISTED:
        slots[slot, NEXT_SLOT] = totals[LOCKED_SLOTS]
        totals[LOCKED_SLOTS] = slot


@inlined
def note_receipt(totals, lock, kind, whose, amount):
    """Note a receipt of the last event that becomes final later; the caller has made room."""
    receipts = lock.receipts
    at = (totals[RECEIPTS_FIRST] + totals[RECEIPTS_COUNT]) & (len(receipts) - 1)
    totals[RECEIPTS_COUNT] += 1
    receipts[at, DUE] = totals[LAST_EVENT] + lock.finality
    receipts[at, KIND] = kind
    receipts[at, WHOSE] = whose
    receipts[at, AMOUNT] = amount


@kernel
def receive_later(members, totals, lock, member, cash):
    """A receipt of cash that is not free at once."""
    if lock.cash == AT_FINALITY:
        members[np.uint64(member), LOCKED_CASH] += cash
        note_receipt(totals, lock, RECEIVED_CASH, member, cash)
    else:
        lock_cash(members, totals, LOCKED_CASH, member, cash)


@kernel
def take_in_later(slots, totals, lock, slot, units):
    """A receipt of units that is not free at once."""
    if lock.units == AT_FINALITY:
        slots[np.uint64(slot), LOCKED_UNITS] += units
        note_receipt(totals, lock, RECEIVED_UNITS, slot, units)
    else:
        lock_units(slots, totals, LOCKED_UNITS, slot, units)


@inlined
def pay_unconstrained(members, totals, lock, kind, buyer, seller, cash):
    """The cash leg on the unconstrained path: outflows, their peaks, and the system's peak.

    ``kind`` is what a receipt that becomes final later is noted as, here and in the next function.
    """
    b, s = np.uint64(buyer), np.uint64(seller)
    before = members[b, OUT]
    after = before + cash
    members[b, OUT] = after
    system = totals[SYSTEM_OUT] + max(0, after) - max(0, before)
    if after > members[b, PEAK]:
        members[b, PEAK] = after
    if lock.cash == AT_ONCE:
        before = members[s, OUT]
        after = before - cash
        members[s, OUT] = after
        system += max(0, after) - max(0, before)
    elif lock.cash == AT_FINALITY:
        note_receipt(totals, lock, kind, seller, cash)
    else:
        lock_cash(members, totals, LOCKED_OUT, seller, cash)
    totals[SYSTEM_OUT] = system
    if system > totals[SYSTEM_PEAK]:
        totals[SYSTEM_PEAK] = system


@inlined
def deliver_unconstrained(slots, totals, lock, kind, buyer_slot, seller_slot, units):
    """The securities leg on the unconstrained path: net units out of a position, and their peak."""
    p, q = np.uint64(buyer_slot), np.uint64(seller_slot)
    out = slots[q, UNITS_OUT] + units
    slots[q, UNITS_OUT] = out
    if out > slots[q, UNITS_PEAK]:
        slots[q, UNITS_PEAK] = out
    if lock.units == AT_ONCE:
        slots[p, UNITS_OUT] -= units
    elif lock.units == AT_FINALITY:
        note_receipt(totals, lock, kind, buyer_slot, units)
    else:
        lock_units(slots, totals, LOCKED_UNITS_OUT, buyer_slot, units)


@inlined
def post_cash(members, totals, member, amount):
    """Add ``amount`` (may be negative) to a member's free cash; credit drawn and cash in use follow."""
    m = np.uint64(member)
    before = members[m, CASH]
    after = before + amount
    members[m, CASH] = after
    totals[DRAWN] += max(0, -after) - max(0, -before)
    opening = members[m, OPENING]
    totals[IN_USE] += max(0, opening - after) - max(0, opening - before)


@kernel
def read_low(members, member):
    """Note a member's cash if it is the lowest of the day; read after a whole group."""
    m = np.uint64(member)
    if members[m, CASH] < members[m, LOW]:
        members[m, LOW] = members[m, CASH]


@kernel
def read_peaks(totals):
    """Note the totals of drawn credit and cash in use if they are the largest; after a whole group."""
    if totals[DRAWN] > totals[DRAWN_PEAK]:
        totals[DRAWN_PEAK] = totals[DRAWN]
    if totals[IN_USE] > totals[IN_USE_PEAK]:
        totals[IN_USE_PEAK] = totals[IN_USE]


@inlined
def secures(more):
    """Which units secure credit as they move, 0 if none."""
    if more is None:
        return 0
    return more.collateral


@inlined
def credit_value(slots, more, slot, units):
    """What units of a position's security secure as they move; 0 where none do."""
    if more is None:
        return np.int64(0)
    if not more.collateral or units == 0:
        return np.int64(0)
    return slots[slot, CREDIT_VALUE] * units


@inlined
def collateral_out(slots, more, slot, units):
    """How many of the units a position delivers have secured credit: all it holds, or what it bought."""
    if secures(more) == FLOW_AMPLE:
        return np.int64(0)
    if secures(more) == FLOW:
        return max(np.int64(0), units - slots[slot, INVENTORY])
    return units


@kernel
def move_collateral(members, slots, more, buyer, seller, seller_slot, units):
    """Capacity follows the units: off the seller what secured credit, to the buyer all it receives."""
    taken = collateral_out(slots, more, seller_slot, units)
    if secures(more) == FLOW:
        slots[seller_slot, INVENTORY] -= units - taken
    members[buyer, LIMIT] += credit_value(slots, more, seller_slot, units)
    members[seller, LIMIT] -= credit_value(slots, more, seller_slot, taken)


@inlined
def settle_one(
    members,
    slots,
    totals,
    more,
    lock,
    buyer,
    seller,
    buyer_slot,
    seller_slot,
    units,
    cash,
):
    """Both legs of one instruction, whose feasibility the caller has seen, at the last event's time."""
    if cash > 0:
        post_cash(members, totals, buyer, -cash)
        read_low(members, buyer)
        if lock.cash == AT_ONCE:
            post_cash(members, totals, seller, cash)
        else:
            receive_later(members, totals, lock, seller, cash)
        read_peaks(totals)
    if units > 0:
        change_units(members, slots, totals, more, seller_slot, -units)
        if lock.units == AT_ONCE:
            change_units(members, slots, totals, more, buyer_slot, units)
        else:
            take_in_later(slots, totals, lock, buyer_slot, units)
        read_borrowed(totals, more)
        if secures(more):
            move_collateral(members, slots, more, buyer, seller, seller_slot, units)
    follow_loans(members, totals, more, buyer, seller)


@kernel
def settle_free(members, slots, totals, lock, buyer, seller, buyer_slot, seller_slot, units, cash):
    """Both legs where nothing can wait, on both paths: credit drawn is the unconstrained outflow."""
    if cash > 0:
        pay_unconstrained(members, totals, lock, BOTH_CASH, buyer, seller, cash)
        members[np.uint64(buyer), CASH] -= cash
        members[np.uint64(seller), CASH if lock.cash == AT_ONCE else LOCKED_CASH] += cash
        system = totals[SYSTEM_OUT]
        totals[DRAWN] = system
        if system > totals[IN_USE_PEAK]:
            totals[IN_USE_PEAK] = system
    if units > 0:
        deliver_unconstrained(slots, totals, lock, BOTH_UNITS, buyer_slot, seller_slot, units)
        slots[np.uint64(seller_slot), UNITS] -= units
        slots[np.uint64(buyer_slot), UNITS if lock.units == AT_ONCE else LOCKED_UNITS] += units


@kernel
def write_journal(
    journal, totals, identifier, entered, buyer, seller, security, units, cash, settled_at, waited_for, group
):
    """Append one settled instruction, or a part of one; the caller has made room."""
    at = totals[JOURNAL_ROWS]
    totals[JOURNAL_ROWS] = at + 1
    journal[at, JOURNAL_ID] = identifier
    journal[at, JOURNAL_TIME] = entered
    journal[at, JOURNAL_BUYER] = buyer
    journal[at, JOURNAL_SELLER] = seller
    journal[at, JOURNAL_SECURITY] = security
    journal[at, JOURNAL_UNITS] = units
    journal[at, JOURNAL_CASH] = cash
    journal[at, JOURNAL_SETTLED] = settled_at
    journal[at, JOURNAL_WAITED] = waited_for
    journal[at, JOURNAL_GROUP] = group


@kernel
def count_late(totals, cash):
    """Count an instruction, or a part of one, that settles after its deadline."""
    totals[LATE_COUNT] += 1
    totals[LATE_VALUE] += cash
