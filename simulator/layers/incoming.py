"""What enters a gross arrangement, when, and in which order: order rules, release rules, holds.

Most arrangements take the flow as it comes. Where instructions state priorities or holds, or a rule
orders or releases them, each event's arrivals are gathered here and put into queue order.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields

import numpy as np

from simulator.config.errors import InputError, Problem
from simulator.kernels.order import sort_by_priority
from simulator.kernels.state import PRIORITIES, Batch, Int32, Wishes
from simulator.kernels.wide import sum_of_products
from simulator.ledger import wishes_of
from simulator.market.flow import Captured, Int64
from simulator.rules import Arrivals, Order, Release


@dataclass(frozen=True, slots=True)
class Incoming:
    """Instructions on their way into an arrangement; one entry each, in the order of the flow.

    ``time`` is its own, ``enters`` from when each may settle, ``held`` whether that is later.
    """

    time: Int64
    enters: Int64
    held: np.ndarray
    buyer: Int32
    seller: Int32
    security: Int32
    units: Int64
    cash: Int64
    buyer_slot: Int32
    seller_slot: Int32
    place: Int64
    priority: Int64
    key: Int64
    deadline: Int64
    may_part: Int64

    def __len__(self) -> int:
        return len(self.enters)

    def at(self, which: np.ndarray | slice) -> Incoming:
        """Those of a mask, a slice, or places in any order."""
        return Incoming(*(getattr(self, each.name)[which] for each in fields(self)))

    @classmethod
    def joined(cls, parts: list[Incoming]) -> Incoming:
        """Several, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    @property
    def batch(self) -> Batch:
        """As kernels take them."""
        return Batch(
            times=self.enters,
            buyers=self.buyer,
            sellers=self.seller,
            securities=self.security,
            units=self.units,
            cash=self.cash,
            buyer_slots=self.buyer_slot,
            seller_slots=self.seller_slot,
            wishes=Wishes(self.place, self.priority, self.key, self.deadline, self.may_part),
        )

    def as_one_event(self, start: int, stop: int) -> Int64:
        """Those from ``start`` to ``stop`` as one event takes them, by (priority, key, place)."""
        keys = (self.place[start:stop], self.key[start:stop], self.priority[start:stop])
        return start + np.lexsort(keys)

    def as_own_events(self, start: int, stop: int) -> Int64:
        """The same as events of their own: by entry, those never held in the flow's order, then others."""
        held, enters = self.held[start:stop], self.enters[start:stop]
        if not held.any():
            return np.arange(start, stop)
        priority, key = (np.where(held, each[start:stop], 0) for each in (self.priority, self.key))
        return start + np.lexsort((self.place[start:stop], key, priority, held, enters))


@dataclass(slots=True)
class _Coming:
    """A captured chunk of which all before ``at`` has entered; ``in_turn`` if no rule gave it keys."""

    incoming: Incoming
    batch: Batch
    in_turn: bool
    at: int = 0


@dataclass(frozen=True, slots=True)
class Entering:
    """What enters at one event: instructions ``start`` to ``stop`` of some that stand as a batch.

    ``in_turn`` says that within a priority they stand in queue order already.
    """

    incoming: Incoming
    batch: Batch
    start: int
    stop: int
    in_turn: bool = False

    def as_one_event(self) -> Int64:
        """Where they stand in the batch, in queue order."""
        if not self.in_turn:
            return self.incoming.as_one_event(self.start, self.stop)
        order = np.empty(self.stop - self.start, dtype=np.int64)
        sort_by_priority(self.incoming.priority, self.start, np.empty(PRIORITIES, dtype=np.int64), order)
        return order

    def as_own_events(self) -> Int64:
        """The same where each is an event of its own."""
        return self.incoming.as_own_events(self.start, self.stop)

    @property
    def value(self) -> int:
        """Σ cash."""
        return int(self.incoming.cash[self.start : self.stop].sum())


