"""Which assumption moves the answer: Sobol' indices of a sample, the swings of one key at a time.

The indices are those of ``scipy.stats.sobol_indices`` (Saltelli et al. 2010), which takes outcomes worked
out elsewhere, as these are by runs. SALib has the same estimators and would bring pandas and matplotlib
with it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.study.intervals import RESAMPLES
from simulator.study.summary import baseline_of, measures_shown

if TYPE_CHECKING:
    import polars as pl

    from simulator.measures.network import Float64
    from simulator.study.plan import SweepPlan


@dataclass(frozen=True, slots=True)
class Index:
    """How much of the variance of an outcome one key stands for, with bootstrap intervals.

    ``first`` is its own share, ``total`` with all that it does together with others; shares of the variance,
    None where the outcome does not vary.
    """

    arrangement: str
    measure: str
    key: str
    first: float | None
    first_low: float | None
    first_high: float | None
    total: float | None
    total_low: float | None
    total_high: float | None


@dataclass(frozen=True, slots=True)
class Swing:
    """What an outcome is at the first and the last value of one key, all others as written."""

    arrangement: str
    measure: str
    key: str
    at_first: float
    at_last: float
    as_written: float

    @property
    def width(self) -> float:
        """How far the outcome moves."""
        held = (self.at_first, self.at_last, self.as_written)
        return max(held) - min(held)


def sobol_shares(
    outcomes: Float64, keys: int, confidence: float = 0.95, seed: int = 0
) -> list[tuple[float | None, ...]]:
    """First-order and total index of each key, each with the ends of its interval.

    Parameters
    ----------
    outcomes : one a point of ``saltelli``, in its order: n of A, n of B, then n for each key

    Examples
    --------
    An outcome that is its first key alone:

    >>> from simulator.study.design import saltelli
    >>> places = saltelli(2, 256, seed=1)
    >>> one, other = sobol_shares(places[:, 0], 2)
    >>> round(one[0], 2), round(one[3], 2), round(other[0], 2), round(other[3], 2)
    (1.0, 1.0, 0.0, 0.0)
    """
    import numpy as np
    from scipy.stats import sobol_indices

    from simulator.market.streams import stream

    outcomes = np.asarray(outcomes, dtype=np.float64)
    n = len(outcomes) // (keys + 2)
    if not np.ptp(outcomes[: 2 * n]):
        return [(None,) * 6 for _ in range(keys)]
    parts = outcomes.reshape(keys + 2, 1, n)
    given = {"f_A": parts[0], "f_B": parts[1], "f_AB": parts[2:]}
    with warnings.catch_warnings():
        # Of a key that does nothing there is no bootstrap interval, which scipy tells in a warning.
        warnings.simplefilter("ignore")
        found = sobol_indices(func=given, n=n, rng=stream(seed, "sobol bootstrap"))
        ends = found.bootstrap(confidence_level=confidence, n_resamples=RESAMPLES)
    columns = []
    for share, interval in (
        (found.first_order, ends.first_order.confidence_interval),
        (found.total_order, ends.total_order.confidence_interval),
    ):
        columns += [np.ravel(share), np.ravel(interval.low), np.ravel(interval.high)]
    return [tuple(_known(column[key]) for column in columns) for key in range(keys)]


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def indices(plan: SweepPlan, frame: pl.DataFrame) -> list[Index]:
    """Indices of every gap to the baseline, of a sobol plan whose runs all finished; the largest first."""
    import numpy as np

    found: list[Index] = []
    for (arrangement, measure), by_variant in gaps(plan, frame).items():
        points = _per_scenario(plan, by_variant)
        if points is None:
            continue
        shares = sobol_shares(np.array(points), len(plan.keys), plan.sweep.confidence, plan.config.seed)
        ranked = [
            Index(arrangement, measure, key, *share) for key, share in zip(plan.keys, shares, strict=True)
        ]
        found += sorted(ranked, key=lambda one: -(one.total or 0.0))
    return found


def _per_scenario(plan: SweepPlan, by_variant: Mapping[int, float]) -> list[float] | None:
    """The outcomes of all points; None where some have none, or scenarios would be mixed."""
    if any(variant.scenario is not None for variant in plan.variants):
        return None
    points = [by_variant.get(variant) for variant in range(len(plan.variants))]
    known = [point for point in points if point is not None]
    return known if len(known) == len(points) else None


def swings(plan: SweepPlan, frame: pl.DataFrame) -> list[Swing]:
    """How far every gap to the baseline moves with each key, of a plan of one at a time; widest first."""
    found: list[Swing] = []
    for (arrangement, measure), by_variant in gaps(plan, frame).items():
        if 0 not in by_variant:
            continue
        ranked = []
        for at, key in enumerate(plan.keys):
            moved = [
                by_variant[variant]
                for variant, one in enumerate(plan.variants)
                if variant and one.values[at] is not None and variant in by_variant
            ]
            if moved:
                ranked.append(Swing(arrangement, measure, key, moved[0], moved[-1], by_variant[0]))
        found += sorted(ranked, key=lambda one: -one.width)
    return found


def gaps(plan: SweepPlan, frame: pl.DataFrame) -> dict[tuple[str, str], dict[int, float]]:
    """By arrangement and measure, the mean over seeds of the difference to the baseline, a variant each.

    Of a single arrangement, the value itself.
    """
    baseline = baseline_of(plan)
    measures = measures_shown(plan)
    held: dict[tuple[int, int], dict[str, Sequence[float | None]]] = {}
    for row in frame.select("variant", "seed", "arrangement", *measures).iter_rows():
        held.setdefault((row[0], row[1]), {})[row[2]] = row[3:]
    single = all(len(one) == 1 for one in held.values())
    sums: dict[tuple[str, str], dict[int, list[float]]] = {}
    for (variant, _), by_name in held.items():
        for name, values in by_name.items():
            base = [0.0] * len(measures) if single else by_name.get(baseline)
            if base is None or (name == baseline and not single):
                continue
            for measure, value, less in zip(measures, values, base, strict=True):
                if value is not None and less is not None:
                    sums.setdefault((name, measure), {}).setdefault(variant, []).append(value - less)
    return {
        key: {variant: sum(each) / len(each) for variant, each in by_variant.items()}
        for key, by_variant in sums.items()
    }
