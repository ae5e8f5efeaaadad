"""Settled value through the day, added up from the open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.chart import Drawing, Nothing
from simulator.report.charts.through_the_day import draw_through_the_day

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Settled value through the day"
READING = (
    "Value settled since the open of the settlement day. Gross settlement follows the trades; a netting "
    "cycle settles everything due at once."
)


def draw(result: Result) -> Drawing | Nothing:
    """A line an arrangement."""
    import polars as pl

    drawing = draw_through_the_day(
        result,
        pl.col("settled_value").cum_sum().over("arrangement", "day"),
        axis=f"Settled, {result.summary['currency']}",
        verb="Settled value ends",
    )
    return drawing or Nothing("nothing settles")
