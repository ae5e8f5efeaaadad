"""Results read back from their folder: all that was written of a run, and nothing that it was made from."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.config.files import display, is_directory
from simulator.config.load import load_config
from simulator.report import folder as names
from simulator.report.provenance import Origin
from simulator.report.result import Result

if TYPE_CHECKING:
    import polars as pl


def read_result(place: str | os.PathLike[str]) -> Result:
    """The result in a folder that ``run`` wrote; the tape it was made from need not be there any more.

    Raises
    ------
    InputError : there is no such folder, it holds no results, or a file of them cannot be read.
    """
    folder = Path(place)
    if not is_directory(folder):
        raise InputError(
            f"{display(folder)} is not allowed; give a folder of results, as netgross run writes"
        )
    if not names.is_results(folder):
        missing = next(name for name in (names.SUMMARY, names.CONFIG) if not (folder / name).is_file())
        raise InputError(f"{display(folder)} holds no results of netgross: it has no {missing}")
    summary, provenance = _json(folder / names.SUMMARY), _json(folder / names.PROVENANCE)
    try:
        return Result(
            config=load_config(folder / names.CONFIG, tables=False),
            summary=_checked(summary, folder),
            days=_table(folder / names.DAYS),
            participants=_table(folder / names.PARTICIPANTS),
            timeline=_table(folder / names.TIMELINE),
            notices=tuple(provenance["notices"]),
            origin=Origin(
                datetime.fromisoformat(provenance["started"]),
                {key: text for key, text in provenance["sha256"].items() if key != "config"},
                provenance["wall_seconds"],
            ),
            saved_in=folder.absolute(),
            network=_later(folder / names.NETWORK),
            delays=_later(folder / names.DELAYS),
            credit=_later(folder / names.CREDIT),
            cash_legs=_later(folder / names.CASH_LEGS),
            events=_later(folder / names.EVENTS),
            fails=_later(folder / names.FAILS),
            pilot=_later(folder / names.PILOT),
            defaults=_later(folder / names.DEFAULTS),
            costs=_later(folder / names.COSTS),
            repo=_later(folder / names.REPO),
            written_provenance=provenance,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        where = folder / names.PROVENANCE
        raise InputError(f"{display(where)} is not as netgross writes it: {error}") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{display(path)} cannot be read: {said}") from error
    if not isinstance(read, dict):
        raise InputError(f"{display(path)} is not as netgross writes it: not a mapping")
    return read


def _checked(summary: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The summary, if it has what everything that is said of it rests on."""
    path = folder / names.SUMMARY
    for key in ("currency", "flow", "arrangements", "comparison"):
        if key not in summary:
            raise InputError(f'{display(path)} is not as netgross writes it: it has no "{key}"')
    baseline = summary["comparison"].get("baseline")
    if baseline not in summary["arrangements"]:
        raise InputError(f'{display(path)} is not as netgross writes it: no arrangement "{baseline}"')
    return summary


def _later(path: Path) -> pl.DataFrame | None:
    """A table that not all results have: of something new since, or of what did not happen."""
    return _table(path) if path.is_file() else None


def _table(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(f"{display(path)} cannot be read: {said}") from error
