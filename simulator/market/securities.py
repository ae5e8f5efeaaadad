"""The securities of a synthetic market: their names, their shares of trading, and what a unit costs.

Most markets are not one list by rank: bills, notes and bonds, or coupons of mortgages, each have their own
share of trading, their own denomination, and within them a few securities that are traded most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.market.flow import Int64
from simulator.market.participants import Float64, number_names, zipf_shares

if TYPE_CHECKING:
    from simulator.config.market import OneFlow


def list_securities(flow: OneFlow) -> tuple[tuple[str, ...], Float64, Int64]:
    """Names, shares of all trades, and median prices (minor units a unit), by class and rank in it.

    A class is known by its name: ``bill_3m-01`` is the security of it that is traded most.

    >>> from simulator.config.schema import Flow
    >>> flow = Flow(securities={"concentration": 1, "classes": {
    ...     "bill": {"count": 1, "share": "40 %", "price": "99"}, "note": {"count": 2, "share": "60 %"}}})
    >>> names, shares, medians = list_securities(flow)
    >>> names, shares.round(6).tolist(), medians.tolist()
    (('bill-01', 'note-01', 'note-02'), [0.4, 0.4, 0.2], [9900, 5000, 5000])
    """
    securities = flow.securities
    if securities.classes is None:
        count = securities.count
        shares = zipf_shares(count, securities.concentration)
        return number_names("S", count, 4), shares, np.full(count, flow.prices.median)
    names: list[str] = []
    parts, medians = [], []
    for name, one in securities.classes.items():
        names += number_names(f"{name}-", one.count, 2)
        parts.append(one.share * zipf_shares(one.count, securities.concentration))
        medians.append(np.full(one.count, flow.prices.median if one.price is None else one.price))
    return tuple(names), np.concatenate(parts), np.concatenate(medians)
