"""What all charts share: palette and theme, axes and hover texts in people's units, switches, days."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.config.units import format_money, minor_digits
from simulator.report.charts.chart import Legend, Row, Spec
from simulator.study.words import legible

if TYPE_CHECKING:
    from simulator.report.result import Result

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

# Okabe and Ito 2008, "Color universal design", darkened or lightened until each stands out 3 : 1 from the
# ground it is drawn on; where there are more arrangements than colors, dashes and shapes tell them apart.
LIGHT = ("#0072b2", "#d55e00", "#00805d", "#a8437f", "#8a6a00", "#3f86b5", "#5c6670", "#111111")
DARK = ("#56b4e9", "#f0883e", "#2cc295", "#e58fc1", "#f0e442", "#a5d3f0", "#aab4bf", "#ffffff")
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 3], [1, 3], [6, 2, 1, 2, 1, 2])
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "triangle-right", "stroke")
INK, FAINT, GRID, GROUND = "#1b2733", "#5b6775", "#dfe4e9", "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

WIDTH, HEIGHT = 640, 300
SHOWN = "shown"
"""The parameter of what is switched on; a click into the legend sets it, shift adds."""


def theme(
    ink: str = INK,
    faint: str = FAINT,
    grid: str = GRID,
    ground: str | None = GROUND,
    colors: Sequence[str] = LIGHT,
) -> Spec:
    """The look of every chart; the page gives its own colors, which follow light, dark and paper."""
    return {
        "background": ground,
        "font": FONT,
        "padding": 8,
        "view": {"stroke": None},
        "axis": {
            "labelColor": faint,
            "titleColor": faint,
            "titleFontWeight": "normal",
            "titleFontSize": 12,
            "labelFontSize": 12,
            "titlePadding": 8,
            "labelPadding": 6,
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelLimit": 130,
        },
        "axisX": {
            "labelFlush": True,
            "labelOverlap": "greedy",
            "labelSeparation": 10,
            "grid": False,
            "tickCount": 6,
        },
        "axisY": {"domain": False, "ticks": False, "tickCount": 5, "minExtent": 48},
        "legend": {
            "orient": "top",
            "labelColor": ink,
            "labelFontSize": 12,
            "symbolStrokeWidth": 2.5,
            "labelLimit": 180,
            "title": None,
            "symbolOpacity": 1,
            "columns": 4,
        },
        "range": {"category": list(colors)},
        "line": {"strokeWidth": 2, "strokeCap": "butt"},
        "mark": {"color": ink},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": faint},
        "style": {
            "faint": {"stroke": faint, "color": faint},
            "name": {"fill": ink},
            "whisker": {"stroke": ink},
        },
    }


def money(field: str) -> str:
    """A Vega expression for an amount of major units, to be read: three significant digits."""
    return (
        f"abs({field}) < 10000 ? format({field}, ',.2~f') : replace(replace(replace(replace("
        f"format({field}, '.3s'), 'k', ' k'), 'M', ' M'), 'G', ' bn'), 'T', ' tn')"
    )


MONEY_LABEL = (
    "replace(replace(replace(replace(format(datum.value, '~s'), 'k', ' k'), 'M', ' M'), 'G', ' bn'), "
    "'T', ' tn')"
)
"""An axis of money: 5 bn."""

SHARE_LABEL = "format(100 * datum.value, '~r') + ' %'"
"""An axis of shares: 12.5 %."""

DURATION_LABEL = (
    "datum.value >= 3600 ? format(datum.value / 3600, '~r') + ' h' : datum.value >= 60 ? "
    "format(datum.value / 60, '~r') + ' min' : datum.value >= 1 ? format(datum.value, '~r') + ' s' : "
    "format(datum.value * 1000, '~r') + ' ms'"
)
"""An axis of seconds: 12 min."""


def money_axis(title: str, **more: Any) -> Spec:
    """An axis of money in major units; of small amounts it says them in full."""
    return {
        "title": title,
        "labelExpr": f"abs(datum.value) < 1 ? format(datum.value, '~g') : {MONEY_LABEL}",
        **more,
    }


def drawn(layers: Sequence[Spec], *, height: int | Spec = HEIGHT, **more: Any) -> Spec:
    """A whole specification of some layers."""
    return {"$schema": SCHEMA, "width": WIDTH, "height": height, "layer": list(layers), **more}


def switch(names: Sequence[str], by: str = "arrangement") -> list[Spec]:
    """``params`` of the first layer: what a click into the legend sets; a single name needs none."""
    return (
        [{"name": SHOWN, "select": {"type": "point", "fields": [by]}, "bind": "legend"}]
        if len(names) > 1
        else []
    )


def only_shown(names: Sequence[str]) -> list[Spec]:
    """``transform`` of a layer: only what is switched on."""
    return [{"filter": {"param": SHOWN}}] if len(names) > 1 else []


def color(
    names: Sequence[str], by: str = "arrangement", only: Sequence[str] | None = None, *, lines: bool = False
) -> Spec:
    """An encoding: the color of each name, in their order; a single name needs no legend.

    ``only`` are those that there are marks of: a name has its color whether or not all are drawn.
    """
    encoding: Spec = {"field": by, "type": "nominal", "scale": {"domain": list(names)}}
    entries = _entries(names, only)
    if lines and entries is not None:
        entries = {**entries, "symbolType": "stroke"}
    return {**encoding, "legend": entries}


def _entries(names: Sequence[str], only: Sequence[str] | None) -> Spec | None:
    if len(names if only is None else only) < 2:
        return None
    return {} if only is None else {"values": list(only)}


def dash(names: Sequence[str], by: str = "arrangement") -> Spec:
    """An encoding: the dashes of each name, so that lines differ without color too."""
    return _ranged(by, names, [list(DASHES[at % len(DASHES)]) for at in range(len(names))])


def shape(names: Sequence[str], by: str = "arrangement", only: Sequence[str] | None = None) -> Spec:
    """An encoding: the shape of each name."""
    shapes = [SHAPES[at % len(SHAPES)] for at in range(len(names))]
    return {**_ranged(by, names, shapes), "legend": _entries(names, only)}


def _ranged(by: str, names: Sequence[str], values: list) -> Spec:
    scale = {"domain": list(names), "range": values}
    return {"field": by, "type": "nominal", "scale": scale, "legend": _entries(names, None)}


def told(*pairs: tuple[str, str]) -> list[Spec]:
    """The hover text: fields, each with what it is called."""
    return [{"field": field, "title": title, "type": "nominal"} for field, title in pairs]


# ------------------------------------------------------------------------------------- what is drawn


def names_of(result: Result) -> dict[str, str]:
    """Each arrangement as it is shown."""
    return {name: legible(name) for name in result.summary["arrangements"]}


def legend_of(result: Result) -> Legend | None:
    """Arrangements that can be switched on and off; a single one cannot."""
    names = list(names_of(result).values())
    return Legend("arrangement", names) if len(names) > 1 else None


def major(minor: float, currency: str) -> float:
    """An amount in major units, for an axis; cents stay exact up to 2^53."""
    scale = 10 ** minor_digits(currency)
    return minor / scale if minor % scale else int(minor // scale)


def read_money(minor: float, currency: str) -> str:
    """An amount to be read, without its currency."""
    return format_money(round(minor), currency).removesuffix(f" {currency}") if minor else "0"


def many_days(result: Result) -> bool:
    """Whether there is a spread over days to be drawn."""
    return any(one.get("settlement_days", 1) > 1 for one in result.summary["arrangements"].values())


def days_note(result: Result) -> str:
    """What the spread that is drawn means."""
    days = result.summary["flow"]["days"]
    return f"Lines and bars are means over {days} days; the spread shown is the least and the most of a day."


def log_ticks(least: float, most: float) -> list[float]:
    """Where a logarithmic axis is marked: at powers of ten, over a short way at 1, 2 and 5 of each.

    Examples
    --------
    >>> log_ticks(150, 6000), log_ticks(3, 50_000)
    ([200.0, 500.0, 1000.0, 2000.0, 5000.0], [10.0, 100.0, 1000.0, 10000.0])
    """
    steps = (1.0, 2.0, 5.0) if most < 300 * least else (1.0,)
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    ticks = (step * 10.0**power for power in powers for step in steps)
    return [tick for tick in ticks if least <= tick <= most]


def listed(things: Iterable[str]) -> str:
    """Things in a row: ``a, b and c``.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *first, last = things
    return f"{', '.join(first)} and {last}" if first else last


def by_most(values: Mapping[str, float]) -> list[str]:
    """Names by their value, the largest first, ties as they come."""
    return sorted(values, key=lambda name: -values[name])


def rows_of(**columns: Sequence[Any]) -> list[Row]:
    """Columns as the rows that Vega wants."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
