"""Sweeps: many runs on one and on two workers, what a run costs beyond its simulation, a large store.

python experiments/speed/sweeps.py [--small]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from measuring import markdown

MARKET = {
    "name": "speed",
    "flow": {"daily_value": "16 bn", "trades_per_day": 100_000, "securities": {"count": 500}},
    "participants": {"count": 150},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "continuous"}},
}
STORE = 10_000
"""Runs of the large store."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="fewer runs, to try it")
    options = parser.parse_args()
    runs = 16 if options.small else 256
    with tempfile.TemporaryDirectory() as folder:
        rows = list(sweeps(runs, Path(folder)))
        rows += large_store(STORE // (100 if options.small else 1), Path(folder))
    print(markdown(["what", "seconds"], rows))


def sweeps(runs: int, folder: Path):  # type: ignore[no-untyped-def]
    """The same sweep by one worker process and by two; then runs in this process against simulation alone."""
    import simulator
    from simulator.study import pool
    from simulator.study.job import perform
    from simulator.study.plan import make_plan
    from simulator.study.store import Store
    from simulator.study.sweep import Hands, run_sweep

    config = simulator.load({**MARKET, "sweep": {"seeds": runs}})
    simulator.sweep({**MARKET, "sweep": {"seeds": 1}}, workers=1)  # compiled, and the page's libraries read
    taken = {}
    for workers in (1, 2):
        start, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        store = Store.open(folder / f"by_{workers}")
        plan = make_plan(config)
        jobs = [job for _, _, job in plan.runs(plan.seeds())]
        pool.perform_in_pool(jobs, workers, store.take)
        run_sweep(config, store, Hands(1), plan=plan)
        taken[workers] = time.perf_counter() - start
        what = f"{runs} runs of 100 000 trades × 2 arrangements, worker processes: {workers}"
        yield [what, f"{taken[workers]:.1f}"]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = used.ru_utime + used.ru_stime - spent.ru_utime - spent.ru_stime
        yield ["… CPU of the workers, their start included", f"{seconds:.1f}"]
    yield ["one worker / two", f"{taken[1] / taken[2]:.2f}"]
    few = simulator.load({**MARKET, "sweep": {"seeds": 16}})
    plan = make_plan(few)
    start = time.process_time()
    alone = [perform(job) for _, _, job in plan.runs(plan.seeds())]
    bare = time.process_time() - start
    start = time.process_time()
    simulator.sweep(few, out=folder / "whole", workers=1)
    whole = time.process_time() - start
    assert not any(one.error for one in alone)
    what = "a run of 16, beyond simulating and measuring, page and tables included, CPU"
    yield [what, f"{(whole - bare) / 16:.4f}"]


def large_store(runs: int, folder: Path):  # type: ignore[no-untyped-def]
    """A store of many runs: opened, filtered by a key, and found finished."""
    import polars as pl

    import simulator
    from simulator.report.sweep.files import TABLE, write_sweep_files
    from simulator.report.sweep.result import result_of
    from simulator.study.columns import measure_types
    from simulator.study.plan import make_plan
    from simulator.study.store import Store
    from simulator.study.sweep import Hands, run_sweep

    source = {**MARKET, "sweep": {"seeds": runs // 10, "vary": {"participants.count": list(range(10, 20))}}}
    plan = make_plan(simulator.load(source))
    place = folder / "large"
    store = Store.open(place)
    nothing = {
        name: 1_234_567.0 if kind == "Float64" else 1_234_567 for name, kind in measure_types().items()
    }
    for _, seed, job in plan.runs(plan.seeds()):
        values = [{"arrangement": name, **nothing, "net_debit": seed} for name in ("net", "gross")]
        store.rows[job.key] = values
    start = time.perf_counter()
    swept = run_sweep(plan.config, store, Hands(1), plan=plan)
    write_sweep_files(result_of(swept, place), store, plan.digest)
    yield [f"{runs} finished runs summed up and written, with the page", f"{time.perf_counter() - start:.2f}"]
    start = time.perf_counter()
    of_15 = pl.col("participants.count") == 15
    found = pl.scan_parquet(place / TABLE).filter(of_15, pl.col("arrangement") == "gross")
    assert found.select("seed", "liquidity_need").collect().height == runs // 10
    yield [f"{runs} runs, Polars: opened and filtered", f"{time.perf_counter() - start:.3f}"]
    start = time.perf_counter()
    again = Store.open(place)
    assert len(again.rows) == runs
    yield [f"{runs} runs, opened to go on with", f"{time.perf_counter() - start:.2f}"]
    start = time.perf_counter()
    assert simulator.sweep(source, out=place).finished_before
    yield [f"{runs} runs, found finished by netgross sweep", f"{time.perf_counter() - start:.2f}"]


if __name__ == "__main__":
    main()
