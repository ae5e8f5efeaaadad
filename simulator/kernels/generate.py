"""Kernels that turn random numbers drawn beforehand into trades, one after another.

Random numbers come in as arrays and trades go out into arrays; both have one entry a trade. Choices by
weight are inverse distribution functions with a guide: ``guide[c]`` is where the search for a point in
cell c starts, so a choice takes about one comparison however many there are to choose from.
"""

from __future__ import annotations

import numpy as np

from simulator.kernels.compile import kernel

WINDOW = 256
"""How many of the trades before are searched for one whose terms a market maker can take on."""


@kernel
def locate(point, cumulative, guide, cells, stop):
    """The index k < stop with cumulative[k] ≤ point < cumulative[k + 1].

    Parameters
    ----------
    point : float64, 0 ≤ point < cumulative[stop]
    cumulative : float64[n + 1], weights summed, from 0
    guide : int32[G + 1], an index not above the answer for each of G equal cells
    cells : float64, cells a unit of weight
    stop : int64, how many of the n may be chosen
    """
    # Unsigned: no branch for indices counted from the end.
    k = np.int64(guide[np.uint64(point * cells)])
    while k + 1 < stop and cumulative[k + 1] <= point:
        k += 1
    return k


@kernel
def fill_times(spacings, start, width, time):
    """Times of independent trades, uniform over a stretch of the day, in order.

    The n order statistics of a uniform distribution are the partial sums of n + 1 exponential spacings
    over their total (Rényi 1953): no sort, which would take 43 ns a trade.

    Parameters
    ----------
    spacings : float64[n + 1], exponential; changed in place
    start, width : int64, µs; times fall in start … start + width − 1
    time : int64[n], filled in place, non-decreasing

    Examples
    --------
    >>> time = np.empty(2, np.int64)
    >>> fill_times(np.array([1.0, 2.0, 1.0]), 100, 40, time)
    >>> time.tolist()
    [110, 130]
    """
    total = 0.0
    for k in range(len(spacings)):
        total += spacings[k]
        spacings[k] = total
    scale = width / total
    for k in range(len(time)):
        time[k] = start + min(np.int64(spacings[k] * scale), width - 1)


@kernel
def fill_terms(values, choices, roundings, price, cumulative, guide, largest, security, units, cash):
    """What is traded: security, units and cash of each trade.

    Units are value / price rounded up or down at random, so that the mean is kept, but at least 1.

    Parameters
    ----------
    values : float64[n], value aimed at, minor units
    choices, roundings : float64[n], uniform in [0, 1)
    price : int64[securities], minor units a unit
    cumulative, guide : weights of the securities, see ``locate``
    largest : float64, no value is larger, so that no cash can wrap
    security : int32[n]; units, cash : int64[n]; filled in place

    Returns
    -------
    float64, cash of all n trades

    Examples
    --------
    One security at 3: a value of 10 is 3 units and a third.

    >>> security, units, cash = np.empty(2, np.int32), np.empty(2, np.int64), np.empty(2, np.int64)
    >>> one = np.array([0.0, 1.0]), np.zeros(2, np.int32)
    >>> fill_terms(np.array([10.0, 10.0]), np.zeros(2), np.array([0.6, 0.7]), np.array([3]), *one,
    ...            1e6, security, units, cash)
    21.0
    >>> units.tolist(), cash.tolist()
    ([3, 4], [9, 12])
    """
    total = 0.0
    securities = len(price)
    cells = (len(guide) - 1) / cumulative[securities]
    for k in range(len(values)):
        chosen = locate(choices[k] * cumulative[securities], cumulative, guide, cells, securities)
        number = max(np.int64(min(values[k], largest) / price[chosen] + roundings[k]), 1)
        amount = number * price[chosen]
        security[k] = chosen
        units[k] = number
        cash[k] = amount
        total += amount
    return total


@kernel
def steer(inventory, room):
    """The tilt that takes an inventory to 0 over what a market maker has still to trade.

    −inventory / room is the drift of a Brownian bridge; with less room than inventory every trade
    goes against it.
    """
    if abs(inventory) >= room:
        return -1.0 * np.sign(inventory)
    return -inventory / room


@kernel
def excess(change, i, j, makers, inventory, reach_i, reach_j):
    """By how much i's buying for ``change`` leaves a market maker with more than it can trade out of.

    What a market maker may be left with is its reach, or what it has already; ≤ 0 if that holds.
    """
    worst = 0.0
    if makers[i]:
        worst = abs(inventory[i] + change) - max(abs(inventory[i]), reach_i)
    if makers[j]:
        worst = max(worst, abs(inventory[j] - change) - max(abs(inventory[j]), reach_j))
    return worst


