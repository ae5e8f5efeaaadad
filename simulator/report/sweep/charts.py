"""The charts of a sweep, one a question: frontier, netting axis, means, sensitivities, swings, harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.config.units import format_duration, minor_digits
from simulator.report.charts.chart import Drawing, Legend, Row, Spec, Table
from simulator.report.charts.grammar import (
    MONEY_LABEL,
    SHARE_LABEL,
    color,
    dash,
    drawn,
    money_axis,
    only_shown,
    shape,
    switch,
    theme,
    told,
)
from simulator.report.headline import format_value
from simulator.report.sweep.tables import (
    Figures,
    all_figures,
    signed,
    version_name,
    with_width,
)
from simulator.study.columns import title_of, unit_of
from simulator.study.words import legible

if TYPE_CHECKING:
    from simulator.report.sweep.result import SweepResult

ROW = 26
"""Pixels of a row of bars or marks."""

MOST_VARIANTS = 40
"""Variants that a chart shows; the tables have all."""


@dataclass(frozen=True, slots=True)
class SweepChart:
    """What a chart of a sweep is called, and how to read it."""

    name: str
    title: str
    reading: str


def sweep_charts(result: SweepResult) -> Iterator[tuple[SweepChart, Drawing]]:
    """Every chart that a sweep has something to draw of."""
    figures = {each.name: each for each in all_figures(result)}
    if "frontier" in figures:
        yield _frontier(result, figures["frontier"])
    if "harm" in figures:
        yield _harm(result, figures["harm"])
    if "sensitivities" in figures:
        yield _sensitivities(result, figures["sensitivities"])
    if "swings" in figures:
        yield _swings(result, figures["swings"])
    if "family" in result.frame.columns and result.frame.height:
        yield _axis(result, figures["means"])
    elif "means" in figures and result.summary.height and "harm" not in figures:
        yield from _means(result, figures["means"])


def save_sweep_charts(result: SweepResult, place: Path) -> list[Path]:
    """Every chart as SVG; gives the files."""
    import vl_convert

    written = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        for chart, drawing in sweep_charts(result):
            path = place / f"{chart.name}.svg"
            path.write_text(vl_convert.vegalite_to_svg(titled(chart, drawing)), encoding="utf-8")
            written.append(path)
    except OSError as error:
        said = error.strerror or str(error)
        raise InputError(f"{display(place)}: charts cannot be written there: {said}") from error
    return written


def titled(chart: SweepChart, drawing: Drawing) -> Spec:
    """A specification that stands on its own."""
    heading = {"text": chart.title, "anchor": "start", "fontSize": 15, "offset": 12}
    return {**drawing.spec, "title": heading, "config": theme()}


def _table(figures: Figures) -> Table:
    return Table(figures.columns, list(figures.rows))


def _frontier(result: SweepResult, figures: Figures) -> tuple[SweepChart, Drawing]:
    """Delay over funding, a line an arrangement, a band of its interval."""
    currency = result.told["currency"]
    rows: list[Row] = []
    held: dict[tuple[str, str, float], dict[str, Any]] = {}
    for row in result.summary.filter(variant=0).iter_rows(named=True):
        held.setdefault((row["arrangement"], row["without"], row["usage"]), {})[row["measure"]] = row
    for (arrangement, without, usage), by_measure in held.items():
        delay, funding = by_measure["settlement_delay"], by_measure["funding"]
        if delay["mean"] is None:
            continue
        width = delay["mean_half_width"] or 0.0
        rows.append(
            {
                "version": legible(version_name(arrangement, without)),
                "usage": usage,
                "delay": delay["mean"],
                "low": max(0.0, delay["mean"] - width),
                "high": min(1.0, delay["mean"] + width),
                "amount": with_width(delay["mean"], delay["mean_half_width"], "share", currency),
                "funding": format_value(funding["mean"], "money", currency),
            }
        )
    names = list(dict.fromkeys(row["version"] for row in rows))
    x = {
        "field": "usage",
        "type": "quantitative",
        "axis": {"title": "Funding, from the lower to the upper bound", "labelExpr": SHARE_LABEL},
    }
    y_axis = {"title": "Delay ρ", "labelExpr": SHARE_LABEL}
    hover = told(("version", "Arrangement"), ("amount", "Delay ρ"), ("funding", "Funding"))
    layers: list[Spec] = [
        {
            "params": switch(names, "version"),
            "transform": only_shown(names),
            "mark": {"type": "area", "opacity": 0.18},
            "encoding": {
                "x": x,
                "y": {"field": "low", "type": "quantitative", "axis": y_axis},
                "y2": {"field": "high"},
                "color": color(names, "version"),
            },
        },
        {
            "transform": only_shown(names),
            "mark": {"type": "line", "point": {"size": 36}},
            "encoding": {
                "x": x,
                "y": {"field": "delay", "type": "quantitative", "axis": y_axis},
                "color": color(names, "version", lines=True),
                "strokeDash": dash(names, "version"),
                "tooltip": hover,
            },
        },
    ]
    chart = SweepChart("frontier", figures.title, figures.reading)
    note = "The band is the interval over seeds." if len(result.told["seeds"]) > 1 else ""
    legend = Legend("version", names) if len(names) > 1 else None
    return chart, Drawing(drawn(layers, data={"values": rows}), result.finding, _table(figures), legend, note)


def _bars(
    rows: Sequence[Row], x: Spec, group: str, *, height: int, ends: tuple[str, str | None] = ("value", None)
) -> list[Spec]:
    """A bar a row, colored by group; between two fields where there are two."""
    names = list(dict.fromkeys(row[group] for row in rows))
    place = {
        "field": "row",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 260},
    }
    encoding: Spec = {
        "y": place,
        "x": {**x, "field": ends[0], "type": "quantitative"},
        "color": color(names, group),
        "tooltip": told(("row", "What"), (group, "Of"), ("amount", "Value")),
    }
    if len(names) > 1:
        encoding["yOffset"] = {"field": group, "type": "nominal", "scale": {"domain": names}}
    if ends[1]:
        encoding["x2"] = {"field": ends[1]}
    return [
        {
            "params": switch(names, group),
            "transform": only_shown(names),
            "mark": {"type": "bar", "height": {"band": height / ROW}},
            "encoding": encoding,
        }
    ]


def _legend(rows: Sequence[Row], group: str) -> Legend | None:
    names = list(dict.fromkeys(row[group] for row in rows))
    return Legend(group, names) if len(names) > 1 else None


def _height(rows: Sequence[Row], group: str) -> int:
    groups = len({row[group] for row in rows})
    return max(90, len({row["row"] for row in rows}) * (groups * 14 + 14))


def _harm(result: SweepResult, figures: Figures) -> tuple[SweepChart, Drawing]:
    measure, currency = result.told["harm"][0]["measure"], result.told["currency"]
    rows = [
        {
            "row": legible(one["scenario"]),
            "arrangement": legible(one["arrangement"]),
            "value": _scaled(one["harm"], measure, currency),
            "amount": signed(one["harm"], unit_of(measure), currency),
        }
        for one in result.told["harm"]
    ]
    x = {"axis": _axis_of(f"Increase of {title_of(measure).lower()}", measure, currency)}
    spec = drawn(
        _bars(rows, x, "arrangement", height=18), data={"values": rows}, height=_height(rows, "arrangement")
    )
    chart = SweepChart("harm", figures.title, figures.reading)
    return chart, Drawing(spec, result.finding, _table(figures), _legend(rows, "arrangement"))


def _first_gap(listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the first arrangement and measure."""
    of = (listed[0]["arrangement"], listed[0]["measure"])
    return [one for one in listed if (one["arrangement"], one["measure"]) == of]


