"""A pilot of tokenized entitlements in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.credit import write_fraction
from simulator.config.units import write_share, write_time

if TYPE_CHECKING:
    from simulator.config.pilot import Pilot, ShareRule


def describe_pilot(pilot: Pilot) -> list[str]:
    """What may be tokenized, and how much of it is.

    Examples
    --------
    >>> from simulator.config.pilot import Pilot
    >>> stated = {"eligible": {"share": "40 %"}, "chains": ["ethereum"], "orders": {"share": "5 %"},
    ...           "tokenize": {"share": "30 %", "at": "09:30"}}
    >>> describe_pilot(Pilot.model_validate(stated))
    ['pilot on ethereum for 40 % of securities', '30 % tokenized at 09:30', '5 % of trades for tokens']
    """
    eligible, wallets = pilot.eligible, pilot.wallets
    words = ["pilot"]
    if pilot.chains:
        words.append(f"on {', '.join(pilot.chains)}")
    if eligible.kind == "share":
        words.append(f"for {write_share(write_fraction(eligible.share))} of securities")
    elif eligible.kind == "only":
        number = len(eligible.securities)
        words.append(f"for {number} {'security' if number == 1 else 'securities'}")
    told = [" ".join(words)]
    if wallets.kind != "all":
        number = len(wallets.members)
        told.append(f"{number} wallets" if wallets.kind == "only" else f"all wallets but {number}")
    for rule, done in ((pilot.tokenize, "tokenized"), (pilot.detokenize, "de-tokenized")):
        if rule is not None:
            told.append(_rule(rule, done))
    if pilot.orders is not None:
        told.append(f"{write_share(write_fraction(pilot.orders.share))} of trades for tokens")
    if pilot.events:
        told.append(f"{len(pilot.events)} {'event' if len(pilot.events) == 1 else 'events'} of tokens")
    if pilot.settlement_value:
        told.append(f"settlement value {write_share(write_fraction(pilot.settlement_value))}")
    return told


def _rule(rule: ShareRule, done: str) -> str:
    often = " every day" if rule.every_day else ""
    return f"{write_share(write_fraction(rule.share))} {done} at {write_time(rule.at)}{often}"
