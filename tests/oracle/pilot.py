"""The pilot of tokenized entitlements: tokens, the omnibus account, what is on its way, event by event.

A unit stands in the book, is on its way, or stands in the omnibus account, where a token is there for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from .book import DAY, Arrangement, Book, Instruction
from .credit import opening_prices
from .hours import hours_of
from .monitor import Monitor
from .terms import ShareRule, TokenEvent
from .wallets import Wallets

Position = tuple[str, str]

DAY_ENDS, ARRIVES, ALL_ALIKE, LISTED = range(4)
"""The order at one instant."""

MOVEMENTS = ("tokenize", "transfer", "reverse", "detokenize")
REFUSALS = ("not_eligible", "no_wallet", "units", "collateral")


@dataclass
class Due:
    """What is to happen, and when it was due first: an outage may put it off."""

    time: int
    rank: int
    since: int
    number: int
    act: Callable[[int], None]
    on_chain: bool = True

    @property
    def turn(self) -> tuple[int, int, int, int]:
        return self.time, self.rank, self.since, self.number


@dataclass
class PilotDay:
    """What a day, from its midnight to the next day's, did; tokens and units on their way as it ended."""

    day: int
    moved: dict[str, dict[str, int]] = field(
        default_factory=lambda: {movement: defaultdict(int) for movement in MOVEMENTS}
    )
    count: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOVEMENTS, 0))
    refused: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REFUSALS, 0))
    outages: int = 0
    outage_time: int = 0
    flagged: int = 0
    fallen_back: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    on_the_way: dict[str, int] = field(default_factory=dict)


@dataclass
class Listing:
    """A row of the journal of events; ``waiting`` are number and cash of the instructions that wait."""

    day: int
    time: int
    event: str
    change: str
    waiting: tuple[int, int]
    member: str | None = None
    to: str | None = None
    security: str | None = None
    units: int | None = None
    asked: int | None = None
    reason: str | None = None


