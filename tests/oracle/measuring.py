"""The measures of one settlement day, from what its wallets marked on the two paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from . import chain_measures, house_measures
from .book import DAY, HOUR, SECOND, Account, Instruction
from .book_entry import BookEntryDay
from .continuous import ContinuousDay
from .gross import Fate, GrossDay
from .house_measures import Settled
from .netting import Fail, NettingDay
from .wallets import Wallets, net_outflow


def reference_prices(due: list[Instruction]) -> dict[str, Fraction]:
    """Σ cash / Σ units of all instructions of a security due that settlement day."""
    cash: dict[str, int] = defaultdict(int)
    units: dict[str, int] = defaultdict(int)
    for one in due:
        if one.security is not None:
            cash[one.security] += one.cash
            units[one.security] += one.units
    return {security: Fraction(cash[security], units[security]) for security in units if units[security]}


def at_prices(
    units: Mapping[tuple[str, str], int], prices: dict[str, Fraction], member: str | None = None
) -> int:
    """Units at the reference price, rounded once per security; of one member, or of all.

    Nothing of a security may be due where what is delivered was carried: it has no reference price.
    """
    total: dict[str, int] = defaultdict(int)
    for (name, security), count in units.items():
        if member in (None, name):
            total[security] += count
    return sum(round(count * prices.get(security, 0)) for security, count in total.items() if count)


def drawn_integral(drawn_from: list[tuple[int, int]], closes: int) -> int:
    """Minor units × µs of drawn credit until the close, where cash is squared."""
    stretches = pairwise([*drawn_from, (closes, 0)])
    return sum(drawn * (end - start) for (start, drawn), (end, _) in stretches)


Ratio = tuple[int, int]
"""A ratio as its two parts, so that over several days it can be taken of the totals."""


def value_of(ratio: Ratio) -> Fraction | None:
    return Fraction(*ratio) if ratio[1] else None


def saved(moved: int, settled: int) -> Ratio:
    """1 − moved / settled."""
    return settled - moved, settled


@dataclass
class Measures:
    """Of one settlement day: whole figures (None where undefined), and ratios."""

    figures: dict[str, int | None]
    ratios: dict[str, Ratio]
    by_member: dict[str, dict[str, int]]

    def __getitem__(self, name: str) -> int | Fraction | None:
        return self.figures[name] if name in self.figures else value_of(self.ratios[name])

    def names(self) -> list[str]:
        return [*self.figures, *self.ratios]


def day_measures(
    due: list[Instruction],
    settled: Settled,
    actual: Wallets,
    unconstrained: Wallets,
    hours: tuple[int, int],
) -> Measures:
    """Every measure of one settlement day; of gross settlement it has no fails, of netting no gridlock."""
    opens, closes = hours
    fates = settled.fates
    fails = None if isinstance(settled, GrossDay) else settled.fails
    gridlocked = None if isinstance(settled, NettingDay) else settled.gridlocked
    carried = house_measures.carried_by(settled)
    prices = reference_prices(due)
    by_member = member_measures(due, prices, actual, unconstrained)
    for member, of in by_member.items():
        of |= house_measures.of_member(settled, member)
    total = {
        name: sum(of[name] for of in by_member.values())
        for name in next(iter(by_member.values()), {})
        if name in TOTALS_OF_MEMBERS
    }
    gross_value = sum(one.cash for one in due)
    internalised = sum(one.cash for one in due if one.internalised)
    unsettled = unsettled_by_reason(fates, fails)
    # Of what was due and what was carried.
    settled_value = gross_value + value_of_fails(carried) - unsettled["unsettled_value"]
    integral = drawn_integral(actual.drawn_from, closes)
    securities_moved = at_prices(actual.delivered, prices)
    settled_units = units_settled([f for f in fates if f.settled_at is not None], fails or [], carried)
    external = [f for f in fates if f.settled_at is not None and not f.instruction.internalised]
    external_units = units_settled(external, fails or [], carried)
    external_settled = external_value(fates, fails or []) + value_of_fails(carried)
    put_in = 0 if actual.unlimited else sum(actual.opening_today.values())
    put_in_time = sum(chain_measures.put_in_time(actual, account) for account in actual.accounts)
    figures = {
        **total,
        "trades": len(due),
        "gross_value": gross_value,
        "internalised_value": internalised,
        "lower_bound_liquidity": total["net_debit"],
        "securities_value_moved": securities_moved,
        "securities_need": at_prices(unconstrained.largest_units_fall, prices),
        "system_peak": unconstrained.peak_drawn,
        "peak_intraday_credit": actual.peak_drawn,
        "mean_intraday_credit": round(Fraction(integral, closes - opens)) if closes > opens else None,
        "liquidity_hours": round(Fraction(put_in * DAY + put_in_time + integral, HOUR)),
        **chain_measures.of_money(actual, unconstrained),
        **house_measures.of_house(settled),
        "settled_value": settled_value,
        **unsettled,
        **(of_gross_settlement(fates, actual) if fails is None else {}),
        **(queued_by_reason(fates) if isinstance(settled, BookEntryDay) else {}),
        **(locked_together(gridlocked, unsettled["unsettled_value"]) if gridlocked is not None else {}),
    }
    ratios = {
        "netting_efficiency": saved(total["value_moved"], settled_value),
        "netting_efficiency_external": saved(total["value_moved"], external_settled),
        "securities_netting_efficiency": saved(securities_moved, at_prices(settled_units, prices)),
        "securities_netting_efficiency_external": saved(securities_moved, at_prices(external_units, prices)),
        "turnover_ratio": (settled_value, total["liquidity_used"]),
        **delays(settled, closes),
        **chain_measures.ratios_of_money(actual, unconstrained),
    }
    return Measures(figures, ratios, by_member)


TOTALS_OF_MEMBERS = (
    "net_debit",
    "value_moved",
    "units_moved",
    "liquidity_need",
    "liquidity_used",
    "funding_shortfall",
    "credit_cost",
    "credit_not_repaid",
    "borrowing_fee",
    "securities_not_returned",
    "fees",
    *chain_measures.OF_MONEY,
    *house_measures.TOTALS_OF_A_HOUSE,
    "money_settlement",
)

REASONS = ("cash", "securities", "credit", "hold", *chain_measures.REASONS_OF_A_CHAIN)


def of_gross_settlement(fates: list[Fate], actual: Wallets) -> dict[str, int]:
    """Lateness, over what has a deadline; parts settled short of the whole; securities borrowed."""
    late = [
        fate.instruction.cash
        for fate in fates
        if (deadline := fate.instruction.deadline) is not None
        and (fate.settled_at is None or fate.settled_at > deadline)
    ]
    parts = [fate.instruction.cash for fate in fates if fate.part]
    return {
        "late_value": sum(late),
        "late_count": len(late),
        "partial_value": sum(parts),
        "partial_count": len(parts),
        "securities_borrowed": actual.lending.peak,
        **queued_by_reason(fates),
    }


def queued_by_reason(fates: list[Fate]) -> dict[str, int]:
    return {
        f"queued_value_{reason}": sum(fate.instruction.cash for fate in fates if fate.waited_for == reason)
        for reason in REASONS
    }


def locked_together(gridlocked: list[Instruction], unsettled_value: int) -> dict[str, int]:
    value = sum(one.cash for one in gridlocked)
    return {"gridlocked_value": value, "deadlocked_value": unsettled_value - value}


def unsettled_by_reason(fates: list[Fate], fails: list[Fail] | None) -> dict[str, int]:
    """What did not settle and what it waited for: instructions, and in layer 2 what a cycle withheld."""
    left = [(f.instruction.cash, f.waited_for) for f in fates if f.settled_at is None]
    left += [(fail.withheld, "securities") for fail in fails or []]
    found = {"unsettled_value": sum(value for value, _ in left), "unsettled_count": len(left)}
    for reason in REASONS:
        values = [value for value, waited_for in left if waited_for == reason]
        found[f"unsettled_value_{reason}"] = sum(values)
        found[f"unsettled_count_{reason}"] = len(values)
    return found


def value_of_fails(fails: list[Fail]) -> int:
    return sum(fail.withheld for fail in fails)


def external_value(fates: list[Fate], fails: list[Fail]) -> int:
    """Cash that settled between two members."""
    between = [fate.instruction for fate in fates if not fate.instruction.internalised and fate.settled_at]
    return sum(one.cash for one in between) - value_of_fails(fails)


def units_settled(settled: list[Fate], fails: list[Fail], carried: list[Fail]) -> dict[tuple[str, str], int]:
    """Units that settled, by (seller, security), with what a short brought less what it still owes."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for fate in settled:
        one = fate.instruction
        if one.security is not None:
            units[one.seller, one.security] += one.units
    for fail in carried:
        units[fail.member, fail.security] += fail.undelivered
    for fail in fails:
        units[fail.member, fail.security] -= fail.undelivered
    return units


