"""Intraday loans and securities on loan: who owes what to which facility, and for how long.

A member's CASH is net of its loans, so what it can still pay never hangs on who lent: CASH + LIMIT.
Loans are postings beside it: cash in hand is CASH + Σ loans and never negative. What lacks is drawn in
the order of the facilities, what is left repays the last written first, as far as its rule lets it.
"""

from __future__ import annotations

import numpy as np

from .compile import inlined, kernel
from .state import (
    ACCRUED,
    AT_TENOR,
    BORROWED,
    BORROWED_PEAK,
    BORROWED_TIME,
    BORROWED_VALUE,
    BY_INFLOW,
    CAP,
    CASH,
    DAY_OPENS,
    DRAWN_HERE,
    FACILITY,
    FACILITY_COLUMNS,
    FACILITY_PEAK,
    FACILITY_TERMS,
    FACILITY_TOTAL,
    LAST_EVENT,
    LENT,
    LIMIT,
    LOAN,
    LOAN_TIME,
    LOANS,
    LOANS_PEAK,
    LOTS,
    OWNER,
    PRICE,
    RECALLED,
    REPAY,
    SECURED,
    STATIC,
    TENOR,
    TOTALS,
    UNITS,
)
from .wide import add_product

MINUTE = 60_000_000


@kernel
def accrue(members, count, member, now):
    """Carry the time integrals of a member's loans and borrowings on to ``now``; ``count`` facilities."""
    elapsed = now - members[member, ACCRUED]
    if elapsed <= 0:
        return
    row = members[member]
    row[ACCRUED] = now
    if row[BORROWED_VALUE] > 0:
        add_product(row, BORROWED_TIME, row[BORROWED_VALUE], elapsed)
    if row[LOAN] > 0:
        for k in range(count):
            at = FACILITY + k * FACILITY_COLUMNS
            if row[at + DRAWN_HERE] > 0:
                add_product(row, at + LOAN_TIME, row[at + DRAWN_HERE], elapsed)


@kernel
def change_loan(members, totals, member, k, amount):
    """Post a draw (positive) or a repayment of one facility."""
    members[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE] += amount
    members[member, LOAN] += amount
    totals[TOTALS + k * FACILITY_TERMS + FACILITY_TOTAL] += amount
    totals[LOANS] += amount


@kernel
def capacity(members, totals, member, k):
    """What a facility lends a member at most."""
    if totals[TOTALS + k * FACILITY_TERMS + SECURED]:
        return members[member, LIMIT] - members[member, STATIC]
    return members[member, FACILITY + k * FACILITY_COLUMNS + CAP]


