"""SimPy's clock with one addition: what happens at one instant happens in the order of a phase table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import simpy
from simpy.events import EventPriority


class Clock:
    """Hands out events at absolute times (int µs); at one time, events run in the order of ``phases``."""

    def __init__(self, environment: simpy.Environment, phases: Sequence[str]) -> None:
        self.environment = environment
        self._rank = {phase: rank for rank, phase in enumerate(phases, start=2)}

    def at(self, time: int, phase: str) -> simpy.Event:
        """An event at ``time``, which is not past, in its phase; a process yields it to wait.

        >>> import simpy
        >>> clock = Clock(simpy.Environment(), ["arrivals", "blocks"])
        >>> order = []
        >>> def actor(phase):
        ...     yield clock.at(12, phase)
        ...     order.append(phase)
        >>> for phase in ("blocks", "arrivals"):
        ...     _ = clock.environment.process(actor(phase))
        >>> clock.environment.run()
        >>> order
        ['arrivals', 'blocks']
        """
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        # SimPy orders by (time, priority, insertion) and takes any integer as a priority.
        priority = cast(EventPriority, self._rank[phase])
        self.environment.schedule(event, priority=priority, delay=time - self.environment.now)
        return event
