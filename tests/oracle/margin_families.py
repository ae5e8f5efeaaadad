"""Random books and arrangements with margin of what is unsettled, one mechanism at a time and together."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from .book import DAY, HOUR, MINUTE, SECOND, Arrangement, Book, Instruction
from .books import OPENS, intervals_for, random_book
from .chain_families import random_chain, with_hours, with_legs
from .families import random_arrangement, scaled, traded, with_wishes
from .margin_terms import Failing, MarginTerms
from .netting_families import NYSE_CLOSED, STARTS, failing_book, random_carry, random_cycles
from .terms import Registry, WalletEvent

Ways = dict[str, tuple[Arrangement, MarginTerms]]

SHOCKS = (Fraction(4), Fraction(5, 2), Fraction(0), Fraction(50))
PARTS = tuple(Fraction(bp, 10_000) for bp in (0, 500, 1000, 3333, 10_000))
VOLATILITIES = tuple(Fraction(bp, 10_000) for bp in (0, 35, 150, 200, 1000))


def margin_family(name: str, seed: int, arrangements: int = 6) -> tuple[Book, Ways]:
    """One book, and so many arrangements with margin of it, by name; always the same."""
    draw = random.Random(f"margin {name} {seed}")
    layer, features = MARGIN_FAMILIES[name]
    book = cleared_book(draw, features) if layer == 2 else gross_book(draw, features)
    way = cleared_way if layer == 2 else gross_way
    found = {}
    for k in range(arrangements):
        arrangement = way(draw, book, features)
        found[f"{name}_{k}"] = (arrangement, random_terms(draw, book, arrangement, features))
    return book, found


MARGIN_FAMILIES: dict[str, tuple[int, frozenset[str]]] = {
    "same_day": (2, frozenset({"cycles"})),
    "next_day": (2, frozenset({"next_day"})),
    "two_days": (2, frozenset({"two_days"})),
    "moving_prices": (2, frozenset({"next_day", "prices", "calls"})),
    "not_carried": (2, frozenset({"cycles", "two_days", "short"})),
    "carried": (2, frozenset({"cycles", "next_day", "two_days", "short", "carry", "prices"})),
    "night": (2, frozenset({"cycles", "next_day", "two_days", "short", "carry", "night"})),
    "calls": (2, frozenset({"cycles", "next_day", "calls", "prices"})),
    "defaults": (2, frozenset({"cycles", "next_day", "default", "calls", "prices"})),
    "house": (
        2,
        frozenset(
            {"cycles", "next_day", "two_days", "short", "carry", "night", "calls", "default", "prices"}
        ),
    ),
    "calendar": (2, frozenset({"cycles", "next_day", "two_days", "short", "carry", "night", "calendar"})),
    "own_hours": (2, frozenset({"cycles", "next_day", "two_days", "calls", "default", "own_hours"})),
    "blocks": (3, frozenset({"blocks"})),
    "continuous": (3, frozenset({"continuous"})),
    "queues": (3, frozenset({"blocks", "continuous", "orders", "holds", "savings", "parts"})),
    "pools": (3, frozenset({"blocks", "continuous", "legs"})),
    "refused": (3, frozenset({"blocks", "continuous", "refuse", "orders"})),
    "gross_defaults": (3, frozenset({"blocks", "continuous", "default", "orders", "holds"})),
    "gross_hours": (3, frozenset({"blocks", "continuous", "default", "own_hours"})),
    "chain": (
        3,
        frozenset(
            {"chain", "default", "finality", "room", "outages", "members", "legs", "treasury", "orders"}
        )
        | {"savings", "parts", "lines", "holds"},
    ),
}
"""By name, the layer and the features that its books and arrangements draw on."""


def cleared_book(draw: random.Random, features: frozenset[str]) -> Book:
    """Of several days; prices move from day to day where asked for."""
    book = failing_book(draw)
    hours = None if "own_hours" in features else book.hours or (OPENS, OPENS + HOUR)
    book = replace(book, hours=hours, ample="short" not in features)
    if "calendar" in features:
        book = replace(book, start=draw.choice(STARTS), closed=NYSE_CLOSED)
    if "prices" in features:
        book = with_moving_prices(draw, book)
    if draw.random() < 0.4:
        book = scaled(book, draw.choice((997, 10**6 + 1)))
    return book


def with_moving_prices(draw: random.Random, book: Book) -> Book:
    """Each security trades near a price of its own that jumps about from trade to trade."""
    price = {security: draw.randint(20, 2000) for security in traded(book)}

    def priced(one: Instruction) -> Instruction:
        if one.security is None or one.cash == 0:
            return one
        price[one.security] = max(1, price[one.security] * draw.choice((80, 95, 100, 100, 104, 130)) // 100)
        return replace(one, cash=one.units * price[one.security] + draw.choice((0, 0, 1)))

    return replace(book, instructions=tuple(priced(one) for one in book.instructions))


def cleared_way(draw: random.Random, book: Book, features: frozenset[str]) -> Arrangement:
    after = {"cycles": 0, "next_day": 1, "two_days": draw.choice((2, 3))}
    settles = draw.choice([days for feature, days in after.items() if feature in features])
    way = Arrangement(2, settles=settles)
    opens, closes = hours_by_and_large(book)
    if settles == 0:
        way = replace(way, cycles=random_cycles(draw, book))
    elif draw.random() < 0.5:
        inside = opens + (closes - opens) * draw.randint(1, 4) // 4 // SECOND * SECOND
        # Where a day's hours are what is instructed, its cut-off may stand outside them.
        way = replace(
            way, cut_off=inside if book.hours else draw.choice((opens - HOUR, inside, closes + HOUR))
        )
    if "carry" in features:
        way = replace(way, carry=random_carry(draw, book, {"priority", "buy_in", *features}))
        if "night" not in features:
            way = replace(way, carry=replace(way.carry, night=None, exemptions={}))
    return way


def gross_book(draw: random.Random, features: frozenset[str]) -> Book:
    """Of little cash and few units, so that a queue builds."""
    book = with_hours(draw, random_book(draw.randrange(10**6), count=draw.randint(4, 25)))
    if "own_hours" in features:
        book = replace(book, hours=None)
    if "orders" in features:
        book = with_wishes(draw, book, holds="holds" in features)
    if "legs" in features:
        book = replace(book, unlimited=False)
    return scaled(book, draw.choice((1, 997, 10**6 + 1)))


def gross_way(draw: random.Random, book: Book, features: frozenset[str]) -> Arrangement:
    if "chain" in features:
        return off_the_second(random_chain(draw, book, features - {"chain", "default"}))
    way = random_arrangement(draw, book, features - {"default"})
    kinds = [kind for kind in ("blocks", "continuous") if kind in features]
    fine, middling, coarse = intervals_for(book)
    way = replace(
        way, block=draw.choice((fine, middling, coarse)) if draw.choice(kinds) == "blocks" else None
    )
    if way.block is None:
        # Continuous, a rule is due every so often.
        every = [replace(saving, every=saving.every or middling) for saving in way.saving]
        way = replace(way, saving=tuple(dict.fromkeys(every)))
    if "legs" in features:
        way = with_legs(draw, book, way)
    if "refuse" in features:
        registered = tuple(name for name in book.members if draw.random() < 0.6)
        later = [WalletEvent(between(draw, book), "register", name) for name in book.active]
        events = tuple(event for event in later if draw.random() < 0.4)
        way = replace(way, wallets=Registry(registered, refuse=draw.random() < 0.8, events=events))
        if way.queue == "fifo_strict":
            way = replace(way, queue="fifo_bypass")
    return way


def off_the_second(way: Arrangement) -> Arrangement:
    """Nothing is minted or final at the instant of a reading: what that lets settle then has settled before
    it, and rows do not tell it from what a block settles after it."""
    legs = tuple(replace(leg, mint=leg.mint and leg.mint + SECOND // 1000) for leg in way.legs)
    return replace(way, legs=legs, finality=way.finality and way.finality + SECOND // 1000)


def hours_by_and_large(book: Book) -> tuple[int, int]:
    """Those given, or what is instructed spans."""
    times = [one.time for one in book.instructions]
    return book.hours or (min(times), max(times))


def between(draw: random.Random, book: Book) -> int:
    """A whole second of the hours."""
    opens, closes = hours_by_and_large(book)
    return opens + (closes - opens) * draw.randint(0, 8) // 8 // SECOND * SECOND


def random_terms(draw: random.Random, book: Book, way: Arrangement, features: frozenset[str]) -> MarginTerms:
    opens, closes = hours_by_and_large(book)
    largest = max(one.cash for one in book.instructions)
    volatility: Fraction | dict[str, Fraction] = draw.choice(VOLATILITIES)
    if draw.random() < 0.4:
        named = ("default", *traded(book)[:2])
        volatility = {security: draw.choice(VOLATILITIES) for security in named}
    terms = MarginTerms(
        confidence=Fraction(draw.choice((5000, 9000, 9900, 9950, 9999)), 10_000),
        horizon=draw.choice((1, 3, 3, 10)),
        volatility=volatility,
        correlation=Fraction(draw.choice((0, 30, 50, 100)), 100),
        every=max(SECOND, draw.choice(((closes - opens) // 5, 7 * MINUTE, HOUR, DAY)) // 1000 * 1000),
    )
    if "default" in features:
        # Over one day a shock may come to half a unit exactly, which floats do not hold; √2 and √3 never do.
        terms = replace(terms, failing=random_failing(draw, book), horizon=draw.choice((2, 3, 3, 10)))
    if way.layer == 3:
        return terms
    above, first, second = (draw.choice(PARTS) for _ in range(3))
    terms = replace(
        terms,
        gap=None if draw.random() < 0.3 else (above, first, second),
        minimum=draw.choice((0, 1, largest // 10, largest)),
        haircut=Fraction(draw.choice((0, 200, 3333)), 10_000),
        settlement_value=Fraction(draw.choice((10_000, 10_000, 5000, 0)), 10_000),
        committed=draw.choice((0, 0, largest // 3)),
        own=draw.choice((0, largest // 5)),
        supplemental=draw.choice((30, 1, 2, 0)),
    )
    if "calls" in features:
        arrives = draw.choice((None, 0, MINUTE, terms.every, HOUR // 2, 5 * HOUR))
        terms = replace(
            terms, calls=draw.choice((Fraction(0), Fraction(1, 10), Fraction(1))), arrives=arrives
        )
    return terms


def random_failing(draw: random.Random, book: Book) -> Failing:
    member = draw.choice((None, None, *book.active))
    time = None if book.hours is None or draw.random() < 0.3 else between(draw, book)
    return Failing(member, draw.randrange(book.trade_days), time, draw.choice(SHOCKS))