def _sensitivities(result: SweepResult, figures: Figures) -> tuple[SweepChart, Drawing]:
    shown = _first_gap(result.told["indices"])
    rows = [
        {"row": legible(one["key"]), "order": name, "value": one[kind], "amount": f"{one[kind]:.2f}"}
        for one in shown
        for kind, name in (("first", "first order"), ("total", "total"))
        if one[kind] is not None
    ]
    x = {"axis": {"title": "Share of the variance of the gap"}}
    spec = drawn(_bars(rows, x, "order", height=18), data={"values": rows}, height=_height(rows, "order"))
    chart = SweepChart("sensitivities", figures.title, f"{figures.reading} Drawn: {_gap_words(shown[0])}.")
    return chart, Drawing(spec, result.finding, _table(figures), _legend(rows, "order"))


def _gap_words(one: dict[str, Any]) -> str:
    return f"{title_of(one['measure']).lower()} of {legible(one['arrangement'])}"


def _swings(result: SweepResult, figures: Figures) -> tuple[SweepChart, Drawing]:
    shown, currency = _first_gap(result.told["swings"]), result.told["currency"]
    measure = shown[0]["measure"]
    rows = []
    for one in shown:
        for side, name in (("at_first", "first value"), ("at_last", "last value")):
            rows.append(
                {
                    "row": legible(one["key"]),
                    "end": name,
                    "value": _scaled(one[side], measure, currency),
                    "written": _scaled(one["as_written"], measure, currency),
                    "amount": signed(one[side], unit_of(measure), currency),
                }
            )
    x = {"axis": _axis_of("The gap", measure, currency), "scale": {"zero": False}}
    layers = _bars(rows, x, "end", height=18, ends=("written", "value"))
    layers[0]["encoding"].pop("yOffset", None)
    spec = drawn(layers, data={"values": rows}, height=max(90, len(shown) * ROW + 20))
    chart = SweepChart("swings", figures.title, f"{figures.reading} Drawn: {_gap_words(shown[0])}.")
    return chart, Drawing(spec, result.finding, _table(figures), _legend(rows, "end"))


