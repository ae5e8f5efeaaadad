"""What stays open at the clearing house, close by close, as a table."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.simulation import FinishedRun

FAILS = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "security": pl.String,
    "participant": pl.String,
    "units": pl.Int64,
    "age": pl.Int64,
    "price": pl.Int64,
    "value": pl.Int64,
}


def fails_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement that carries, settlement day and open position, by security, then member.

    ``units`` and ``value`` (units × the day's settlement price) are to be received, below 0 to be delivered;
    ``age`` is in settlement days.
    """
    securities, members = np.array(run.flow.securities), np.array(run.flow.members)
    frames = [pl.DataFrame(schema=FAILS)]
    for name, records in run.records.items():
        for day in records:
            fails = None if day.clearing is None else day.clearing.fails
            if fails is None or len(fails.units) == 0:
                continue
            columns = {
                "arrangement": [name] * len(fails.units),
                "day": np.full(len(fails.units), day.day.index, dtype=np.int64),
                "security": securities[fails.security].tolist(),
                "participant": members[fails.member].tolist(),
                "units": fails.units,
                "age": fails.age,
                "price": fails.price,
                "value": fails.units * fails.price,
            }
            frames.append(pl.DataFrame(columns, schema=FAILS))
    return pl.concat(frames)
