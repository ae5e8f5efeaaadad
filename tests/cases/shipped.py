"""Shipped configs as cases: what a run of one gives, in the words of its opening comment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import simulator
from simulator.report.result import Result

CONFIGS = Path(__file__).parents[2] / "configs"


def settle(name: str, overrides: Mapping[str, str] | None = None) -> Result:
    """The shipped config of that name, run with every instruction kept."""
    return simulator.run(CONFIGS / f"{name}.yaml", instructions=True, overrides=overrides or {})


def measures(result: Result, arrangement: str) -> dict[str, Any]:
    return result.summary["arrangements"][arrangement]


def rows(result: Result, arrangement: str) -> list[dict[str, Any]]:
    """What became of the instructions and their parts, in settlement order, the unsettled last."""
    table = result.instructions
    assert table is not None
    return table.filter(arrangement=arrangement).to_dicts()


def settled_at(result: Result, arrangement: str) -> dict[int, str | None]:
    """The time of the day by the place an instruction was typed at; None if it never settled."""
    return {row["id"]: clock(row["settled_at"]) for row in rows(result, arrangement)}


def waited_for(result: Result, arrangement: str) -> dict[int, str]:
    """What those that waited met first."""
    told = {row["id"]: row["waited_for"] for row in rows(result, arrangement)}
    return {number: reason for number, reason in told.items() if reason is not None}


def clock(time: int | None) -> str | None:
    """``10:00`` of µs since midnight; times here are on the minute."""
    if time is None:
        return None
    minutes, rest = divmod(time, 60_000_000)
    assert rest == 0
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def cents(dollars: float) -> int:
    return round(100 * dollars)
