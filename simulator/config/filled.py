"""Keys not given that follow from others: trade days, settlement dates, blocks."""

from __future__ import annotations

from simulator.config.chain import CHAIN_PRESETS
from simulator.config.schema import Config
from simulator.config.shapes import parse_block


def filled(config: Config) -> Config:
    """The config with what follows from its own keys."""
    return _with_blocks(_with_settlement(_with_days(config)))


def _with_days(config: Config) -> Config:
    """Trade days not given: one, or as many as the typed instructions use; a tape's are not known yet."""
    if config.days is not None or config.flow.kind == "tape":
        return config
    last = max((instruction.day for instruction in config.flow.instructions or ()), default=0)
    return config.model_copy(update={"days": last + 1})


def _with_settlement(config: Config) -> Config:
    """Settlement dates of layer 2 not given: that of the market."""
    flow = config.flow
    markets = [] if flow.markets is None else list(flow.markets.values())
    if markets and "settles" not in flow.model_fields_set:
        # What all markets have settled by then: netting across them takes one date.
        latest = max(one.flow.settles for one in markets)
        config = config.model_copy(update={"flow": flow.model_copy(update={"settles": latest})})
    arrangements = {
        name: one.model_copy(update={"settles": config.flow.settles})
        if one.netted and "settles" not in one.model_fields_set
        else one
        for name, one in config.arrangements.items()
    }
    return config.model_copy(update={"arrangements": arrangements})


def _with_blocks(config: Config) -> Config:
    """Blocks not given: those of the preset of the arrangement's chain."""
    arrangements = dict(config.arrangements)
    for name, arrangement in config.arrangements.items():
        preset = config.chain_of(name).preset
        if preset is not None and "block" not in arrangement.model_fields_set:
            block = parse_block(CHAIN_PRESETS[preset].block)
            arrangements[name] = arrangement.model_copy(update={"block": block})
    return config.model_copy(update={"arrangements": arrangements})
