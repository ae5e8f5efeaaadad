"""What is traded and not settled at an instant: net against the clearing house, or by pair of members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernels.state import Int32
from simulator.market.flow import Int64


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Positions that somebody would have to replace, by their owner; parallel arrays, int64.

    Attributes
    ----------
    owner : whose position: a member's against the clearing house, or a pair's, by number
    security, value : in what, and worth how much, minor units, above 0 to be received
    owners : how many there are
    members : int64 (owners, 2), the members of each pair, who stand on the two sides of it; of a member's own
        position against the clearing house twice itself
    payable : by owner, the cash to be paid for it all, below 0 to be received
    obligations : (settlement dates, owners), the same by settlement date; empty where nothing nets
    """

    owner: Int64
    security: Int64
    value: Int64
    owners: int
    members: Int64
    payable: Int64
    obligations: Int64

    def worth(self) -> Int64:
        """Σ value by owner."""
        worth = np.zeros(self.owners, dtype=np.int64)
        np.add.at(worth, self.owner, self.value)
        return worth

    def size(self) -> int:
        """Σ |value|: a pair's position is one, whichever side looks at it."""
        return int(np.abs(self.value).sum())

    def of_members(self, amounts: Int64, members: int) -> Int64:
        """Σ by member of amounts by owner: what others could lose if it failed."""
        total = np.zeros(members, dtype=np.int64)
        np.add.at(total, self.members[:, 0], amounts)
        two = self.members[:, 0] != self.members[:, 1]
        np.add.at(total, self.members[two, 1], amounts[two])
        return total


def net_positions(
    units: Int64, security: Int32, member: Int32, prices: Int64, payable: Int64, obligations: Int64
) -> Unsettled:
    """Members' positions against the clearing house.

    Parameters
    ----------
    units : by slot, to be received, below 0 to be delivered
    security, member : owners of the slots
    prices : by security
    payable, obligations : by member; (settlement dates, members)
    """
    held = np.flatnonzero(units)
    count = len(payable)
    return Unsettled(
        owner=member[held].astype(np.int64),
        security=security[held].astype(np.int64),
        value=units[held] * prices[security[held]],
        owners=count,
        members=np.repeat(np.arange(count, dtype=np.int64), 2).reshape(-1, 2),
        payable=payable,
        obligations=obligations,
    )


def pair_positions(
    buyer: Int64, seller: Int64, security: Int64, cash: Int64, members: int, securities: int
) -> Unsettled:
    """What pairs of members have with each other, at what they agreed to pay.

    A buys for 5 from B and sells it for 3 to B: the pair's position is 2, and A is to pay 2.

    >>> waiting = [np.array(each) for each in ([1, 0], [0, 1], [0, 0], [5, 3])]
    >>> pair = pair_positions(*waiting, members=2, securities=1)
    >>> pair.value.tolist(), pair.payable.tolist(), pair.members.tolist()
    ([-2], [-2], [[0, 1]])
    """
    apart = (buyer != seller) & (security >= 0)
    buyer, seller, security, cash = (each[apart] for each in (buyer, seller, security, cash))
    low, high = np.minimum(buyer, seller), np.maximum(buyer, seller)
    keys, at = np.unique((low * members + high) * securities + security, return_inverse=True)
    value = np.zeros(len(keys), dtype=np.int64)
    np.add.at(value, at, np.where(buyer == low, cash, -cash))
    pairs, owner = np.unique(keys // securities, return_inverse=True)
    payable = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(payable, owner, value)
    return Unsettled(
        owner=owner.astype(np.int64),
        security=keys % securities,
        value=value,
        owners=len(pairs),
        members=np.stack([pairs // members, pairs % members], axis=1),
        payable=payable,
        obligations=np.empty((0, len(pairs)), dtype=np.int64),
    )
