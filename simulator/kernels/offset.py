"""The largest set of waiting instructions that is a prefix of every queue and feasible on its net effect.

All offsets see an instruction as *legs*: a leg moves an amount from an account on the buyer's side to one
on the seller's side, or back where ``moves`` is below 0. Accounts of a leg are numbered from ``base`` on;
``spare`` holds what each account can still give. A set is feasible if no account ends below 0.
"""

from __future__ import annotations

import numpy as np

from .compile import kernel


@kernel
def taken_from(buyers, sellers, moves, base, leg, i):
    """The account that a leg of instruction i takes from."""
    return base[leg] + (buyers[leg][i] if moves[leg][i] > 0 else sellers[leg][i])


@kernel
def given_to(buyers, sellers, moves, base, leg, i):
    """The account that a leg of instruction i gives to."""
    return base[leg] + (sellers[leg][i] if moves[leg][i] > 0 else buyers[leg][i])


@kernel
def post(buyers, sellers, moves, base, spare, i):
    """Move all legs of instruction i."""
    for leg in range(len(moves)):
        moved = moves[leg][i]
        if moved != 0:
            spare[base[leg] + buyers[leg][i]] -= moved
            spare[base[leg] + sellers[leg][i]] += moved


@kernel
def unpost(buyers, sellers, moves, base, spare, i):
    """Move all legs of instruction i back."""
    for leg in range(len(moves)):
        moved = moves[leg][i]
        if moved != 0:
            spare[base[leg] + buyers[leg][i]] += moved
            spare[base[leg] + sellers[leg][i]] -= moved


@kernel
def keep_prefixes(
    places, start, stop, buyers, sellers, moves, base, spare, included, last, previous, lacking, drops
):
    """Include the largest feasible prefixes of ``places[start:stop]``, ascending; ``spare``: what they leave.

    Starting from all, whoever lacks something loses the last instruction that takes from it, and with it
    what stands behind that one in its other queues, until nobody lacks anything. Every feasible set of
    prefixes survives each step, so the result is the largest (Bech and Soramäki 2001, extended to more
    than one resource). Linear in instructions.

    ``last`` (by account) is −1 for accounts that these instructions take from, and is not put back.
    """
    for k in range(start, stop):
        i = places[k]
        included[i] = True
        for leg in range(len(moves)):
            if moves[leg][i] != 0:
                account = taken_from(buyers, sellers, moves, base, leg, i)
                previous[leg, i] = last[account]
                last[account] = i
        post(buyers, sellers, moves, base, spare, i)
    left = 0
    for k in range(start, stop):
        i = places[k]
        for leg in range(len(moves)):
            if moves[leg][i] != 0:
                account = taken_from(buyers, sellers, moves, base, leg, i)
                if last[account] == i and spare[account] < 0:
                    lacking[left] = account
                    left += 1
    while left > 0:
        account = lacking[left - 1]
        if spare[account] >= 0:
            left -= 1
            continue
        drops[0] = last[account]
        depth = 1
        while depth > 0:
            i = drops[depth - 1]
            behind = i
            for leg in range(len(moves)):
                if moves[leg][i] != 0:
                    behind = max(behind, last[taken_from(buyers, sellers, moves, base, leg, i)])
            if behind != i:
                drops[depth] = behind
                depth += 1
                continue
            depth -= 1
            included[i] = False
            unpost(buyers, sellers, moves, base, spare, i)
            for leg in range(len(moves)):
                if moves[leg][i] != 0:
                    last[taken_from(buyers, sellers, moves, base, leg, i)] = previous[leg, i]
                    receiver = given_to(buyers, sellers, moves, base, leg, i)
                    if spare[receiver] < 0:
                        lacking[left] = receiver
                        left += 1


@kernel
def keep_hopeful(places, buyers, sellers, moves, base, room, used, closed):
    """Keep the places, in order, that could settle if all that is kept ahead of a drop did; their number.

    ``room`` is what an account could give with everything that is still kept paid into it. Whoever runs
    out of room loses that instruction and all behind it, and who was to receive loses room. Each pass
    leaves little of a queue whose heads are too large; it ends with a pass that drops less than a quarter,
    for the last few may need as many passes as there are instructions.
    """
    count, kept = 0, len(places)
    while count == 0 or 4 * kept < 3 * count:
        count, kept = kept, 0
        for account in range(len(used)):
            used[account] = 0
            closed[account] = False
        for k in range(count):
            i = places[k]
            fits = True
            for leg in range(len(moves)):
                if moves[leg][i] != 0:
                    account = taken_from(buyers, sellers, moves, base, leg, i)
                    fits &= not closed[account] and used[account] + abs(moves[leg][i]) <= room[account]
            if fits:
                places[kept] = i
                kept += 1
            for leg in range(len(moves)):
                if moves[leg][i] != 0:
                    account = taken_from(buyers, sellers, moves, base, leg, i)
                    if fits:
                        used[account] += abs(moves[leg][i])
                    else:
                        closed[account] = True
                        room[given_to(buyers, sellers, moves, base, leg, i)] -= abs(moves[leg][i])
        if kept == 0:
            break
    return kept


@kernel
def _add_receipts(buyers, sellers, moves, base, room):
    for i in range(len(moves[0])):
        for leg in range(len(moves)):
            if moves[leg][i] != 0:
                room[given_to(buyers, sellers, moves, base, leg, i)] += abs(moves[leg][i])


def largest_feasible_prefixes(buyers, sellers, moves, base, spare):
    """Which waiting instructions can settle together, as a boolean array; ``spare`` is what they leave.

    Instructions stand in queue order; the queue of an account is what takes from it. First what cannot
    settle whatever else does is dropped in a few passes straight through memory, which is five times as
    fast as following each queue back; then the rest exactly.
    """
    count, legs, accounts = len(moves[0]), len(moves), len(spare)
    included = np.zeros(count, dtype=np.bool_)
    room = spare.copy()
    _add_receipts(buyers, sellers, moves, base, room)
    places = np.arange(count)
    used, closed = np.empty(accounts, dtype=np.int64), np.empty(accounts, dtype=np.bool_)
    kept = keep_hopeful(places, buyers, sellers, moves, base, room, used, closed)
    keep_prefixes(
        places,
        0,
        kept,
        buyers,
        sellers,
        moves,
        base,
        spare,
        included,
        np.full(accounts, -1, dtype=np.int64),
        np.empty((legs, count), dtype=np.int64),
        np.empty(2 * legs * kept + 1, dtype=np.int64),
        np.empty(kept + 1, dtype=np.int64),
    )
    return included
