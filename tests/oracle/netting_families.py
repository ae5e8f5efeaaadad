"""Random books whose deliveries fail, in full and in part, and ways to carry them forward."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

from .book import HOUR, MINUTE, SECOND, Arrangement, Book, Instruction, Member
from .books import OPENS
from .families import scaled, traded
from .terms import BuyIn, Carry

NETTING_FAMILIES: dict[str, frozenset[str]] = {
    "carry": frozenset(),
    "allocation": frozenset({"priority", "rivals"}),
    "night": frozenset({"night", "priority"}),
    "buy_in": frozenset({"buy_in"}),
    "banks": frozenset({"banks", "funding"}),
    "calendar": frozenset({"calendar"}),
    "house": frozenset({"priority", "night", "buy_in", "banks", "funding", "calendar"}),
}
"""By name, the features that its books and arrangements draw on."""

NYSE_CLOSED = frozenset(
    date.fromisoformat(one)
    for one in ("2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18", "2027-02-15", "2027-03-26")
)
"""Thanksgiving, Christmas, New Year, Martin Luther King's and Washington's days, Good Friday: as the
exchange has announced them; early closes are sessions."""

STARTS = tuple(
    date.fromisoformat(one) for one in ("2026-11-24", "2026-11-25", "2026-11-27", "2026-12-23", "2027-01-14")
)
"""Sessions with weekends or holidays soon after."""

PREMIUMS = tuple(Fraction(basis_points, 10_000) for basis_points in (0, 100, 333, 5000))


def netting_family(name: str, seed: int, arrangements: int = 10) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    features = NETTING_FAMILIES[name]
    draw = random.Random(f"netting {name} {seed}")
    book = rivals_book(draw) if "rivals" in features else failing_book(draw)
    if "calendar" in features and draw.random() < 0.8:
        book = replace(book, start=draw.choice(STARTS), closed=NYSE_CLOSED)
    if draw.random() < 0.3:
        book = scaled(book, draw.choice((997, 10**6 + 1)))
    found = {f"{name}_{k}": random_house(draw, book, features) for k in range(arrangements)}
    return book, found


def failing_book(draw: random.Random) -> Book:
    """3–6 members, 1–4 securities, 1–5 days; most sell more than they hold, and who bought may deliver."""
    names = [f"M{k}" for k in range(draw.randint(3, 6))]
    draw.shuffle(names)
    securities = ["X", "Y", "Z", "W"][: draw.randint(1, 4)]
    days, span = draw.choice((1, 2, 3, 4, 5)), draw.choice((4 * MINUTE, 40 * MINUTE))
    largest = draw.choice((4, 30, 250))
    instructions = tuple(
        failing_instruction(draw, order, names, securities, largest, span, order % days)
        for order in range(max(days, draw.randint(3, 28)))
    )
    hours = (OPENS, OPENS + span + draw.choice((0, 0, -MINUTE, MINUTE))) if draw.random() < 0.7 else None
    most = draw.choice((0, 2, 5, 12))
    members = {
        name: Member(
            cash=draw.choice((0, draw.randint(0, 4 * largest))),
            credit_limit=draw.choice((0, 0, draw.randint(0, largest))),
            holdings={security: draw.randint(0, most) for security in securities if draw.random() < 0.6},
        )
        for name in names
    }
    return Book(members, instructions, hours, unlimited=draw.random() < 0.2, ample=draw.random() < 0.05)


def rivals_book(draw: random.Random) -> Book:
    """One or two members sell one security to all the others, and hold some of what they sell."""
    names = [f"M{k}" for k in range(draw.randint(4, 6))]
    draw.shuffle(names)
    sellers, buyers = names[: len(names) // 3], names[len(names) // 3 :]
    days = draw.randint(1, 4)
    instructions = tuple(
        Instruction(
            order,
            OPENS + 5 * MINUTE * draw.randint(0, 8),
            draw.choice(buyers),
            draw.choice(sellers),
            "X",
            draw.randint(1, 6),
            draw.randint(0, 30),
            order % days,
        )
        for order in range(draw.randint(4, 8) * days)
    )
    bought = sum(one.units for one in instructions)
    holdings = {name: {"X": draw.randint(0, bought // 2)} for name in sellers}
    members = {name: Member(holdings=holdings.get(name, {})) for name in names}
    return Book(members, instructions, (OPENS, OPENS + HOUR), unlimited=True)


def failing_instruction(
    draw: random.Random,
    order: int,
    names: list[str],
    securities: list[str],
    largest: int,
    span: int,
    day: int,
) -> Instruction:
    """Mostly the first members sell to the others, and now and then they buy back."""
    time = OPENS + span * draw.randint(0, 8) // 8
    buyer, seller = draw.sample(names, 2)
    if names.index(buyer) < names.index(seller) and draw.random() < 0.5:
        buyer, seller = seller, buyer
    kind = draw.random()
    if kind < 0.05:
        buyer = seller
    units, cash = draw.randint(1, 6), draw.randint(1, largest)
    if 0.05 < kind < 0.12:
        return Instruction(order, time, buyer, seller, None, 0, cash, day)
    return Instruction(order, time, buyer, seller, draw.choice(securities), units, cash * (kind > 0.2), day)


def random_house(draw: random.Random, book: Book, features: frozenset[str]) -> Arrangement:
    """A clearing house that mostly carries; of many features some are off."""
    on = {feature for feature in sorted(features) if draw.random() < 0.75 or len(features) < 3}
    settles = draw.choice((0, 0, 1, 1, 2))
    way = Arrangement(2, settles=settles)
    if settles == 0:
        way = replace(way, cycles=random_cycles(draw, book))
    elif book.hours and draw.random() < 0.6:
        opens, closes = book.hours
        way = replace(way, cut_off=opens + (closes - opens) * draw.randint(1, 4) // 4 // SECOND * SECOND)
    if draw.random() < 0.9:
        way = replace(way, carry=random_carry(draw, book, on))
    if "banks" in on:
        way = replace(way, settling_banks=random_banks(draw, book))
    if "funding" in on and draw.random() < 0.5:
        way = replace(way, funding=draw.choice(("unlimited", (draw.randint(0, 50), draw.choice((0, 9))))))
    if draw.random() < 0.05:
        way = replace(way, holdings="ample")
    return way


def random_cycles(draw: random.Random, book: Book) -> tuple | None:
    times = sorted({one.time for one in book.instructions})
    kind = draw.choice(("count", "count", "every", "times", None))
    if kind == "count":
        return kind, draw.randint(1, 6)
    if kind == "every":
        return kind, draw.choice((40 * SECOND, 7 * MINUTE, HOUR))
    if kind == "times" and book.hours:
        opens, closes = book.hours
        inside = [time for time in times if opens < time < closes] or [(opens + closes) // 2]
        return kind, tuple(sorted(draw.sample(inside, min(len(inside), draw.randint(1, 3)))))
    return None


def random_carry(draw: random.Random, book: Book, features: set[str]) -> Carry:
    carry = Carry()
    if "priority" in features:
        named = draw.sample(book.active, draw.randint(0, len(book.active)))
        carry = replace(carry, priority={name: draw.choice((1, 2, 5, 9)) for name in named})
    if "night" in features:
        named = [name for name in book.active if draw.random() < 0.4]
        exempted = {name: random_exemption(draw, book) for name in named}
        carry = replace(carry, night=draw.choice((0, HOUR * 3 // 2, 8 * HOUR)), exemptions=exempted)
    if "buy_in" in features:
        carry = replace(carry, buy_in=BuyIn(draw.choice((1, 1, 2, 3)), draw.choice(PREMIUMS)))
    return carry


def random_exemption(draw: random.Random, book: Book) -> tuple[str, ...] | None:
    """All, or some of what is traded."""
    named = tuple(security for security in traded(book) if draw.random() < 0.6)
    return named if named and draw.random() < 0.7 else None


def random_banks(draw: random.Random, book: Book) -> dict[str, tuple[str, ...]]:
    """Up to three, with some members in none."""
    count = draw.randint(1, 3)
    bank_of = {name: draw.randint(0, count) for name in book.active}
    banks = {f"Bank {at}": tuple(name for name, its in bank_of.items() if its == at) for at in range(count)}
    return {bank: members for bank, members in banks.items() if members}