@kernel
def take_on(k, side, i, j, makers, inventory, reach_i, reach_j, security, units, cash, buyer, seller):
    """A side for trade k that leaves no market maker beyond its reach: +1 if i buys, −1 if i sells.

    ``side`` is the side drawn. If neither it nor the other one will do, the terms are exchanged with those
    of one of the trades before, between two others than market makers, so that the terms of the day stay
    what they were; if none of them fits either, it is the side that leaves less behind.
    """
    for other in range(k, max(k - WINDOW, -1), -1):
        if other < k and (makers[buyer[other]] or makers[seller[other]]):
            continue
        for choice in (side, -side):
            if excess(choice * cash[other], i, j, makers, inventory, reach_i, reach_j) <= 0.0:
                cash[k], cash[other] = cash[other], cash[k]
                units[k], units[other] = units[other], units[k]
                security[k], security[other] = security[other], security[k]
                return choice
    ahead = excess(side * cash[k], i, j, makers, inventory, reach_i, reach_j)
    back = excess(-side * cash[k], i, j, makers, inventory, reach_i, reach_j)
    return side if ahead <= back else -side


@kernel
def fill_sides(
    firsts,
    seconds,
    sides,
    activity,
    activity_guide,
    strength,
    strength_guide,
    core,
    issuers,
    tilts,
    makers,
    pace,
    reserve,
    tolerance,
    left,
    inventory,
    security,
    units,
    cash,
    buyer,
    seller,
):
    """Who buys from whom: both members of each trade, and which of them buys.

    One member is chosen by activity, its counterparty by strength among those it trades with, never
    itself; the first buys with probability ½(1 + tilt), where tilt is the difference of their
    potentials, plus for a market maker what steers its inventory home; beyond ±1 it counts as ±1.

    Parameters
    ----------
    firsts, seconds, sides : float64[n], uniform in [0, 1)
    activity, strength : float64[members + 1], summed from 0, members in order, the core first
    activity_guide, strength_guide : int32[G + 1], see ``locate``
    core : int64, members in the core
    issuers : bool, whether the core trades with the rest only
    tilts : float64[members], potentials
    makers : bool[members], market makers
    pace : float64[members], expected cash traded in one trade of the market, minor units
    reserve : float64[members], cash at the end of the day that steering does not count on
    tolerance : float64[members], inventory that need not be traded out of, minor units
    left : float64, trades left in the day before the first of these
    inventory : int64[members], market makers' cash bought less sold today; changed in place
    security, units, cash : terms, exchanged in place where a market maker could not take them on
    buyer, seller : int32[n], filled in place
    """
    members = len(tilts)
    activity_cells = (len(activity_guide) - 1) / activity[members]
    strength_cells = (len(strength_guide) - 1) / strength[members]
    for k in range(len(cash)):
        i = locate(firsts[k] * activity[members], activity, activity_guide, activity_cells, members)
        if i < core and issuers:
            point = strength[core] + seconds[k] * (strength[members] - strength[core])
            j = max(locate(point, strength, strength_guide, strength_cells, members), core)
        elif i < core:
            # Everybody but i: the distribution with i's stretch cut out.
            point = seconds[k] * (strength[members] - (strength[i + 1] - strength[i]))
            if point >= strength[i]:
                point = max(point + (strength[i + 1] - strength[i]), strength[i + 1])
            j = locate(point, strength, strength_guide, strength_cells, members)
            if j == i:  # only the last member, by rounding at the end of its stretch
                j -= 1
        else:
            j = locate(seconds[k] * strength[core], strength, strength_guide, strength_cells, core)

        tilt = tilts[i] - tilts[j]
        if not (makers[i] or makers[j]):
            i_buys = sides[k] < 0.5 * (1.0 + tilt)
        else:
            room_i = max(pace[i] * (left - k) - reserve[i], 0.0)
            room_j = max(pace[j] * (left - k) - reserve[j], 0.0)
            if makers[i]:
                tilt += steer(inventory[i], room_i)
            if makers[j]:
                tilt -= steer(inventory[j], room_j)
            i_buys = sides[k] < 0.5 * (1.0 + tilt)
            reach_i = max(0.5 * room_i, tolerance[i])
            reach_j = max(0.5 * room_j, tolerance[j])
            side = 1 if i_buys else -1
            if excess(side * cash[k], i, j, makers, inventory, reach_i, reach_j) > 0.0:
                reaches = reach_i, reach_j
                terms = security, units, cash
                side = take_on(k, side, i, j, makers, inventory, *reaches, *terms, buyer, seller)
            if makers[i]:
                inventory[i] += side * cash[k]
            if makers[j]:
                inventory[j] -= side * cash[k]
            i_buys = side > 0
        # Without a branch: which side it is cannot be predicted, and a wrong guess costs 6 ns a trade.
        moved = (i - j) * np.int64(i_buys)
        buyer[k] = j + moved
        seller[k] = i - moved
