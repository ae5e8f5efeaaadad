"""What a day costs: the components of each arrangement, one on top of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.measures.catalogue import COSTS
from simulator.report.charts.chart import Cell, Drawing, Legend, Nothing, Row, Table
from simulator.report.charts.grammar import (
    color,
    drawn,
    listed,
    major,
    many_days,
    money_axis,
    names_of,
    only_shown,
    read_money,
    switch,
    told,
)
from simulator.report.headline import format_value

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "What a day costs"
READING = (
    "A bar an arrangement, in it what cash, credit, margin, the clearing house's fund and lines, borrowed "
    "securities, fails, fees and early payment cost in a day, at the rates of the config."
)
ROW_HEIGHT = 38


def draw(result: Result) -> Drawing | Nothing:
    """A bar an arrangement, a part a component that some arrangement has."""
    currency, shown = result.summary["currency"], names_of(result)
    if result.config.costs is None:
        return Nothing("no costs were asked for")
    costs = {name: result.summary["arrangements"][name] for name in shown}
    kinds = {
        f"{title[:1].upper()}{title[1:]}": measure
        for measure, (title, _) in COSTS.items()
        if any(one[measure] for one in costs.values())
    }
    if not kinds:
        return Nothing("nothing costs anything at these rates")
    rows: list[Row] = [
        {
            "arrangement": shown[name],
            "what": kind,
            "place": at,
            "value": major(one[measure], currency),
            "amount": f"{read_money(one[measure], currency)} {currency}",
        }
        for name, one in costs.items()
        for at, (kind, measure) in enumerate(kinds.items())
        if one[measure]
    ]
    names, axis = list(shown.values()), money_axis(f"Cost of a day, {currency}")
    longest = max(sum(max(0, one[measure]) for measure in kinds.values()) for one in costs.values())
    layer = {
        "params": switch(list(kinds), "what"),
        "transform": only_shown(list(kinds)),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "arrangement",
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "domain": False, "ticks": False, "labelPadding": 14},
                "scale": {"domain": names},
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "axis": axis,
                # Of the whole bars: what is switched off leaves the rest as long as it was.
                "scale": {"domain": [0, major(longest, currency)]},
            },
            "color": color(list(kinds), "what"),
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": told(("arrangement", "Arrangement"), ("what", "What"), ("amount", "Cost")),
        },
    }
    measures = {"All": "cost", "Of gross value": "cost_bp", **kinds}
    units = {"cost_bp": "basis_points"}
    said = [
        f"{read_money(one['cost'], currency)} {currency} under {shown[name]}" for name, one in costs.items()
    ]
    return Drawing(
        spec=drawn([layer], data={"values": rows}, height=ROW_HEIGHT * len(names)),
        says=f"A day costs {listed(said)}.",
        table=Table(
            (f"Arrangement, {currency}", *measures),
            [
                [
                    shown[name],
                    *(
                        Cell(format_value(one[m], units.get(m, "money"), currency), one[m], m, name)
                        for m in measures.values()
                    ),
                ]
                for name, one in costs.items()
            ],
        ),
        legend=Legend("what", list(kinds)) if len(kinds) > 1 else None,
        note=f"Means over {result.summary['flow']['days']} days." if many_days(result) else "",
    )
