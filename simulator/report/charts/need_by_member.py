"""Who bears it, member by member: need as a share of what a member buys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.config.units import format_share
from simulator.report.charts.bars import height_by_type, rows_by_type
from simulator.report.charts.chart import Cell, Drawing, Nothing, Row, Spec, Table
from simulator.report.charts.grammar import (
    SHARE_LABEL,
    drawn,
    legend_of,
    listed,
    many_days,
    names_of,
    only_shown,
    switch,
    told,
)
from simulator.report.charts.members import needs_of_members, types_of
from simulator.study.words import count_of, legible

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

TITLE = "Who bears it: need of each member beside what it buys"
READING = (
    "Of 100 that a member buys in a day, how much it must bring in cash. Few members are a dot each; of many "
    "the box holds the middle half, the line nine in ten, and the bar in it is the median."
)
FEW = 25
"""Members up to which each is a dot of its own: a quartile of five says nothing."""

QUANTILES = {"low": 0.05, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "high": 0.95}


def draw(result: Result) -> Drawing | Nothing:
    """A row a type, inside it a box an arrangement, or a dot a member where there are few."""
    import polars as pl

    members = (
        needs_of_members(result)
        .filter(pl.col("bought") > 0)
        .with_columns((pl.col("need") / pl.col("bought")).alias("share"))
    )
    if not (members.get_column("share") > 0).any():
        return Nothing("no member needs cash")
    count = members.get_column("participant").n_unique()
    spread = members.group_by("arrangement", "type", maintain_order=True).agg(
        pl.len().alias("members"),
        *(pl.col("share").quantile(at, interpolation="linear").alias(name) for name, at in QUANTILES.items()),
    )
    left_out = result.participants.get_column("participant").n_unique() - count
    notes = [
        f"Left out: {count_of(left_out, 'member')} buying nothing." if left_out else "",
        "Needs and purchases are means over days." if many_days(result) else "",
    ]
    return Drawing(
        spec=_dots(result, members) if count <= FEW else _boxes(result, spread),
        says=_says(result, members),
        table=_table(result, spread, types_of(members)),
        legend=legend_of(result),
        note=" ".join(filter(None, notes)),
    )


AXIS = {"title": "Need, share of purchases", "labelExpr": SHARE_LABEL}


def _boxes(result: Result, spread: pl.DataFrame) -> Spec:
    shown = names_of(result)
    names, types = list(shown.values()), types_of(spread)
    rows: list[Row] = [
        {
            "arrangement": shown[row["arrangement"]],
            "type": row["type"],
            **{name: row[name] for name in QUANTILES},
            "half": f"{format_share(row['quarter'])} to {format_share(row['three_quarters'])}",
            "most": f"{format_share(row['low'])} to {format_share(row['high'])}",
            "middle": format_share(row["median"]),
            "members": row["members"],
        }
        for row in spread.iter_rows(named=True)
    ]
    encoding = rows_by_type(names, types, AXIS)
    hover = told(
        ("type", "Type"),
        ("arrangement", "Arrangement"),
        ("middle", "Median"),
        ("half", "Middle half"),
        ("most", "Nine in ten"),
        ("members", "Members"),
    )

    def layer(mark: Spec, start: str, end: str = "") -> Spec:
        x = {**encoding["x"], "field": start}
        reach = {"x2": {"field": end}} if end else {}
        return {
            "transform": only_shown(names),
            "mark": mark,
            "encoding": {**encoding, "x": x, **reach, "tooltip": hover},
        }

    layers = [
        {"params": switch(names), **layer({"type": "rule", "strokeWidth": 1.5}, "low", "high")},
        layer({"type": "bar", "opacity": 0.45}, "quarter", "three_quarters"),
        layer({"type": "tick", "thickness": 3}, "median"),
    ]
    return drawn(layers, data={"values": rows}, height=height_by_type(names, types))


def _dots(result: Result, members: pl.DataFrame) -> Spec:
    shown = names_of(result)
    names, types = list(shown.values()), types_of(members)
    rows: list[Row] = [
        {
            "arrangement": shown[row["arrangement"]],
            "type": row["type"],
            "value": row["share"],
            "member": legible(row["participant"]),
            "amount": format_share(row["share"]),
        }
        for row in members.iter_rows(named=True)
    ]
    hover = told(("member", "Member"), ("arrangement", "Arrangement"), ("amount", "Need of purchases"))
    layer = {
        "params": switch(names),
        "transform": only_shown(names),
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.7},
        "encoding": {**rows_by_type(names, types, AXIS), "tooltip": hover},
    }
    return drawn([layer], data={"values": rows}, height=height_by_type(names, types))


def _says(result: Result, members: pl.DataFrame) -> str:
    said = []
    for name, shown in names_of(result).items():
        median = members.filter(arrangement=name).get_column("share").median()
        said.append(f"{format_share(median)} under {shown}")  # type: ignore[arg-type]
    return f"The median member must bring {listed(said)} of what it buys."


def _table(result: Result, spread: pl.DataFrame, types: Sequence[str]) -> Table:
    rows: list[list[str | Cell]] = []
    for kind in types:
        for name, shown in names_of(result).items():
            part = spread.filter(arrangement=name, type=kind)
            if part.height:
                row = part.row(0, named=True)
                shares = (Cell(format_share(row[each]), row[each]) for each in QUANTILES)
                rows.append([kind, shown, Cell(str(row["members"]), row["members"]), *shares])
    columns = ("Type", "Arrangement", "Members", "5 %", "25 %", "Median", "75 %", "95 %")
    return Table(columns, rows)
