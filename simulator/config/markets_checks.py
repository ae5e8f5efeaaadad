"""What must hold between several markets: one money, one calendar, random streams of their own."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.faults import Fault
from simulator.config.schema import Config
from simulator.config.tree import KeyPath

OF_ALL = ("funding", "holdings", "members")
"""Keys of participants that say what members bring to all markets together."""


def check_markets(config: Config) -> Iterator[Fault]:
    """Faults of ``flow.markets``, which there are."""
    here: KeyPath = ("flow", "markets")
    flow = config.flow
    if not flow.markets:
        yield Fault(here, "empty; give at least one market, such as bonds: markets/treasuries")
        return
    streams: dict[str | None, str] = {}
    for name, one in flow.markets.items():
        path: KeyPath = (*here, name)
        for key in ("tape", "instructions"):
            if getattr(one.flow, key) is not None:
                message = "several markets at once are all synthetic; settle this one in a config of its own"
                yield Fault((*path, "flow", key), message)
        if one.flow.currency != flow.currency:
            message = (
                f"{one.flow.currency} is not the currency of flow.currency, {flow.currency}; give all one"
            )
            yield Fault((*path, "flow", "currency"), message, (("flow", "currency"),))
        for key in ("start", "calendar"):
            if getattr(one.flow, key) is not None:
                message = f"all markets have the same days; give flow.{key}"
                yield Fault((*path, "flow", key), message)
        for key in OF_ALL:
            if key in one.participants.model_fields_set:
                message = f"what members bring is for all markets; give participants.{key}"
                yield Fault((*path, "participants", key), message)
        if one.flow.market in streams:
            other = streams[one.flow.market]
            said = "without a name of its own" if one.flow.market is None else f"named {one.flow.market}"
            message = (
                f"both it and {other} are {said}, so their random streams would be the same; give it one"
            )
            yield Fault((*path, "flow", "market"), message, (path, (*here, other)))
        streams[one.flow.market] = name
