"""What a chain and its cash legs cost: fees, cash that was minted, and what it ties up."""

from __future__ import annotations

import numpy as np

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64


def fees_by_member(day: SettlementDay) -> Int64:
    """What members paid the chain as buyers: a fee a settlement, and what they bid.

    Three settlements at 0.02 cost 0.06.
    """
    return np.zeros_like(day.opening) if day.fees is None else day.fees


def fees(day: SettlementDay) -> int:
    """Σ over members of what they paid the chain."""
    return int(fees_by_member(day).sum())


def holding_cost_by_member(day: SettlementDay) -> Int64:
    """What members brought × time × the leg's rate, over 24 hours.

    36,000.00 held all day at 1 % over 360 days cost 1.00.
    """
    return sum((leg.cost for leg in day.legs), np.zeros_like(day.opening))


def holding_cost(day: SettlementDay) -> int:
    """Σ over members of what holding cash on the chain cost."""
    return int(holding_cost_by_member(day).sum())


def topped_up_by_member(day: SettlementDay) -> Int64:
    """Cash minted within the day, or paid in on the way to a depository."""
    paid_in = np.zeros_like(day.opening) if day.progress is None else day.progress
    return sum((leg.minted for leg in day.legs), paid_in)


def topped_up(day: SettlementDay) -> int:
    """Σ cash minted for members, or paid in by them, within the day."""
    return int(topped_up_by_member(day).sum())


def withdrawn_by_member(day: SettlementDay) -> Int64:
    """Cash given back within the day."""
    return sum((leg.redeemed for leg in day.legs), np.zeros_like(day.opening))


def withdrawn(day: SettlementDay) -> int:
    """Σ cash that members gave back within the day."""
    return int(withdrawn_by_member(day).sum())


def top_up_refused_by_member(day: SettlementDay) -> Int64:
    """Cash asked for and not granted: beyond the supply, or while the leg was frozen."""
    return sum((leg.refused for leg in day.legs), np.zeros_like(day.opening))


def top_up_refused(day: SettlementDay) -> int:
    """Σ cash asked for and not granted."""
    return int(top_up_refused_by_member(day).sum())


def supply_share(day: SettlementDay) -> tuple[int, int]:
    """The share of all stablecoins there are that a run in US dollars ties up; none without a stablecoin.

    3.08 bn of the 308 bn there are (RWA.xyz): 0.01.
    """
    legs = [leg for leg in day.legs if leg.all_there_is]
    return sum(leg.supply for leg in legs), legs[0].all_there_is if legs else 0


def peak_supply(day: SettlementDay) -> int:
    """Σ over legs of the largest total that members had brought; without limits, of what they needed."""
    return sum(leg.supply for leg in day.legs)