class Pilot:
    """All days of one run, beside the clearing house and the depository.

    ``eligible`` are the securities that may be tokenized, ``wanted`` orders of the instructions under the
    flag.
    """

    def __init__(
        self,
        book: Book,
        arrangement: Arrangement,
        wallets: Wallets,
        flow: list[Instruction],
        eligible: set[str],
        flagged: set[int],
    ) -> None:
        assert arrangement.pilot is not None
        self.terms, self.book, self.wallets, self.eligible = arrangement.pilot, book, wallets, eligible
        self.flow, self.settles = flow, arrangement.settles
        terms = arrangement.book_entry
        self.monitor = Monitor(terms, wallets) if terms and terms.monitor else None
        registered = self.terms.registered
        self.registered = [name for name in wallets.members if registered is None or name in registered]
        self.traded = sorted({one.security for one in flow if one.security is not None})
        self.tokens, self.on_the_way = wallets.tokens, wallets.on_the_way
        self.omnibus: dict[str, int] = defaultdict(int)
        self.days = [PilotDay(day) for day in range(book.trade_days + self.settles)]
        self.stands_until = -1
        self.listed: list[Listing] = []
        self.waiting: Callable[[], list[Instruction]] = list
        self.agenda: list[Due] = []
        self.planned = 0
        self.wanted = self.supported_orders(flagged)
        self.not_yet: dict[Position, int] = {}
        self.plan_all()

    # -- when ---------------------------------------------------------------------------------------------

    def plan_all(self) -> None:
        ends = [self.book.midnight(one.day) for one in self.days[1:]]
        ends.append(self.book.midnight(self.days[-1].day) + DAY)
        for record, end in zip(self.days, ends, strict=True):
            midnight = self.book.midnight(record.day)
            self.plan(end, DAY_ENDS, partial(self.end_day, record), on_chain=False)
            for rule, act in ((self.terms.tokenize, self.all_in), (self.terms.detokenize, self.all_out)):
                if rule is not None and (rule.every_day or record.day == 0):
                    self.plan(midnight + rule.at, ALL_ALIKE, partial(act, rule))
            for one in self.terms.events:
                if one.day in (None, record.day):
                    outage = one.action == "outage"
                    act = self.stand_still if outage else self.do
                    self.plan(midnight + one.time, LISTED, partial(act, one), on_chain=not outage)

    def plan(
        self,
        time: int,
        rank: int,
        act: Callable[[int], None],
        on_chain: bool = True,
        since: int | None = None,
    ) -> None:
        self.planned += 1
        self.agenda.append(Due(time, rank, time if since is None else since, self.planned, act, on_chain))

    def instants(self, until: int) -> Iterator[int]:
        """Every instant up to one at which something was due, once it has been done."""
        while (due := min(self.agenda, key=lambda one: one.turn, default=None)) and due.time <= until:
            yield self.do_all(due.time)

    def advance(self, until: int) -> None:
        for _ in self.instants(until):
            pass

    def do_all(self, now: int) -> int:
        while self.agenda and (due := min(self.agenda, key=lambda one: one.turn)).time <= now:
            self.agenda.remove(due)
            if due.on_chain and now < self.stands_until:
                due.time = self.stands_until
                self.agenda.append(due)
            else:
                due.act(now)
        self.check()
        return now

    def finish(self) -> None:
        """To the end of the last day; what would arrive later stays on its way."""
        self.advance(self.book.midnight(self.days[-1].day) + DAY)

    def check(self) -> None:
        """Tokens of a security are its omnibus balance."""
        for security in self.traded:
            held = sum(count for (_, one), count in self.tokens.items() if one == security)
            assert held == self.omnibus[security]
        assert all(count >= 0 for count in [*self.tokens.values(), *self.on_the_way.values()])

    def today(self, now: int) -> PilotDay:
        begun = [one for one in self.days if self.book.midnight(one.day) <= now]
        return begun[-1]

    def end_day(self, record: PilotDay, _: int) -> None:
        for held, told in ((self.tokens, record.tokens), (self.on_the_way, record.on_the_way)):
            for (_, security), units in held.items():
                told[security] = told.get(security, 0) + units
        if record is self.days[-1]:
            # What would happen at that very instant would be of the next day, which there is not.
            self.agenda.clear()

    def stand_still(self, one: TokenEvent, now: int) -> None:
        end = now + one.lasts
        record = self.today(now)
        record.outages += 1
        record.outage_time += max(0, end - max(now, self.stands_until))
        self.stands_until = max(end, self.stands_until)
        self.tell(now, "outage", "begins")
        self.plan(end, ARRIVES, lambda then: self.tell(then, "outage", "ends"), on_chain=False)

    def tell(self, now: int, event: str, change: str = "", **told) -> None:
        waiting = self.waiting()
        number = len(waiting), sum(one.cash for one in waiting)
        self.listed.append(Listing(self.today(now).day, now, event, change, number, **told))

    # -- by hand ------------------------------------------------------------------------------------------

    def do(self, one: TokenEvent, now: int) -> None:
        told = {"member": one.member, "to": one.to, "security": one.security, "asked": one.units}
        if one.action == "detokenize" and self.put_off(now, partial(self.do, one), LISTED):
            self.tell(now, one.action, units=0, reason="cut_off", **told)
            return
        reason = self.refusal(one)
        moved = 0
        if reason is None:
            key = (one.member, one.security)
            there = (self.wallets.units if one.action == "tokenize" else self.tokens)[key]
            if one.action == "tokenize":
                moved = self.leave_book([(key, one.units)], now, told)
            elif one.action == "detokenize":
                moved = self.burn([(key, one.units)], now, told)
            else:
                moved = self.hand_over(one, now)
            if moved < one.units:
                reason = "collateral" if moved < min(one.units, there) else "units"
        if moved == 0:
            self.today(now).refused[reason] += 1
        begins = moved > 0 and one.action in ("tokenize", "detokenize")
        self.tell(now, one.action, "begins" if begins else "", units=moved, reason=reason, **told)

    def refusal(self, one: TokenEvent) -> str | None:
        """Why nothing at all can move."""
        if one.member not in self.wallets.members or one.security not in self.traded:
            return "units"
        if one.security not in self.eligible:
            return "not_eligible"
        if one.member not in self.registered or one.to not in (None, *self.registered):
            return "no_wallet"
        return None

    def hand_over(self, one: TokenEvent, now: int) -> int:
        key = (one.member, one.security)
        moved = min(one.units, self.tokens[key])
        if self.monitor is not None and one.action == "transfer":
            moved = self.allowed(one.member, self.monitor.token_value(one.security), moved)
        self.tokens[key] -= moved
        self.tokens[one.to, one.security] += moved
        self.count(one.action, one.security, moved, now)
        return moved

    def put_off(self, now: int, act: Callable[[int], None], rank: int) -> bool:
        """Past the cut-off it is done at the next open, and after the last day's never."""
        day = self.today(now).day
        cut_off = self.terms.cut_off
        if cut_off is None or now <= self.book.midnight(day) + cut_off:
            return False
        if day < self.days[-1].day:
            self.plan(hours_of(self.book, day + 1)[0], rank, act)
        return True

    # -- all alike ----------------------------------------------------------------------------------------

    def in_order(self, positions) -> list[Position]:
        """By security, then by member."""
        members = self.wallets.members
        return sorted(positions, key=lambda key: (self.traded.index(key[1]), members.index(key[0])))

    def all_in(self, rule: ShareRule, now: int) -> None:
        positions = [(name, security) for name in self.registered for security in self.eligible]
        asked = [(key, int(rule.share * self.wallets.units[key])) for key in self.in_order(positions)]
        moved = self.leave_book(asked, now, {})
        if moved:
            self.tell(now, "tokenize", "begins", units=moved)

    def all_out(self, rule: ShareRule, now: int) -> None:
        if self.put_off(now, partial(self.all_out, rule), ALL_ALIKE):
            return
        asked = [(key, int(rule.share * self.tokens[key])) for key in self.in_order([*self.tokens])]
        moved = self.burn(asked, now, {})
        if moved:
            self.tell(now, "detokenize", "begins", units=moved)

    # -- orders under the flag ----------------------------------------------------------------------------

    def supported_orders(self, flagged: set[int]) -> set[int]:
        """Of those drawn, what units move between two members of; what cannot falls back."""
        found = set()
        for one in self.flow:
            if one.order in flagged and one.units > 0 and not one.internalised:
                self.days[one.day].flagged += 1
                if one.security in self.eligible and one.buyer in self.registered:
                    found.add(one.order)
                else:
                    self.days[one.day].fallen_back += 1
        return found

    def after_cycle(
        self,
        now: int,
        due: list[Instruction],
        before: dict[Position, int],
        still_open: dict[Position, int] | None,
    ) -> None:
        """Of what each position received, what was bought under the flag; with carry the rest is wanted
        later, as far as it is still to be received."""
        wanted: dict[Position, int] = defaultdict(int, self.not_yet)
        for one in due:
            if one.order in self.wanted:
                wanted[one.buyer, one.security] += one.units
        taken, self.not_yet = [], {}
        for key in self.in_order(wanted):
            units = min(wanted[key], max(0, self.wallets.units[key] - before.get(key, 0)))
            taken.append((key, units))
            if still_open is not None:
                self.not_yet[key] = min(wanted[key] - units, max(0, still_open.get(key, 0)))
        self.tokenize_orders(taken, now)

    def after_delivery(self, now: int, one: Instruction) -> None:
        if one.order in self.wanted:
            self.tokenize_orders([((one.buyer, one.security), one.units)], now)

    def tokenize_orders(self, taken: list[tuple[Position, int]], now: int) -> None:
        if now < self.stands_until:
            self.plan(self.stands_until, ALL_ALIKE, partial(self.tokenize_orders, taken), since=now)
        else:
            self.leave_book(taken, now, None)

    # -- between book and wallet --------------------------------------------------------------------------

    def leave_book(self, asked: list[tuple[Position, int]], now: int, told: dict | None) -> int:
        """Units held leave the book, position by position; how many. ``told`` None: no row as they arrive."""
        left = []
        for key, units in asked:
            moved = min(units, max(0, self.wallets.units[key]))
            if self.monitor is not None:
                lost = self.monitor.unit_value(key[1]) - self.monitor.token_value(key[1])
                moved = self.allowed(key[0], lost, moved)
            self.wallets.units[key] -= moved
            self.on_the_way[key] += moved
            self.count("tokenize", key[1], moved, now)
            left.append((key, moved))

        def mint(then: int) -> None:
            for key, moved in left:
                self.on_the_way[key] -= moved
                self.omnibus[key[1]] += moved
                self.tokens[key] += moved
            if told is not None:
                self.tell(then, "tokenize", "ends", units=sum(moved for _, moved in left), **told)

        total = sum(moved for _, moved in left)
        if total:
            self.plan(now + self.terms.minting, ARRIVES, mint)
        return total

    def burn(self, asked: list[tuple[Position, int]], now: int, told: dict) -> int:
        burnt = []
        for key, units in asked:
            moved = min(units, self.tokens[key])
            self.tokens[key] -= moved
            self.omnibus[key[1]] -= moved
            self.on_the_way[key] += moved
            self.count("detokenize", key[1], moved, now)
            burnt.append((key, moved))

        def enter_book(then: int) -> None:
            for key, moved in burnt:
                self.on_the_way[key] -= moved
                self.wallets.units[key] += moved
            self.tell(then, "detokenize", "ends", units=sum(moved for _, moved in burnt), **told)

        total = sum(moved for _, moved in burnt)
        if total:
            self.plan(now + self.terms.returning, ARRIVES, enter_book)
        return total

    def allowed(self, member: str, value: int, units: int) -> int:
        """Units of such a value that a member can give up with its monitor not below 0."""
        return units if value == 0 else min(units, max(0, self.monitor.of(member)) // value)

    def count(self, movement: str, security: str, units: int, now: int) -> None:
        record = self.today(now)
        record.count[movement] += units > 0
        record.moved[movement][security] += units

    # -- what it comes to ---------------------------------------------------------------------------------

    def prices(self, day: int) -> dict[str, Fraction]:
        """Σ cash / Σ units of what is due on a settlement day; of what is not traded then the last there was.

        What is only given free is not traded; what was never traded is worth its opening price.
        """
        found = {security: Fraction(price) for security, price in opening_prices(self.book).items()}
        for traded_on in range(day - self.settles + 1):
            for security in self.traded:
                due = [one for one in self.flow if one.day == traded_on and one.security == security]
                cash, units = sum(one.cash for one in due), sum(one.units for one in due)
                if cash and units:
                    found[security] = Fraction(cash, units)
        return found

    def value(self, units: dict[str, int], day: int) -> int:
        prices = self.prices(day)
        return sum(round(count * prices.get(security, 0)) for security, count in units.items())

    def measures(self, day: int) -> dict[str, int]:
        record = self.days[day]
        return {
            "tokenized_value": self.value(record.tokens, day),
            "token_transfers": record.count["transfer"],
            "token_reversals": record.count["reverse"],
        }

    def row(self, record: PilotDay) -> dict:
        """A day as the table of pilots tells it."""
        names = {
            "tokenize": "tokenizations",
            "transfer": "transfers",
            "reverse": "reversals",
            "detokenize": "detokenizations",
        }
        found = {
            "tokenized_value": self.value(record.tokens, record.day),
            "tokens": sum(record.tokens.values()),
            "on_the_way": sum(record.on_the_way.values()),
            "tokenized_securities": sum(count > 0 for count in record.tokens.values()),
            "wallets": len(self.registered),
            "outages": record.outages,
            "outage_minutes": record.outage_time / 60_000_000,
            "orders_flagged": record.flagged,
            "orders_fallen_back": record.fallen_back,
        }
        for movement, name in names.items():
            found[name] = record.count[movement]
            found[f"{name}_value"] = self.value(record.moved[movement], record.day)
        return found | {f"refused_{reason}": count for reason, count in record.refused.items()}
