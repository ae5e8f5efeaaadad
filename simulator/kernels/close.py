"""What is read off the arrays at a close: peaks by security, their value by member, what is unsettled."""

from __future__ import annotations

from .compile import kernel
from .histogram import wait_bin
from .queue import deadline_of
from .state import (
    BLOCKED_BY,
    BUYER,
    ENTERED,
    ENTRY_CASH,
    ENTRY_UNITS,
    FIRST_EVENT,
    GONE,
    NO_DEADLINE,
    POOL_USED,
    SELLER_SLOT,
    UNITS_OUT,
    UNITS_PEAK,
    WAITED_FOR,
)
from .wide import add_product


@kernel
def add_up(units, owners, sums):
    """Add up what positions hold, where above 0, by security or member, in place."""
    for p in range(len(owners)):
        if units[p] > 0:
            sums[owners[p]] += units[p]


@kernel
def value_by_member(units, slot_security, slot_member, whole, rest, traded, by_member):
    """Value each position's ``units`` (where above 0) at price = whole + rest / traded by security.

    Half to even, added up by member in place. ``rest`` < ``traded``; the caller has seen that units ×
    rest stays below 2^62.
    """
    for p in range(len(slot_security)):
        held = units[p]
        if held > 0:
            s = slot_security[p]
            value = held * whole[s]
            if rest[s] > 0:
                product = held * rest[s]
                quotient = product // traded[s]
                twice = 2 * (product - quotient * traded[s])
                if twice > traded[s] or (twice == traded[s] and (value + quotient) % 2 == 1):
                    quotient += 1
                value += quotient
            by_member[slot_member[p]] += value


@kernel
def clear_paths(slots):
    """Begin a day's unconstrained path of units: nothing out, no peak."""
    for p in range(len(slots)):
        slots[p, UNITS_OUT] = 0
        slots[p, UNITS_PEAK] = 0


@kernel
def read_unsettled(pool, totals, more, closes, by_member, by_slot, counts, waits, wide, late):
    """Sort what still waits by buyer and reason, and its units by seller's slot, in place.

    ``by_member`` (members, REASONS) and ``counts`` (REASONS,) by the first block met. ``waits`` gets the
    histogram of waits until the close, ``wide`` (two words each) Σ value × that wait, then Σ value × (first
    eligible event − entry); ``late`` (2,) count and value of what had a deadline.
    """
    for entry in range(totals[POOL_USED]):
        row = pool[entry]
        if row[BLOCKED_BY] == GONE:
            continue
        reason, cash = row[WAITED_FOR] - 1, row[ENTRY_CASH]
        counts[reason] += 1
        by_member[row[BUYER], reason] += cash
        if row[ENTRY_UNITS] > 0:
            by_slot[row[SELLER_SLOT]] += row[ENTRY_UNITS]
        wait = closes - row[FIRST_EVENT]
        waits[wait_bin(wait)] += cash
        add_product(wide, 0, cash, wait)
        add_product(wide, 2, cash, row[FIRST_EVENT] - row[ENTERED])
        if deadline_of(pool, more, entry) != NO_DEADLINE:
            late[0] += 1
            late[1] += cash
