"""A chart as a figure of the page: its specification without a legend, which the page has as buttons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from simulator.report.charts import CHARTS, Chart, charts
from simulator.report.charts.chart import Drawing, Legend, Nothing, Spec
from simulator.report.charts.grammar import LIGHT, SHOWN, theme
from simulator.report.result import Result
from simulator.study.words import legible


@dataclass(frozen=True, slots=True)
class Run:
    """One result of the page; ``key`` begins the ids of all that is its own."""

    key: str
    name: str
    result: Result
    figures: dict[str, Drawing | Nothing]


def make_runs(results: list[Result]) -> list[Run]:
    """Every result with all its charts drawn; of one name, each is called by its folder too."""
    names = [legible(result.config.name) for result in results]
    runs = []
    for at, (name, result) in enumerate(zip(names, results, strict=True)):
        if names.count(name) > 1:
            folder = legible(result.saved_in.name) if result.saved_in else str(at + 1)
            name = f"{name} ({folder})"
        figures = {chart.name: chart.draw(result) for chart in charts()}
        runs.append(Run(f"run-{at + 1}", name, result, figures))
    return runs


def all_charts() -> list[Chart]:
    """The charts in order."""
    return list(charts())


def specs_of(runs: list[Run]) -> dict[str, Spec]:
    """What the page's script draws, by the id of its figure."""
    specs = {
        f"{run.key}-{name}": for_page(figure.spec, figure.legend)
        for run in runs
        for name, figure in run.figures.items()
        if isinstance(figure, Drawing)
    }
    currencies = {run.result.summary["currency"] for run in runs}
    for name in CHARTS if len(runs) > 1 == len(currencies) else ():
        same_scale([specs[f"{run.key}-{name}"] for run in runs if f"{run.key}-{name}" in specs])
    return specs


def same_scale(specs: list[Spec]) -> None:
    """Let one chart of several runs reach equally far, so that they can be held against each other."""
    for axis in ("x", "y"):
        places = [(spec, layer) for spec in specs for layer in spec["layer"] if _is_length(layer, axis)]
        most = max((_most(spec, layer, axis) for spec, layer in places), default=0)
        for _, layer in places:
            place = layer["encoding"][axis]
            place["scale"] = {**(place.get("scale") or {}), "domainMax": most}


def _is_length(layer: Spec, axis: str) -> bool:
    """Whether an axis of a layer measures from zero, with no ends of its own."""
    place = layer["encoding"].get(axis, {})
    scale = place.get("scale") or {}
    return place.get("type") == "quantitative" and "domain" not in scale and scale.get("type") != "log"


def _most(spec: Spec, layer: Spec, axis: str) -> float:
    held: Spec = layer.get("data") or spec.get("data") or {}
    rows = held.get("values", [])
    fields = [layer["encoding"][each]["field"] for each in (axis, f"{axis}2") if each in layer["encoding"]]
    return max((row[field] for row in rows for field in fields if field in row), default=0)


def for_page(spec: Spec, legend: Legend | None) -> Spec:
    """The same picture where buttons of the page switch things on and off: all things named are shown."""
    by = legend.by if legend else ""
    shown = list(legend.names) if legend else []
    switched = _switched(spec, by)
    return {**switched, "params": [{"name": SHOWN, "value": shown}]} if legend else switched


def _switched(part: Any, by: str) -> Any:
    """``part`` with the legend's selection replaced by a list of names."""
    if isinstance(part, list):
        return [_switched(each, by) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("filter") == {"param": SHOWN}:
        return {"filter": f"indexof({SHOWN}, datum.{by}) >= 0"}
    return {key: _switched_entry(key, value, by) for key, value in part.items()}


def _switched_entry(key: str, value: Any, by: str) -> Any:
    if key == "params":
        return [each for each in value if each.get("name") != SHOWN]
    if key == "legend":
        return None
    return value if key == "values" else _switched(value, by)


def page_theme() -> Spec:
    """The look of the charts in the colors of the page, which follow light, dark and paper by themselves."""
    colors = [f"var(--series-{at + 1})" for at in range(len(LIGHT))]
    look = theme(ink="var(--ink)", faint="var(--muted)", grid="var(--line)", ground=None, colors=colors)
    return {**look, "padding": 2}


def embedded(value: Any) -> str:
    """JSON inside a page: whatever a name holds, no tag begins or ends in it.

    Examples
    --------
    >>> embedded({"name": "</script><b>"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
