"""What a chain and its cash legs add to the measures of a day: fees, and the money that was minted."""

from __future__ import annotations

from fractions import Fraction

from .book import DAY, Account
from .wallets import Wallets

OF_MONEY = ("holding_cost", "topped_up", "withdrawn", "top_up_refused")

STABLECOINS = 308 * 10**9 * 100
"""All stablecoins there are, in cents of USD: what the supply share is a share of."""


REASONS_OF_A_CHAIN = ("limit", "capacity", "outage", "registration", "frozen", "silent")


def of_a_chain(name: str) -> bool:
    """Whether a measure is told of a chain with what may be off: fees, money, room, wallets and faults."""
    queued = name.startswith("queued_value_") or name.endswith(REASONS_OF_A_CHAIN)
    return queued or name in ("fees", "peak_supply", "supply_share", *OF_MONEY)


def on_a_chain(actual: Wallets) -> bool:
    return actual.arrangement.layer == 3


def totals_of_members(actual: Wallets) -> tuple[str, ...]:
    return (*(("fees",) if on_a_chain(actual) else ()), *(OF_MONEY if actual.arrangement.has_money else ()))


def of_member(actual: Wallets, member: str, hours: tuple[int, int]) -> dict[str, int]:
    """Sums over a member's accounts."""
    found = {"fees": fee_of(actual, member)}
    accounts = [account for account in actual.accounts if account[0] == member]
    minting = actual.minting
    if actual.arrangement.has_money:
        found |= {
            "holding_cost": sum(holding_cost(actual, account, *hours) for account in accounts),
            "topped_up": sum(minting.topped_up[account] for account in accounts),
            "withdrawn": sum(minting.withdrawn[account] for account in accounts),
            "top_up_refused": sum(minting.refused[account] for account in accounts),
        }
    return found


def fee_of(actual: Wallets, member: str) -> int:
    """For every settlement that it bought in, in minor units: a fee is millionths of a hundred of them."""
    return round(Fraction(actual.settlements[member] * actual.arrangement.fee, 10_000))


def holding_cost(actual: Wallets, account: Account, opens: int, closes: int) -> int:
    """Of tokens held over 24 hours, at the rate of the pool's first leg, half to even; outside the open
    hours as at the open."""
    leg = actual.arrangement.leg_of_pool(account[1])
    opening = max(0, actual.cash_at_open[account])
    stretches = [(opens, opening), *((time, held[account]) for time, held in actual.positive_from)]
    integral = opening * (DAY - (closes - opens))
    for k, (time, held) in enumerate(stretches):
        until = stretches[k + 1][0] if k + 1 < len(stretches) else closes
        integral += held * (until - time)
    return round(integral * leg.rate / (leg.day_count * DAY))


def of_money(actual: Wallets) -> dict[str, int]:
    return {"peak_supply": actual.peak_supply[""]} if actual.arrangement.has_money else {}


def ratios_of_money(actual: Wallets) -> dict[str, tuple[int, int]]:
    if not actual.arrangement.has_money:
        return {}
    return {"supply_share": (actual.peak_supply["stablecoin"], STABLECOINS)}
