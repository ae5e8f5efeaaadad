"""One day of a synthetic market, drawn unit by unit.

A day is cut into *units*, stretches expected to hold 65,536 trades each. The day's fixed number of trades
falls into them by a multinomial draw, and inside a unit times are uniform and come out in order: trade
times are exactly independent draws from the profile, and nothing is ever sorted. Every unit has random
streams of its own, so how units are gathered into chunks changes no trade.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.market.flow import DEFAULT_PRIORITY, Chunk, Int32, Int64, TradeDay
from simulator.market.participants import MARKET_MAKER, Float64

if TYPE_CHECKING:
    from simulator.market.synthetic import SyntheticFlow

TRADES_A_UNIT = 65_536

MAKER_RESERVE = 16.0
"""A market maker means to be flat this many of its own trades before the end of the day; at most
``MAKER_RESERVE_SHARE`` of its day. Sixteen leave time to trade out of the last large one."""
MAKER_RESERVE_SHARE = 0.2

MAKER_TOLERANCE = 0.004
"""Inventory, as a share of its expected activity, that a market maker need not trade out of: less than
half of the 1 % it may end with, as a small one may see half the activity expected of a day."""


class Choice(NamedTuple):
    """Weights to choose by, summed, with a guide to where the search starts; see ``kernels.generate``."""

    cumulative: Float64
    guide: Int32

    @classmethod
    def of(cls, weights: Float64) -> Choice:
        cumulative = np.concatenate(([0.0], np.cumsum(weights)))
        # Four cells a choice: then the first comparison is the last for most points, and predictable.
        cells = 1 << (4 * len(weights) - 1).bit_length()
        # Edges a hair low, so that rounding never starts a search beyond its answer.
        edges = np.arange(cells + 1) * (cumulative[-1] / cells) * (1.0 - 1e-9)
        starts = np.searchsorted(cumulative[1:], edges, side="right")
        return cls(cumulative, np.minimum(starts, len(weights) - 1).astype(np.int32))


class DayOfTrades:
    """One day being drawn: how many trades fall into each unit, and what market makers hold so far.

    A market maker with some 80 trades a day or more ends within 1 % of its activity (at 80, all but one
    in 10,000 days). With fewer, or with 80 all of one size, one trade is more than that, and it ends within
    about one trade. What it cannot take on it leaves to others: about (1 + cv²) mean trades a day.
    """

    def __init__(self, flow: SyntheticFlow, day: TradeDay) -> None:
        self.flow, self.day, self.done = flow, day, 0
        counts = flow.stream("trades by unit", day.index)
        self.counts = counts.multinomial(flow.trades_per_day, flow.unit_shares)
        most = int(self.counts.max())
        self.spacings = np.empty(most + 1)
        self.values, self.choices, self.roundings = np.empty(most), np.empty(most), np.empty(most)
        self.firsts, self.seconds, self.sides = np.empty(most), np.empty(most), np.empty(most)

        network = flow.network
        self.security_choice = Choice.of(flow.security_shares)
        self.first_choice, self.second_choice = Choice.of(network.activity), Choice.of(network.strength)
        self.tilts = network.tilts(flow.imbalances(day.index))
        self.makers = np.array([kind == MARKET_MAKER for kind in flow.member_types])
        self.pace = 2.0 * network.activity * flow.mean_cash
        day_cash = self.pace * flow.trades_per_day
        self.reserve = np.minimum(MAKER_RESERVE * flow.mean_cash, MAKER_RESERVE_SHARE * day_cash)
        self.tolerance = MAKER_TOLERANCE * day_cash
        self.inventory = np.zeros(len(flow.members), np.int64)

    def runs(self, trades: int) -> Iterator[tuple[int, int]]:
        """Units ``start … stop − 1`` to draw together: as many as hold ``trades`` trades, at least one."""
        start, held = 0, 0
        for unit, count in enumerate(self.counts.tolist()):
            if held and held + count > trades:
                yield start, unit
                start, held = unit, 0
            held += count
        if held:
            yield start, len(self.counts)

    def draw(self, start: int, stop: int, first: int) -> tuple[Chunk, float]:
        """The trades of units ``start … stop − 1``, to be called in order, and their cash."""
        count, total, filled = int(self.counts[start:stop].sum()), 0.0, 0
        times, cash, units = (np.empty(count, np.int64) for _ in range(3))
        buyer, seller, security = (np.empty(count, np.int32) for _ in range(3))
        for unit in range(start, stop):
            place = slice(filled, filled + int(self.counts[unit]))
            if place.stop > filled:
                self._draw_times(unit, times[place])
                terms = security[place], units[place], cash[place]
                total += self._draw_terms(unit, *terms)
                self._draw_sides(unit, *terms, buyer[place], seller[place])
            self.done += place.stop - filled
            filled = place.stop
        priority = self._draw_priorities(start, stop)
        for array in (times, buyer, seller, security, units, cash):
            array.flags.writeable = False
        columns = times, buyer, seller, security, units, cash
        return Chunk(first, self.day.index, *columns, priority=priority), total

    def _stream(self, purpose: str, unit: int) -> np.random.Generator:
        return self.flow.stream(purpose, self.day.index, unit)

    def _draw_times(self, unit: int, times: Int64) -> None:
        from simulator.kernels.generate import fill_times

        spacings = self.spacings[: len(times) + 1]
        self._stream("times", unit).standard_exponential(out=spacings)
        start, end = self.flow.unit_edges[unit], self.flow.unit_edges[unit + 1]
        fill_times(spacings, self.day.midnight + start, end - start, times)

    def _draw_priorities(self, start: int, stop: int) -> Int64 | None:
        """Classes by their shares, the rest the default; from a stream that serves nothing else."""
        shares = self.flow.priority_shares
        if not shares:
            return None
        classes = np.array([*shares, DEFAULT_PRIORITY])
        edges = np.cumsum(list(shares.values()))
        counts = enumerate(self.counts[start:stop].tolist(), start)
        points = [self._stream("priorities", unit).random(count) for unit, count in counts]
        priority: Int64 = classes[np.searchsorted(edges, np.concatenate(points), side="right")]
        priority.flags.writeable = False
        return priority

    def _draw_terms(self, unit: int, security: Int32, units: Int64, cash: Int64) -> float:
        from simulator.kernels.generate import fill_terms

        flow, count = self.flow, len(cash)
        values, choices, roundings = self.values[:count], self.choices[:count], self.roundings[:count]
        self._stream("sizes", unit).standard_normal(out=values)
        flow.trade_size.fill(values)
        self._stream("securities", unit).random(out=choices)
        self._stream("units", unit).random(out=roundings)
        chosen, largest = self.security_choice, flow.trade_size.largest
        return fill_terms(values, choices, roundings, flow.prices, *chosen, largest, security, units, cash)

    def _draw_sides(
        self, unit: int, security: Int32, units: Int64, cash: Int64, buyer: Int32, seller: Int32
    ) -> None:
        from simulator.kernels.generate import fill_sides

        drawn = self.firsts[: len(cash)], self.seconds[: len(cash)], self.sides[: len(cash)]
        for purpose, uniforms in zip(("members", "counterparties", "sides"), drawn, strict=True):
            self._stream(purpose, unit).random(out=uniforms)
        left = float(self.flow.trades_per_day - self.done)
        network = self.flow.network
        market = *self.first_choice, *self.second_choice, network.core, network.issuers, self.tilts
        steering = self.makers, self.pace, self.reserve, self.tolerance, left, self.inventory
        fill_sides(*drawn, *market, *steering, security, units, cash, buyer, seller)


def cut_day(opens: int, closes: int, profile: tuple[float, ...], trades: int) -> tuple[list[int], Float64]:
    """Units of a day: edges in µs since midnight, one more than units, and the share of trades in each.

    Each part of the profile is cut into equal units that expect at most ``TRADES_A_UNIT`` trades.

    >>> edges, shares = cut_day(0, 600, (3.0, 1.0), 131_072)
    >>> edges, shares.tolist()
    ([0, 150, 300, 600], [0.375, 0.375, 0.25])
    """
    edges, shares = [opens], []
    for part, weight in enumerate(profile):
        start = opens + (closes - opens) * part // len(profile)
        stop = opens + (closes - opens) * (part + 1) // len(profile)
        share = weight / sum(profile)
        cuts = max(1, ceil(trades * share / TRADES_A_UNIT))
        for cut in range(cuts):
            edges.append(start + (stop - start) * (cut + 1) // cuts)
            shares.append(share * (edges[-1] - edges[-2]) / (stop - start))
    return edges, np.array(shares) / sum(shares)
