"""What a sweep gives back: every run as a table, means with how sure they are, what moves the answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Config
    from simulator.report.charts.chart import Drawing
    from simulator.study.sweep import Swept


@dataclass(eq=False)
class SweepResult:
    """Many runs as one experiment. ``print`` shows the table of means.

    Attributes
    ----------
    config : with its section ``sweep``
    frame : one row a run and arrangement (and point of a frontier), as ``sweep.parquet`` holds it: run, key,
        variant, what varies, seed, arrangement, every measure; money in integers of minor units
    summary : one row a variant, arrangement and measure: mean, difference and ratio to the baseline,
        change to the first variant, each with its half-width, and the tail over seeds
    told : seeds, sensitivities, swings, harm, as ``sweep_summary.json`` holds them
    failures : runs without results: which, why, and the config of each
    performed : how many runs were run for it now; the others were there
    """

    config: Config
    frame: pl.DataFrame
    summary: pl.DataFrame
    told: Mapping[str, Any]
    failures: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[str, ...] = ()
    performed: int = 0
    saved_in: Path | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finding(self) -> str:
        """What the sweep shows, in a sentence or two."""
        from simulator.report.sweep.finding import state_sweep

        return state_sweep(self)

    @property
    def finished_before(self) -> bool:
        """Whether all runs were there already, so that nothing was done."""
        return not self.performed and self.saved_in is not None

    @property
    def config_text(self) -> str:
        """The config in full, as ``config.yaml`` holds it."""
        from simulator.report.files import write_config

        return write_config(self.config.resolved())

    @property
    def charts(self) -> dict[str, Drawing]:
        """The pictures by title, in Vega-Lite."""
        from simulator.report.sweep.charts import sweep_charts

        return {chart.title: drawing for chart, drawing in sweep_charts(self)}

    def save_charts(self, place: str | os.PathLike[str]) -> list[Path]:
        """Write every chart as SVG into a folder.

        Raises
        ------
        InputError : the folder cannot be written to.
        """
        from simulator.report.sweep.charts import save_sweep_charts

        return save_sweep_charts(self, Path(place))

    def write(self, place: str | os.PathLike[str]) -> Path:
        """Write the page and the tables of a sweep that was kept in memory into a folder.

        Raises
        ------
        InputError : the place holds something else, or cannot be written to.
        """
        from simulator.report.sweep.files import write_sweep_files
        from simulator.study.store import Store

        store = Store.open(place)
        write_sweep_files(self, store, self.told["digest"])
        return Path(place)

    def __str__(self) -> str:
        from simulator.report.sweep.tables import render_sweep

        return render_sweep(self, shutil.get_terminal_size().columns)

    __repr__ = __str__


def result_of(swept: Swept, saved_in: Path | None) -> SweepResult:
    """The result of a sweep that has ended."""
    from simulator.study.sensitivity import indices, swings
    from simulator.study.stress import rank_harm

    plan = swept.plan
    sobol = plan.sweep.plan == "sobol" and swept.frame.height > 0
    tornado = plan.sweep.plan == "one_at_a_time" and swept.frame.height > 0
    ranked = plan.sweep.stress is not None and swept.frame.height > 0
    told = {
        "experiment": plan.config.name,
        "currency": plan.config.flow.currency,
        "digest": plan.digest,
        "runs": swept.runs,
        "failed": len(swept.failures),
        "seeds": list(swept.seeds),
        "keys": list(plan.keys),
        "baseline": next(iter(plan.arrangements), plan.config.baseline),
        "confidence": plan.sweep.confidence,
        "variants": [plan.label(at) for at in range(len(plan.variants))]
        if len(plan.variants) <= 10_000
        else [],
        "indices": [_fields(one) for one in indices(plan, swept.frame)] if sobol else [],
        "swings": [{**_fields(one), "width": one.width} for one in swings(plan, swept.frame)]
        if tornado
        else [],
        "harm": [_fields(one) for one in rank_harm(plan, swept.frame)] if ranked else [],
        "notices": list(swept.notices),
    }
    return SweepResult(
        config=plan.config,
        frame=swept.frame,
        summary=swept.summary,
        told=told,
        failures=tuple(_fields(one) for one in swept.failures),
        notices=tuple(swept.notices),
        performed=swept.performed,
        saved_in=saved_in,
    )


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
