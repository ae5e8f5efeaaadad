"""Multilateral netting: what members owe the clearing house, and what a cycle can deliver of it."""

from __future__ import annotations

from .compile import AHEAD, kernel, prefetch
from .state import UNITS, UNITS_OUT, UNITS_PEAK

# obligations[p, :], one row a position slot
NET_UNITS = 0  # bought less sold since the last cycle
STAMP = 1  # the cycle in which the slot was last touched


@kernel
def novate(
    net_cash,
    obligations,
    touched,
    count,
    stamp,
    prices,
    buyers,
    sellers,
    securities,
    units,
    cash,
    buyer_slots,
    seller_slots,
    start,
    stop,
):
    """Add instructions ``start … stop − 1`` to the nets of a cycle, in place; slots touched so far.

    ``net_cash`` (members,) is paid less received. ``prices`` (securities, 2), Σ cash and Σ units of
    instructions with both legs, is filled where it has rows.
    """
    for i in range(start, stop):
        if i + AHEAD < stop:
            prefetch(obligations, buyer_slots[i + AHEAD])
            prefetch(obligations, seller_slots[i + AHEAD])
        buyer, seller, security, amount, quantity = buyers[i], sellers[i], securities[i], cash[i], units[i]
        if len(prices) > 0 and amount > 0 and quantity > 0:
            prices[security, 0] += amount
            prices[security, 1] += quantity
        if buyer == seller:
            continue
        net_cash[buyer] += amount
        net_cash[seller] -= amount
        if quantity > 0:
            p, q = buyer_slots[i], seller_slots[i]
            if obligations[p, STAMP] != stamp:
                obligations[p, STAMP] = stamp
                touched[count] = p
                count += 1
            if obligations[q, STAMP] != stamp:
                obligations[q, STAMP] = stamp
                touched[count] = q
                count += 1
            obligations[p, NET_UNITS] += quantity
            obligations[q, NET_UNITS] -= quantity
    return count


@kernel
def follow_deliveries(slots, obligations, touched):
    """The unconstrained path of a cycle: every net position delivered, peaks of net units out."""
    for p in touched:
        out = slots[p, UNITS_OUT] - obligations[p, NET_UNITS]
        slots[p, UNITS_OUT] = out
        if out > slots[p, UNITS_PEAK]:
            slots[p, UNITS_PEAK] = out


@kernel
def deliver_all(slots, obligations, touched, units_moved):
    """Deliver every net position; ``units_moved`` by slot gets what shorts deliver."""
    for p in touched:
        net = obligations[p, NET_UNITS]
        obligations[p, NET_UNITS] = 0
        slots[p, UNITS] += net
        if net < 0:
            units_moved[p] -= net


@kernel
def deliver_held(
    slots,
    obligations,
    touched,
    slot_security,
    slot_member,
    settlement_price,
    withheld_cash,
    units_moved,
    failed_units,
    failed_value,
    fails,
):
    """Deliver what shorts hold, fill longs in member order, withhold the price of the rest.

    ``touched`` is ordered by security, then member. ``withheld_cash`` by member is what a cycle takes
    off its payable (longs, positive) or its receivable (shorts, negative). ``failed_value`` and
    ``fails`` by member count short positions that were not delivered in full, at ``settlement_price``.
    """
    at = 0
    while at < len(touched):
        security = slot_security[touched[at]]
        end = at
        delivered = 0
        while end < len(touched) and slot_security[touched[end]] == security:
            p = touched[end]
            short = -obligations[p, NET_UNITS]
            if short > 0:
                given = min(short, max(0, slots[p, UNITS]))
                slots[p, UNITS] -= given
                delivered += given
                units_moved[p] += given
                missing = short - given
                if missing > 0:
                    member = slot_member[p]
                    withheld_cash[member] -= missing * settlement_price[security]
                    failed_value[member] += missing * settlement_price[security]
                    failed_units[security] += missing
                    fails[member] += 1
            end += 1
        for k in range(at, end):
            p = touched[k]
            long = obligations[p, NET_UNITS]
            if long > 0:
                taken = min(long, delivered)
                slots[p, UNITS] += taken
                delivered -= taken
                withheld_cash[slot_member[p]] += (long - taken) * settlement_price[security]
            obligations[p, NET_UNITS] = 0
        at = end


@kernel
def net_open(positions, ages, obligations, touched):
    """Net what is due to open positions, in place: one that becomes 0 or turns its sign is new.

    ``positions`` (slots,) are units to receive, negative to deliver; ``ages`` days since they arose.
    """
    for p in touched:
        before = positions[p]
        after = before + obligations[p, NET_UNITS]
        obligations[p, NET_UNITS] = 0
        positions[p] = after
        if after == 0 or (before < 0) != (after < 0):
            ages[p] = 0


@kernel
def deliver_open(slots, positions, ages, active, kept_back, longs, slot_security, delivered, units_moved):
    """Deliver what shorts hold and are not ``kept_back``, fill longs in the order of ``longs``, in place.

    ``active`` are the slots with an open position and ``kept_back`` says of each whether it stays;
    ``longs`` are those to receive. ``delivered`` (securities,) is room for sums, 0 before and after.
    """
    for k in range(len(active)):
        p = active[k]
        short = -positions[p]
        if short > 0 and not kept_back[k]:
            given = min(short, max(0, slots[p, UNITS]))
            slots[p, UNITS] -= given
            positions[p] += given
            units_moved[p] += given
            delivered[slot_security[p]] += given
            if given == short:
                ages[p] = 0
    for p in longs:
        security = slot_security[p]
        taken = min(positions[p], delivered[security])
        slots[p, UNITS] += taken
        positions[p] -= taken
        delivered[security] -= taken
        if positions[p] == 0:
            ages[p] = 0


@kernel
def value_open(positions, active, slot_security, slot_member, prices, values):
    """Σ units × price of open positions by member, longs above 0, added to ``values`` in place."""
    for p in active:
        values[slot_member[p]] += positions[p] * prices[slot_security[p]]


@kernel
def read_shorts(positions, active, slot_security, slot_member, prices, value, fails, units):
    """What shorts owe: value and number of positions by member, units by security, added in place."""
    for p in active:
        owed = -positions[p]
        if owed > 0:
            value[slot_member[p]] += owed * prices[slot_security[p]]
            fails[slot_member[p]] += 1
            units[slot_security[p]] += owed


@kernel
def close_shorts(positions, ages, shorts, slot_security, bought, closed):
    """Close shorts, in the order of ``shorts``, for the units ``bought`` by security, in place.

    ``closed`` (like ``shorts``) is how many units of each; nothing of ``bought`` is left if shorts suffice.
    """
    for k in range(len(shorts)):
        p = shorts[k]
        security = slot_security[p]
        taken = min(-positions[p], bought[security])
        positions[p] += taken
        bought[security] -= taken
        closed[k] = taken
        if positions[p] == 0:
            ages[p] = 0
