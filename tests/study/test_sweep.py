"""A whole sweep: the same bytes however it was run, interrupted or shared out; failures; targets."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import simulator
from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.report.sweep.files import SWEEP_FILES
from simulator.study import pool
from simulator.study.columns import measure_types
from simulator.study.job import Finished, perform
from simulator.study.plan import make_plan
from simulator.study.store import RUNS, Store
from simulator.study.sweep import Hands, run_sweep
from tests.study.sweeps import MARKET, swept

SWEEP = {
    "vary": {"participants.count": [5, 6], "arrangements.gross.block": ["30 min", "continuous"]},
    "seeds": 3,
}


def bytes_in(place: Path) -> dict[str, bytes]:
    """The files of a sweep but for what tells of the machine and the moment."""
    found = {path.name: path.read_bytes() for path in place.iterdir()}
    assert set(found) == set(SWEEP_FILES)
    del found["provenance.json"]
    before, _, after = found["report.html"].partition(b'<section id="provenance"')
    found["report.html"] = before + after.partition(b"</section>")[2]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, bytes]:
    """The files of a sweep that was run in one go, in this process."""
    place = tmp_path_factory.mktemp("whole") / "s"
    result = simulator.sweep(swept(SWEEP), out=place, workers=1)
    assert (result.performed, result.frame.height) == (12, 24)
    return bytes_in(place)


def test_a_row_is_what_a_run_of_that_config_and_seed_measures():
    result = simulator.sweep(swept(SWEEP), workers=1)
    alone = simulator.run(
        {**MARKET, "participants": {"count": 6}}, seed=5, overrides={"arrangements.gross.block": "continuous"}
    )
    rows = result.frame.filter(
        pl.col("participants.count") == 6, pl.col("arrangements.gross.block") == "continuous", seed=5
    )
    assert rows["arrangement"].to_list() == ["net", "gross"]
    for row in rows.iter_rows(named=True):
        told = alone.summary["arrangements"][row["arrangement"]]
        assert {name: row[name] for name in told} == told
        assert set(told) == set(measure_types())


def test_two_workers_give_the_same_bytes(whole, tmp_path):
    simulator.sweep(swept(SWEEP), out=tmp_path / "s", workers=2)
    assert bytes_in(tmp_path / "s") == whole


@pytest.mark.slow
def test_a_local_dask_cluster_gives_the_same_bytes(whole, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        simulator.sweep(swept(SWEEP), out=tmp_path / "s", scheduler=cluster.scheduler_address)
    assert bytes_in(tmp_path / "s") == whole


def test_a_scheduler_that_does_not_answer_is_told(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(pool, "PATIENCE", "200ms")
    with pytest.raises(InputError, match="no scheduler answers at tcp://127"):
        simulator.sweep(swept(SWEEP), out=tmp_path / "s", scheduler="tcp://127.0.0.1:9")


class Killed(BaseException):
    """The end of a process, played."""


@pytest.mark.parametrize("seed", range(20))
def test_a_sweep_that_dies_at_any_moment_and_goes_on_ends_with_the_same_bytes(
    whole, tmp_path, monkeypatch, seed
):
    """Dies before, between or after any of its writes and renames, again and again, until it gets through."""
    chance = random.Random(seed)
    moments = 0

    def dying(call):
        def maybe(*arguments, **more):
            nonlocal moments
            moments -= 1
            if moments == 0:
                raise Killed
            done = call(*arguments, **more)
            if moments == 1 and chance.random() < 0.5:
                moments = 0
                raise Killed
            return done

        return maybe

    place = tmp_path / "s"
    with monkeypatch.context() as patched:
        for name in ("replace", "unlink", "rmdir"):
            patched.setattr(Path, name, dying(getattr(Path, name)))
        for deaths in range(100):
            moments = chance.randrange(1, 40 + 4 * deaths)
            try:
                simulator.sweep(swept(SWEEP), out=place, workers=1)
                break
            except Killed:
                moments = 0
    simulator.sweep(swept(SWEEP), out=place, workers=1)
    assert bytes_in(place) == whole


@pytest.mark.slow
def test_a_process_killed_in_the_middle_goes_on_with_what_is_missing(whole, tmp_path):
    config = tmp_path / "small.yaml"
    config.write_bytes(whole["config.yaml"])
    place = tmp_path / "s"
    command = [
        sys.executable,
        "-m",
        "simulator",
        "sweep",
        str(config),
        "--out",
        str(place),
        "--workers",
        "1",
        "--quiet",
    ]
    process = subprocess.Popen(command, cwd=tmp_path)
    while process.poll() is None and len(list((place / RUNS).glob("*.json"))) < 3:
        time.sleep(0.005)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    had = len(Store.open(place).rows)
    assert had >= 3
    result = simulator.sweep(config, out=place, workers=1)
    assert result.performed == 12 - had
    assert bytes_in(place) == whole


def test_a_finished_sweep_does_nothing(tmp_path, monkeypatch):
    first = simulator.sweep(swept(SWEEP), out=tmp_path / "s", workers=1)
    monkeypatch.setattr(pool, "perform", None)  # whoever ran anything would fail
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "s").iterdir()}
    again = simulator.sweep(swept(SWEEP), out=tmp_path / "s", workers=1)
    assert again.finished_before
    assert not first.finished_before
    assert again.frame.equals(first.frame)
    assert again.summary.equals(first.summary)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "s").iterdir()} == before


def test_a_sweep_that_grew_runs_only_what_is_new_and_forgets_nothing(tmp_path):
    place = tmp_path / "s"
    simulator.sweep(swept({**SWEEP, "seeds": 2}), out=place, workers=1)
    grown = simulator.sweep(swept(SWEEP), out=place, workers=1)
    assert (grown.performed, grown.frame.height) == (4, 24)
    less = simulator.sweep(swept({**SWEEP, "seeds": 1}), out=place, workers=1)
    assert (less.performed, less.frame.height) == (0, 8)
    back = simulator.sweep(
        swept(SWEEP), out=place, workers=1
    )  # what the smaller plan had no use for is there
    assert back.performed == 0
    assert back.frame.equals(grown.frame)


class Failing(Hands):
    """Hands under which runs of one seed fail, as long as ``failing``."""

    failing = True

    def perform(self, jobs, done, memory):
        assert memory > 0
        for job in jobs:
            failed = Finished(job.key, error="ValueError: seed 4 is not liked", trace="…")
            done(failed if job.config.seed == 4 and Failing.failing else perform(job))
        return []


def test_a_run_that_fails_is_recorded_and_the_rest_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.study.sweep.Hands", Failing)
    Failing.failing = True
    place = tmp_path / "s"
    result = simulator.sweep(swept(SWEEP), out=place)
    assert [(one["run"], one["seed"], one["error"]) for one in result.failures] == [
        (run, 4, "ValueError: seed 4 is not liked") for run in (1, 4, 7, 10)
    ]
    assert result.failures[0]["config"]["seed"] == 4
    assert load_config(result.failures[0]["config"]).seed == 4
    assert result.frame.height == 16
    again = simulator.sweep(swept(SWEEP), out=place)  # what failed is not tried again unless told to
    assert (again.performed, len(again.failures)) == (0, 4)
    Failing.failing = False
    retried = simulator.sweep(swept(SWEEP), out=place, retry_failed=True)
    assert (retried.performed, retried.failures, retried.frame.height) == (4, (), 24)
    assert {path.name for path in place.iterdir()} == set(SWEEP_FILES)


def test_seeds_are_added_until_the_mean_is_as_sure_as_asked():
    target = {"measure": "net_debit", "half_width": "40 %", "arrangement": "net"}
    config = load_config(swept({"vary": {"participants.count": [5, 6]}, "seeds": 4, "target": target}))
    done = run_sweep(config, Store(), Hands(1))
    assert len(done.seeds) > 4
    assert done.frame.height == 2 * 2 * len(done.seeds)
    for row in done.summary.filter(measure="net_debit", arrangement="net").iter_rows(named=True):
        assert row["n"] == len(done.seeds)
        assert row["mean_half_width"] <= 0.4 * row["mean"]
    assert done.notices == []


def test_a_target_out_of_reach_stops_at_the_most_and_says_so():
    target = {"measure": "net_debit", "half_width": "0.01", "most": 6}
    done = run_sweep(load_config(swept({"seeds": 2, "target": target})), Store(), Hands(1))
    assert len(done.seeds) == 6
    assert done.notices == ["2 of 2 means are not as sure as asked after 6 seeds, the most allowed"]


def test_varied_keys_are_numbers_where_all_are_of_one_kind():
    sweep = {
        "plan": "one_at_a_time",
        "vary": {
            "arrangements.gross.block": ["30 min", "1 h"],
            "participants.funding": ["unlimited", {"prefunding": "5 M"}],
            "flow.daily_value": ["2 M", "4 M"],
        },
    }
    frame = simulator.sweep(swept(sweep), workers=1).frame.filter(arrangement="net")
    assert frame["arrangements.gross.block"].to_list() == [None, 1800.0, 3600.0, None, None, None, None]
    assert frame["participants.funding"].to_list()[3:5] == ["unlimited", '{"prefunding": "5 M"}']
    assert frame["flow.daily_value"].to_list()[5:] == [2_000_000, 4_000_000]


def test_intervals_and_pairs_of_the_summary_by_hand():
    result = simulator.sweep(swept(SWEEP), workers=1)
    rows = result.frame.filter(variant=3)
    need = {name: rows.filter(arrangement=name)["liquidity_need"].to_list() for name in ("net", "gross")}
    told = result.summary.filter(variant=3, arrangement="gross", measure="liquidity_need").row(0, named=True)
    gaps = [gross - net for gross, net in zip(need["gross"], need["net"], strict=True)]
    mean = sum(gaps) / 3
    spread = (sum((gap - mean) ** 2 for gap in gaps) / 2) ** 0.5
    assert told["difference"] == pytest.approx(mean, rel=1e-12)
    assert told["difference_half_width"] == pytest.approx(4.302652729911275 * spread / 3**0.5, rel=1e-9)
    ratios = [gross / net for gross, net in zip(need["gross"], need["net"], strict=True)]
    assert told["ratio"] == pytest.approx(sum(ratios) / 3, rel=1e-12)
    first = result.frame.filter(variant=0, arrangement="gross")["liquidity_need"].to_list()
    changes = [after - before for after, before in zip(need["gross"], first, strict=True)]
    assert told["change"] == pytest.approx(sum(changes) / 3, rel=1e-12)


def test_a_sweep_is_planned_before_a_folder_is_made(tmp_path):
    with pytest.raises(InputError, match="0 s is not allowed"):
        simulator.sweep(swept({"vary": {"arrangements.gross.block": ["0 s"]}}), out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_equal_points_are_run_once():
    sweep = {"plan": "latin_hypercube", "runs": 6, "vary": {"arrangements.gross.block": ["30 min", "1 h"]}}
    done = run_sweep(load_config(swept(sweep)), Store(), Hands(1))
    assert (done.performed, done.runs, done.frame.height) == (2, 6, 12)
    assert make_plan(load_config(swept(sweep))).digest == done.plan.digest
