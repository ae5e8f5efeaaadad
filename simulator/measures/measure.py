"""What a measure is: a name, a unit, a pure function of a settlement day, and how days combine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator.layers.record import SettlementDay
from simulator.market.flow import Int64

Unit = Literal["money", "units", "count", "share", "seconds", "money_hours", "ratio", "basis_points"]
Per = Literal["mean", "peak", "ratio", "peak ratio"]
Headline = Literal["never", "always", "if any"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of the results.

    ``of_day`` gives an integer, None where undefined, or for ``per = "ratio"`` a pair of exact integers
    (numerator, denominator), which are added over days before they are divided; of a "peak ratio" the largest
    of all days is kept. ``by_member`` is given
    where the measure is a sum over members; with ``tail`` its 99th percentile over member-days is
    reported too. ``headline`` says whether the comparison shows it: "if any" is for what most runs have
    none of, and shows it only where some arrangement has a value other than 0.
    """

    name: str
    title: str
    unit: Unit
    per: Per
    description: str
    of_day: Callable[[SettlementDay], int | tuple[int, int] | None]
    by_member: Callable[[SettlementDay], Int64] | None = None
    complement: bool = False
    headline: Headline = "never"
    tail: bool = False
    source: str = ""

    def value(self, pairs: tuple[int, int]) -> float | None:
        """The ratio of a pair, or one less it."""
        numerator, denominator = pairs
        if denominator == 0:
            return None
        return (denominator - numerator if self.complement else numerator) / denominator
