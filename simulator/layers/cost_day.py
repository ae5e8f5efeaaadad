"""What a day's costs rest on beside its measures: cash brought, credit without a rate, units borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.wide import wide_value
from simulator.ledger import Ledger
from simulator.market.facilities import OWN_LINE
from simulator.market.flow import Int64

from .capture import FlowDay
from .credit import FacilityDay
from .record import PositionUnits


@dataclass(frozen=True, slots=True)
class CostDay:
    """What costs rest on, by member. Products of money and time are exact, minor units × µs.

    Attributes
    ----------
    funded_time : net top-ups × µs to the next midnight
    drawn_time : credit that no facility states a rate of, integrated over the day: own credit limits, cash
        that is unlimited, balances of a depository
    borrowed : int64, value at reference prices of what must be borrowed to deliver at its time where holdings
        are ample: by position, peak net units out beyond what is delivered on balance
    """

    funded_time: tuple[int, ...]
    drawn_time: tuple[int, ...]
    borrowed: Int64


def read_cost_day(
    ledger: Ledger, flow: FlowDay, closes: int, credit: tuple[FacilityDay, ...]
) -> CostDay | None:
    """What the costs of a day rest on, before the ledger closes it; None where nobody asks."""
    if not ledger.costed:
        return None
    members = len(flow.net_cash)
    drawn: tuple[int, ...] = (0,) * members
    if ledger.followed:
        ledger.accrue(closes)
        at = st.FACILITY + st.LOAN_TIME
        drawn = _by_member([wide_value(row, at) for row in ledger.state.members], members)
    elif credit and credit[0].name == OWN_LINE:
        drawn = credit[0].drawn_time
    borrowed = np.zeros(members, dtype=np.int64)
    if ledger.ample:
        beyond = ledger.state.slots[:, st.UNITS_PEAK] - np.maximum(0, ledger.net_delivered())
        borrowed = PositionUnits.of(beyond, ledger, flow).value_by_member
    return CostDay(_by_member(ledger.funded_time, members), drawn, borrowed)


def _by_member(by_account: Sequence[int], members: int) -> tuple[int, ...]:
    """Exact sums by member over its accounts."""
    return tuple(sum(by_account[m::members]) for m in range(members))
