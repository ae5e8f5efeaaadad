"""What a config says of margin, by number instead of by name."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.config.margin import LARGEST
from simulator.market.collateral import refuse_unknown_securities
from simulator.market.flow import Flow

if TYPE_CHECKING:
    from simulator.config.margin import Margin
    from simulator.config.schema import Config

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """How margin is computed; shares are exact, money is in minor units.

    Attributes
    ----------
    confidence, days : of value at risk; days are those of a close-out
    correlation : of the returns of any two securities
    gap_above, gap_first, gap_second : where a member's largest position is more than ``gap_above`` of its
        gross positions, ``gap_first`` of it and ``gap_second`` of the next are charged; both 0 for none
    minimum : least that a member deposits
    """

    confidence: Fraction = Fraction(99, 100)
    days: int = 3
    correlation: Fraction = Fraction(3, 10)
    gap_above: Fraction = Fraction(1, 10)
    gap_first: Fraction = Fraction(1, 10)
    gap_second: Fraction = Fraction(1, 20)
    minimum: int = 0

    @property
    def quantile(self) -> float:
        """Standard deviations that a loss exceeds with probability 1 − confidence: z, 2.3263 by default."""
        return NormalDist().inv_cdf(float(self.confidence))


@dataclass(frozen=True, slots=True)
class Failing:
    """Who fails, None for the member whose obligations are largest then; when, µs of the day, None for the
    close; and how many standard deviations prices move against its positions."""

    member: int | None
    day: int
    time: int | None
    shock: float


@dataclass(frozen=True, slots=True)
class MarginBook:
    """How an arrangement values what is unsettled, and what stands behind it.

    Attributes
    ----------
    members : how many there are
    volatility : float64 by security, standard deviation of a day's return
    every : µs between readings
    calls_above : share of a deposit by which a requirement may exceed it, None where nobody is called
    arrives : µs from a call to the deposit, None for the next open
    worth : what a unit of value posted counts, (1 − haircut) × settlement value
    committed : lines of the clearing house, minor units
    own : its own money that bears losses before other members, minor units
    supplementing : how many members, of the largest obligations, bring what liquidity lacks
    pledged : facilities of credit whose collateral is posted, in order; none where margin has its own
    """

    members: int
    terms: MarginTerms
    volatility: Float64
    every: int
    calls_above: Fraction | None
    arrives: int | None
    worth: Fraction
    committed: int
    own: int
    supplementing: int
    pledged: tuple[str, ...]
    failing: Failing | None


def open_margin(config: Config, name: str, flow: Flow) -> MarginBook | None:
    """The margin of an arrangement over the members and securities of a flow; None without any.

    Members that it names are there: ``market.named`` has seen to it.

    Raises
    ------
    InputError : volatility of a security that is not there.
    """
    stated = config.margin_of(name)
    if stated is None:
        return None
    if config.flow.kind != "tape":
        path = (*map(str, config.stated(name, "margin")), "volatility")
        refuse_unknown_securities(config, path, stated.volatility, flow)
    volatility = np.array([float(stated.volatility.of(security)) for security in flow.securities])
    collateral = stated.collateral
    tokens_count = collateral.settlement_value > 0
    return MarginBook(
        members=len(flow.members),
        terms=_terms(stated),
        volatility=volatility,
        every=stated.every,
        calls_above=None if stated.calls is None else stated.calls.above,
        arrives=collateral.arrives if tokens_count else None,
        worth=(1 - collateral.haircut) * collateral.settlement_value if tokens_count else Fraction(1),
        committed=stated.resources.committed,
        own=stated.resources.own,
        supplementing=stated.resources.supplemental,
        pledged=collateral.pledged,
        failing=_failing(stated, flow),
    )


def _terms(stated: Margin) -> MarginTerms:
    gap = stated.gap
    return MarginTerms(
        confidence=stated.confidence,
        days=stated.horizon,
        correlation=stated.correlation,
        gap_above=Fraction(0) if gap is None else gap.above,
        gap_first=Fraction(0) if gap is None else gap.first,
        gap_second=Fraction(0) if gap is None else gap.second,
        minimum=stated.minimum,
    )


def _failing(stated: Margin, flow: Flow) -> Failing | None:
    default = stated.default
    if default is None:
        return None
    places = {member: at for at, member in enumerate(flow.members)}
    member = None if default.member == LARGEST else places.get(default.member, -1)
    return Failing(member, default.day, default.time, default.shock)
