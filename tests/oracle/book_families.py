"""Random books delivered by book entry, some of them beside netted trades."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from .book import DAY, MINUTE, SECOND, Arrangement, Book
from .families import SHARES, scaled, traded
from .hours import hours_of
from .netting_families import failing_book, random_carry, random_cycles
from .terms import BookEntry


def book_entry_family(seed: int, arrangements: int = 8) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    draw = random.Random(f"book entry {seed}")
    book = replace(failing_book(draw), ample=False, unlimited=True)
    if draw.random() < 0.3:
        book = scaled(book, draw.choice((997, 10**6 + 1)))
    return book, {f"book_{k}": random_way(draw, book) for k in range(arrangements)}


def with_book_entry(way: Arrangement, **terms) -> Arrangement:
    assert way.book_entry is not None
    return replace(way, book_entry=replace(way.book_entry, **terms))


def random_way(draw: random.Random, book: Book) -> Arrangement:
    settles = draw.choice((0, 0, 1, 2))
    way = Arrangement(2, settles=settles, book_entry=random_book_entry(draw, book))
    if settles == 0:
        way = replace(way, cycles=random_cycles(draw, book))
    if draw.random() < 0.3:
        way = replace(way, carry=random_carry(draw, book, set()))
    if draw.random() < 0.3:
        largest = max(one.cash for one in book.instructions)
        way = replace(way, funding=(draw.randint(0, 2 * largest), 0))
    return way


def random_book_entry(draw: random.Random, book: Book) -> BookEntry:
    largest = max(1, *(one.cash for one in book.instructions))
    opens, closes = (time % DAY for time in hours_of(book, 0))
    step = max(SECOND, (closes - opens) // 8 // SECOND * SECOND)
    terms = BookEntry(
        members=random_members(draw, book),
        cap=by_member(draw, book, lambda: draw.choice((largest, 2 * largest, 3 * largest // 2))),
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
        terms = replace(terms, until=min(opens + step * draw.randint(2, 7), closes))
    if draw.random() < 0.4:
        when, to = sorted((Fraction(draw.randint(0, 100), 100) for _ in range(2)), reverse=True)
        terms = replace(terms, progress=(draw.choice((step, 2 * step)), when, to))
    return terms


def random_members(draw: random.Random, book: Book) -> tuple[str, ...] | None:
    if draw.random() < 0.5:
        return None
    return tuple(draw.sample(book.active, draw.randint(1, max(1, len(book.active) - 2))))


def by_member(draw: random.Random, book: Book, amount) -> int | dict[str, int]:
    if draw.random() < 0.6:
        return amount()
    named = draw.sample(book.active, draw.randint(1, len(book.active)))
    return {"default": amount(), **{name: amount() for name in named}}
