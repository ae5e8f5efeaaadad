"""The files of a sweep: tables in the order of the plan, the same bytes whatever order the runs came in."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.report.files import write_config, write_json
from simulator.report.parquet import save_frame
from simulator.report.sweep.result import SweepResult
from simulator.study.store import RUNS, SWEEP, TABLE, Store, is_sweep, read_told

if TYPE_CHECKING:
    import polars as pl

SUMMARY_TABLE, SUMMARY = "sweep_summary.parquet", "sweep_summary.json"
FAILURES, CONFIG, PROVENANCE, REPORT = "failures.json", "config.yaml", "provenance.json", "report.html"
SWEEP_FILES = (SWEEP, TABLE, SUMMARY_TABLE, SUMMARY, CONFIG, PROVENANCE, REPORT)


def write_sweep_files(result: SweepResult, store: Store, digest: str) -> None:
    """Write everything, ``sweep.json`` last: it says that the rest is there; then drop the files of runs."""
    from simulator.report.sweep.page import render_sweep_page

    assert store.place is not None
    folder = store.place
    planned = result.frame["key"].unique().to_list() if result.frame.height else []
    try:
        store.keep_others(planned)
        store.write(SWEEP, json.dumps({"state": "running"}) + "\n")
        _land(result.frame, folder / TABLE)
        _land(result.summary, folder / SUMMARY_TABLE)
        store.write(SUMMARY, write_json(result.told))
        store.write(CONFIG, write_config(result.config.resolved()))
        store.write(PROVENANCE, write_json(result.provenance))
        if result.failures:
            store.write(FAILURES, write_json(list(result.failures)))
        else:
            (folder / FAILURES).unlink(missing_ok=True)
        store.write(REPORT, render_sweep_page(result))
        ended = {"state": "failed" if result.failures else "finished", "digest": digest}
        numbers = {"runs": result.told["runs"], "failed": result.told["failed"]}
        store.write(SWEEP, write_json({**ended, **numbers}))
        store.compact(planned)
    except OSError as error:
        said = error.strerror or str(error)
        raise InputError(f"{display(folder)}: the sweep cannot be written there: {said}") from error


def _land(frame: pl.DataFrame, path: Path) -> None:
    """A table, whole or not at all."""
    beside = path.with_name(f".netgross-{secrets.token_hex(6)}")
    try:
        save_frame(frame, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def finished_digest(folder: Path) -> str:
    """The digest of the sweep that stands finished in a folder; nothing where none does."""
    told = read_told(folder)
    whole = all((folder / name).is_file() for name in SWEEP_FILES)
    return str(told.get("digest", "")) if told.get("state") == "finished" and whole else ""


def read_sweep_result(folder: Path) -> SweepResult:
    """The result of a sweep that stands in a folder.

    Raises
    ------
    InputError : there is none, it has not ended, or a file of it cannot be read.
    """
    import polars as pl

    from simulator.config.load import load_config

    if not is_sweep(folder):
        raise InputError(f"{display(folder)} holds no sweep of netgross: it has no {SWEEP}")
    if read_told(folder).get("state") == "running":
        left = len(list((folder / RUNS).glob("*.json"))) if (folder / RUNS).is_dir() else 0
        told = f"the sweep has not ended, {left} runs are there; netgross sweep goes on with it"
        raise InputError(f"{display(folder)}: {told}")
    try:
        summed = _json(folder / SUMMARY)
        return SweepResult(
            config=load_config(folder / CONFIG, tables=False),
            frame=pl.read_parquet(folder / TABLE),
            summary=pl.read_parquet(folder / SUMMARY_TABLE),
            told=summed,
            failures=tuple(_json(folder / FAILURES)) if (folder / FAILURES).is_file() else (),
            notices=tuple(summed["notices"]),
            saved_in=folder.absolute(),
            provenance=_json(folder / PROVENANCE),
        )
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(f"{display(folder)}: the sweep cannot be read: {said}") from error


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
