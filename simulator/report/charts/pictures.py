"""Charts outside the page: as Altair charts to go on with, as SVG and PNG, offline."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.report.charts import CHARTS, Chart, charts
from simulator.report.charts.chart import Drawing, Nothing, Spec
from simulator.report.charts.grammar import theme

if TYPE_CHECKING:
    import altair as alt

    from simulator.report.result import Result

VEGA_LITE = "6.4"
"""The version that PNG and SVG are compiled with; the page's bundle has the same."""

SHARPNESS = 2.0
"""Pixels of a PNG for one of the screen."""


class Charts:
    """The charts of a result by name: ``result.charts.queue()`` is an Altair chart; ``dir`` names them."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def __dir__(self) -> list[str]:
        return list(CHARTS)

    def __iter__(self) -> Iterator[str]:
        return iter(CHARTS)

    def __getattr__(self, name: str) -> Callable[[], alt.TopLevelMixin]:
        found = {chart.name: chart for chart in charts()} if name in CHARTS else {}
        if name not in found:
            raise AttributeError(f"there is no chart {name!r}; there are {', '.join(CHARTS)}")
        return partial(_altair, found[name], self._result)

    def __repr__(self) -> str:
        return "Charts: " + ", ".join(f"{name}()" for name in CHARTS)


def _altair(chart: Chart, result: Result) -> alt.TopLevelMixin:
    """A chart of Altair, checked against the schema of Vega-Lite.

    Raises
    ------
    ValueError : there is nothing to draw; the message says why.
    """
    import altair as alt

    drawing = chart.draw(result)
    if isinstance(drawing, Nothing):
        raise ValueError(f"{chart.name}: {drawing.why}")
    return alt.Chart.from_dict(_lifted(titled(chart, drawing)))


def _lifted(spec: Spec) -> Spec:
    """The same with selections at the top, each with its layer by name: where Altair looks for them.

    It would put them there itself and not say whose they are, so that every layer had each, which Vega
    refuses.
    """
    layers, params = [], list(spec.get("params", ()))
    for at, layer in enumerate(spec["layer"]):
        name = f"layer_{at}"
        params += [{**each, "views": [name]} for each in layer.get("params", ())]
        layers.append({"name": name, **{key: value for key, value in layer.items() if key != "params"}})
    return {**spec, "layer": layers, "params": params}


def titled(chart: Chart, drawing: Drawing) -> Spec:
    """A specification that stands on its own: with its title and the look of the house."""
    heading = {"text": chart.title, "anchor": "start", "fontSize": 15, "offset": 12}
    return {**drawing.spec, "title": heading, "config": theme()}


def svg_pictures(result: Result, names: Sequence[str] = CHARTS) -> Iterator[tuple[Chart, Drawing, str]]:
    """Every chart that there is something to draw of, as SVG; or those named."""
    import vl_convert

    for chart in charts():
        if chart.name not in names:
            continue
        drawing = chart.draw(result)
        if isinstance(drawing, Drawing):
            yield chart, drawing, vl_convert.vegalite_to_svg(titled(chart, drawing), vl_version=VEGA_LITE)


def picture(result: Result, name: str) -> dict[str, bytes]:
    """One chart as SVG and PNG, by the ending of its file; nothing where there is nothing to draw."""
    import vl_convert

    found = {chart.name: (drawing, svg) for chart, drawing, svg in svg_pictures(result, (name,))}
    return {
        ending: content
        for _, svg in found.values()
        for ending, content in (("svg", svg.encode()), ("png", vl_convert.svg_to_png(svg, scale=SHARPNESS)))
    }


def render_pictures(result: Result) -> str:
    """Every chart as a picture in HTML, for a notebook: it needs neither scripts nor a network."""
    from html import escape

    parts = ['<div style="display:flex;flex-wrap:wrap;gap:16px">']
    for chart, drawing, svg in svg_pictures(result):
        # As an image of its own: ids and styles of one picture do not meet those of another.
        content = base64.b64encode(svg.encode()).decode()
        said = escape(f"{chart.title}. {drawing.says}", quote=True)
        style = "background:#fff;max-width:100%;flex:1 1 420px;min-width:0"
        parts.append(f'<img style="{style}" alt="{said}" src="data:image/svg+xml;base64,{content}">')
    return "\n".join([*parts, "</div>"])


def save_pictures(result: Result, place: Path) -> list[Path]:
    """Write every chart as SVG and PNG; gives the files."""
    import vl_convert

    written = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        for chart, _, svg in svg_pictures(result):
            for ending, content in (
                ("svg", svg.encode()),
                ("png", vl_convert.svg_to_png(svg, scale=SHARPNESS)),
            ):
                path = place / f"{chart.name}.{ending}"
                path.write_bytes(content)
                written.append(path)
    except OSError as error:
        said = error.strerror or str(error)
        raise InputError(f"{display(place)}: charts cannot be written there: {said}") from error
    return written
