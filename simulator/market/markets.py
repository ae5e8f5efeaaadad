"""Several markets at once: one flow, in which members and cash are shared or kept apart.

Every market is drawn exactly as it would be alone, from its own random streams and in terms of its own ranks;
here the trades of all are brought into one order of time, and members and securities are numbered over all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError
from simulator.config.units import BOUND
from simulator.market.flow import NO_SECURITY, Chunk, Flow, FlowSize, Int32, Int64, TradeDay
from simulator.market.participants import number_names
from simulator.market.repo import RepoFlow
from simulator.market.synthetic import SyntheticFlow
from simulator.market.wishes import WISHES

if TYPE_CHECKING:
    from simulator.config.market import Market
    from simulator.config.schema import Config

PLAIN = ("time", "buyer", "seller", "security", "units", "cash")


class MarketsFlow:
    """The trades of all markets of ``flow.markets`` by time, of one instant in the order of the markets.

    Securities are known as ``market:security``. Shared members are matched by rank: the k-th most active of
    each market is one member, so who is large in one is large in all. It keeps the part it plays in each
    market alone; the type shown is that in the first market it is in. Separate members are known as
    ``market:member``.

    Raises
    ------
    InputError : a market that cannot be drawn, or totals that reach 2^62.
    """

    def __init__(self, config: Config) -> None:
        markets = config.flow.markets or {}
        self.names = tuple(markets)
        self.flows: tuple[Flow, ...] = tuple(
            (SyntheticFlow if one.flow.repo is None else RepoFlow)(config_of(config, name, one))
            for name, one in markets.items()
        )
        self._places, self.members, self.member_types = self._number_members(config.flow.members == "shared")
        self._starts = np.cumsum([0, *(len(flow.securities) for flow in self.flows)])
        self.securities = tuple(
            f"{name}:{security}"
            for name, flow in zip(self.names, self.flows, strict=True)
            for security in flow.securities
        )
        self.days = tuple(_hull(days) for days in zip(*(flow.days for flow in self.flows), strict=True))
        self.size = FlowSize(
            sum(flow.size.trades for flow in self.flows),
            sum(flow.size.total_cash for flow in self.flows),
            sum(flow.size.total_units for flow in self.flows),
        )
        if max(self.size.total_cash, self.size.total_units) >= BOUND:
            message = (
                "so much could be traded in all markets that totals reach 2^62 minor units; lower it, or days"
            )
            raise InputError(config.problem("flow.markets", message))
        self.notices = tuple(
            f"{name}: {notice}"
            for name, flow in zip(self.names, self.flows, strict=True)
            for notice in flow.notices
        )
        by_class = [name for name, one in markets.items() if one.flow.class_days > 1]
        if by_class:
            self.notices += (f"{', '.join(by_class)}: settles day by day beside other markets, not by class",)

    def _number_members(self, shared: bool) -> tuple[list[Int32], tuple[str, ...], tuple[str, ...]]:
        """Places of each market's members among all, and the names and types of all."""
        if shared:
            count = max(len(flow.members) for flow in self.flows)
            first = (next(flow for flow in self.flows if rank < len(flow.members)) for rank in range(count))
            types = tuple(flow.member_types[rank] for rank, flow in enumerate(first))
            places = [np.arange(len(flow.members), dtype=np.int32) for flow in self.flows]
            return places, number_names("M", count, 3), types
        starts = np.cumsum([0, *(len(flow.members) for flow in self.flows)])
        places = [
            np.arange(start, start + len(flow.members), dtype=np.int32)
            for start, flow in zip(starts, self.flows, strict=False)
        ]
        pairs = list(zip(self.names, self.flows, strict=True))
        names = tuple(f"{name}:{member}" for name, flow in pairs for member in flow.members)
        return places, names, tuple(kind for flow in self.flows for kind in flow.member_types)

    @property
    def priorities(self) -> tuple[int, ...]:
        """Those of any market."""
        return tuple(sorted({one for flow in self.flows for one in flow.priorities}))

    @property
    def holds(self) -> bool:
        """Whether an instruction of any market may be on hold."""
        return any(flow.holds for flow in self.flows)

    @property
    def states_wishes(self) -> bool:
        """Whether instructions of any market ask for more than their terms."""
        return any(flow.states_wishes for flow in self.flows)

    @property
    def settles_whole(self) -> bool:
        """Whether an instruction of any market may settle whole only."""
        return any(flow.settles_whole for flow in self.flows)

    @property
    def opening_prices(self) -> Int64:
        """Those of all markets, one after the other."""
        prices = np.concatenate([flow.opening_prices for flow in self.flows])
        prices.setflags(write=False)
        return prices

    def identifiers(self, first: int, stop: int) -> Int64:
        """A trade is known by its position among those of all markets."""
        return np.arange(first, stop, dtype=np.int64)

    def expected_sales(self, member: int) -> Int64:
        """Units a day that a member is expected to sell of each security, in all its markets."""
        sales = np.zeros(len(self.securities), np.int64)
        for at, flow in enumerate(self.flows):
            own = np.flatnonzero(self._places[at] == member)
            if len(own):
                sales[self._starts[at] : self._starts[at + 1]] = flow.expected_sales(int(own[0]))
        return sales

    def expected_payments(self) -> Int64:
        """Minor units a day that each member is expected to pay, in all its markets."""
        payments = np.zeros(len(self.members), np.int64)
        for places, flow in zip(self._places, self.flows, strict=True):
            payments[places] += flow.expected_payments()
        return payments

    def chunks(self) -> Iterator[Chunk]:
        """The trades of all markets in order of time; the same at every call, however markets cut theirs."""
        sources = [_Source(flow.chunks()) for flow in self.flows]
        first = 0
        for day in self.days:
            while any(source.on(day.index) for source in sources):
                until = min((source.known for source in sources if source.goes_on(day.index)), default=None)
                taken = [
                    (at, source.take(day.index, until))
                    for at, source in enumerate(sources)
                    if source.on(day.index)
                ]
                parts = [(at, part) for at, part in taken if len(part)]
                if not parts:
                    # All that is known of a market lies at one instant, which may go on in its next chunk.
                    next(one for one in sources if one.goes_on(day.index) and one.known == until).extend()
                    continue
                chunk = self._merged(first, day.index, parts)
                yield chunk
                first += len(chunk)

    def _merged(self, first: int, day: int, parts: list[tuple[int, Chunk]]) -> Chunk:
        """Parts of several markets as one chunk, numbered over all of them."""
        order = np.argsort(np.concatenate([part.time for _, part in parts]), kind="stable")
        columns = {name: [getattr(part, name) for _, part in parts] for name in PLAIN}
        for side in ("buyer", "seller"):
            columns[side] = [self._places[at][getattr(part, side)] for at, part in parts]
        columns["security"] = [
            np.where(part.security == NO_SECURITY, NO_SECURITY, part.security + self._starts[at]).astype(
                np.int32
            )
            for at, part in parts
        ]
        if self.states_wishes:
            for name, default in WISHES.items():
                stated = [getattr(part, name) for _, part in parts]
                if any(one is not None for one in stated):
                    columns[name] = [
                        np.full(len(part), default) if one is None else one
                        for one, (_, part) in zip(stated, parts, strict=True)
                    ]
        joined = {name: np.concatenate(column)[order] for name, column in columns.items()}
        for array in joined.values():
            array.setflags(write=False)
        return Chunk(first, day, **joined)


