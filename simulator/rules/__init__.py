"""The rules a researcher changes: one small file each, registered here by the name a config uses.

A rule only chooses; the ledger verifies and moves. ``netgross list`` prints this table.
"""

from __future__ import annotations

from importlib import import_module

from .waiting import Grouping, Waiting

GROUPING = {"multilateral_offset": "simulator.rules.multilateral_offset:multilateral_offset"}
"""Grouping rules: what waits, once an event, as groups that settle all or nothing."""


def grouping_rule(name: str) -> Grouping:
    """The rule that a config names: a registered one, or ``package.module:function`` of the user's own.

    Raises ``ImportError`` or ``AttributeError`` where there is no such function.
    """
    module, _, function = GROUPING.get(name, name).partition(":")
    return getattr(import_module(module), function)


__all__ = ["GROUPING", "Grouping", "Waiting", "grouping_rule"]
