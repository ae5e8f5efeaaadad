"""The calendar of a book under an arrangement: hours, entries, blocks, cycles."""

from __future__ import annotations

from dataclasses import replace

from .book import MINUTE, ONE_POOL, Arrangement, Book, Instruction
from .terms import Leg


def hours_of(book: Book, day: int) -> tuple[int, int]:
    """Open and close of a calendar day, µs since the first midnight.

    Given hours stand, and an instruction later than them moves its day's close. Without them the day
    runs from its first instruction to its last, widened to the minute, which may leave them no
    length. A settlement day past the last trade day keeps the hours given, else the last trade day's.
    """
    midnight = book.midnight(day)
    times = [one.time for one in book.instructions if one.day == day]
    if book.hours:
        opens, closes = book.hours
        late = [up_to_the_minute(time) for time in times if time > closes]
        return midnight + opens, midnight + max([closes, *late])
    if not times:
        times = [one.time for one in book.instructions if one.day == book.trade_days - 1]
    opens = min(times) // MINUTE * MINUTE
    return midnight + opens, midnight + up_to_the_minute(max(times))


def depository_hours(book: Book, trade_day: int, day: int) -> tuple[int, int]:
    """Of a settlement day on which all of a trade day's instructions come at their own time."""
    shift = book.midnight(day) - book.midnight(trade_day)
    (opens, closes), (traded_from, traded_to) = hours_of(book, day), hours_of(book, trade_day)
    return min(opens, traded_from + shift), max(closes, traded_to + shift)


def up_to_the_minute(time: int) -> int:
    return -(-time // MINUTE) * MINUTE


def leg_of(one: Instruction, arrangement: Arrangement) -> Leg | None:
    """The leg whose payers hold the buyer; else the one leg with a share."""
    if arrangement.layer == 2 or not arrangement.legs:
        return None
    for leg in arrangement.legs:
        if one.buyer in leg.payers:
            return leg
    (shared,) = (leg for leg in arrangement.legs if not leg.payers)  # where several share, it is drawn
    return shared


def entered(book: Book, arrangement: Arrangement) -> list[Instruction]:
    """All instructions in the order of the flow, at their entry, in µs since the first midnight.

    With given hours, what is earlier than the open enters at the open; its own time still orders it.
    In layer 3 it enters no earlier than its hold; the clearing house does not know of holds.
    """
    moved = []
    for one in book.instructions:
        midnight = book.midnight(one.day)
        typed = midnight + one.time
        entry = max(typed, hours_of(book, one.day)[0])
        hold = midnight + (one.hold_until or 0)
        held = arrangement.layer == 3 and hold > entry
        leg = leg_of(one, arrangement)
        moved.append(
            replace(
                one,
                time=hold if held else entry,
                typed=typed,
                released=held,
                deadline=None if one.deadline is None else midnight + one.deadline,
                leg=leg and leg.name,
                pool=leg.money if leg else ONE_POOL,
            )
        )
    return sorted(moved, key=lambda one: one.arrival)


def blocks_of(arrangement: Arrangement, opens: int, closes: int) -> list[int]:
    """Blocks stand at open + j·interval (j = 0, 1, …) before the close, and at the close; or as given."""
    if arrangement.block_times is not None:
        return [*sorted(time for time in arrangement.block_times if opens <= time < closes), closes]
    return [*range(opens, closes, arrangement.block), closes]


def instants(every: int, opens: int, closes: int) -> list[int]:
    """What runs every so often is due at open + j·every (j = 1, 2, …) before the close, and at the close."""
    return [*range(opens + every, closes, every), closes]


def cycles_of(arrangement: Arrangement, midnight: int, opens: int, closes: int) -> list[int]:
    """When a settlement day nets: at its cycles, the close always the last, or once, at the cut-off."""
    if arrangement.cycles is None:
        return [closes if arrangement.cut_off is None else midnight + arrangement.cut_off]
    kind, value = arrangement.cycles
    if kind == "every":
        times = list(range(opens + value, closes, value))
    elif kind == "count":
        times = [opens + j * (closes - opens) // value for j in range(1, value)]
    else:
        times = [midnight + time for time in value]
    return [*sorted({time for time in times if time < closes}), closes]
