"""A member fails: what it costs to complete and liquidate what it traded, and who bears the loss.

Source: the default management of central counterparties (CPMI-IOSCO, Principles for financial market
infrastructures, principles 4, 7 and 13): the failed member's deposit, the clearing house's own money, then
other members' deposits. Money is in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass

from .margin import Int64, pro_rata


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Who bears a loss, in this order; what nobody's resources cover is last. ``returned`` of the failed
    member's deposit goes back to it."""

    deposit: int
    own: int
    others: Int64
    uncovered: int
    returned: int


def bear(loss: int, deposits: Int64, failed: int, own: int) -> Waterfall:
    """Divide a loss: deposit of the failed member, own money, deposits of others pro rata.

    Examples
    --------
    A loss of 100, deposits of 30 (failed), 40 and 20, own money of 10: 30, 10, 40 and 20 leave nothing.

    >>> import numpy as np
    >>> bear(100, np.array([30, 40, 20]), 0, 10)
    Waterfall(deposit=30, own=10, others=array([ 0, 40, 20]), uncovered=0, returned=0)
    >>> bear(45, np.array([30, 40, 20]), 0, 9).others.tolist()
    [0, 4, 2]
    """
    deposit = min(loss, int(deposits[failed]))
    left = loss - deposit
    from_own = min(left, own)
    left -= from_own
    others = deposits.copy()
    others[failed] = 0
    shared = min(left, int(others.sum()))
    return Waterfall(
        deposit, from_own, pro_rata(shared, others), left - shared, int(deposits[failed]) - deposit
    )


def loss_of_close_out(payable: int, worth: int, moved: int) -> int:
    """What the clearing house loses: it pays what the failed member owed, and sells what that bought.

    ``payable`` cash, below 0 to be received, for positions ``worth`` so much now, which lose ``moved`` more
    until they are sold (or bought, if short). A gain is nobody's loss.

    Examples
    --------
    Bought for 100, worth 95 now, sold for 80: 20.

    >>> loss_of_close_out(100, 95, 15), loss_of_close_out(-100, -95, 3)
    (20, 0)
    """
    return max(0, payable - worth + moved)
