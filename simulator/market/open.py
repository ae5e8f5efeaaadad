"""The flow that a config asks for: synthetic, a tape, or typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.market.flow import Flow
from simulator.market.named import refuse_unknown

if TYPE_CHECKING:
    from simulator.config.schema import Config


def open_flow(config: Config) -> Flow:
    """The source of trades of ``config``, in which all that the config names is there.

    Raises
    ------
    InputError : a tape or list that cannot be read, totals that could reach 2^62, or a member, security or
        day that the config names and the flow has not.
    """
    flow = _open(config)
    refuse_unknown(config, flow)
    return flow


def _open(config: Config) -> Flow:
    """The flow itself; each kind imports only what it needs."""
    if config.flow.kind == "tape":
        from simulator.market.tape import TapeFlow

        return TapeFlow(config)
    if config.flow.kind == "typed":
        from simulator.market.typed import TypedFlow

        return TypedFlow(config)
    if config.flow.kind == "repo":
        from simulator.market.repo import RepoFlow

        return RepoFlow(config)
    if config.flow.kind == "markets":
        from simulator.market.markets import MarketsFlow

        return MarketsFlow(config)
    from simulator.market.synthetic import SyntheticFlow

    return SyntheticFlow(config)
