"""What a day of margin leaves behind: what each member is exposed to, has deposited, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.market.flow import Int64


@dataclass(frozen=True, slots=True)
class MarginDay:
    """Margin of one settlement day, by member; int64, minor units.

    Attributes
    ----------
    at_risk : value at risk of what is unsettled as the day begins, as the last close left it
    gap : gap risk likewise
    marks : what its unsettled positions have lost, 0 or more
    required : max(minimum, at_risk + gap + marks)
    called : called within the day on top
    held_time : what is deposited integrated over the 24 hours of the settlement day, minor units × µs, exact
    """

    at_risk: Int64
    gap: Int64
    marks: Int64
    required: Int64
    called: Int64
    held_time: tuple[int, ...]
