"""The queue through the day: what has come in and cannot settle yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.chart import Drawing, Nothing
from simulator.report.charts.through_the_day import draw_through_the_day

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "What waits through the day"
READING = "Value of instructions that have met a block or cycle and still wait for cash or securities."


def draw(result: Result) -> Drawing | Nothing:
    """A line an arrangement."""
    import polars as pl

    drawing = draw_through_the_day(
        result, pl.col("queue_value"), axis=f"Queued, {result.summary['currency']}", verb="The queue peaks"
    )
    return drawing or Nothing("nothing waits at the end of any interval")
