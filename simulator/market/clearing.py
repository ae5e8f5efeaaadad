"""What a config says of clearing, by number instead of by name: who is exempt, goes first, pays where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.clearing import USUAL_GROUP, BuyIn
from simulator.config.errors import InputError
from simulator.config.formats import write_time
from simulator.config.tree import join_key
from simulator.market.flow import Bools, Flow, Int64

if TYPE_CHECKING:
    from simulator.config.schema import Config


@dataclass(frozen=True, slots=True)
class ClearingTerms:
    """How a clearing house of layer 2 settles beside its cycles.

    Attributes
    ----------
    night : µs of the settlement date at which it first delivers, None without a night cycle
    group : int64 by member, priority group 1 (receives first) … 9
    exempt_members : bool by member, whether it delivers nothing at night
    exempt_keys : int64, ascending: security × members + member of other positions not delivered at night
    bank : int64 by member, the number of its settling bank; ``banks`` is how many there are
    """

    night: int | None
    group: Int64
    exempt_members: Bools
    exempt_keys: Int64
    buy_in: BuyIn | None
    bank: Int64
    banks: int

    def bank_debit(self, payable: Int64) -> int:
        """Σ over settling banks of max(0, what their members pay on net), minor units."""
        by_bank = np.zeros(self.banks, dtype=np.int64)
        np.add.at(by_bank, self.bank, payable)
        return int(np.maximum(0, by_bank).sum())


def clearing_terms(config: Config, name: str, flow: Flow) -> ClearingTerms:
    """The terms of an arrangement of layer 2 for the members and securities of a flow.

    Whoever is named is there, or listed and idle: ``market.named`` has seen to it.

    Raises
    ------
    InputError : a night cycle that is not before the open.
    """
    one = config.arrangements[name]
    _refuse_late_night(config, name, one.night_cycle, flow)
    places = {member: at for at, member in enumerate(flow.members)}
    count = len(places)
    group = np.full(count, USUAL_GROUP, dtype=np.int64)
    for member, priority in one.delivery_priority.items():
        if member in places:
            group[places[member]] = priority
    exempt = np.zeros(count, dtype=np.bool_)
    securities = {security: at for at, security in enumerate(flow.securities)}
    keys = []
    for member, kept in one.exemptions.items():
        if member in places and kept is None:
            exempt[places[member]] = True
        elif member in places:
            keys += [securities[each] * count + places[member] for each in kept or () if each in securities]
    bank = np.arange(count, dtype=np.int64)
    for at, members in enumerate(one.settling_banks.values()):
        bank[[places[member] for member in members if member in places]] = count + at
    return ClearingTerms(
        one.night_cycle,
        group,
        exempt,
        np.array(sorted(keys), dtype=np.int64),
        one.buy_in,
        bank,
        count + len(one.settling_banks),
    )


def _refuse_late_night(config: Config, name: str, night: int | None, flow: Flow) -> None:
    """Where no hours are given, the open is known only now; the night cycle stands before all of them."""
    opens = min(day.opens - day.midnight for day in flow.days)
    if night is not None and night >= opens:
        said = f"{write_time(night)} is not allowed; the flow opens at {write_time(opens)}"
        key = join_key(("arrangements", name, "night_cycle"))
        raise InputError(config.problem(key, f"{said}, and a night cycle is before the open"))
