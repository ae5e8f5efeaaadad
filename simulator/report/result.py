"""What a run gives back: the measures as tables and numbers, the comparison, the finding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.report.finding import state_finding
from simulator.report.folder import INSTRUCTIONS, ResultFolder
from simulator.study.words import describe_arrangement

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Config
    from simulator.report.journal import InstructionJournal
    from simulator.report.provenance import Origin


@dataclass(eq=False)
class Result:
    """One flow under all its arrangements. A notebook shows the comparison; so does ``print``.

    Attributes
    ----------
    config : what was run
    summary : every measure by arrangement and the comparison, as ``summary.json`` holds it; money in
        integers of minor units
    days : one row an arrangement and settlement day, every measure
    participants : one row an arrangement, settlement day and participant
    timeline : one row an arrangement and interval: credit, liquidity in use, queue, settled
    notices : what is to be known about the flow
    """

    config: Config
    summary: dict[str, Any]
    days: pl.DataFrame
    participants: pl.DataFrame
    timeline: pl.DataFrame
    notices: tuple[str, ...]
    origin: Origin
    journal: InstructionJournal | None = None
    saved_in: Path | None = None
    _instructions: pl.DataFrame | None = field(default=None, init=False)

    @property
    def instructions(self) -> pl.DataFrame | None:
        """Every instruction with what became of it, None unless asked for; µs since the first midnight."""
        if self._instructions is None and self.journal is not None:
            if self.saved_in is None:
                self._instructions = self.journal.frame()
            else:
                import polars as pl

                self._instructions = pl.read_parquet(self.saved_in / INSTRUCTIONS)
        return self._instructions

    @property
    def finding(self) -> str:
        """What the comparison shows, in one sentence."""
        return state_finding(self.summary, self.words)

    @property
    def table(self) -> pl.DataFrame:
        """The headline measures in people's units, a column an arrangement, and ratios to the baseline."""
        from simulator.report.headline import headline_frame

        return headline_frame(self.summary)

    @property
    def words(self) -> Mapping[str, str]:
        """Each arrangement in a few words."""
        currency = self.config.flow.currency
        return {name: describe_arrangement(one, currency) for name, one in self.config.arrangements.items()}

    def write(self, place: str | os.PathLike[str]) -> Path:
        """Write the result files into a folder, which is made, or replaced if it holds earlier results.

        Raises
        ------
        InputError : the place holds something else, or cannot be written to.
        """
        with ResultFolder(place) as folder:
            self.land(folder)
        return Path(place)

    def land(self, folder: ResultFolder) -> None:
        """Fill a folder of results and put it in its place."""
        from simulator.report.files import write_files

        try:
            write_files(self, folder.path)
            if self.journal is not None:
                if self.saved_in is None:
                    self.journal.save(folder.path / INSTRUCTIONS)
                else:
                    shutil.copyfile(self.saved_in / INSTRUCTIONS, folder.path / INSTRUCTIONS)
        except OSError as error:
            raise folder.unwritable(error) from error
        folder.land()

    def __str__(self) -> str:
        from simulator.report.tables import render_text

        return render_text(self, width=shutil.get_terminal_size().columns)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from simulator.report.tables import render_html

        return render_html(self)
