"""How long things wait: the share of value still waiting after any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import format_duration, format_share
from simulator.report.charts.chart import Cell, Drawing, Nothing, Row, Spec, Table
from simulator.report.charts.grammar import (
    DURATION_LABEL,
    SHARE_LABEL,
    color,
    dash,
    days_note,
    drawn,
    legend_of,
    listed,
    many_days,
    names_of,
    only_shown,
    switch,
    told,
)

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

TITLE = "How long things wait"
READING = (
    "The share of value that waits longer than a time, counted from the first block or cycle it could have "
    "settled in; what never settles waits until the close."
)
SHORTEST = 0.1
"""Seconds at which the axis begins; the time is logarithmic and has no zero."""

THIN = 1.06
"""How much longer the next time on the chart is at least; the file's bins are finer."""

AFTER = (0.0, 1.0, 10.0, 60.0, 600.0, 3600.0, 4 * 3600.0)
"""Seconds of the table behind the chart."""


def draw(result: Result) -> Drawing | Nothing:
    """A line an arrangement, a band over days."""
    waits = result.delays
    if waits is None:
        return Nothing("these results were written without delays.parquet")
    shares = {name: _still_waiting(waits, name) for name in names_of(result)}
    rows = [row for name in names_of(result) for row in shares[name]]
    if not any(row["share"] > 0 for row in rows):
        return Nothing("nothing waits: everything settles in the first block or cycle it can")
    shown = names_of(result)
    return Drawing(
        spec=_spec([{**row, "arrangement": shown[row["arrangement"]]} for row in rows], result),
        says=_says(shares, shown),
        table=Table(
            ("Longer than", *shown.values()),
            [[format_duration(after * 1_000_000), *_at(shares, after)] for after in AFTER],
        ),
        legend=legend_of(result),
        note=days_note(result) if many_days(result) else "",
    )


def _still_waiting(waits: pl.DataFrame, name: str) -> list[Row]:
    """Share of value that waits longer, at every end of a bin; over all days, and its spread over them."""
    import polars as pl

    # The first bin is of what does not wait; of the others the upper end, which is never too short.
    end = pl.when(pl.col("from_seconds") == 0).then(0.0).otherwise(pl.col("to_seconds"))
    part = waits.filter(arrangement=name).with_columns(end.alias("wait"))
    edges = _thinned(sorted({0.0, *part.get_column("wait").to_list()}))
    days = part.partition_by("day", maintain_order=True)
    left = [_left(day, edges) for day in days]
    totals = [day.get_column("value").sum() for day in days]
    return [
        {
            "arrangement": name,
            "seconds": max(edge, SHORTEST),
            "exact": edge,
            "share": sum(each[at] for each in left) / sum(totals) if sum(totals) else 0.0,
            "least": min(
                (each[at] / total for each, total in zip(left, totals, strict=True) if total), default=0
            ),
            "most": max(
                (each[at] / total for each, total in zip(left, totals, strict=True) if total), default=0
            ),
            "after": format_duration(edge * 1_000_000),
        }
        for at, edge in enumerate(edges)
    ]


def _thinned(edges: list[float]) -> list[float]:
    """Edges far enough from one another to be told apart, the last one always."""
    kept = edges[:1]
    for edge in edges[1:]:
        if edge >= kept[-1] * THIN or edge == edges[-1]:
            kept.append(edge)
    return kept


def _left(day: pl.DataFrame, edges: list[float]) -> list[int]:
    """Value in bins that end beyond each edge."""
    pairs = sorted(zip(day.get_column("wait"), day.get_column("value"), strict=True))
    left, at = sum(value for _, value in pairs), 0
    beyond = []
    for edge in edges:
        while at < len(pairs) and pairs[at][0] <= edge:
            left -= pairs[at][1]
            at += 1
        beyond.append(left)
    return beyond


def _spec(rows: list[Row], result: Result) -> Spec:
    names = list(names_of(result).values())
    for row in rows:
        row["amount"] = format_share(row["share"])
        del row["exact"]
    x = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "domainMin": SHORTEST, "nice": False},
        "axis": {
            "title": "Waits longer than",
            "labelExpr": DURATION_LABEL,
            "values": [0.1, 1, 10, 60, 600, 3600, 36000],
        },
    }
    share = {
        "field": "share",
        "type": "quantitative",
        "axis": {"title": "Share of value", "labelExpr": SHARE_LABEL},
        "scale": {"zero": True},
    }
    layers: list[Spec] = []
    if many_days(result):
        layers.append(
            {
                "params": switch(names),
                "transform": only_shown(names),
                "mark": {"type": "area", "opacity": 0.18, "interpolate": "step-after"},
                "encoding": {
                    "x": x,
                    "y": {**share, "field": "least", "stack": None},
                    "y2": {"field": "most"},
                    "color": color(names, lines=True),
                },
            }
        )
    layers.append(
        {
            "params": [] if layers else switch(names),
            "transform": only_shown(names),
            "mark": {"type": "line", "interpolate": "step-after"},
            "encoding": {"x": x, "y": share, "color": color(names, lines=True), "strokeDash": dash(names)},
        }
    )
    layers.append(
        {
            "transform": only_shown(names),
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0},
            "encoding": {
                "x": x,
                "y": share,
                "tooltip": told(
                    ("arrangement", "Arrangement"), ("after", "Waits longer than"), ("amount", "Share")
                ),
            },
        }
    )
    return drawn(layers, data={"values": rows})


def _share_after(rows: list[Row], after: float) -> float:
    return next((row["share"] for row in reversed(rows) if row["exact"] <= after), 0.0)


def _at(shares: dict[str, list[Row]], after: float) -> list[Cell]:
    return [
        Cell(format_share(share), share) for share in (_share_after(rows, after) for rows in shares.values())
    ]


def _says(shares: dict[str, list[Row]], shown: dict[str, str]) -> str:
    said = [
        f"{format_share(_share_after(rows, 0.0))} of value waits at all under {shown[name]}"
        for name, rows in shares.items()
    ]
    return f"{listed(said)}."
