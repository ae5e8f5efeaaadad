"""Random books and arrangements of what a chain adds, a mechanism at a time and all together."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from .book import DAY, MINUTE, SECOND, Arrangement, Book
from .books import OPENS, intervals_for, random_book
from .families import RATES, random_arrangement, scaled, traded, with_wishes
from .terms import Fault, Leg, Prefunding, Registry, Treasury, WalletEvent

CHAIN_FAMILIES: dict[str, frozenset[str]] = {
    "finality": frozenset({"finality"}),
    "finality_and_queues": frozenset({"finality", "orders", "holds", "savings", "parts", "lines"}),
    "room": frozenset({"room", "outages"}),
    "room_and_queues": frozenset({"room", "outages", "orders", "savings", "parts"}),
    "wallets": frozenset({"wallets", "members"}),
    "wallets_and_queues": frozenset({"wallets", "members", "orders", "savings", "parts"}),
    "legs": frozenset({"legs"}),
    "legs_and_queues": frozenset({"legs", "savings", "parts", "lines"}),
    "treasury": frozenset({"treasury", "orders"}),
    "treasury_and_legs": frozenset({"treasury", "legs", "orders", "savings", "parts", "outages"}),
    "prefunding": frozenset({"prefunding"}),
    "chain": frozenset(
        {"finality", "room", "outages", "wallets", "members", "legs", "treasury", "orders", "savings"}
        | {"parts", "lines", "holds"}
    ),
}
"""By name, the features that its books and arrangements draw on."""

FRIDAY = date(2026, 11, 27)


def chain_family(name: str, seed: int, arrangements: int = 8) -> tuple[Book, dict[str, Arrangement]]:
    """One book and so many arrangements of it, by name; every seed is one, always the same."""
    features = CHAIN_FAMILIES[name]
    draw = random.Random(f"chain {name} {seed}")
    book = with_hours(draw, random_book(draw.randrange(10**6), count=draw.randint(4, 22)))
    if features & {"legs", "prefunding"}:
        book = over_days(book, draw.choice((1, 2, 4)))
    if "orders" in features:
        book = with_wishes(draw, book, holds="holds" in features)
    if features & {"legs", "treasury"}:
        book = scaled(book, draw.choice((1, 997, 10**6 + 1)))
    if features & {"treasury", "lines"}:
        book = replace(book, unlimited=False)
    if "legs" in features and draw.random() < 0.7:
        book = replace(book, start=FRIDAY + timedelta(draw.randint(0, 4)))
    found = {}
    for k in range(arrangements):
        found[f"{name}_{k}"] = random_chain(draw, book, features)
    return book, found


def with_hours(draw: random.Random, book: Book) -> Book:
    """Given hours of some length, so that what is timed has times."""
    last = max(one.time for one in book.instructions)
    closes = max(last, OPENS + MINUTE) + draw.choice((0, -5 * SECOND, MINUTE))
    return replace(book, hours=(OPENS, -(-closes // SECOND) * SECOND))


def over_days(book: Book, days: int) -> Book:
    instructions = tuple(replace(one, day=one.order % days) for one in book.instructions)
    return replace(book, instructions=instructions)


def moment(draw: random.Random, book: Book, first: int = -1, last: int = 11) -> int:
    """A whole second of the hours or a little beside them, often one at which something is instructed."""
    opens, closes = book.hours
    if draw.random() < 0.4:
        return draw.choice(book.instructions).time
    step = max(SECOND, (closes - opens) // 10 // SECOND * SECOND)
    return min(opens + step * draw.randint(first, last), DAY - SECOND)


def some_day(draw: random.Random, book: Book) -> int | None:
    return draw.choice((None, *range(book.trade_days)))


def random_chain(draw: random.Random, book: Book, features: frozenset[str]) -> Arrangement:
    """Gross, in one of the ways the features allow; of many features some are off."""
    way = random_arrangement(draw, book, features)
    on = {feature for feature in sorted(features) if draw.random() < 0.7 or len(features) < 3}
    if "finality" in on:
        way = with_finality(draw, book, way)
    if "room" in on:
        way = with_room(draw, book, way)
    if draw.random() < 0.3:
        way = replace(way, fee=draw.choice((1, 5_000, 20_000, 1_234_567)))
    if "legs" in on:
        way = with_legs(draw, book, way)
    if "wallets" in on:
        way = replace(way, wallets=random_registry(draw, book))
    if "treasury" in on:
        way = replace(way, treasury=random_treasury(draw, book))
    if "prefunding" in on:
        way = replace(way, funding=random_prefunding(draw))
    kinds = kinds_of_fault(way, on)
    if kinds and draw.random() < 0.8:
        listed = [random_fault(draw, book, way, draw.choice(kinds)) for _ in range(draw.randint(1, 3))]
        way = replace(way, faults=tuple(listed))
    if way.queue == "fifo_strict" and holds_up_some(way):
        # The config refuses it.
        way = replace(way, queue="fifo_bypass")
    return way


def kinds_of_fault(way: Arrangement, features: set[str]) -> list[str]:
    kinds = ["cash_leg_frozen"] if way.legs else []
    if "outages" in features:
        kinds += ["chain_outage"] if way.capacity is None else ["chain_outage", "congestion"]
    if "members" in features:
        kinds += ["wallet_frozen", "member_silent"]
    return kinds


def holds_up_some(way: Arrangement) -> bool:
    keeps = way.treasury is not None and (way.treasury.reserve > 0 or way.treasury.release != "at_once")
    return bool(way.capacity is not None or way.wallets or way.faults or keeps)


def with_finality(draw: random.Random, book: Book, way: Arrangement) -> Arrangement:
    """Anything from nothing to more than the day, often a whole number of blocks."""
    fine, middling, coarse = intervals_for(book)
    finality = draw.choice((0, SECOND, fine, 2 * fine, middling - 1000, middling, coarse, 9 * coarse))
    reuse, units = (draw.choice(("at_once", "next_block", "at_finality", "at_close")) for _ in range(2))
    if draw.random() < 0.6:
        return replace(way, finality=finality, reuse="at_finality")
    return replace(way, finality=finality, reuse=reuse, reuse_units=units)


def with_room(draw: random.Random, book: Book, way: Arrangement) -> Arrangement:
    """Room for a few a block; without blocks there is no limit."""
    if way.block is None and draw.random() < 0.7:
        way = replace(way, block=draw.choice(intervals_for(book)))
    return way if way.block is None else replace(way, capacity=draw.choice((1, 1, 2, 3, 5)))


def random_fault(draw: random.Random, book: Book, way: Arrangement, kind: str) -> Fault:
    # The config wants it to begin before the close.
    start = min(moment(draw, book), book.hours[1] - SECOND)
    end = draw.choice((None, moment(draw, book, 1), moment(draw, book, 1)))
    leg = draw.choice(way.legs).name if kind == "cash_leg_frozen" else None
    if leg and len(way.legs) == 1 and draw.random() < 0.5:
        leg = None
    return Fault(
        kind,
        start,
        None if end is None else max(end, start + SECOND),
        day=some_day(draw, book),
        member=draw.choice(book.active) if kind in ("wallet_frozen", "member_silent") else None,
        leg=leg,
        share=Fraction(draw.choice((0, 2000, 5000, 9999)), 10_000) if kind == "congestion" else Fraction(1),
    )


def random_registry(draw: random.Random, book: Book) -> Registry:
    """Most are registered; now and then one is, or is frozen, or loses units by force."""
    registered = None
    if draw.random() < 0.7:
        registered = tuple(name for name in book.members if draw.random() < 0.7)
    events = tuple(random_wallet_event(draw, book) for _ in range(draw.randint(0, 5)))
    return Registry(registered, refuse=draw.random() < 0.4, events=events)


def random_wallet_event(draw: random.Random, book: Book) -> WalletEvent:
    actions = ("register", "register", "freeze", "unfreeze", *(["transfer"] if len(book.active) > 1 else []))
    action, member = draw.choice(actions), draw.choice(book.active)
    # The config wants none after the close.
    time = min(moment(draw, book), book.hours[1])
    event = WalletEvent(time, action, member, some_day(draw, book))
    if action != "transfer" or not traded(book):
        return replace(event, action="freeze" if action == "transfer" else action)
    to = draw.choice([name for name in book.active if name != member])
    return replace(event, to=to, security=draw.choice(traded(book)), units=draw.randint(1, 6))


def with_legs(draw: random.Random, book: Book, way: Arrangement) -> Arrangement:
    """One leg, or one of some members' own beside one for the others, or every member in one's payers."""
    names, count = [*book.members], draw.choice((1, 2, 2, 3))
    payers = [tuple(name for k, name in enumerate(names) if k % count == at) for at in range(count)]
    if count == 1 or draw.random() < 0.3:
        # The last is for whoever is in no other's.
        payers[-1] = ()
    together = draw.random() < 0.25
    legs = tuple(
        random_leg(draw, book, f"leg_{at}", named, "one" if together else None)
        for at, named in enumerate(payers)
        if named or at == count - 1
    )
    way = replace(way, legs=legs)
    if any(leg.lends for leg in legs):
        return way
    way = replace(way, credit=())
    if any(member.credit_limit for member in book.members.values()) and not book.unlimited:
        # Nobody lends in stablecoins.
        largest = max(one.cash for one in book.instructions)
        return replace(way, funding=(draw.randint(0, 2 * largest), 0))
    return way


def random_leg(draw: random.Random, book: Book, name: str, payers: tuple[str, ...], pool: str | None) -> Leg:
    opens, closes = book.hours
    fine, middling, _ = intervals_for(book)
    hours = None
    if draw.random() < 0.6:
        first = max(0, moment(draw, book, -1, 6))
        hours = (first, max(first + SECOND, moment(draw, book, 3, 11)))
    issued = sum(member.cash for member in book.members.values())
    return Leg(
        name,
        kind=draw.choice(("stablecoin", "tokenized_deposit", "wholesale_cbdc")),
        payers=payers,
        pool=pool,
        hours=hours,
        weekdays=draw.random() < 0.6,
        mint=draw.choice((0, 0, SECOND, fine, middling, closes - opens)) // 1000 * 1000,
        rate=draw.choice(RATES),
        day_count=draw.choice((360, 365)),
        supply=draw.choice((None, None, issued // len(book.members), issued, 2 * issued)),
    )


def random_treasury(draw: random.Random, book: Book) -> Treasury:
    fine, middling, coarse = intervals_for(book)
    largest = max(1, *(one.cash for one in book.instructions))
    below, more, above, less = (draw.randint(0, 2 * largest) for _ in range(4))
    return Treasury(
        every=draw.choice((fine, middling, coarse)),
        top_up=(below, below + more) if draw.random() < 0.7 else None,
        withdraw=(below + more + above, min(less, below + more + above)) if draw.random() < 0.5 else None,
        release=draw.choice(("at_once", "at_once", "paced", "wait_for_inflow")),
        reserve=draw.choice((0, 0, draw.randint(1, largest))),
        urgent=draw.choice((2, 2, 1, 5, 8)),
    )


def random_prefunding(draw: random.Random) -> Prefunding:
    part = Fraction(draw.choice((0, 25, 100, 333, 1000, 2000)), 1000)
    limit = draw.choice((0, 0, draw.randint(0, 30)))
    if draw.random() < 0.5:
        return Prefunding(part, credit_limit=limit)
    quantile = Fraction(draw.choice((1, 50, 99, 100)), 100)
    first = draw.choice((None, draw.randint(0, 100)))
    return Prefunding(part, history=quantile, first=first, credit_limit=limit)
