"""What is unsettled grows with the square root of settlement days, or faster where a day goes on as the last
(DOMAIN 5, item 9)."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt
import pytest

from simulator.market.flow import DAY
from simulator.measures.margin import margin_at_risk

from ..flows import OPENS, ArrayFlow, settle
from .walks import UNIT

ERRORS = 4  # standard errors allowed
DAYS, PAIRS = 150, 100

MARGIN = {"volatility": "2 %", "minimum": "0.00", "gap": "none"}
WAYS = {name: {"layer": 2, "settles": name, "holdings": "ample", "margin": MARGIN} for name in ("T+1", "T+2")}


def daily_nets(correlation: float) -> npt.NDArray[np.float64]:
    """(days, pairs): a stationary normal AR(1) of each pair, s.d. 1, independent of the others'."""
    random = np.random.default_rng([9, round(1000 * correlation)])
    nets = random.standard_normal((DAYS, PAIRS))
    for day in range(1, DAYS):
        nets[day] = correlation * nets[day - 1] + sqrt(1 - correlation**2) * nets[day]
    return nets


def tape(nets: npt.NDArray[np.float64]) -> ArrayFlow:
    """One trade a pair and day, in one security at a price of 1: the net of the day, either way."""
    units = np.rint(nets * UNIT).astype(np.int64)
    units[units == 0] = 1
    first = np.broadcast_to(2 * np.arange(PAIRS), units.shape)
    times = np.arange(DAYS) * DAY + OPENS
    return ArrayFlow(
        np.repeat(times, PAIRS),
        np.where(units > 0, first, first + 1).ravel(),
        np.where(units > 0, first + 1, first).ravel(),
        cash=np.abs(units).ravel(),
        units=np.abs(units).ravel(),
    )


@pytest.mark.parametrize(("correlation", "expected"), [(0.0, 1 - 1 / sqrt(2)), (0.436, 0.410)])
def test_unsettled_exposure_falls_from_two_days_to_one(correlation, expected):
    """Two days have a variance of 2 (1 + ρ), one has 1: value at risk falls 1 − 1/√(2 (1 + ρ)).

    Counted on days that begin with two whole days unsettled under T+2. The error of the share, a ratio of
    sums over independent pairs, is by how much pairs stray from it.
    """
    nets = daily_nets(correlation)
    records = settle(tape(nets), WAYS).records
    at_risk = {
        name: sum(margin_at_risk(day) for day in days if 2 <= day.day.index <= DAYS)
        for name, days in records.items()
    }
    one, two = np.abs(nets[1:]).sum(axis=0), np.abs(nets[1:] + nets[:-1]).sum(axis=0)
    error = sqrt(np.sum((one - (1 - expected) * two) ** 2)) / two.sum()
    assert error < 0.005
    assert 1 - at_risk["T+1"] / at_risk["T+2"] == pytest.approx(expected, abs=ERRORS * error)
