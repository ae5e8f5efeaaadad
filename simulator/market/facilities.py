"""Credit and securities that members may draw on within the day, as arrays: capacity, collateral, terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from simulator.market.amounts import take_share
from simulator.market.collateral import check_credit, credit_values
from simulator.market.flow import MINUTE, Flow, Int64
from simulator.market.members import Endowment, OpeningHoldings

if TYPE_CHECKING:
    from simulator.config.schema import Config, Facility

OWN_LINE = "credit_limit"


@dataclass(frozen=True, slots=True)
class Facilities:
    """The facilities of one arrangement, in the order they are drawn.

    Attributes
    ----------
    names : of each; ``credit_limit`` first where members have one
    terms : what the config says of each, None of ``credit_limit``
    caps : int64 (facilities, members), capacity at the open in minor units, 0 where moving units secure it
    collateral : "" or what secures a facility as it moves: "stock" or "flow"
    credit_values : int64 by security, minor units that a unit secures, rounded down
    pledged : units set aside at the first open, which nobody can deliver
    """

    names: tuple[str, ...]
    terms: tuple[Facility | None, ...]
    caps: Int64
    collateral: str
    credit_values: Int64
    pledged: OpeningHoldings | None

    def by_account(self, pools: int, lends_in: int, own_lines: Int64) -> Facilities:
        """The same over accounts: facilities lend in pool ``lends_in``, members' own lines as given."""
        caps = np.zeros((len(self.names), pools, self.caps.shape[1]), dtype=np.int64)
        caps[:, lends_in] = self.caps
        by_account = caps.reshape(len(self.names), -1)
        if self.names[0] != OWN_LINE:
            return replace(self, caps=by_account)
        if not own_lines.any():  # who pays in money that nobody lends has no line
            return replace(self, names=self.names[1:], terms=self.terms[1:], caps=by_account[1:])
        by_account[0] = own_lines
        return replace(self, caps=by_account)


def open_facilities(config: Config, arrangement: str, flow: Flow, opening: Endowment) -> Facilities | None:
    """What ``arrangement`` lends within the day; None where its config speaks of no credit.

    Raises
    ------
    InputError : a haircut of a security that is not there, or credit whose total could reach 2^62.
    """
    stated = config.credit_of(arrangement)
    if not stated:
        return None
    check_credit(config, arrangement, flow, opening)
    own_line = bool(opening.credit_limit.any())
    names = (OWN_LINE,) * own_line + tuple(stated)
    terms = (None,) * own_line + tuple(stated.values())
    caps = np.zeros((len(names), len(flow.members)), dtype=np.int64)
    if own_line:
        caps[0] = opening.credit_limit
    values = np.zeros(len(flow.securities), dtype=np.int64)
    pledges: list[OpeningHoldings] = []
    collateral = ""
    for k, one in enumerate(stated.values(), start=own_line):
        if one.against == "nothing":
            caps[k] = one.cap if isinstance(one.cap, int) else 0
        elif one.against == "pledge" and opening.holdings is not None:
            pledged = pledge(opening.holdings, one.pledge)
            worth = pledged.units * credit_values(flow, one)[pledged.security]
            np.add.at(caps[k], pledged.member, worth)
            if isinstance(one.cap, int):
                caps[k] = np.minimum(caps[k], one.cap)
            pledges.append(pledged)
        else:
            collateral, values = one.against, credit_values(flow, one)
    return Facilities(names, terms, caps, collateral, values, _joined(pledges))


def pledge(holdings: OpeningHoldings, share: Fraction) -> OpeningHoldings:
    """floor(share × units) of every opening holding."""
    units = take_share(holdings.units, share)
    kept = units > 0
    return OpeningHoldings(holdings.member[kept], holdings.security[kept], units[kept])


def _joined(pledges: list[OpeningHoldings]) -> OpeningHoldings | None:
    if not pledges:
        return None
    return OpeningHoldings(
        np.concatenate([one.member for one in pledges]),
        np.concatenate([one.security for one in pledges]),
        np.concatenate([one.units for one in pledges]),
    )


def minutes_of(terms: Mapping[str, Facility]) -> int:
    """The longest tenor in minutes, 0 where no facility has one."""
    return max((one.tenor // MINUTE for one in terms.values() if one.tenor), default=0)
