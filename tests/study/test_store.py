"""What is finished is kept, whole or not at all, and read back as it was."""

from __future__ import annotations

import json

import pytest

from simulator.config.errors import InputError
from simulator.study.job import Finished
from simulator.study.store import RUNS, SWEEP, Store

ROWS = ({"arrangement": "net", "liquidity_need": 2**62, "settlement_delay": 0.1, "p": None},)


def test_a_finished_run_is_there_for_whoever_opens_the_folder_next(tmp_path):
    store = Store.open(tmp_path / "s")
    store.take(Finished("k1", ROWS))
    store.take(Finished("k2", error="ValueError: no", trace="..."))
    again = Store.open(tmp_path / "s")
    assert again.rows == {"k1": list(ROWS)}
    assert again.failed["k2"].error == "ValueError: no"
    again.take(Finished("k2", ROWS))
    assert Store.open(tmp_path / "s").failed == {}


def test_a_file_cut_short_is_as_if_it_were_not_there(tmp_path):
    store = Store.open(tmp_path)
    store.take(Finished("k1", ROWS))
    path = tmp_path / RUNS / "k1.json"
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    (tmp_path / RUNS / ".netgross-half").write_text("{", encoding="utf-8")
    assert Store.open(tmp_path).rows == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.txt", "holds something else, not a sweep"),
        ("summary.json", "holds the results of a run, not a sweep"),
    ],
)
def test_a_folder_of_something_else_is_left_as_it_is(tmp_path, name, said):
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        Store.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "f").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        Store.open(tmp_path / "f")
    with pytest.raises(InputError, match="a sweep cannot be kept there"):
        Store.open(tmp_path / "f" / "below")


def test_without_a_folder_runs_are_kept_in_memory():
    store = Store.open(None)
    store.take(Finished("k", ROWS))
    assert store.rows == {"k": list(ROWS)}
    assert store.told() == {}


def test_an_open_store_says_that_its_sweep_is_running(tmp_path):
    assert Store.open(tmp_path).told() == {"state": "running"}
    assert json.loads((tmp_path / SWEEP).read_text(encoding="utf-8")) == {"state": "running"}
