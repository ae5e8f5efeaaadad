"""How margin is asked for, and who fails; and the same as a person would type it.

Money is minor units, time µs, shares fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .chain_as_config import clock, duration, money, share


@dataclass(frozen=True)
class Failing:
    """``member`` None: the one with the largest obligations then; ``time`` None: the close."""

    member: str | None
    day: int
    time: int | None
    shock: Fraction


@dataclass(frozen=True)
class MarginTerms:
    """``volatility`` is one share or by security with ``default``; ``gap`` is above, first and second.

    ``calls`` is the share of a deposit beyond which is called, None where nobody is; ``arrives`` None is the
    next open.
    """

    confidence: Fraction = Fraction(99, 100)
    horizon: int = 3
    volatility: Fraction | dict[str, Fraction] = Fraction(1, 50)
    correlation: Fraction = Fraction(3, 10)
    gap: tuple[Fraction, Fraction, Fraction] | None = (Fraction(1, 10), Fraction(1, 10), Fraction(1, 20))
    minimum: int = 0
    every: int = 3_600_000_000
    calls: Fraction | None = None
    arrives: int | None = None
    haircut: Fraction = Fraction(0)
    settlement_value: Fraction = Fraction(1)
    committed: int = 0
    own: int = 0
    supplemental: int = 30
    failing: Failing | None = None

    def sigma(self, security: str) -> Fraction:
        """Standard deviation of a day's return."""
        if isinstance(self.volatility, dict):
            return self.volatility.get(security, self.volatility["default"])
        return self.volatility


def margin_config(terms: MarginTerms, layer: int) -> dict:
    """Every key, typed; in gross settlement nobody asks for a deposit."""
    typed: dict = {
        "confidence": share(terms.confidence),
        "horizon": f"{terms.horizon} days",
        "correlation": share(terms.correlation),
        "every": duration(terms.every),
    }
    if isinstance(terms.volatility, dict):
        typed["volatility"] = {security: share(part) for security, part in terms.volatility.items()}
    else:
        typed["volatility"] = share(terms.volatility)
    if terms.failing is not None:
        failing = terms.failing
        typed["default"] = {
            "member": failing.member or "largest",
            "day": failing.day,
            "shock": f"{float(failing.shock):g}",
        }
        if failing.time is not None:
            typed["default"]["time"] = clock(failing.time)
    if layer == 3:
        return typed
    typed["gap"] = "none"
    if terms.gap is not None:
        typed["gap"] = dict(zip(("above", "first", "second"), map(share, terms.gap), strict=True))
    typed["minimum"] = money(terms.minimum)
    if terms.calls is not None:
        typed["calls"] = {"above": share(terms.calls)}
    typed["collateral"] = {
        "arrives": "next_open" if terms.arrives is None else duration(terms.arrives),
        "haircut": share(terms.haircut),
        "settlement_value": share(terms.settlement_value),
    }
    typed["resources"] = {
        "committed": money(terms.committed),
        "own": money(terms.own),
        "supplemental": terms.supplemental,
    }
    return typed