def member_measures(
    due: list[Instruction], prices: dict[str, Fraction], actual: Wallets, unconstrained: Wallets
) -> dict[str, dict[str, int]]:
    """What each member contributes to the measures that are sums over members; of cash, over its accounts."""
    net_cash, _ = net_outflow(due)
    # With unlimited funding the liquidity used is the need, whatever securities did to the actual path; a cap
    # on balances is a limit.
    limited = actual.arrangement.book_entry is not None or not actual.unlimited
    used = actual if limited else unconstrained
    fees = actual.lending.fee_by_member()
    accounts = {
        name: [account for account in actual.accounts if account[0] == name] for name in actual.members
    }

    def over(member: str, of_account: Callable[[Account], int]) -> int:
        return sum(of_account(account) for account in accounts[member])

    found = {
        member: {
            "net_debit": max(0, over(member, lambda account: net_cash.get(account, 0))),
            "value_moved": over(member, lambda account: actual.paid[account]),
            "units_moved": sum(units for (name, _), units in actual.delivered.items() if name == member),
            "securities_value_moved": at_prices(actual.delivered, prices, member),
            "liquidity_need": over(member, lambda account: unconstrained.largest_fall[account]),
            "securities_need": at_prices(unconstrained.largest_units_fall, prices, member),
            "liquidity_used": over(member, lambda account: used.largest_fall[account]),
            "funding_shortfall": over(member, lambda account: actual.shortfall[account]),
            "credit_cost": over(member, actual.credit.interest_of),
            "credit_not_repaid": over(member, lambda account: actual.credit.not_repaid.get(account, 0)),
            "borrowing_fee": fees[member],
            "securities_not_returned": actual.lending.value(member),
        }
        for member in actual.members
    }
    if actual.arrangement.layer == 3:
        for member, of in found.items():
            of |= chain_measures.of_member(actual, unconstrained, member)
    return found


