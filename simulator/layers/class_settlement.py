"""Class settlement: the trades of many days fall due together, as agency mortgages do once a month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.market.flow import TradeDay

from .capture import FlowDay
from .clearing_house import ClearingHouse, Obligations


def end_of_class(trade_day: int, class_days: int, days: int) -> int:
    """The last trade day of the class that a trade day is in; the last class may be cut short.

    >>> [end_of_class(day, 3, 7) for day in range(7)]
    [2, 2, 2, 5, 5, 5, 6]
    """
    return min(trade_day // class_days * class_days + class_days, days) - 1


class ClassFlow(FlowDay):
    """What the trade days of one class amount to together, as if it were one day, the last."""

    def __init__(self, days: Sequence[FlowDay]) -> None:
        last = days[-1]
        super().__init__(last.day, last.members, last.securities)
        for day in days:
            self._counts += day._counts
            self._by_member += day._by_member
            self._by_security += day._by_security
        self._days = days

    @property
    def value_time(self) -> int:
        """Σ cash × µs since the last day's midnight, below 0 for the days before."""
        midnight = self.day.midnight
        return sum(day.value_time + (day.day.midnight - midnight) * day.gross_value for day in self._days)


class ClassSettlement(ClearingHouse):
    """Nets the trades of ``class_days`` trade days in a row as one class, T+n after the last of them."""

    def __init__(self, *of_house: Any, class_days: int, **terms: Any) -> None:
        super().__init__(*of_house, **terms)
        self.class_days = class_days

    def _end(self, trade_day: int) -> int:
        return end_of_class(trade_day, self.class_days, len(self.flow.days))

    def trade_days(self) -> Sequence[TradeDay]:
        """The last day of each class."""
        return [day for day in self.flow.days if self._end(day.index) == day.index]

    def flow_of(self, trade_day: int) -> FlowDay:
        """All that was traded in the class that ends on a trade day."""
        first = trade_day // self.class_days * self.class_days
        return ClassFlow(self.capture.days[first : trade_day + 1])

    def _settlement_day(self, trade_day: int) -> TradeDay:
        return super()._settlement_day(self._end(trade_day))

    def _obligations(self, trade_day: int) -> Obligations:
        return super()._obligations(self._end(trade_day))
