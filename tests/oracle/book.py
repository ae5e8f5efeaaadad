"""What the reference reads: a small book of instructions, an arrangement, and the calendar of both.

Money is an integer of minor units, time an integer of microseconds. Nothing here or beside it
imports the simulator: the reference is a second reading of the same rules, not a second use of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Instruction:
    """One instruction; its times are of the day as typed, and since the first midnight once entered.

    ``time`` is then its entry: moved into the hours, and no earlier than its hold. ``typed`` keeps its own
    time, by which it queues, ``released`` says that a hold moved its entry, ``key`` is the order rule's.
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

    @property
    def internalised(self) -> bool:
        return self.buyer == self.seller

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
    """Members as listed, and what they instruct. ``hours`` given, or None: what the instructions span."""

    members: dict[str, Member]
    instructions: tuple[Instruction, ...]
    hours: tuple[int, int] | None = None
    unlimited: bool = False
    ample: bool = False

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
    """Layer 3: block, reuse, queue, what saves liquidity, credit. Layer 2: settles (T+n), cycles or cut-off.

    ``cycles`` is ("every", µs), ("times", (µs of the day, …)) or ("count", k). ``funding`` is None
    (the book's), "unlimited" or (prefunding, credit limit) for every member; ``holdings`` None or "ample".
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
    funding: str | tuple[int, int] | None = None
    holdings: str | None = None

    @property
    def locks(self) -> bool:
        """Whether a receipt waits to be used; continuous, the next block is at once."""
        return self.reuse == "at_close" or self.frees_each_block

    @property
    def frees_each_block(self) -> bool:
        return self.reuse == "next_block" and self.block is not None

    @property
    def moves_collateral(self) -> bool:
        """Whether what is bought or held carries credit."""
        return any(facility.against in ("stock", "flow") for facility in self.credit)

    def without_limits(self) -> Arrangement:
        """The same arrangement on the unconstrained path: everything settles by itself, on entry."""
        return replace(
            self, funding="unlimited", holdings="ample", saving=(), partials=None, credit=(), lending=None
        )


def hours_of(book: Book, day: int) -> tuple[int, int]:
    """Open and close of a calendar day, µs since the first midnight.

    Given hours stand, and an instruction later than them moves its day's close. Without them the day
    runs from its first instruction to its last, widened to the minute, which may leave them no
    length. A settlement day past the last trade day keeps the hours given, else the last trade day's.
    """
    midnight = day * DAY
    times = [one.time for one in book.instructions if one.day == day]
    if book.hours:
        opens, closes = book.hours
        late = [up_to_the_minute(time) for time in times if time > closes]
        return midnight + opens, midnight + max([closes, *late])
    if not times:
        times = [one.time for one in book.instructions if one.day == book.trade_days - 1]
    opens = min(times) // MINUTE * MINUTE
    return midnight + opens, midnight + up_to_the_minute(max(times))


def up_to_the_minute(time: int) -> int:
    return -(-time // MINUTE) * MINUTE


def entered(book: Book, arrangement: Arrangement) -> list[Instruction]:
    """All instructions in the order of the flow, at their entry, in µs since the first midnight.

    With given hours, what is earlier than the open enters at the open; its own time still orders it.
    In layer 3 it enters no earlier than its hold; the clearing house does not know of holds.
    """
    moved = []
    for one in book.instructions:
        midnight = one.day * DAY
        typed = midnight + one.time
        entry = max(typed, hours_of(book, one.day)[0])
        hold = midnight + (one.hold_until or 0)
        held = arrangement.layer == 3 and hold > entry
        moved.append(
            replace(
                one,
                time=hold if held else entry,
                typed=typed,
                released=held,
                deadline=None if one.deadline is None else midnight + one.deadline,
            )
        )
    return sorted(moved, key=lambda one: one.arrival)


def blocks_of(arrangement: Arrangement, opens: int, closes: int) -> list[int]:
    """Blocks stand at open + j·interval (j = 0, 1, …) before the close, and at the close."""
    return [*range(opens, closes, arrangement.block), closes]


def instants(every: int, opens: int, closes: int) -> list[int]:
    """What runs every so often is due at open + j·every (j = 1, 2, …) before the close, and at the close."""
    return [*range(opens + every, closes, every), closes]


def cycles_of(arrangement: Arrangement, day: int, opens: int, closes: int) -> list[int]:
    """When a settlement day nets: at its cycles, the close always the last, or once, at the cut-off."""
    if arrangement.cycles is None:
        return [closes if arrangement.cut_off is None else day * DAY + arrangement.cut_off]
    kind, value = arrangement.cycles
    if kind == "every":
        times = list(range(opens + value, closes, value))
    elif kind == "count":
        times = [opens + j * (closes - opens) // value for j in range(1, value)]
    else:
        times = [day * DAY + time for time in value]
    return [*sorted({time for time in times if time < closes}), closes]
