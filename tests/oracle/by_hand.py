"""Short ways to type a book for a case worked by hand: an hour from nine, minutes after nine."""

from __future__ import annotations

from .book import DAY, HOUR, MINUTE, Arrangement, Book, Instruction, Member
from .engine import disagreements
from .reference import SettlementDay, settle

NINE = 9 * HOUR


def at(minute: float) -> int:
    """So many minutes after nine."""
    return NINE + round(minute * MINUTE)


def book_of(members: dict[str, Member], *rows: tuple, hours=(NINE, 10 * HOUR), **kinds) -> Book:
    """Rows are (minute after nine, buyer, seller, cash[, security, units[, day]][, {more}]), in order.

    ``more`` are an instruction's other fields, by name.
    """
    instructions = []
    for order, row in enumerate(rows):
        more = row[-1] if isinstance(row[-1], dict) else {}
        minute, buyer, seller, cash, *rest = row[:-1] if more else row
        security, units, day = (*rest, *(None, 0, 0)[len(rest) :])
        one = Instruction(order, at(minute), buyer, seller, security, units, cash, day, **more)
        instructions.append(one)
    return Book(members, tuple(instructions), hours, **kinds)


def holding(**cash: int) -> dict[str, Member]:
    return {name: Member(cash=amount) for name, amount in cash.items()}


def days_of(book: Book, arrangement: Arrangement) -> list[SettlementDay]:
    """The reference's days, once the simulator has been seen to agree: a case by hand binds both."""
    found = disagreements(book, {"case": arrangement})
    assert not found, "\n".join(found["case"])
    return settle(book, arrangement)


def only_day(book: Book, arrangement: Arrangement) -> SettlementDay:
    (day,) = days_of(book, arrangement)
    return day


def reference_days(book: Book, arrangement: Arrangement) -> list[SettlementDay]:
    """The reference's days alone: what a chain does, until the simulator does it too."""
    return settle(book, arrangement)


def reference_day(book: Book, arrangement: Arrangement) -> SettlementDay:
    (day,) = reference_days(book, arrangement)
    return day


def minutes_settled(day: SettlementDay, count: int) -> list[float | None]:
    """Minutes after nine at which each instruction settled."""
    times = [day.settled_at(order) for order in range(count)]
    return [None if time is None else (time - day.day * DAY - NINE) / MINUTE for time in times]


def waits_of(day: SettlementDay, count: int) -> list[str | None]:
    return [day.waited_for(order) for order in range(count)]
