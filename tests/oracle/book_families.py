"""Random books delivered by book entry, some of them beside netted trades."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from .book import DAY, MINUTE, SECOND, Arrangement, Book, Instruction, Member
from .books import OPENS
from .families import SHARES, scaled, traded
from .hours import hours_of
from .netting_families import NYSE_CLOSED, STARTS, failing_book, random_banks, random_carry, random_cycles
from .terms import BookEntry

BOOK_FAMILIES: dict[str, frozenset[str]] = {
    "deliveries": frozenset(),
    "passing": frozenset(),
    "beside_cycles": frozenset({"cycles"}),
    "beside_a_house": frozenset({"priority", "night", "buy_in"}),
}
"""By name, what is netted beside the deliveries; of the first two nothing is."""


def book_entry_family(name: str, seed: int, arrangements: int = 8) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    draw = random.Random(f"book entry {name} {seed}")
    made = passing_book if name == "passing" or draw.random() < 0.2 else failing_book
    book = replace(made(draw), ample=False, unlimited=draw.random() < 0.7)
    if made is failing_book and draw.random() < 0.6:
        book = passed_on(draw, book)
    if draw.random() < 0.2:
        book = early(draw, book)
    if draw.random() < 0.2:
        book = replace(book, start=draw.choice(STARTS), closed=NYSE_CLOSED)
    if draw.random() < 0.3:
        book = scaled(book, draw.choice((997, 10**6 + 1)))
    return book, {f"{name}_{k}": random_way(draw, book, BOOK_FAMILIES[name]) for k in range(arrangements)}


def passing_book(draw: random.Random) -> Book:
    """Some hold what others buy of them and sell on: queues on caps, on collateral and on units in one."""
    names = [f"M{k}" for k in range(draw.randint(3, 5))]
    holders, passers = names[:1], names[1:]
    days, grid = draw.choice((1, 1, 2)), draw.choice((15 * SECOND, MINUTE))
    price = draw.choice((3, 40))
    found: list[Instruction] = []
    while len(found) < draw.choice((8, 16, 24)) * days:
        security, units, time = draw.choice(("X", "X", "Y")), draw.randint(2, 6), draw.randint(0, 12)
        through, to = draw.sample(passers, 2)
        legs = [(through, draw.choice(holders)), (to, through)]
        draw.shuffle(legs)
        for buyer, seller in legs:
            at = OPENS + grid * (time + draw.choice((0, 0, 1)))
            count = max(1, units - draw.choice((0, 0, 1)))
            cash = max(0, count * price + draw.randint(-2, 2)) * (draw.random() < 0.9)
            day = draw.randrange(days) if len(found) >= days else len(found)
            found.append(Instruction(len(found), at, buyer, seller, security, count, cash, day))
    members = {name: Member(cash=draw.choice((0, 3 * price))) for name in names}
    members[names[0]] = Member(holdings={"X": draw.choice((30, 100)), "Y": 100})
    return Book(members, tuple(found), (OPENS, OPENS + 16 * grid) if draw.random() < 0.7 else None)


def passed_on(draw: random.Random, book: Book) -> Book:
    """Who buys sells on, as much and for about as much; sellers hold more than in other books."""
    found = list(book.instructions)
    for at, one in enumerate(found[: -book.trade_days]):
        after = at + book.trade_days
        others = [name for name in book.active if name not in (one.buyer, one.seller)]
        if one.security is not None and not one.internalised and others and draw.random() < 0.5:
            found[after] = replace(
                found[after],
                seller=one.buyer,
                buyer=draw.choice(others),
                security=one.security,
                units=max(1, one.units - draw.choice((0, 0, 1))),
                cash=max(0, one.cash + draw.randint(-2, 2)) * (one.cash > 0),
            )
    members = {
        name: replace(one, holdings={key: 4 * units for key, units in one.holdings.items()})
        for name, one in book.members.items()
    }
    return replace(book, members=members, instructions=tuple(found))


def early(draw: random.Random, book: Book) -> Book:
    """Some are traded before the hours, where hours are given."""
    if book.hours is None:
        return book
    return replace(
        book,
        instructions=tuple(
            replace(one, time=one.time - draw.choice((0, 0, MINUTE, 5 * MINUTE))) for one in book.instructions
        ),
    )


def with_book_entry(way: Arrangement, **terms) -> Arrangement:
    assert way.book_entry is not None
    return replace(way, book_entry=replace(way.book_entry, **terms))


def random_way(draw: random.Random, book: Book, rest: frozenset[str] = frozenset()) -> Arrangement:
    """``rest`` are the features of what is netted beside it; without, all is delivered by book entry."""
    settles = draw.choice((0, 0, 1, 2))
    terms = random_book_entry(draw, book)
    way = Arrangement(2, settles=settles, book_entry=terms)
    if rest:
        way = replace(way, book_entry=replace(terms, **random_routing(draw, book)))
        if settles == 0:
            way = replace(way, cycles=random_cycles(draw, book))
        if draw.random() < 0.6:
            way = replace(way, carry=random_carry(draw, book, set(rest)))
    if draw.random() < 0.3:
        way = replace(way, settling_banks=random_banks(draw, book))
    if book.hours and (settles > 0 or not rest) and draw.random() < 0.3:
        opens, closes = book.hours
        cut_off = opens + (closes - opens) * draw.randint(1, 4) // 4 // SECOND * SECOND
        until = way.book_entry.until
        until = until if until is None else min(until, cut_off)
        way = replace(way, cut_off=cut_off, book_entry=replace(way.book_entry, until=until))
    if draw.random() < 0.3:
        largest = max(one.cash for one in book.instructions)
        way = replace(way, funding=(draw.randint(0, 2 * largest), draw.choice((0, largest))))
    return way


def random_book_entry(draw: random.Random, book: Book) -> BookEntry:
    largest = max(1, *(one.cash for one in book.instructions))
    opens, closes = (time % DAY for time in hours_of(book, 0))
    step = max(SECOND, (closes - opens) // 8 // SECOND * SECOND)
    terms = BookEntry(
        cap=by_member(
            draw, book, lambda: draw.choice((0, largest // 3, largest, 2 * largest, 3 * largest // 2))
        ),
        fund=by_member(draw, book, lambda: draw.choice((0, largest, 3 * largest))),
        haircut=draw.choice(SHARES),
        monitor=draw.random() < 0.6,
        look_ahead=draw.choice((None, step, 3 * step)),
    )
    if draw.random() < 0.3:
        cuts = {security: draw.choice(SHARES) for security in traded(book)[:2]}
        terms = replace(terms, haircut={"default": draw.choice(SHARES), **cuts})
    if draw.random() < 0.4:
        above = draw.choice((None, largest // 2))
        after = opens + 5 * step if above is None or draw.random() < 0.5 else None
        terms = replace(terms, above=above, after=after, takes=draw.choice((SECOND, step, MINUTE)))
    if draw.random() < 0.4 and closes > opens:
        until = min(opens + step * draw.randint(2, 7), book.hours[1] if book.hours else closes)
        terms = replace(terms, until=until)
    if draw.random() < 0.4:
        when, to = sorted((Fraction(draw.randint(0, 100), 100) for _ in range(2)), reverse=True)
        terms = replace(terms, progress=(draw.choice((step, 2 * step)), when, to))
    return terms


def random_routing(draw: random.Random, book: Book) -> dict:
    if draw.random() < 0.4:
        return {"share": draw.choice((Fraction(0), Fraction(3, 10), Fraction(1, 2), Fraction(1)))}
    return {"members": tuple(draw.sample(book.active, draw.randint(1, max(1, len(book.active) - 2))))}


def by_member(draw: random.Random, book: Book, amount) -> int | dict[str, int]:
    if draw.random() < 0.6:
        return amount()
    named = draw.sample(book.active, draw.randint(1, len(book.active)))
    return {"default": amount(), **{name: amount() for name in named}}
