"""A synthetic market: heavy-tailed trades over a U-shaped day, between members who lean or go home flat."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.config.errors import InputError
from simulator.config.units import BOUND, format_money
from simulator.market.calendar import trade_dates
from simulator.market.drawing import DayOfTrades, cut_day
from simulator.market.flow import DEFAULT_PRIORITY, HOUR, MINUTE, Chunk, FlowSize, Int64, TradeDay
from simulator.market.network import count_core, fit_issuers, fit_network
from simulator.market.participants import (
    Float64,
    assign_types,
    draw_imbalances,
    number_names,
    zipf_shares,
)
from simulator.market.securities import list_securities
from simulator.market.streams import stream
from simulator.market.terms import TradeSize, draw_prices, fit_size

if TYPE_CHECKING:
    import networkx as nx

    from simulator.config.schema import Config

OPENS, CLOSES = 9 * HOUR + 30 * MINUTE, 16 * HOUR
CHUNK_TRADES = 1 << 20

ROOM_OVER_EXPECTED = 16
"""The bound on total cash, in multiples of its expectation, beside the largest single trade."""

MOVED_WORTH_A_NOTICE = 0.0005


def stands_for(trades: int, size_cv: float, whole_cv: float = 10.0) -> tuple[str, ...]:
    """What a scaled count stands for: (1 + cv²)/n, which sets how far random flow nets, is kept.

    >>> stands_for(5_000_000, 2.0)
    ('5_000_000 trades a day of size cv 2 net as 101_000_000 of cv 10 would: (1 + cv²)/n is the same',)
    """
    whole = round(trades * (1 + whole_cv**2) / (1 + size_cv**2))
    if whole == trades:
        return ()
    stands = f"{whole:_} of cv {whole_cv:g} would: (1 + cv²)/n is the same"
    return (f"{trades:_} trades a day of size cv {size_cv:g} net as {stands}",)


class SyntheticFlow:
    """Trades drawn at random from a config's ``flow`` and ``participants``; a ``Flow``.

    Days are independent of each other, and a day of its number of members, trades and seed alone.

    Parameters
    ----------
    config : ``flow`` with ``daily_value`` and ``trades_per_day``, ``participants``, ``seed``, ``days``
    chunk_trades : at most how many trades a chunk holds; changes no trade
    ahead : draw the next chunk in a thread while this one is used; changes no trade

    Raises
    ------
    InputError : a trade is worth less than one unit of a security on average, or totals could reach 2^62
    """

    def __init__(self, config: Config, *, chunk_trades: int = CHUNK_TRADES, ahead: bool = True) -> None:
        flow, participants, count = config.flow, config.participants, config.participants.count
        # Both are there: a config without them does not load.
        daily_value, self.trades_per_day = int(flow.daily_value or 0), int(flow.trades_per_day or 0)
        self.seed, self.imbalance = config.seed, participants.imbalance
        self.of_market = f"{flow.market}: " if flow.market else ""
        self.chunk_trades, self.ahead = chunk_trades, ahead

        wanted = zipf_shares(count, participants.concentration)
        core = count_core(participants.core, count)
        self.network = fit_issuers(wanted, core) if participants.issuers else fit_network(wanted, core)
        self.members = number_names("M", count, 3)
        self.member_types = assign_types(participants.types, count, self.stream("member types"))
        moved = 0.5 * float(np.abs(self.network.activity - wanted).sum())
        notice = f"{moved:.1%} of activity moves to other members, so that all have somebody to trade with"
        told = moved >= MOVED_WORTH_A_NOTICE and not participants.issuers
        self.notices: tuple[str, ...] = (notice,) if told else ()
        self.notices += stands_for(self.trades_per_day, flow.size_cv, flow.whole_size_cv)
        if flow.class_days > 1 and (config.days or 1) > 1:
            together = f"{flow.class_days} trade days settle together at layer 2, as one class"
            self.notices += (f"{together}: its figures are of a class, those of layer 3 of a day",)

        self.priority_shares = flow.priorities or {}
        self.securities, self.security_shares, medians = list_securities(flow)
        self.prices = draw_prices(medians, flow.prices.sigma, self.stream("prices"))
        self.prices.setflags(write=False)
        self.mean_cash = daily_value / self.trades_per_day
        self.trade_size = self._fit_size(config)

        opens, closes = (flow.hours.opens, flow.hours.closes) if flow.hours else (OPENS, CLOSES)
        self.unit_edges, self.unit_shares = cut_day(opens, closes, flow.profile, self.trades_per_day)
        self.days = tuple(
            TradeDay(day, midnight, midnight + opens, midnight + closes, label)
            for day, (midnight, label) in enumerate(zip(*trade_dates(config), strict=True))
        )
        bound = ROOM_OVER_EXPECTED * daily_value * len(self.days)
        bound += ceil(self.trade_size.largest) + int(self.prices.max())
        if bound >= BOUND:
            message = (
                "so much could be traded in the run that totals reach 2^62 minor units; lower it, or days"
            )
            raise InputError(config.problem("flow.daily_value", message))
        self.size = FlowSize(self.trades_per_day * len(self.days), bound, bound // int(self.prices.min()))

    def _fit_size(self, config: Config) -> TradeSize:
        try:
            return fit_size(self.mean_cash, config.flow.size_cv, self.prices, self.security_shares)
        except ValueError as error:
            mean, unit = (
                format_money(round(amount), config.flow.currency)
                for amount in (self.mean_cash, error.args[0])
            )
            message = f"a trade is worth {mean} on average, and one unit of a security already {unit}; "
            message += "raise it, or lower trades_per_day, prices.median or prices.sigma"
            raise InputError(config.problem("flow.daily_value", message)) from None

    def stream(self, purpose: str, *key: int) -> np.random.Generator:
        """The random stream of a purpose in this market, see ``streams.stream``."""
        return stream(self.seed, f"{self.of_market}{purpose}", *key)

    @cached_property
    def graph(self) -> nx.Graph:
        """The counterparty network by name, for analysis; see ``CounterpartyNetwork.graph``."""
        return self.network.graph(self.members, self.member_types)

    @property
    def priorities(self) -> tuple[int, ...]:
        """Those with a share, and the default, which is that of the rest."""
        return tuple(sorted({*self.priority_shares, DEFAULT_PRIORITY}))

    @property
    def holds(self) -> bool:
        """A synthetic instruction is never held."""
        return False

    @property
    def states_wishes(self) -> bool:
        """Whether instructions state a priority, a deadline, a hold, or whether they settle in parts."""
        return bool(self.priority_shares)

    @property
    def settles_whole(self) -> bool:
        """A synthetic instruction never says that it settles whole only."""
        return False

    @property
    def opening_prices(self) -> Int64:
        """The prices drawn, minor units; they stand still."""
        return self.prices

    def imbalances(self, day: int) -> Float64:
        """Expected (bought − sold) / activity of each member on a day, δ."""
        random = self.stream("imbalances", day)
        return draw_imbalances(self.imbalance, self.network.activity, self.member_types, random)

    def identifiers(self, first: int, stop: int) -> Int64:
        """A synthetic trade is known by its position."""
        return np.arange(first, stop, dtype=np.int64)

    def expected_sales(self, member: int) -> Int64:
        """Units a day ``member`` is expected to sell, one entry a security: half of what it trades."""
        sales_a_day = self.network.activity[member] * self.trades_per_day
        return np.rint(sales_a_day * self._units_a_trade).astype(np.int64)

    def expected_payments(self) -> Int64:
        """Minor units a day each member is expected to pay: half of what it trades."""
        return np.floor(self.network.activity * self.mean_cash * self.trades_per_day).astype(np.int64)

    @cached_property
    def _units_a_trade(self) -> Float64:
        """Expected units of each security in a trade of the market."""
        cash, _ = self.trade_size.expected_cash(self.prices)
        return self.security_shares * cash / self.prices

    def chunks(self) -> Iterator[Chunk]:
        """The trades in order of time; the same at every call."""
        return _one_ahead(self._chunks()) if self.ahead else self._chunks()

    def _chunks(self) -> Iterator[Chunk]:
        first, total = 0, 0.0
        for day in self.days:
            drawing = DayOfTrades(self, day)
            for start, stop in drawing.runs(self.chunk_trades):
                chunk, cash = drawing.draw(start, stop, first)
                total += cash
                if total > self.size.total_cash:
                    raise InputError(f"trades are worth more than {self.size.total_cash} minor units")
                for begin in range(0, len(chunk), self.chunk_trades):
                    yield _part(chunk, begin, min(begin + self.chunk_trades, len(chunk)))
                first += len(chunk)


def _part(chunk: Chunk, start: int, stop: int) -> Chunk:
    if stop - start == len(chunk):
        return chunk
    columns: dict[str, Any] = {one.name: getattr(chunk, one.name) for one in fields(chunk)}
    cut = {name: one[start:stop] for name, one in columns.items() if isinstance(one, np.ndarray)}
    return Chunk(chunk.first + start, chunk.day, **cut)


def _one_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one always being drawn: kernels and NumPy release the interpreter."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="trades") as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk
