"""What is traded, what remains to be paid and delivered, and how much netting took off."""

from __future__ import annotations

import numpy as np

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64

from .clearing import carried_units, carried_value
from .exact import value_at_reference


def gross_value(day: SettlementDay) -> int:
    """Σ cash of all instructions due, each counted once, internalised included."""
    return day.flow.gross_value


def internalised_value(day: SettlementDay) -> int:
    """Σ cash where buyer = seller."""
    return day.flow.internalised_value


def net_debit_by_member(day: SettlementDay) -> Int64:
    """max(0, paid less received) over everything due, by member: A pays B 5, B pays A 3 → A 2, B 0."""
    return np.maximum(0, day.flow.net_cash)


def net_debit(day: SettlementDay) -> int:
    """Σ over members of max(0, paid less received): the same in every arrangement of the date."""
    return int(net_debit_by_member(day).sum())


def settled_value(day: SettlementDay) -> int:
    """Σ cash settled, internalised included; in layer 2 all that was due or carried but what stays open."""
    return day.flow.gross_value + carried_value(day) - day.unsettled.value


def value_moved(day: SettlementDay) -> int:
    """Over settled groups, Σ over members of max(0, net cash paid in the group)."""
    return int(day.value_moved.sum())


def units_moved(day: SettlementDay) -> int:
    """Over settled groups, Σ over members and securities of net units delivered."""
    return int(day.units_moved.by_member.sum())


def securities_value_moved(day: SettlementDay) -> int:
    """``units_moved`` at the reference price of each security."""
    return value_at_reference(day.units_moved.by_security, day.flow)


def netting_efficiency(day: SettlementDay) -> tuple[int, int]:
    """1 − value moved / settled value, as (value moved, settled value)."""
    return value_moved(day), settled_value(day)


def netting_efficiency_external(day: SettlementDay) -> tuple[int, int]:
    """The same with internalised value left out."""
    internalised = day.flow.internalised_value - day.unsettled.internalised_value
    return value_moved(day), settled_value(day) - internalised


def securities_netting_efficiency(day: SettlementDay) -> tuple[int, int]:
    """1 − securities value moved / settled units at the reference price."""
    settled = day.flow.units + carried_units(day) - day.unsettled.units - day.unsettled.internalised_units
    return securities_value_moved(day), value_at_reference(settled, day.flow)


def securities_netting_efficiency_external(day: SettlementDay) -> tuple[int, int]:
    """The same with internalised units left out."""
    settled = day.flow.delivered_units + carried_units(day) - day.unsettled.units
    return securities_value_moved(day), value_at_reference(settled, day.flow)
