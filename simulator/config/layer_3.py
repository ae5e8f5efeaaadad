"""Sections that stand at the top for every arrangement of layer 3, or in one of them in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.config.schema import Config
from simulator.config.tree import KeyPath

OF_LAYER_3 = ("chain", "wallets", "cash_leg", "treasury", "faults")


def written(config: Config, section: str) -> Iterator[tuple[KeyPath, Any]]:
    """A section everywhere that it is written for layer 3, and where."""
    if getattr(config, section) is not None:
        yield (section,), getattr(config, section)
    for name, one in config.arrangements.items():
        if one.layer == 3 and getattr(one, section) is not None:
            yield ("arrangements", name, section), getattr(one, section)
