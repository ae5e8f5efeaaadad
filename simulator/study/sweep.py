"""A sweep from its config to its tables: plan, what is missing, run it, seeds until sure enough, sum up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.config.sweep import Target
from simulator.study import pool
from simulator.study.columns import sweep_frame, unit_of
from simulator.study.intervals import mean_interval, paired_difference, paired_ratio, seeds_needed
from simulator.study.job import Finished, Job
from simulator.study.memory import free_memory, largest_run, workers_that_fit
from simulator.study.plan import SweepPlan, make_plan
from simulator.study.store import Store
from simulator.study.summary import baseline_of, summarise_sweep

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Config

Progress = Callable[[int, int, int], None]
"""Told how many of how many runs are finished, and how many of them failed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run without results: which it was, and why."""

    run: int
    variant: str
    seed: int
    error: str
    trace: str
    config: dict[str, Any]


@dataclass(slots=True)
class Swept:
    """A sweep that has ended.

    Attributes
    ----------
    frame : one row a run and arrangement, in the order of the plan
    summary : one row a variant, arrangement and measure: means over seeds and how sure they are
    seeds : of every variant
    performed : runs that were run now, the others were there
    """

    plan: SweepPlan
    store: Store
    frame: pl.DataFrame
    summary: pl.DataFrame
    seeds: tuple[int, ...]
    failures: list[Failure] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    performed: int = 0
    runs: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Hands:
    """Who performs the runs.

    Attributes
    ----------
    workers : processes; 1 is this process itself, None is one a core
    scheduler : address of a Dask scheduler, in place of processes
    """

    workers: int | None = None
    scheduler: str | None = None

    def perform(self, jobs: Sequence[Job], done: pool.Done, memory: int) -> list[str]:
        """Have jobs done; gives what is to be known about how.

        Parameters
        ----------
        memory : bytes that the largest run needs
        """
        if not jobs:
            return []
        if self.scheduler is not None:
            pool.perform_on_cluster(jobs, self.scheduler, done)
            return []
        wanted = min(self.workers or pool.cores(), len(jobs))
        fit = workers_that_fit(wanted, memory, free_memory())
        if fit == 1:
            pool.perform_here(jobs, done)
        else:
            pool.perform_in_pool(jobs, fit, done)
        if fit < wanted:
            each = f"{memory / (1 << 30):.1f} GB a run"
            return [f"{fit} of {wanted} workers ran, as many as fit into memory at {each}"]
        return []


class Count:
    """Keeps what comes of runs, and tells how many are finished."""

    def __init__(self, total: int, missing: int, store: Store, progress: Progress | None) -> None:
        self.total, self.finished, self.store, self.progress = total, total - missing, store, progress

    def take(self, one: Finished) -> None:
        """One more is finished."""
        self.store.take(one)
        self.finished += 1
        self.tell()

    def tell(self) -> None:
        """Say where the sweep stands."""
        if self.progress is not None:
            self.progress(self.finished, self.total, len(self.store.failed))


def run_sweep(
    config: Config,
    store: Store,
    hands: Hands,
    progress: Progress | None = None,
    *,
    retry_failed: bool = False,
    plan: SweepPlan | None = None,
) -> Swept:
    """Run what is missing of a sweep; what is in the store already is not run again.

    Raises
    ------
    InputError : the sweep, or any variant of it, is not allowed; then nothing has run.
    """
    start = time.perf_counter()
    plan = plan or make_plan(config)
    if retry_failed:
        store.failed.clear()
    copies = 1
    if plan.sweep.frontier is not None:
        copies = 2 * plan.sweep.frontier.points
    memory = largest_run((variant.config for variant in plan.variants), copies)
    seeds = plan.seeds()
    if plan.sweep.target is not None and len(seeds) < 2:
        seeds = plan.seeds(2)
    notices: list[str] = []
    performed = 0
    while True:
        runs = list(plan.runs(seeds))
        jobs = {
            job.key: job for _, _, job in runs if job.key not in store.rows and job.key not in store.failed
        }
        count = Count(len({job.key for _, _, job in runs}), len(jobs), store, progress)
        count.tell()
        notices += hands.perform(list(jobs.values()), count.take, memory)
        performed += len(jobs)
        frame = sweep_frame(plan, ((variant, seed, job.key) for variant, seed, job in runs), store.rows)
        more = (
            len(seeds)
            if plan.sweep.target is None
            else wanted_seeds(plan, plan.sweep.target, frame, len(seeds))
        )
        if more <= len(seeds):
            break
        seeds = plan.seeds(more)
    if plan.sweep.target is not None:
        notices += _target_told(plan, plan.sweep.target, frame, len(seeds))
    return Swept(
        plan=plan,
        store=store,
        frame=frame,
        summary=summarise_sweep(plan, frame),
        seeds=seeds,
        failures=list(_failures(plan, runs, store)),
        notices=list(dict.fromkeys(notices)),
        performed=performed,
        runs=len(runs),
        seconds=time.perf_counter() - start,
    )


def _failures(plan: SweepPlan, runs: Sequence[tuple[int, int, Job]], store: Store) -> list[Failure]:
    return [
        Failure(
            number,
            plan.label(variant),
            seed,
            store.failed[job.key].error,
            store.failed[job.key].trace,
            job.config.resolved(),
        )
        for number, (variant, seed, job) in enumerate(runs)
        if job.key in store.failed
    ]


def wanted_seeds(plan: SweepPlan, target: Target, frame: pl.DataFrame, seeds: int) -> int:
    """Seeds at which every mean of the target would be as sure as asked; at most its ``most``.

    A doubling at most, since a spread seen in few seeds is itself not sure.
    """
    most = seeds
    for interval in target_intervals(plan, target, frame):
        if interval.half_width is None or interval.mean is None:
            continue
        width = wanted_width(plan, target, interval.mean)
        if width > 0 and interval.half_width > width:
            most = max(most, seeds_needed(interval, width, plan.sweep.confidence), seeds + 1)
    return min(most, 2 * seeds, max(target.most, seeds))


def target_intervals(plan: SweepPlan, target: Target, frame: pl.DataFrame) -> list[Any]:
    """The intervals that a target is about: of every variant, and of one or all arrangements."""
    baseline = baseline_of(plan)
    values: dict[tuple[int, str], dict[int, Any]] = {}
    for row in frame.select("variant", "arrangement", "seed", target.measure).iter_rows():
        values.setdefault((row[0], row[1]), {})[row[2]] = row[3]
    intervals = []
    for (variant, arrangement), held in values.items():
        if target.arrangement not in (None, arrangement) or (
            target.of != "value" and arrangement == baseline
        ):
            continue
        listed = list(held.values())
        if target.of == "value":
            intervals.append(mean_interval(listed, plan.sweep.confidence))
            continue
        base = values.get((variant, baseline), {})
        pair = paired_difference if target.of == "difference" else paired_ratio
        intervals.append(pair(listed, [base.get(seed) for seed in held], plan.sweep.confidence))
    return intervals


def wanted_width(plan: SweepPlan, target: Target, mean: float) -> float:
    """The half-width that is asked for, in the unit of what it is of; a share is one of the mean."""
    from simulator.config.units import minor_digits, parse_quantity, parse_share

    if target.half_width.endswith(("%", "bp")):
        return float(parse_share(target.half_width)) * abs(mean)
    width = float(parse_quantity(target.half_width))
    if target.of != "ratio" and unit_of(target.measure) in ("money", "money_hours"):
        return width * 10 ** minor_digits(plan.config.flow.currency)
    return width


def _target_told(plan: SweepPlan, target: Target, frame: pl.DataFrame, seeds: int) -> list[str]:
    intervals = [each for each in target_intervals(plan, target, frame) if each.half_width is not None]
    short = [each for each in intervals if each.half_width > wanted_width(plan, target, each.mean)]
    if not intervals:
        return [f"the target could not be judged: {target.measure} has no values over seeds"]
    if short:
        told = f"{len(short)} of {len(intervals)} means are not as sure as asked"
        return [f"{told} after {seeds} seeds, the most allowed"]
    return []
