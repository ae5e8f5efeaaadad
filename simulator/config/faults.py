"""A fault between keys that are each well typed."""

from __future__ import annotations

from typing import NamedTuple

from simulator.config.tree import KeyPath


class Fault(NamedTuple):
    """A fault between keys: where to show it, what to say, and the keys it rests on."""

    path: KeyPath
    message: str
    needs: tuple[KeyPath, ...] = ()
