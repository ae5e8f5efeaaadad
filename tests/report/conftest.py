"""Results made by hand, so that what is said of them can be read off the numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

import simulator
from simulator.report.provenance import Origin
from simulator.report.result import Result

Summarise = Callable[..., dict[str, Any]]


@pytest.fixture
def summarise() -> Summarise:
    """A summary of arrangements given as keywords, the first being the baseline unless told otherwise."""

    def make(*, baseline: str = "", days: int = 1, currency: str = "NPR", **measures: dict) -> dict[str, Any]:
        baseline = baseline or next(iter(measures))
        compared = {
            name: {
                key: {
                    "difference": value - measures[baseline].get(key, 0),
                    "ratio": value / measures[baseline][key] if measures[baseline].get(key) else None,
                }
                for key, value in one.items()
                if key != "layer" and value is not None
            }
            for name, one in measures.items()
            if name != baseline
        }
        return {
            "experiment": "by hand",
            "seed": 0,
            "currency": currency,
            "minor_unit": 0.01,
            "flow": {
                "trades": 61_000,
                "gross_value": 900_000_000_000,
                "internalised_value": 0,
                "participants": 90,
                "securities": 1,
                "days": days,
            },
            "arrangements": measures,
            "comparison": {"baseline": baseline, **compared},
        }

    return make


@pytest.fixture
def made(summarise: Summarise) -> Callable[..., Result]:
    """A result of the given arrangements: name to (config, measures)."""

    def make(arrangements: dict[str, tuple[dict, dict]], notices: tuple[str, ...] = ()) -> Result:
        config = simulator.load(
            {
                "name": "by hand",
                "flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}]},
                "arrangements": {name: one for name, (one, _) in arrangements.items()},
            }
        )
        summary = summarise(**{name: measures for name, (_, measures) in arrangements.items()})
        empty = pl.DataFrame()
        return Result(config, summary, empty, empty, empty, notices, Origin(datetime.now(UTC), {}, 1.0))

    return make
