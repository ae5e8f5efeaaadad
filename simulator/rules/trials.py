"""The queues, arrivals and members on which a rule is tried before it is trusted: the same at every call."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.market.flow import HOUR, MINUTE, NO_DEADLINE

from .arrivals import Arrivals
from .credit_view import CreditView
from .treasury_view import TreasuryView
from .waiting import Waiting

RANDOM_QUEUES = 400
NOON = 12 * HOUR


def trial_queues() -> Iterator[tuple[str, Waiting]]:
    """(what it is, the queue) of queues made by hand, then random ones, then two of thousands.

    None is kept here once it is handed over, so that a rule that keeps one can be found out.
    """
    yield "an empty queue", Waiting.of([], [], cash_available=[5, 0])
    yield "one payment that can settle", Waiting.of([0], [1], cash=5, cash_available=[5, 0])
    yield "one payment that cannot settle", Waiting.of([0], [1], cash=6, cash_available=[5, 0])
    yield (
        "one free delivery",
        Waiting.of([0], [1], units=3, cash_available=[0, 0], held={(1, 0): 3}),
    )
    yield "two that owe each other", Waiting.of([0, 1], [1, 0], cash=[5, 4], cash_available=[1, 0])
    for length in (2, 3, 5, 9):
        ring = np.arange(length)
        nothing = np.zeros(length, np.int64)
        after = (ring + 1) % length
        yield (
            f"a ring of {length} payments without cash",
            Waiting.of(ring, after, cash=7, cash_available=nothing),
        )
        yield (
            f"a ring of {length} free deliveries without units",
            Waiting.of(ring, after, units=2, cash_available=nothing),
        )
        yield (
            f"a ring of {length} payments, one too large",
            Waiting.of(ring, after, cash=7 + (ring == 0), cash_available=nothing),
        )
    for seed in range(RANDOM_QUEUES):
        yield f"random queue {seed}", random_queue(seed)
    yield "a queue of 2,000 payments", random_queue(1, 2_000, payments=True)
    yield "a queue of 2,000 instructions", random_queue(2, 2_000)


def random_queue(seed: int, count: int | None = None, *, payments: bool | None = None) -> Waiting:
    """A queue of payments, deliveries against payment and free deliveries, in which much is scarce.

    Some have members that trade with themselves, some lend on the units bought, some lock receipts.
    """
    draw = np.random.default_rng([41, seed, count or 0])
    members = int(draw.integers(2, 7)) if count is None else 40
    count = int(draw.integers(1, 16)) if count is None else count
    buyer = draw.integers(members, size=count)
    seller = (buyer + draw.integers(1, members, size=count)) % members
    seller = np.where(draw.random(count) < 0.03, buyer, seller)
    kind = draw.random(count) if payments is None else np.full(count, 0.0 if payments else 0.5)
    largest = int(draw.choice([1, 5, 40]))
    cash = np.where(kind > 0.85, 0, draw.integers(1, largest + 1, size=count))
    units = np.where(kind < 0.4, 0, draw.integers(1, 6, size=count))
    securities = int(draw.integers(1, 4))
    rich = float(draw.choice([0, 0.3, 1, 3]))
    held = draw.integers(0, int(6 * rich) + 1, size=(members, securities))
    lends = draw.random() < 0.3
    return Waiting.of(
        buyer,
        seller,
        cash=cash,
        units=units,
        security=draw.integers(securities, size=count),
        cash_available=draw.integers(0, int(2 * rich * largest) + 1, size=members),
        held={(m, s): int(held[m, s]) for m in range(members) for s in range(securities)},
        entered=NOON - np.sort(draw.integers(0, 180, size=count))[::-1] * MINUTE,
        now=NOON,
        priority=np.sort(draw.choice([1, 5, 9], size=count)) if draw.random() < 0.3 else 5,
        deadline=NOON + draw.integers(-60, 60, size=count) * MINUTE if draw.random() < 0.3 else NO_DEADLINE,
        credit_value=np.where(units > 0, draw.integers(0, largest + 2, size=count), 0) if lends else 0,
        reuse_at_once=not lends or draw.random() < 0.5,
    )


def trial_arrivals() -> Iterator[tuple[str, Arrivals]]:
    """(what it is, the arrivals): none, one, some, thousands."""
    yield "no arrivals", Arrivals.of(cash=[])
    yield "one payment", Arrivals.of(buyer=[0], seller=[1], cash=[5], time=[NOON])
    for seed in range(60):
        yield f"random arrivals {seed}", random_arrivals(seed)
    yield "2,000 arrivals", random_arrivals(60, 2_000)


def random_arrivals(seed: int, count: int | None = None) -> Arrivals:
    """Instructions of one day in the order in which they enter."""
    draw = np.random.default_rng([42, seed])
    count = int(draw.integers(1, 30)) if count is None else count
    units = draw.integers(0, 5, size=count)
    dated = draw.random(count) < 0.5
    return Arrivals.of(
        buyer=draw.integers(8, size=count),
        seller=draw.integers(8, size=count),
        security=np.where(units > 0, draw.integers(3, size=count), -1),
        units=units,
        cash=draw.integers(units == 0, 10 ** int(draw.integers(1, 12)), size=count),
        time=9 * HOUR + np.sort(draw.integers(0, 7 * 60, size=count)) * MINUTE,
        priority=draw.choice([1, 5, 9], size=count),
        deadline=np.where(dated, draw.integers(9, 17, size=count) * HOUR, NO_DEADLINE),
    )


def trial_views() -> Iterator[tuple[str, CreditView]]:
    """(what it is, the view) of one member, and of some at the open and later."""
    for seed in range(60):
        yield f"random members {seed}", random_view(seed)


def random_view(seed: int) -> CreditView:
    """Members at the open, in every other one, else at noon with loans."""
    draw = np.random.default_rng([43, seed])
    members = 1 if seed == 0 else int(draw.integers(2, 200))
    opening = draw.integers(0, 10 ** int(draw.integers(1, 12)), size=members)
    at_open = seed % 2 == 0
    view = CreditView(
        members=tuple(f"M{m}" for m in range(members)),
        types=tuple(draw.choice(["", "client_broker", "market_maker", "custodian"], members).tolist()),
        opening_cash=opening,
        cash=opening.copy() if at_open else opening - draw.integers(0, 2 * opening + 1),
        loan=np.zeros(members, np.int64) if at_open else draw.integers(0, opening + 1),
        now=9 * HOUR if at_open else NOON,
        day=0 if at_open else int(draw.integers(5)),
    )
    view.freeze()
    return view


def trial_treasuries() -> Iterator[tuple[str, TreasuryView]]:
    """(what it is, the view) of one account, and of some in one pool or several over the day."""
    for seed in range(60):
        yield f"random accounts {seed}", random_treasury(seed)


def random_treasury(seed: int) -> TreasuryView:
    """Accounts at the open in every third one, else later: some are drawn, some owe more than they have."""
    draw = np.random.default_rng([44, seed])
    members = 1 if seed == 0 else int(draw.integers(2, 60))
    pools = 1 if seed == 0 else int(draw.choice([1, 1, 2, 3]))
    count, at_open = members * pools, seed % 3 == 0
    opening = draw.integers(0, 10 ** int(draw.integers(1, 12)), size=count)
    limit = opening // 2 if draw.random() < 0.5 else np.zeros(count, np.int64)
    cash = opening.copy() if at_open else draw.integers(-limit, 2 * opening + 1)
    later = np.zeros(count, np.int64) if at_open else opening
    owed = draw.integers(0, 2 * later + 1)
    owed.flags.writeable = False
    view = TreasuryView(
        members=tuple(f"M{m}" for m in range(members)),
        member=np.tile(np.arange(members), pools),
        pool=np.repeat(np.arange(pools), members),
        cash=cash,
        locked=draw.integers(0, later + 1),
        in_transit=draw.integers(0, later // 2 + 1),
        opening=opening,
        credit_left=np.maximum(0, limit + np.minimum(0, cash)),
        queue=owed.copy,
        now=9 * HOUR if at_open else NOON,
        opens=9 * HOUR,
        closes=17 * HOUR,
        day=0 if at_open else int(draw.integers(5)),
    )
    view.freeze()
    return view
