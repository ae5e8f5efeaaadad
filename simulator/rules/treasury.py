"""How treasurers act: top up what runs low, take back what is idle, and keep some for what is urgent.

Source: the stylised behaviours of Bech and Garratt (2003), *The intraday liquidity management game*, Journal
of Economic Theory 109, and of McAndrews and Potter (2002), FRBNY Economic Policy Review 8(2): pay early from
one's own money, pace payments over the day, or wait for what comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .treasury_view import Actions, Int64, TreasuryView


def top_up_below(view: TreasuryView, below: int, to: int) -> Int64:
    """Ask for what is missing to ``to`` where cash, and what is on its way, is less than ``below``.

    >>> top_up_below(TreasuryView.of(cash=[4, 4, 6], in_transit=[0, 3, 0]), below=5, to=10).tolist()
    [6, 0, 0]
    """
    coming = view.cash + view.in_transit
    return np.where(coming < below, np.maximum(0, to - coming), 0)


def withdraw_above(view: TreasuryView, above: int, to: int) -> Int64:
    """Take back what is more than ``to`` where cash is more than ``above``.

    >>> withdraw_above(TreasuryView.of(cash=[4, 12]), above=10, to=8).tolist()
    [0, 4]
    """
    return np.where(view.cash > above, np.maximum(0, view.cash - to), 0)


def paced(view: TreasuryView) -> Int64:
    """Keep the share of one's opening money that the day has still to run, rounded down.

    >>> paced(TreasuryView.of(opening=[100, 0], now=25, opens=0, closes=100)).tolist()
    [75, 0]
    """
    left, length = view.closes - view.now, max(1, view.closes - view.opens)
    return np.array([int(opening) * left // length for opening in view.opening], dtype=np.int64)


def wait_for_inflow(view: TreasuryView) -> Int64:
    """Keep all of one's own money: what is not urgent is paid from what comes in.

    >>> wait_for_inflow(TreasuryView.of(opening=[100])).tolist()
    [100]
    """
    return view.opening


@dataclass(frozen=True, slots=True)
class Treasurer:
    """What a config's ``treasury`` says, as one policy.

    >>> careful = Treasurer(top_up=(5, 10), release="wait_for_inflow", reserve=1)
    >>> careful(TreasuryView.of(cash=[3], opening=[8])).reserve.tolist()
    [8]
    """

    top_up: tuple[int, int] | None = None
    withdraw: tuple[int, int] | None = None
    release: Literal["at_once", "paced", "wait_for_inflow"] = "at_once"
    reserve: int = 0

    def __call__(self, view: TreasuryView) -> Actions:
        reserve = np.full(len(view), self.reserve, dtype=np.int64)
        if self.release == "paced":
            reserve = np.maximum(reserve, paced(view))
        elif self.release == "wait_for_inflow":
            reserve = np.maximum(reserve, wait_for_inflow(view))
        return Actions(
            top_up=None if self.top_up is None else top_up_below(view, *self.top_up),
            withdraw=None if self.withdraw is None else withdraw_above(view, *self.withdraw),
            reserve=reserve,
        )
