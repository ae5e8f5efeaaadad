"""``netgross break-even``: what is printed and written, and what is told of results that cannot be mapped."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import simulator
from simulator.cli import app
from simulator.report.folder import BREAK_EVEN_FILES

TRADES = {
    "name": "two",
    "flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": "1 M"}]},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "funding": {"prefunding": "1 M"}}},
}


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.report.files.write_page", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    simulator.run({**TRADES, "costs": {}}, out="priced")
    simulator.run(TRADES, out="plain")
    return tmp_path


def netgross(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_the_map_is_written_beside_the_results_or_where_it_is_told(results):
    done = netgross("break-even", "priced")
    assert done.exit_code == 0
    assert done.stdout.startswith("At every spread and volatility of the map net costs least.\nMap: priced/")
    assert {*BREAK_EVEN_FILES} <= {path.name for path in (results / "priced").iterdir()}
    done = netgross("break-even", "priced", "--out", "there", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert {path.name for path in (results / "there").iterdir()} == set(BREAK_EVEN_FILES)


def test_what_cannot_be_mapped_is_told_and_nothing_is_written(results):
    before = sorted(results.rglob("*"))
    done = netgross("break-even", "plain")
    assert done.exit_code == 2
    assert (
        "plain: nothing was priced in this run; run it again with costs, such as --set costs={}"
        in done.stderr
    )
    done = netgross("break-even", "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    (results / "file").touch()
    done = netgross("break-even", "priced", "--out", "file")
    assert done.exit_code == 2
    assert "file: the map cannot be written there" in done.stderr
    assert sorted(results.rglob("*")) == sorted([*before, results / "file"])
