"""Order rules: the key by which an instruction queues within its priority, lowest first."""

from __future__ import annotations

from dataclasses import replace

from .book import Instruction

NO_DEADLINE = 2**62


def key_of(queue: str, one: Instruction) -> int:
    """First in, first out needs none: time and order follow the key."""
    if queue == "largest_first":
        return -one.cash
    if queue == "smallest_first":
        return one.cash
    if queue == "by_deadline":
        return NO_DEADLINE if one.deadline is None else one.deadline
    assert queue in ("fifo_bypass", "fifo_strict")
    return 0


def with_key(queue: str, one: Instruction) -> Instruction:
    """As it joins the queue; what remains of it after a part keeps the key."""
    return replace(one, key=key_of(queue, one))
