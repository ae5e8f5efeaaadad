"""A sweep as tables of text, the same for terminal and page: means, sensitivities, harm, frontier."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.config.units import format_money, format_share
from simulator.report.finding import format_ratio
from simulator.report.headline import NOTHING, format_value
from simulator.study.columns import title_of, unit_of
from simulator.study.words import count_of, legible

if TYPE_CHECKING:
    from simulator.report.sweep.result import SweepResult

MOST_ROWS = 40
"""Rows that a terminal shows; the tables hold all."""

SMALLEST_RATIO = 0.01
"""Below it the half-width of a ratio is not shown."""

COMPARED = ("money", "money_hours", "units", "count", "seconds")


@dataclass(frozen=True, slots=True)
class Figures:
    """A table of text: its title, a line on how to read it, columns, and rows whose first cells name them."""

    name: str
    title: str
    reading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    names: int = 1


def all_figures(result: SweepResult) -> Iterator[Figures]:
    """Every table that the sweep has something for, the one that answers its question first."""
    if result.told["harm"]:
        yield harm(result)
    if result.told["indices"]:
        yield sensitivities(result)
    if result.told["swings"]:
        yield swings(result)
    if "usage" in result.frame.columns:
        yield frontier(result)
    elif not (result.told["indices"] or result.told["swings"]):  # whose points say little one by one
        yield means(result)


def means(result: SweepResult) -> Figures:
    """A row a variant and arrangement: each measure's mean with its half-width, and its multiple.

    What is 0 everywhere has no column.
    """
    measures = [
        measure
        for measure in dict.fromkeys(result.summary["measure"].to_list())
        if any(result.summary.filter(measure=measure)["mean"].to_list())
    ]
    labels = result.told["variants"]
    cells: dict[tuple[int, str], dict[str, str]] = {}
    for row in result.summary.iter_rows(named=True):
        cells.setdefault((row["variant"], row["arrangement"]), {})[row["measure"]] = _cell(result, row)
    many = len({variant for variant, _ in cells}) > 1
    rows = []
    before = None
    for (variant, arrangement), held in cells.items():
        label = labels[variant] if variant < len(labels) else str(variant)
        first = (legible(label) if variant != before else "",) if many else ()
        rows.append((*first, legible(arrangement), *(held.get(measure, NOTHING) for measure in measures)))
        before = variant
    return Figures(
        "means",
        "Means over seeds",
        f"± is half the {format_share(result.told['confidence'])} interval over seeds; × the multiple of "
        f"{legible(result.told['baseline'])}, mean of the ratios seed by seed.",
        (*(("variant",) if many else ()), "arrangement", *(title_of(measure) for measure in measures)),
        rows,
        2 if many else 1,
    )


def _cell(result: SweepResult, row: dict[str, Any]) -> str:
    unit, currency = unit_of(row["measure"]), result.told["currency"]
    text = with_width(row["mean"], row["mean_half_width"], unit, currency)
    if row["ratio"] is not None and unit in COMPARED:
        text += f"  × {format_ratio(row['ratio'])}" if row["ratio"] >= 0 else ""
        shown = row["ratio_half_width"] and row["ratio"] >= SMALLEST_RATIO
        text += f" ± {row['ratio_half_width']:.2g}" if shown else ""
    return text


def with_width(mean: float | None, half_width: float | None, unit: str, currency: str) -> str:
    """A mean and how sure it is.

    Examples
    --------
    >>> with_width(1_234_500.0, 23_400.0, "money", "USD"), with_width(None, None, "share", "USD")
    ('12.3 k ± 234.00', '–')
    """
    text = format_value(mean, unit, currency)
    return f"{text} ± {format_value(half_width, unit, currency)}" if half_width else text


def frontier(result: SweepResult) -> Figures:
    """A row an arrangement, mechanism left out and level of funding."""
    cells: dict[tuple[str, str, float], dict[str, Any]] = {}
    for row in result.summary.filter(variant=0).iter_rows(named=True):
        cells.setdefault((row["arrangement"], row["without"], row["usage"]), {})[row["measure"]] = row
    currency = result.told["currency"]
    rows = []
    before = ""
    for (arrangement, without, usage), held in cells.items():
        name = version_name(arrangement, without)
        settled, gross = held["settled_value"], held["gross_value"]
        share = settled["mean"] / gross["mean"] if gross["mean"] else None
        rows.append(
            (
                legible(name) if name != before else "",
                format_share(usage),
                _figure(held["funding"], currency),
                _figure(held["cost_of_funding"], currency),
                format_value(share, "share", currency),
                _figure(held["settlement_delay"], currency),
            )
        )
        before = name
    return Figures(
        "frontier",
        "Funding against delay",
        "Funding runs from the lower bound of liquidity (0 % of the way, net debits) to the upper (100 %); "
        "the cost is a day's interest on it.",
        ("arrangement", "of the way", "funding", "cost a day", "settled", "delay ρ"),
        rows,
    )


def _figure(row: dict[str, Any], currency: str) -> str:
    return with_width(row["mean"], row["mean_half_width"], unit_of(row["measure"]), currency)


def version_name(arrangement: str, without: str) -> str:
    """An arrangement, or one of its mechanisms left out."""
    return f"{arrangement} without {without}" if without else arrangement


def sensitivities(result: SweepResult) -> Figures:
    """A row an arrangement, measure and key: first-order and total index."""
    rows = []
    for one in result.told["indices"]:
        ends = [_ends(one[f"{kind}_low"], one[f"{kind}_high"]) for kind in ("first", "total")]
        rows.append(
            (
                legible(one["arrangement"]),
                title_of(one["measure"]),
                legible(one["key"]),
                _two(one["first"]) + ends[0],
                _two(one["total"]) + ends[1],
            )
        )
    return Figures(
        "sensitivities",
        "Which assumption moves the gap",
        f"Shares of the variance of the difference to {legible(result.told['baseline'])}: first order, a "
        "key by itself; total, with all it does together with others.",
        ("arrangement", "measure", "key", "first order", "total"),
        rows,
        3,
    )


def _two(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"


def swings(result: SweepResult) -> Figures:
    """A row an arrangement, measure and key: the gap at the key's first and last value."""
    currency = result.told["currency"]
    rows = []
    for one in result.told["swings"]:
        unit = unit_of(one["measure"])
        held = [one["width"], one["at_first"], one["as_written"], one["at_last"]]
        rows.append(
            (
                legible(one["arrangement"]),
                title_of(one["measure"]),
                legible(one["key"]),
                *(signed(value, unit, currency) for value in held),
            )
        )
    return Figures(
        "swings",
        "Which assumption moves the gap",
        f"The difference to {legible(result.told['baseline'])}, mean over seeds, with one key at its first "
        "or last value and the others as written.",
        ("arrangement", "measure", "key", "swing", "at its first", "as written", "at its last"),
        rows,
        3,
    )


