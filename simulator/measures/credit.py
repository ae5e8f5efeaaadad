"""What is lent within the day, in cash and securities, and what that costs."""

from __future__ import annotations

import numpy as np

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64


def credit_cost_by_member(day: SettlementDay) -> Int64:
    """Interest on intraday credit: per facility ∫ loan dt × rate / days of a year, to the minor unit.

    100,000.00 for 6 hours at 50 bp over 360 days is 100,000 × 0.25 × 0.005 / 360 = 0.35.
    """
    return day.credit_cost


def credit_cost(day: SettlementDay) -> int:
    """Σ over members and facilities of interest on intraday credit."""
    return int(day.credit_cost.sum())


def credit_not_repaid_by_member(day: SettlementDay) -> Int64:
    """Loans at the close beyond the cash there is to repay them."""
    return day.credit_not_repaid


def credit_not_repaid(day: SettlementDay) -> int:
    """Σ over members of loans that cash could not repay at the close."""
    return int(day.credit_not_repaid.sum())


def securities_borrowed(day: SettlementDay) -> int:
    """Largest total value of securities on loan, at opening prices."""
    return 0 if day.borrowed is None else day.borrowed.peak


def borrowing_fee_by_member(day: SettlementDay) -> Int64:
    """∫ value of what is borrowed dt × fee / days of a year, to the minor unit."""
    return np.zeros_like(day.opening) if day.borrowed is None else day.borrowed.interest


def borrowing_fee(day: SettlementDay) -> int:
    """Σ over members of fees for borrowed securities."""
    return int(borrowing_fee_by_member(day).sum())


def securities_not_returned_by_member(day: SettlementDay) -> Int64:
    """Value still on loan at the close, at opening prices."""
    return np.zeros_like(day.opening) if day.borrowed is None else day.borrowed.not_repaid


def securities_not_returned(day: SettlementDay) -> int:
    """Σ over members of securities still on loan at the close."""
    return int(securities_not_returned_by_member(day).sum())
