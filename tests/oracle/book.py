"""What the reference reads: a small book of instructions, an arrangement, and the calendar of both.

Money is an integer of minor units, time an integer of microseconds. Nothing here or beside it
imports the simulator: the reference is a second reading of the same rules, not a second use of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Instruction:
    """One instruction; ``time`` is of the day as typed, and since the first midnight once entered.

    ``typed`` is set on entry: the time typed, since the first midnight, by which it queues.
    """

    order: int
    time: int
    buyer: str
    seller: str
    security: str | None = None
    units: int = 0
    cash: int = 0
    day: int = 0
    typed: int | None = None

    @property
    def internalised(self) -> bool:
        return self.buyer == self.seller

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the queue (there is one priority)."""
        return (self.time if self.typed is None else self.typed, self.order)


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
class Arrangement:
    """Layer 3: block, reuse, queue, offset. Layer 2: settles (T+n), cycles or cut-off.

    ``cycles`` is ("every", µs), ("times", (µs of the day, …)) or ("count", k). ``funding`` is None
    (the book's), "unlimited" or (prefunding, credit limit) for every member; ``holdings`` None or "ample".
    """

    layer: int
    block: int | None = None
    reuse: str = "at_once"
    queue: str = "fifo_bypass"
    offset_every: int | None = None
    settles: int = 0
    cycles: tuple | None = None
    cut_off: int | None = None
    funding: str | tuple[int, int] | None = None
    holdings: str | None = None

    def without_limits(self) -> Arrangement:
        """The same arrangement on the unconstrained path: everything settles at its time."""
        return replace(self, funding="unlimited", holdings="ample")


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


def entered(book: Book) -> list[Instruction]:
    """All instructions in queue order, at their time since the first midnight.

    With given hours, what is earlier than the open enters at the open; its own time still orders it.
    """
    moved = []
    for one in book.instructions:
        typed, opens = one.day * DAY + one.time, hours_of(book, one.day)[0]
        moved.append(replace(one, time=max(typed, opens), typed=typed))
    return sorted(moved, key=lambda one: one.place)


def blocks_of(arrangement: Arrangement, opens: int, closes: int) -> list[int]:
    """Blocks stand at open + j·interval (j = 0, 1, …) before the close, and at the close."""
    return [*range(opens, closes, arrangement.block), closes]


def offset_instants(arrangement: Arrangement, opens: int, closes: int) -> list[int]:
    """The offset is due at open + j·every (j = 1, 2, …) before the close, and at the close."""
    if arrangement.offset_every is None:
        return []
    return [*range(opens + arrangement.offset_every, closes, arrangement.offset_every), closes]


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
