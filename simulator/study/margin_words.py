"""Margin in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.credit import write_fraction
from simulator.config.units import write_duration, write_share

if TYPE_CHECKING:
    from simulator.config.margin import Margin


def describe_margin(margin: Margin) -> list[str]:
    """How what is unsettled is margined, how fast a call is met, and who fails.

    Examples
    --------
    >>> from simulator.config.margin import Margin
    >>> stated = {"calls": {}, "collateral": {"arrives": "1 min"}, "default": {}}
    >>> describe_margin(Margin.model_validate(stated))
    ['margin 99 % over 3 days', 'calls met in 1 min', 'the largest member fails']
    """
    confidence = write_share(write_fraction(margin.confidence))
    words = [f"margin {confidence} over {margin.horizon} day{'s' if margin.horizon > 1 else ''}"]
    collateral = margin.collateral
    if margin.calls is not None:
        arrives = collateral.arrives if collateral.settlement_value else None
        met = "at the next open" if arrives is None else f"in {write_duration(arrives)}"
        words.append(f"calls met {met}")
    if collateral.pledged:
        words.append(f"posted from {', '.join(collateral.pledged)}")
    if margin.default is not None:
        who = margin.default.member
        words.append(f"{'the largest member' if who == 'largest' else who} fails")
    return words
