"""Where gross beats netting: the cheapest arrangement over the funding spread and the volatility."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from simulator.report.break_even import say_break_even
from simulator.report.charts.chart import Cell, Drawing, Legend, Nothing, Row, Spec, Table
from simulator.report.charts.grammar import color, drawn, names_of, only_shown, read_money, switch, told

if TYPE_CHECKING:
    from simulator.report.result import Result
    from simulator.study.break_even import BreakEven

TITLE = "Where they break even"
READING = (
    "Each field is a funding spread and a volatility, in the color of what costs least there. Dots stand "
    "where two arrangements cost the same, the cross is the run itself. The spread prices margin and cash "
    "brought alike; volatility moves margin."
)
HEIGHT = 360
SHOWN = 5
"""Spreads and volatilities that the table shows; the file has all."""


def draw(result: Result) -> Drawing | Nothing:
    """A field a place in the grid, the line as dots, the run as a cross."""
    if result.config.costs is None or result.costs is None:
        return Nothing("no costs were asked for")
    shown = names_of(result)
    if len(shown) < 2:
        return Nothing("there is one arrangement")
    found = result.break_even
    return Drawing(
        spec=_spec(result, found, shown),
        says=say_break_even(result),
        table=_table(result, found, shown),
        legend=Legend("arrangement", list(shown.values()), absent=_nowhere(found, shown)),
        note="Nothing settles anew: cash, securities and fails are those of the run.",
    )


def _spec(result: Result, found: BreakEven, shown: dict[str, str]) -> Spec:
    currency = result.summary["currency"]
    spread_ends, volatility_ends = _edges(found.spreads), _edges(found.volatilities)
    fields: list[Row] = []
    for j, volatility in enumerate(found.volatilities):
        for first, last in _stretches(found, j):
            best = found.cheapest(first, j)
            costs = [min(found.costs[i, j]) for i in range(first, last + 1)]
            fields.append(
                {
                    "arrangement": shown[best],
                    "spread": spread_ends[first] * 10_000,
                    "spread_to": spread_ends[last + 1] * 10_000,
                    "volatility": volatility_ends[j],
                    "volatility_to": volatility_ends[j + 1],
                    "where": f"× {float(volatility):g}, {_bp(found.spreads[first])} to "
                    f"{_bp(found.spreads[last])} bp",
                    "amount": f"{read_money(round(min(costs)), currency)} to "
                    f"{read_money(round(max(costs)), currency)} {currency}",
                }
            )
    line = [
        {"spread": float(one.spread * 10_000), "volatility": float(one.volatility)} for one in found.lines
    ]
    x = {
        "field": "spread",
        "type": "quantitative",
        "axis": {"title": "Funding spread a year, bp"},
        "scale": {"domain": [spread_ends[0] * 10_000, spread_ends[-1] * 10_000], "nice": False},
    }
    y = {
        "field": "volatility",
        "type": "quantitative",
        "axis": {"title": "Volatility, multiple of the run's"},
        "scale": {"domain": [volatility_ends[0], volatility_ends[-1]], "nice": False},
    }
    names = list(shown.values())
    absent = _nowhere(found, shown)
    used = [name for name in names if name not in absent]
    layers: list[Spec] = [
        {
            "data": {"values": fields},
            "params": switch(names),
            "transform": only_shown(names),
            "mark": {"type": "rect", "opacity": 0.55},
            "encoding": {
                "x": x,
                "x2": {"field": "spread_to"},
                "y": y,
                "y2": {"field": "volatility_to"},
                "color": color(names, only=used),
                "tooltip": told(
                    ("where", "Volatility, spread"),
                    ("arrangement", "Cheapest"),
                    ("amount", "Costs a day"),
                ),
            },
        },
        {
            "data": {"values": line},
            "mark": {"type": "point", "filled": True, "size": 14, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": [{"spread": float(found.spread * 10_000), "volatility": 1.0}]},
            "mark": {"type": "point", "shape": "cross", "filled": True, "size": 130, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]
    return drawn(layers, height=HEIGHT)


def _nowhere(found: BreakEven, shown: dict[str, str]) -> list[str]:
    """Arrangements that are the cheapest nowhere on the map."""
    somewhere = {found.cheapest(i, j) for i, j in found.costs}
    return [shown[name] for name in found.arrangements if name not in somewhere]


def _stretches(found: BreakEven, at_volatility: int) -> Iterator[tuple[int, int]]:
    """First and last spreads over which one arrangement is the cheapest: one mark for many fields."""
    first = 0
    for i in range(1, len(found.spreads) + 1):
        if i == len(found.spreads) or found.cheapest(i, at_volatility) != found.cheapest(
            first, at_volatility
        ):
            yield first, i - 1
            first = i


def _bp(spread: Fraction) -> str:
    return f"{float(spread * 10_000):g}"


def _edges(middles: tuple[Fraction, ...]) -> list[float]:
    """Where fields around the points of a grid begin and end: half way between them."""
    if len(middles) == 1:
        return [float(middles[0]) * 0.9, float(middles[0]) * 1.1]
    inner = [(low + high) / 2 for low, high in pairwise(middles)]
    first, last = middles[0] - (inner[0] - middles[0]), middles[-1] + (middles[-1] - inner[-1])
    return [float(each) for each in (first, *inner, last)]


def _table(result: Result, found: BreakEven, shown: dict[str, str]) -> Table:
    """The cheapest of some fields, evenly over the grid, with what it costs."""
    currency = result.summary["currency"]
    across, up = _some(len(found.spreads)), _some(len(found.volatilities))
    rows: list[list[str | Cell]] = []
    for j in reversed(up):
        row: list[str | Cell] = [f"× {float(found.volatilities[j]):g}"]
        for i in across:
            cost = round(min(found.costs[i, j]))
            row.append(f"{shown[found.cheapest(i, j)]}, {read_money(cost, currency)}")
        rows.append(row)
    columns = [f"{_bp(found.spreads[i])} bp" for i in across]
    note = f"The cheapest and what it costs in {currency} a day; netgross break-even writes every field."
    return Table(("Volatility", *columns), rows, note)


def _some(count: int) -> list[int]:
    """Places in a row of so many, its ends among them.

    >>> _some(40), _some(3)
    ([0, 10, 20, 29, 39], [0, 1, 2])
    """
    if count <= SHOWN:
        return list(range(count))
    return [round(at * (count - 1) / (SHOWN - 1)) for at in range(SHOWN)]
