"""The credit desk: caps by rule, draws that fall due, recalls, and what a day of credit came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge

import numpy as np

from simulator.config.errors import InputError, Problem
from simulator.config.schema import Facility, SecuritiesLending
from simulator.kernels import state as st
from simulator.kernels.wide import wide_value
from simulator.ledger import Ledger
from simulator.market.facilities import Facilities
from simulator.market.flow import DAY, MINUTE, Flow, Int64, TradeDay
from simulator.rules import Credit, CreditView

from .schedule import grid


@dataclass(frozen=True, slots=True)
class FacilityDay:
    """What one facility, or lenders of securities, did on one settlement day.

    Attributes
    ----------
    name, rate, day_count : the facility, and its price a year
    peak : largest total drawn, minor units
    drawn_time : by member, drawn × µs, exact Python integers
    not_repaid : by member, minor units that cash could not repay at the close
    """

    name: str
    rate: Fraction
    day_count: int
    peak: int
    drawn_time: tuple[int, ...]
    not_repaid: Int64

    @property
    def interest(self) -> Int64:
        """By member, drawn × time × rate, rounded half to even to the minor unit."""
        year = self.rate.denominator * self.day_count * DAY
        return np.array(
            [round(Fraction(time * self.rate.numerator, year)) for time in self.drawn_time], np.int64
        )


class CreditDesk:
    """Lends to the members of one arrangement: acts at whole minutes, intervals and the recall.

    ``rules`` gives the caps of a facility, by its number, where one of the user's own does.
    """

    def __init__(
        self,
        arrangement: str,
        flow: Flow,
        ledger: Ledger,
        facilities: Facilities | None,
        rules: dict[int, Credit],
        lending: SecuritiesLending | None,
    ) -> None:
        self.arrangement = arrangement
        self.flow = flow
        self.ledger = ledger
        self.facilities = facilities
        self.rules = rules
        self.lending = lending
        terms = () if facilities is None else facilities.terms
        self._has_tenor = any(one is not None and one.tenor is not None for one in terms)

    def times(self, day: TradeDay) -> Iterator[int]:
        """When it acts within the day, in order."""
        grids: list[Iterator[int]] = []
        if self._has_tenor:
            grids.append(iter(range(-(-day.opens // MINUTE) * MINUTE, day.closes + 1, MINUTE)))
        for k in self.rules:
            grids.append(iter([day.opens]))
            term = self._term(k)
            if term is not None and term.every is not None:
                grids.append(
                    time for time in grid(day.opens, day.closes, term.every, first=1) if time < day.closes
                )
        recalled = self._recalled(day)
        if recalled is not None:
            grids.append(iter([recalled]))
        last = None
        for time in merge(*grids):
            if time != last:
                yield time
            last = time

    def act(self, day: TradeDay, now: int) -> None:
        """What falls due is repaid, caps are set anew, securities are recalled."""
        if self._has_tenor and now % MINUTE == 0:
            self.ledger.mature(now)
        for k, rule in self.rules.items():
            term = self._term(k)
            every = None if term is None else term.every
            if now == day.opens or (every is not None and (now - day.opens) % every == 0):
                self.ledger.set_capacity(k, self._caps(k, rule, day, now), now)
        if now == self._recalled(day):
            self.ledger.recall(now)

    def _recalled(self, day: TradeDay) -> int | None:
        """When lenders call back what they lent, None if not today."""
        if self.lending is None or self.lending.recall is None:
            return None
        time = max(day.opens, day.midnight + self.lending.recall)
        return time if time <= day.closes else None

    def _term(self, k: int) -> Facility | None:
        assert self.facilities is not None
        return self.facilities.terms[k]

    def _caps(self, k: int, rule: Credit, day: TradeDay, now: int) -> Int64:
        assert self.facilities is not None
        term = self._term(k)
        rows = self.ledger.state.members
        view = CreditView(
            members=tuple(self.flow.members),
            types=tuple(self.flow.member_types),
            opening_cash=rows[:, st.OPENING].copy(),
            cash=rows[:, st.CASH].copy(),
            loan=self.ledger.loans(k),
            now=now,
            day=day.index,
        )
        view.freeze()
        caps = np.asarray(rule(view))
        allowed = caps.shape == (len(rows),) and np.issubdtype(caps.dtype, np.integer)
        if not allowed or np.any(caps < 0) or int(caps.astype(object).sum()) >= 1 << 61:
            name = self.facilities.names[k]
            message = "the rule must give each member a cap in minor units, an integer of 0 or more"
            raise InputError(Problem(message, f"arrangements.{self.arrangement}.credit.{name}.cap"))
        most = self.facilities.caps[k]
        pledged = term is not None and term.against == "pledge"
        return np.minimum(caps, most) if pledged else caps.astype(np.int64)

    def day(self, closes: int) -> tuple[FacilityDay, ...]:
        """What each facility did today; read before the ledger closes."""
        if self.facilities is None:
            return ()
        self.ledger.accrue(closes)
        rows, totals = self.ledger.state.members, self.ledger.state.totals
        terms = totals[st.TOTALS :].reshape(-1, st.FACILITY_TERMS)
        loans = np.stack([self.ledger.loans(k) for k in range(len(terms))])
        # Receipts locked until the close are free now, and repay what inflow repays.
        net = rows[:, st.CASH] + rows[:, st.LOCKED_CASH]
        owed, cash = np.maximum(0, -net), net + loans.sum(axis=0)
        for k in reversed(range(len(terms))):
            if terms[k, st.REPAY] == st.BY_INFLOW:
                repaid = np.minimum(np.maximum(0, cash), loans[k])
                loans[k] -= repaid
                cash = cash - repaid
        days = []
        for k, (name, term) in enumerate(zip(self.facilities.names, self.facilities.terms, strict=True)):
            at = st.FACILITY + k * st.FACILITY_COLUMNS
            unpaid = np.minimum(owed, loans[k])
            owed = owed - unpaid
            days.append(
                FacilityDay(
                    name=name,
                    rate=Fraction(0) if term is None else term.rate,
                    day_count=360 if term is None else term.day_count,
                    peak=int(terms[k, st.FACILITY_PEAK]),
                    drawn_time=self._by_member([wide_value(row, at + st.LOAN_TIME) for row in rows]),
                    not_repaid=unpaid.reshape(-1, len(self.flow.members)).sum(axis=0),
                )
            )
        return tuple(days)

    def borrowed(self, closes: int) -> FacilityDay | None:
        """What lenders of securities did today, at opening prices; None where nobody lends."""
        if self.lending is None:
            return None
        self.ledger.accrue(closes)
        rows = self.ledger.state.members
        return FacilityDay(
            name="securities",
            rate=self.lending.fee,
            day_count=self.lending.day_count,
            peak=int(self.ledger.state.totals[st.BORROWED_PEAK]),
            drawn_time=self._by_member([wide_value(row, st.BORROWED_TIME) for row in rows]),
            not_repaid=self.ledger.borrowed_after_receipts().reshape(-1, len(self.flow.members)).sum(axis=0),
        )

    def _by_member(self, by_account: Sequence[int]) -> tuple[int, ...]:
        """Exact sums by member over its accounts."""
        members = len(self.flow.members)
        return tuple(sum(by_account[m::members]) for m in range(members))
