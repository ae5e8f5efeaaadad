"""What the clearing house carries from day to day, buys in, and asks of settling banks; layer 2."""

from __future__ import annotations

import numpy as np

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64


def marks_by_member(day: SettlementDay) -> Int64:
    """What members pay for the change in price of open positions, over all cycles of the day; none below 0.

    Short of 10 units as the price rises from 5 to 7, and long of 4 of another that rises by 1: 20 − 4 = 16.
    """
    return np.zeros_like(day.opening) if day.clearing is None else np.maximum(0, day.clearing.marks)


def marks(day: SettlementDay) -> int:
    """Σ over members of what they pay in marks; the others receive as much."""
    return int(marks_by_member(day).sum())


def carried_value_by_member(day: SettlementDay) -> Int64:
    """Short positions that came into the day from earlier ones, at its settlement price."""
    return np.zeros_like(day.opening) if day.clearing is None else day.clearing.carried_value


def carried_value(day: SettlementDay) -> int:
    """Σ of short positions that came into the day: 3 units short at 12 are 36."""
    return int(carried_value_by_member(day).sum())


def bought_in_value_by_member(day: SettlementDay) -> Int64:
    """Units bought outside at the settlement price, by the short that was closed for it."""
    return np.zeros_like(day.opening) if day.clearing is None else day.clearing.bought_in_value


def bought_in_value(day: SettlementDay) -> int:
    """Σ units bought outside × settlement price."""
    return int(bought_in_value_by_member(day).sum())


def buy_in_cost_by_member(day: SettlementDay) -> Int64:
    """The premium that shorts pay over the settlement price of what is bought outside for them."""
    return np.zeros_like(day.opening) if day.clearing is None else day.clearing.buy_in_cost


def buy_in_cost(day: SettlementDay) -> int:
    """Σ premium: 3 units at 12.00 and 10 % are 3.60."""
    return int(buy_in_cost_by_member(day).sum())


def settling_bank_debit(day: SettlementDay) -> int | None:
    """Σ over cycles and settling banks of max(0, what their members pay on net); None in layer 3.

    A pays 5 and B receives 3: with a bank each 5, with one bank for both 2.
    """
    return None if day.clearing is None else day.clearing.settling_bank_debit


def oldest_fail(day: SettlementDay) -> int | None:
    """Age of the oldest short position still open at the close, in settlement days; None in layer 3."""
    if day.clearing is None:
        return None
    fails = day.clearing.fails
    return 0 if fails is None else int(fails.age[fails.units < 0].max(initial=0))


def carried_units(day: SettlementDay) -> Int64 | int:
    """Units by security that were short as the day began."""
    return 0 if day.clearing is None else day.clearing.carried_units
