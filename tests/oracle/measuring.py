"""The measures of one settlement day, from what its wallets marked on the two paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from .book import DAY, HOUR, SECOND, Instruction
from .gross import Fate
from .netting import Fail
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
    """Units at the reference price, rounded once per security; of one member, or of all."""
    total: dict[str, int] = defaultdict(int)
    for (name, security), count in units.items():
        if member in (None, name):
            total[security] += count
    return sum(round(count * prices[security]) for security, count in total.items() if count)


def drawn_integral(drawn_from: list[tuple[int, int]], closes: int) -> int:
    """Minor units × µs of drawn credit until the close, where cash is squared."""
    ends = [time for time, _ in drawn_from[1:]] + [closes]
    return sum(drawn * (end - start) for (start, drawn), end in zip(drawn_from, ends, strict=True))


def ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def saved(moved: int, settled: int) -> Fraction | None:
    return 1 - Fraction(moved, settled) if settled else None


def day_measures(
    due: list[Instruction],
    fates: list[Fate],
    fails: list[Fail] | None,
    actual: Wallets,
    unconstrained: Wallets,
    hours: tuple[int, int],
) -> dict[str, int | Fraction | None]:
    """Every measure of one settlement day; ``fails`` is None where settlement is gross."""
    opens, closes = hours
    prices = reference_prices(due)
    gross_value = sum(one.cash for one in due)
    internalised = sum(one.cash for one in due if one.internalised)
    unsettled = [fate for fate in fates if fate.settled_at is None]
    if fails is None:
        unsettled_value, unsettled_count = sum(f.instruction.cash for f in unsettled), len(unsettled)
    else:
        unsettled_value, unsettled_count = sum(fail.withheld for fail in fails), len(fails)
    settled_value = gross_value - unsettled_value
    by_member = member_measures(due, actual, unconstrained)
    total = {name: sum(of[name] for of in by_member.values()) for name in TOTALS_OF_MEMBERS}
    integral = drawn_integral(actual.drawn_from, closes)
    prefunding = sum(actual.funding.values())
    securities_moved = at_prices(actual.delivered, prices)
    securities_settled = at_prices(settled_units(fates, fails or []), prices)
    value_moved = total["value_moved"]
    return {
        **total,
        "gross_value": gross_value,
        "internalised_value": internalised,
        "lower_bound_liquidity": total["net_debit"],
        "securities_value_moved": securities_moved,
        "securities_need": at_prices(unconstrained.largest_units_fall, prices),
        "netting_efficiency": saved(value_moved, settled_value),
        "netting_efficiency_external": saved(value_moved, settled_value - internalised),
        "securities_netting_efficiency": saved(securities_moved, securities_settled),
        "system_peak": unconstrained.peak_drawn,
        "peak_intraday_credit": actual.peak_drawn,
        "mean_intraday_credit": round(Fraction(integral, closes - opens)) if closes > opens else None,
        "liquidity_hours": round(Fraction(prefunding * DAY + integral, HOUR)),
        "turnover_ratio": ratio(settled_value, total["liquidity_used"]),
        "settled_value": settled_value,
        "unsettled_value": unsettled_value,
        "unsettled_count": unsettled_count,
        **delays(fates, fails or [], closes),
    }


TOTALS_OF_MEMBERS = (
    "net_debit",
    "value_moved",
    "units_moved",
    "liquidity_need",
    "liquidity_used",
    "funding_shortfall",
)


def settled_units(fates: list[Fate], fails: list[Fail]) -> dict[tuple[str, str], int]:
    """Units that settled, by (seller, security), internalised ones included, less what a short still owes."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for fate in fates:
        one = fate.instruction
        if one.security is not None and fate.settled_at is not None:
            units[one.seller, one.security] += one.units
    for fail in fails:
        units[fail.member, fail.security] -= fail.undelivered
    return units


def member_measures(
    due: list[Instruction], actual: Wallets, unconstrained: Wallets
) -> dict[str, dict[str, int]]:
    """What each member contributes to the measures that are sums over members."""
    net_cash, _ = net_outflow(due)
    prices = reference_prices(due)
    # With unlimited funding the liquidity used is the need, whatever securities did to the actual path.
    used = unconstrained if actual.unlimited else actual
    return {
        member: {
            "net_debit": max(0, net_cash.get(member, 0)),
            "value_moved": actual.paid[member],
            "units_moved": sum(units for (name, _), units in actual.delivered.items() if name == member),
            "securities_value_moved": at_prices(actual.delivered, prices, member),
            "liquidity_need": unconstrained.largest_fall[member],
            "securities_need": at_prices(unconstrained.largest_units_fall, prices, member),
            "liquidity_used": used.largest_fall[member],
            "funding_shortfall": actual.shortfall[member],
        }
        for member in actual.members
    }


def delays(fates: list[Fate], fails: list[Fail], closes: int) -> dict[str, Fraction | None]:
    """Waits in value × µs; what never settles waits until the close of its settlement day.

    What a netting cycle withheld is unsettled, so that value waits from its cycle to the close.
    """
    value = sum(fate.instruction.cash for fate in fates)
    settled_value = sum(fate.instruction.cash for fate in fates if fate.settled_at is not None)
    waited = sum(fail.withheld * (closes - fail.cycle) for fail in fails)
    taken = lag = at_most = 0
    for fate in fates:
        cash, entry = fate.instruction.cash, fate.instruction.time
        end = closes if fate.settled_at is None else fate.settled_at
        waited += cash * (end - fate.first_event)
        taken += cash * (fate.first_event - entry)
        at_most += cash * (closes - entry)
        if fate.settled_at is not None:
            lag += cash * (fate.settled_at - entry)
    return {
        "settlement_delay": ratio(waited, at_most),
        "mean_delay_seconds": ratio(waited, value * SECOND),
        "inclusion_wait_seconds": ratio(taken, value * SECOND),
        "settlement_lag": ratio(lag, settled_value * SECOND),
    }
