"""Random books and arrangements of one mechanism at a time, and of all together, from a seed."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from .book import (
    DAY,
    MINUTE,
    SECOND,
    Arrangement,
    Book,
    Facility,
    Instruction,
    Lending,
    Member,
    Partials,
    Saving,
)
from .books import OPENS, intervals_for, random_book

FAMILIES: dict[str, frozenset[str]] = {
    "orders": frozenset({"orders"}),
    "holds": frozenset({"orders", "holds"}),
    "savings": frozenset({"savings"}),
    "optimum": frozenset({"optimum"}),
    "parts": frozenset({"parts"}),
    "lines": frozenset({"lines"}),
    "collateral": frozenset({"collateral"}),
    "optimum_on_collateral": frozenset({"optimum", "collateral", "lines"}),
    "lending": frozenset({"lending"}),
    "queues": frozenset({"orders", "holds", "savings", "parts"}),
    "credit": frozenset({"lines", "collateral", "parts", "orders"}),
    "all": frozenset({"orders", "holds", "savings", "parts", "lines", "lending"}),
}
"""By name, the features that its books and arrangements draw on."""

SHARES = tuple(Fraction(basis_points, 10_000) for basis_points in (0, 1000, 3333, 5000, 10_000))
RATES = tuple(Fraction(basis_points, 10_000) for basis_points in (0, 50, 410, 410, 10_000))


def family(name: str, seed: int, arrangements: int = 12) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    features = FAMILIES[name]
    draw = random.Random(f"{name} {seed}")
    count = draw.randint(3, 12 if "optimum" in features else 25)
    book = random_book(draw.randrange(10**6), count=count)
    if "orders" in features or draw.random() < 0.2:
        book = with_wishes(draw, book, holds="holds" in features)
    if {"lines", "collateral", "lending"} & features:
        book = scaled(replace(book, unlimited=False), draw.choice((1, 997, 10**6 + 1, 10**8 + 1)))
    if {"collateral", "lending"} & features and draw.random() < 0.9:
        book = stocked(draw, replace(book, ample=False))
    if {"lines", "collateral"} & features and draw.random() < 0.5:
        book = poor(draw, book)
    if "collateral" in features:
        book = with_deliveries(draw, book)
    found = {}
    for k in range(arrangements):
        found[f"{name}_{k}"] = random_arrangement(draw, book, features)
    if "orders" in features:
        # The clearing house knows neither orders nor holds.
        found |= {"net": Arrangement(2, cycles=("count", 2)), "net_t1": Arrangement(2, settles=1)}
    return book, found


def with_wishes(draw: random.Random, book: Book, holds: bool) -> Book:
    """Some instructions say more: a priority, a deadline, a hold, that they settle whole only."""
    last = max(one.time for one in book.instructions)
    some = {kind: draw.choice((0, 0.3, 0.8)) for kind in ("priority", "deadline", "hold_until", "partial")}
    grid = max(SECOND, (last - OPENS) // 8 // SECOND * SECOND)

    def moment(latest: int) -> int:
        return min(OPENS + grid * draw.randint(-1, latest), DAY - SECOND)

    def wish(one: Instruction) -> Instruction:
        if draw.random() < some["priority"]:
            one = replace(one, priority=draw.choice((1, 4, 5, 5, 9)))
        if draw.random() < some["deadline"]:
            one = replace(one, deadline=moment(9))
        if holds and draw.random() < some["hold_until"]:
            one = replace(one, hold_until=moment(10))
        if draw.random() < some["partial"]:
            one = replace(one, partial=False)
        return one

    return replace(book, instructions=tuple(wish(one) for one in book.instructions))


def scaled(book: Book, factor: int) -> Book:
    """The same in larger amounts, on which interest is more than nothing."""
    instructions = tuple(replace(one, cash=one.cash * factor) for one in book.instructions)
    members = {
        name: Member(member.cash * factor, member.credit_limit * factor, member.holdings)
        for name, member in book.members.items()
    }
    return replace(book, instructions=instructions, members=members)


def stocked(draw: random.Random, book: Book) -> Book:
    """Most members hold a few units of what is traded: enough to begin with, seldom enough for all."""
    some, most = draw.choice((0.3, 0.8)), draw.choice((3, 8))
    members = {
        name: replace(
            member, holdings={s: draw.randint(1, most) for s in traded(book) if draw.random() < some}
        )
        for name, member in book.members.items()
    }
    return replace(book, members=members)


def traded(book: Book) -> list[str]:
    return sorted({one.security for one in book.instructions if one.security is not None})


def poor(draw: random.Random, book: Book) -> Book:
    """Little cash and no credit limit: what is paid is drawn."""
    members = {
        name: replace(member, cash=draw.choice((0, 0, member.cash // 4)), credit_limit=0)
        for name, member in book.members.items()
    }
    return replace(book, members=members)


def with_deliveries(draw: random.Random, book: Book) -> Book:
    """Some purchases become free deliveries, which take collateral off and bring nothing."""
    some = draw.choice((0, 0.3, 0.3))
    return replace(
        book,
        instructions=tuple(
            replace(one, cash=0) if one.security is not None and draw.random() < some else one
            for one in book.instructions
        ),
    )


def random_arrangement(draw: random.Random, book: Book, features: frozenset[str]) -> Arrangement:
    """Gross, in one of the ways the features allow; now and then a feature is off."""
    fine, middling, coarse = intervals_for(book)
    way = Arrangement(
        layer=3,
        block=draw.choice((None, fine, coarse)),
        reuse=draw.choice(("at_once", "at_once", "next_block", "at_close")),
        queue=random_queue(draw, book, features),
    )
    on = {feature for feature in sorted(features) if draw.random() < 0.8 or len(features) == 1}
    if on & {"savings", "optimum"}:
        rules = ("exact_optimum",) if "optimum" in on else ("multilateral_offset", "bilateral_offset")
        savings = tuple(
            random_saving(draw, rules, way.block, middling) for _ in range(draw.choice((1, 1, 2)))
        )
        # A rule listed twice in the same words would be one.
        way = replace(way, saving=tuple(dict.fromkeys(savings)))
    if "parts" in on:
        way = replace(way, partials=random_partials(draw, book, middling))
    if on & {"lines", "collateral"}:
        way = replace(way, credit=random_facilities(draw, book, on))
    if way.moves_collateral and way.queue == "fifo_strict":
        # The config refuses it.
        way = replace(way, queue="fifo_bypass")
    if "lending" in on and not book.ample and not way.moves_collateral:
        way = replace(way, lending=random_lending(draw, book))
    return way


def random_queue(draw: random.Random, book: Book, features: frozenset[str]) -> str:
    """Strict FIFO knows neither priorities nor holds."""
    if "orders" in features:
        return draw.choice(("fifo_bypass", "largest_first", "smallest_first", "by_deadline"))
    reorders = any(one.priority != 5 or one.hold_until is not None for one in book.instructions)
    return draw.choice(("fifo_bypass", "fifo_bypass" if reorders else "fifo_strict"))


def random_saving(draw: random.Random, rules: tuple[str, ...], block: int | None, every: int) -> Saving:
    """Every so often, or where the queue is long, or both; continuous always every so often."""
    longer_than = draw.choice((None, 0, 1, 3, 8))
    interval = draw.choice((every, 2 * every, 5 * every))
    if block is not None and longer_than is not None and draw.random() < 0.5:
        interval = None
    return Saving(draw.choice(rules), interval, longer_than)


def random_partials(draw: random.Random, book: Book, every: int) -> Partials:
    largest = max(one.cash for one in book.instructions)
    members = None
    if draw.random() < 0.3:
        members = tuple(draw.sample(book.active, draw.randint(1, len(book.active))))
    minimum = draw.choice((0, 0, 1, largest // 4))
    return Partials(draw.choice((every, 3 * every)), minimum, members)


def random_facilities(draw: random.Random, book: Book, features: set[str]) -> tuple[Facility, ...]:
    """Up to three, at most one of them on flow or stock and one against a pledge."""
    kinds = []
    if "optimum" in features:  # rules take all that a seller delivers for collateral, which on stock it is
        kinds += [] if book.ample else ["stock"]
    elif "collateral" in features:
        kinds += [draw.choice(("flow", "flow") if book.ample else ("flow", "stock"))]
    if "lines" in features:
        kinds += draw.choice((["nothing"], ["nothing"], ["nothing", "nothing"], []))
        kinds += [] if book.ample or draw.random() < 0.5 else ["pledge"]
    draw.shuffle(kinds)
    return tuple(random_facility(draw, book, f"{kind}_{k}", kind) for k, kind in enumerate(kinds))


def random_facility(draw: random.Random, book: Book, name: str, kind: str) -> Facility:
    largest = max(one.cash for one in book.instructions)
    cap = draw.randint(1, max(1, 2 * largest)) if kind == "nothing" else None
    if kind == "pledge" and draw.random() < 0.4:
        cap = draw.randint(0, 3 * largest)
    haircut: Fraction | dict[str, Fraction] = draw.choice(SHARES)
    if draw.random() < 0.3:
        haircut = {name: draw.choice(SHARES) for name in ("default", *traded(book)[:2])}
    tenor = draw.choice((1, 2, 7)) * MINUTE if kind in ("nothing", "pledge") and draw.random() < 0.4 else None
    return Facility(
        name,
        against=kind,
        cap=cap,
        pledge=draw.choice(SHARES[1:]) if kind == "pledge" else Fraction(0),
        haircut=Fraction(0) if kind == "nothing" else haircut,
        rate=draw.choice(RATES),
        repay="by_inflow" if tenor else draw.choice(("by_inflow", "by_inflow", "at_close")),
        tenor=tenor,
    )


def random_lending(draw: random.Random, book: Book) -> Lending:
    opens, closes = book.hours or (OPENS, max(one.time for one in book.instructions))
    recall = None
    if draw.random() < 0.5:
        recall = opens + (closes - opens) * draw.randint(0, 5) // 5 // SECOND * SECOND
    limit = draw.choice((*SHARES[2:], Fraction(3)))
    return Lending(limit, fee=draw.choice(RATES), recall=recall)
