"""Which way each instruction goes, where an arrangement settles in two: by book entry, or on chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError, Problem
from simulator.market.flow import Bools, Captured, Flow, Int64
from simulator.market.streams import stream
from simulator.rules import Route

from .capture import Capture, FlowDay
from .incoming import arrivals_of

if TYPE_CHECKING:
    from simulator.config.book_entry import Routing
    from simulator.config.routing import Routing as OnChain

GENERATION_UNIT = 1 << 16
"""Instructions drawn for together: a fixed stretch of the flow, whatever its chunks."""

COLUMNS = ("time", "buyer", "seller", "security", "units", "cash", "buyer_slot", "seller_slot")


class Portion(Capture):
    """What was captured of a part of the flow: the same positions, tallies of its own."""

    def __init__(self, flow: Flow, capture: Capture) -> None:
        self.slots = capture.slots
        self.days = [FlowDay(day, len(flow.members), len(flow.securities)) for day in flow.days]

    def add(self, chunk: Captured) -> None:
        """Tally what is of this part."""
        self.days[chunk.day].add(chunk, self.slots.count)


class Router:
    """Sends each instruction to one of two ways of settlement."""

    def __init__(self, routing: Routing, flow: Flow, seed: int) -> None:
        self.routing, self.seed = routing, seed
        sides = flow.member_types if routing.kind == "types" else flow.members
        self.named: Bools = np.isin(np.array(sides), routing.names)

    def split(self, chunk: Captured) -> tuple[Captured, Captured]:
        """What of a chunk is delivered by book entry, and the rest; both may be empty."""
        if self.routing.kind == "share":
            chosen = self._drawn(chunk)
        else:
            chosen = self.named[chunk.buyer] | self.named[chunk.seller]
        return _part(chunk, chosen), _part(chunk, ~chosen)

    def _drawn(self, chunk: Captured) -> Bools:
        return drawn(self.seed, "book entry", chunk, float(self.routing.share))


def drawn(seed: int, purpose: str, chunk: Captured, share: float) -> Bools:
    """Each instruction by itself, uniform below the share, from a stream by trade day and stretch."""
    places = chunk.positions(0, len(chunk))
    chosen = np.zeros(len(places), dtype=np.bool_)
    units = places // GENERATION_UNIT
    for unit in np.unique(units).tolist():
        here = units == unit
        numbers = stream(seed, purpose, chunk.day, unit).random(GENERATION_UNIT)
        chosen[here] = numbers[places[here] % GENERATION_UNIT] < share
    return chosen


class InstructionRouter:
    """Sends to the chain what all of a routing section's criteria hold for; the rest is netted.

    ``rule`` is one of the user's own, asked once a chunk; it cannot see how the flow is cut but by that.
    """

    def __init__(
        self, routing: OnChain, flow: Flow, seed: int, rule: Route | None, problem: Callable[[str], Problem]
    ) -> None:
        self.routing, self.flow, self.seed = routing, flow, seed
        self.rule, self.problem = rule, problem
        members = np.array(flow.members)
        self.members = None if routing.members is None else np.isin(members, routing.members)
        self.types = None if routing.types is None else np.isin(np.array(flow.member_types), routing.types)
        self.securities = [
            np.append(np.isin(np.array(of), named), False)  # a payment is in none: its place is the last
            for of, named in (
                (flow.securities, routing.securities),
                ([security.partition(":")[0] for security in flow.securities], routing.markets),
            )
            if named is not None
        ]
        self.pairs = None
        if routing.pairs is not None:
            places = {member: at for at, member in enumerate(flow.members)}
            both = [sorted((places[a], places[b])) for a, b in routing.pairs if a in places and b in places]
            self.pairs = np.array([low * len(members) + high for low, high in both], dtype=np.int64)

    def split(self, chunk: Captured) -> tuple[Captured, Captured]:
        """What of a chunk goes to the chain, and the rest; both may be empty."""
        chosen = self.chosen(chunk)
        return _part(chunk, chosen), _part(chunk, ~chosen)

    def chosen(self, chunk: Captured) -> Bools:
        """Of each instruction, whether it goes to the chain."""
        routing, chosen = self.routing, np.ones(len(chunk), dtype=np.bool_)
        if routing.share is not None:
            chosen &= drawn(self.seed, "routing", chunk, float(routing.share))
        for named in (self.members, self.types):
            if named is not None:
                chosen &= named[chunk.buyer] | named[chunk.seller]
        if self.pairs is not None:
            low, high = np.minimum(chunk.buyer, chunk.seller), np.maximum(chunk.buyer, chunk.seller)
            chosen &= np.isin(low.astype(np.int64) * len(self.flow.members) + high, self.pairs)
        for listed in self.securities:
            chosen &= listed[chunk.security]
        if routing.above is not None:
            chosen &= chunk.cash > routing.above
        if routing.below is not None:
            chosen &= chunk.cash < routing.below
        time = chunk.time - self.flow.days[chunk.day].midnight
        if routing.since is not None:
            chosen &= time >= routing.since
        if routing.until is not None:
            chosen &= time < routing.until
        return chosen if self.rule is None else chosen & self._asked(chunk)

    def _asked(self, chunk: Captured) -> Bools:
        assert self.rule is not None
        answer = np.asarray(self.rule(arrivals_of(chunk, len(self.flow.members))))
        if answer.shape != chunk.time.shape or answer.dtype != np.bool_:
            message = f"the rule must say yes or no of each instruction, not {answer.dtype} of {answer.shape}"
            raise InputError(self.problem(message))
        return answer


def _part(chunk: Captured, which: Bools) -> Captured:
    """Some of a chunk's instructions, with their places."""
    places: Int64 = chunk.positions(0, len(chunk))[which]
    stated = [
        each.name for each in fields(chunk) if each.name in ("priority", "deadline", "hold_until", "partial")
    ]
    picked = {
        name: column[which] for name in (*COLUMNS, *stated) if (column := getattr(chunk, name)) is not None
    }
    return replace(chunk, places=places, **picked)
