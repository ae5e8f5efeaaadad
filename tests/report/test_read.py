"""Results read back: as they were when they were written, whatever became of what they were made from."""

import json
import shutil

import pytest

import simulator
from simulator.config.errors import InputError

TAPE = "t,o,b,s,x,u,c\n09:00:00,1,A,B,X,5,100\n09:01:00,2,B,A,X,5,90\n"
CONFIG = """
flow: {tape: {path: t.csv, currency: NPR, columns: {time: t, order: o, buyer: b, seller: s, security: x,
       units: u, cash: c}}}
arrangements: {net: {layer: 2}, gross: {layer: 3}}
"""


@pytest.fixture
def written(tmp_path):
    """A run of a tape that is no longer there."""
    (tmp_path / "t.csv").write_text(TAPE)
    (tmp_path / "tape.yaml").write_text(CONFIG)
    result = simulator.run(tmp_path / "tape.yaml", out=tmp_path / "run", instructions=True)
    (tmp_path / "t.csv").unlink()
    return result


def test_a_result_read_back_says_what_it_said(written):
    again = simulator.read(written.saved_in)
    assert again.summary == written.summary
    assert again.finding == written.finding
    assert again.notices == written.notices
    assert again.config == written.config
    for table in ("days", "participants", "timeline", "network", "delays", "instructions"):
        one, other = getattr(again, table), getattr(written, table)
        assert one.equals(other.cast(one.schema)), table


def test_the_page_rebuilt_without_the_tape_is_the_page_that_was_written(written):
    page = written.saved_in / "report.html"
    first = page.read_bytes()
    page.unlink()
    assert simulator.report(written.saved_in) == page
    assert page.read_bytes() == first


def test_a_result_written_again_keeps_where_it_came_from(written, tmp_path):
    simulator.read(written.saved_in).write(tmp_path / "copy")
    for path in written.saved_in.iterdir():
        assert (tmp_path / "copy" / path.name).read_bytes() == path.read_bytes(), path.name


def test_results_of_before_there_was_a_page_get_one(written):
    for name in ("network.parquet", "delays.parquet", "report.html"):
        (written.saved_in / name).unlink()
    simulator.report(written.saved_in)
    text = (written.saved_in / "report.html").read_text(encoding="utf-8")
    assert "written without delays.parquet" in text


def test_several_runs_make_one_page_where_one_is(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(written.saved_in, tmp_path / "other")
    page = simulator.report(written.saved_in, "other")
    assert page.resolve() == tmp_path / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "tape (run)" in text  # of one name, told apart by their folders
    assert "tape (other)" in text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: shutil.rmtree(folder), "give a folder of results"),
        (lambda folder: (folder / "summary.json").unlink(), "it has no summary.json"),
        (lambda folder: (folder / "config.yaml").write_text("flow: {}"), "nothing is traded"),
        (lambda folder: (folder / "summary.json").write_text("[1]"), "not a mapping"),
        (lambda folder: (folder / "summary.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "days.parquet").write_bytes(b"PAR1"), "days.parquet cannot be read"),
        (lambda folder: (folder / "timeline.parquet").unlink(), "timeline.parquet cannot be read"),
        (lambda folder: (folder / "provenance.json").write_text("{}"), "not as netgross writes it"),
    ],
)
def test_what_cannot_be_read_is_told_by_name(written, spoil, said):
    spoil(written.saved_in)
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        simulator.read(written.saved_in)


def test_a_summary_without_its_baseline_is_refused(written):
    path = written.saved_in / "summary.json"
    summary = json.loads(path.read_text())
    summary["comparison"]["baseline"] = "gone"
    path.write_text(json.dumps(summary))
    with pytest.raises(InputError, match="no arrangement"):
        simulator.read(written.saved_in)
