"""Flows held in arrays that a test has made, and their settlement under arrangements typed as in a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.config.load import load_config
from simulator.config.schema import Config
from simulator.market.flow import DAY, HOUR, SECOND, Chunk, FlowSize, TradeDay
from simulator.measures.summary import Measured, summarise
from simulator.simulation import FinishedRun, simulate

Arrangements = Mapping[str, Mapping[str, Any]]
OPENS, CLOSES = 9 * HOUR, 10 * HOUR


def clock(time: int) -> str:
    """A time of the day, on a whole second, as a person writes it."""
    seconds = time // SECOND
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class ArrayFlow:
    """Instructions of one or more days, in queue order, all columns of one length.

    ``time`` is µs since the first midnight. Without ``security`` all are payments, or, where units are
    given, in one security. ``chunk`` instructions are handed over at a time.
    """

    def __init__(
        self,
        time: npt.ArrayLike,
        buyer: npt.ArrayLike,
        seller: npt.ArrayLike,
        *,
        cash: npt.ArrayLike | None = None,
        units: npt.ArrayLike | None = None,
        security: npt.ArrayLike | None = None,
        priority: npt.ArrayLike | None = None,
        deadline: npt.ArrayLike | None = None,
        hold_until: npt.ArrayLike | None = None,
        partial: npt.ArrayLike | None = None,
        members: int | None = None,
        hours: tuple[int, int] = (OPENS, CLOSES),
        chunk: int = 1 << 20,
    ) -> None:
        self.time = np.asarray(time, np.int64)
        self.buyer, self.seller = np.asarray(buyer, np.int32), np.asarray(seller, np.int32)
        nothing = np.zeros(len(self.time), np.int64)
        self.cash = nothing if cash is None else np.asarray(cash, np.int64)
        self.units = nothing if units is None else np.asarray(units, np.int64)
        if security is None:
            security = np.where(self.units > 0, 0, -1)
        self.security = np.asarray(security, np.int32)
        self.chunk = chunk
        stated = {"priority": priority, "deadline": deadline, "hold_until": hold_until}
        self.stated = {name: np.asarray(one, np.int64) for name, one in stated.items() if one is not None}
        if partial is not None:
            self.stated["partial"] = np.asarray(partial, np.bool_)

        count = int(max(self.buyer.max(), self.seller.max())) + 1 if members is None else members
        self.members = tuple(f"M{m}" for m in range(count))
        self.member_types = ("",) * count
        self.securities = tuple(f"S{s}" for s in range(int(self.security.max()) + 1))
        opens, closes = hours
        days = int(self.time[-1]) // DAY + 1
        self.days = tuple(
            TradeDay(d, d * DAY, d * DAY + opens, d * DAY + closes, f"{d}") for d in range(days)
        )
        self.size = FlowSize(len(self.time), int(self.cash.sum()), int(self.units.sum()))
        self.notices: tuple[str, ...] = ()

    def chunks(self) -> Iterator[Chunk]:
        bounds = np.searchsorted(self.time, [day.midnight for day in self.days] + [len(self.days) * DAY])
        columns = (self.time, self.buyer, self.seller, self.security, self.units, self.cash)
        for day in self.days:
            for first in range(bounds[day.index], bounds[day.index + 1], self.chunk):
                stop = min(first + self.chunk, bounds[day.index + 1])
                stated = {name: column[first:stop] for name, column in self.stated.items()}
                yield Chunk(first, day.index, *(column[first:stop] for column in columns), **stated)

    @property
    def states_wishes(self) -> bool:
        return bool(self.stated)

    @property
    def priorities(self) -> tuple[int, ...]:
        return tuple(np.unique(self.stated.get("priority", 5)).tolist())

    @property
    def holds(self) -> bool:
        return "hold_until" in self.stated

    @property
    def settles_whole(self) -> bool:
        return "partial" in self.stated

    @property
    def opening_prices(self) -> npt.NDArray[np.int64]:
        prices = np.zeros(len(self.securities), np.int64)
        for at in range(len(self.time) - 1, -1, -1):  # backwards, so that the first has the last word
            if self.units[at] > 0 and self.cash[at] > 0:
                prices[self.security[at]] = self.cash[at] // self.units[at]
        return prices

    def identifiers(self, first: int, stop: int) -> npt.NDArray[np.int64]:
        return np.arange(first, stop)

    def expected_sales(self, member: int) -> npt.NDArray[np.int64]:
        sold = np.zeros(len(self.securities), np.int64)
        sells = (self.seller == member) & (self.buyer != member) & (self.units > 0)
        np.add.at(sold, self.security[sells], self.units[sells])
        return sold // len(self.days)


def configure(
    flow: ArrayFlow,
    arrangements: Mapping[str, Mapping[str, Any]],
    participants: Mapping[str, Any] | None = None,
) -> Config:
    """A config of these arrangements, without limits unless told otherwise."""
    hours = flow.days[0].opens, flow.days[0].closes
    return load_config(
        {
            # What is traded is given by the flow; a config cannot do without saying it.
            "flow": {"daily_value": "1 M", "trades_per_day": 1, "hours": [clock(t) for t in hours]},
            "participants": {"count": max(2, len(flow.members)), **(participants or {})},
            "arrangements": {name: dict(one) for name, one in arrangements.items()},
        }
    )


def settle(
    flow: ArrayFlow,
    arrangements: Mapping[str, Mapping[str, Any]],
    participants: Mapping[str, Any] | None = None,
) -> FinishedRun:
    """The flow under every arrangement."""
    return simulate(configure(flow, arrangements, participants), flow)


class KeptRows:
    """A journal that keeps what became of each instruction, in settlement order, by arrangement and day."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], list[list[int]]] = {}

    def write(self, arrangement: str, day: int, rows: npt.NDArray[np.int64]) -> None:
        self.rows.setdefault((arrangement, day), []).extend(rows.tolist())


def results(
    flow: ArrayFlow,
    arrangements: Mapping[str, Mapping[str, Any]],
    participants: Mapping[str, Any] | None = None,
) -> tuple[Measured, dict[tuple[str, int], list[list[int]]]]:
    """Everything that a run of the flow gives: its measures, and what became of every instruction."""
    config, kept = configure(flow, arrangements, participants), KeptRows()
    return summarise(config, simulate(config, flow, kept)), kept.rows


def assert_same(one: tuple[Measured, dict], other: tuple[Measured, dict]) -> None:
    """Both results are equal to the last unit, row by row."""
    assert one[0].summary == other[0].summary
    assert one[1] == other[1]
    for table in ("days", "participants", "timeline", "network", "delays"):
        assert getattr(one[0], table).equals(getattr(other[0], table)), table


GROSS = {"layer": 3, "block": "continuous"}
NET = {"layer": 2, "settles": "T+0"}
