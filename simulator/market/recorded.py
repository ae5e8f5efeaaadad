"""Instructions held in memory, sorted: what tapes and typed instructions have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from simulator.config.errors import InputError
from simulator.config.units import BOUND
from simulator.market.amounts import exact_sum
from simulator.market.flow import DEFAULT_PRIORITY, Bools, Chunk, FlowSize, Int32, Int64, TradeDay
from simulator.market.wishes import WISHES

CHUNK = 1 << 20
"""Instructions handed over at a time; changes no result."""


@dataclass(slots=True)
class Instructions:
    """Columns of instructions, one entry each, as in :class:`~simulator.market.flow.Chunk`."""

    time: Int64
    buyer: Int32
    seller: Int32
    security: Int32
    units: Int64
    cash: Int64
    priority: Int64 | None = None
    deadline: Int64 | None = None
    hold_until: Int64 | None = None
    partial: Bools | None = None

    def __post_init__(self) -> None:
        """A column in which nothing but the default stands is as good as none, and costs less."""
        for name, default in WISHES.items():
            column = getattr(self, name)
            if column is not None and (column == default).all():
                setattr(self, name, None)

    def names(self) -> list[str]:
        """The columns there are."""
        return [name for name in self.__slots__ if getattr(self, name) is not None]

    def reorder(self, order: Int64) -> None:
        """Bring all columns into ``order``, one after the other, so that one copy at a time is held."""
        for name in self.names():
            setattr(self, name, getattr(self, name)[order])


class RecordedFlow:
    """A flow whose instructions are all known before the run; 44 bytes each, and 8 for each time or
    priority that they may state besides. See ``Flow`` for its parts.

    Parameters
    ----------
    instructions : in queue order
    bounds : int64, D + 1; the instructions of day k are ``bounds[k] … bounds[k + 1] − 1``
    ids : aligned with the instructions: int64, or text

    Raises
    ------
    InputError : Σ cash or Σ units reaches 2^62.
    """

    def __init__(
        self,
        instructions: Instructions,
        bounds: Int64,
        days: tuple[TradeDay, ...],
        members: tuple[str, ...],
        securities: tuple[str, ...],
        ids: Int64 | pl.Series,
        notices: tuple[str, ...],
        source: str,
    ) -> None:
        self._held, self._bounds, self._ids = instructions, bounds, ids
        self.members, self.securities, self.days = members, securities, days
        self.member_types = ("",) * len(members)
        self.notices = notices
        totals = exact_sum(instructions.cash), exact_sum(instructions.units)
        refuse_totals(source, *totals)
        self.size = FlowSize(len(instructions.time), *totals)
        for name in instructions.names():
            getattr(instructions, name).setflags(write=False)

    @cached_property
    def priorities(self) -> tuple[int, ...]:
        """The priorities that stand in the instructions."""
        stated = self._held.priority
        return (DEFAULT_PRIORITY,) if stated is None else tuple(np.unique(stated).tolist())

    @property
    def holds(self) -> bool:
        """Whether holds are stated."""
        return self._held.hold_until is not None

    @property
    def states_wishes(self) -> bool:
        """Whether instructions state a priority, a deadline, a hold, or whether they settle in parts."""
        held = self._held
        stated = (held.priority, held.deadline, held.hold_until, held.partial)
        return any(column is not None for column in stated)

    @property
    def settles_whole(self) -> bool:
        """Whether one says that it settles whole only."""
        return self._held.partial is not None

    @cached_property
    def opening_prices(self) -> Int64:
        """floor(cash / units) of each security's first instruction with both legs, 0 if none."""
        held = self._held
        both = np.flatnonzero((held.units > 0) & (held.cash > 0))[::-1]
        prices = np.zeros(len(self.securities), np.int64)
        # Of several values for one place the last stays: backwards, that is the first instruction's.
        prices[held.security[both]] = held.cash[both] // held.units[both]
        prices.setflags(write=False)
        return prices

    def chunks(self) -> Iterator[Chunk]:
        """The instructions in queue order, as views of what is held."""
        held = self._held
        for day in range(len(self.days)):
            start, stop = int(self._bounds[day]), int(self._bounds[day + 1])
            for first in range(start, stop, CHUNK):
                part = slice(first, min(first + CHUNK, stop))
                yield Chunk(first, day, **{name: getattr(held, name)[part] for name in held.names()})

    def identifiers(self, first: int, stop: int) -> Int64 | npt.NDArray[np.object_]:
        """The ids of instructions ``first … stop − 1``."""
        if isinstance(self._ids, pl.Series):
            return np.array(self._ids[first:stop].to_list(), dtype=object)
        return self._ids[first:stop]

    def expected_sales(self, member: int) -> Int64:
        """Units a day ``member`` sells, averaged over the trade days, internalised left out, half to even."""
        keys, sold = self._sales
        count = len(self.securities)
        first, stop = np.searchsorted(keys, [member * count, (member + 1) * count])
        by_security = np.zeros(count, np.int64)
        by_security[keys[first:stop] - member * count] = sold[first:stop]
        whole, rest = np.divmod(by_security, len(self.days))
        return whole + ((2 * rest > len(self.days)) | ((2 * rest == len(self.days)) & (whole % 2 == 1)))

    def expected_payments(self) -> Int64:
        """Minor units a day each member pays to others, averaged over the trade days, rounded down."""
        held, paid = self._held, np.zeros(len(self.members), np.int64)
        external = held.buyer != held.seller
        np.add.at(paid, held.buyer[external], held.cash[external])
        return paid // len(self.days)

    @cached_property
    def _sales(self) -> tuple[Int64, Int64]:
        """(seller × number of securities + security, units sold), ascending, where any were sold."""
        held = self._held
        moves = (held.units > 0) & (held.buyer != held.seller)
        keys = held.seller[moves].astype(np.int64) * len(self.securities) + held.security[moves]
        units = held.units[moves]
        order = np.argsort(keys, kind="stable")
        keys, units = keys[order], units[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        return keys[starts], np.add.reduceat(units, starts) if len(starts) else units


def refuse_totals(source: str, total_cash: int, total_units: int) -> None:
    """Raise InputError where a run's totals reach 2^62, past which int64 sums could wrap silently."""
    for what, total in (("cash, in minor units,", total_cash), ("units", total_units)):
        if total >= BOUND:
            raise InputError(f"{source}: the {what} add up to {total:_}; a run's totals must stay below 2^62")


def encode_names(names: Sequence[str]) -> tuple[tuple[str, ...], Int32]:
    """Distinct names in order, and for each given one its place among them.

    >>> encode_names(["B", "A", "B"])
    (('A', 'B'), array([1, 0, 1], dtype=int32))
    """
    distinct = tuple(sorted(set(names)))
    place = {name: at for at, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in names], np.int32)
