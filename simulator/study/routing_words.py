"""Routing in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.credit import write_fraction
from simulator.config.units import format_money, write_duration, write_share, write_time

if TYPE_CHECKING:
    from simulator.config.routing import Routing


def describe_routing(routing: Routing, currency: str) -> str:
    """What leaves the netted pool, where it goes, and whether its cash serves both.

    Examples
    --------
    >>> from simulator.config.routing import Routing
    >>> describe_routing(Routing.model_validate({"to": "gross", "share": "5 %", "types": "custodian"}), "USD")
    '5 % of trades of custodian to gross'
    """
    words = ["trades" if routing.share is None else f"{write_share(write_fraction(routing.share))} of trades"]
    for names in (routing.members, routing.types):
        if names is not None:
            words.append(f"of {', '.join(names)}")
    if routing.pairs is not None:
        words.append(f"of {', '.join('–'.join(pair) for pair in routing.pairs)}")
    for names in (routing.securities, routing.markets):
        if names is not None:
            words.append(f"in {', '.join(names)}")
    for word, amount in (("above", routing.above), ("below", routing.below)):
        if amount is not None:
            words.append(f"{word} {format_money(amount, currency)}")
    for word, time in (("from", routing.since), ("before", routing.until)):
        if time is not None:
            words.append(f"{word} {write_time(time)}")
    if routing.rule is not None:
        words.append(f"by {routing.rule}")
    words.append(f"to {routing.to}")
    if routing.cash == "shared":
        words.append("on shared cash")
        if routing.transfer:
            words.append(f"{write_duration(routing.transfer)} away")
    if routing.crossing is not None:
        words.append(f"with entitlements crossing every {write_duration(routing.crossing.every)}")
    return " ".join(words)
