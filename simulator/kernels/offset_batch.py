"""A large feasible set of waiting instructions, whatever stands before them in their queues."""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .offset import given_to, post, taken_from, unpost


@kernel
def _kept_from(entry, stop, places, included, up):
    """The first entry from this one on whose instruction is still included, ``stop`` if none is."""
    found = entry
    while found < stop and not included[places[found]]:
        found = up[found]
    while entry < found:  # whoever comes this way again jumps
        following = up[entry]
        up[entry] = found
        entry = following
    return found


@kernel
def _kept_to(entry, start, places, included, down):
    """The last entry up to this one whose instruction is still included."""
    found = entry
    while found > start and not included[places[found]]:
        found = down[found]
    while entry > found:
        following = down[entry]
        down[entry] = found
        entry = following
    return found


@kernel
def _first_of(amount, start, stop, amounts):
    """The first entry of at least an amount, ``stop`` if none is."""
    while start < stop:
        middle = (start + stop) // 2
        if amounts[middle] < amount:
            start = middle + 1
        else:
            stop = middle
    return start


@kernel
def _best_fit(lack, start, stop, amounts, places, included, up, down):
    """The smallest included instruction that covers a lack, or else the largest."""
    entry = _kept_from(_first_of(lack, start, stop, amounts), stop, places, included, up)
    if entry == stop:
        largest = amounts[_kept_to(stop - 1, start, places, included, down)]
        entry = _kept_from(_first_of(largest, start, stop, amounts), stop, places, included, up)
    return places[entry]


@kernel
def _drop(buyers, sellers, moves, base, spare, included, starts, amounts, places, up, down, lacking, listed):
    """Have whoever lacks anything, in turn, give up best fits until nobody does.

    ``amounts`` and ``places`` are what takes from each account, from ``starts`` on: the smallest first, of
    equal ones the last in the queue. ``lacking`` is a ring buffer of one place an account.
    """
    accounts = len(spare)
    first, waiting = 0, 0
    for account in range(accounts):
        if spare[account] < 0:
            lacking[waiting] = account
            listed[account] = True
            waiting += 1
    while waiting > 0:
        account = lacking[first]
        if spare[account] >= 0:
            listed[account] = False
            first = (first + 1) % accounts
            waiting -= 1
            continue
        start, stop = starts[account], starts[account + 1]
        i = _best_fit(-spare[account], start, stop, amounts, places, included, up, down)
        included[i] = False
        unpost(buyers, sellers, moves, base, spare, i)
        for leg in range(len(moves)):
            if moves[leg][i] != 0:
                receiver = given_to(buyers, sellers, moves, base, leg, i)
                if spare[receiver] < 0 and not listed[receiver]:
                    lacking[(first + waiting) % accounts] = receiver
                    listed[receiver] = True
                    waiting += 1


@kernel
def _post_leg(buyer, seller, moved, first, spare):
    """Move one leg of every instruction."""
    for i in range(len(moved)):
        if moved[i] != 0:
            spare[first + buyer[i]] -= moved[i]
            spare[first + seller[i]] += moved[i]


@kernel
def _put_back(buyers, sellers, moves, base, spare, included, left):
    """Put back what fits, in queue order, again and again until nothing more does."""
    count = 0
    for i in range(len(included)):
        if not included[i]:
            left[count] = i
            count += 1
    added = True
    while added:
        added, still = False, 0
        for k in range(count):
            i = left[k]
            fits = True
            for leg in range(len(moves)):
                if moves[leg][i] != 0 and buyers[leg][i] != sellers[leg][i]:
                    account = taken_from(buyers, sellers, moves, base, leg, i)
                    fits &= spare[account] >= abs(moves[leg][i])
            if fits:
                included[i] = True
                added = True
                post(buyers, sellers, moves, base, spare, i)
            else:
                left[still] = i
                still += 1
        count = still


def large_feasible_set(buyers, sellers, moves, base, spare):
    """Which waiting instructions settle together, as a boolean array; ``spare`` is what they leave.

    No single one left out could be added. Some n·log n steps to drop, and one pass over what was left out
    for each time that something fits again.
    """
    count, accounts = len(moves[0]), len(spare)
    included = np.ones(count, dtype=np.bool_)
    for i, (buyer, seller, moved) in enumerate(zip(buyers, sellers, moves, strict=True)):
        _post_leg(buyer, seller, moved, base[i], spare)
    if (spare < 0).any():
        account, amount, place = _takers(buyers, sellers, moves, base)
        entries = np.arange(len(place))
        _drop(
            buyers,
            sellers,
            moves,
            base,
            spare,
            included,
            np.searchsorted(account, np.arange(accounts + 1)),
            amount,
            place,
            entries + 1,
            entries - 1,
            np.empty(accounts, dtype=np.int64),
            np.zeros(accounts, dtype=np.bool_),
        )
        _put_back(buyers, sellers, moves, base, spare, included, np.empty(count, dtype=np.int64))
    return included


def _takers(buyers, sellers, moves, base):
    """What takes from each account: (account, amount, place), by account, amount, last in the queue first."""
    columns = []
    for leg, (buyer, seller, moved) in enumerate(zip(buyers, sellers, moves, strict=True)):
        place = np.flatnonzero((moved != 0) & (buyer != seller))[::-1]
        taken = np.where(moved[place] > 0, buyer[place], seller[place])
        columns.append((base[leg] + taken, np.abs(moved[place]), place))
    account, amount, place = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(amount, kind="stable")
    order = order[np.argsort(account[order], kind="stable")]
    return account[order], amount[order], place[order]
