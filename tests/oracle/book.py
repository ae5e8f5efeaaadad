"""What the reference reads: a small book of instructions, and an arrangement to settle it under.

Money is an integer of minor units, time an integer of microseconds. Nothing here or beside it
imports the simulator: the reference is a second reading of the same rules, not a second use of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from .terms import BookEntry, Carry, Fault, Leg, PilotTerms, Prefunding, Registry, Treasury

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Account = tuple[str, str]
"""A member's money of one pool."""

ONE_POOL = ""
"""The pool of an arrangement that names no cash leg."""


@dataclass(frozen=True)
class Instruction:
    """One instruction; its times are of the day as typed, and since the first midnight once entered.

    ``time`` is then its entry: moved into the hours, and no earlier than its hold. ``typed`` keeps its own
    time, by which it queues, ``released`` says that a hold moved its entry, ``key`` is the order rule's.
    ``leg`` is the cash leg it pays in, ``pool`` that leg's money.
    """

    order: int
    time: int
    buyer: str
    seller: str
    security: str | None = None
    units: int = 0
    cash: int = 0
    day: int = 0
    priority: int = 5
    deadline: int | None = None
    hold_until: int | None = None
    partial: bool = True
    typed: int | None = None
    released: bool = False
    key: int = 0
    leg: str | None = None
    pool: str = ONE_POOL

    @property
    def internalised(self) -> bool:
        return self.buyer == self.seller

    @property
    def payer(self) -> Account:
        return (self.buyer, self.pool)

    @property
    def payee(self) -> Account:
        return (self.seller, self.pool)

    @cached_property
    def arrival(self) -> tuple[int, int]:
        """Its place in the flow: its own time, then its order."""
        return (self.time if self.typed is None else self.typed, self.order)

    @cached_property
    def place(self) -> tuple[int, ...]:
        """Its place in the queue: priority, the order rule's key, then as in the flow."""
        return (self.priority, self.key, *self.arrival)


@dataclass(frozen=True)
class Member:
    cash: int = 0
    credit_limit: int = 0
    holdings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """Members as listed, and what they instruct. ``hours`` given, or None: what the instructions span.

    ``start`` is the date of day 0; None: every day is a business day of every bank. ``closed`` are the dates
    on which a market calendar has no session, beside weekends; None: without a calendar a day follows a day.
    """

    members: dict[str, Member]
    instructions: tuple[Instruction, ...]
    hours: tuple[int, int] | None = None
    unlimited: bool = False
    ample: bool = False
    start: date | None = None
    closed: frozenset[date] | None = None

    def date_of(self, day: int) -> date:
        """With a calendar, the so-many-th of its sessions after the start."""
        assert self.start is not None
        if self.closed is None:
            return self.start + timedelta(day)
        found = self.start
        for _ in range(day):
            found += timedelta(1)
            while found.weekday() >= 5 or found in self.closed:
                found += timedelta(1)
        return found

    def midnight(self, day: int) -> int:
        """When a day begins, since the first midnight."""
        if self.closed is None:
            return day * DAY
        assert self.start is not None
        return (self.date_of(day) - self.start).days * DAY

    def is_weekday(self, day: int) -> bool:
        return self.start is None or self.date_of(day).weekday() < 5

    @property
    def trade_days(self) -> int:
        return 1 + max(one.day for one in self.instructions)

    @property
    def active(self) -> list[str]:
        """Members of the flow, as listed; a listed idle one is not counted."""
        named = {name for one in self.instructions for name in (one.buyer, one.seller)}
        return [name for name in self.members if name in named]


@dataclass(frozen=True)
class Saving:
    """A liquidity-saving rule, due every so often, at every block if not said, or where the queue is long."""

    rule: str
    every: int | None = None
    longer_than: int | None = None


@dataclass(frozen=True)
class Partials:
    """Windows in which parts settle; ``members`` None means all."""

    every: int
    minimum: int = 0
    members: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Facility:
    """An intraday credit facility. ``cap`` is of every member, or by member; shares are fractions.

    ``haircut`` is one share, or by security with ``default``; ``rate`` is a year of 360 days.
    """

    name: str
    against: str = "nothing"
    cap: int | dict[str, int] | None = None
    pledge: Fraction = Fraction(0)
    haircut: Fraction | dict[str, Fraction] = Fraction(0)
    rate: Fraction = Fraction(0)
    repay: str = "by_inflow"
    tenor: int | None = None


