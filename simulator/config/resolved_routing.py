"""Routing written out in full."""

from __future__ import annotations

from typing import Any

from simulator.config.credit import write_fraction
from simulator.config.resolved_chain import without_none
from simulator.config.routing import Routing
from simulator.config.units import write_duration, write_money, write_share, write_time


def write_routing(routing: Routing | None, currency: str) -> dict[str, Any] | None:
    """Every key of routing that says something, as plain dicts, lists and text; None without it."""
    if routing is None:
        return None
    lists = {
        key: None if getattr(routing, key) is None else list(getattr(routing, key))
        for key in ("members", "types", "securities", "markets")
    }
    money = {
        key: None if getattr(routing, key) is None else write_money(getattr(routing, key), currency)
        for key in ("above", "below")
    }
    times = {
        key: None if getattr(routing, key) is None else write_time(getattr(routing, key))
        for key in ("since", "until")
    }
    return without_none(
        {
            "to": routing.to,
            "share": None if routing.share is None else write_share(write_fraction(routing.share)),
            **lists,
            "pairs": None if routing.pairs is None else [list(pair) for pair in routing.pairs],
            **money,
            **times,
            "rule": routing.rule,
            "cash": routing.cash,
            "transfer": write_duration(routing.transfer) if routing.transfer else None,
            "on_chain": write_share(write_fraction(routing.on_chain)) if routing.on_chain else None,
            "crossing": None
            if routing.crossing is None
            else {
                "every": write_duration(routing.crossing.every),
                "latency": {
                    "tokenize": write_duration(routing.crossing.latency.tokenize),
                    "detokenize": write_duration(routing.crossing.latency.detokenize),
                },
            },
        }
    )
