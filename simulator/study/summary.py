"""A sweep in one table: every variant, arrangement and measure, its mean over seeds and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulator.study.intervals import (
    Interval,
    mean_interval,
    paired_difference,
    paired_ratio,
    tail_interval,
)

if TYPE_CHECKING:
    import polars as pl

    from simulator.study.plan import SweepPlan

TAIL = 0.95
"""The quantile over seeds that a summary gives; of measures themselves ``_p99`` is over member-days."""

PARTS = ("mean", "difference", "ratio", "change")
"""What there is an interval of: the value; to the baseline, same seeds; to the first variant, same seeds."""


def summarise_sweep(plan: SweepPlan, frame: pl.DataFrame) -> pl.DataFrame:
    """One row a variant, arrangement (and point of a frontier) and measure of ``sweep.measures``.

    Columns: variant, what varies, arrangement, measure, n; ``mean`` with ``mean_half_width``;
    ``difference`` and ``ratio`` to the baseline arrangement and ``change`` to the first variant, paired by
    seed, each with its half-width; ``tail``, the 95 % quantile over seeds, with the ends of its bootstrap
    interval.
    """
    import polars as pl

    from simulator.study.columns import varied_columns

    varied = varied_columns(plan)
    apart = [name for name in ("without", "usage") if name in frame.columns]
    rows = list(_rows(plan, frame, list(varied), apart))
    schema: dict[str, Any] = {"variant": pl.Int64()}
    schema |= {name: frame.schema[name] for name in varied}
    schema |= {"arrangement": pl.String()}
    schema |= {name: frame.schema[name] for name in apart}
    schema |= {"measure": pl.String(), "n": pl.Int64()}
    for part in PARTS:
        schema |= {part: pl.Float64(), f"{part}_half_width": pl.Float64()}
    schema |= {"tail": pl.Float64(), "tail_low": pl.Float64(), "tail_high": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rows(
    plan: SweepPlan, frame: pl.DataFrame, varied: Sequence[str], apart: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    confidence, measures = plan.sweep.confidence, measures_shown(plan)
    groups = ["variant", "arrangement", *apart]
    values: dict[tuple[Any, ...], dict[str, dict[int, Any]]] = {}
    places: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in frame.select([*groups, *varied, "seed", *measures]).iter_rows(named=True):
        at = tuple(row[name] for name in groups)
        places.setdefault(at, tuple(row[name] for name in varied))
        held = values.setdefault(at, {measure: {} for measure in measures})
        for measure in measures:
            held[measure][row["seed"]] = row[measure]
    baseline = baseline_of(plan)
    for at, held in values.items():
        variant, arrangement, *rest = at
        for measure in measures:
            own = held[measure]
            seeds = list(own)
            listed = [own[seed] for seed in seeds]
            parts = [mean_interval(listed, confidence)]
            base = values.get((variant, baseline, *rest)) if not apart else None
            if base is not None and arrangement != baseline:
                beside = [base[measure].get(seed) for seed in seeds]
                parts += [
                    paired_difference(listed, beside, confidence),
                    paired_ratio(listed, beside, confidence),
                ]
            else:
                parts += [Interval(0, None, None)] * 2
            first = values.get((0, arrangement, *rest))
            if first is not None and variant:
                beside = [first[measure].get(seed) for seed in seeds]
                parts.append(paired_difference(listed, beside, confidence))
            else:
                parts.append(Interval(0, None, None))
            known = [float(value) for value in listed if value is not None]
            tail = tail_interval(known, TAIL, confidence, plan.config.seed) or (None, None, None)
            figures = [each for part in parts for each in (part.mean, part.half_width)]
            yield (variant, *places[at], arrangement, *rest, measure, parts[0].n, *figures, *tail)


def measures_shown(plan: SweepPlan) -> list[str]:
    """The measures that tables and intervals are of."""
    asked = list(plan.sweep.measures)
    if plan.sweep.stress is not None:
        asked.append(plan.sweep.stress.measure)
    if plan.sweep.target is not None:
        asked.append(plan.sweep.target.measure)
    if plan.sweep.frontier is not None:
        asked = ["settlement_delay", "settled_value", "gross_value", "funding", "cost_of_funding", *asked]
    return list(dict.fromkeys(asked))


def baseline_of(plan: SweepPlan) -> str:
    """The arrangement that others are held against: the config's, of an axis its first."""
    return next(iter(plan.arrangements), plan.config.baseline)
