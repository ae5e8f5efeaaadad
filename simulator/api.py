"""The simulator from Python: ``load``, ``check``, ``run``, ``sweep``, ``size``, ``read``, ``report``, …"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.load import load_config
from simulator.config.schema import Config

if TYPE_CHECKING:
    from simulator.report.folder import ResultFolder
    from simulator.report.result import Result
    from simulator.report.sweep.result import SweepResult
    from simulator.report.trace import Trace
    from simulator.study.break_even import BreakEven
    from simulator.study.run import Watch
    from simulator.study.size import Plan
    from simulator.study.sizing import Sized
    from simulator.study.sweep import Progress

Source = Config | str | os.PathLike[str] | Mapping[str, Any]
"""A config: loaded, the path of a file, the name of a shipped one, or a mapping of the same keys."""


def load(source: Source, *overrides: str, seed: int | None = None) -> Config:
    """Read and check a config; ``overrides`` are texts such as ``"arrangements.gross.block=1 s"``.

    Raises
    ------
    InputError : everything that is wrong with it, by file, line and key.
    """
    return _config(source, seed, overrides)


def run(
    source: Source,
    *,
    out: str | os.PathLike[str] | None = None,
    instructions: bool = False,
    seed: int | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    watch: Watch | None = None,
) -> Result:
    """Settle one flow under every arrangement of a config, and measure what each needs.

    Parameters
    ----------
    source : a config, the path of one, the name of a shipped one, or a mapping of the same keys
    out : folder for the result files; None writes nothing
    instructions : keep every instruction with what became of it; with ``out`` in a file, never whole in
        memory
    seed : replaces the config's seed
    overrides : ``"PATH=VALUE"`` texts, or a mapping of dotted keys to values
    watch : called with the trades captured so far and their number

    Raises
    ------
    InputError : the config, its tables or the place of the results are at fault; nothing is written.
    """
    config = _config(source, seed, overrides)
    if out is None:
        return _run(config, None, instructions, watch)
    from simulator.report.folder import ResultFolder

    with ResultFolder(out) as folder:
        return _run(config, folder, instructions, watch)


def sweep(
    source: Source,
    *,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    seed: int | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    progress: Progress | None = None,
) -> SweepResult:
    """Run a config's sweep; what an earlier, interrupted one finished in ``out`` is not run again.

    Parameters
    ----------
    source : a config with a section ``sweep``, the path of one, the name of a shipped one, or a mapping
    out : folder of the sweep; None keeps it in memory
    workers : processes; 1 is this process, None is one a core. Results are the same
    scheduler : address of a Dask scheduler whose workers run it, in place of processes
    retry_failed : runs that failed earlier are run once more
    progress : called with the runs finished, their number, and how many failed

    Raises
    ------
    InputError : the sweep or any variant of it is not allowed; then nothing runs.
    """
    from simulator.report.provenance import Origin, describe_provenance, hash_tables
    from simulator.report.sweep.files import finished_digest, read_sweep_result, write_sweep_files
    from simulator.report.sweep.result import result_of
    from simulator.study.plan import make_plan
    from simulator.study.store import RUNS, Store
    from simulator.study.sweep import Hands, run_sweep

    config = _config(source, seed, overrides)
    started, start = datetime.now(UTC), time.perf_counter()
    plan = make_plan(config)
    if out is not None and finished_digest(Path(out)) == plan.digest:
        result = read_sweep_result(Path(out))
        if (Path(out) / RUNS).exists():  # it ended before it had tidied up, or holds runs of another plan
            Store.open(out).compact(result.frame["key"].unique().to_list())
        return result
    store = Store.open(out)
    swept = run_sweep(
        config, store, Hands(workers, scheduler), progress, retry_failed=retry_failed, plan=plan
    )
    result = result_of(swept, store.place)
    origin = Origin(started, hash_tables(config), time.perf_counter() - start)
    text = json.dumps(config.resolved(), sort_keys=True)
    result.provenance = describe_provenance(config, text, origin, result.notices)
    if store.place is not None:
        write_sweep_files(result, store, plan.digest)
    return result


def size(
    source: Source,
    *,
    seed: int | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    progress: Callable[[int], None] | None = None,
) -> Sized:
    """The least funding at which the target of a config's section ``size`` holds.

    Least for the given order of trades and the given rule; see ``simulator.study.sizing``.

    Raises
    ------
    InputError : the config is at fault, or no funding is enough.
    """
    from simulator.study.sizing import run_sizing

    return run_sizing(_config(source, seed, overrides), progress)


def check(
    source: Source, *, seed: int | None = None, overrides: Sequence[str] | Mapping[str, Any] = ()
) -> Plan:
    """What a config would run and how large that is; reads its tables, settles nothing.

    Raises
    ------
    InputError : the config or its tables are at fault.
    """
    from simulator.study.size import check as plan

    return plan(_config(source, seed, overrides))


def trace(
    place: str | os.PathLike[str], id: int | str, arrangement: str | None = None, day: int | None = None
) -> Trace:
    """One instruction's life in a folder of results; as ``Result.trace``, reading only what it needs.

    Raises
    ------
    InputError : the folder holds no results, the run kept no instructions, or has no such one.
    """
    from simulator.report.trace import trace_folder

    return trace_folder(place, id, arrangement, day)


def read(place: str | os.PathLike[str]) -> Result:
    """The result that stands in a folder; what it was made from need not be there any more.

    Raises
    ------
    InputError : there are no results there, or they cannot be read.
    """
    from simulator.report.read import read_result

    return read_result(place)


def read_any(place: str | os.PathLike[str]) -> Result | SweepResult:
    """The result that stands in a folder, of a run or of a sweep that has ended.

    Raises
    ------
    InputError : there is neither there, or it cannot be read.
    """
    from simulator.study.store import is_sweep

    if not is_sweep(Path(place)):
        return read(place)
    from simulator.report.sweep.files import read_sweep_result

    return read_sweep_result(Path(place))


def report(*places: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Path:
    """Make the page anew from folders of results alone; several runs stand side by side on one page.

    Parameters
    ----------
    places : folders of results
    out : file of the page; None is ``report.html``, of one run in its folder, of several in the current one

    Returns
    -------
    Path : the page

    Raises
    ------
    InputError : a place holds no results, or another file stands where the page belongs.
    """
    from simulator.report.page.write import rebuild_page

    return rebuild_page(places, out)


def break_even(
    place: str | os.PathLike[str] | Result, *, out: str | os.PathLike[str] | None = None
) -> BreakEven:
    """What each arrangement would cost at other funding spreads and volatilities; where two cost the same.

    Parameters
    ----------
    place : a result, or a folder of results, of a run with ``costs``; nothing settles anew
    out : folder for the map, its line and its chart; None writes nothing

    Raises
    ------
    InputError : there are no results there, nothing was priced, or ``out`` cannot be written to.
    """
    from simulator.report.break_even import write_break_even
    from simulator.report.result import Result

    result = place if isinstance(place, Result) else read(place)
    found = result.break_even
    if out is not None:
        write_break_even(result, out)
    return found


def _config(source: Source, seed: int | None, overrides: Sequence[str] | Mapping[str, Any]) -> Config:
    if isinstance(source, Config):
        if seed is None and not overrides:
            return source
        return load_config(source.resolved(), overrides, seed)
    return load_config(source if isinstance(source, Mapping | str) else Path(source), overrides, seed)


def _run(config: Config, folder: ResultFolder | None, instructions: bool, watch: Watch | None) -> Result:
    from simulator.market.open import open_flow
    from simulator.report.journal import InstructionJournal
    from simulator.report.provenance import Origin, hash_tables
    from simulator.report.result import Result
    from simulator.study.run import measure

    started, start = datetime.now(UTC), time.perf_counter()
    hashes = hash_tables(config)
    flow = open_flow(config)
    journal = None
    if instructions:
        journal = InstructionJournal(flow, list(config.arrangements), folder.path if folder else None)
    measured = measure(config, flow, journal, watch)
    result = Result(
        config=config,
        summary=measured.summary,
        days=measured.days,
        participants=measured.participants,
        timeline=measured.timeline,
        network=measured.network,
        delays=measured.delays,
        credit=measured.credit,
        cash_legs=measured.cash_legs,
        events=measured.events if measured.events.height else None,
        fails=measured.fails,
        pilot=measured.pilot,
        defaults=measured.defaults,
        costs=measured.costs,
        repo=measured.repo,
        notices=tuple(flow.notices),
        origin=Origin(started, hashes, time.perf_counter() - start),
        journal=journal,
    )
    if folder is not None:
        result.land(folder)
        result.saved_in = folder.place.absolute()
    return result
