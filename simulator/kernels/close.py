"""What is read off the arrays at a close: peaks by security, their value by member, what is unsettled."""

from __future__ import annotations

from .compile import kernel
from .histogram import wait_bin
from .state import (
    BLOCKED_BY,
    BUYER,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    FIRST_EVENT,
    GONE,
    POOL_USED,
    SECURITY,
    UNITS_OUT,
    UNITS_PEAK,
    WAITED_FOR,
)
from .wide import add_product


@kernel
def units_need(slots, slot_security, need_by_security):
    """Add up peak net units out by security, in place."""
    for p in range(len(slot_security)):
        peak = slots[p, UNITS_PEAK]
        if peak > 0:
            need_by_security[slot_security[p]] += peak


@kernel
def value_need(slots, slot_security, slot_member, whole, rest, traded, need_by_member):
    """Value each member's peaks at price = whole + rest / traded by security, half to even, in place.

    ``rest`` < ``traded``; the caller has seen that units × rest stays below 2^62.
    """
    for p in range(len(slot_security)):
        peak = slots[p, UNITS_PEAK]
        if peak > 0:
            s = slot_security[p]
            value = peak * whole[s]
            if rest[s] > 0:
                product = peak * rest[s]
                quotient = product // traded[s]
                twice = 2 * (product - quotient * traded[s])
                if twice > traded[s] or (twice == traded[s] and (value + quotient) % 2 == 1):
                    quotient += 1
                value += quotient
            need_by_member[slot_member[p]] += value


@kernel
def clear_paths(slots):
    """Begin a day's unconstrained path of units: nothing out, no peak."""
    for p in range(len(slots)):
        slots[p, UNITS_OUT] = 0
        slots[p, UNITS_PEAK] = 0


@kernel
def read_unsettled(pool, totals, closes, by_member, by_security, counts, waits, wide):
    """Sort what still waits by buyer and reason, and its units by security, in place.

    ``by_member`` (members, 2) and ``counts`` (2,): cash, then securities, by the first block met.
    ``waits`` gets the histogram of waits until the close, ``wide`` (two words each) Σ value × that wait,
    then Σ value × (first eligible event − entry).
    """
    for entry in range(totals[POOL_USED]):
        row = pool[entry]
        if row[BLOCKED_BY] == GONE:
            continue
        reason, cash = row[WAITED_FOR] - 1, row[ENTRY_CASH]
        counts[reason] += 1
        by_member[row[BUYER], reason] += cash
        if row[ENTRY_UNITS] > 0:
            by_security[row[SECURITY]] += row[ENTRY_UNITS]
        wait = closes - row[FIRST_EVENT]
        waits[wait_bin(wait)] += cash
        add_product(wide, 0, cash, wait)
        add_product(wide, 2, cash, row[FIRST_EVENT] - row[ENTERED])
