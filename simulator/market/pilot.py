"""What a config says of the pilot, by number instead of by name: eligible securities, wallets, orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError, Problem, nearest
from simulator.config.tree import KeyPath, join_key
from simulator.market.flow import Bools, Captured, Flow
from simulator.market.streams import stream
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.pilot import Pilot
    from simulator.config.schema import Config

STRETCH = 1 << 16
"""Instructions that share one stream of draws, so that how a flow is cut into chunks moves none of them."""


@dataclass(frozen=True, slots=True)
class PilotTerms:
    """Who and what takes part in a pilot.

    Attributes
    ----------
    eligible : bool by security, whether it may be tokenized
    registered : bool by member, whether it has a registered wallet
    flagged : share of trades whose buyer wants tokens, 0 where nobody does
    """

    eligible: Bools
    registered: Bools
    flagged: Fraction
    seed: int

    def orders(self, chunk: Captured, start: int, stop: int) -> Bools:
        """Of instructions ``start … stop − 1``, whether the buyer wants tokens.

        One number of the stream "token orders" an instruction, by its place in the flow.
        """
        share, places = float(self.flagged), chunk.positions(start, stop)
        chosen = np.zeros(len(places), dtype=np.bool_)
        if not share:
            return chosen
        stretches = places // STRETCH
        for at in np.unique(stretches).tolist():
            here = stretches == at
            drawn = stream(self.seed, "token orders", chunk.day, at).random(STRETCH)
            chosen[here] = drawn[places[here] % STRETCH] < share
        return chosen


def pilot_terms(config: Config, name: str, flow: Flow) -> PilotTerms:
    """The terms of an arrangement's pilot for the members and securities of a flow.

    Raises
    ------
    InputError : members, securities or days that the flow does not know.
    """
    one = config.arrangements[name]
    pilot = one.pilot
    assert pilot is not None
    problems = list(_unknown(config, ("arrangements", name, "pilot"), pilot, flow, one.settles))
    if problems:
        raise InputError(*problems[:SHOWN])
    eligible = np.ones(len(flow.securities), dtype=np.bool_)
    if pilot.eligible.kind == "share":
        eligible = draw_eligible(pilot.eligible.share, len(eligible), config.seed)
    elif pilot.eligible.kind == "only":
        eligible = np.isin(flow.securities, pilot.eligible.securities)
    listed = np.isin(flow.members, pilot.wallets.members)
    registered = {"all": np.ones_like(listed), "only": listed, "except": ~listed}[pilot.wallets.kind]
    flagged = Fraction(0) if pilot.orders is None else pilot.orders.share
    return PilotTerms(eligible, registered, flagged, config.seed)


def draw_eligible(share: Fraction, count: int, seed: int) -> Bools:
    """The first ceil(share × count) securities of a permutation from the stream "eligible".

    A larger share has all of a smaller one.

    Examples
    --------
    >>> draw_eligible(Fraction(2, 5), 4, seed=1).sum()
    np.int64(2)
    """
    eligible = np.zeros(count, dtype=np.bool_)
    eligible[stream(seed, "eligible").permutation(count)[: ceil(share * count)]] = True
    return eligible


def _unknown(config: Config, path: KeyPath, pilot: Pilot, flow: Flow, settles: int) -> Iterator[Problem]:
    listed = config.participants.members or {}
    members = {*flow.members, *listed}
    securities = {*flow.securities, *(each for member in listed.values() for each in member.holdings)}
    inner = ("except",) if pilot.wallets.kind == "except" else ()
    named = [((*path, "wallets", *inner, at), name) for at, name in enumerate(pilot.wallets.members)]
    traded = [((*path, "eligible", at), name) for at, name in enumerate(pilot.eligible.securities)]
    for at, event in enumerate(pilot.events):
        here = (*path, "events", at)
        named += [((*here, key), name) for key in ("member", "to") if (name := getattr(event, key))]
        traded += [((*here, "security"), event.security)] if event.security else []
    for what, known, places in (
        ("a member", members, named),
        ("a security that is traded", securities, traded),
    ):
        for place, name in places:
            if name not in known:
                yield config.problem(join_key(place), f"{name} is not {what}{nearest(name, known)}")
    last = len(flow.days) - 1 + settles
    for at, event in enumerate(pilot.events):
        if event.day is not None and event.day > last:
            message = f"{event.day} is not allowed; trade and settlement days run from 0 to {last}"
            yield config.problem(join_key((*path, "events", at, "day")), message)
