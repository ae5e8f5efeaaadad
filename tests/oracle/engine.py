"""The simulator's answer to a book, and where it differs from the reference's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import isclose

import simulator

from .as_config import config_of
from .book import Arrangement, Book
from .measuring import p99_delay_seconds, value_of
from .reference import SettlementDay, settle

PEAKS = ("system_peak", "peak_intraday_credit")


def disagreements(book: Book, arrangements: dict[str, Arrangement]) -> dict[str, list[str]]:
    """By arrangement, every figure on which the simulator and the reference differ."""
    result = simulator.run(config_of(book, arrangements), instructions=True)
    frames = {}
    for table in ("instructions", "days", "participants"):
        frames[table] = defaultdict(list)
        for row in getattr(result, table).to_dicts():
            frames[table][row["arrangement"]].append(row)
    found = {}
    for name, arrangement in arrangements.items():
        days = settle(book, arrangement)
        theirs = {table: rows[name] for table, rows in frames.items()}
        differences = [
            *instruction_differences(days, theirs["instructions"]),
            *day_differences(days, theirs["days"]),
            *member_differences(days, theirs["participants"]),
            *summary_differences(days, result.summary["arrangements"][name]),
        ]
        if differences:
            found[name] = differences
    return found


def instruction_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """Every row's contents, and the order in which the settled ones stand; the unsettled in any order."""
    ours = {
        fate.instruction.order: (day.day, fate.instruction, fate.settled_at, fate.waited_for)
        for day in days
        for fate in day.fates
    }
    settled = [int(row["id"]) for row in rows if row["settled_at"] is not None]
    expected = [order for day in days for order in day.sequence]
    if settled != expected:
        yield f"settlement sequence: engine {settled}, reference {expected}"
    if sorted(int(row["id"]) for row in rows) != sorted(ours):
        yield f"instructions listed: engine {sorted(row['id'] for row in rows)}, reference {sorted(ours)}"
        return
    for row in rows:
        day, one, settled_at, waited_for = ours[int(row["id"])]
        wanted = {
            "day": day,
            "time": one.time,
            "buyer": one.buyer,
            "seller": one.seller,
            "security": one.security,
            "units": one.units,
            "cash": one.cash,
            "settled_at": settled_at,
            "waited_for": waited_for,
        }
        for column, value in wanted.items():
            if row[column] != value:
                yield f"instruction {one.order}, {column}: engine {row[column]}, reference {value}"


def day_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    if [row["day"] for row in rows] != [day.day for day in days]:
        yield f"settlement days: engine {[row['day'] for row in rows]}, reference {[d.day for d in days]}"
        return
    for day, row in zip(days, rows, strict=True):
        for measure in day.measures.names():
            yield from difference(f"day {day.day}, {measure}", row, measure, day.measures[measure])
        yield from p99_difference(f"day {day.day}", row, day.waits)


def member_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """A member that did nothing on a day may have no row."""
    theirs = {(row["day"], row["participant"]): row for row in rows}
    for day in days:
        for member, measures in day.measures.by_member.items():
            row = theirs.pop((day.day, member), None)
            if row is None and any(measures.values()):
                yield f"day {day.day}, {member}: no row of the engine's"
            elif row is not None:
                for measure, value in measures.items():
                    yield from difference(f"day {day.day}, {member}, {measure}", row, measure, value)
    for day, member in theirs:
        yield f"day {day}, {member}: a row of the engine's alone"


def summary_differences(days: list[SettlementDay], summary: dict) -> Iterator[str]:
    """Over settlement days: means of figures, maxima of peaks, ratios of totals."""
    for name in days[0].measures.figures:
        values = [day.measures.figures[name] for day in days]
        known = [value for value in values if value is not None]
        mean = round(Fraction(sum(known), len(known))) if known else None
        yield from difference(f"summary, {name}", summary, name, max(known) if name in PEAKS else mean)
    for name in days[0].measures.ratios:
        parts = [day.measures.ratios[name] for day in days]
        total = sum(part for part, _ in parts), sum(whole for _, whole in parts)
        yield from difference(f"summary, {name}", summary, name, value_of(total))
    yield from p99_difference("summary", summary, sorted(wait for day in days for wait in day.waits))


def difference(what: str, row: dict, column: str, ours: int | Fraction | None) -> Iterator[str]:
    """Whole figures to the last unit, a ratio to what a float holds of it.

    A column that is not there is another test's business.
    """
    theirs = row.get(column)
    if isinstance(ours, Fraction):
        equal = theirs is not None and isclose(theirs, ours, rel_tol=1e-12, abs_tol=1e-15)
        ours = float(ours)
    else:
        equal = type(theirs) is type(ours) and theirs == ours
    if column in row and not equal:
        yield f"{what}: engine {theirs}, reference {ours}"


def p99_difference(what: str, row: dict, waits: list[tuple[int, int]]) -> Iterator[str]:
    """The engine reads quantiles from a histogram: 0.8 % off at most."""
    theirs, ours = row["p99_delay_seconds"], p99_delay_seconds(waits)
    if (theirs is None) != (ours is None) or (ours is not None and not isclose(theirs, ours, rel_tol=0.008)):
        yield f"{what}, p99_delay_seconds: engine {theirs}, reference {ours and float(ours)}"


def smallest(book: Book, arrangement: Arrangement) -> tuple[Book, list[str]]:
    """Leave out instructions one at a time while the two still differ: a case to read by hand."""
    differences = disagreements(book, {"case": arrangement})["case"]
    shrunk = True
    while shrunk:
        shrunk = False
        for left_out in range(len(book.instructions)):
            fewer = [one for k, one in enumerate(book.instructions) if k != left_out]
            if {one.day for one in fewer} != set(range(book.trade_days)):
                continue
            renumbered = tuple(replace(one, order=k) for k, one in enumerate(fewer))
            smaller = replace(book, instructions=renumbered)
            if found := disagreements(smaller, {"case": arrangement}):
                book, differences, shrunk = smaller, found["case"], True
                break
    return book, differences
