"""How many runs fit into memory side by side, told before any of them starts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.study.size import memory_of

if TYPE_CHECKING:
    from simulator.config.schema import Config


def largest_run(configs: Iterable[Config], arrangements: int = 1) -> int:
    """Bytes that the largest of some runs needs, roughly; recorded flows are read once each.

    ``arrangements`` is how many there are in place of each: a frontier settles all its points at once.
    """
    largest = 0
    known: dict[Any, tuple[int, int, int]] = {}
    seen: set[Any] = set()
    for config in configs:
        shape = _shape(config, known)
        layers = tuple((one.layer, one.settles) for one in config.arrangements.values())
        if (shape, layers) not in seen:
            seen.add((shape, layers))
            largest = max(largest, memory_of(config, *shape, arrangements))
    return largest


def _shape(config: Config, known: dict[Any, tuple[int, int, int]]) -> tuple[int, int, int]:
    """Members, securities and trades of a run."""
    flow = config.flow
    if flow.kind == "synthetic":
        return (
            config.participants.count,
            flow.securities.number,
            (flow.trades_per_day or 0) * (config.days or 1),
        )
    if flow.instructions is not None:
        names = {name for one in flow.instructions for name in (one.buyer, one.seller)}
        securities = {one.security for one in flow.instructions}
        return len(names), len(securities), len(flow.instructions)
    if flow.markets is not None:
        shared = [one.participants.count for one in flow.markets.values()]
        return (
            max(shared) if flow.members == "shared" else sum(shared),
            sum(one.flow.securities.number for one in flow.markets.values()),
            sum((one.flow.trades_per_day or 0) * (config.days or 1) for one in flow.markets.values()),
        )
    what: Any = (flow.tape and flow.tape.path, flow.tape and flow.tape.columns.model_dump_json())
    if flow.repo is not None:
        what = (repr(flow.repo), config.participants.count, flow.securities.number, config.days)
    if what not in known:
        from simulator.market.open import open_flow

        opened = open_flow(config)
        known[what] = (len(opened.members), len(opened.securities), opened.size.trades)
    return known[what]


def free_memory() -> int | None:
    """Bytes that can be had without pushing others out; None where the machine does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def workers_that_fit(workers: int, run: int, free: int | None) -> int:
    """At most ``workers`` of which each may hold one run; at least one, which may yet be too large.

    Examples
    --------
    >>> workers_that_fit(8, 3 << 30, 16 << 30), workers_that_fit(8, 3 << 30, 1 << 30)
    (5, 1)
    """
    return workers if free is None or not run else max(1, min(workers, free // run))
