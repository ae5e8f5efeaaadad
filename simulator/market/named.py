"""Members, securities and days that a config names: they are there in the flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.config.chain_checks import members_named
from simulator.config.clearing_checks import members_of_clearing, securities_of_clearing
from simulator.config.errors import InputError, nearest
from simulator.config.layer_3 import written
from simulator.config.margin_checks import members_failing, sections_of_margin
from simulator.config.routing_checks import members_routed, securities_routed
from simulator.config.tree import KeyPath, join_key
from simulator.market.amounts import cash_scale
from simulator.market.flow import Flow
from simulator.market.member_files import MemberFile
from simulator.market.pools import Pools
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.schema import Config


def refuse_unknown(config: Config, flow: Flow) -> None:
    """What a config names and is not in ``flow``, told before anything settles.

    Of typed instructions most of it is known when the config is read (``config.chain_checks``).

    Raises
    ------
    InputError : the first such names and days, each at its line.
    """
    found = [
        *_members(config, flow),
        *_days(config, flow),
        *_securities(config, flow),
        *_payers(config, flow),
    ]
    told = [config.problem(join_key(path), message) for path, message in found[:SHOWN]]
    if told:
        raise InputError(*told)


def _members(config: Config, flow: Flow) -> Iterator[tuple[KeyPath, str]]:
    """A member that does not trade may be named where the members are listed."""
    known = {*flow.members, *(config.participants.members or ())}
    named = (
        *members_named(config),
        *members_of_clearing(config),
        *members_failing(config),
        *members_routed(config),
    )
    unknown = [(path, name) for path, name in named if name not in known]
    funding = config.participants.funding
    if unknown and funding.kind == "file" and funding.path is not None:
        known.update(MemberFile(funding.path).funding(cash_scale(config.flow.currency))[0])
    if config.flow.synthetic:
        where = f"the members are {flow.members[0]} to {flow.members[-1]}"
    else:
        where = "nobody of that name trades or is listed among the participants"
    for path, name in unknown:
        if name not in known:
            yield path, f"{name} is not a member; {where}{nearest(name, known)}"


def _days(config: Config, flow: Flow) -> Iterator[tuple[KeyPath, str]]:
    days = len(flow.days)
    dated = [
        ((*path, *inner, at), one.day)
        for section, inner in (("wallets", ("events",)), ("faults", ()))
        for path, value in written(config, section)
        for at, one in enumerate(value.events if section == "wallets" else value)
    ]
    dated += [
        ((*path, "default"), margin.default.day)
        for path, margin in sections_of_margin(config)
        if margin.default is not None
    ]
    for path, day in dated:
        if day is not None and day >= days:
            message = f"{day} is not allowed; the flow has {days} trade day{'s' if days > 1 else ''}"
            yield (*path, "day"), f"{message}, counted from 0 to {days - 1}"


def _securities(config: Config, flow: Flow) -> Iterator[tuple[KeyPath, str]]:
    traded = set(flow.securities)
    for path, wallets in written(config, "wallets"):
        for at, event in enumerate(wallets.events):
            if event.security is not None and event.security not in traded:
                message = f"{event.security} is not traded{nearest(event.security, traded)}"
                yield (*path, "events", at, "security"), message
    listed = (config.participants.members or {}).values()
    known = traded.union(*(member.holdings for member in listed))
    for path, security in (*securities_of_clearing(config), *securities_routed(config)):
        if security not in known:
            yield path, f"{security} is not traded{nearest(security, known)}"


def _payers(config: Config, flow: Flow) -> Iterator[tuple[KeyPath, str]]:
    """Each member pays in some leg."""
    for path, legs in written(config, "cash_leg"):
        without = Pools(legs, flow, config.seed).without_leg()
        if without:
            message = f"{flow.members[without[0]]} pays in no leg; list it in a leg's payers"
            yield path, f"{message}, or give a leg without payers"
