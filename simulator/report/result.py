"""What a run gives back: the measures as tables and numbers, the comparison, the finding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.report.finding import state_finding
from simulator.report.folder import INSTRUCTIONS, ResultFolder
from simulator.study.words import describe_arrangement

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Config
    from simulator.report.charts.pictures import Charts
    from simulator.report.journal import InstructionJournal
    from simulator.report.provenance import Origin
    from simulator.report.trace import Trace
    from simulator.study.break_even import BreakEven


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
    network : one row an ordered pair of members that traded: buyer, seller, Σ cash, trades
    delays : one row an arrangement, settlement day and bin of the wait: value that waited so long
    credit : one row an arrangement, settlement day and facility: peak, mean, interest, not repaid
    cash_legs : one row an arrangement, settlement day and cash leg: minted, redeemed, refused, supply, cost
    events : one row a fault that begins or ends, a thing done to a wallet and a movement of tokens, with what
        waited; None if none
    fails : one row an arrangement, settlement day and position open at the close; None where none carries
    pilot : one row an arrangement with a pilot and day: tokens, and what was done to them; None if none
    defaults : one row an arrangement, default, item and who bears it; None where nobody fails
    costs : one row an arrangement, settlement day and member: each cost, and what it would be at other rates;
        None where no costs are asked for
    repo : one row an interval of a trade day and segment: cash lent, opened, closed, interest; None without
        repos
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
    network: pl.DataFrame | None = None
    delays: pl.DataFrame | None = None
    credit: pl.DataFrame | None = None
    cash_legs: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    fails: pl.DataFrame | None = None
    pilot: pl.DataFrame | None = None
    defaults: pl.DataFrame | None = None
    costs: pl.DataFrame | None = None
    repo: pl.DataFrame | None = None
    written_provenance: Mapping[str, Any] | None = None
    _instructions: pl.DataFrame | None = field(default=None, init=False)

    @property
    def instructions(self) -> pl.DataFrame | None:
        """Every instruction with what became of it, None unless asked for; µs since the first midnight."""
        if self._instructions is None:
            if self.journal is not None and self.saved_in is None:
                self._instructions = self.journal.frame()
            elif self._saved_instructions is not None:
                import polars as pl

                self._instructions = pl.read_parquet(self._saved_instructions)
        return self._instructions

    @property
    def _saved_instructions(self) -> Path | None:
        """The file of instructions, where one was written."""
        path = None if self.saved_in is None else self.saved_in / INSTRUCTIONS
        return path if path is not None and path.is_file() else None

    def trace(self, id: int | str, arrangement: str | None = None, day: int | None = None) -> Trace:
        """One instruction's life: when it entered, why it waited, what freed it, when it was final.

        Parameters
        ----------
        arrangement : one arrangement's name; all of them by default
        day : its trade day, where the tape's ids repeat over days

        Raises
        ------
        InputError : the run kept no instructions, or has no such one.
        """
        from simulator.report.trace import trace_result

        return trace_result(self, id, arrangement, day)

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

    @cached_property
    def break_even(self) -> BreakEven:
        """What each arrangement would cost at other funding spreads and volatilities.

        Raises
        ------
        InputError : the run asked for no costs.
        """
        from simulator.report.break_even import map_of

        return map_of(self)

    @property
    def charts(self) -> Charts:
        """The charts by name: ``result.charts.cash_in_use()`` is one of Altair."""
        from simulator.report.charts.pictures import Charts

        return Charts(self)

    def save_charts(self, place: str | os.PathLike[str]) -> list[Path]:
        """Write every chart as SVG and PNG into a folder; what there is nothing to draw of is left out.

        Raises
        ------
        InputError : the folder cannot be written to.
        """
        from simulator.report.charts.pictures import save_pictures

        return save_pictures(self, Path(place))

    @cached_property
    def config_text(self) -> str:
        """The config in full, as ``config.yaml`` holds it."""
        from simulator.report.files import write_config

        return write_config(self.config.resolved())

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Versions, seed, hashes, machine and times, as ``provenance.json`` holds them."""
        if self.written_provenance is None:
            from simulator.report.provenance import describe_provenance

            self.written_provenance = describe_provenance(
                self.config, self.config_text, self.origin, self.notices
            )
        return self.written_provenance

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
            if self.journal is not None and self.saved_in is None:
                self.journal.save(folder.path / INSTRUCTIONS)
            elif self._saved_instructions is not None:
                shutil.copyfile(self._saved_instructions, folder.path / INSTRUCTIONS)
        except OSError as error:
            raise folder.unwritable(error) from error
        folder.land()

    def __str__(self) -> str:
        from simulator.report.tables import render_text

        return render_text(self, width=shutil.get_terminal_size().columns)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from simulator.report.charts.pictures import render_pictures
        from simulator.report.tables import render_html

        return render_html(self) + render_pictures(self)
