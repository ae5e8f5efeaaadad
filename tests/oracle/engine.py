"""The simulator's answer to a book, and where it differs from the reference's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest
from math import isclose

import simulator
from simulator.market.streams import stream

from .as_config import config_of
from .book import Arrangement, Book
from .measuring import p99_delay_seconds, value_of
from .pilot import Pilot
from .reference import Drawn, Draws, Served, SettlementDay, settle_drawn

PEAKS = ("system_peak", "peak_intraday_credit", "securities_borrowed", "peak_supply", "oldest_fail")


def disagreements(book: Book, arrangements: dict[str, Arrangement]) -> dict[str, list[str]]:
    """By arrangement, every figure on which the simulator and the reference differ."""
    result = simulator.run(config_of(book, arrangements), instructions=True)
    frames = {}
    for table in ("instructions", "days", "participants"):
        frames[table] = defaultdict(list)
        for row in getattr(result, table).to_dicts():
            frames[table][row["arrangement"]].append(row)
    credit = defaultdict(list)
    if any(one.credit for one in arrangements.values()):
        for row in result.credit.to_dicts():
            credit[row["arrangement"]].append(row)
    fails = defaultdict(list)
    if any(one.carry for one in arrangements.values()):
        for row in result.fails.to_dicts():
            fails[row["arrangement"]].append(row)
    found = {}
    for name, arrangement in arrangements.items():
        days, pilot = settle_drawn(book, arrangement, draws_of(book, arrangement, result.summary["seed"]))
        theirs = {table: rows[name] for table, rows in frames.items()}
        differences = [
            *instruction_differences(days, theirs["instructions"]),
            *day_differences(days, theirs["days"]),
            *member_differences(days, theirs["participants"]),
            *(open_differences(days, fails[name]) if arrangement.carry else []),
            *(facility_differences(days, credit[name]) if arrangement.credit else []),
            *summary_differences(days, result.summary["arrangements"][name]),
            *(pilot_differences(pilot, result, name) if pilot else []),
        ]
        if differences:
            found[name] = differences
    return found


def instruction_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """The settled rows in the order in which they stand, a row a part; the unsettled in any order.

    Deliveries by book entry and what is netted beside them stand each in its own order.
    """
    delivered = {order for day in days for order in day.delivered}
    ours = [
        {
            "id": fate.instruction.order,
            "day": day.day,
            "time": fate.instruction.time,
            "buyer": fate.instruction.buyer,
            "seller": fate.instruction.seller,
            "security": fate.instruction.security,
            "units": fate.instruction.units,
            "cash": fate.instruction.cash,
            "settled_at": fate.settled_at,
            "waited_for": fate.waited_for,
        }
        for day in days
        for fate in day.fates
    ]
    theirs = [{**row, "id": int(row["id"])} for row in rows]

    def split(listed: list[dict]) -> tuple[list[dict], list[dict], list[dict]]:
        unsettled = [row for row in listed if row["settled_at"] is None]
        settled = [row for row in listed if row["settled_at"] is not None]
        one_by_one = [row for row in settled if row["id"] in delivered]
        together = [row for row in settled if row["id"] not in delivered]
        return together, one_by_one, sorted(unsettled, key=lambda row: row["id"])

    kinds = ("settled", "delivered by book entry", "unsettled")
    for what, engine, reference in zip(kinds, split(theirs), split(ours), strict=True):
        if [row["id"] for row in engine] != [row["id"] for row in reference]:
            engine, reference = [[row["id"] for row in listed] for listed in (engine, reference)]
            yield f"sequence of {what}: engine {engine}, reference {reference}"
            continue
        for row, wanted in zip(engine, reference, strict=True):
            for column, value in wanted.items():
                if row[column] != value:
                    yield f"instruction {wanted['id']}, {column}: engine {row[column]}, reference {value}"


def day_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    if [row["day"] for row in rows] != [day.day for day in days]:
        yield f"settlement days: engine {[row['day'] for row in rows]}, reference {[d.day for d in days]}"
        return
    for day, row in zip(days, rows, strict=True):
        for measure in day.measures.names():
            yield from difference(f"day {day.day}, {measure}", row, measure, day.measures[measure])
        yield from p99_difference(f"day {day.day}", row, day.waits)


def draws_of(book: Book, arrangement: Arrangement, seed: int) -> Draws:
    """What the engine draws: who is served first, what goes by book entry, who and what wants tokens."""
    terms, pilot = arrangement.book_entry, arrangement.pilot
    routed = flagged = eligible = None
    if terms is not None and terms.share is not None:
        routed = drawn_of("book entry", float(terms.share), seed)
    if pilot is not None and pilot.orders is not None:
        flagged = drawn_of("token orders", float(pilot.orders), seed)
    if pilot is not None and isinstance(pilot.eligible, Fraction):
        traded = sorted({one.security for one in book.instructions if one.security is not None})
        order = stream(seed, "eligible").permutation(len(traded))
        eligible = [traded[place] for place in order]
    return Draws(served_by_lot(book, seed), routed, flagged, eligible)


def drawn_of(name: str, share: float, seed: int) -> Drawn:
    """One draw an instruction from a named stream, in stretches of 65 536 of the flow."""

    def drawn(day: int, place: int) -> bool:
        stretch, at = divmod(place, 65_536)
        return bool(stream(seed, name, day, stretch).random(65_536)[at] < share)

    return drawn


def pilot_differences(pilot: Pilot, result: simulator.Result, name: str) -> Iterator[str]:
    """Every figure of every day of a pilot, and every row of its journal in the order in which they stand."""
    table = result.pilot.filter(arrangement=name).sort("day").to_dicts()
    if [row["day"] for row in table] != [one.day for one in pilot.days]:
        yield f"days of the pilot: engine {[row['day'] for row in table]}"
        return
    for row, record in zip(table, pilot.days, strict=True):
        for column, value in pilot.row(record).items():
            if row[column] != value:
                yield f"pilot, day {record.day}, {column}: engine {row[column]}, reference {value}"
    columns = (
        *("day", "time", "event", "change", "member", "to", "security", "units", "asked", "reason"),
        *("queue_count", "queue_value"),
    )
    engine = [] if result.events is None else result.events.filter(arrangement=name).select(columns).rows()
    reference = [
        (
            *(one.day, one.time, one.event, one.change, one.member, one.to, one.security, one.units),
            *(one.asked, one.reason, *one.waiting),
        )
        for one in pilot.listed
    ]
    for at, (theirs, ours) in enumerate(zip_longest(engine, reference)):
        if theirs != ours:
            yield f"event {at}: engine {theirs}, reference {ours}"


def served_by_lot(book: Book, seed: int) -> Served:
    """Members in the order that the engine draws for a settlement day."""

    def served(day: int) -> list[str]:
        order = stream(seed, "allocation", day).permutation(len(book.active))
        return [book.active[place] for place in order]

    return served


def open_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """Every position open at a close, in any order."""
    ours = {
        (day.day, one.security, one.member): (one.units, one.age, one.price, one.units * one.price)
        for day in days
        for one in day.still_open
    }
    theirs = {
        (row["day"], row["security"], row["participant"]): tuple(
            row[column] for column in ("units", "age", "price", "value")
        )
        for row in rows
    }
    if len(theirs) != len(rows):
        yield f"open: {len(rows)} rows of the engine's for {len(theirs)} positions"
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            yield f"open, {key}: engine {theirs.get(key)}, reference {ours.get(key)}"


def facility_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """Every facility of every day; one that nobody drew may have no row."""
    theirs = {(row["day"], row["facility"]): row for row in rows}
    for day in days:
        for facility in day.facilities:
            row = theirs.pop((day.day, facility.name), None)
            figures = {name: getattr(facility, name) for name in ("peak", "mean", "interest", "not_repaid")}
            if row is None and any(figures.values()):
                yield f"day {day.day}, {facility.name}: no row of the engine's"
            elif row is not None:
                for name, value in figures.items():
                    yield from difference(f"day {day.day}, {facility.name}, {name}", row, name, value)
    for day, name in theirs:
        yield f"day {day}, {name}: a facility of the engine's alone"


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
        if name == "supply_share":
            # Of a peak, so the largest.
            total = max(parts)
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


def smallest(book: Book, arrangement: Arrangement) -> tuple[Book, Arrangement, list[str]]:
    """Leave out what can be left out while the two still differ: a case to read by hand."""
    differences = disagreements(book, {"case": arrangement})["case"]
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller, plainer in simpler(book, arrangement):
            try:
                found = disagreements(smaller, {"case": plainer})
            except simulator.InputError:
                # Some features need others.
                continue
            if found:
                book, arrangement, differences, shrunk = smaller, plainer, found["case"], True
                break
    return book, arrangement, differences


def simpler(book: Book, arrangement: Arrangement) -> Iterator[tuple[Book, Arrangement]]:
    """The book without one instruction, or one of its wishes; the arrangement without one feature."""
    for left_out in range(len(book.instructions)):
        fewer = [one for k, one in enumerate(book.instructions) if k != left_out]
        if {one.day for one in fewer} == set(range(book.trade_days)):
            renumbered = tuple(replace(one, order=k) for k, one in enumerate(fewer))
            yield replace(book, instructions=renumbered), arrangement
    plain: dict = {
        "saving": (),
        "partials": None,
        "lending": None,
        "queue": "fifo_bypass",
        "reuse": "at_once",
        "reuse_units": None,
        "finality": 0,
        "capacity": None,
        "fee": 0,
        "wallets": None,
        "treasury": None,
        "faults": (),
        "legs": (),
        "settling_banks": {},
        "cycles": None,
        "carry": None,
        "cut_off": None,
        "funding": None,
        "pilot": None,
        "book_entry": None,
    }
    for feature, off in plain.items():
        if getattr(arrangement, feature) != off:
            yield book, replace(arrangement, **{feature: off})
    for k in range(len(arrangement.credit)):
        yield book, replace(arrangement, credit=arrangement.credit[:k] + arrangement.credit[k + 1 :])
    for k in range(len(arrangement.faults)):
        yield book, replace(arrangement, faults=arrangement.faults[:k] + arrangement.faults[k + 1 :])
    for k in range(len(arrangement.wallets.events) if arrangement.wallets else 0):
        events = arrangement.wallets.events[:k] + arrangement.wallets.events[k + 1 :]
        yield book, replace(arrangement, wallets=replace(arrangement.wallets, events=events))
    for term, off in {
        "members": None,
        "share": None,
        "look_ahead": None,
        "takes": 0,
        "until": None,
        "progress": None,
        "fund": 0,
        "monitor": False,
    }.items():
        if arrangement.book_entry and getattr(arrangement.book_entry, term) != off:
            yield book, replace(arrangement, book_entry=replace(arrangement.book_entry, **{term: off}))
    for k in range(len(arrangement.pilot.events) if arrangement.pilot else 0):
        events = arrangement.pilot.events[:k] + arrangement.pilot.events[k + 1 :]
        yield book, replace(arrangement, pilot=replace(arrangement.pilot, events=events))
    for term, off in {
        "eligible": None,
        "registered": None,
        "settlement_value": Fraction(0),
        "cut_off": None,
        "tokenize": None,
        "detokenize": None,
        "orders": None,
    }.items():
        if arrangement.pilot and getattr(arrangement.pilot, term) != off:
            yield book, replace(arrangement, pilot=replace(arrangement.pilot, **{term: off}))
    for term, off in {"night": None, "exemptions": {}, "priority": {}, "buy_in": None}.items():
        if arrangement.carry and getattr(arrangement.carry, term) != off:
            yield book, replace(arrangement, carry=replace(arrangement.carry, **{term: off}))
    for term, off in {"top_up": None, "withdraw": None, "release": "at_once", "reserve": 0}.items():
        if arrangement.treasury and getattr(arrangement.treasury, term) != off:
            yield book, replace(arrangement, treasury=replace(arrangement.treasury, **{term: off}))
    for k, one in enumerate(book.instructions):
        for wish, off in {"priority": 5, "deadline": None, "hold_until": None, "partial": True}.items():
            if getattr(one, wish) != off:
                instructions = [*book.instructions]
                instructions[k] = replace(one, **{wish: off})
                yield replace(book, instructions=tuple(instructions)), arrangement
