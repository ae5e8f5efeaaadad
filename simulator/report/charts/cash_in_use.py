"""Cash in use through the day: how far members are below their opening cash, credit included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.chart import Drawing, Nothing
from simulator.report.charts.through_the_day import draw_through_the_day

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Cash in use through the day"
READING = (
    "Summed over members, how far each stands below its opening cash, at the end of every interval. "
    "Where it is steep, payments run one way."
)


def draw(result: Result) -> Drawing | Nothing:
    """A line an arrangement."""
    import polars as pl

    drawing = draw_through_the_day(
        result,
        pl.col("liquidity_in_use"),
        axis=f"Cash in use, {result.summary['currency']}",
        verb="Cash in use peaks",
    )
    return drawing or Nothing("no member is ever below its opening cash")
