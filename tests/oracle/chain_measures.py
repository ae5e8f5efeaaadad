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


def of_member(actual: Wallets, unconstrained: Wallets, member: str) -> dict[str, int]:
    """Sums over a member's accounts."""
    found = {"fees": fee_of(actual, member)}
    accounts = [account for account in actual.accounts if account[0] == member]
    minting = actual.minting
    if actual.arrangement.has_money:
        found |= {
            "holding_cost": sum(holding_cost(actual, unconstrained, account) for account in accounts),
            "topped_up": sum(minting.topped_up[account] for account in accounts),
            "withdrawn": sum(minting.withdrawn[account] for account in accounts),
            "top_up_refused": sum(minting.refused[account] for account in accounts),
        }
    return found


def fee_of(actual: Wallets, member: str) -> int:
    """For every settlement that it bought in, in minor units: a fee is millionths of a hundred of them."""
    return round(Fraction(actual.settlements[member] * actual.arrangement.fee, 10_000))


def put_in_time(actual: Wallets, account: Account) -> int:
    """Net top-ups of the day × µs to the next midnight."""
    return sum(
        amount * ((time // DAY + 1) * DAY - time)
        for time, whose, amount in actual.minting.put_in
        if whose == account
    )


def brought(actual: Wallets, unconstrained: Wallets, account: Account) -> int:
    """What an account opens the day with; without limits, what it needs."""
    return unconstrained.largest_fall[account] if actual.unlimited else actual.opening_today[account]


def holding_cost(actual: Wallets, unconstrained: Wallets, account: Account) -> int:
    """Of what was brought, over 24 hours, at the rate of the pool's first leg, half to even."""
    leg = actual.arrangement.leg_of_pool(account[1])
    held = brought(actual, unconstrained, account) * DAY + put_in_time(actual, account)
    return round(held * leg.rate / (leg.day_count * DAY))


def peaks(actual: Wallets, unconstrained: Wallets) -> dict[str, int]:
    """By pool, the largest total that its members had brought."""
    found = {}
    for pool in actual.arrangement.pools:
        accounts = [account for account in actual.accounts if account[1] == pool]
        total = most = sum(brought(actual, unconstrained, account) for account in accounts)
        for _, whose, amount in actual.minting.put_in:
            if whose in accounts:
                total += amount
                most = max(most, total)
        found[pool] = most
    return found


def of_money(actual: Wallets, unconstrained: Wallets) -> dict[str, int]:
    return {"peak_supply": sum(peaks(actual, unconstrained).values())} if actual.arrangement.has_money else {}


def ratios_of_money(actual: Wallets, unconstrained: Wallets) -> dict[str, tuple[int, int]]:
    if not actual.arrangement.has_money:
        return {}
    found = [
        most
        for pool, most in peaks(actual, unconstrained).items()
        if actual.arrangement.leg_of_pool(pool).kind == "stablecoin"
    ]
    return {"supply_share": (sum(found), STABLECOINS if found else 0)}