class Gate:
    """Where instructions pass on their way in: each gets its key, and what is on hold waits here.

    ``arrangement`` is named where a rule answers badly; rules see members, of whom there are ``members``,
    whichever account pays.
    """

    def __init__(self, arrangement: str, members: int, order: Order | None, release: Release | None) -> None:
        self.arrangement, self.members = arrangement, members
        self.order = order
        self.release = release
        self.value_held_time = 0  # Σ value × (entry − own time) of what was on hold, today
        self._held: list[Incoming] = []
        self._coming: deque[_Coming] = deque()

    def offer(self, chunk: Captured) -> None:
        """A captured chunk: what is on hold is set aside until it may enter."""
        time = chunk.time
        keys = self._ask(self.order, "queue", chunk) if self.order is not None else None
        enters = time if chunk.hold_until is None else np.maximum(time, chunk.hold_until)
        if self.release is not None:
            enters = np.maximum(enters, self._ask(self.release, "release", chunk))
        wishes = wishes_of(chunk, keys)
        held = enters > time
        self.value_held_time += sum_of_products(chunk.cash[held], enters[held] - time[held])
        incoming = Incoming(
            time=time,
            enters=enters,
            held=held,
            buyer=chunk.buyer,
            seller=chunk.seller,
            security=chunk.security,
            units=chunk.units,
            cash=chunk.cash,
            buyer_slot=chunk.buyer_slot,
            seller_slot=chunk.seller_slot,
            place=wishes.places,
            priority=wishes.priorities,
            key=wishes.keys,
            deadline=wishes.deadlines,
            may_part=wishes.may_part,
        )
        if held.any():
            self._held.append(incoming.at(held))
            incoming = incoming.at(~held)
        if len(incoming):
            self._coming.append(_Coming(incoming, incoming.batch, in_turn=keys is None))

    def enter_until(self, now: int) -> Entering | None:
        """What enters at or before ``now`` and has not yet; None if nothing."""
        entering: list[Entering] = []
        while self._coming:
            one = self._coming[0]
            stop = max(one.at, int(np.searchsorted(one.incoming.enters, now, side="right")))
            if stop > one.at:
                entering.append(Entering(one.incoming, one.batch, one.at, stop, one.in_turn))
            one.at = stop
            if stop < len(one.incoming):
                break
            self._coming.popleft()
        released = self._release(now)
        if released is None and len(entering) <= 1:
            return entering[0] if entering else None
        parts = [each.incoming.at(slice(each.start, each.stop)) for each in entering]
        joined = Incoming.joined(parts if released is None else [*parts, released])
        return Entering(joined, joined.batch, 0, len(joined))

    def traded_until(self, now: int) -> Incoming | None:
        """What was traded at or before ``now`` and has not entered; None if nothing."""
        parts = [one.incoming.at(slice(one.at, None)) for one in self._coming] + self._held
        if not parts:
            return None
        outside = Incoming.joined(parts)
        return outside.at(outside.time <= now)

    def _release(self, now: int) -> Incoming | None:
        """What was on hold until now; None if nothing."""
        if not self._held:
            return None
        held = Incoming.joined(self._held)
        due = held.enters <= now
        self._held = [held.at(~due)] if due.any() else [held]
        return held.at(due) if due.any() else None

    def close(self, closes: int) -> Incoming | None:
        """End the day: what is still on hold never enters; for its waits it entered at the close."""
        never = [one for one in self._held if len(one)]
        self._held = []
        if not never:
            return None
        left = Incoming.joined(never)
        self.value_held_time -= sum_of_products(left.cash, left.enters - closes)
        return left

    def _ask(self, rule: Order | Release, key: str, chunk: Captured) -> Int64:
        answer = np.asarray(rule(arrivals_of(chunk, self.members)))
        if answer.shape != chunk.time.shape or not np.issubdtype(answer.dtype, np.integer):
            message = f"the rule must give one integer an instruction, not {answer.dtype} of {answer.shape}"
            raise InputError(Problem(message, f"arrangements.{self.arrangement}.{key}"))
        return answer.astype(np.int64)


def arrivals_of(chunk: Captured, members: int) -> Arrivals:
    """A chunk as rules see it, read-only: members, whichever account pays."""
    wishes = wishes_of(chunk)
    arrivals = Arrivals(
        buyer=chunk.buyer.astype(np.int64) % members,
        seller=chunk.seller.astype(np.int64) % members,
        security=chunk.security.astype(np.int64),
        units=chunk.units.copy(),
        cash=chunk.cash.copy(),
        time=chunk.time.copy(),
        priority=wishes.priorities,
        deadline=wishes.deadlines,
        place=wishes.places,
    )
    arrivals.freeze()
    return arrivals
