"""Who performs the runs: workers that die, threads that are pinned, memory that is short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from simulator.config.load import load_config
from simulator.study import pool
from simulator.study.job import Finished, Job
from simulator.study.memory import largest_run, workers_that_fit
from simulator.study.plan import make_plan
from simulator.study.size import rough_memory
from tests.study.sweeps import MARKET, swept


class Brittle:
    """An executor that breaks when it is given a deadly run, and takes all that it holds with it."""

    def __init__(self, workers: int, deadly: str) -> None:
        self.workers, self.deadly, self.broken = workers, deadly, False
        self.held: list[tuple[Future, Job]] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, call, job):
        assert call is pool.perform
        if self.broken:
            raise BrokenProcessPool
        future: Future = Future()
        self.held.append((future, job))
        if job.key == self.deadly:
            self.broken = True
            for each, _ in self.held:
                if not each.done():
                    each.set_exception(BrokenProcessPool())
        elif len(self.held) > 1 or self.workers == 1:
            for each, one in self.held:
                if not each.done():
                    each.set_result(Finished(one.key, ({"arrangement": one.key},)))
        return future


def test_a_worker_that_dies_costs_only_the_run_it_died_of():
    config = load_config(MARKET)
    jobs = [Job(key, config) for key in "abcdefg"]
    done: list[Finished] = []
    pool.perform_in_pool(jobs, 2, done.append, lambda workers: Brittle(workers, "c"))
    assert sorted(one.key for one in done) == list("abcdefg")
    assert {one.key: one.error for one in done if one.error} == {
        "c": "the worker process died; was there enough memory?"
    }


def test_workers_are_told_to_use_one_thread_each(monkeypatch):
    monkeypatch.setenv("POLARS_MAX_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    with pool.one_thread_each():
        assert {os.environ[name] for name in pool.THREADS} == {"1"}
    assert os.environ["POLARS_MAX_THREADS"] == "7"
    assert "NUMBA_NUM_THREADS" not in os.environ


def test_a_script_without_a_guard_can_sweep_in_workers(tmp_path):
    """Workers do not run the script again, in which the sweep would begin once more."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import simulator\n"
        f"result = simulator.sweep({swept({'seeds': 2})!r}, workers=2)\n"
        "print(result.frame.height)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout.strip()) == (0, "4"), done.stderr


@pytest.mark.slow
def test_workers_do_not_outlive_a_sweep_that_is_killed(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "import os, signal\n"
        "from simulator.study import pool\n"
        "with pool.start_pool(1) as executor:\n"
        "    with pool.nothing_of_main():\n"
        "        worker = executor.submit(os.getpid)\n"
        "    print(worker.result(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    worker = int(done.stdout)
    for _ in range(300):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker goes on without the sweep")


@pytest.mark.parametrize(
    ("workers", "run", "free", "fit"),
    [(4, 10, 100, 4), (4, 30, 100, 3), (4, 200, 100, 1), (4, 10, None, 4), (1, 10, 100, 1)],
)
def test_no_more_workers_than_fit_into_memory(workers, run, free, fit):
    assert workers_that_fit(workers, run, free) == fit


def test_the_largest_run_is_known_without_opening_a_market():
    from simulator.market.open import open_flow

    sweep = {"vary": {"participants.count": [5, 400], "flow.securities.count": [5, 5_000]}}
    plan = make_plan(load_config(swept(sweep)))
    largest = plan.variants[-1].config
    told = largest_run(variant.config for variant in plan.variants)
    assert told == rough_memory(largest, open_flow(largest))
    assert told > largest_run([plan.variants[0].config])