@dataclass(frozen=True)
class Lending:
    """Securities lending: what a position may go short, as a share of its opening holding."""

    limit: Fraction
    fee: Fraction = Fraction(0)
    recall: int | None = None


@dataclass(frozen=True)
class Arrangement:
    """Layer 3: block, reuse, queue, what saves liquidity, credit. Layer 2: settles (T+n), cycles or cut-off,
    what is carried, members by settling bank, and what is delivered by book entry.

    ``cycles`` is ("every", µs), ("times", (µs of the day, …)) or ("count", k). ``funding`` is None
    (the book's), "unlimited", (prefunding, credit limit) for every member, or ``Prefunding``; ``holdings``
    None or "ample". ``reuse`` is of cash, and of units where ``reuse_units`` is None. ``block_times`` are
    the day's blocks before the close, since the first midnight; ``capacity`` is settlements a block,
    ``fee`` millionths of a currency unit a settlement.
    """

    layer: int
    block: int | None = None
    reuse: str = "at_once"
    queue: str = "fifo_bypass"
    saving: tuple[Saving, ...] = ()
    partials: Partials | None = None
    credit: tuple[Facility, ...] = ()
    lending: Lending | None = None
    settles: int = 0
    cycles: tuple | None = None
    cut_off: int | None = None
    funding: str | tuple[int, int] | Prefunding | None = None
    holdings: str | None = None
    reuse_units: str | None = None
    finality: int = 0
    block_times: tuple[int, ...] | None = None
    capacity: int | None = None
    fee: int = 0
    wallets: Registry | None = None
    legs: tuple[Leg, ...] = ()
    treasury: Treasury | None = None
    faults: tuple[Fault, ...] = ()
    carry: Carry | None = None
    book_entry: BookEntry | None = None
    pilot: PilotTerms | None = None
    settling_banks: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def in_blocks(self) -> bool:
        return self.block is not None or self.block_times is not None

    def frees(self, kind: str) -> str:
        """When a receipt of ``cash`` or ``units`` is freed: at_once, next_block, at_finality or at_close.

        The next block is what finality 0 comes to; continuous, both are at once.
        """
        reuse = self.reuse if kind == "cash" or self.reuse_units is None else self.reuse_units
        if reuse == "next_block" or (reuse == "at_finality" and self.finality == 0):
            return "next_block" if self.in_blocks else "at_once"
        return reuse

    @property
    def locks_cash(self) -> bool:
        """Whether a receipt of cash waits to be used."""
        return self.frees("cash") != "at_once"

    @property
    def frees_between(self) -> bool:
        """Whether a receipt is freed by an event of its own."""
        return not self.in_blocks and "at_finality" in (self.frees("cash"), self.frees("units"))

    @property
    def has_money(self) -> bool:
        """Whether cash legs or treasuries are asked for."""
        return self.layer == 3 and bool(self.legs or self.treasury)

    @property
    def pools(self) -> list[str]:
        """As the legs name them."""
        return list(dict.fromkeys(leg.money for leg in self.legs)) or [ONE_POOL]

    @property
    def lending_pool(self) -> str:
        """The money of the first leg that lends, in which facilities lend."""
        return next((leg.money for leg in self.legs if leg.lends), self.pools[0])

    def leg_of_pool(self, pool: str) -> Leg:
        """The pool's first leg, which speaks for it; without legs, one that is always open."""
        return next((leg for leg in self.legs if leg.money == pool), Leg(pool))

    @property
    def moves_collateral(self) -> bool:
        """Whether what is bought or held carries credit."""
        return any(facility.against in ("stock", "flow") for facility in self.credit)

    def without_limits(self) -> Arrangement:
        """The same arrangement on the unconstrained path: everything settles by itself, on entry."""
        return replace(
            self,
            funding="unlimited",
            holdings="ample",
            saving=(),
            partials=None,
            credit=(),
            lending=None,
            capacity=None,
            wallets=None,
            treasury=None,
            faults=(),
            pilot=None,
            carry=None if self.carry is None or self.carry.night is None else Carry(night=self.carry.night),
            book_entry=self.book_entry
            and replace(self.book_entry, cap=None, monitor=False, look_ahead=None, progress=None),
        )
