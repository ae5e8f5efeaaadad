"""The simulator agrees with the reference to the last unit on margin, exposure, Cover 1 and defaults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import pytest

import simulator

from .as_config import as_text, config_of
from .book import Arrangement, Book
from .engine import served_by_lot
from .gross import Fate
from .margin import Reading, settlement_days
from .margin_families import MARGIN_FAMILIES, Ways, margin_family
from .margin_terms import MarginTerms, margin_config
from .reference import settle
from .unsettled import AtTheHouse, BetweenMembers

PEAKS = ("margin_uncovered", "unsettled_exposure_peak", "cover_1", "cover_1_shortfall")
OF_CLEARING = (
    *("margin", "margin_at_risk", "margin_called", "margin_buffer", "margin_uncovered", "margin_collateral"),
    *("cover_1", "supplemental_deposits", "cover_1_shortfall"),
)


def disagreements(book: Book, ways: Ways) -> dict[str, list[str]]:
    """By arrangement, every figure of margin on which the simulator and the reference differ."""
    config = config_of(book, {name: way for name, (way, _) in ways.items()})
    for name, (way, terms) in ways.items():
        config["arrangements"][name]["margin"] = margin_config(terms, way.layer)
    result = simulator.run(config, instructions=True)
    tables: dict[str, dict[str, list[dict]]] = {}
    for table in ("instructions", "days", "participants", "defaults"):
        tables[table] = defaultdict(list)
        # Where nobody fails there are no defaults.
        frame = getattr(result, table)
        for row in [] if frame is None else frame.to_dicts():
            tables[table][row["arrangement"]].append(row)
    found = {}
    for name, (way, terms) in ways.items():
        reading = reference(book, way, terms, tables["instructions"][name], result.summary["seed"])
        days = settlement_days(reading, way.settles if way.layer == 2 else 0)
        theirs = [tables["days"][name], tables["participants"][name], tables["defaults"][name]]
        differences = [*differ(days, *theirs[:2], result.summary["arrangements"][name])]
        differences += defaults_differ(reading, theirs[2])
        if differences:
            found[name] = differences
    return found


def reference(book: Book, way: Arrangement, terms: MarginTerms, rows: list[dict], seed: int) -> Reading:
    if way.layer == 3:
        return Reading(book, terms, BetweenMembers(book, way, rows))
    return Reading(book, terms, AtTheHouse(book, way, served_by_lot(book, seed)))


def differ(days: list, of_days: list[dict], of_members: list[dict], summary: dict) -> Iterator[str]:
    """Every measure of every day, by member and of the system; then what the summary makes of them."""
    if [row["day"] for row in of_days] != [day.day for day in days]:
        yield f"days: engine {[row['day'] for row in of_days]}, reference {[day.day for day in days]}"
        return
    theirs = {(row["day"], row["participant"]): row for row in of_members}
    for day, row in zip(days, of_days, strict=True):
        wanted = dict.fromkeys(OF_CLEARING, 0) | day.figures
        for name, value in wanted.items():
            if row[name] != value:
                yield f"day {day.day}, {name}: engine {row[name]}, reference {value}"
        for member, figures in day.by_member.items():
            row_of = theirs.get((day.day, member), {})
            for name, value in figures.items():
                if row_of.get(name, 0) != value:
                    yield f"day {day.day}, {member}, {name}: engine {row_of.get(name)}, reference {value}"
    for name in dict.fromkeys((*OF_CLEARING, *days[0].figures)):
        values = [day.figures.get(name, 0) for day in days]
        wanted_in_all = max(values) if name in PEAKS else round(Fraction(sum(values), len(values)))
        if summary[name] != wanted_in_all:
            yield f"summary, {name}: engine {summary[name]}, reference {wanted_in_all}"


def defaults_differ(reading: Reading, rows: list[dict]) -> Iterator[str]:
    """Every item; who bears nothing may have no row."""
    columns = ("day", "time", "member", "item", "participant")
    theirs = {tuple(row[column] for column in columns): row["amount"] for row in rows}
    if len(theirs) != len(rows):
        yield "defaults: an item twice"
    ours = {(day, time, *rest): amount for day, time, *rest, amount in reading.defaults}
    for key in sorted({*ours, *theirs}, key=repr):
        missing = 0 if key[3] == "others" else None
        if ours.get(key, missing) != theirs.get(key, missing):
            yield f"default {key}: engine {theirs.get(key)}, reference {ours.get(key)}"


def compare(label: str, book: Book, ways: Ways) -> None:
    try:
        found = disagreements(book, ways)
    except Exception as error:
        error.add_note(f"{label}\n{as_text(book)}")
        raise
    if found:
        name = min(found, key=lambda one: len(found[one]))
        listed = "\n".join([*found[name][:12], as_text(book)])
        pytest.fail(f"{label}: {len(found)} of {len(ways)} differ\n{name}: {ways[name]}\n{listed}")


@pytest.mark.parametrize("name", MARGIN_FAMILIES)
def test_engine_agrees_on_margin(name):
    for seed in range(2):
        compare(f"{name} {seed}", *margin_family(name, seed, arrangements=2))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", MARGIN_FAMILIES)
def test_engine_agrees_on_margin_at_length(name):
    for seed in range(2, 22):
        compare(f"{name} {seed}", *margin_family(name, seed))


def test_the_families_call_fall_short_and_default():
    """What is drawn would prove nothing if members were covered, and trades settled at once."""
    seen: dict[str, int] = defaultdict(int)
    for name in ("calls", "defaults", "house", "own_hours", "queues", "gross_defaults"):
        layer, _ = MARGIN_FAMILIES[name]
        for seed in range(2):
            book, ways = margin_family(name, seed, arrangements=3)
            for way, terms in ways.values():
                fates = [] if layer == 2 else [fate for day in settle(book, way) for fate in day.fates]
                reading = reference(book, way, terms, [fate_row(fate) for fate in fates], seed=0)
                for day in reading.days:
                    for measure, value in day.figures.items():
                        seen[f"{measure} in layer {layer}"] += value > 0
                for *_, item, _, amount in reading.defaults:
                    seen[item] += amount != 0
    assert len(seen) == len(OF_CLEARING) + 6 + 10
    assert min(seen.values()) > 1, dict(seen)


def fate_row(fate: Fate) -> dict:
    """As a result tells it."""
    one = fate.instruction
    return {"id": one.order, "cash": one.cash, "settled_at": fate.settled_at, "waited_for": fate.waited_for}
