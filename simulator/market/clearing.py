"""What a config says of clearing, by number instead of by name: who is exempt, goes first, pays where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.clearing import USUAL_GROUP, BuyIn
from simulator.config.errors import InputError, Problem, nearest
from simulator.config.formats import write_time
from simulator.config.tree import KeyPath, join_key
from simulator.market.flow import Bools, Flow, Int64
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement, Config


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

    Raises
    ------
    InputError : names that the flow does not know, or a night cycle that is not before the open.
    """
    one = config.arrangements[name]
    path: KeyPath = ("arrangements", name)
    problems = [*_unknown_names(config, path, one, flow), *_late_night(config, path, one, flow)]
    if problems:
        raise InputError(*problems[:SHOWN])
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


def _unknown_names(config: Config, path: KeyPath, one: Arrangement, flow: Flow) -> Iterator[Problem]:
    listed = config.participants.members or {}
    members = {*flow.members, *listed}
    securities = {*flow.securities, *(each for member in listed.values() for each in member.holdings)}
    for key in ("exemptions", "delivery_priority"):
        for member in getattr(one, key):
            yield from _unknown(config, (*path, key, member), member, members, "a member")
    for bank, settles_for in one.settling_banks.items():
        for at, member in enumerate(settles_for):
            here = (*path, "settling_banks", bank, at)
            yield from _unknown(config, here, member, members, "a member")
    for member, kept in one.exemptions.items():
        for at, security in enumerate(kept or ()):
            here = (*path, "exemptions", member, at)
            yield from _unknown(config, here, security, securities, "a security that is traded")


def _unknown(config: Config, path: KeyPath, name: str, known: Iterable[str], what: str) -> Iterator[Problem]:
    if name not in known:
        yield config.problem(join_key(path), f"{name} is not {what}{nearest(name, known)}")


def _late_night(config: Config, path: KeyPath, one: Arrangement, flow: Flow) -> Iterator[Problem]:
    """Where no hours are given, the open is known only now; the night cycle stands before all of them."""
    night = one.night_cycle
    opens = min(day.opens - day.midnight for day in flow.days)
    if night is not None and night >= opens:
        said = f"{write_time(night)} is not allowed; the flow opens at {write_time(opens)}"
        yield config.problem(
            join_key((*path, "night_cycle")), f"{said}, and a night cycle is before the open"
        )
