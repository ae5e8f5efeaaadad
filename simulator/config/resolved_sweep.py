"""The sections ``sweep`` and ``size`` written out in full."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.config.resolved_chain import without_none
from simulator.config.sweep import Size, Sweep
from simulator.config.units import write_duration, write_share


def write_sweep(sweep: Sweep) -> dict[str, Any]:
    """Every key that a sweep states or goes by."""
    frontier, stress, target = sweep.frontier, sweep.stress, sweep.target
    return without_none(
        {
            "plan": sweep.plan,
            "runs": sweep.runs,
            "vary": {key: varied.written() for key, varied in sweep.vary.items()} or None,
            "seeds": _seeds(sweep.seeds),
            "scenarios": sweep.scenarios,
            "axis": sweep.axis,
            "frontier": frontier
            and without_none(
                {
                    "points": frontier.points,
                    "arrangements": frontier.arrangements and list(frontier.arrangements),
                    "without": "yes" if frontier.without else "no",
                    "rate": _share(frontier.rate),
                }
            ),
            "stress": stress
            and {"members": stress.members, "volume": list(stress.volume), "measure": stress.measure},
            "target": target and without_none(target.model_dump()),
            "measures": list(sweep.measures),
            "confidence": _share(sweep.confidence),
        }
    )


def write_size(size: Size) -> dict[str, Any]:
    """Every key that a sizing states or goes by."""
    target = size.target
    return without_none(
        {
            "arrangement": size.arrangement,
            "what": size.what,
            "by": size.by,
            "target": without_none(
                {
                    "settled": _share(target.settled),
                    "within": None if target.within is None else write_duration(target.within),
                    "days": _share(target.days),
                }
            ),
            "points": size.points,
            "precision": _share(size.precision),
            "seeds": _seeds(size.seeds),
        }
    )


def _seeds(seeds: int | tuple[int, ...]) -> int | list[int]:
    return seeds if isinstance(seeds, int) else list(seeds)


def _share(share: float) -> str:
    return write_share(Decimal(repr(share)))
