"""What a sweep has finished, kept in one folder: each run whole or not at all, known by its key.

A finished run is one small file in ``runs/`` until the sweep ends; then its rows stand in ``sweep.parquet``
and the file goes. Whatever the moment a sweep stops at, a run is in one of the two, or in both and the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.study.job import Finished, Row

if TYPE_CHECKING:
    import polars as pl

SWEEP, TABLE, RUNS = "sweep.json", "sweep.parquet", "runs"
PREFIX = ".netgross-"
ELSEWHERE = "give another folder, with --out"


@dataclass(slots=True)
class Store:
    """The runs of a sweep by key; with no folder they are kept in memory alone.

    Attributes
    ----------
    rows : of finished runs
    failed : why a run has none
    """

    place: Path | None = None
    rows: dict[str, list[Row]] = field(default_factory=dict)
    failed: dict[str, Finished] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, place: str | os.PathLike[str] | None) -> Store:
        """The store in a folder, which is made where there is none.

        Raises
        ------
        InputError : the folder holds something other than a sweep, or cannot be written to.
        """
        if place is None:
            return cls()
        folder = Path(os.path.realpath(place))
        store = cls(folder)
        try:
            _refuse_other(folder, Path(place))
            (folder / RUNS).mkdir(parents=True, exist_ok=True)
            if not (folder / SWEEP).exists():
                store.write(SWEEP, json.dumps({"state": "running"}) + "\n")
            store._read()
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{display(Path(place))}: a sweep cannot be kept there: {said}; {ELSEWHERE}"
            ) from error
        return store

    def told(self) -> Mapping[str, Any]:
        """What ``sweep.json`` says; nothing where there is none."""
        return read_told(self.place) if self.place is not None else {}

    def take(self, finished: Finished) -> None:
        """Keep what came of a run: a file beside its place, then in it."""
        if finished.error:
            self.failed[finished.key] = finished
            written: dict[str, Any] = {"error": finished.error, "trace": finished.trace}
        else:
            self.failed.pop(finished.key, None)
            self.rows[finished.key] = list(finished.rows)
            written = {"rows": finished.rows}
        self.loose.add(finished.key)
        self.write(f"{RUNS}/{finished.key}.json", json.dumps(written, ensure_ascii=False))

    def write(self, name: str, text: str) -> None:
        """A file of the folder, whole or not at all."""
        if self.place is None:
            return
        path = self.place / name
        beside = path.with_name(f"{PREFIX}{secrets.token_hex(6)}")
        try:
            with beside.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def compact(self, planned: Collection[str]) -> None:
        """Remove the files of runs whose rows stand in the table now; runs of no plan stay as files.

        To be called once ``sweep.parquet`` holds the rows of all finished ones among ``planned``.
        """
        if self.place is None:
            return
        wanted = set(planned) & set(self.rows)
        for path in [*(self.place / RUNS).iterdir(), *self.place.glob(f"{PREFIX}*")]:
            if path.stem in wanted or path.name.startswith(PREFIX):  # the latter were left half-written
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # runs that failed, or of another plan, keep it
            (self.place / RUNS).rmdir()
        self.loose -= wanted

    def keep_others(self, planned: Collection[str]) -> None:
        """Write what the table holds of runs that this plan has none of, before the table is replaced."""
        wanted = set(planned)
        for key, rows in self.rows.items():
            if key not in wanted and key not in self.loose:
                self.take(Finished(key, tuple(rows)))

    def _read(self) -> None:
        assert self.place is not None
        table = self.place / TABLE
        if table.is_file():
            import polars as pl

            from simulator.study.columns import rows_of

            try:
                self.rows |= rows_of(pl.read_parquet(table))
            except (pl.exceptions.PolarsError, KeyError) as error:
                said = str(error).partition("\n")[0]
                raise InputError(
                    f"{display(table)} is not as netgross writes it: {said}; {ELSEWHERE}"
                ) from error
        for path in (self.place / RUNS).glob("*.json"):
            try:
                read = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:  # cut short by a power failure
                continue
            self.loose.add(path.stem)
            if "rows" in read:
                self.rows[path.stem] = read["rows"]
            else:
                self.failed[path.stem] = Finished(path.stem, error=read["error"], trace=read.get("trace", ""))


def read_told(folder: Path) -> dict[str, Any]:
    """What ``sweep.json`` of a folder says; nothing where there is none or it cannot be read."""
    try:
        told = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def is_sweep(folder: Path) -> bool:
    """Whether a folder holds a sweep, finished or not."""
    return (folder / SWEEP).is_file()


def read_sweep(place: str | os.PathLike[str]) -> pl.DataFrame:
    """The rows of a sweep that has ended, as ``sweep.parquet`` holds them.

    Raises
    ------
    InputError : there is no sweep there, or it has not ended yet.
    """
    import polars as pl

    folder = Path(place)
    if not is_sweep(folder):
        raise InputError(f"{display(folder)} holds no sweep of netgross: it has no {SWEEP}")
    if not (folder / TABLE).is_file():
        raise InputError(
            f"{display(folder)}: the sweep has not ended; netgross sweep goes on where it stopped"
        )
    return pl.read_parquet(folder / TABLE)


def _refuse_other(folder: Path, place: Path) -> None:
    if not os.path.lexists(folder):
        return
    said = ""
    if not folder.is_dir():
        said = "is a file"
    elif not is_sweep(folder) and any(
        not entry.name.startswith(PREFIX) and entry.name != RUNS for entry in folder.iterdir()
    ):
        held = "the results of a run" if (folder / "summary.json").is_file() else "something else"
        said = f"is a folder that holds {held}, not a sweep; it is left as it is"
    if said:
        raise InputError(f"{display(place)} {said}; {ELSEWHERE}")
