"""The columns of ``sweep.parquet``: what varies, the seed, and every measure, each of one type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from simulator.config.varied import number_of
from simulator.study.job import Row

if TYPE_CHECKING:
    import polars as pl

    from simulator.study.plan import SweepPlan

INT64 = 1 << 63

EXTRAS = {
    "family": "String",
    "window_seconds": "Float64",
    "without": "String",
    "usage": "Float64",
    "funding": "Int64",
    "lower_bound": "Int64",
    "upper_bound": "Int64",
    "cost_of_funding": "Int64",
}
"""What runs of an axis or a frontier have beside measures."""


@cache
def measure_types() -> dict[str, str]:
    """Every measure over a run, in the order of ``summary.json``, with the type of its column."""
    from simulator.measures.catalogue import LOWER_BOUND, MEASURES, P99_DELAY

    types = {"layer": "Int64", "settlement_days": "Int64"}
    for measure in MEASURES:
        types[measure.name] = "Float64" if "ratio" in measure.per else "Int64"
        if measure.name == "net_debit":
            types[LOWER_BOUND] = "Int64"
        if measure.name == "mean_delay_seconds":
            types[P99_DELAY] = "Float64"
        if measure.tail and measure.by_member is not None:
            types[f"{measure.name}_p99"] = "Int64"
    types["open_hours"] = "Float64"
    return types


def measure_names() -> list[str]:
    """Every measure that a sweep can be asked for."""
    return [name for name in measure_types() if name not in ("layer", "settlement_days", "open_hours")]


def unit_of(measure: str) -> str:
    """The unit of a measure of the catalogue, or of what is derived from one."""
    from simulator.measures.catalogue import BY_NAME, LOWER_BOUND, P99_DELAY

    if measure == P99_DELAY:
        return "seconds"
    name = "net_debit" if measure == LOWER_BOUND else measure.removesuffix("_p99")
    if name in ("funding", "cost_of_funding", "lower_bound", "upper_bound"):
        return "money"
    return BY_NAME[name].unit if name in BY_NAME else "share"


def title_of(measure: str) -> str:
    """The title of a measure."""
    from simulator.measures.catalogue import BY_NAME

    name, tail = measure.removesuffix("_p99"), ", 99 %" if measure.endswith("_p99") else ""
    return BY_NAME[name].title + tail if name in BY_NAME else measure.replace("_", " ").capitalize()


def varied_columns(plan: SweepPlan) -> dict[str, tuple[str, list[Any]]]:
    """Scenario and varied keys, a value a variant: numbers where all are of one kind, else as written.

    Durations are in seconds, shares of one, ``20 M`` is 20 000 000; null is as the config has it.
    """
    columns: dict[str, tuple[str, list[Any]]] = {}
    if any(variant.scenario is not None for variant in plan.variants):
        columns["scenario"] = ("String", [variant.scenario for variant in plan.variants])
    for at, key in enumerate(plan.keys):
        values = [variant.values[at] for variant in plan.variants]
        columns[key] = _typed(values)
    return columns


def _typed(values: Sequence[Any]) -> tuple[str, list[Any]]:
    from simulator.study.plan import as_text

    numbers = [None if value is None else number_of(value) for value in values]
    kinds = {number[1] for value, number in zip(values, numbers, strict=True) if value is not None and number}
    if len(kinds) != 1 or any(
        value is not None and number is None for value, number in zip(values, numbers, strict=True)
    ):
        return "String", [None if value is None else as_text(value) for value in values]
    plain = [None if number is None else number[0] for number in numbers]
    if kinds == {"number"} and all(
        number is None or (number.is_integer() and abs(number) < INT64) for number in plain
    ):
        return "Int64", [None if number is None else int(number) for number in plain]
    return "Float64", plain


def sweep_frame(
    plan: SweepPlan, runs: Iterable[tuple[int, int, str]], rows: Mapping[str, Sequence[Row]]
) -> pl.DataFrame:
    """One row a run and arrangement, in the order of the plan; runs without rows are left out.

    Parameters
    ----------
    runs : variant, seed and key of each run
    rows : by key of run
    """
    import polars as pl

    varied = varied_columns(plan)
    extras = [name for name in EXTRAS if any(name in about for about in plan.arrangements.values())]
    if plan.sweep.frontier is not None:
        extras += [name for name in EXTRAS if name not in ("family", "window_seconds")]
    measures = measure_types()
    columns: dict[str, list[Any]] = {
        name: [] for name in ("run", "key", "variant", *varied, "seed", "arrangement", *extras, *measures)
    }
    for number, (variant, seed, key) in enumerate(runs):
        for row in rows.get(key, ()):
            about = plan.arrangements.get(row["arrangement"], {})
            columns["run"].append(number)
            columns["key"].append(key)
            columns["variant"].append(variant)
            for name, (_, values) in varied.items():
                columns[name].append(values[variant])
            columns["seed"].append(seed)
            columns["arrangement"].append(row["arrangement"])
            for name in extras:
                columns[name].append(row[name] if name in row else about.get(name))
            for name in measures:
                columns[name].append(row[name])
    types: dict[str, Any] = dict.fromkeys(("run", "variant", "seed"), pl.Int64())
    types |= {"key": pl.String(), "arrangement": pl.String()}
    types |= {name: getattr(pl, kind)() for name, (kind, _) in varied.items()}
    types |= {name: getattr(pl, EXTRAS[name])() for name in extras}
    for name, kind in measures.items():
        wide = kind == "Int64" and any(value is not None and abs(value) >= INT64 for value in columns[name])
        # Money × hours of a run whose money just fits int64 does not.
        types[name] = pl.Decimal(38, 0) if wide else getattr(pl, kind)()
    return pl.DataFrame(columns, schema=types)


def rows_of(frame: pl.DataFrame) -> dict[str, list[Row]]:
    """By key of run, what workers gave back: the rows that a frame was made of."""
    kept = [name for name in ("arrangement", *EXTRAS, *measure_types()) if name in frame.columns]
    drop = set() if "usage" in frame.columns else {"family", "window_seconds"}
    names = [name for name in kept if name not in drop]
    rows: dict[str, list[Row]] = {}
    whole = [name for name, kind in frame.schema.items() if str(kind).startswith("Decimal")]
    for row in frame.select("key", *names).iter_rows(named=True):
        key = row.pop("key")
        for name in whole:
            row[name] = None if row[name] is None else int(row[name])
        rows.setdefault(key, []).append(row)
    return rows
