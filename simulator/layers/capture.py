"""Trade capture: each chunk of the flow once, for all arrangements alike.

Numbers the position slots that a chunk touches and tallies what the day's flow amounts to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from simulator.kernels import capture as kc
from simulator.kernels.pairs import Pairs
from simulator.kernels.slots import PositionSlots
from simulator.kernels.wide import wide_value
from simulator.market.flow import Captured, Chunk, Flow, Int64, TradeDay


@dataclass(slots=True)
class FlowDay:
    """What one trade day's flow amounts to, whatever arrangement settles it.

    ``net_cash``, ``paid`` (to others), ``buys`` (instructions as buyer, from others) and ``instructions`` are
    by member; ``value``, ``units`` and
    ``delivered_units`` (between different members) by security; ``value_time`` is Σ cash × µs since the
    day's midnight.
    """

    day: TradeDay
    members: int
    securities: int
    _counts: Int64 = field(init=False)
    _by_member: Int64 = field(init=False)
    _by_security: Int64 = field(init=False)
    _value_time: Int64 = field(init=False)
    _delivered: Int64 = field(init=False)

    def __post_init__(self) -> None:
        self._counts = np.zeros(kc.COUNT_COLUMNS, dtype=np.int64)
        self._by_member = np.zeros((self.members, kc.MEMBER_TALLIES), dtype=np.int64)
        self._by_security = np.zeros((self.securities, kc.SECURITY_TALLIES), dtype=np.int64)
        self._value_time = np.zeros(2, dtype=np.int64)
        self._delivered = np.zeros((0, 1), dtype=np.int64)

    def add(self, chunk: Captured, slots: int) -> None:
        """Tally one chunk of the day, with ``slots`` positions numbered so far."""
        if slots > len(self._delivered):
            grown = np.zeros((slots, 1), dtype=np.int64)
            grown[: len(self._delivered)] = self._delivered
            self._delivered = grown
        kc.tally(
            self._counts,
            self._value_time,
            self._by_member,
            self._by_security,
            self._delivered,
            self.day.midnight,
            chunk.time,
            chunk.buyer,
            chunk.seller,
            chunk.security,
            chunk.units,
            chunk.cash,
            chunk.seller_slot,
        )

    def delivered_by_slot(self, slots: int) -> Int64:
        """Σ units delivered to other members out of each of the first ``slots`` positions, a copy."""
        delivered = np.zeros(slots, dtype=np.int64)
        delivered[: len(self._delivered)] = self._delivered[:, 0]
        return delivered

    @property
    def trades(self) -> int:
        return int(self._counts[kc.TRADES])

    @property
    def gross_value(self) -> int:
        return int(self._counts[kc.GROSS_VALUE])

    @property
    def internalised_value(self) -> int:
        return int(self._counts[kc.INTERNALISED_VALUE])

    @property
    def value_time(self) -> int:
        return wide_value(self._value_time, 0)

    @property
    def net_cash(self) -> Int64:
        return self._by_member[:, kc.NET]

    @property
    def paid(self) -> Int64:
        return self._by_member[:, kc.PAID]

    @property
    def buys(self) -> Int64:
        return self._by_member[:, kc.BUYS]

    @property
    def instructions(self) -> Int64:
        return self._by_member[:, kc.ACTIVE]

    @property
    def value(self) -> Int64:
        return self._by_security[:, kc.VALUE]

    @property
    def units(self) -> Int64:
        return self._by_security[:, kc.TRADED]

    @property
    def delivered_units(self) -> Int64:
        return self._by_security[:, kc.DELIVERED]

    @property
    def securities_traded(self) -> np.ndarray:
        """Whether each security stood in an instruction today."""
        return (self.units > 0) | (self.value > 0)


class Capture:
    """Numbers positions, tallies days and adds up who paid whom, as chunks pass."""

    def __init__(self, flow: Flow) -> None:
        self.slots = PositionSlots(len(flow.members), len(flow.securities))
        self.pairs = Pairs(len(flow.members))
        self.days = [FlowDay(day, len(flow.members), len(flow.securities)) for day in flow.days]

    def take(self, chunk: Chunk) -> Captured:
        """Tally a chunk and number its positions."""
        self.pairs.add(chunk.buyer, chunk.seller, chunk.cash)
        buyer_slot, seller_slot = self.slots.number(chunk.buyer, chunk.seller, chunk.security)
        captured = Captured(
            **{column.name: getattr(chunk, column.name) for column in fields(chunk)},
            buyer_slot=buyer_slot,
            seller_slot=seller_slot,
        )
        self.days[chunk.day].add(captured, self.slots.count)
        return captured
