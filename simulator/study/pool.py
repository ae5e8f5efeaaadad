"""Who performs the runs: this process, worker processes, or the workers of a Dask cluster.

Each gives the same rows; they only come in another order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from typing import Any

from simulator.config.errors import InputError
from simulator.study.job import Finished, Job, perform

THREADS = (
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
"""Threads of libraries inside a worker: one each, so that workers do not fight over the cores."""

AHEAD = 2
"""Runs handed over for each worker: one that it performs, one that waits for it."""

PATIENCE = "10s"
"""How long a scheduler may take to answer."""

Done = Callable[[Finished], None]


def perform_here(jobs: Iterable[Job], done: Done) -> None:
    """One run after the other, in this process."""
    for job in jobs:
        done(perform(job))


def perform_in_pool(
    jobs: Iterable[Job], workers: int, done: Done, start: Callable[[int], Executor] | None = None
) -> None:
    """In worker processes, whose libraries use one thread each.

    A worker that dies, as for want of memory, takes what was handed over with it: each of those runs is
    tried once more by itself, and one that dies again has failed.
    """
    start = start or start_pool
    waiting = iter(jobs)
    suspects: list[Job] = []
    while True:
        with one_thread_each(), start(workers) as executor:
            lost = hand_out(executor, waiting, workers * AHEAD, done)
        if not lost:
            break
        suspects += lost
    for job in suspects:
        with one_thread_each(), start(1) as executor:
            if hand_out(executor, iter([job]), 1, done):
                done(Finished(job.key, error="the worker process died; was there enough memory?"))


def hand_out(executor: Executor, jobs: Iterator[Job], ahead: int, done: Done) -> list[Job]:
    """Keep ``ahead`` runs at an executor until none is left; gives those that a dying worker lost."""
    at_work: dict[Future[Finished], Job] = {}
    lost: list[Job] = []
    try:
        while True:
            while len(at_work) < ahead and not lost:
                job = next(jobs, None)
                if job is None:
                    break
                try:
                    with nothing_of_main():
                        at_work[executor.submit(perform, job)] = job
                except BrokenExecutor:
                    lost.append(job)
            if not at_work:
                return lost
            ended, _ = wait(at_work, return_when=FIRST_COMPLETED)
            for future in ended:
                job = at_work.pop(future)
                try:
                    finished = future.result()
                except BrokenExecutor:
                    lost.append(job)
                else:
                    done(finished)
    finally:
        for future in at_work:
            future.cancel()


def start_pool(workers: int) -> Executor:
    """Processes that begin afresh: none inherits threads, locks or memory of this one."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)


def end_with_parent() -> None:
    """Let a worker end when the process that started it is gone: it would wait for runs for ever."""
    from multiprocessing import parent_process
    from threading import Thread

    parent = parent_process()
    if parent is None:
        return

    def wait_for_the_end() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait_for_the_end, daemon=True).start()


def perform_on_cluster(jobs: Iterable[Job], address: str, done: Done) -> None:
    """On the workers of a Dask cluster, through its executor; they need netgross and the same files.

    Raises
    ------
    InputError : Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        message = 'a scheduler needs Dask: pip install "netgross[cluster]"'
        raise InputError(message) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no scheduler answers at {address}: {' '.join(str(error).split())}") from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError(f"the scheduler at {address} has no workers")
        with client.get_executor(pure=False) as executor:
            hand_out(executor, iter(jobs), threads * AHEAD, done)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """What processes started meanwhile find in their environment."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def nothing_of_main() -> Iterator[None]:
    """Workers started meanwhile do not run the user's script again, which may be where the sweep stands."""
    main: Any = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    main.__spec__ = None
    if "__file__" in kept:
        del main.__file__
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
