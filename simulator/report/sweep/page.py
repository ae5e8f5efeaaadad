"""The page of a sweep: one file that opens offline, made from the result alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.report.page import sections
from simulator.report.page.bundle import vega_bundle
from simulator.report.page.figures import embedded, for_page, page_theme
from simulator.report.page.render import MARK, environment, markup, policy, text_of
from simulator.report.sweep.charts import sweep_charts
from simulator.report.sweep.tables import all_figures, describe_sweep
from simulator.study.words import legible

if TYPE_CHECKING:
    from simulator.report.sweep.result import SweepResult

MOST_ROWS = 2_000
"""Rows of a table on the page; the files have all."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The sweep as templates of a run know one."""

    key: str
    name: str
    result: Any


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of the page: its id and template, its heading, and what its template is given."""

    name: str
    template: str
    title: str
    context: dict[str, Any]


def render_sweep_page(result: SweepResult) -> str:
    """The page as text."""
    run = _Shown("sweep", legible(result.config.name), result)
    charts = list(sweep_charts(result))
    specs = {f"{run.key}-{chart.name}": for_page(one.spec, one.legend) for chart, one in charts}
    parts = []
    pages = environment()
    for part in _parts(run, result, charts):
        html = pages.get_template(part.template).render(runs=[run], **part.context)
        parts.append((part, markup(html)))
    scripts = [vega_bundle(), text_of("page.js")]
    return pages.get_template("page.html").render(
        runs=[run],
        sections=parts,
        style=markup(text_of("page.css")),
        scripts=[markup(script) for script in scripts],
        specs=markup(embedded({"theme": page_theme(), "figures": specs})),
        policy=policy(scripts),
        generator=markup(MARK),
    )


def _parts(run: _Shown, result: SweepResult, charts: list[Any]) -> list[_Part]:
    found = {
        "run": run,
        "sentence": result.finding,
        "flow": describe_sweep(result),
        "notices": [legible(notice) for notice in result.notices],
    }
    shown = [{"chart": chart, "figures": [(run, one)], "missing": []} for chart, one in charts]
    parts = [
        _Part("finding", "finding.html", "Finding", {"findings": [found]}),
        _Part("charts", "charts.html", "Charts", {"charts": shown, "missing": []}),
        _Part(
            "tables", "sweep_tables.html", "Tables", {"tables": list(all_figures(result)), "most": MOST_ROWS}
        ),
    ]
    if result.failures:
        parts.append(_Part("failures", "sweep_failures.html", "Failed runs", {"failures": result.failures}))
    whole: Any = [run]
    return [
        *parts,
        _Part("config", "config.html", "Config", dict(sections.config(whole))),
        _Part("provenance", "provenance.html", "Provenance", dict(sections.provenance(whole))),
    ]