def withheld_waits(settled: Settled, closes: int) -> list[tuple[int, int]]:
    """(µs, value) of what netting cycles withheld: it waits from its cycle to the close, or to delivery."""
    house = house_measures.netted_part(settled)
    if isinstance(house, ContinuousDay):
        return house.waits(closes)
    return [(closes - fail.cycle, fail.withheld) for fail in house.fails] if house else []


def delays(settled: Settled, closes: int) -> dict[str, Ratio]:
    """Waits in value × µs; what never settles waits until the close of its settlement day.

    What a netting cycle withheld is unsettled, so that value waits too. What is held past the close enters
    there. What was carried waits, but all else is of what is due.
    """
    fates = settled.fates
    value = sum(fate.instruction.cash for fate in fates)
    settled_value = sum(fate.instruction.cash for fate in fates if fate.settled_at is not None)
    withheld = withheld_waits(settled, closes)
    waited = sum(wait * value for wait, value in withheld)
    taken = lag = at_most = 0
    for fate in fates:
        cash = fate.instruction.cash
        waits, enters, could_wait, took = delays_of(settled, fate, closes)
        waited += cash * waits
        taken += cash * enters
        at_most += cash * could_wait
        if fate.settled_at is not None:
            lag += cash * took
    return {
        "settlement_delay": (waited, at_most),
        "mean_delay_seconds": (waited, value * SECOND),
        "inclusion_wait_seconds": (taken, value * SECOND),
        "settlement_lag": (lag, settled_value * SECOND),
    }


def delays_of(settled: Settled, fate: Fate, closes: int) -> tuple[int, int, int, int]:
    """How long one waited after its first event, and before it, could have waited in all, and took."""
    if isinstance(settled, BookEntryDay) and fate.instruction.order in settled.traded:
        return settled.delays_of(fate, closes)
    entry = min(fate.instruction.time, closes)
    end = closes if fate.settled_at is None else fate.settled_at
    return end - fate.first_event, fate.first_event - entry, closes - entry, end - entry


def waits(settled: Settled, closes: int) -> list[tuple[int, int]]:
    """(µs after the first eligible event, value that waited so long), the shortest first."""
    delivered = settled.delivered if isinstance(settled, BookEntryDay) else []
    netted = house_measures.netted_part(settled) or settled
    found = [(delays_of(settled, fate, closes)[0], fate.instruction.cash) for fate in netted.fates]
    withheld = withheld_waits(settled, closes)
    if withheld:
        # What was withheld can be more than what is due.
        at_once = sum(value for wait, value in found if wait == 0) - sum(value for _, value in withheld)
        found = [(0, max(0, at_once)), *((wait, value) for wait, value in found if wait), *withheld]
    found += [(delays_of(settled, fate, closes)[0], fate.instruction.cash) for fate in delivered]
    return sorted(found)


def p99_delay_seconds(all_waits: list[tuple[int, int]]) -> Fraction | None:
    """The wait within which 99 % of value is done."""
    total, done = sum(value for _, value in all_waits), 0
    for wait, value in all_waits:
        done += value
        if 100 * done >= 99 * total:
            return Fraction(wait, SECOND) if total else None
    return None
