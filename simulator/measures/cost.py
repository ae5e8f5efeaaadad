"""What an arrangement costs each member, component by component, at the rates of section ``costs``.

Each component is an exact fraction by member and day, rounded once, half to even, at the minor unit: what is
told of all is the sum over members, and ``cost`` the sum of its components. Without the section all are 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np

from simulator.kernels.rounding import rounded
from simulator.layers.record import SettlementDay
from simulator.market.flow import DAY, Int64

from .chain import fees_by_member, holding_cost_by_member
from .credit import borrowing_fee_by_member, credit_cost_by_member
from .delay import unsettled_value_by_member
from .netting import net_debit_by_member

BASIS_POINTS = 10_000


def interest(amount_times: Iterable[int], rate: Fraction, day_count: int) -> Int64:
    """Amount × time × rate / days of a year, by member; minor units × µs into minor units.

    360,000.00 for a day at 1 % over 360 days cost 10.00, for half of it 5.00.

    >>> interest([360_000_00 * DAY, 360_000_00 * DAY // 2], Fraction(1, 100), 360).tolist()
    [1000, 500]
    """
    year = rate.denominator * day_count * DAY
    return np.array([rounded(each * rate.numerator, year) for each in amount_times], dtype=np.int64)


def for_days(amounts: Int64, rate: Fraction, day_count: int, days: int = 1) -> Int64:
    """Amounts × whole days × rate / days of a year, by member.

    >>> for_days(np.array([360_000_00, 18]), Fraction(1, 100), 360).tolist()
    [1000, 0]
    """
    return interest((int(each) * days * DAY for each in amounts), rate, day_count)


def shared(amount: Fraction, by: Int64) -> Int64:
    """An amount borne pro rata of ``by``, each share rounded by itself; nobody bears it where all are 0.

    >>> shared(Fraction(100), np.array([1, 0, 2])).tolist()
    [33, 0, 67]
    """
    total = int(by.sum())
    if total == 0:
        return np.zeros_like(by)
    denominator = amount.denominator * total
    return np.array([rounded(amount.numerator * int(each), denominator) for each in by], dtype=np.int64)


def has_cash_legs(day: SettlementDay) -> bool:
    """Whether cash legs are stated, whose own rates are what cash costs."""
    return any(leg.kind for leg in day.legs)


def brought_time(day: SettlementDay) -> list[int]:
    """By member, cash brought × µs over 24 hours, exact: prefunding all day, top-ups to midnight.

    What is given back counts against it, be it brought or received. 100.00 from midnight and 50.00 from 18:00
    are 100.00 × 24 h + 50.00 × 6 h.
    """
    if day.sides:
        return [sum(each) for each in zip(*(brought_time(side) for side in day.sides), strict=True)]
    if has_cash_legs(day):
        return [sum(each) for each in zip(*(leg.held_time for leg in day.legs), strict=True)]
    assert day.cost_day is not None
    return [
        int(opening) * DAY + funded
        for opening, funded in zip(day.opening, day.cost_day.funded_time, strict=True)
    ]


def cost_liquidity_by_member(day: SettlementDay) -> Int64:
    """Cash brought × time × rate; where cash legs are stated, what holding it cost at theirs.

    360,000.00 of prefunding at 3.87 % over 360 days cost 38.70 a day.
    """
    if day.costs is None:
        return np.zeros_like(day.opening)
    if has_cash_legs(day):
        return holding_cost_by_member(day)
    return interest(brought_time(day), day.costs.liquidity, day.costs.day_count)


def cost_credit_by_member(day: SettlementDay) -> Int64:
    """Interest of facilities, and credit that states no rate × time × the rate of ``costs``.

    Where cash legs are stated and cash is unlimited, what is drawn has been brought, and costs what it is
    held at. 100,000.00 for 6 hours at 50 bp over 360 days cost 0.35.
    """
    if day.costs is None or day.cost_day is None:
        return np.zeros_like(day.opening)
    stated = credit_cost_by_member(day)
    if has_cash_legs(day) and not day.limited:
        return stated
    return stated + interest(day.cost_day.drawn_time, day.costs.credit, day.costs.day_count)


def cost_margin_by_member(day: SettlementDay) -> Int64:
    """Margin deposited × time × rate, over the 24 hours of the settlement day.

    360,000.00 all day at 2 % over 360 days cost 20.00.
    """
    if day.costs is None or day.margin is None:
        return np.zeros_like(day.opening)
    return interest(day.margin.held_time, day.costs.margin, day.costs.day_count)


def cost_default_fund_by_member(day: SettlementDay) -> Int64:
    """A day of the default fund and of committed lines, layers 1 and 2, pro rata of margin required.

    Where there is no margin, of net debit; on a day on which nobody owes anything nobody bears it. 360 M at
    20 bp over 360 days are 2,000.00 a day: of members that owe 1 and 3, they bear 500.00 and 1,500.00.
    """
    if day.costs is None or day.layer not in (1, 2):
        return np.zeros_like(day.opening)
    fund, lines = day.costs.default_fund, day.costs.committed_lines
    a_year = fund.amount * fund.rate + lines.amount * lines.rate
    if a_year == 0:
        return np.zeros_like(day.opening)
    by = net_debit_by_member(day) if day.margin is None else day.margin.required
    return shared(a_year / day.costs.day_count, by)


def cost_securities_by_member(day: SettlementDay) -> Int64:
    """What lenders charged; where holdings are ample, a day of what must be borrowed to deliver at its time.

    That is, by position, peak net units out beyond what is delivered on balance, at the reference price: what
    is delivered on balance is owned in every arrangement alike, so it is the same rate on the same thing in
    each, and one cycle a day borrows nothing. Who sells 10, buys 10 back and sells 4 borrows 6.
    """
    if day.costs is None or day.cost_day is None:
        return np.zeros_like(day.opening)
    borrowed = for_days(day.cost_day.borrowed, day.costs.securities, day.costs.day_count)
    return borrowing_fee_by_member(day) + borrowed


def cost_fails_by_member(day: SettlementDay) -> Int64:
    """A day's charge on value unsettled at the close, borne as ``unsettled_value`` is.

    360,000.00 at 3 % over 360 days cost 30.00.
    """
    if day.costs is None:
        return np.zeros_like(day.opening)
    return for_days(unsettled_value_by_member(day), day.costs.fails, day.costs.day_count)


def cost_fees_by_member(day: SettlementDay) -> Int64:
    """Fees of the chain; in layers 1 and 2 the clearing fee a trade and side.

    Who buys 3 and sells 2 at 0.01 a side pays 0.05.
    """
    if day.costs is None:
        return np.zeros_like(day.opening)
    fees = fees_by_member(day)
    fee = day.costs.clearing_fee
    if day.layer not in (1, 2) or fee == 0:
        return fees
    sides = [rounded(fee.numerator * int(each), fee.denominator) for each in day.flow.instructions]
    return fees + np.array(sides, dtype=np.int64)


def cost_principal_by_member(day: SettlementDay) -> Int64:
    """Net debit × rate × days before T+1 that it is paid: one at T+0 and settled gross, none from T+1 on.

    A later date saves nothing here, for what is owed stays owed; whoever is paid early gains what it costs
    those who pay, and is not credited. 360,000.00 at 3.87 % over 360 days cost 38.70 at T+0.
    """
    if day.costs is None:
        return np.zeros_like(day.opening)
    early = max(0, 1 - (day.day.index - day.flow.day.index))
    return for_days(net_debit_by_member(day), day.costs.principal, day.costs.day_count, early)


def of_sides(component: Callable[[SettlementDay], Int64]) -> Callable[[SettlementDay], Int64]:
    """A component of a hybrid's day is that of what was netted and of what went to the chain together.

    Principal from one purse is of what all of the day comes to on balance.
    """

    def added_up(day: SettlementDay) -> Int64:
        one_purse = day.routed is not None and day.routed.shared and component is cost_principal_by_member
        sides = (day,) if one_purse or not day.sides else day.sides
        return sum((component(side) for side in sides), np.zeros_like(day.opening))

    return added_up


OF_ONE_SIDE: dict[str, Callable[[SettlementDay], Int64]] = {
    "cost_liquidity": cost_liquidity_by_member,
    "cost_credit": cost_credit_by_member,
    "cost_margin": cost_margin_by_member,
    "cost_default_fund": cost_default_fund_by_member,
    "cost_securities": cost_securities_by_member,
    "cost_fails": cost_fails_by_member,
    "cost_fees": cost_fees_by_member,
    "cost_principal": cost_principal_by_member,
}

COMPONENTS = {name: of_sides(component) for name, component in OF_ONE_SIDE.items()}
"""What a cost is made of, in the order in which it is told."""


def of_day(component: str) -> Callable[[SettlementDay], int]:
    """Σ over members of a component."""

    def total(day: SettlementDay) -> int:
        return int(COMPONENTS[component](day).sum())

    return total


def cost_by_member(day: SettlementDay) -> Int64:
    """Σ of all components: 38.70 of liquidity and 0.35 of credit are 39.05."""
    if day.costs is None:
        return np.zeros_like(day.opening)
    return sum((component(day) for component in COMPONENTS.values()), np.zeros_like(day.opening))


def cost(day: SettlementDay) -> int:
    """Σ over members and components."""
    return int(cost_by_member(day).sum())


def cost_bp(day: SettlementDay) -> tuple[int, int]:
    """Cost in basis points of gross value; undefined where no costs are asked for.

    1.00 for 1,000,000.00 traded is 0.01 bp.
    """
    return (0, 0) if day.costs is None else (BASIS_POINTS * cost(day), day.flow.gross_value)


def cost_year(day: SettlementDay) -> int:
    """Cost × trading days of a year; its mean over days is Σ cost × days of a year / days, rounded once.

    Days of 1.00 and 1.01 make 252 × 1.005 = 253.26 a year.
    """
    return 0 if day.costs is None else cost(day) * day.costs.days_a_year
