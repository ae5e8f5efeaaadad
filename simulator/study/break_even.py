"""Where two arrangements cost the same: their costs over the funding spread and the volatility.

The *funding spread* is what a desk pays for term money over the money market. Margin earns the money market
at the clearing house, so what it costs is the spread; cash on a chain earns nothing, so it costs the market
rate and the spread. A map therefore moves both rates by the same: at a spread s margin costs s, and cash
brought what it cost in the run plus s − ``costs.margin``, never less than nothing. Where the spread is
``costs.margin`` and volatility is the run's own stands what the run cost, to the minor unit.

Volatility v is a multiple of the run's: value at risk grows with it, gap risk and marks do not, and each
member's margin is max(minimum, v · at_risk + gap + marks), held all day. All else stays as it was: nothing
settles anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Costs

Int64 = npt.NDArray[np.int64]

DAY = 86_400_000_000
SPREADS = tuple(Fraction(step * 125, 100_000) for step in range(1, 41))
"""12.5 to 500 bp; the default of ``costs.margin`` is among them."""

VOLATILITIES = tuple(Fraction(step, 10) for step in range(1, 41))
"""A tenth to four times the run's."""

PRICED = ("margin", "liquidity")
"""What the spread can price."""

SAFE = 1 << 62


@dataclass(frozen=True, slots=True)
class Line:
    """A place where the cheapest arrangement changes along the spread, or along the volatility.

    ``below`` is the cheapest where that is less, ``above`` where it is more.
    """

    spread: Fraction
    volatility: Fraction
    along: str
    below: str
    above: str


@dataclass
class Priced:
    """One arrangement's costs, as a function of spread and volatility; money in minor units.

    Attributes
    ----------
    fixed : what neither moves, Σ over days and members
    liquidity : what cash brought cost in the run; ``brought`` minor units × days
    margin : what margin cost in the run; ``held`` minor units × days
    at_risk, rest, required : by member and day, int64: value at risk, gap risk and marks, margin required;
        of whom none is required none is at any volatility
    minimum : least margin of a member
    days, year : settlement days, and days of a year
    spread : the run's, ``costs.margin``
    prices : what the spread prices
    """

    name: str
    fixed: int
    liquidity: int
    brought: Fraction
    margin: int
    held: Fraction
    at_risk: Int64
    rest: Int64
    required: Int64
    minimum: int
    days: int
    year: int
    spread: Fraction
    prices: tuple[str, ...] = PRICED
    _held: dict[Fraction, Fraction] = field(default_factory=dict)

    def held_at(self, volatility: Fraction) -> Fraction:
        """Margin deposited × days at a volatility, exact."""
        if volatility not in self._held:
            up, down = volatility.numerator, volatility.denominator
            largest = up * int(self.at_risk.max(initial=0)) + down * int(self.rest.max(initial=0))
            kind = object if max(largest, down * self.minimum) >= SAFE else np.int64
            at_risk, rest = self.at_risk.astype(kind), self.rest.astype(kind)
            needed = np.maximum(down * self.minimum, up * at_risk + down * rest)[self.required > 0]
            more = _total(needed) - down * _total(self.required)
            self._held[volatility] = self.held + Fraction(more, down)
        return self._held[volatility]

    def cost(self, spread: Fraction, volatility: Fraction) -> Fraction:
        """Mean cost of a day, exact."""
        wider = spread - self.spread
        liquidity, margin = Fraction(self.liquidity), self.margin + Fraction(0)
        if "liquidity" in self.prices:
            moved = liquidity + wider * self.brought / self.year
            liquidity = max(Fraction(0), moved) if self.liquidity >= 0 <= self.brought else moved
        priced_at = spread if "margin" in self.prices else self.spread
        margin += (priced_at * self.held_at(volatility) - self.spread * self.held) / self.year
        return (self.fixed + liquidity + margin) / self.days

    @cached_property
    def free_at(self) -> Fraction | None:
        """The spread below which cash brought costs nothing, if any."""
        if "liquidity" not in self.prices or self.brought <= 0 or self.liquidity < 0:
            return None
        return self.spread - self.liquidity * self.year / self.brought

    def bends(self) -> Iterator[tuple[int, int]]:
        """Volatilities from which a member's margin is above the minimum, numerator and denominator."""
        above = self.minimum - self.rest
        bent = (self.at_risk > 0) & (above > 0)
        yield from zip(above[bent].tolist(), self.at_risk[bent].tolist(), strict=True)


