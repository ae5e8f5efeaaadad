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
