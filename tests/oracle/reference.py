"""The reference: settle a small book under an arrangement, slowly and plainly.

It stands beside section 4 of the design, in plain dictionaries, integers and fractions, and shares no
code with the simulator. Read `settle`, then `gross.py` or `netting.py`.

Where the design leaves a choice, the reference reads it so:

* an internalised instruction takes its turn in the loop like any other, and is always feasible;
* strict FIFO queues behind those that need the same cash, or units of the same position;
* what kept an instruction waiting is what it met when first tested, in that event's loop or never;
  under strict FIFO, standing behind another comes before a shortage of its own;
* given hours: an early instruction enters at the open but queues by its own time, a late one moves the
  close to the end of its minute;
* a settlement day past the last trade day keeps the given hours, else the last trade day's;
* what a netting cycle withheld waits from its cycle to the close; a mean over days is over those that have
  the figure;
* settlement lag is over what settled; trade time is the time moved into the hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from .book import Arrangement, Book, Instruction, entered, hours_of
from .gross import Fate, GrossDay
from .measuring import Measures, day_measures, waits
from .netting import Fail, NettingDay
from .wallets import Wallets


@dataclass
class SettlementDay:
    """One settlement day: fates in settlement order (the unsettled last), balances, measures."""

    day: int
    fates: list[Fate]
    sequence: list[int]
    fails: list[Fail]
    cash_before_squaring: dict[str, int]
    holdings: dict[tuple[str, str], int]
    measures: Measures
    waits: list[tuple[int, int]]

    @property
    def settled(self) -> set[int]:
        return set(self.sequence)

    def settled_at(self, order: int) -> int | None:
        return next(fate.settled_at for fate in self.fates if fate.instruction.order == order)

    def waited_for(self, order: int) -> str | None:
        return next(fate.waited_for for fate in self.fates if fate.instruction.order == order)


def settle(book: Book, arrangement: Arrangement) -> list[SettlementDay]:
    """Every settlement day of the book under the arrangement, in order."""
    flow = entered(book)
    actual = Wallets(book, arrangement)
    unconstrained = Wallets(book, arrangement.without_limits())
    days = []
    for trade_day in range(book.trade_days):
        # Layer 3 settles on the trade date, layer 2 its n of T+n later.
        day = trade_day + (arrangement.settles if arrangement.layer == 2 else 0)
        due = [one for one in flow if one.day == trade_day]
        days.append(settle_day(book, arrangement, day, due, actual, unconstrained))
    return days


def settle_day(
    book: Book,
    arrangement: Arrangement,
    day: int,
    due: list[Instruction],
    actual: Wallets,
    unconstrained: Wallets,
) -> SettlementDay:
    """One day on both paths: with its limits, and with none."""
    hours = hours_of(book, day)
    actual.open_day()
    unconstrained.open_day()
    settled = run(arrangement, actual, day, due, hours)
    run(arrangement.without_limits(), unconstrained, day, due, hours)
    fates = [settled.fates[order] for order in settled.sequence]
    fates += [fate for fate in settled.fates.values() if fate.settled_at is None]
    fails = settled.fails if arrangement.layer == 2 else None
    return SettlementDay(
        day=day,
        fates=fates,
        sequence=settled.sequence,
        fails=fails or [],
        cash_before_squaring=dict(actual.cash),
        holdings={key: units for key, units in actual.units.items() if units},
        measures=day_measures(due, fates, fails, actual, unconstrained, hours),
        waits=waits(fates, fails or [], hours[1]),
    )


def run(
    arrangement: Arrangement, wallets: Wallets, day: int, due: list[Instruction], hours: tuple[int, int]
) -> GrossDay | NettingDay:
    if arrangement.layer == 2:
        netting = NettingDay(arrangement, wallets)
        netting.settle(due, day, *hours)
        return netting
    gross = GrossDay(arrangement, wallets)
    gross.settle(due, *hours)
    return gross
