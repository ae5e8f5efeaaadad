"""The reference: settle a small book under an arrangement, slowly and plainly.

It stands beside section 4 of the design, in plain dictionaries, integers and fractions, and shares no
code with the simulator. Read `settle`, then `gross.py` or `netting.py`.

Where the design leaves a choice, the reference reads it so:

* an internalised instruction takes its turn in the loop like any other, and is always feasible;
* strict FIFO queues behind those that need the same cash, or units of the same position;
* what kept an instruction waiting is what it met when first tested, in that event's loop or never;
  under strict FIFO, standing behind another comes before a shortage of its own;
* given hours: an early instruction enters at the open but queues by its own time, a late one moves the
  close to the end of its minute; a hold moves no hours;
* a settlement day past the last trade day keeps the given hours, else the last trade day's;
* what a netting cycle withheld waits from its cycle to the close; a mean over days is over those that have
  the figure;
* settlement lag is over what settled; trade time is the time moved into the hours;
* continuous: an instruction was held if its hold is later than its time moved into the hours;
* a deadline is of the trade day; a part is late or not like an instruction of its size, and so is what
  remains; at the clearing house nothing is told to be late;
* rules and windows due at one instant make one event; the unconstrained path knows none of them;
* the bilateral offset's two sequences hold every instruction of a direction, free deliveries too;
* gridlock is told by what can be used at the day's last event: receipts freed after it do not count;
* unlimited funding owes nobody: its credit not repaid is nothing;
* a loan with a tenor is repaid when due or at the close, never by inflow;
* loans are repaid or rolled at their minute before anything settles or is freed then, at the close too;
* loans of cash run to the close, and to their members' receipts freed there;
* a unit borrowed is returned when the units received can be used; lending limits are shares of the holding
  given, before any pledge; a loan of securities open overnight is charged from the next open;
* a pledge is taken once, of the holding given, and stays.

Of the chain, its cash and its members:

* all that a phase does at one instant is one event: what it lists in its order, then the loop once;
* blocks alone include and free; between blocks an event settles only what is in the queue already, and only
  where there is no capacity;
* a fault that runs to the close, or past it, ends with the day, and nothing settles after it; one that ends
  by the open never was; of two congestions the narrower holds; faults are of one day, registration and
  freezing last until they are changed;
* a wallet event before the open is of the open, one after the close is done then, and settles nothing;
* a member's silence stops what it is to pay and deliver, not its treasurer; an outage does not stop wallets,
  forced transfers and redemptions;
* what is refused is so at its first event; frozen alone, it waits;
* rules see, and count for `longer_than`, what no wallet or fault keeps away now; groups are formed without
  regard to room; two members are a pair in each pool by itself;
* gridlock is told by cash and units, what is held back from groups included, and not by room: it leaves out
  what wallets and faults keep away at the close;
* pools are apart in every measure of cash but net_debit, which is of what a member owes in all;
* the pool's first leg speaks for it in hours, days, minting, supply, freezing of minting, rate and kind;
* who pays in a leg that does not lend has no use of a credit limit, which then stands by share in those that
  do, or nowhere;
* a leg is open at the first and at the last instant of its hours; a redemption is at once at any hour;
* a mint that takes no time comes in the event that asks for it, before its loop; one that would come while
  there is no day comes at the next open; one that an outage or a frozen leg holds comes in the event that
  ends the last of them;
* topped_up is what came, top_up_refused what was asked for less what was granted; what is cancelled counts
  in neither;
* treasurers see all accounts before any of them acts; they top up, then redeem, then set what they hold
  back, which stands until they act again; opening is with net top-ups, of now; idle members have none;
* what is held back concerns what the buyer pays, not the headroom that a seller's collateral leaves;
* liquidity_hours and holding cost are of what was brought: the opening for 24 hours, top-ups less
  redemptions to the next midnight; without limits, holding cost is of the need; half to even by account;
  peak supply is of each pool by itself, at the moment when most had been brought;
* balances that carry over a night carry what was drawn, drawn anew in order at the open; the outflow path
  begins the day where it stood;
* a fee is rounded half to even by member and day, over all its purchases;
* a member's history is of the unconstrained path, over all its accounts; expected outflow is
  rounded down, and so is a share of it.

Of fails that are carried forward:

* the order of a day's longs is drawn before it, and handed to the reference;
* a security keeps its last settlement price; marks of a day are net over a member's positions and cycles;
* at night nothing is due of the same day's trades, and no instruction is told to settle;
* carried and open value are at the day's last price, and count in what there was to settle; between two
  cycles of a day what is open waits at the first one's price, and the oldest wait ends first;
* without limits a night cycle delivers all that is due and known, exempted or not; its cash is the day's;
* a buy-in is paid with the last cycle; its premium is rounded once by short position;

Of book entry, beside the netted flow:

* a delivery comes at its own time of the settlement day; approval is a hold, of what two members trade;
* what a share of goes there is drawn by place in the flow, and handed to the reference;
* at one instant: progress payments, arrivals one by one, the look-ahead, the cycle, each with the loop; then
  what has cash is dropped; then money settles, and balances are what they were at the open: before the close
  with the loop, of free deliveries that wait for a monitor;
* the day runs from the earlier open to the later close of the trade and the settlement day, so that all of a
  trade day's instructions fit, and so that its close is that of the netted trades beside them too;
* a balance may fall to the cap, a monitor to nothing; what raises either is not stopped; limits of the
  funding count for nothing; a cycle's payments are not stopped;
* pairs are sought once, from the head, each with the first after it that it can complete with; progress is
  from above a share of the cap;
* what could settle together of what is dropped may bring free deliveries that wait with it;
* what never enters waited for its hold, for no time;

Of the pilot:

* its instants come before all else of theirs, each with the loop; a day tells what began on it;
* whether it is past the cut-off is asked first of all; what is put off is then due at the open, after what is
  listed there; what an outage puts off was due when it would have been done;
* a security that is only given free of payment on a day is not traded on it;
* a delivery under the flag is tokenized after the event and loop with which it settles; what it then holds;
* a put-off rule, and orders, are told in no row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil

from . import house_measures
from .book import Account, Arrangement, Book, Instruction
from .book_entry import BookEntryDay
from .continuous import ContinuousDay, House, Open
from .credit import FacilityDay
from .gross import Fate, GrossDay
from .hours import depository_hours, entered, hours_of
from .house_measures import Settled
from .measuring import Measures, day_measures, waits
from .netting import Fail, NettingDay
from .pilot import Pilot
from .wallets import Wallets


@dataclass
class SettlementDay:
    """One settlement day: fates in settlement order (the unsettled last), balances, measures.

    ``locked_cash`` is what of all members' waits to be used, from each event on; ``delivered`` are orders of
    instructions that settle by book entry.
    """

    day: int
    fates: list[Fate]
    fails: list[Fail]
    cash_before_squaring: dict[str, int]
    accounts_before_squaring: dict[Account, int]
    holdings: dict[tuple[str, str], int]
    measures: Measures
    waits: list[tuple[int, int]]
    facilities: list[FacilityDay]
    locked_cash: list[tuple[int, int]]
    still_open: list[Open]
    payments: list[dict[Account, int]]
    delivered: set[int]

    @property
    def sequence(self) -> list[int]:
        return [fate.instruction.order for fate in self.fates if fate.settled_at is not None]

    def parts(self, order: int) -> list[tuple[int, int, int | None]]:
        """Units, cash and settlement time of every part of an instruction, and of what remains."""
        rows = [fate for fate in self.fates if fate.instruction.order == order]
        return [(row.instruction.units, row.instruction.cash, row.settled_at) for row in rows]

    def settled_at(self, order: int) -> int | None:
        return next(fate.settled_at for fate in self.fates if fate.instruction.order == order)

    def waited_for(self, order: int) -> str | None:
        return next(fate.waited_for for fate in self.fates if fate.instruction.order == order)


Served = Callable[[int], list[str]]
"""By settlement day, all members in the random order in which longs of one priority and age are served."""


Drawn = Callable[[int, int], bool]
"""Whether the instruction of a trade day at a place in the flow, from 0, is of those drawn."""


@dataclass(frozen=True)
class Draws:
    """What is drawn and handed to the reference; None: nothing is, and by lot is as listed.

    ``routed`` are those that go by book entry, ``flagged`` those whose buyer wants tokens, ``eligible`` all
    traded securities in the order in which a pilot takes them.
    """

    served: Served | None = None
    routed: Drawn | None = None
    flagged: Drawn | None = None
    eligible: list[str] | None = None


def settle(book: Book, arrangement: Arrangement, served: Served | None = None) -> list[SettlementDay]:
    """Every settlement day of the book under the arrangement, in order."""
    days, _ = settle_drawn(book, arrangement, Draws(served))
    return days


def settle_drawn(
    book: Book, arrangement: Arrangement, draws: Draws
) -> tuple[list[SettlementDay], Pilot | None]:
    """Every settlement day, and the pilot that ran beside them."""
    house = House()
    flow = entered(book, arrangement)
    actual = Wallets(book, arrangement)
    unconstrained = Wallets(book, arrangement.without_limits())
    routed = routed_to_deliveries(flow, arrangement, draws.routed)
    pilot = open_pilot(book, arrangement, actual, flow, draws)
    days = []
    for trade_day in range(book.trade_days):
        # Layer 3 settles on the trade date, layer 2 its n of T+n later.
        day = trade_day + (arrangement.settles if arrangement.layer == 2 else 0)
        due = [one for one in flow if one.day == trade_day]
        house.served = actual.members if draws.served is None else draws.served(day)
        settle_one = partial(settle_day, book, arrangement, day, trade_day, due, routed)
        days.append(settle_one(actual, unconstrained, house, pilot))
    if pilot is not None:
        pilot.finish()
    for day in days:
        day.measures.figures |= pilot.measures(day.day) if pilot else dict.fromkeys(PILOT_MEASURES, 0)
    return days, pilot


PILOT_MEASURES = ("tokenized_value", "token_transfers", "token_reversals")


def open_pilot(
    book: Book, arrangement: Arrangement, wallets: Wallets, flow: list[Instruction], draws: Draws
) -> Pilot | None:
    terms = arrangement.pilot
    if terms is None:
        return None
    eligible = traded = {one.security for one in flow if one.security is not None}
    if isinstance(terms.eligible, Fraction):
        eligible = set(draws.eligible[: ceil(terms.eligible * len(traded))])
    elif terms.eligible is not None:
        eligible = traded & set(terms.eligible)
    flagged = set()
    if terms.orders is not None:
        flagged = {one.order for place, one in enumerate(flow) if draws.flagged(one.day, place)}
    return Pilot(book, arrangement, wallets, flow, eligible, flagged)


def routed_to_deliveries(flow: list[Instruction], arrangement: Arrangement, drawn: Drawn | None) -> set[int]:
    """Orders of what is delivered by book entry."""
    terms = arrangement.book_entry
    if terms is None:
        return set()
    return {
        one.order
        for place, one in enumerate(flow)
        if (terms.takes_in(one.buyer, one.seller) if terms.share is None else drawn(one.day, place))
    }


def settle_day(
    book: Book,
    arrangement: Arrangement,
    day: int,
    trade_day: int,
    due: list[Instruction],
    routed: set[int],
    actual: Wallets,
    unconstrained: Wallets,
    house: House,
    pilot: Pilot | None,
) -> SettlementDay:
    """One day on both paths: with its limits, and with none."""
    hours = hours_of(book, day) if not arrangement.book_entry else depository_hours(book, trade_day, day)
    actual.open_day(day)
    unconstrained.open_day(day)
    run = partial(settle_path, book=book, days=(trade_day, day), due=due, routed=routed)
    settled = run(arrangement, actual, house=house, pilot=pilot)
    # Everything is delivered on this path, so that nothing is carried.
    run(arrangement.without_limits(), unconstrained, house=House(actual.members))
    actual.credit.close()
    netted = house_measures.netted_part(settled)
    booked = isinstance(settled, BookEntryDay)
    before_squaring = settled.balances if booked else dict(actual.cash)
    found = SettlementDay(
        day=day,
        fates=settled.fates,
        fails=netted.fails if netted else [],
        cash_before_squaring={
            member: sum(cash for (name, _), cash in before_squaring.items() if name == member)
            for member in actual.members
        },
        accounts_before_squaring=before_squaring,
        holdings={key: units for key, units in actual.units.items() if units},
        measures=day_measures(due, settled, actual, unconstrained, hours),
        waits=waits(settled, hours[1]),
        facilities=actual.credit.facility_days(*hours),
        locked_cash=actual.locked_from,
        still_open=netted.still_open if isinstance(netted, ContinuousDay) else [],
        payments=netted.payments if netted else [],
        delivered=set(settled.traded) if booked else set(),
    )
    for member in actual.members:
        peak = sum(fall for (name, _), fall in unconstrained.largest_fall.items() if name == member)
        actual.members_funding.peaks[member].append(peak)
    actual.close_day(day)
    unconstrained.close_day(day)
    return found


def settle_path(
    arrangement: Arrangement,
    wallets: Wallets,
    book: Book,
    days: tuple[int, int],
    due: list[Instruction],
    routed: set[int],
    house: House,
    pilot: Pilot | None = None,
) -> Settled:
    """On one path; ``days`` are the trade day and the settlement day."""
    trade_day, day = days
    hours, midnight = hours_of(book, day), book.midnight(day)
    if arrangement.layer == 3:
        gross = GrossDay(arrangement, wallets)
        gross.settle(due, *hours)
        return gross
    plain = arrangement.carry is None
    if plain:
        netted = NettingDay(arrangement, wallets, pilot)
    else:
        netted = ContinuousDay(arrangement, wallets, house, pilot)
    if arrangement.book_entry is None:
        netted.settle(due, midnight, *hours)
        return netted
    booked = BookEntryDay(arrangement, wallets, netted)
    booked.settle(
        [one for one in due if one.order in routed],
        [one for one in due if one.order not in routed],
        (book.midnight(trade_day), midnight),
        depository_hours(book, trade_day, day),
    )
    return booked
