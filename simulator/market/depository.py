"""What bounds members' net debits at a securities depository, as arrays: caps, and what secures them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError, nearest
from simulator.config.tree import join_key
from simulator.market.collateral import haircut_values, refuse_unknown_securities
from simulator.market.flow import Flow, Int64
from simulator.market.members import Endowment
from simulator.market.recorded import refuse_totals
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.schema import Config


@dataclass(frozen=True, slots=True)
class Monitor:
    """Net debit caps and collateral monitors; int64, minor units.

    A member's balance may fall to −cap. Its collateral monitor, fund + Σ units × credit value + balance, is
    nowhere brought below 0 by a delivery.

    Attributes
    ----------
    caps : by member, most that its balance may lie below 0
    fund : by member, cash in the participants fund, which counts in the monitor alone
    credit_values : by security, what a unit held secures, rounded down
    """

    caps: Int64
    fund: Int64
    credit_values: Int64


def open_monitor(config: Config, arrangement: str, flow: Flow, opening: Endowment) -> Monitor:
    """The bounds of an arrangement's book-entry deliveries over the members and securities of a flow.

    Raises
    ------
    InputError : a member or security that is not there, or amounts whose total could reach 2^62.
    """
    from simulator.config.book_entry_checks import members_named

    stated = config.arrangements[arrangement].book_entry
    assert stated is not None
    path = ("arrangements", arrangement, "book_entry")
    known = {*flow.members, *(config.participants.members or ())}
    unknown = [(place, name) for place, name in members_named(stated) if name not in known]
    if unknown:
        told = ((place, f"{name} is not a member{nearest(name, known)}") for place, name in unknown[:SHOWN])
        raise InputError(*(config.problem(join_key((*path, *place)), message) for place, message in told))
    if config.flow.kind != "tape":
        refuse_unknown_securities(config, (*path, "haircut"), stated.haircut, flow)
    caps, fund = (
        [amounts.of(member) for member in flow.members] for amounts in (stated.net_debit_cap, stated.fund)
    )
    values = np.zeros(len(flow.securities), dtype=np.int64)
    secured = 0
    if stated.collateral_monitor and opening.holdings is not None:
        values = haircut_values(flow, stated.haircut)
        held = opening.holdings
        worth = values[held.security].tolist()
        secured = sum(units * value for units, value in zip(held.units.tolist(), worth, strict=True))
    cash = 0 if opening.cash is None else sum(opening.cash.tolist())
    total = flow.size.total_cash + cash + sum(caps) + sum(fund) + secured
    refuse_totals(f"{config.name}, {arrangement}, caps, fund and collateral included", total, 0)
    return Monitor(np.array(caps, np.int64), np.array(fund, np.int64), values)
