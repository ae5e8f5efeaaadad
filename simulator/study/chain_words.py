"""The chain, its cash and its members in a few words, as a config states them for one arrangement or all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.config.chain import MILLIONTHS
from simulator.config.credit import write_fraction
from simulator.config.units import format_duration, format_money, write_duration, write_money

if TYPE_CHECKING:
    from simulator.config.schema import (
        Arrangement,
        CashLeg,
        ChainSection,
        Config,
        Disruption,
        Treasury,
        Wallets,
    )


def describe_layer_3(stated: Arrangement | Config, currency: str) -> list[str]:
    """What is stated of chain, cash legs, wallets, treasurers and faults; nothing where nothing is.

    Examples
    --------
    >>> from simulator.config.schema import Arrangement
    >>> chain = {"preset": "ethereum", "capacity": "33 a second", "fee": 0}
    >>> one = {"layer": 3, "chain": chain, "cash_leg": "stablecoin", "faults": []}
    >>> describe_layer_3(Arrangement.model_validate(one), "USD")
    ['on ethereum', 'final after 12.8 min', 'room for 33 a second', 'cash stablecoin', 'no faults']
    """
    words = [] if stated.chain is None else _chain(stated.chain, currency)
    if stated.cash_leg is not None:
        words.append(_legs(stated.cash_leg))
    if stated.wallets is not None:
        words.append(_wallets(stated.wallets))
    if stated.treasury is not None:
        words.append(_treasury(stated.treasury, currency))
    if stated.faults is not None:
        words.append(_faults(stated.faults))
    return words


def _chain(chain: ChainSection, currency: str) -> list[str]:
    words = [f"on {chain.preset}"] if chain.preset else []
    if chain.block_times == "memoryless":
        words.append("memoryless blocks")
    if chain.finality:
        words.append(f"final after {format_duration(chain.finality)}")
    capacity = chain.capacity
    if capacity is not None and capacity.per_second is not None:
        words.append(f"room for {write_fraction(capacity.per_second):f} a second")
    elif capacity is not None:
        words.append(f"room for {capacity.room(1)} a block")
    if chain.inclusion == "fee":
        words.append("highest bid first")
    if chain.fee:
        fee = write_money(chain.fee, currency, MILLIONTHS).removesuffix(f" {currency}")
        words.append(f"fee {fee.rstrip('0')} {currency}")
    return words


def _legs(legs: Mapping[str, CashLeg]) -> str:
    if not legs:
        return "no cash leg"
    told = [name if name == leg.kind else f"{name} ({leg.kind})" for name, leg in legs.items()]
    return f"cash {', '.join(told)}"


def _wallets(wallets: Wallets) -> str:
    number = len(wallets.registered.members)
    told = {"all": "all wallets", "only": f"{number} wallets", "except": f"all wallets but {number}"}
    words = f"{told[wallets.registered.kind]} registered"
    return f"{words}, {len(wallets.events)} events of wallets" if wallets.events else words


def _treasury(treasury: Treasury, currency: str) -> str:
    if not treasury.every:
        return "no treasurers"
    words = []
    if treasury.policy is not None:
        words.append(f"follow {treasury.policy}")
    if treasury.top_up is not None:
        below, to = (format_money(one, currency) for one in (treasury.top_up.below, treasury.top_up.to))
        words.append(f"top up below {below} to {to}")
    if treasury.withdraw is not None:
        above, to = (format_money(one, currency) for one in (treasury.withdraw.above, treasury.withdraw.to))
        words.append(f"give back above {above} to {to}")
    if treasury.release != "at_once":
        words.append({"paced": "pace", "wait_for_inflow": "wait for inflow"}[treasury.release])
    if treasury.reserve:
        words.append(f"keep {format_money(treasury.reserve, currency)} for what is urgent")
    return f"treasurers {' and '.join(words) or 'act'} every {write_duration(treasury.every)}"


def _faults(faults: tuple[Disruption, ...]) -> str:
    if not faults:
        return "no faults"
    kinds = Counter(fault.kind.replace("_", " ") for fault in faults)
    return "faults: " + ", ".join(
        kind if count == 1 else f"{count} × {kind}" for kind, count in kinds.items()
    )
