"""The flow that a config asks for: synthetic, a tape, or typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.market.flow import Flow

if TYPE_CHECKING:
    from simulator.config.schema import Config


def open_flow(config: Config) -> Flow:
    """The source of trades of ``config``; each kind imports only what it needs.

    Raises
    ------
    InputError : a tape or list that cannot be read, or totals that could reach 2^62.
    """
    if config.flow.kind == "tape":
        from simulator.market.tape import TapeFlow

        return TapeFlow(config)
    if config.flow.kind == "typed":
        from simulator.market.typed import TypedFlow

        return TypedFlow(config)
    from simulator.market.synthetic import SyntheticFlow

    return SyntheticFlow(config)
