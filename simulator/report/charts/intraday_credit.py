"""Credit through the day: what members have drawn beyond their own cash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.chart import Drawing, Nothing
from simulator.report.charts.through_the_day import draw_through_the_day

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Credit drawn through the day"
READING = (
    "Summed over members, what each has drawn beyond the cash it brought, at the end of every interval. "
    "Where funding is unlimited, all cash is credit."
)


def draw(result: Result) -> Drawing | Nothing:
    """A line an arrangement."""
    import polars as pl

    drawing = draw_through_the_day(
        result,
        pl.col("credit"),
        axis=f"Drawn credit, {result.summary['currency']}",
        verb="Drawn credit peaks",
    )
    return drawing or Nothing("no member draws credit")
