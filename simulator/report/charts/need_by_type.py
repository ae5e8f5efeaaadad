"""Who bears it, in money: the liquidity need of each type of member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.bars import height_by_type, rows_by_type
from simulator.report.charts.chart import Cell, Drawing, Nothing, Row, Spec, Table
from simulator.report.charts.grammar import (
    days_note,
    drawn,
    legend_of,
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
from simulator.report.charts.members import UNTYPED, read_type

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

TITLE = "Who bears it: need by type of member"
READING = "The cash that members of a type must bring together so that everything settles at its time."


def draw(result: Result) -> Drawing | Nothing:
    """A row a type, a bar an arrangement, a whisker from the least to the most of a day."""
    import polars as pl

    by_day = (
        result.participants.with_columns(pl.col("type").map_elements(read_type, return_dtype=pl.String))
        .group_by("arrangement", "type", "day", maintain_order=True)
        .agg(pl.col("liquidity_need").sum())
    )
    types = sorted(by_day.get_column("type").unique().to_list())
    if types == [UNTYPED] or len(types) < 2:
        return Nothing("the members of this flow have no types")
    spread = by_day.group_by("arrangement", "type", maintain_order=True).agg(
        pl.col("liquidity_need").mean().alias("mean"),
        pl.col("liquidity_need").min().alias("least"),
        pl.col("liquidity_need").max().alias("most"),
    )
    if not (spread.get_column("most") > 0).any():
        return Nothing("no member needs cash")
    return Drawing(
        spec=_spec(result, spread, types),
        says=_says(result, spread),
        table=_table(result, spread, types),
        legend=legend_of(result),
        note=days_note(result) if many_days(result) else "",
    )


def _spec(result: Result, spread: pl.DataFrame, types: list[str]) -> Spec:
    currency, shown = result.summary["currency"], names_of(result)
    names = list(shown.values())
    rows: list[Row] = [
        {
            "arrangement": shown[row["arrangement"]],
            "type": row["type"],
            "value": major(row["mean"], currency),
            "least": major(row["least"], currency),
            "most": major(row["most"], currency),
            "amount": f"{read_money(row['mean'], currency)} {currency}",
            "range": f"{read_money(row['least'], currency)} to {read_money(row['most'], currency)}",
        }
        for row in spread.iter_rows(named=True)
    ]
    encoding = rows_by_type(names, types, money_axis(f"Liquidity need, {currency}"))
    hover = [("type", "Type"), ("arrangement", "Arrangement"), ("amount", "Need")]
    if many_days(result):
        hover.append(("range", "Days"))
    layers: list[Spec] = [
        {
            "params": switch(names),
            "transform": only_shown(names),
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {**encoding, "tooltip": told(*hover)},
        }
    ]
    if many_days(result):
        del encoding["color"]
        layers.append(
            {
                "transform": only_shown(names),
                "mark": {"type": "rule", "style": "whisker", "strokeWidth": 1.5},
                "encoding": {**encoding, "x": {**encoding["x"], "field": "least"}, "x2": {"field": "most"}},
            }
        )
    return drawn(layers, data={"values": rows}, height=height_by_type(names, types))


def _says(result: Result, spread: pl.DataFrame) -> str:
    """Which type bears most, under each arrangement."""
    shown = names_of(result)
    said = []
    for name in shown:
        part = spread.filter(arrangement=name)
        total, largest = part.get_column("mean").sum(), part.sort("mean", descending=True).row(0, named=True)
        if total:
            said.append((largest["type"], f"{100 * largest['mean'] / total:.0f} %", shown[name]))
    if not said:
        return ""
    if len({kind for kind, _, _ in said}) == 1:
        parts = [f"{share} under {name}" for _, share, name in said]
        return f"{said[0][0]} bear the largest part of the need: {listed(parts)}."
    parts = [f"{kind} under {name} ({share})" for kind, share, name in said]
    return f"The largest part of the need is borne by {listed(parts)}."


def _table(result: Result, spread: pl.DataFrame, types: list[str]) -> Table:
    currency, shown = result.summary["currency"], names_of(result)
    values = {(row["arrangement"], row["type"]): row["mean"] for row in spread.iter_rows(named=True)}
    rows: list[list[str | Cell]] = [
        [kind, *(Cell(read_money(values[name, kind], currency), values[name, kind]) for name in shown)]
        for kind in types
    ]
    return Table((f"Type, {currency}", *shown.values()), rows)
