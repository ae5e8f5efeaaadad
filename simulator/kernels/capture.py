"""What a day's flow amounts to before anything settles: the same for every arrangement."""

from __future__ import annotations

from .compile import AHEAD, kernel, prefetch
from .wide import add_product

# counts[:]
TRADES = 0
GROSS_VALUE = 1
INTERNALISED_VALUE = 2
COUNT_COLUMNS = 3
# by_member[m, :]
NET = 0  # paid less received
PAID = 1  # paid to others
ACTIVE = 2  # instructions, internalised included
BUYS = 3  # instructions as buyer, from others
MEMBER_TALLIES = 4
# by_security[s, :]
VALUE = 0  # Σ cash of all instructions
TRADED = 1  # Σ units of all instructions
DELIVERED = 2  # Σ units between different members
SECURITY_TALLIES = 3


@kernel
def tally(
    counts,
    value_time,
    by_member,
    by_security,
    delivered,
    midnight,
    times,
    buyers,
    sellers,
    securities,
    units,
    cash,
    seller_slots,
):
    """Add a chunk to the day's tallies, in place.

    ``value_time`` gets Σ cash × µs since midnight, ``delivered`` (slots, 1) Σ units to other members.
    """
    for i in range(len(times)):
        if i + AHEAD < len(times):
            prefetch(delivered, seller_slots[i + AHEAD])
        buyer, seller, security, amount = buyers[i], sellers[i], securities[i], cash[i]
        counts[TRADES] += 1
        counts[GROSS_VALUE] += amount
        add_product(value_time, 0, amount, times[i] - midnight)
        by_member[buyer, ACTIVE] += 1
        if buyer == seller:
            counts[INTERNALISED_VALUE] += amount
        else:
            by_member[seller, ACTIVE] += 1
            by_member[buyer, NET] += amount
            by_member[buyer, PAID] += amount
            by_member[buyer, BUYS] += 1
            by_member[seller, NET] -= amount
        if security >= 0:
            by_security[security, VALUE] += amount
            by_security[security, TRADED] += units[i]
            if buyer != seller:
                by_security[security, DELIVERED] += units[i]
                delivered[seller_slots[i], 0] += units[i]
