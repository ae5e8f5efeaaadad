"""The comparison as the page shows it: every cell knows the figure of ``summary.json`` that it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.config.units import format_money
from simulator.measures.catalogue import MEASURES, Measure
from simulator.report.headline import format_value, headline_measures, multiple
from simulator.report.page.figures import Run
from simulator.study.words import legible


@dataclass(frozen=True, slots=True)
class Column:
    """An arrangement of a run."""

    run: Run
    arrangement: str
    series: int

    @property
    def name(self) -> str:
        return legible(self.arrangement)

    @property
    def words(self) -> str:
        return self.run.result.words.get(self.arrangement, "")

    @property
    def baseline(self) -> bool:
        return self.arrangement == self.run.result.summary["comparison"]["baseline"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell: what is read, the exact value, the multiple of the baseline."""

    column: Column
    measure: str
    text: str
    value: float | None
    ratio: str
    ratio_value: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A measure across all columns."""

    group: str
    measure: Measure
    figures: tuple[Figure, ...]


def columns(runs: list[Run]) -> list[Column]:
    """All arrangements of all runs."""
    return [
        Column(run, name, at % 8 + 1)
        for run in runs
        for at, name in enumerate(run.result.summary["arrangements"])
    ]


def headline(runs: list[Run]) -> list[Line]:
    """The headline measures that any run has, in groups."""
    return [
        Line(group, measure, tuple(_figure(column, measure, ratio=True) for column in columns(runs)))
        for group, measure in headline_measures([run.result.summary for run in runs])
    ]


def every_measure(runs: list[Run]) -> Iterator[Line]:
    """All measures, as the files have them."""
    for measure in MEASURES:
        yield Line("", measure, tuple(_figure(column, measure) for column in columns(runs)))


def _figure(column: Column, measure: Measure, ratio: bool = False) -> Figure:
    summary = column.run.result.summary
    text = multiple(summary, column.arrangement, measure) if ratio else ""
    value = summary["arrangements"][column.arrangement].get(measure.name)
    compared: dict[str, Any] = summary["comparison"].get(column.arrangement, {})
    return Figure(
        column,
        measure.name,
        format_value(value, measure.unit, summary["currency"]),
        value,
        text,
        compared.get(measure.name, {}).get("ratio") if text else None,
    )


def money(value: int, currency: str) -> str:
    """An amount with its currency, to be read."""
    return format_money(value, currency)
