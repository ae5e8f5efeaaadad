"""The page and charts of every kind of sweep: they draw, say what stands in the tables, and fetch nothing."""

from __future__ import annotations

import json
import re

import pytest
import vl_convert

import simulator
from simulator.config.errors import InputError
from simulator.report.sweep.charts import sweep_charts, titled
from simulator.report.sweep.page import render_sweep_page
from simulator.report.sweep.tables import all_figures
from tests.study.sweeps import swept

RANGES = {
    "participants.count": {"from": 4, "to": 9},
    "flow.size_cv": {"from": "0.5", "to": "5"},
}
SWEEPS = {
    "means": (
        {"vary": {"participants.count": [5, 6]}, "seeds": 3},
        ["means_liquidity_need", "means_securities_need"],
    ),
    "frontier": ({"frontier": {"points": 3}, "seeds": 2}, ["frontier"]),
    "axis": ({"axis": "netting_window"}, ["netting_window"]),
    "sobol": ({"plan": "sobol", "runs": 4, "vary": RANGES}, ["sensitivities"]),
    "tornado": ({"plan": "one_at_a_time", "vary": RANGES}, ["swings"]),
}
BLOCKS = {"net": {"layer": 2}, "gross": {"layer": 3, "block": "30 min"}}


@pytest.mark.parametrize("kind", SWEEPS)
def test_every_kind_of_sweep_is_drawn_and_told(kind):
    sweep, drawn = SWEEPS[kind]
    result = simulator.sweep(swept(sweep, arrangements=BLOCKS), workers=1)
    charts = list(sweep_charts(result))
    assert [chart.name for chart, _ in charts] == drawn
    for chart, drawing in charts:
        svg = vl_convert.vegalite_to_svg(titled(chart, drawing))
        assert chart.title in svg
        assert "NaN" not in svg
    page = render_sweep_page(result)
    assert not re.search(r'(?:src|href)="https?:', page)
    assert page.count('<section id="') == 5
    for figures in all_figures(result):
        assert figures.title in page
        assert len({len(row) for row in figures.rows} | {len(figures.columns)}) == 1
    specs = json.loads(re.search(r'id="specs">(.*?)</script>', page, re.DOTALL)[1])
    assert list(specs["figures"]) == [f"sweep-{name}" for name in drawn]
    assert result.finding in str(result).replace("\n", " ")


def test_the_page_is_made_again_from_the_folder_alone(tmp_path):
    place = tmp_path / "s"
    result = simulator.sweep(swept({"seeds": 2}), out=place, workers=1)
    page = (place / "report.html").read_bytes()
    (place / "report.html").unlink()
    assert simulator.report(place) == place / "report.html"
    assert (place / "report.html").read_bytes() == page
    with pytest.raises(InputError, match="a sweep has a page of its own"):
        simulator.report(place, place)
    written = tmp_path / "t"
    result.write(written)
    assert (written / "report.html").read_bytes() == page


def test_a_sweep_that_has_not_ended_has_no_page(tmp_path):
    from simulator.study.store import Store

    Store.open(tmp_path / "s")
    with pytest.raises(InputError, match="the sweep has not ended, 0 runs are there"):
        simulator.report(tmp_path / "s")


def test_a_run_that_failed_is_on_the_page():
    import dataclasses

    result = simulator.sweep(swept({"seeds": 2}), workers=1)
    failed = {
        "run": 7,
        "variant": "as <b>written",
        "seed": 4,
        "error": "ValueError: no",
        "trace": "",
        "config": {},
    }
    page = render_sweep_page(dataclasses.replace(result, failures=(failed,)))
    assert "as &lt;b&gt;written" in page
    assert "ValueError: no" in page