def _axis(result: SweepResult, figures: Figures) -> tuple[SweepChart, Drawing]:
    """Liquidity need by window, from a day to continuous; re-use beside it."""
    currency = result.told["currency"]
    about = {row["arrangement"]: row for row in result.frame.iter_rows(named=True)}
    rows = []
    for row in result.summary.filter(variant=0, measure="liquidity_need").iter_rows(named=True):
        window = about[row["arrangement"]]["window_seconds"]
        words = "a day" if window is None else format_duration(window * 1e6) if window else "continuous"
        rows.append(
            {
                "row": f"{legible(row['arrangement'])}: {words}",
                "family": about[row["arrangement"]]["family"],
                "value": _scaled(row["mean"], "liquidity_need", currency),
                "amount": with_width(row["mean"], row["mean_half_width"], "money", currency),
            }
        )
    x = {"axis": _axis_of("Liquidity need", "liquidity_need", currency)}
    layers = _bars(rows, x, "family", height=18)
    layers[0]["encoding"].pop("yOffset", None)
    spec = drawn(layers, data={"values": rows}, height=max(90, len(rows) * ROW))
    reading = (
        "The same trades netted over ever shorter windows, up to every trade by itself, and gross settlement "
        "in blocks by when receipts can be used again."
    )
    chart = SweepChart("netting_window", "From netting to gross, by window", reading)
    return chart, Drawing(spec, result.finding, _table(figures), _legend(rows, "family"))


def _means(result: SweepResult, figures: Figures) -> Iterator[tuple[SweepChart, Drawing]]:
    """A mark a variant and arrangement with its interval, of the first measure that is not 0 everywhere."""
    currency, labels = result.told["currency"], result.told["variants"]
    measures = list(dict.fromkeys(result.summary["measure"].to_list()))
    for measure in measures[:2]:
        listed = result.summary.filter(measure=measure).drop_nulls("mean")
        if not any(listed["mean"].to_list()):
            continue
        rows: list[Row] = []
        for row in listed.iter_rows(named=True):
            if row["variant"] >= min(MOST_VARIANTS, len(labels)):
                break
            width = row["mean_half_width"] or 0.0
            rows.append(
                {
                    "row": legible(labels[row["variant"]]),
                    "arrangement": legible(row["arrangement"]),
                    "value": _scaled(row["mean"], measure, currency),
                    "low": _scaled(row["mean"] - width, measure, currency),
                    "high": _scaled(row["mean"] + width, measure, currency),
                    "amount": with_width(row["mean"], row["mean_half_width"], unit_of(measure), currency),
                }
            )
        names = list(dict.fromkeys(row["arrangement"] for row in rows))
        title = f"{title_of(measure)} by variant"
        reading = f"Means over seeds; lines are their intervals. {figures.reading}"
        spec = _marks(rows, names, _axis_of(title_of(measure), measure, currency))
        more = len(labels) - MOST_VARIANTS
        note = (
            f"The first {MOST_VARIANTS} variants are drawn; the tables have {more} more." if more > 0 else ""
        )
        legend = Legend("arrangement", names) if len(names) > 1 else None
        drawing = Drawing(spec, result.finding, _table(figures), legend, note)
        yield SweepChart(f"means_{measure}", title, reading), drawing


def _marks(rows: Sequence[Row], names: Sequence[str], axis: Spec) -> Spec:
    place = {
        "field": "row",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 260},
    }
    x = {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True}}
    both = {"y": place, "color": color(names)}
    if len(names) > 1:
        both["yOffset"] = {"field": "arrangement", "type": "nominal", "scale": {"domain": list(names)}}
    hover = told(("row", "Variant"), ("arrangement", "Arrangement"), ("amount", "Mean"))
    layers: list[Spec] = [
        {
            "params": switch(names),
            "transform": only_shown(names),
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {**both, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
        },
        {
            "transform": only_shown(names),
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {**both, "x": x, "shape": shape(names), "tooltip": hover},
        },
    ]
    variants = len({row["row"] for row in rows})
    return drawn(layers, data={"values": list(rows)}, height=max(90, variants * (len(names) * 12 + 14)))


def _scaled(value: float, measure: str, currency: str) -> float:
    """A value in the unit of its axis: money in major units."""
    if unit_of(measure) in ("money", "money_hours"):
        return value / 10 ** minor_digits(currency)
    return value


def _axis_of(title: str, measure: str, currency: str) -> Spec:
    unit = unit_of(measure)
    if unit in ("money", "money_hours"):
        return money_axis(f"{title}, {currency}")
    if unit == "share":
        return {"title": title, "labelExpr": SHARE_LABEL}
    return {"title": title + (", seconds" if unit == "seconds" else ""), "labelExpr": MONEY_LABEL}
