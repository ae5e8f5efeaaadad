"""One run of a sweep: what it is told, and the rows it gives back; the same wherever it is performed."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.config.schema import Config
    from simulator.config.sweep import Frontier

Row = dict[str, Any]
"""The measures of one arrangement, and whatever else tells the rows of a run apart."""

LONGEST_TRACEBACK = 4_000
"""Characters of a traceback that are kept, its end."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs for a run; it is pickled on its way there.

    Attributes
    ----------
    key : hash of all that its rows hang on
    config : of this run alone: the variant with its seed
    frontier : where the run is one of funding against delay
    """

    key: str
    config: Config
    frontier: Frontier | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a job: rows, or why there are none."""

    key: str
    rows: tuple[Row, ...] = ()
    error: str = ""
    trace: str = ""
    seconds: float = 0.0


def perform(job: Job) -> Finished:
    """Settle and measure; whatever goes wrong is part of the answer."""
    start = time.perf_counter()
    try:
        rows = _rows(job)
    except Exception as error:
        said = " ".join(str(error).split())
        trace = traceback.format_exc()[-LONGEST_TRACEBACK:]
        return Finished(job.key, error=f"{type(error).__name__}: {said}", trace=trace)
    return Finished(job.key, tuple(rows), seconds=time.perf_counter() - start)


def _rows(job: Job) -> list[Row]:
    if job.frontier is not None:
        from simulator.study.frontier import frontier_rows

        return frontier_rows(job.config, job.frontier)
    return measured_rows(job.config)


def measured_rows(config: Config) -> list[Row]:
    """Every measure of every arrangement, over the days of a run."""
    from simulator.market.open import open_flow
    from simulator.measures.summary import over_run
    from simulator.simulation import simulate

    run = simulate(config, open_flow(config))
    return [{"arrangement": name, **values} for name, values in over_run(run).items()]
