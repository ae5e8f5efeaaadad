"""The reference of margin: what is asked for, what is at stake, and what a default takes, slowly and plainly.

It reads what is unsettled from `unsettled.py`, computes in fractions, and takes roots and the normal quantile
in decimals of fifty digits, so that a figure is rounded once, half to even.

Where the rules leave a choice, the reference reads them so:

* a payment that names no security is novated too: it counts in what is to be paid, and in marks;
* an internalised trade moves nothing, but is in the price;
* at a night cycle units move and are no position any more; what is to be paid for them, and the marks, stay
  payable until the day's cycle, and count wherever cash to be paid does;
* fails, and what a night left unpaid, fall due with the earliest date traded that has a cycle to come;
* where the last cycle is later than the close there is a reading at either;
* who fails has what it deposited by then, what is called at that very reading and there at once included;
* what others bear is by largest remainders, first listed first, as supplemental deposits are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from .book import DAY, HOUR, Book
from .hours import hours_of
from .margin_terms import MarginTerms
from .unsettled import BetweenMembers, Unsettled, readings

DIGITS = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")

Default = tuple[int, int, str, str, str | None, int]
"""Day, time, who failed, item, who pays or bears it, amount."""


def decimal_of(value: Fraction | int) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(Fraction(value).numerator) / Fraction(value).denominator


def whole(value: Decimal) -> int:
    """To whole minor units, half to even."""
    return int(value.to_integral_value(ROUND_HALF_EVEN))


@lru_cache
def quantile(confidence: Fraction) -> Decimal:
    """Standard deviations below which a standard normal lies with this probability, by Newton's steps.

    From below, where the distribution function is concave, they rise to the root. P(X ≤ z) is
    ½ + density × (z + z³/3 + z⁵/15 + …).
    """
    with localcontext(prec=DIGITS + 10):
        z = Decimal(0)
        for _ in range(60):
            density = (-z * z / 2).exp() / (2 * PI).sqrt()
            term, total, odd = z, z, 1
            while abs(term) > Decimal(10) ** -(DIGITS + 8):
                odd += 2
                term *= z * z / odd
                total += term
            below = Decimal(1) / 2 + density * total
            z += (decimal_of(confidence) - below) / density
        return z


def deviation(worth: dict[str, int], terms: MarginTerms) -> Decimal:
    """A day's standard deviation of positions: one factor moves all securities, the rest of each is its own.

    100 of either of two, at 1 % and ρ = 0: √2; at ρ = 1: 2, and 0 where one is short.
    """
    moves = [value * terms.sigma(security) for security, value in worth.items()]
    rho = terms.correlation
    variance = rho * sum(moves) ** 2 + (1 - rho) * sum(one**2 for one in moves)
    with localcontext(prec=DIGITS):
        return decimal_of(variance).sqrt()


def exposure(worth: dict[str, int], terms: MarginTerms) -> int:
    """What is lost in a day at the confidence."""
    with localcontext(prec=DIGITS):
        return whole(quantile(terms.confidence) * deviation(worth, terms))


def at_risk(worth: dict[str, int], terms: MarginTerms) -> int:
    """What is lost over the days of a close-out at the confidence."""
    with localcontext(prec=DIGITS):
        return whole(quantile(terms.confidence) * Decimal(terms.horizon).sqrt() * deviation(worth, terms))


def moved(worth: dict[str, int], terms: MarginTerms) -> int:
    """What a shock of so many standard deviations costs over the days of a close-out."""
    assert terms.failing is not None
    with localcontext(prec=DIGITS):
        shock = decimal_of(terms.failing.shock)
        return whole(shock * Decimal(terms.horizon).sqrt() * deviation(worth, terms))


def gap(worth: dict[str, int], terms: MarginTerms) -> int:
    """A share of the largest position and of the next, where the largest is a large part of all."""
    if terms.gap is None:
        return 0
    above, first, second = terms.gap
    sizes = sorted((abs(value) for value in worth.values()), reverse=True)
    largest, following = [*sizes, 0, 0][:2]
    return round(first * largest + second * following) if largest > above * sum(sizes) else 0


def required(worth: dict[str, int], to_pay: int, terms: MarginTerms) -> int:
    """Value at risk, gap risk, and what the positions have lost since they were agreed."""
    marks = max(0, to_pay - sum(worth.values()))
    return max(terms.minimum, at_risk(worth, terms) + gap(worth, terms) + marks)


def shared_out(amount: int, weights: dict[str, int]) -> dict[str, int]:
    """Pro rata in whole units: the largest remainders get one more, the first listed first."""
    total = sum(weights.values())
    if total == 0:
        return dict.fromkeys(weights, 0)
    exact = {name: Fraction(amount * weight, total) for name, weight in weights.items()}
    found = {name: part.numerator // part.denominator for name, part in exact.items()}
    by_remainder = sorted(weights, key=lambda name: found[name] - exact[name])
    for name in by_remainder[: amount - sum(found.values())]:
        found[name] += 1
    return found


@dataclass
class Deposits:
    """What members have at the clearing house through a day, and what has been called and is to come."""

    terms: MarginTerms
    of: dict[str, int]
    arriving: list[tuple[int, str, int]] = field(default_factory=list)
    never_today: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    called: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    buffer: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    uncovered: int = 0

    @property
    def arrives(self) -> int | None:
        """Tokens that are worth nothing for settlement are replaced by cash at the next open."""
        return self.terms.arrives if self.terms.settlement_value > 0 else None

    def read(self, time: int, wanted: dict[str, int]) -> None:
        """What has arrived is deposited, what is short is told, what lacks is called."""
        for arrival in [one for one in self.arriving if one[0] <= time]:
            self.arriving.remove(arrival)
            self.of[arrival[1]] += arrival[2]
        short = {member: max(0, wanted[member] - self.of[member]) for member in self.of}
        for member, lacking in short.items():
            self.buffer[member] = max(self.buffer[member], lacking)
        self.uncovered = max(self.uncovered, sum(short.values()))
        if self.terms.calls is not None:
            for member in self.of:
                self.call(time, member, wanted[member])

    def call(self, time: int, member: str, wanted: int) -> None:
        coming = sum(amount for _, name, amount in self.arriving if name == member)
        expected = self.of[member] + coming + self.never_today[member]
        due = max(0, wanted - expected)
        if due <= self.terms.calls * expected // 1:
            return
        self.called[member] += due
        if self.arrives is None:
            self.never_today[member] += due
        elif self.arrives == 0:
            self.of[member] += due
        else:
            self.arriving.append((time + self.arrives, member, due))


@dataclass
class MarginDay:
    """The measures of a settlement day, of the system and by member."""

    day: int
    figures: dict[str, int]
    by_member: dict[str, dict[str, int]]


class Reading:
    """Margin of one arrangement of one book, day by day."""

    def __init__(self, book: Book, terms: MarginTerms, unsettled: Unsettled) -> None:
        self.book, self.terms, self.unsettled = book, terms, unsettled
        self.members = book.active
        self.cleared = not isinstance(unsettled, BetweenMembers)
        self.required = dict.fromkeys(self.members, terms.minimum)
        self.at_risk = dict.fromkeys(self.members, 0)
        self.overnight = dict.fromkeys(self.members, 0)
        self.overnight_value = 0
        self.days: list[MarginDay] = []
        self.defaults: list[Default] = []
        for day in unsettled.days():
            self.days.append(self.read_day(day))

    def read_day(self, day: int) -> MarginDay:
        """Deposits and needs at every reading, exposure in lines between them."""
        fails_at = self.fails_at(day)
        events = self.unsettled.events(day)
        times = readings(self.book, day, self.terms.every, events, fails_at)
        self.deposits = Deposits(self.terms, dict(self.required))
        asked, risk = dict(self.required), dict(self.at_risk)
        area, value_area = dict.fromkeys(self.members, Fraction(0)), Fraction(0)
        since, left, left_value = self.book.midnight(day), self.overnight, self.overnight_value
        peak, worst = 0, ({}, 0)
        for time in times:
            now, value = self.exposures(time), self.value(time)
            peak = max(peak, sum(now.values()))
            if time == times[0]:
                left, left_value = dict(self.overnight), self.overnight_value
                before, before_value = left, left_value  # as the night began, so it ends
            else:
                before, before_value = now, value
            for member in self.members:
                area[member] += Fraction(left[member] + before[member], 2) * (time - since)
            value_area += Fraction(left_value + before_value, 2) * (time - since)
            if self.cleared:
                self.deposits.read(time, self.requirements(time))
                worst = max(worst, (self.needs(time), sum(self.deposits.of.values())), key=largest_need)
            if time == fails_at:
                self.default(day, time)
            left, left_value, since = now, value, time
            if self.unsettled.settles_at(time):
                left, left_value = self.exposures(time, after=True), self.value(time, after=True)
        rest = self.book.midnight(day) + DAY - since
        for member in self.members:
            area[member] += left[member] * rest
        value_area += left_value * rest
        self.overnight, self.overnight_value = left, left_value
        figures = {
            "unsettled_exposure_peak": peak,
            "unsettled_hours": round(Fraction(value_area // 1, HOUR)),
        }
        by_member = {
            member: {"unsettled_exposure": round(Fraction(area[member] // 1, DAY))} for member in self.members
        }
        if self.cleared:
            self.ask(times[-1])
            figures |= {"margin_uncovered": self.deposits.uncovered, **self.cover(*worst, by_member)}
            for member, row in by_member.items():
                row |= self.of_deposits(member, asked, risk)
        names = {name for row in by_member.values() for name in row}
        figures |= {name: sum(row[name] for row in by_member.values()) for name in names}
        return MarginDay(day, figures, by_member)

    def fails_at(self, day: int) -> int | None:
        failing = self.terms.failing
        if failing is None or failing.day != day:
            return None
        return hours_of(self.book, day)[1] if failing.time is None else self.book.midnight(day) + failing.time

    def exposures(self, time: int, after: bool = False) -> dict[str, int]:
        """Of each member; a pair's counts with both."""
        found = dict.fromkeys(self.members, 0)
        for owner, worth in self.unsettled.worth(time, after).items():
            for member in owner:
                found[member] += exposure(worth, self.terms)
        return found

    def value(self, time: int, after: bool = False) -> int:
        positions = self.unsettled.worth(time, after).values()
        return sum(abs(value) for worth in positions for value in worth.values())

    def requirements(self, time: int, after: bool = False) -> dict[str, int]:
        worth, payable = self.unsettled.worth(time, after), self.unsettled.payable(time, after)
        return {m: required(worth[m,], sum(payable[m].values()), self.terms) for m in self.members}

    def ask(self, closing: int) -> None:
        """The closing reading, after all that settles then, sets what the next day begins with."""
        self.required = self.requirements(closing, after=True)
        worth = self.unsettled.worth(closing, after=True)
        self.at_risk = {member: at_risk(worth[member,], self.terms) for member in self.members}

    def of_deposits(self, member: str, asked: dict[str, int], risk: dict[str, int]) -> dict[str, int]:
        counts = (1 - self.terms.haircut) * self.terms.settlement_value or Fraction(1)
        buffer = self.deposits.buffer[member]
        return {
            "margin": asked[member],
            "margin_at_risk": risk[member],
            "margin_called": self.deposits.called[member],
            "margin_buffer": buffer,
            "margin_collateral": -int(-(asked[member] + buffer) / counts // 1),
        }

    def needs(self, time: int) -> dict[str, int]:
        """What is still to be paid for each member, over all dates or to all others."""
        payable = self.unsettled.payable(time)
        return {member: sum(max(0, cash) for cash in payable[member].values()) for member in self.members}

    def cover(self, needs: dict[str, int], deposited: int, by_member: dict) -> dict[str, int]:
        """What the clearing house lacks to pay for any one member, and the largest that bring it."""
        largest = max(needs.values(), default=0)
        lacking = max(0, largest - deposited - self.terms.committed)
        by_need = sorted(needs, key=lambda member: -needs[member])[: self.terms.supplemental]
        bring = shared_out(lacking, {member: needs[member] for member in needs if member in by_need})
        for member, row in by_member.items():
            row["supplemental_deposits"] = bring.get(member, 0)
        return {"cover_1": largest, "cover_1_shortfall": lacking - sum(bring.values())}

    def default(self, day: int, time: int) -> None:
        needs = self.needs(time)
        member = self.terms.failing.member or max(self.members, key=lambda one: needs[one])
        close_out = self.cleared_default if self.cleared else self.bilateral_default
        for item, who, amount in [("obligations", None, needs[member]), *close_out(member, time)]:
            self.defaults.append((day, time, member, item, who, amount))

    def cleared_default(self, member: str, time: int) -> list[tuple[str, str | None, int]]:
        """Its deposit, then the clearing house's own money, then others pro rata of their deposits."""
        worth = self.unsettled.worth(time, after=False)[member,]
        held, to_pay = sum(worth.values()), sum(self.unsettled.payable(time)[member].values())
        shock = moved(worth, self.terms)
        loss = max(0, to_pay - held + shock)
        deposits = self.deposits.of
        others = {name: deposit for name, deposit in deposits.items() if name != member}
        paid = min(loss, deposits[member])
        own = min(loss - paid, self.terms.own)
        borne = shared_out(min(loss - paid - own, sum(others.values())), others)
        return [
            ("positions", None, held),
            ("marks", None, to_pay - held),
            ("moved", None, shock),
            ("loss", None, loss),
            ("deposit", member, paid),
            ("own", None, own),
            *(("others", name, amount) for name, amount in borne.items()),
            ("uncovered", None, loss - paid - own - sum(borne.values())),
            ("returned", member, deposits[member] - paid),
        ]

    def bilateral_default(self, member: str, time: int) -> list[tuple[str, str | None, int]]:
        """What each counterparty had agreed with it is agreed anew, at moved prices."""
        pairs = {
            own: worth for own, worth in self.unsettled.worth(time, after=False).items() if member in own
        }
        borne = {}
        for owner, worth in pairs.items():
            (other,) = (name for name in owner if name != member)
            borne[other] = moved(worth, self.terms)
        return [
            ("positions", None, sum(self.unsettled.payable(time)[member].values())),
            ("marks", None, 0),
            ("moved", None, sum(borne.values())),
            ("loss", None, sum(borne.values())),
            *(("others", name, amount) for name, amount in borne.items()),
        ]


def largest_need(reading: tuple[dict[str, int], int]) -> int:
    """By which the reading of a day is chosen; of equals the first."""
    return max(reading[0].values(), default=-1)


def settlement_days(reading: Reading, settles: int) -> list[MarginDay]:
    """Those of which there is a record."""
    return [day for day in reading.days if day.day >= settles]
