"""A small market that sweeps are tried on, and a way to write one."""

from __future__ import annotations

from typing import Any

MARKET: dict[str, Any] = {
    "name": "small",
    "seed": 3,
    "flow": {"daily_value": "2 M", "trades_per_day": 200, "securities": {"count": 5}},
    "participants": {"count": 6},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}},
}


def swept(sweep: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """The small market with a sweep, and other keys replaced."""
    return {**MARKET, **changes, "sweep": sweep}
