"""Intraday loans and securities on loan: who owes what to which facility, and for how long.

A member's CASH is net of its loans, so what it can still pay never hangs on who lent: CASH + LIMIT.
Loans are postings beside it: cash in hand is CASH + Σ loans and never negative. What lacks is drawn in
the order of the facilities, what is left repays the last written first, as far as its rule lets it.
"""

from __future__ import annotations

import numpy as np

from .compile import kernel
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
    SECURITY_HELD,
    STATIC,
    TENOR,
    UNITS,
)
from .wide import add_product

MINUTE = 60_000_000


@kernel
def accrue(credit, facilities, member, now):
    """Carry the time integrals of a member's loans and borrowings on to ``now``."""
    elapsed = now - credit[member, ACCRUED]
    if elapsed <= 0:
        return
    credit[member, ACCRUED] = now
    row = credit[member]
    if row[BORROWED_VALUE] > 0:
        add_product(row, BORROWED_TIME, row[BORROWED_VALUE], elapsed)
    if row[LOAN] > 0:
        for k in range(len(facilities)):
            at = FACILITY + k * FACILITY_COLUMNS
            if row[at + DRAWN_HERE] > 0:
                add_product(row, at + LOAN_TIME, row[at + DRAWN_HERE], elapsed)


@kernel
def change_loan(credit, facilities, totals, member, k, amount):
    """Post a draw (positive) or a repayment of one facility."""
    credit[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE] += amount
    credit[member, LOAN] += amount
    facilities[k, FACILITY_TOTAL] += amount
    totals[LOANS] += amount


@kernel
def capacity(members, credit, facilities, member, k):
    """What a facility lends a member at most."""
    if facilities[k, SECURED]:
        return members[member, LIMIT] - credit[member, STATIC]
    return credit[member, FACILITY + k * FACILITY_COLUMNS + CAP]


@kernel
def due_minute(totals, tenor, now, width):
    """The minute of the day, counted from the one it opens in, at which a draw falls due."""
    minute = -((totals[DAY_OPENS] // MINUTE * MINUTE - now) // MINUTE) + tenor
    return min(minute, width - 1)


@kernel
def balance_loans(members, credit, facilities, totals, member, now):
    """Draw what cash lacks and repay what it allows, once a member's cash or capacity has changed."""
    accrue(credit, facilities, member, now)
    cash = members[member, CASH] + credit[member, LOAN]
    for k in range(len(facilities)):
        loan = credit[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE]
        if facilities[k, SECURED] and loan > 0:
            excess = min(loan, loan - capacity(members, credit, facilities, member, k))
            if excess > 0:
                change_loan(credit, facilities, totals, member, k, -excess)
                cash -= excess
    for k in range(len(facilities)):
        if cash >= 0:
            break
        loan = credit[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE]
        drawn = min(-cash, capacity(members, credit, facilities, member, k) - loan)
        if drawn > 0:
            change_loan(credit, facilities, totals, member, k, drawn)
            cash += drawn
            if facilities[k, REPAY] == AT_TENOR:
                lots = facilities[k, LOTS]
                width = credit.shape[1] - lots if k == len(facilities) - 1 else facilities[k + 1, LOTS] - lots
                credit[member, lots + due_minute(totals, facilities[k, TENOR], now, width)] += drawn
    for back in range(len(facilities)):
        if cash <= 0:
            break
        k = len(facilities) - 1 - back
        if facilities[k, REPAY] == BY_INFLOW:
            repaid = min(cash, credit[member, FACILITY + k * FACILITY_COLUMNS + DRAWN_HERE])
            if repaid > 0:
                change_loan(credit, facilities, totals, member, k, -repaid)
                cash -= repaid


@kernel
def follow_loans(members, totals, more, buyer, seller):
    """Draw and repay after a settlement, the buyer first, at the last event's time."""
    if more is None:
        return
    if len(more.facilities) > 0:
        now = totals[LAST_EVENT]
        balance_loans(members, more.credit, more.facilities, totals, buyer, now)
        balance_loans(members, more.credit, more.facilities, totals, seller, now)
        read_loan_peaks(more.facilities, totals)


@kernel
def follow_member(members, totals, more, member):
    """Draw and repay for one member whose cash or capacity has changed; peaks are read by the caller."""
    if more is None:
        return
    if len(more.facilities) > 0:
        balance_loans(members, more.credit, more.facilities, totals, member, totals[LAST_EVENT])


@kernel
def read_peaks_of_loans(totals, more):
    """Note total loans if they are the largest of the day; after a whole group."""
    if more is not None:
        read_loan_peaks(more.facilities, totals)


@kernel
def read_loan_peaks(facilities, totals):
    """Note total loans if they are the largest of the day; after a whole group."""
    totals[LOANS_PEAK] = max(totals[LOANS_PEAK], totals[LOANS])
    for k in range(len(facilities)):
        facilities[k, FACILITY_PEAK] = max(facilities[k, FACILITY_PEAK], facilities[k, FACILITY_TOTAL])


@kernel
def balance_all(members, totals, more, now):
    """Draw and repay for every member: after a netting cycle, when capacities change."""
    for m in range(len(more.credit)):
        balance_loans(members, more.credit, more.facilities, totals, m, now)
    read_loan_peaks(more.facilities, totals)


@kernel
def mature(members, totals, more, now):
    """Repay what falls due at this whole minute, and draw anew what cash lacks for it."""
    credit, facilities = more.credit, more.facilities
    minute = (now - totals[DAY_OPENS] // MINUTE * MINUTE) // MINUTE
    for m in range(len(credit)):
        due = np.int64(0)
        for k in range(len(facilities)):
            if facilities[k, REPAY] == AT_TENOR:
                at = facilities[k, LOTS] + minute
                if credit[m, at] > 0:
                    accrue(credit, facilities, m, now)
                    change_loan(credit, facilities, totals, m, k, -credit[m, at])
                    due += credit[m, at]
                    credit[m, at] = 0
        if due > 0:
            balance_loans(members, credit, facilities, totals, m, now)
    read_loan_peaks(facilities, totals)


@kernel
def change_units(slots, totals, more, slot, units):
    """Add ``units`` (may be negative) to what a position has free; what is on loan follows."""
    if more is None or not more.lending:
        slots[np.uint64(slot), UNITS] += units
    else:
        change_lent_units(slots, totals, more, slot, units)


@kernel
def change_lent_units(slots, totals, more, p, units):
    """The same where units can be borrowed."""
    credit, facilities, values = more.credit, more.facilities, more.values
    before = max(0, slots[p, LENT] - slots[p, UNITS])
    if units > 0 and totals[RECALLED]:
        # What was recalled goes back before anything else and cannot be borrowed again.
        returned = min(units, before)
        slots[p, LENT] -= returned
        units -= returned
    slots[p, UNITS] += units
    change = max(0, slots[p, LENT] - slots[p, UNITS]) - before
    if change != 0:
        member, price = slots[p, OWNER], values[slots[p, SECURITY_HELD], PRICE]
        accrue(credit, facilities, member, totals[LAST_EVENT])
        credit[member, BORROWED_VALUE] += change * price
        totals[BORROWED] += change * price


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


@kernel
def accrue_all(more, now):
    """Carry every member's time integrals on to ``now``."""
    for m in range(len(more.credit)):
        accrue(more.credit, more.facilities, m, now)
