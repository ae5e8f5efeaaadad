"""What securities are worth as collateral, and whether the credit of a run can be counted in int64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError, nearest
from simulator.config.tree import join_key
from simulator.market.amounts import take_share
from simulator.market.flow import Flow, Int64
from simulator.market.recorded import refuse_totals
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.schema import Config, Facility, Haircut
    from simulator.market.members import Endowment


def credit_values(flow: Flow, facility: Facility) -> Int64:
    """Credit that one unit of each security gives: floor(opening price × (1 − haircut)), minor units.

    At an opening price of 9.99 and a haircut of 10 % it is floor(899.1) = 899 cents.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from simulator.config.schema import Facility
    >>> market = SimpleNamespace(securities=("X", "Y"), opening_prices=np.array([999, 100]))
    >>> haircut = {"default": "10 %", "Y": "50 %"}
    >>> credit_values(market, Facility.model_validate({"against": "flow", "haircut": haircut}))
    array([899,  50])
    """
    return haircut_values(flow, facility.haircut)


def haircut_values(flow: Flow, haircut: Haircut) -> Int64:
    """What one unit of each security secures: floor(opening price × (1 − haircut)), minor units."""
    prices = flow.opening_prices
    values = take_share(prices, 1 - haircut.default)
    for at, security in enumerate(flow.securities):
        if security in haircut.securities:
            values[at] = take_share(prices[at : at + 1], 1 - haircut.securities[security])[0]
    return values


def check_credit(config: Config, arrangement: str, flow: Flow, endowment: Endowment) -> None:
    """Refuse haircuts of securities that are not traded, and credit that could reach 2^62 in all.

    A tape may lack some of the securities that a list of haircuts names; a synthetic market and typed
    instructions have all there are.

    Raises
    ------
    InputError : either.
    """
    facilities = config.credit_of(arrangement)
    own = config.arrangements[arrangement].credit is not None
    path = ("arrangements", arrangement, "credit") if own else ("credit",)
    total = flow.size.total_cash + sum(endowment.credit_limit.tolist())
    total += 0 if endowment.cash is None else sum(endowment.cash.tolist())
    for name, facility in facilities.items():
        if config.flow.kind != "tape":
            refuse_unknown_securities(config, (*path, name, "haircut"), facility.haircut, flow)
        bounds = [facility.cap * len(flow.members)] if isinstance(facility.cap, int) else []
        bounds += [_collateral(config, facility, flow, endowment)] if facility.against != "nothing" else []
        total += min(bounds, default=0)
    if facilities:
        refuse_totals(f"{config.name}, {arrangement}, funding and credit included", total, 0)


def refuse_unknown_securities(config: Config, path: tuple[str, ...], haircut: Haircut, flow: Flow) -> None:
    """Refuse haircuts of securities that neither the flow nor a member has."""
    held = {security for one in (config.participants.members or {}).values() for security in one.holdings}
    known = {*flow.securities, *held}
    unknown = [name for name in haircut.securities if name not in known]
    if unknown:
        told = [(name, f"not a security of the flow{nearest(name, known)}") for name in unknown[:SHOWN]]
        raise InputError(*(config.problem(join_key((*path, name)), message) for name, message in told))


def _collateral(config: Config, facility: Facility, flow: Flow, endowment: Endowment) -> int:
    """Credit that all the collateral there can be gives, minor units."""
    if facility.against == "flow" and config.flow.synthetic:
        return flow.size.total_cash  # prices stand still: units bought are worth what was paid for them
    values = credit_values(flow, facility)
    units = np.zeros(len(flow.securities), np.int64)
    if facility.against == "flow":
        for chunk in flow.chunks():
            named = chunk.units > 0
            np.add.at(units, chunk.security[named], chunk.units[named])
    elif endowment.holdings is not None:
        np.add.at(units, endowment.holdings.security, endowment.holdings.units)
    return sum(one * value for one, value in zip(units.tolist(), values.tolist(), strict=True))
