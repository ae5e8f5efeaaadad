"""The rules a researcher changes: one small file each, registered here by the name a config uses.

A rule only chooses; the ledger verifies and moves. ``netgross list`` prints these tables. The guide is
README.md beside this page.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .arrivals import NO_DEADLINE, Arrivals, Order, Release, Route
from .credit_view import Credit, CreditView
from .treasury_view import Actions, TreasuryPolicy, TreasuryView
from .waiting import Grouping, Waiting, before_loop

GROUPING = {
    "bilateral_offset": "simulator.rules.bilateral_offset:bilateral_offset",
    "ring_offset": "simulator.rules.ring_offset:ring_offset",
    "multilateral_offset": "simulator.rules.multilateral_offset:multilateral_offset",
    "batch_auction": "simulator.rules.batch_auction:batch_auction",
    "exact_optimum": "simulator.rules.exact_optimum:exact_optimum",
    "look_ahead": "simulator.rules.look_ahead:look_ahead",
}
"""Grouping rules: what waits, once an event, as groups that settle all or nothing."""

ORDERS = {
    "largest_first": "simulator.rules.orders:largest_first",
    "smallest_first": "simulator.rules.orders:smallest_first",
    "by_deadline": "simulator.rules.orders:by_deadline",
}
"""Order rules: a key an instruction, lowest first. First come first settled needs none."""


def grouping_rule(name: str) -> Grouping:
    """The grouping rule that a config names: a registered one, or ``package.module:name`` of the user's own.

    A class is made without arguments, and the object called. Raises ``ImportError`` or ``AttributeError``
    where there is no such name, as all six of these do.
    """
    return _named(GROUPING.get(name, name))


def order_rule(name: str) -> Order:
    """The order rule that a config names: a registered one, or one of the user's own."""
    return _named(ORDERS.get(name, name))


def release_rule(name: str) -> Release:
    """The release rule that a config names, ``package.module:name``."""
    return _named(name)


def credit_rule(name: str) -> Credit:
    """The credit rule that a config names, ``package.module:name``."""
    return _named(name)


def treasury_policy(name: str) -> TreasuryPolicy:
    """The treasury policy that a config names, ``package.module:name``."""
    return _named(name)


def routing_rule(name: str) -> Route:
    """The routing rule that a config names, ``package.module:name``."""
    return _named(name)


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    rule = getattr(import_module(module), attribute)
    return rule() if isinstance(rule, type) else rule


__all__ = [
    "GROUPING",
    "NO_DEADLINE",
    "ORDERS",
    "Actions",
    "Arrivals",
    "Credit",
    "CreditView",
    "Grouping",
    "Order",
    "Release",
    "Route",
    "TreasuryPolicy",
    "TreasuryView",
    "Waiting",
    "before_loop",
    "credit_rule",
    "grouping_rule",
    "order_rule",
    "release_rule",
    "routing_rule",
    "treasury_policy",
]
