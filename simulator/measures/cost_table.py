"""Costs by member and day as a table, with what they would be at other rates and volatilities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from simulator.simulation import FinishedRun

from .cost import COMPONENTS, brought_time, cost_by_member

EXACT = pl.Decimal(38, 0)
"""Of money × µs, which does not fit 64 bits."""

COST_TABLE: dict[str, Any] = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "participant": pl.String,
    **dict.fromkeys((*COMPONENTS, "cost"), pl.Int64),
    "brought_time": EXACT,
    "at_risk": pl.Int64,
    "gap": pl.Int64,
    "marks": pl.Int64,
    "required": pl.Int64,
    "held_time": EXACT,
}
"""``brought_time`` is cash brought × µs, ``held_time`` margin deposited × µs; the rest is money."""


def cost_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, settlement day and member, whoever trades or bears a cost on that day."""
    frames = []
    for name, records in run.records.items():
        for day in records:
            costs, brought, margin = cost_by_member(day), brought_time(day), day.margin
            held = margin.held_time if margin is not None else (0,) * len(costs)
            bears = [bool(each) or bool(other) for each, other in zip(brought, held, strict=True)]
            shown = (day.flow.instructions > 0) | (costs != 0) | np.array(bears, dtype=np.bool_)
            places = np.flatnonzero(shown)
            nothing = np.zeros_like(costs)
            columns: dict[str, Any] = {
                "arrangement": [name] * len(places),
                "day": [day.day.index] * len(places),
                "participant": [run.flow.members[m] for m in places],
                **{component: by_member(day)[places] for component, by_member in COMPONENTS.items()},
                "cost": costs[places],
                "brought_time": [Decimal(brought[m]) for m in places],
                "held_time": [Decimal(held[m]) for m in places],
            }
            for column in ("at_risk", "gap", "marks", "required"):
                columns[column] = (nothing if margin is None else getattr(margin, column))[places]
            frames.append(pl.DataFrame({key: columns[key] for key in COST_TABLE}, schema=COST_TABLE))
    return pl.concat(frames)
