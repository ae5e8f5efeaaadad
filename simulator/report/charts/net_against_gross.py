"""Each member's need under one arrangement against its need under the baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.config.units import format_count
from simulator.report.charts.chart import Cell, Drawing, Legend, Nothing, Row, Spec, Table
from simulator.report.charts.grammar import (
    HEIGHT,
    color,
    drawn,
    legend_of,
    listed,
    log_ticks,
    major,
    many_days,
    money_axis,
    names_of,
    only_shown,
    read_money,
    shape,
    switch,
    told,
)
from simulator.report.charts.members import needs_of_members
from simulator.study.words import count_of, legible

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

TITLE = "Each member: need against its need under the baseline"
READING = (
    "A mark is a member. On the diagonal it needs as much as under the baseline, above it more. Both axes "
    "are logarithmic: the distance to the diagonal is the multiple."
)
MARKS = 1_200
"""Marks on the chart at most; beyond that the members with the largest needs are shown."""

ROWS_IN_TABLE = 20


def draw(result: Result) -> Drawing | Nothing:
    """A mark a member and arrangement but the baseline."""
    import polars as pl

    baseline = result.summary["comparison"]["baseline"]
    others = [name for name in result.summary["arrangements"] if name != baseline]
    if not others:
        return Nothing("there is one arrangement, so nothing to set it against")
    needs = needs_of_members(result)
    wide = needs.filter(arrangement=baseline).select("participant", "type", pl.col("need").alias("base"))
    wide = wide.join(
        needs.filter(pl.col("arrangement") != baseline).select("arrangement", "participant", "need"),
        on="participant",
        how="inner",
        maintain_order="left_right",
    )
    both = wide.filter((pl.col("base") > 0) & (pl.col("need") > 0))
    if not both.height:
        return Nothing("no member needs cash under both the baseline and another arrangement")
    kept = max(1, MARKS // len(others))
    largest = (
        needs.group_by("participant", maintain_order=True)
        .agg(pl.col("need").max())
        .sort("need", descending=True, maintain_order=True)
    )
    chosen = largest.head(kept).get_column("participant")
    part = both.filter(pl.col("participant").is_in(chosen.implode()))
    return Drawing(
        spec=_spec(result, part, others),
        says=_says(result, wide, others),
        table=_table(result, wide, chosen.head(ROWS_IN_TABLE).to_list(), others, largest.height),
        legend=_legend(result),
        note=_note(result, largest.height, len(chosen), part, wide, chosen),
    )


def _legend(result: Result) -> Legend | None:
    """All but the baseline, which is an axis; what is left alone cannot be switched off."""
    legend, baseline = legend_of(result), result.summary["comparison"]["baseline"]
    if legend is None or len(legend.names) < 3:
        return None
    return replace(legend, absent=(names_of(result)[baseline],))


def _spec(result: Result, part: pl.DataFrame, others: list[str]) -> Spec:
    currency, shown = result.summary["currency"], names_of(result)
    drawn_names = [shown[name] for name in others]
    names, baseline = list(shown.values()), shown[result.summary["comparison"]["baseline"]]
    rows: list[Row] = [
        {
            "arrangement": shown[row["arrangement"]],
            "member": legible(row["participant"]),
            "type": row["type"],
            "base": major(row["base"], currency),
            "need": major(row["need"], currency),
            "before": f"{read_money(row['base'], currency)} {currency}",
            "after": f"{read_money(row['need'], currency)} {currency}",
            "times": f"{row['need'] / row['base']:.3g}",
        }
        for row in part.iter_rows(named=True)
    ]
    values = [row[key] for row in rows for key in ("base", "need")]
    ends = [min(values) / 1.3, max(values) * 1.3]
    log = {"type": "log", "domain": ends, "nice": False}
    few_ticks = {"values": log_ticks(*ends), "labelOverlap": "greedy", "grid": True}
    x = {
        "field": "base",
        "type": "quantitative",
        "scale": log,
        "axis": money_axis(f"{baseline}, {currency}", **few_ticks),
    }
    y = {
        "field": "need",
        "type": "quantitative",
        "scale": log,
        "axis": money_axis(f"Need, {currency}", **few_ticks),
    }
    diagonal = {
        "data": {"values": [{"base": end, "need": end} for end in ends]},
        "mark": {"type": "line", "style": "faint", "strokeDash": [4, 4], "strokeWidth": 1},
        "encoding": {"x": x, "y": y},
    }
    marks = {
        "params": switch(drawn_names),
        "transform": only_shown(drawn_names),
        "mark": {"type": "point", "filled": True, "size": 42, "opacity": 0.65},
        "encoding": {
            "x": x,
            "y": y,
            "color": color(names, only=drawn_names),
            "shape": shape(names, only=drawn_names),
            "tooltip": told(
                ("member", "Member"),
                ("type", "Type"),
                ("arrangement", "Arrangement"),
                ("before", baseline),
                ("after", "Here"),
                ("times", "Multiple"),
            ),
        },
    }
    return drawn([marks, diagonal], data={"values": rows}, height=HEIGHT + 80)


def _says(result: Result, wide: pl.DataFrame, others: list[str]) -> str:
    shown, said = names_of(result), []
    for name in others:
        part = wide.filter(arrangement=name)
        more = int((part.get_column("need") > part.get_column("base")).sum())
        said.append(
            f"{format_count(more)} of {format_count(part.height)} members need more under {shown[name]}"
        )
    return f"{listed(said)} than under {shown[result.summary['comparison']['baseline']]}."


def _note(
    result: Result, members: int, kept: int, part: pl.DataFrame, wide: pl.DataFrame, chosen: pl.Series
) -> str:
    notes = []
    if kept < members:
        notes.append(f"Shown are the {kept} of {members} members with the largest needs.")
    import polars as pl

    hidden = wide.filter(pl.col("participant").is_in(chosen.implode())).height - part.height
    if hidden:
        notes.append(f"Left out: {count_of(hidden, 'mark')} of members needing nothing on one side.")
    if many_days(result):
        notes.append("Needs are means over days.")
    return " ".join(notes)


def _table(result: Result, wide: pl.DataFrame, members: list[str], others: list[str], count: int) -> Table:
    currency, shown = result.summary["currency"], names_of(result)
    baseline = result.summary["comparison"]["baseline"]
    values: dict[tuple[str, str], float] = {}
    for row in wide.iter_rows(named=True):
        values[row["participant"], baseline] = row["base"]
        values[row["participant"], row["arrangement"]] = row["need"]
    rows: list[list[str | Cell]] = [
        [
            legible(member),
            *(
                Cell(read_money(values[member, name], currency), values[member, name])
                for name in (baseline, *others)
            ),
        ]
        for member in members
    ]
    note = ""
    if count > len(members):
        note = f"The {len(members)} largest of {count} members; participants.parquet has them all."
    return Table((f"Member, {currency}", *(shown[name] for name in (baseline, *others))), rows, note)
