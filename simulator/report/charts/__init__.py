"""The charts: one module each, drawn from a result, the same for page, PNG, SVG and notebook.

A chart is a module with ``TITLE``, ``READING`` and ``draw(result)``. To add one, write the module and name
it in ``CHARTS``: the page, ``result.charts`` and ``result.save_charts`` then have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from simulator.report.charts.chart import Drawing, Nothing

if TYPE_CHECKING:
    from simulator.report.result import Result

CHARTS = (
    "cash_in_use",
    "intraday_credit",
    "settled",
    "queue",
    "delays",
    "cash_beside_securities",
    "netting_efficiency",
    "need_by_type",
    "need_by_member",
    "net_against_gross",
    "cost_components",
    "break_even",
    "network_before",
    "network_after",
)
"""Every chart, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its name, its title, how to read it, and what draws it."""

    name: str
    title: str
    reading: str
    make: Callable[[Result], Drawing | Nothing]

    def draw(self, result: Result) -> Drawing | Nothing:
        """The chart of a result, or why there is none."""
        return self.make(result) if result.days.height else Nothing("no day was settled")


def charts() -> Iterator[Chart]:
    """All charts, in order."""
    for name in CHARTS:
        module = import_module(f"{__name__}.{name}")
        yield Chart(name, module.TITLE, module.READING, module.draw)