class _Source:
    """One market's chunks, of which one is at hand and the next one is known."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks = chunks
        self._at_hand, self._next = next(chunks, None), next(chunks, None)

    def on(self, day: int) -> bool:
        """Whether trades of a day are left."""
        return self._at_hand is not None and self._at_hand.day == day

    def goes_on(self, day: int) -> bool:
        """Whether more trades of a day come after those at hand."""
        return self.on(day) and self._next is not None and self._next.day == day

    @property
    def known(self) -> int:
        """The time of the last trade at hand: all before it is known."""
        assert self._at_hand is not None
        return int(self._at_hand.time[-1])

    def take(self, day: int, until: int | None) -> Chunk:
        """The trades at hand before ``until``, all of them where that is None."""
        chunk = self._at_hand
        assert chunk is not None
        stop = len(chunk) if until is None else int(np.searchsorted(chunk.time, until, side="left"))
        if stop == len(chunk) and not self.goes_on(day):
            self._at_hand, self._next = self._next, next(self._chunks, None)
            return chunk
        self._at_hand = _cut(chunk, stop, len(chunk))
        return _cut(chunk, 0, stop)

    def extend(self) -> None:
        """Bring the next chunk to what is at hand."""
        assert self._at_hand is not None
        assert self._next is not None
        both = self._at_hand, self._next
        columns = {name: np.concatenate([getattr(one, name) for one in both]) for name in _columns(both[0])}
        self._at_hand, self._next = Chunk(both[0].first, both[0].day, **columns), next(self._chunks, None)


def _columns(chunk: Chunk) -> list[str]:
    return [name for name in (*PLAIN, *WISHES) if getattr(chunk, name) is not None]


def _cut(chunk: Chunk, start: int, stop: int) -> Chunk:
    columns = {name: getattr(chunk, name)[start:stop] for name in _columns(chunk)}
    return Chunk(chunk.first + start, chunk.day, **columns)


def _hull(days: tuple[TradeDay, ...]) -> TradeDay:
    """The hours in which any market is open."""
    one = days[0]
    opens, closes = min(day.opens for day in days), max(day.closes for day in days)
    return TradeDay(one.index, one.midnight, opens, closes, one.label)


def config_of(config: Config, name: str, market: Market) -> Config:
    """The config of one market alone; what is wrong with it is told at the lines of that market."""
    days = {"start": config.flow.start, "calendar": config.flow.calendar, "class_days": 1}
    flow = market.flow.model_copy(update=days)
    alone = config.model_copy(update={"flow": flow, "participants": market.participants})
    alone._tree = config.tree.entries["flow"].entries["markets"].entries[name]  # type: ignore[union-attr]
    return alone
