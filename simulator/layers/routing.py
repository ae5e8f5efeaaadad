"""Which instructions are delivered by book entry and which are netted, where an arrangement does both."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.market.flow import Bools, Captured, Flow, Int64
from simulator.market.streams import stream

from .capture import Capture, FlowDay

if TYPE_CHECKING:
    from simulator.config.book_entry import Routing

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
        """Each by itself, uniform below the share, from the stream "book entry" by day and stretch."""
        places, share = chunk.positions(0, len(chunk)), float(self.routing.share)
        chosen = np.zeros(len(places), dtype=np.bool_)
        units = places // GENERATION_UNIT
        for unit in np.unique(units).tolist():
            here = units == unit
            drawn = stream(self.seed, "book entry", chunk.day, unit).random(GENERATION_UNIT)
            chosen[here] = drawn[places[here] % GENERATION_UNIT] < share
        return chosen


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
