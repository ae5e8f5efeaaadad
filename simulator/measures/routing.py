"""What a slice that leaves the netted pool needs by itself, and what its leaving takes from the rest.

0 but for hybrid arrangements. A slice is held against its true alternative: not what it would net to alone,
but what it adds to the net debit of the pool that it leaves (``marginal_net_debit``).
"""

from __future__ import annotations

import numpy as np

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64


def routed_value(day: SettlementDay) -> int:
    """Σ cash of what goes to the chain."""
    return 0 if day.routed is None else day.routed.value


def routed_need_by_member(day: SettlementDay) -> Int64:
    """What each member must bring to the chain for the slice to settle at its time."""
    return np.zeros_like(day.opening) if day.routed is None else day.routed.need


def routed_need(day: SettlementDay) -> int:
    """Σ over members of the slice's own liquidity need."""
    return int(routed_need_by_member(day).sum())


def routed_net_debit_by_member(day: SettlementDay) -> Int64:
    """What each member would pay for the slice if it netted alone."""
    return np.zeros_like(day.opening) if day.routed is None else np.maximum(0, day.routed.net_cash)


def routed_net_debit(day: SettlementDay) -> int:
    """Σ over members of the net debit of the slice alone."""
    return int(routed_net_debit_by_member(day).sum())


def marginal_net_debit_by_member(day: SettlementDay) -> Int64:
    """The net debit of all that is due less that of what stays: what the slice adds to netting, or takes off.

    A owes 10 on the whole and 4 without the slice: 6. B is owed 5 and 2: 0, though its slice is worth 3.
    """
    if day.routed is None:
        return np.zeros_like(day.opening)
    whole = day.flow.net_cash
    return np.maximum(0, whole) - np.maximum(0, whole - day.routed.net_cash)


def marginal_net_debit(day: SettlementDay) -> int:
    """Σ over members; below 0 where the slice offsets more of the rest than it owes."""
    return int(marginal_net_debit_by_member(day).sum())
