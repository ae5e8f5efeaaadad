"""Random pilots of tokenized entitlements, beside netted trades and beside deliveries by book entry."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from .book import DAY, HOUR, MINUTE, SECOND, Arrangement, Book
from .book_families import passing_book, random_way, with_book_entry
from .families import scaled, traded
from .hours import hours_of
from .netting_families import NYSE_CLOSED, STARTS, failing_book, random_house
from .terms import PilotTerms, ShareRule, TokenEvent

PILOT_FAMILIES: dict[str, frozenset[str]] = {
    "netted": frozenset({"priority", "night", "buy_in", "banks"}),
    "delivered": frozenset(),
    "beside": frozenset({"priority", "night", "buy_in"}),
}
"""By name, what is netted: all, nothing, or the rest beside deliveries by book entry."""

SHARES = tuple(Fraction(basis_points, 10_000) for basis_points in (0, 1000, 3333, 5000, 10_000))


def pilot_family(name: str, seed: int, arrangements: int = 6) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    draw = random.Random(f"pilot {name} {seed}")
    made = draw.choice((passing_book, failing_book))
    book = replace(made(draw), ample=False, unlimited=draw.random() < 0.7)
    more = draw.choice((1, 3)) if made is failing_book else 1
    members = {
        each: replace(one, holdings={key: more * units for key, units in one.holdings.items()})
        for each, one in book.members.items()
    }
    book = replace(book, members=members)
    if draw.random() < 0.3:
        book = replace(book, start=draw.choice(STARTS), closed=NYSE_CLOSED)
    if draw.random() < 0.3:
        book = scaled(book, 997)
    found = {}
    for k in range(arrangements):
        if name == "netted":
            way = replace(random_house(draw, book, PILOT_FAMILIES[name]), holdings=None)
        else:
            way = random_way(draw, book, PILOT_FAMILIES[name])
            if draw.random() < 0.5:
                # Collateral alone binds.
                cap = 9 * max(one.cash for one in book.instructions) + 9
                way = with_book_entry(way, fund=0, cap=cap, monitor=True, until=None)
        found[f"{name}_{k}"] = replace(way, pilot=random_pilot(draw, book, way))
    return book, found


def random_pilot(draw: random.Random, book: Book, way: Arrangement) -> PilotTerms:
    moments = random_moments(draw, book, way)
    last_day = book.trade_days - 1 + way.settles
    events = tuple(random_event(draw, book, moments, last_day) for _ in range(draw.randint(0, 16)))
    terms = PilotTerms(
        eligible=draw.choice((None, None, Fraction(1, 2), tuple(traded(book)[:1]))),
        settlement_value=draw.choice((Fraction(0), *SHARES)),
        minting=draw.choice((0, SECOND, MINUTE)),
        returning=draw.choice((0, MINUTE, 15 * MINUTE)),
        events=events,
    )
    if draw.random() < 0.5:
        named = draw.sample(book.active, draw.randint(1, len(book.active)))
        terms = replace(terms, registered=tuple(name for name in book.members if name in named))
    if draw.random() < 0.4:
        terms = replace(terms, cut_off=draw.choice(moments))
    for rule in ("tokenize", "detokenize"):
        if draw.random() < 0.5:
            stated = ShareRule(draw.choice(SHARES), draw.choice(moments), draw.random() < 0.6)
            terms = replace(terms, **{rule: stated})
    if draw.random() < 0.6:
        terms = replace(terms, orders=draw.choice(SHARES))
    return terms


def random_moments(draw: random.Random, book: Book, way: Arrangement) -> list[int]:
    """Times of the day at which more than one thing happens, and at which trades do."""
    opens, closes = (time % DAY for time in hours_of(book, 0))
    step = max(SECOND, (closes - opens) // 8 // SECOND * SECOND)
    found = [0, HOUR * 3 // 2, opens, closes, *(opens + step * k for k in range(1, 8))]
    found += [draw.choice(book.instructions).time for _ in range(3)]
    found += [opens + step * draw.randint(0, 8) + SECOND, 20 * HOUR, DAY - MINUTE]
    if way.cut_off is not None:
        found.append(way.cut_off)
    return sorted(draw.sample(found, 6))


def random_event(draw: random.Random, book: Book, moments: list[int], last_day: int) -> TokenEvent:
    kinds = ("tokenize",) * 4 + ("transfer", "reverse", "detokenize", "detokenize", "outage")
    event = TokenEvent(draw.choice(moments), draw.choice(kinds))
    if draw.random() < 0.5:
        event = replace(event, day=draw.randint(0, last_day))
    if event.action == "outage":
        return replace(event, lasts=draw.choice((SECOND, MINUTE, 20 * MINUTE, 2 * HOUR)))
    holdings = [
        (name, key) for name, one in book.members.items() for key in one.holdings if one.holdings[key]
    ]
    holdings = [(name, key) for name, key in holdings if name in book.active and key in traded(book)]
    member = draw.choice(list(book.members))
    securities = {key for one in book.members.values() for key in one.holdings} | {*traded(book)}
    security = draw.choice(sorted(securities))
    if holdings and draw.random() < 0.8:
        bought = [(one.buyer, one.security) for one in book.instructions if one.units > 0]
        member, security = draw.choice([*holdings[:3], *draw.sample(bought, min(3, len(bought)))])
    to = draw.choice([name for name in book.members if name != member])
    event = replace(event, member=member, security=security)
    event = replace(event, units=draw.choice((1, 2, 2, 5, 40)))
    return replace(event, to=to) if event.action in ("transfer", "reverse") else event