def harm(result: SweepResult) -> Figures:
    """A row a scenario and arrangement, the most harm first."""
    currency = result.told["currency"]
    rows = []
    for one in result.told["harm"]:
        unit = unit_of(one["measure"])
        width = f" ± {format_value(one['half_width'], unit, currency)}" if one["half_width"] else ""
        rows.append(
            (
                legible(one["scenario"]),
                legible(one["arrangement"]),
                signed(one["harm"], unit, currency) + width,
                format_value(one["calm"], unit, currency),
            )
        )
    measure = title_of(result.told["harm"][0]["measure"])
    return Figures(
        "harm",
        "What breaks, by harm",
        f"Harm is the increase of {measure.lower()} over a calm day, same trades.",
        ("what breaks", "arrangement", "harm", "calm"),
        rows,
        2,
    )


def signed(value: float, unit: str, currency: str) -> str:
    """A value that may be below zero.

    Examples
    --------
    >>> signed(-1_234_500.0, "money", "USD"), signed(0.25, "share", "USD")
    ('−12.3 k', '25 %')
    """
    text = format_value(abs(value), unit, currency)
    return f"−{text}" if value < 0 and text not in ("0", NOTHING) else text


def render_sweep(result: SweepResult, width: int = 80, *, color: bool = False) -> str:
    """What was run, the tables and the finding as text of at most ``width`` columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from simulator.report.tables import console_of

    file = io.StringIO()
    console = console_of(file, max(width, 60), color)
    console.print(Text.assemble((legible(result.config.name), "bold"), f": {describe_sweep(result)}"))
    for notice in result.notices:
        console.print(Text(f"Note: {notice}", style="yellow"))
    for figures in all_figures(result):
        console.print()
        console.print(Text(figures.title, style="bold"))
        for part in _parts(figures, console.width):
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
            for at, column in enumerate(part.columns):
                table.add_column(column, justify="left" if at < part.names else "right", overflow="fold")
            for row in part.rows[:MOST_ROWS]:
                table.add_row(*row)
            console.print(table)
        if len(figures.rows) > MOST_ROWS:
            console.print(
                Text(f"… and {len(figures.rows) - MOST_ROWS} rows more, in the tables and on the page")
            )
    console.print()
    console.print(Text(result.finding, style="bold"))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _parts(figures: Figures, width: int) -> Iterator[Figures]:
    """The table, cut between columns where it is too wide; each part has the names again."""
    wide = [
        max(len(figures.columns[at]), *(len(row[at]) for row in figures.rows[:MOST_ROWS]), 1)
        for at in range(len(figures.columns))
    ]
    names = list(range(figures.names))
    room = width - sum(wide[at] + 2 for at in names)
    part: list[int] = []
    for at in range(figures.names, len(wide)):
        if part and sum(wide[each] + 2 for each in part) + wide[at] > room:
            yield _cut(figures, [*names, *part])
            part = []
        part.append(at)
    yield _cut(figures, [*names, *part])


def _cut(figures: Figures, columns: Sequence[int]) -> Figures:
    rows = [tuple(row[at] for at in columns) for row in figures.rows]
    kept = tuple(figures.columns[at] for at in columns)
    return Figures(figures.name, figures.title, figures.reading, kept, rows, figures.names)


def describe_sweep(result: SweepResult) -> str:
    """How many runs of what."""
    told = result.told
    variants = len({*result.frame["variant"].to_list()}) if result.frame.height else 0
    facts = [
        count_of(told["runs"], "run"),
        count_of(max(variants, 1), "variant"),
        count_of(len(told["seeds"]), "seed"),
    ]
    if told["failed"]:
        facts.append(f"{told['failed']} failed")
    value = result.frame["gross_value"].mean() if result.frame.height else None
    if isinstance(value, float):
        facts.append(f"{format_money(round(value), told['currency'])} a day on average")
    return ", ".join(facts)
