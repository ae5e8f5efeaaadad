"""What must hold between routing and the arrangements it joins."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.routing import CRITERIA, Routing
from simulator.config.schema import Arrangement, Config
from simulator.config.tree import KeyPath


def check_routing(config: Config) -> Iterator[Fault]:
    """Faults of what arrangements send to the chain."""
    for name, one in config.arrangements.items():
        if one.routing is not None:
            yield from _routing(("arrangements", name, "routing"), one, one.routing, config)


def _routing(path: KeyPath, one: Arrangement, routing: Routing, config: Config) -> Iterator[Fault]:
    layer_3 = [name for name, other in config.arrangements.items() if other.layer == 3]
    if one.layer == 3:
        yield Fault(path, "needs layer 1 or 2: it is what leaves the netted pool", ((*path[:2], "layer"),))
    if one.book_entry is not None:
        yield Fault(path, "goes without book_entry, which says itself what is not netted")
    if config.flow.class_days > 1:
        yield Fault(path, "goes without flow.class_days: what is sent settles day by day")
    if one.pilot is not None:
        yield Fault(path, "goes without pilot: what it sends has left the book for good")
    if routing.to not in layer_3:
        said = f"{routing.to} is not an arrangement of layer 3"
        there = f"; they are {', '.join(layer_3)}" if layer_3 else "; there is none"
        yield Fault(
            (*path, "to"), said + there + nearest(routing.to, layer_3), (("arrangements", routing.to),)
        )
    if not any(getattr(routing, key) is not None for key in CRITERIA):
        rests_on = tuple((*path, key) for key in CRITERIA)
        yield Fault(path, f"nothing says what is sent; give one of {', '.join(CRITERIA)}", rests_on)
    other = config.arrangements.get(routing.to)
    if routing.crossing is not None and other is not None:
        for side in (one, other):
            if (side.holdings or config.participants.holdings).kind == "ample":
                message = (
                    "needs limited holdings on both sides, such as holdings: 1 days; ample ones lack nothing"
                )
                yield Fault(
                    (*path, "crossing"), message, ((*path[:2], "holdings"), ("participants", "holdings"))
                )
                break
    if routing.types is not None and config.flow.kind != "synthetic":
        yield Fault((*path, "types"), "needs a synthetic market, whose members have types")
    known = list(config.flow.markets or ())
    for at, market in enumerate(routing.markets or ()):
        if market not in known:
            there = f"; they are {', '.join(known)}" if known else "; flow.markets names none"
            yield Fault((*path, "markets", at), f"{market} is not a market{there}{nearest(market, known)}")
    if routing.since is not None and routing.until is not None and routing.since >= routing.until:
        yield Fault((*path, "until"), "is not after since, so nothing is sent", ((*path, "since"),))
    yield from _shared(path, one, routing, config)


def _shared(path: KeyPath, one: Arrangement, routing: Routing, config: Config) -> Iterator[Fault]:
    if routing.cash == "separate":
        if routing.transfer:
            yield Fault((*path, "transfer"), "needs cash: shared; separate pools move nothing")
        return
    here = (*path, "cash")
    if one.settles:
        message = "shared needs settles: T+0; cash that is due on a later day does not serve this one"
        yield Fault(here, message, ((*path[:2], "settles"),))
    other = config.arrangements.get(routing.to)
    if other is not None and len(config.legs_of(routing.to)) > 1:
        message = f"shared needs one pool of cash; {routing.to} has several cash legs"
        yield Fault(here, message, (("cash_leg",), ("arrangements", routing.to, "cash_leg")))
    both = [one] if other is None else [one, other]
    if any((each.funding or config.participants.funding).kind != "unlimited" for each in both):
        message = "shared needs funding: unlimited; limited pools are kept apart"
        yield Fault(here, message, ((*path[:2], "funding"), ("participants", "funding")))


def members_routed(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Members that routing names, and where."""
    for name, one in config.arrangements.items():
        if one.routing is not None:
            path: KeyPath = ("arrangements", name, "routing")
            yield from (
                ((*path, "members", at), member) for at, member in enumerate(one.routing.members or ())
            )
            for at, pair in enumerate(one.routing.pairs or ()):
                yield from (((*path, "pairs", at, side), member) for side, member in enumerate(pair))


def securities_routed(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Securities that routing names, and where."""
    for name, one in config.arrangements.items():
        if one.routing is not None:
            path: KeyPath = ("arrangements", name, "routing", "securities")
            yield from (((*path, at), security) for at, security in enumerate(one.routing.securities or ()))