@dataclass(frozen=True)
class BreakEven:
    """A map of costs.

    Attributes
    ----------
    spreads, volatilities : of the grid, ascending; spreads a year, volatilities as multiples of the run's
    arrangements : what is compared, as the run lists it
    costs : by (spread, volatility), place in the grid, the mean cost of a day of each, exact minor units
    lines : where the cheapest changes, along the spread at each volatility and the other way round
    spread : the run's own
    """

    spreads: tuple[Fraction, ...]
    volatilities: tuple[Fraction, ...]
    arrangements: tuple[str, ...]
    costs: dict[tuple[int, int], tuple[Fraction, ...]]
    lines: tuple[Line, ...]
    spread: Fraction

    def cheapest(self, at_spread: int, at_volatility: int) -> str:
        """The arrangement that costs least in a cell; of equals the first."""
        costs = self.costs[at_spread, at_volatility]
        return self.arrangements[costs.index(min(costs))]

    @property
    def table(self) -> pl.DataFrame:
        """One row a cell and arrangement: spread in bp, volatility, cost of a day, whether it is cheapest."""
        import polars as pl

        rows = [
            (_bp(spread), float(volatility), name, round(cost), name == self.cheapest(i, j))
            for i, spread in enumerate(self.spreads)
            for j, volatility in enumerate(self.volatilities)
            for name, cost in zip(self.arrangements, self.costs[i, j], strict=True)
        ]
        names = ("spread_bp", "volatility", "arrangement", "cost", "cheapest")
        types = (pl.Float64, pl.Float64, pl.String, pl.Int64, pl.Boolean)
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")

    @property
    def line_table(self) -> pl.DataFrame:
        """One row a point of the line: spread in bp, volatility, and what is cheapest on either side."""
        import polars as pl

        rows = [
            (_bp(one.spread), float(one.volatility), one.along, one.below, one.above) for one in self.lines
        ]
        names = ("spread_bp", "volatility", "along", "below", "above")
        types = (pl.Float64, pl.Float64, *(pl.String,) * 3)
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _bp(spread: Fraction) -> float:
    return float(spread * 10_000)


def break_even(
    costs: pl.DataFrame,
    rates: Costs,
    minimums: Mapping[str, int] | None = None,
    *,
    spreads: Sequence[Fraction] = SPREADS,
    volatilities: Sequence[Fraction] = VOLATILITIES,
    prices: Sequence[str] = PRICED,
) -> BreakEven:
    """The map of a run from its table of costs alone.

    Parameters
    ----------
    costs : one row an arrangement, settlement day and member, as ``costs.parquet`` holds it
    rates : the run's
    minimums : least margin of a member by arrangement, minor units; 0 where none is given
    prices : what the spread prices: margin, liquidity, or both
    """
    priced = [
        _priced(str(name), costs.filter(arrangement=name), rates, (minimums or {}).get(str(name), 0), prices)
        for name in costs.get_column("arrangement").unique(maintain_order=True)
    ]
    across, up = tuple(sorted(set(spreads))), tuple(sorted(set(volatilities)))
    cells = {
        (i, j): tuple(one.cost(spread, volatility) for one in priced)
        for i, spread in enumerate(across)
        for j, volatility in enumerate(up)
    }
    lines = {*_along_spread(priced, across, up, cells), *_along_volatility(priced, across, up, cells)}
    ordered = sorted(lines, key=lambda one: (one.volatility, one.spread, one.along, one.below, one.above))
    return BreakEven(across, up, tuple(one.name for one in priced), cells, tuple(ordered), rates.margin)


def _priced(name: str, rows: pl.DataFrame, rates: Costs, minimum: int, prices: Sequence[str]) -> Priced:
    def total(column: str) -> int:
        return sum(map(int, rows.get_column(column).to_list()))

    gap, marks = (rows.get_column(column).to_numpy() for column in ("gap", "marks"))
    liquidity, margin = total("cost_liquidity"), total("cost_margin")
    required = rows.get_column("required").to_numpy()
    return Priced(
        name=name,
        fixed=total("cost") - liquidity - margin,
        liquidity=liquidity,
        brought=Fraction(total("brought_time"), DAY),
        margin=margin,
        held=Fraction(total("held_time"), DAY),
        at_risk=rows.get_column("at_risk").to_numpy(),
        rest=gap + marks,
        required=required,
        minimum=minimum,
        days=max(1, rows.get_column("day").n_unique()),
        year=rates.day_count,
        spread=rates.margin,
        prices=tuple(prices),
    )


