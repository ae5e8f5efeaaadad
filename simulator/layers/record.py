"""What a settlement day leaves behind. Measures read this and nothing else of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.kernels.close import add_up, value_by_member
from simulator.kernels.rounding import rounded
from simulator.ledger import Ledger
from simulator.market.flow import Int64, TradeDay

from .capture import FlowDay
from .credit import FacilityDay
from .margin_day import ExposureDay, MarginDay
from .mint import LegDay

if TYPE_CHECKING:
    from simulator.config.schema import Costs

    from .cost_day import CostDay
    from .margin_day import MarginDay
    from .pilot_day import PilotDay

REASONS = (
    "cash",
    "securities",
    "credit",
    "hold",
    "limit",
    "capacity",
    "outage",
    "registration",
    "frozen",
    "silent",
)
"""What an instruction can wait for, in the order of the kernels' numbers, which count from 1."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What did not settle, by the first block it met: value by member, units by security.

    The member is the buyer in layer 3, the failing short in layer 2, where a count is of its short
    positions not delivered in full; in layer 3 of instructions. ``values`` (members, reasons) and ``counts``
    stand in the order of ``REASONS``; ``instructions`` counts by buyer. ``units`` are between
    different members, ``internalised_units`` within one, which only a hold keeps from settling.
    ``gridlocked_value`` could settle together, though nothing of it alone; None in layer 2.
    """

    values: Int64
    counts: tuple[int, ...]
    instructions: Int64
    units: Int64
    internalised_units: Int64
    gridlocked_value: int | None = None
    internalised_value: int = 0

    @property
    def by_member(self) -> Int64:
        return self.values.sum(axis=1)

    @property
    def value(self) -> int:
        return int(self.values.sum())

    def value_for(self, reason: str) -> int:
        """Σ cash of what first waited for a reason."""
        return int(self.values[:, REASONS.index(reason)].sum())

    def count_for(self, reason: str) -> int:
        """How many first waited for a reason."""
        return self.counts[REASONS.index(reason)]


@dataclass(frozen=True, slots=True)
class PositionUnits:
    """Units that each position moved or needed, added up; int64.

    ``value_by_member`` is at the day's reference prices, Σ cash / Σ units of each security, each
    position rounded half to even.
    """

    by_security: Int64
    by_member: Int64
    value_by_member: Int64

    @classmethod
    def of(cls, units: Int64, ledger: Ledger, flow: FlowDay) -> PositionUnits:
        """Add up ``units`` (one entry a slot, counted where above 0).

        Positions numbered since they were read have none.
        """
        security, member = (owners[: len(units)] for owners in ledger.slot_owners())
        by_security = np.zeros(len(flow.units), dtype=np.int64)
        by_member, value = (np.zeros(len(flow.net_cash), dtype=np.int64) for _ in range(2))
        add_up(units, security, by_security)
        add_up(units, member, by_member)
        traded = np.maximum(flow.units, 1)
        whole, rest = np.divmod(flow.value, traded)
        if int(units.max(initial=0)) * int(rest.max(initial=0)) < 1 << 62:
            value_by_member(units, security, member, whole, rest, traded, value)
        else:  # too wide for int64: in Python integers
            for p in np.flatnonzero(units[: len(security)] > 0):
                s = security[p]
                value[member[p]] += rounded(int(units[p]) * int(flow.value[s]), int(flow.units[s]))
        return cls(by_security, by_member, value)


@dataclass(frozen=True, slots=True)
class OpenFails:
    """What is open at the clearing house at a close, ordered by security, then member; parallel, int64.

    ``units`` are to be received, negative to be delivered; ``age`` is in settlement days, ``price`` the
    day's settlement price.
    """

    security: Int64
    member: Int64
    units: Int64
    age: Int64
    price: Int64


@dataclass(frozen=True, slots=True)
class ClearingDay:
    """What a day at the clearing house has beside what is due: open positions, buy-ins, settling banks.

    Money by member, int64: ``marks`` paid on positions carried, received negative; ``carried_value`` of
    short positions that came into the day, at its price; ``bought_in_value`` and ``buy_in_cost`` of those
    closed, without and of the premium. ``carried_units`` are short, by security. ``settling_bank_debit`` is
    Σ over cycles and settling banks of max(0, net cash paid); ``fails`` what stays open, None where
    nothing is carried.
    """

    marks: Int64
    carried_value: Int64
    bought_in_value: Int64
    buy_in_cost: Int64
    carried_units: Int64
    settling_bank_debit: int = 0
    fails: OpenFails | None = None

    @classmethod
    def nothing(cls, members: int, securities: int) -> ClearingDay:
        """A day on which nothing is carried."""
        marks, carried, bought, cost = (np.zeros(members, dtype=np.int64) for _ in range(4))
        return cls(marks, carried, bought, cost, np.zeros(securities, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class RoutedDay:
    """What of a hybrid arrangement went to the chain: Σ cash; by member what it needs and pays on net;
    whether its cash pays what is netted too."""

    value: int
    need: Int64
    net_cash: Int64
    shared: bool = False


@dataclass(frozen=True, slots=True)
class SettlementDay:
    """One arrangement's settlement day, read-only. Money in minor units, time in µs, sums exact.

    Attributes
    ----------
    flow : the trade day that settles
    closes : the last event of the day, at or after the day's close
    opening, lowest : cash by member; ``limited`` says whether limits are in force
    outflow_peak : largest unconstrained outflow by member; ``system_peak`` of their simultaneous total
    units_need : peak net units out by position
    value_moved : by member, Σ over groups of max(0, net cash paid)
    units_moved : Σ over groups of net units delivered, by position
    drawn_peak, drawn_time : credit drawn, its peak and its integral over time
    waits : histogram of waits after the first eligible event, value-weighted, the unsettled included
    value_wait : Σ value × that wait; ``value_inclusion`` Σ value × (first eligible event − entry)
    value_to_close : Σ value × (close − entry); ``value_lag`` Σ settled value × (settled − entry)
    queued_value, queued_count : what did not settle at its first eligible event
    queued_by_reason : Σ cash of the same by the first block it met, in the order of ``REASONS``
    funding_shortfall : by member, what the outside account put in for pay-ins
    late_count, late_value : past their deadline or never settled; None where deadlines say nothing
    part_count, part_value : parts settled short of the whole
    credit_not_repaid : by member, drawn at the close beyond the cash there is; 0 where cash is unlimited
    settlements : by member as buyer, instructions and parts settled with others; None in layer 2
    fees : by member as buyer, what settling on the chain cost; None without fees
    finality : µs from settlement until it is final
    legs : what each cash leg minted and redeemed
    funded_time : Σ net top-ups × µs to the next midnight
    credit : what each facility lent, by member
    borrowed : what lenders of securities lent, None where nobody does
    lag_value : Σ value that ``value_lag`` is of; None for what settled in layer 3, all that is due in layer 2
    money_settlement : by member, the net debit paid at the end of a day of book-entry deliveries; None
        where there are none
    progress : by member, what was paid in before, None likewise
    clearing : what the clearing house carries, buys in, and settles by bank; None in layer 3
    pilot : what the day does to tokens, complete when the run is; None without a pilot
    margin : what members deposit at the clearing house; None without margin, and in layer 3
    exposure : what others could lose if a member failed; None without margin
    routed : what of a hybrid arrangement went to the chain; None of others
    sides : the records of what was netted and of what went to the chain, where a hybrid has both
    costs, cost_day : rates, and what else costs rest on; None where no costs are asked for
    """

    arrangement: str
    layer: int
    day: TradeDay
    closes: int
    flow: FlowDay
    limited: bool
    opening: Int64
    lowest: Int64
    outflow_peak: Int64
    system_peak: int
    units_need: PositionUnits
    value_moved: Int64
    units_moved: PositionUnits
    drawn_peak: int
    drawn_time: int
    waits: Int64
    value_wait: int
    value_inclusion: int
    value_to_close: int
    value_lag: int
    queued_value: int
    queued_count: int
    unsettled: Unsettled
    funding_shortfall: Int64
    credit_not_repaid: Int64
    late_count: int | None = None
    late_value: int | None = None
    part_count: int = 0
    part_value: int = 0
    queued_by_reason: tuple[int, ...] = (0,) * len(REASONS)
    settlements: Int64 | None = None
    fees: Int64 | None = None
    finality: int = 0
    legs: tuple[LegDay, ...] = ()
    funded_time: int = 0
    credit: tuple[FacilityDay, ...] = ()
    borrowed: FacilityDay | None = None
    lag_value: int | None = None
    money_settlement: Int64 | None = None
    progress: Int64 | None = None
    clearing: ClearingDay | None = None
    pilot: PilotDay | None = None
    margin: MarginDay | None = None
    exposure: ExposureDay | None = None
    routed: RoutedDay | None = None
    sides: tuple[SettlementDay, ...] = ()
    costs: Costs | None = None
    cost_day: CostDay | None = None

    def priced(self, costs: Costs) -> SettlementDay:
        """The same day, at rates."""
        return replace(self, costs=costs, sides=tuple(side.priced(costs) for side in self.sides))

    @property
    def credit_cost(self) -> Int64:
        """By member, interest on intraday credit."""
        return sum((one.interest for one in self.credit), np.zeros(len(self.opening), dtype=np.int64))
