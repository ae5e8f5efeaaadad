"""Not a chart but the form of four: a quantity by time of day, a line an arrangement, a band over days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import write_time
from simulator.report.charts.chart import Cell, Drawing, Row, Spec, Table
from simulator.report.charts.grammar import (
    color,
    dash,
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
)

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

DAY = 24 * 3_600_000_000
READING = 5 * 60_000_000
"""µs between readings of days that are not read at the same times."""

ROWS_IN_TABLE = 16
"""Times of day that the table behind a chart shows; a page is read, a file holds every interval."""


def draw_through_the_day(result: Result, values: pl.Expr, *, axis: str, verb: str) -> Drawing | None:
    """Lines by time of day of a column of the timeline, None where it is nowhere above zero.

    Parameters
    ----------
    values : minor units at the end of an interval
    axis : title of the quantity
    verb : what it does, for the sentence: ``"cash in use peaks"``
    """
    import polars as pl

    currency, shown = result.summary["currency"], names_of(result)
    # Days are laid over one another by the clock; a run past midnight goes on to 24:00 and later.
    clock = pl.col("time") - pl.col("time").min().over("arrangement", "day") // DAY * DAY
    by_day = result.timeline.select("arrangement", "day", clock.alias("clock"), values.alias("value"))
    spread = (
        _read_together(by_day)
        .group_by("arrangement", "clock", maintain_order=True)
        .agg(
            pl.col("value").mean().alias("mean"),
            pl.col("value").min().alias("least"),
            pl.col("value").max().alias("most"),
        )
    )
    spread = spread.sort("clock", maintain_order=True)
    if not (spread.get_column("most") > 0).any():
        return None
    times = sorted(set(spread.get_column("clock").to_list()))
    means = {
        name: dict(zip(*(part.get_column(column).to_list() for column in ("clock", "mean")), strict=True))
        for name in shown
        for part in (spread.filter(arrangement=name),)
    }
    rows = [
        {
            "arrangement": shown[row["arrangement"]],
            "time": row["clock"] // 1000,
            "mean": major(row["mean"], currency),
            **(
                {"least": major(row["least"], currency), "most": major(row["most"], currency)}
                if many_days(result)
                else {}
            ),
        }
        for row in spread.iter_rows(named=True)
    ]
    spec = _spec(rows, _hover(times, means, shown, currency), list(shown.values()), axis, many_days(result))
    return Drawing(
        spec=spec,
        says=_says(means, shown, currency, verb),
        table=_table(times, means, shown, currency),
        legend=legend_of(result),
        note=days_note(result) if many_days(result) else "",
    )


def _read_together(by_day: pl.DataFrame) -> pl.DataFrame:
    """The same with all days read at the same times, each as it was last known, nothing before its open.

    Days of one market have the same hours and are left as they are; those of a tape may not.
    """
    import polars as pl

    days = by_day.group_by("arrangement", "day", maintain_order=True)
    read_at = days.agg(pl.col("clock")).get_column("clock").to_list()
    if all(clock == read_at[0] for clock in read_at):
        return by_day
    first = min(min(clock) for clock in read_at) // READING * READING
    last = max(max(clock) for clock in read_at)
    times = sorted({*range(first, last + 1, READING), last})
    each_day = by_day.select("arrangement", "day").unique(maintain_order=True)
    grid = each_day.join(pl.DataFrame({"clock": times}), how="cross").sort("clock", maintain_order=True)
    known = by_day.sort("clock", maintain_order=True)
    return grid.join_asof(known, on="clock", by=["arrangement", "day"], check_sortedness=False).with_columns(
        pl.col("value").fill_null(0)
    )


def _spec(rows: list[Row], hover: list[Row], names: list[str], axis: str, band: bool) -> Spec:
    time = {
        "field": "time",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "format": "%H:%M"},
    }
    amount = {"field": "mean", "type": "quantitative", "axis": money_axis(axis), "stack": None}
    layers: list[Spec] = []
    if band:
        layers.append(
            {
                "params": switch(names),
                "transform": only_shown(names),
                "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.18},
                "encoding": {
                    "x": time,
                    "y": {**amount, "field": "least"},
                    "y2": {"field": "most"},
                    "color": color(names, lines=True),
                },
            }
        )
    layers.append(
        {
            "params": [] if band else switch(names),
            "transform": only_shown(names),
            "mark": {"type": "line", "interpolate": "step-after"},
            "encoding": {
                "x": time,
                "y": amount,
                "color": color(names, lines=True),
                "strokeDash": dash(names),
            },
        }
    )
    layers += _ends(rows[-1]["time"], names, {"x": time, "y": amount}, band)
    layers.append(_rule(time, hover, names))
    return drawn(layers, data={"values": rows})


def _ends(last: int, names: list[str], place: Spec, band: bool) -> list[Spec]:
    """A dot at the close, where a netted day jumps and is over; with days its spread as a line."""
    at_close = [*only_shown(names), {"filter": f"datum.time == {last}"}]
    encoding = {**place, "color": color(names, lines=True)}
    layers: list[Spec] = [
        {
            "transform": at_close,
            "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
            "encoding": encoding,
        }
    ]
    if band:
        spread = {**encoding, "y": {**place["y"], "field": "least"}, "y2": {"field": "most"}}
        layers.append(
            {"transform": at_close, "mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": spread}
        )
    return layers


def _rule(time: Spec, hover: list[Row], names: list[str]) -> Spec:
    """A line under the pointer that tells every arrangement at that time."""
    return {
        "data": {"values": hover},
        "params": [
            {
                "name": "at",
                "select": {
                    "type": "point",
                    "fields": ["time"],
                    "on": "pointerover",
                    "nearest": True,
                    "clear": "pointerout",
                },
            }
        ],
        "mark": {"type": "rule", "strokeWidth": 1},
        "encoding": {
            "x": time,
            "opacity": {"condition": {"param": "at", "value": 0.7, "empty": False}, "value": 0},
            "tooltip": [
                {"field": "clock", "title": "Time"},
                *({"field": f"a{at}", "title": name} for at, name in enumerate(names)),
            ],
        },
    }


def _hover(
    times: list[int], means: dict[str, dict[int, float]], shown: dict[str, str], currency: str
) -> list[Row]:
    return [
        {
            "time": time // 1000,
            "clock": write_time(time),
            **{
                f"a{at}": f"{read_money(means[name][time], currency)} {currency}"
                if time in means[name]
                else "–"
                for at, name in enumerate(shown)
            },
        }
        for time in times
    ]


def _says(means: dict[str, dict[int, float]], shown: dict[str, str], currency: str, verb: str) -> str:
    peaks, nothing = [], []
    for name, values in means.items():
        at = max(values, key=lambda time: (values[time], -time), default=None)
        if at is None or values[at] == 0:
            nothing.append(f"under {shown[name]}")
        else:
            amount = f"{read_money(values[at], currency)} {currency}"
            peaks.append(f"{amount} under {shown[name]} ({write_time(at)})")
    said = f"{verb} at {listed(peaks)}" if peaks else ""
    return f"{said}; there is none {listed(nothing)}." if nothing else f"{said}."


def _table(
    times: list[int], means: dict[str, dict[int, float]], shown: dict[str, str], currency: str
) -> Table:
    step = max(1, -(-len(times) // ROWS_IN_TABLE))
    kept = times[step - 1 :: step]
    if times[-1] not in kept:
        kept.append(times[-1])
    rows = [
        [
            write_time(time),
            *(
                Cell(read_money(values[time], currency), values[time]) if time in values else "–"
                for values in means.values()
            ),
        ]
        for time in kept
    ]
    left_out = f"{len(kept)} of {len(times)} intervals; timeline.parquet has them all." if step > 1 else ""
    return Table(("Time", *shown.values()), rows, left_out)
