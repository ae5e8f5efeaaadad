"""One run: the flow of a config settled under all its arrangements, and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.config.schema import Config
    from simulator.layers.arrangement import Journal
    from simulator.market.flow import Chunk, Flow
    from simulator.measures.summary import Measured

Watch = Callable[[int, int], None]
"""Told, chunk by chunk, how many of how many trades have been captured and offered to all arrangements."""


def measure(
    config: Config, flow: Flow, journal: Journal | None = None, watch: Watch | None = None
) -> Measured:
    """Settle ``flow`` under every arrangement of ``config`` and measure what each needs."""
    # The kernels are imported here, so that reading and checking a config stays light.
    from simulator.measures.summary import summarise
    from simulator.simulation import simulate

    watched = flow if watch is None else WatchedFlow(flow, watch)
    return summarise(config, simulate(config, watched, journal))


class WatchedFlow:
    """A flow that tells how far it has been read; everything else of it is the flow's own."""

    def __init__(self, flow: Flow, watch: Watch) -> None:
        self._flow, self._watch = flow, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._flow, name)

    def chunks(self) -> Iterator[Chunk]:
        """The flow's chunks."""
        read, trades = 0, self._flow.size.trades
        for chunk in self._flow.chunks():
            yield chunk
            read += len(chunk)
            self._watch(read, trades)
