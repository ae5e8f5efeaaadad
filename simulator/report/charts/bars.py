"""Not a chart but the form of several: a quantity by row, a mark an arrangement, a whisker over days."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.report.charts.chart import Row, Spec
from simulator.report.charts.grammar import color, drawn, only_shown, shape, switch, told

ROW_HEIGHT = 34


def draw_pairs(
    rows: Sequence[Row], days: Sequence[Row], names: Sequence[str], kinds: Sequence[str], axis: Spec
) -> Spec:
    """A row an arrangement; in it a mark a kind (``what``), joined, with faint dots of single days.

    ``rows`` and ``days`` have arrangement, what, value and, to be read, amount; ``days`` a day too.
    """
    place = {
        "field": "arrangement",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "domain": False, "ticks": False, "labelPadding": 14},
        "scale": {"domain": list(names)},
    }
    value = {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True}}
    both = {"y": place, "x": value, "color": color(kinds, "what"), "shape": shape(kinds, "what")}
    layers: list[Spec] = [
        {
            "params": switch(kinds, "what"),
            "transform": only_shown(kinds),
            "mark": {"type": "line", "style": "faint", "strokeWidth": 1.5, "opacity": 0.45},
            "encoding": {"y": place, "x": value, "detail": {"field": "arrangement"}},
        }
    ]
    if days:
        layers.append(
            {
                "data": {"values": list(days)},
                "transform": only_shown(kinds),
                "mark": {"type": "point", "filled": True, "size": 30, "opacity": 0.35},
                "encoding": {
                    **both,
                    "tooltip": told(("arrangement", "Arrangement"), ("day", "Day"), ("amount", "Value")),
                },
            }
        )
    layers.append(
        {
            "transform": only_shown(kinds),
            "mark": {"type": "point", "filled": True, "opacity": 1},
            "encoding": {
                **both,
                # The first kind stands in front, small enough to leave the second to be seen.
                "size": {
                    "field": "what",
                    "type": "ordinal",
                    "scale": {"domain": list(kinds), "range": [100, 210]},
                    "legend": None,
                },
                "tooltip": told(("arrangement", "Arrangement"), ("what", "What"), ("amount", "Value")),
            },
        }
    )
    return drawn(layers, data={"values": list(reversed(rows))}, height=ROW_HEIGHT * len(names))


def rows_by_type(names: Sequence[str], types: Sequence[str], axis: Spec) -> dict[str, Spec]:
    """Encodings of a row a type of member, inside it a place an arrangement."""
    return {
        "y": {
            "field": "type",
            "type": "nominal",
            "sort": None,
            "axis": {"title": None, "domain": False, "ticks": False} if len(types) > 1 else None,
            "scale": {"domain": list(types), "paddingInner": 0.25},
        },
        "yOffset": {"field": "arrangement", "type": "nominal", "scale": {"domain": list(names)}},
        "x": {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True}},
        "color": color(names),
    }


def height_by_type(names: Sequence[str], types: Sequence[str]) -> int:
    """Pixels for rows of types: enough for every arrangement, never a giant."""
    return min(900, max(120, len(types) * (len(names) * 20 + 24)))
