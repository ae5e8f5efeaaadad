"""What must hold between the keys of the chain, of wallets and of faults."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from simulator.config.cash_checks import check_cash
from simulator.config.chain import ChainSection
from simulator.config.disruptions import Disruption
from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.layer_3 import OF_LAYER_3, written
from simulator.config.schema import Config
from simulator.config.shapes import write_hours
from simulator.config.tree import KeyPath
from simulator.config.units import write_duration, write_time
from simulator.config.wallets import WalletEvent, Wallets

BELONGS = {
    "capacity": ("congestion",),
    "leg": ("cash_leg_frozen",),
    "member": ("wallet_frozen", "member_silent"),
}
"""Keys of a fault that only some kinds have."""


def check_chain(config: Config, names: Collection[str]) -> Iterator[Fault]:
    """Faults of what is said of the chain, its cash and its members.

    ``names`` are the arrangements as written, those that are themselves at fault included.
    """
    gross = [name for name, one in config.arrangements.items() if one.layer == 3]
    if not gross:
        for key in OF_LAYER_3:
            if getattr(config, key) is not None:
                message = f"needs an arrangement of layer 3, and there is none; delete it with {key}: null"
                yield Fault((key,), message, tuple(("arrangements", name) for name in names))
        return
    for path, chain in written(config, "chain"):
        yield from _bids(path, chain)
    for path, wallets in written(config, "wallets"):
        yield from _wallets(config, path, wallets)
    for path, faults in written(config, "faults"):
        for at, fault in enumerate(faults):
            yield from _fault(config, (*path, at), fault)
    for name in gross:
        yield from _room(config, name)
        yield from _strict(config, name)
        yield from _breaking(config, name)
    yield from check_cash(config, gross)
    yield from _members(config)


def members_named(config: Config, names: Collection[str] | None = None) -> Iterator[tuple[KeyPath, str]]:
    """Members that wallets, cash legs and faults name, and where; of some arrangements, or of everything.

    Who trades on a tape or a synthetic market is known once it is opened: ``market.named`` sees to those.
    """
    places = [
        (s, path, value) for s in ("wallets", "cash_leg", "faults") for path, value in written(config, s)
    ]
    if names is not None:
        used = {config.stated(name, section) for name in names for section in OF_LAYER_3}
        places = [place for place in places if place[1] in used]
    for section, path, value in places:
        if section == "wallets":
            inner = ("except",) if value.registered.kind == "except" else ()
            for at, member in enumerate(value.registered.members):
                yield (*path, "registered", *inner, at), member
            for at, event in enumerate(value.events):
                yield (*path, "events", at, "member"), event.member
                if event.to is not None:
                    yield (*path, "events", at, "to"), event.to
        elif section == "cash_leg":
            for name, leg in value.items():
                yield from (((*path, name, "payers", at), member) for at, member in enumerate(leg.payers))
        else:
            for at, fault in enumerate(value):
                if fault.member is not None:
                    yield (*path, at, "member"), fault.member


def _bids(path: KeyPath, chain: ChainSection) -> Iterator[Fault]:
    rests_on = ((*path, "inclusion"), (*path, "bids"))
    if chain.inclusion == "fee" and chain.bids is None:
        message = "missing; inclusion: fee needs them, such as bids: {median: 0.02, cv: 1}"
        yield Fault((*path, "bids"), message, rests_on)
    if chain.inclusion == "queue" and chain.bids is not None:
        yield Fault((*path, "bids"), "needs inclusion: fee; where the queue orders, nothing is bid", rests_on)


def _room(config: Config, name: str) -> Iterator[Fault]:
    """Blocks have room, and are there where something is said of them."""
    one, chain, path = config.arrangements[name], config.chain_of(name), config.stated(name, "chain")
    own: KeyPath = ("arrangements", name)
    if one.block is None:
        said = f"needs blocks, and {name} is continuous; give it a block, such as block: 12 s"
        if chain.capacity is not None:
            yield Fault((*path, "capacity"), f"{said}, or capacity: none", ((*own, "block"),))
        if chain.block_times == "memoryless":
            yield Fault((*path, "block_times"), f"memoryless {said}", ((*own, "block"),))
    elif chain.capacity is not None and chain.capacity.room(one.block) < 1:
        blocks = f"a block of {name} ({write_duration(one.block)})"
        message = f"leaves {blocks} no room for a settlement; give room for at least 1"
        yield Fault((*path, "capacity"), message, ((*own, "block"),))
    if chain.inclusion == "fee" and one.queue != "fifo_bypass":
        message = f"{one.queue} is not allowed with inclusion: fee, which orders by bids; give fifo_bypass"
        yield Fault((*own, "queue"), message, ((*path, "inclusion"),))


def _strict(config: Config, name: str) -> Iterator[Fault]:
    """Strict FIFO goes with nothing that holds up some instructions and not others."""
    if config.arrangements[name].queue != "fifo_strict":
        return
    treasury = config.treasury_of(name)
    holds_up = {
        ("chain", "capacity"): config.chain_of(name).capacity is not None,
        ("wallets",): config.wallets_of(name) is not None,
        ("faults",): bool(config.faults_of(name)),
        ("treasury", "reserve"): treasury is not None and treasury.reserve > 0,
        ("treasury", "release"): treasury is not None and treasury.release != "at_once",
        ("treasury", "policy"): treasury is not None and treasury.policy is not None,
    }
    for (section, *key), held_up in holds_up.items():
        if held_up:
            message = f"needs a queue in which instructions may pass, and that of {name} is fifo_strict"
            path = (*config.stated(name, section), *key)
            yield Fault(path, f"{message}; give queue: fifo_bypass", (("arrangements", name, "queue"),))


def _breaking(config: Config, name: str) -> Iterator[Fault]:
    """What breaks is there: capacity to be short of, a cash leg to freeze."""
    legs, path = config.legs_of(name), config.stated(name, "faults")
    at_legs, at_chain = config.stated(name, "cash_leg"), config.stated(name, "chain")
    for at, fault in enumerate(config.faults_of(name)):
        if fault.kind == "congestion" and config.chain_of(name).capacity is None:
            message = f"congestion needs capacity, and the chain of {name} has no limit; give it "
            message += "chain: {capacity: 33 a second}"
            yield Fault((*path, at, "kind"), message, ((*at_chain, "capacity"), (*at_chain, "preset")))
        if fault.kind != "cash_leg_frozen":
            continue
        here = (*path, at, "leg")
        if not legs:
            message = f"cash_leg_frozen needs a cash leg, and {name} states none; give cash_leg: stablecoin"
            yield Fault((*path, at, "kind"), message, (at_legs,))
        elif fault.leg is None and len(legs) > 1:
            message = f"missing; {name} has more than one cash leg: give one of {', '.join(legs)}"
            yield Fault(here, message, (at_legs, here))
        elif fault.leg is not None and fault.leg not in legs:
            message = f"{fault.leg} is not allowed; the cash legs of {name} are {', '.join(legs)}"
            yield Fault(here, message + nearest(fault.leg, legs), ((*at_legs, fault.leg),))


def _wallets(config: Config, path: KeyPath, wallets: Wallets) -> Iterator[Fault]:
    for at, event in enumerate(wallets.events):
        here = (*path, "events", at)
        yield from _day(config, here, event.day)
        closes = _fixed_close(config)
        if closes is not None and event.time > closes:
            yield _late(config, (*here, "time"), event.time, "happens up to the close")
        yield from _transfer(here, event)
        traded = {one.security for one in config.flow.instructions or () if one.security is not None}
        if config.flow.kind == "typed" and event.security is not None and event.security not in traded:
            message = f"{event.security} is not traded; the securities are those of flow.instructions"
            yield Fault((*here, "security"), message + nearest(event.security, traded))


def _transfer(path: KeyPath, event: WalletEvent) -> Iterator[Fault]:
    """A forced transfer says what goes to whom, and nothing else does."""
    for key, given, example in (
        ("to", event.to is not None, "the member that receives, such as to: B"),
        ("security", event.security is not None, "what is transferred, such as security: X"),
        ("units", event.units > 0, "how many, such as units: 10"),
    ):
        rests_on = ((*path, "action"), (*path, key))
        if event.action == "transfer" and not given:
            yield Fault((*path, key), f"missing; give {example}", rests_on)
        elif event.action != "transfer" and key in event.model_fields_set:
            yield Fault((*path, key), f"only a transfer has it, and this is {event.action}", rests_on)
    if event.action == "transfer" and event.to == event.member:
        message = f"{event.to} is not allowed; it is the member itself: give another"
        yield Fault((*path, "to"), message, ((*path, "member"),))


def _fault(config: Config, path: KeyPath, fault: Disruption) -> Iterator[Fault]:
    """A fault has the keys of its kind, and a time that is given or drawn."""
    kind: KeyPath = (*path, "kind")
    for key, kinds in BELONGS.items():
        if fault.kind not in kinds and key in fault.model_fields_set:
            message = f"{fault.kind} has none; it belongs to {' and '.join(kinds)}"
            yield Fault((*path, key), message, (kind,))
    if fault.kind == "congestion" and fault.capacity is None:
        message = "missing; give the share of the chain's capacity that is left, such as capacity: 20 %"
        yield Fault((*path, "capacity"), message, (kind, (*path, "capacity")))
    if fault.kind in BELONGS["member"] and fault.member is None:
        message = f"missing; {fault.kind} needs it, such as member: A"
        yield Fault((*path, "member"), message, (kind, (*path, "member")))
    times = tuple((*path, key) for key in ("start", "end", "rate"))
    if fault.rate is not None and (fault.start is not None or fault.end is not None):
        message = "stands in place of start and end; keep it or them"
        yield Fault((*path, "rate"), message, times)
    elif fault.rate is None and fault.start is None:
        message = 'missing; give when it begins, such as start: "11:00", or how often: rate: 0.5 a day'
        yield Fault((*path, "start"), message, times)
    elif fault.start is not None and fault.end is not None and fault.end <= fault.start:
        message = f"{write_time(fault.end)} is not allowed; it begins at {write_time(fault.start)}"
        yield Fault((*path, "end"), f"{message}, and end is after that", times)
    if fault.lasts is not None and fault.rate is None:
        message = "needs rate, such as rate: 0.5 a day; what has a start has an end"
        yield Fault((*path, "lasts"), message, times)
    closes = _fixed_close(config)
    if closes is not None and fault.start is not None and fault.start >= closes:
        yield _late(config, (*path, "start"), fault.start, "begins before the close")
    yield from _day(config, path, fault.day)


def _fixed_close(config: Config) -> int | None:
    """The close, where no late instruction can move it: in a synthetic market."""
    if config.flow.hours is None or config.flow.kind != "synthetic":
        return None
    return config.flow.hours.closes


def _late(config: Config, path: KeyPath, time: int, when: str) -> Fault:
    assert config.flow.hours is not None
    message = (
        f"{write_time(time)} is not allowed; the hours are {write_hours(config.flow.hours)}, and it {when}"
    )
    return Fault(path, message, (("flow", "hours"), ("flow", "tape"), ("flow", "instructions")))


def _day(config: Config, path: KeyPath, day: int | None) -> Iterator[Fault]:
    if day is not None and config.days is not None and day >= config.days:
        days = config.days
        message = f"{day} is not allowed; days is {days}, so trade days run from 0 to {days - 1}"
        yield Fault((*path, "day"), message, (("days",), ("flow", "instructions")))


def _members(config: Config) -> Iterator[Fault]:
    """Members that are named are there, where members are typed."""
    typed, instructions = config.participants.members, config.flow.instructions
    if typed is None and instructions is None:
        return
    known = {*(typed or ()), *(side for one in instructions or () for side in (one.buyer, one.seller))}
    where = "flow.instructions" if typed is None else "participants.members"
    for path, member in members_named(config):
        if member not in known:
            message = f"{member} is not a member; the members are listed in {where}"
            needs = (("participants", "members", member), ("flow", "instructions"))
            yield Fault(path, message + nearest(member, known), needs)