Cells = dict[tuple[int, int], tuple[Fraction, ...]]


def _along_spread(
    priced: Sequence[Priced], across: Sequence[Fraction], up: Sequence[Fraction], cells: Cells
) -> Iterator[Line]:
    """Where the cheapest changes from one spread of the grid to the next, at each volatility."""
    bends = sorted({one.free_at for one in priced if one.free_at is not None})
    for j, volatility in enumerate(up):

        def at(spread: Fraction, volatility: Fraction = volatility) -> list[Fraction]:
            return [one.cost(spread, volatility) for one in priced]

        for i, (low, high) in enumerate(pairwise(across)):
            if _least(cells[i, j]) != _least(cells[i + 1, j]):
                for spread, below, above in _changes(at, _between(bends, low, high)):
                    yield Line(spread, volatility, "spread", priced[below].name, priced[above].name)


def _along_volatility(
    priced: Sequence[Priced], across: Sequence[Fraction], up: Sequence[Fraction], cells: Cells
) -> Iterator[Line]:
    """Where the cheapest changes from one volatility of the grid to the next, at each spread."""
    bends = _ascending({each for one in priced for each in one.bends()})
    for i, spread in enumerate(across):

        def at(volatility: Fraction, spread: Fraction = spread) -> list[Fraction]:
            return [one.cost(spread, volatility) for one in priced]

        for j, (low, high) in enumerate(pairwise(up)):
            if _least(cells[i, j]) != _least(cells[i, j + 1]):
                for volatility, below, above in _changes(at, _between(bends, low, high)):
                    yield Line(spread, volatility, "volatility", priced[below].name, priced[above].name)


def _ascending(ratios: Iterable[tuple[int, int]]) -> list[Fraction]:
    """Ratios of integers below 2^62 in order; they differ by more than 2^−128, so whole numbers tell them.

    >>> _ascending([(3, 2), (1, 3)])
    [Fraction(1, 3), Fraction(3, 2)]
    """
    return [Fraction(*each) for each in sorted(ratios, key=lambda each: (each[0] << 128) // each[1])]


def _total(amounts: npt.NDArray[Any]) -> int:
    """An exact sum of amounts of 0 or more, each below 2^62, whatever their number.

    >>> _total(np.array([1 << 61] * 8)) == 1 << 64
    True
    """
    if amounts.dtype == object:
        return int(amounts.sum())
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum())


def _between(bends: Sequence[Fraction], low: Fraction, high: Fraction) -> list[Fraction]:
    """Ends of an interval, and where costs bend inside it."""
    return [low, *bends[bisect_right(bends, low) : bisect_left(bends, high)], high]


def _changes(
    at: Callable[[Fraction], list[Fraction]], points: Sequence[Fraction]
) -> Iterator[tuple[Fraction, int, int]]:
    """Where the cheapest changes along ``points``, between which costs are straight lines.

    Each change is looked for by halving, so that few of many points are asked for.
    """
    first, last = 0, len(points) - 1
    while _least(at(points[first])) != _least(at(points[last])):
        least, low, high = _least(at(points[first])), first, last
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _least(at(points[middle])) == least else (low, middle)
        before, after = points[low], points[high]
        for share, below, above in _turns(list(zip(at(before), at(after), strict=True))):
            yield before + share * (after - before), below, above
        first = high


def _least(costs: Sequence[Fraction]) -> set[int]:
    """Places of the least costs."""
    least = min(costs)
    return {at for at, cost in enumerate(costs) if cost == least}


def _turns(costs: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, int, int]]:
    """Where between two points the least of straight lines changes: share of the way, from which, to which.

    A turn at the first point belongs to what lies before it.

    >>> _turns([(Fraction(0), Fraction(4)), (Fraction(3), Fraction(3)), (Fraction(2), Fraction(6))])
    [(Fraction(3, 4), 0, 1)]
    """
    found = []
    for a, b in combinations(range(len(costs)), 2):
        before, after = costs[a][0] - costs[b][0], costs[a][1] - costs[b][1]
        if before == after or not (before * after < 0 or (after == 0 and before != 0)):
            continue
        share = before / (before - after)
        here = [low + share * (high - low) for low, high in costs]
        if here[a] == min(here):
            found.append((share, a, b) if before < 0 else (share, b, a))
    return sorted(found)
