"""What a settlement day comes to in margin and in exposure to members that could fail."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from simulator.market.flow import Int64


@dataclass(frozen=True, slots=True)
class MarginDay:
    """Margin of the members of a clearing house on one settlement day. Money by member, int64, minor units.

    Attributes
    ----------
    at_risk, gap, marks : of what was unsettled as the last close left it: value at risk, gap risk, and what
        positions had lost, 0 or more
    required : the deposit it asks for, in place all day
    called : called within the day on top
    buffer : most that a member's requirement exceeded its deposit by: what it has to have posted beforehand
        never to be short
    uncovered : largest Σ over members of the same at one reading
    held_time : deposit × µs over the 24 hours of the day, exact Python integers
    worth : what a unit of value posted counts, after haircut and settlement value
    cover_1 : by member, what the clearing house would have to pay for it over all settlement dates to come,
        at the reading at which that is most of any member
    supplemental : by member, liquidity deposited beyond margin so that the largest of these can be met
    not_met : what still lacks for it
    """

    at_risk: Int64
    gap: Int64
    marks: Int64
    required: Int64
    called: Int64
    buffer: Int64
    uncovered: int
    held_time: tuple[int, ...]
    worth: Fraction
    cover_1: Int64
    supplemental: Int64
    not_met: int


@dataclass(frozen=True, slots=True)
class ExposureDay:
    """What others could lose in a day if a member failed before what it traded has settled.

    Attributes
    ----------
    time : by member, exposure × µs over the 24 hours of the settlement day, exact Python integers
    peak : largest Σ over members at one reading, minor units
    value_time : Σ |value| of unsettled positions × µs over the same hours
    """

    time: tuple[int, ...]
    peak: int
    value_time: int
