"""What must hold between the keys of the pilot."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.faults import Fault
from simulator.config.pilot import PilotEvent
from simulator.config.schema import Config
from simulator.config.tree import KeyPath

BETWEEN_WALLETS = ("transfer", "reverse")


def check_pilot(config: Config) -> Iterator[Fault]:
    """Faults of what arrangements say of a pilot."""
    for name, one in config.arrangements.items():
        if one.pilot is None:
            continue
        path: KeyPath = ("arrangements", name)
        here: KeyPath = (*path, "pilot")
        if one.layer == 1:
            message = "needs layer 2; at layer 1 tokens stand for securities, and nothing moves on chain"
            yield Fault(here, message, ((*path, "layer"),))
        elif one.layer == 3:
            message = "needs layer 2; in layer 3 everything is on chain"
            yield Fault(here, message, ((*path, "layer"),))
        elif (one.holdings or config.participants.holdings).kind == "ample":
            message = "needs limited holdings, such as holdings: 1 days; with ample ones units never lack"
            rests_on = ((*path, "holdings"), ("participants", "holdings"), ("participants", "members"))
            yield Fault(here, message, rests_on)
        for at, event in enumerate(one.pilot.events):
            yield from _event((*here, "events", at), event)


def _event(path: KeyPath, event: PilotEvent) -> Iterator[Fault]:
    """An event has the keys of its action, and no others."""
    outage, action = event.action == "outage", (*path, "action")
    between = event.action in BETWEEN_WALLETS
    for key, wanted, given, example in (
        ("member", not outage, event.member is not None, "whose, such as member: A"),
        ("to", between, event.to is not None, "the member that receives, such as to: B"),
        ("security", not outage, event.security is not None, "of what, such as security: X"),
        ("units", not outage, event.units > 0, "how many, such as units: 10"),
        ("lasts", outage, event.lasts is not None, "how long, such as lasts: 10 min"),
    ):
        if wanted and not given:
            yield Fault((*path, key), f"missing; give {example}", (action, (*path, key)))
        elif not wanted and key in event.model_fields_set:
            yield Fault((*path, key), f"{event.action} has none", (action,))
    if between and event.to is not None and event.to == event.member:
        message = f"{event.to} is not allowed; it is the member itself: give another"
        yield Fault((*path, "to"), message, ((*path, "member"),))
