"""A folder of results that lands whole or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

from simulator.config.errors import InputError
from simulator.config.files import display

SUMMARY, CONFIG, PROVENANCE = "summary.json", "config.yaml", "provenance.json"
DAYS, PARTICIPANTS, TIMELINE = "days.parquet", "participants.parquet", "timeline.parquet"
NETWORK, DELAYS, CREDIT = "network.parquet", "delays.parquet", "credit.parquet"
CASH_LEGS, EVENTS, FAILS = "cash_legs.parquet", "events.parquet", "fails.parquet"
PILOT, DEFAULTS, COSTS = "pilot.parquet", "defaults.parquet", "costs.parquet"
REPO = "repo.parquet"
BREAK_EVEN, BREAK_EVEN_LINE = "break_even.parquet", "break_even_line.parquet"
INSTRUCTIONS = "instructions.parquet"
REPORT = "report.html"
RESULT_FILES = (
    *(SUMMARY, DAYS, PARTICIPANTS, TIMELINE, NETWORK, DELAYS, CREDIT, CASH_LEGS),
    *(EVENTS, FAILS, PILOT, DEFAULTS, COSTS, REPO, INSTRUCTIONS, CONFIG, PROVENANCE, REPORT),
)

BREAK_EVEN_FILES = (BREAK_EVEN, BREAK_EVEN_LINE, "break_even.svg", "break_even.png")
"""What is made of results later, and out of date when these are replaced."""

PREFIX = ".netgross-"
ELSEWHERE = "give another folder, with --out"


class ResultFolder:
    """Like a tray beside the shelf: filled as ``path``, put in its place by ``land``, else thrown away.

    Entering makes the tray, so a place that cannot be written to is known before a long run. What
    stands in the place must be nothing, an empty folder, or earlier results, which are replaced.

    Raises
    ------
    InputError : the place holds something else, or cannot be written to.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self.place = Path(place)
        self._place = self.path = Path()
        self._made: list[Path] = []
        self._landed = False

    def __enter__(self) -> ResultFolder:
        try:
            # A link to a folder stays one: what it leads to is replaced.
            self._place = Path(os.path.realpath(self.place))
            self._refuse_other()
            self.path = self._place.with_name(f"{PREFIX}{secrets.token_hex(6)}")
            self._make_parents()
            self.path.mkdir()
        except BaseException as error:
            self._throw_away()
            # A name that the file system, or its encoding, cannot have is a ValueError.
            if isinstance(error, OSError | ValueError):
                raise self.unwritable(error) from error
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._landed:
            self._throw_away()

    def land(self) -> None:
        """Put what was written into its place; what else a user keeps there stays."""
        try:
            self._refuse_other()
            self._land()
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError | ValueError) -> InputError:
        """What to tell where results cannot be written."""
        said = getattr(error, "strerror", None) or str(error)
        return InputError(f"{display(self.place)}: results cannot be written there: {said}; {ELSEWHERE}")

    def _land(self) -> None:
        if not os.path.lexists(self._place):
            self.path.rename(self._place)
            self._landed = True
            return
        earlier = self.path.with_name(self.path.name + "-earlier")
        try:
            self._place.rename(earlier)
            self.path.rename(self._place)
        except BaseException:
            if earlier.exists() and not self._place.exists():
                earlier.rename(self._place)
            raise
        self._landed = True
        for entry in earlier.iterdir():
            if entry.name not in (*RESULT_FILES, *BREAK_EVEN_FILES):
                entry.rename(self._place / entry.name)
        shutil.rmtree(earlier, ignore_errors=True)

    def _refuse_other(self) -> None:
        place = self._place
        if not os.path.lexists(place):
            return
        said = ""
        if not place.is_dir():
            said = "is a file"
        elif place == Path.cwd() or place in Path.cwd().parents:
            said = "is the current directory, or holds it"
        elif not is_results(place) and any(place.iterdir()):
            said = "is a folder that holds something other than results of netgross; it is left as it is"
        if said:
            raise InputError(f"{display(self.place)} {said}; {ELSEWHERE}")

    def _make_parents(self) -> None:
        missing = []
        parent = self._place.parent
        while not parent.exists():
            missing.append(parent)
            parent = parent.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            self._made.append(folder)

    def _throw_away(self) -> None:
        if self.path.name.startswith(PREFIX):
            shutil.rmtree(self.path, ignore_errors=True)
        for folder in reversed(self._made):
            try:
                folder.rmdir()
            except OSError:
                return


def is_results(folder: Path) -> bool:
    """Whether a folder holds results of an earlier run."""
    return (folder / SUMMARY).is_file() and (folder / CONFIG).is_file()
