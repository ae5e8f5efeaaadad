"""Repo as a flow: cash against collateral in an opening leg, and back with interest in a closing leg.

In the opening leg the lender of cash buys collateral, in the closing leg the borrower buys it back for the
cash and its interest. What is lent at a time is a stock, the exposure; the turnover follows from how long
repos last. The run begins with a book already open, as old as repos of each tenor are, so the exposure is
stationary: Poisson many new repos a day, and what rolls, make up for what ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log1p, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.config.errors import InputError
from simulator.config.units import format_money
from simulator.market.calendar import trade_dates
from simulator.market.flow import DAY, MINUTE, NO_SECURITY, Int64
from simulator.market.hours import open_days
from simulator.market.participants import Float64, assign_types, number_names, zipf_shares
from simulator.market.recorded import Instructions, RecordedFlow
from simulator.market.securities import list_securities
from simulator.market.streams import stream
from simulator.market.terms import draw_prices

if TYPE_CHECKING:
    from simulator.config.repo import RepoSegment
    from simulator.config.schema import Config

BEFORE = 400  # days before the run that streams are keyed for; no tenor is longer
DAY_COUNT = 360

COLUMNS = ("deal", "lender", "borrower", "security", "units", "cash")


@dataclass(frozen=True, slots=True)
class Deals:
    """Repos of one segment and tenor opened on one day; one entry each, collateral as it stands.

    ``deal`` is kept by what rolls, so that all legs of one repo are known by it; ``opened`` is the midnight
    of the day of the opening leg, µs since the first trade day's.
    """

    deal: Int64
    lender: Int64
    borrower: Int64
    security: Int64
    units: Int64
    cash: Int64
    opened: int

    def at(self, which: np.ndarray) -> Deals:
        """Those of a mask."""
        return replace(self, **{name: getattr(self, name)[which] for name in COLUMNS})


@dataclass(frozen=True, slots=True)
class RepoBook:
    """Cash legs opened and closed: parallel columns in order of time, and what was open before them.

    ``opening`` is by segment, minor units; ``cash`` is above 0 where a leg opens, below where it closes, and
    ``interest`` is paid as it closes.
    """

    segments: tuple[str, ...]
    opening: Int64
    time: Int64
    segment: Int64
    cash: Int64
    interest: Int64

    def exposure(self, times: Int64) -> Int64:
        """Cash legs open at each of ``times`` after all legs up to it, by segment, minor units.

        >>> legs = np.array([10, 20]), np.array([0, 0]), np.array([5, -3]), np.array([0, 1])
        >>> RepoBook(("cleared",), np.array([100]), *legs).exposure(np.array([9, 10, 25])).tolist()
        [[100], [105], [102]]
        """
        found = np.empty((len(times), len(self.segments)), np.int64)
        for at in range(len(self.segments)):
            mine = self.segment == at
            summed = np.concatenate(([0], np.cumsum(self.cash[mine])))
            found[:, at] = self.opening[at] + summed[np.searchsorted(self.time[mine], times, side="right")]
        return found


def interest(cash: Int64, rate: Fraction, days: Fraction) -> Int64:
    """Interest in minor units, actual days / 360, to the minor unit, half to even.

    >>> interest(np.array([100_000_000_00]), Fraction("0.0387"), Fraction(3)).tolist()  # 32 250.00
    [3225000]
    """
    owed = rate * days / DAY_COUNT
    return np.array([round(amount * owed) for amount in cash.tolist()], np.int64)


def collateral_units(cash: Int64, prices: Int64, haircut: Fraction) -> Int64:
    """The fewest whole units that are worth the cash after the haircut.

    >>> collateral_units(np.array([98_00, 98_01]), np.array([10_00, 10_00]), Fraction("0.02")).tolist()
    [10, 11]
    """
    left = 1 - haircut
    pairs = zip(cash.tolist(), prices.tolist(), strict=True)
    return np.array(
        [-(-amount * left.denominator // (price * left.numerator)) for amount, price in pairs], np.int64
    )


class _Legs:
    """Legs as they are made; brought into order of time at the end, of one instant as they were made."""

    def __init__(self) -> None:
        self.columns: list[tuple[Int64, ...]] = []

    def add(
        self,
        time: Int64,
        buyer: Int64,
        seller: Int64,
        deals: Deals,
        cash: Int64,
        units: Int64,
        security: Int64,
    ) -> None:
        self.columns.append((time, buyer, seller, security, units, cash, deals.deal))

    def joined(self) -> list[Int64]:
        columns = [np.concatenate(column) for column in zip(*self.columns, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return [column[order] for column in columns]


class RepoFlow(RecordedFlow):
    """The legs of ``flow.repo`` as instructions; ``book`` is what they open and close.

    Members have types by share and are active by rank as in a synthetic market; a segment's lenders and
    borrowers are of its types. ``deals`` says which repo each instruction belongs to.

    Raises
    ------
    InputError : a segment without two members to trade, or totals that reach 2^62.
    """

    def __init__(self, config: Config) -> None:
        flow, participants = config.flow, config.participants
        assert flow.repo is not None
        self.seed, self.of_market = config.seed, f"{flow.market}: " if flow.market else ""
        self.repo, count = flow.repo, participants.count
        self._types = assign_types(participants.types, count, self._stream("member types"))
        self._activity = zipf_shares(count, participants.concentration)
        names, self._shares, medians = list_securities(flow)
        self.prices = draw_prices(medians, flow.prices.sigma, self._stream("prices"))
        self.prices.setflags(write=False)
        self._midnights, labels = trade_dates(config)
        assert flow.hours is not None
        self._closes = flow.hours.closes
        self._legs, self._next = _Legs(), 0
        self._events: list[tuple[Int64, ...]] = []
        opening = []
        for at, (name, segment) in enumerate(self.repo.segments.items()):
            self._sides = self._parties(config, name, segment)
            opening.append(self._draw_segment(at, segment))
        if not self._legs.columns:
            raise InputError(
                config.problem("flow.repo", "no repo opens or closes in the run; raise the exposure")
            )
        time, buyer, seller, security, units, cash, self.deals = self._legs.joined()
        buys, sells, what = (column.astype(np.int32) for column in (buyer, seller, security))
        bounds = np.searchsorted(time, [*self._midnights, self._midnights[-1] + DAY])
        days, notices = open_days(time, bounds, self._midnights, labels, flow.hours)
        held = Instructions(time, buys, sells, what, units, cash)
        ids = np.arange(len(time), dtype=np.int64)
        members = number_names("M", count, 3)
        super().__init__(held, bounds, days, members, names, ids, notices, "flow.repo")
        self.member_types = self._types
        self.book = self._close_book(opening)
        lent = format_money(int(self.book.opening.sum()), flow.currency)
        opened = int(self.book.cash[self.book.cash > 0].sum()) // len(days)
        told = f"{lent} lent as the run begins, a stock; {format_money(opened, flow.currency)} opened a day"
        self.notices += (told,)

    @property
    def opening_prices(self) -> Int64:
        """The prices drawn, minor units; they stand still."""
        return self.prices

    def _stream(self, purpose: str, *key: int) -> np.random.Generator:
        return stream(self.seed, f"{self.of_market}{purpose}", *key)

    def _close_book(self, opening: Sequence[int]) -> RepoBook:
        columns = [np.concatenate(column) for column in zip(*self._events, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return RepoBook(
            tuple(self.repo.segments), np.array(opening, np.int64), *(column[order] for column in columns)
        )

    def _parties(self, config: Config, name: str, segment: RepoSegment) -> tuple[tuple[Int64, Float64], ...]:
        """Lenders and borrowers of a segment, each with their shares of activity."""
        sides = []
        for types in (segment.lenders, segment.borrowers):
            members = np.flatnonzero([kind in types for kind in self._types])
            weights = self._activity[members]
            sides.append((members, weights / weights.sum() if len(members) else weights))
        both = {*sides[0][0].tolist(), *sides[1][0].tolist()}
        if min(len(sides[0][0]), len(sides[1][0])) == 0 or len(both) < 2:
            message = f"{len(both)} members are of its types, and a repo takes two; raise participants.count"
            raise InputError(config.problem(f"flow.repo.segments.{name}", message))
        return tuple(sides)

    def _draw_segment(self, at: int, segment: RepoSegment) -> int:
        """All legs of a segment; what it has lent as the run begins."""
        stock = float(segment.share) * self.repo.exposure / self.repo.size
        days, begun = len(self._midnights), 0
        for tenor, share in segment.tenors.items():
            a_day = stock * float(share) / tenor
            book = {day: self._open(at, segment, day, tenor, a_day) for day in range(-tenor, 0)}
            begun += sum(int(deals.cash.sum()) for deals in book.values())
            for day in range(days):
                ending = book.pop(day - tenor)
                rolled = self._end(at, segment, day, tenor, ending)
                new = self._open(at, segment, day, tenor, a_day * (1.0 - float(segment.rolls)))
                self._add_opening(at, new, self._evenly(at, segment, day, tenor, len(new.deal)))
                if segment.substitution:
                    for opened in range(day - tenor + 1, day):
                        book[opened] = self._substitute(at, segment, day, tenor, opened, book[opened])
                book[day] = _both(new, rolled)
        for day in range(days if segment.intraday else 0):
            self._within(at, segment, day, stock * float(segment.intraday))
        return begun

    def _random(self, purpose: str, at: int, day: int, *key: int) -> np.random.Generator:
        return self._stream(f"repo {purpose}", at, day + BEFORE, *key)

    def _open(self, at: int, segment: RepoSegment, day: int, tenor: int, mean: float) -> Deals:
        """New repos of a day, Poisson many: parties by activity, cash lognormal, collateral by its shares."""
        random = self._random("terms", at, day, tenor)
        count = int(random.poisson(mean))
        (lenders, lent), (borrowers, borrowed) = self._sides
        lender = random.choice(lenders, count, p=lent)
        borrower = random.choice(borrowers, count, p=borrowed)
        while (alone := np.flatnonzero(lender == borrower)).size:
            lender[alone] = random.choice(lenders, len(alone), p=lent)
            borrower[alone] = random.choice(borrowers, len(alone), p=borrowed)
        sigma = sqrt(log1p(self.repo.size_cv**2))
        drawn = np.exp(sigma * random.standard_normal(count) - 0.5 * sigma**2)
        cash = np.maximum(np.rint(self.repo.size * drawn), 1.0).astype(np.int64)
        security = random.choice(len(self._shares), count, p=self._shares)
        units = collateral_units(cash, self.prices[security], segment.haircut)
        deal = np.arange(self._next, self._next + count)
        self._next += count
        return Deals(deal, lender, borrower, security, units, cash, self._midnight(day))

    def _midnight(self, day: int) -> int:
        """Of a trade day; before the run every calendar day is one."""
        return self._midnights[day] if day >= 0 else day * DAY

    def _evenly(self, at: int, segment: RepoSegment, day: int, tenor: int, count: int) -> Int64:
        """Times within the hours in which the segment opens repos."""
        random = self._random("times", at, day, tenor)
        return self._midnights[day] + random.integers(segment.opens.opens, segment.opens.closes, count)

    def _add_opening(self, at: int, deals: Deals, time: Int64) -> None:
        self._legs.add(time, deals.lender, deals.borrower, deals, deals.cash, deals.units, deals.security)
        self._tell(at, time, deals.cash, np.zeros_like(deals.cash))

    def _tell(self, at: int, time: Int64, cash: Int64, owed: Int64) -> None:
        self._events.append((time, np.full(len(time), at), cash, owed))

    def _end(self, at: int, segment: RepoSegment, day: int, tenor: int, deals: Deals) -> Deals:
        """Closing legs at the unwind, cash with interest for the collateral; what rolls is opened anew."""
        midnight = self._midnights[day]
        owed = interest(deals.cash, segment.rate, Fraction(midnight - deals.opened, DAY))
        rolls = self._random("rolls", at, day, tenor).random(len(deals.deal)) < float(segment.rolls)
        unwind = np.full(len(deals.deal), midnight + segment.unwind)
        rolled = replace(deals.at(rolls), opened=midnight)
        whole = ~rolls if segment.roll_net else np.ones_like(rolls)
        paid = deals.cash + owed
        ended = deals.at(whole)
        self._legs.add(
            *(unwind[whole], ended.borrower, ended.lender, ended),
            *(paid[whole], ended.units, ended.security),
        )
        self._tell(at, unwind, -deals.cash, owed)
        if segment.roll_net:
            some = rolls & (owed > 0)
            only = deals.at(some)
            nothing = np.zeros(len(only.deal), np.int64)
            self._legs.add(
                *(unwind[some], only.borrower, only.lender, only),
                *(owed[some], nothing, nothing + NO_SECURITY),
            )
            self._tell(at, unwind[rolls], rolled.cash, np.zeros_like(rolled.cash))
        else:
            self._add_opening(at, rolled, unwind[rolls])
        return rolled

    def _substitute(
        self, at: int, segment: RepoSegment, day: int, tenor: int, opened: int, deals: Deals
    ) -> Deals:
        """Some collateral replaced: the borrower delivers other units free, then gets the old ones back."""
        random = self._random("substitution", at, day, tenor, opened + BEFORE)
        some = random.random(len(deals.deal)) < float(segment.substitution)
        old = deals.at(some)
        count = len(old.deal)
        time = self._midnights[day] + random.integers(segment.opens.opens, segment.opens.closes, count)
        security = random.choice(len(self._shares), count, p=self._shares)
        units = collateral_units(old.cash, self.prices[security], segment.haircut)
        free = np.zeros(count, np.int64)
        self._legs.add(time, old.lender, old.borrower, old, free, units, security)
        self._legs.add(time, old.borrower, old.lender, old, free, old.units, old.security)
        new = replace(deals, security=deals.security.copy(), units=deals.units.copy())
        new.security[some], new.units[some] = security, units
        return new

    def _within(self, at: int, segment: RepoSegment, day: int, mean: float) -> None:
        """Intraday repos: opened evenly over their hours, closed after as long as they last, by the close."""
        deals = self._open(at, segment, day, 0, mean)
        opened = self._evenly(at, segment, day, 0, len(deals.deal))
        self._add_opening(at, deals, opened)
        closed = np.minimum(opened + segment.lasts, self._midnights[day] + self._closes)
        minutes = (closed - opened) // MINUTE
        pairs = zip(deals.cash.tolist(), minutes.tolist(), strict=True)
        a_minute = segment.rate / (DAY_COUNT * 24 * 60)
        owed = np.array([round(cash * a_minute * lasted) for cash, lasted in pairs], np.int64)
        self._legs.add(
            *(closed, deals.borrower, deals.lender, deals),
            *(deals.cash + owed, deals.units, deals.security),
        )
        self._tell(at, closed, -deals.cash, owed)


def _both(one: Deals, other: Deals) -> Deals:
    """Two lots opened on one day as one."""
    columns: dict[str, Any] = {
        name: np.concatenate((getattr(one, name), getattr(other, name))) for name in COLUMNS
    }
    return replace(one, **columns)


def books_of(flow: object) -> list[tuple[str, RepoBook]]:
    """The books of repos in a flow, each with the market it is of, "" where there is one market."""
    book = getattr(flow, "book", None)
    if isinstance(book, RepoBook):
        return [("", book)]
    names, flows = getattr(flow, "names", ()), getattr(flow, "flows", ())
    several = zip(names, flows, strict=True)
    return [(name, one.book) for name, one in several if isinstance(getattr(one, "book", None), RepoBook)]
