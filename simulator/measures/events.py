"""Faults, and what was done to wallets and tokens, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

import polars as pl

from simulator.layers.happenings import Happening

EVENTS = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "time": pl.Int64,
    "event": pl.String,
    "change": pl.String,
    "queue_count": pl.Int64,
    "queue_value": pl.Int64,
    "member": pl.String,
    "to": pl.String,
    "leg": pl.String,
    "security": pl.String,
    "units": pl.Int64,
    "asked": pl.Int64,
    "reason": pl.String,
}


def events_table(happenings: Iterable[Happening]) -> pl.DataFrame:
    """One row a happening, by arrangement and in the order in which they came.

    >>> outage = Happening("gross", 0, 39_600_000_000, "chain_outage", "begins", 3, 700)
    >>> events_table([outage]).select("event", "change", "queue_count", "queue_value").row(0)
    ('chain_outage', 'begins', 3, 700)
    """
    return pl.DataFrame([astuple(one) for one in happenings], schema=EVENTS, orient="row")