@kernel
def note_due(members, totals, count, member, k, drawn, now):
    """Note when a draw with a tenor falls due, by the minute of the day; at the close at the latest."""
    terms = TOTALS + k * FACILITY_TERMS
    opens = totals[DAY_OPENS] // MINUTE * MINUTE
    minute = -((opens - now) // MINUTE) + totals[terms + TENOR]
    end = members.shape[1]
    if k < count - 1:
        end = totals[terms + FACILITY_TERMS + LOTS]
    members[member, min(totals[terms + LOTS] + minute, end - 1)] += drawn


@kernel
def balance_loans(members, totals, count, member, now):
    """Draw what cash lacks and repay what it allows, once a member's cash or capacity has changed."""
    cash = members[member, CASH] + members[member, LOAN]
    if cash >= 0 and members[member, LOAN] == 0:
        return
    accrue(members, count, member, now)
    for k in range(count):
        loan = members[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE]
        if totals[TOTALS + k * FACILITY_TERMS + SECURED] and loan > 0:
            excess = min(loan, loan - capacity(members, totals, member, k))
            if excess > 0:
                change_loan(members, totals, member, k, -excess)
                cash -= excess
    if cash < 0:
        for k in range(count):
            loan = members[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE]
            drawn = min(-cash, capacity(members, totals, member, k) - loan)
            if drawn > 0:
                change_loan(members, totals, member, k, drawn)
                cash += drawn
                if totals[TOTALS + k * FACILITY_TERMS + REPAY] == AT_TENOR:
                    note_due(members, totals, count, member, k, drawn, now)
    elif cash > 0:
        for k in range(count - 1, -1, -1):
            if totals[TOTALS + k * FACILITY_TERMS + REPAY] == BY_INFLOW:
                repaid = min(cash, members[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE])
                if repaid > 0:
                    change_loan(members, totals, member, k, -repaid)
                    cash -= repaid


@inlined
def follow_loans(members, totals, more, buyer, seller):
    """Draw and repay after a settlement, the buyer first, at the last event's time."""
    if more is None:
        return
    if more.facilities > 0:
        now = totals[LAST_EVENT]
        balance_loans(members, totals, more.facilities, buyer, now)
        balance_loans(members, totals, more.facilities, seller, now)
        read_loan_peaks(totals, more)


@inlined
def follow_member(members, totals, more, member):
    """Draw and repay for one member whose cash or capacity has changed; peaks are read by the caller."""
    if more is None:
        return
    if more.facilities > 0:
        balance_loans(members, totals, more.facilities, member, totals[LAST_EVENT])


@kernel
def read_loan_peaks(totals, more):
    """Note loans if they are the largest of the day; after a whole group."""
    if more is None:
        return
    if totals[LOANS] > totals[LOANS_PEAK]:
        totals[LOANS_PEAK] = totals[LOANS]
    for k in range(more.facilities):
        at = TOTALS + k * FACILITY_TERMS
        if totals[at + FACILITY_TOTAL] > totals[at + FACILITY_PEAK]:
            totals[at + FACILITY_PEAK] = totals[at + FACILITY_TOTAL]


@kernel
def balance_all(members, totals, more, now):
    """Draw and repay for every member: after a netting cycle, when capacities change."""
    for m in range(len(members)):
        balance_loans(members, totals, more.facilities, m, now)
    read_loan_peaks(totals, more)


@kernel
def mature(members, totals, more, now):
    """Repay what falls due at this whole minute, and draw anew what cash lacks for it."""
    minute = (now - totals[DAY_OPENS] // MINUTE * MINUTE) // MINUTE
    for m in range(len(members)):
        due = np.int64(0)
        for k in range(more.facilities):
            terms = TOTALS + k * FACILITY_TERMS
            if totals[terms + REPAY] == AT_TENOR:
                at = totals[terms + LOTS] + minute
                if members[m, at] > 0:
                    accrue(members, more.facilities, m, now)
                    change_loan(members, totals, m, k, -members[m, at])
                    due += members[m, at]
                    members[m, at] = 0
        if due > 0:
            balance_loans(members, totals, more.facilities, m, now)
    read_loan_peaks(totals, more)


@kernel
def accrue_all(members, more, now):
    """Carry every member's time integrals on to ``now``."""
    for m in range(len(members)):
        accrue(members, more.facilities, m, now)


@inlined
def change_units(members, slots, totals, more, slot, units):
    """Add ``units`` (may be negative) to what a position has free; what is on loan follows."""
    if more is None or not more.lending:
        slots[np.uint64(slot), UNITS] += units
    else:
        change_lent_units(members, slots, totals, more, slot, units)


@kernel
def change_lent_units(members, slots, totals, more, p, units):
    """The same where units can be borrowed."""
    before = max(0, slots[p, LENT] - slots[p, UNITS])
    if units > 0 and totals[RECALLED]:
        # What was recalled goes back before anything else and cannot be borrowed again.
        returned = min(units, before)
        slots[p, LENT] -= returned
        units -= returned
    slots[p, UNITS] += units
    change = (max(0, slots[p, LENT] - slots[p, UNITS]) - before) * slots[p, PRICE]
    if change != 0:
        accrue(members, more.facilities, slots[p, OWNER], totals[LAST_EVENT])
        members[slots[p, OWNER], BORROWED_VALUE] += change
        totals[BORROWED] += change


@kernel
def read_borrowed(totals, more):
    """Note the value of what is on loan if it is the largest of the day; after a whole group."""
    if more is not None:
        totals[BORROWED_PEAK] = max(totals[BORROWED_PEAK], totals[BORROWED])


@kernel
def recall(slots, count, totals):
    """End further borrowing: of what lenders stand ready with only what is on loan stays."""
    totals[RECALLED] = 1
    for p in range(count):
        undrawn = slots[p, LENT] - max(0, slots[p, LENT] - slots[p, UNITS])
        slots[p, LENT] -= undrawn
        slots[p, UNITS] -= undrawn
