"""The pilot written out in full."""

from __future__ import annotations

from typing import Any

from simulator.config.credit import write_fraction
from simulator.config.pilot import Eligible, Pilot, PilotEvent, ShareRule
from simulator.config.resolved_chain import without_none, write_registered
from simulator.config.units import write_duration, write_share, write_time


def pilot_section(pilot: Pilot | None) -> dict[str, Any] | None:
    """Every key of a pilot that says something, as plain dicts, lists and text; None without one."""
    if pilot is None:
        return None
    return without_none(
        {
            "eligible": _eligible(pilot.eligible),
            "chains": list(pilot.chains),
            "wallets": write_registered(pilot.wallets),
            "settlement_value": write_share(write_fraction(pilot.settlement_value)),
            "latency": {
                "tokenize": write_duration(pilot.latency.tokenize),
                "detokenize": write_duration(pilot.latency.detokenize),
            },
            "cut_off": None if pilot.cut_off is None else write_time(pilot.cut_off),
            "tokenize": _rule(pilot.tokenize),
            "detokenize": _rule(pilot.detokenize),
            "orders": pilot.orders and {"share": write_share(write_fraction(pilot.orders.share))},
            "events": [_event(event) for event in pilot.events],
        }
    )


def _eligible(eligible: Eligible) -> str | list[str] | dict[str, str]:
    if eligible.kind == "share":
        return {"share": write_share(write_fraction(eligible.share))}
    return "all" if eligible.kind == "all" else list(eligible.securities)


def _rule(rule: ShareRule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    written = {"share": write_share(write_fraction(rule.share)), "at": write_time(rule.at)}
    return {**written, "every_day": "yes"} if rule.every_day else written


def _event(event: PilotEvent) -> dict[str, Any]:
    return without_none(
        {
            "time": write_time(event.time),
            "day": event.day,
            "action": event.action,
            "member": event.member,
            "to": event.to,
            "security": event.security,
            "units": event.units or None,
            "lasts": None if event.lasts is None else write_duration(event.lasts),
        }
    )
