"""The sections of the page, in order: each a function that gives its template what it shows.

To add one, write ``templates/NAME.html``, a function here, and its line in ``SECTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from simulator.measures.catalogue import MEASURES, P99_DELAY
from simulator.measures.network import FIGURES
from simulator.report.charts.chart import Drawing, Nothing
from simulator.report.page import comparison
from simulator.report.page.figures import Run, all_charts
from simulator.report.tables import describe_flow
from simulator.study.words import count_of, describe_endowment, legible

LONGEST_CONFIG = 60_000
"""Characters of a config that the page shows; typed instructions can be a book."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its id and template, its heading, and what its template is given."""

    name: str
    title: str
    context: Callable[[list[Run]], Mapping[str, Any]]


def finding(runs: list[Run]) -> Mapping[str, Any]:
    """What each run shows, in a sentence, and what was run."""
    return {
        "findings": [
            {
                "run": run,
                "sentence": run.result.finding,
                "flow": describe_flow(run.result),
                "notices": [legible(notice) for notice in run.result.notices],
            }
            for run in runs
        ]
    }


def compare(runs: list[Run]) -> Mapping[str, Any]:
    """The headline measures, and all of them."""
    columns = comparison.columns(runs)
    headline = comparison.headline(runs)
    return {
        "columns": columns,
        "groups": [(name, list(lines)) for name, lines in groupby(headline, key=lambda line: line.group)],
        "every_measure": list(comparison.every_measure(runs)),
        "currencies": list(dict.fromkeys(run.result.summary["currency"] for run in runs)),
    }


def draw(runs: list[Run]) -> Mapping[str, Any]:
    """Every chart that some run has something to draw of; of the others, why not."""
    shown, missing = [], []
    for chart in all_charts():
        figures = [(run, run.figures[chart.name]) for run in runs]
        drawn = [(run, figure) for run, figure in figures if isinstance(figure, Drawing)]
        empty = [(run, figure) for run, figure in figures if isinstance(figure, Nothing)]
        if drawn:
            shown.append({"chart": chart, "figures": drawn, "missing": empty})
        else:
            missing.append({"chart": chart, "why": empty[0][1].why})
    return {"charts": shown, "missing": missing}


def method(runs: list[Run]) -> Mapping[str, Any]:
    """How the figures came about."""
    layers = {one.get("layer") for run in runs for one in run.result.summary["arrangements"].values()}
    return {
        "described": [
            {
                "run": run,
                "source": _source(run),
                "endowment": describe_endowment(run.result.config),
                "arrangements": [(legible(name), words) for name, words in run.result.words.items()],
            }
            for run in runs
        ],
        "netted": bool({1, 2} & layers),
        "carried": any(one.carry for run in runs for one in run.result.config.arrangements.values()),
        "gross": 3 in layers,
        "delivered": any(
            one.book_entry is not None for run in runs for one in run.result.config.arrangements.values()
        ),
        "margined": any(
            run.result.config.margin_of(name) is not None
            for run in runs
            for name in run.result.config.arrangements
        ),
        "routed": any(
            one.routing is not None for run in runs for one in run.result.config.arrangements.values()
        ),
        "priced": any(run.result.config.costs is not None for run in runs),
        "days": max(run.result.summary["flow"]["days"] for run in runs),
    }


def _source(run: Run) -> str:
    flow = run.result.config.flow
    if flow.tape is not None:
        return f"The trades are those of the tape {legible(flow.tape.path.name)}."
    if flow.kind == "typed":
        return "The trades are typed in the config."
    if flow.repo is not None:
        days = count_of(run.result.summary["flow"]["days"], "day")
        seed = run.result.summary.get("seed", 0)
        return f"The trades are legs of repos: {days} drawn with seed {seed}, over a book already open."
    if flow.markets is not None:
        named = ", ".join(legible(name) for name in flow.markets)
        days = count_of(run.result.summary["flow"]["days"], "day")
        seed = run.result.summary.get("seed", 0)
        return f"The trades are synthetic, of the markets {named}: {days} drawn with seed {seed}."
    days = count_of(run.result.summary["flow"]["days"], "day")
    return f"The trades are synthetic: {days} drawn with seed {run.result.summary.get('seed', 0)}."


def config(runs: list[Run]) -> Mapping[str, Any]:
    """The config of each run in full."""
    shown = []
    for run in runs:
        text = run.result.config_text
        cut = text[:LONGEST_CONFIG].rpartition("\n")[0] if len(text) > LONGEST_CONFIG else text
        shown.append({"run": run, "text": _visible(cut), "cut": cut != text})
    return {"configs": shown}


def _visible(text: str) -> str:
    """Text over lines in which nothing turns the direction of writing around."""
    return "\n".join(legible(line) for line in text.split("\n"))


def provenance(runs: list[Run]) -> Mapping[str, Any]:
    """Versions, seeds, hashes, machines and times."""
    return {"provenances": [{"run": run, "facts": list(_flat(run.result.provenance))} for run in runs]}


def _flat(facts: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested facts as pairs of a name and a text."""
    pairs: list[tuple[str, str]] = []
    for name, value in facts.items():
        label = f"{above}{name}".replace("_", " ")
        if name == "libraries":
            pairs.append((label, ", ".join(f"{library} {version}" for library, version in value.items())))
        elif isinstance(value, Mapping):
            pairs += _flat(value, f"{label}: ")
        elif not isinstance(value, list):
            pairs.append((legible(label), "–" if value in (None, "") else legible(str(value))))
    return pairs


def definitions(runs: list[Run]) -> Mapping[str, Any]:
    """What each measure is, and where it comes from."""
    quantile_error = next((run.result.summary.get("delay_quantile_error") for run in runs), None)
    return {
        "measures": MEASURES,
        "tails": [measure for measure in MEASURES if measure.tail],
        "p99_delay": P99_DELAY,
        "quantile_error": quantile_error,
        "network": FIGURES,
        "over_days": {
            "mean": "mean over settlement days",
            "peak": "most of any settlement day",
            "ratio": "ratio of totals over all days",
        },
        "units": {
            "money": "money",
            "units": "units of securities",
            "count": "number",
            "share": "share",
            "seconds": "time",
            "money_hours": "money × hours",
            "ratio": "ratio",
            "basis_points": "basis points",
        },
    }


SECTIONS = (
    Section("finding", "Finding", finding),
    Section("comparison", "Comparison", compare),
    Section("charts", "Charts", draw),
    Section("method", "Method", method),
    Section("config", "Config", config),
    Section("provenance", "Provenance", provenance),
    Section("definitions", "Definitions", definitions),
)
