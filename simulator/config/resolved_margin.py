"""Margin written out in full."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from simulator.config.credit import Haircut, write_fraction
from simulator.config.margin import NEXT_OPEN, Margin
from simulator.config.resolved_chain import without_none
from simulator.config.units import write_duration, write_money, write_share, write_time


def write_margin(margin: Margin | None, currency: str) -> dict[str, Any] | None:
    """Every key of margin that says something, as plain dicts and text; None without it."""
    if margin is None:
        return None
    gap, collateral, resources, default = margin.gap, margin.collateral, margin.resources, margin.default
    arrives = collateral.arrives
    return without_none(
        {
            "confidence": _share(margin.confidence),
            "horizon": f"{margin.horizon} day{'s' if margin.horizon > 1 else ''}",
            "volatility": _by_security(margin.volatility),
            "correlation": _share(margin.correlation),
            "gap": "none"
            if gap is None
            else {"above": _share(gap.above), "first": _share(gap.first), "second": _share(gap.second)},
            "minimum": write_money(margin.minimum, currency),
            "every": write_duration(margin.every),
            "calls": None if margin.calls is None else {"above": _share(margin.calls.above)},
            "collateral": {
                "arrives": NEXT_OPEN if arrives is None else write_duration(arrives),
                "haircut": _share(collateral.haircut),
                "settlement_value": _share(collateral.settlement_value),
                **({"pledged": list(collateral.pledged)} if collateral.pledged else {}),
            },
            "resources": {
                "committed": write_money(resources.committed, currency),
                "own": write_money(resources.own, currency),
                "supplemental": resources.supplemental,
            },
            "default": None
            if default is None
            else without_none(
                {
                    "member": default.member,
                    "day": default.day,
                    "time": None if default.time is None else write_time(default.time),
                    "shock": default.shock,
                }
            ),
        }
    )


def _share(share: Fraction) -> str:
    return write_share(write_fraction(share))


def _by_security(shares: Haircut) -> str | dict[str, str]:
    if not shares.securities:
        return _share(shares.default)
    return {name: _share(one) for name, one in {"default": shares.default, **shares.securities}.items()}
