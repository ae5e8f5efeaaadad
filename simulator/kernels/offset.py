"""The largest set of waiting instructions that is a prefix of every queue and feasible on its net effect."""

from __future__ import annotations

import numpy as np

from .compile import allocating as kernel


@kernel
def _last_and_previous(queues, counted, number):
    """For each queue its last instruction, for each instruction the one before it in its queue; −1 none."""
    last = np.full(number, -1, dtype=np.int64)
    previous = np.full(len(queues), -1, dtype=np.int64)
    for i in range(len(queues)):
        if counted[i] > 0:
            previous[i] = last[queues[i]]
            last[queues[i]] = i
    return last, previous


@kernel
def largest_feasible_prefixes(
    buyers, sellers, buyer_positions, seller_positions, units, cash, cash_available, units_available
):
    """Which waiting instructions can settle together, as a boolean array.

    Instructions stand in queue order. Starting from all, whoever lacks cash or units on the net effect
    loses the last instruction of that queue, and with it what stands behind it in its other queue,
    until nobody lacks anything. Every feasible set of prefixes survives each step, so the result is the
    largest (Bech and Soramäki 2001, extended to two resources). Linear in instructions.
    """
    count = len(buyers)
    last_cash, previous_cash = _last_and_previous(buyers, cash, len(cash_available))
    last_units, previous_units = _last_and_previous(seller_positions, units, len(units_available))
    spare_cash = cash_available.copy()
    spare_units = units_available.copy()
    for i in range(count):
        spare_cash[buyers[i]] -= cash[i]
        spare_cash[sellers[i]] += cash[i]
        if units[i] > 0:
            spare_units[seller_positions[i]] -= units[i]
            spare_units[buyer_positions[i]] += units[i]
    included = np.ones(count, dtype=np.bool_)
    drops = np.empty(count + 1, dtype=np.int64)
    members_lacking = np.empty(count + len(cash_available), dtype=np.int64)
    positions_lacking = np.empty(count + len(units_available), dtype=np.int64)
    members_left, positions_left = 0, 0
    for m in range(len(cash_available)):
        if spare_cash[m] < 0:
            members_lacking[members_left] = m
            members_left += 1
    for q in range(len(units_available)):
        if spare_units[q] < 0:
            positions_lacking[positions_left] = q
            positions_left += 1
    while members_left > 0 or positions_left > 0:
        if members_left > 0:
            m = members_lacking[members_left - 1]
            if spare_cash[m] >= 0:
                members_left -= 1
                continue
            drops[0] = last_cash[m]
        else:
            q = positions_lacking[positions_left - 1]
            if spare_units[q] >= 0:
                positions_left -= 1
                continue
            drops[0] = last_units[q]
        depth = 1
        while depth > 0:
            i = drops[depth - 1]
            if cash[i] > 0 and last_cash[buyers[i]] != i:
                drops[depth] = last_cash[buyers[i]]
                depth += 1
                continue
            if units[i] > 0 and last_units[seller_positions[i]] != i:
                drops[depth] = last_units[seller_positions[i]]
                depth += 1
                continue
            depth -= 1
            included[i] = False
            if cash[i] > 0:
                last_cash[buyers[i]] = previous_cash[i]
                spare_cash[buyers[i]] += cash[i]
                spare_cash[sellers[i]] -= cash[i]
                if spare_cash[sellers[i]] < 0:
                    members_lacking[members_left] = sellers[i]
                    members_left += 1
            if units[i] > 0:
                last_units[seller_positions[i]] = previous_units[i]
                spare_units[seller_positions[i]] += units[i]
                spare_units[buyer_positions[i]] -= units[i]
                if spare_units[buyer_positions[i]] < 0:
                    positions_lacking[positions_left] = buyer_positions[i]
                    positions_left += 1
    return included
