"""The simulator's answer to a book, and where it differs from the reference's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import isclose

from .book import HOUR, MINUTE, SECOND, Arrangement, Book
from .reference import SettlementDay, settle

RATIOS = (
    "netting_efficiency",
    "netting_efficiency_external",
    "securities_netting_efficiency",
    "turnover_ratio",
    "settlement_delay",
    "mean_delay_seconds",
    "inclusion_wait_seconds",
    "settlement_lag",
)


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def clock(time: int) -> str:
    return f"{time // HOUR:02d}:{time // MINUTE % 60:02d}:{time // SECOND % 60:02d}"


def duration(time: int) -> str:
    return f"{time // 1000} ms"


def config_of(book: Book, arrangements: dict[str, Arrangement]) -> dict:
    """The book as a person would type it: money with two decimals, durations with their unit."""
    flow: dict = {
        "instructions": [
            {
                "time": clock(one.time),
                "day": one.day,
                "buyer": one.buyer,
                "seller": one.seller,
                **({} if one.security is None else {"security": one.security, "units": one.units}),
                "cash": money(one.cash),
            }
            for one in book.instructions
        ]
    }
    if book.hours:
        flow["hours"] = [clock(time) for time in book.hours]
    participants: dict = {
        "members": {
            name: {
                "cash": money(member.cash),
                "credit_limit": money(member.credit_limit),
                "holdings": dict(member.holdings),
            }
            for name, member in book.members.items()
        }
    }
    if book.unlimited:
        participants["funding"] = "unlimited"
    if book.ample:
        participants["holdings"] = "ample"
    return {
        "name": "book",
        "days": book.trade_days,
        "flow": flow,
        "participants": participants,
        "arrangements": {name: arrangement_config(one) for name, one in arrangements.items()},
    }


def arrangement_config(arrangement: Arrangement) -> dict:
    typed: dict = {"layer": arrangement.layer}
    if arrangement.layer == 3:
        typed["block"] = "continuous" if arrangement.block is None else duration(arrangement.block)
        typed["reuse"], typed["queue"] = arrangement.reuse, arrangement.queue
        if arrangement.offset_every:
            every = duration(arrangement.offset_every)
            typed["liquidity_saving"] = {"rule": "multilateral_offset", "every": every}
    else:
        typed["settles"] = f"T+{arrangement.settles}"
        if arrangement.cut_off is not None:
            typed["cut_off"] = clock(arrangement.cut_off)
        if arrangement.cycles is not None:
            kind, value = arrangement.cycles
            written = {"every": lambda: f"every {duration(value)}", "count": lambda: value}
            written["times"] = lambda: [clock(time) for time in value]
            typed["cycles"] = written[kind]()
    if isinstance(arrangement.funding, tuple):
        prefunding, credit_limit = arrangement.funding
        typed["funding"] = {"prefunding": money(prefunding), "credit_limit": money(credit_limit)}
    elif arrangement.funding:
        typed["funding"] = arrangement.funding
    if arrangement.holdings:
        typed["holdings"] = arrangement.holdings
    return typed


def disagreements(book: Book, arrangements: dict[str, Arrangement]) -> dict[str, list[str]]:
    """By arrangement, every figure on which the simulator and the reference differ."""
    import simulator

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
    by_day = {row["day"]: row for row in rows}
    if [row["day"] for row in rows] != [day.day for day in days]:
        yield f"settlement days: engine {[row['day'] for row in rows]}, reference {[d.day for d in days]}"
        return
    for day in days:
        for measure, value in day.measures.items():
            theirs = by_day[day.day].get(measure, "no such column")
            if not same(measure, theirs, value):
                shown = float(value) if isinstance(value, Fraction) else value
                yield f"day {day.day}, {measure}: engine {theirs}, reference {shown}"


def same(measure: str, theirs: object, ours: int | Fraction | None) -> bool:
    """Integers to the last unit; a ratio to what a float holds of it."""
    if theirs is None or ours is None or isinstance(theirs, str):
        return theirs is None and ours is None
    if measure in RATIOS:
        return isclose(float(theirs), float(ours), rel_tol=1e-12, abs_tol=1e-15)
    return type(theirs) is int and theirs == ours


def member_differences(days: list[SettlementDay], rows: list[dict]) -> Iterator[str]:
    """A member that did nothing on a day may have no row."""
    theirs = {(row["day"], row["participant"]): row for row in rows}
    for day in days:
        for member, measures in day.by_member.items():
            row = theirs.pop((day.day, member), None)
            if row is None and not any(measures.values()):
                continue
            for measure, value in measures.items():
                shown = (row or {}).get(measure, "none")
                if shown != value:
                    yield f"day {day.day}, {member}, {measure}: engine {shown}, reference {value}"
    for (day, member), _ in theirs.items():
        yield f"day {day}, {member}: a row of the engine's alone"


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


def as_text(book: Book) -> str:
    """A book, one line a member and an instruction."""
    lines = [f"hours {[clock(time) for time in book.hours] if book.hours else 'open'}"]
    lines += [f"unlimited {book.unlimited}, ample {book.ample}"]
    lines += [
        f"{name}: cash {member.cash}, credit {member.credit_limit}, {member.holdings}"
        for name, member in book.members.items()
        if name in book.active
    ]
    lines += [
        f"{one.order}: day {one.day} {clock(one.time)} {one.buyer} buys of {one.seller}: "
        f"{one.units} {one.security} for {one.cash}"
        for one in book.instructions
    ]
    return "\n".join(lines)
