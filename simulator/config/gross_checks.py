"""What must hold between the keys of gross settlement: its queue, its offsets, its credit, its lending."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.config.credit import RESERVED_FACILITY, Facility
from simulator.config.faults import Fault
from simulator.config.gross import BEFORE_LOOP
from simulator.config.market import Flow
from simulator.config.schema import Arrangement, Config
from simulator.config.tree import KeyPath
from simulator.config.units import format_share

LAYER_3_ONLY = (
    "block",
    "reuse",
    "queue",
    "release",
    "liquidity_saving",
    "partial_settlement",
    "securities_lending",
    "chain",
    "wallets",
    "cash_leg",
    "treasury",
    "faults",
)

MOVING_COLLATERAL = ("stock", "flow")


def check_gross(config: Config) -> Iterator[Fault]:
    """Faults of what arrangements say of queues, offsets, credit and lending."""
    for name, arrangement in config.arrangements.items():
        path: KeyPath = ("arrangements", name)
        if arrangement.layer == 3:
            yield from _strict(path, arrangement, config.flow)
            yield from _savings(path, arrangement)
        yield from _moving_collateral(config, name, arrangement)
        if arrangement.credit is not None:
            yield from _facilities((*path, "credit"), arrangement.credit)
        yield from _limits(config, name, arrangement)
    if config.credit is not None:
        yield from _facilities(("credit",), config.credit)


def _strict(path: KeyPath, arrangement: Arrangement, flow: Flow) -> Iterator[Fault]:
    """Strict FIFO keeps the order of time, so nothing may say another one."""
    if arrangement.queue != "fifo_strict":
        return
    if arrangement.release is not None:
        message = "a release rule needs a queue in which instructions may pass, and this is fifo_strict"
        yield Fault((*path, "release"), message, ((*path, "queue"),))
    for at, saving in enumerate(arrangement.liquidity_saving or ()):
        if saving.rule in BEFORE_LOOP:
            message = f"{saving.rule} is not allowed under fifo_strict; it chooses from the whole queue"
            yield Fault((*path, "liquidity_saving", at, "rule"), message, ((*path, "queue"),))
    for source, said in _reorderings(flow):
        message = f"fifo_strict is not allowed; it keeps the order of time, and {said}"
        yield Fault((*path, "queue"), message, (source,))


def _moving_collateral(config: Config, name: str, arrangement: Arrangement) -> Iterator[Fault]:
    """Credit on units that move hangs on both sides of a delivery, which not every mechanism can follow."""
    own: KeyPath = ("arrangements", name)
    path: KeyPath = (*own, "credit") if arrangement.credit is not None else ("credit",)
    for facility, one in config.credit_of(name).items():
        if one.against not in MOVING_COLLATERAL:
            continue
        here = (*path, facility, "against")
        said = f"{one.against} is not allowed for {name}"
        if arrangement.netted:
            message = f"{said}: nets move no collateral; give it credit of its own, or credit: {{}}"
            yield Fault(here, message, ((*own, "layer"),))
        if arrangement.queue == "fifo_strict":
            message = f"{said}, whose queue is fifo_strict; give queue: fifo_bypass"
            yield Fault(here, message, ((*own, "queue"),))
        if arrangement.securities_lending is not None:
            message = f"{said}, which borrows securities; units on loan are no collateral of the borrower"
            yield Fault(here, message, ((*own, "securities_lending"),))


def _reorderings(flow: Flow) -> Iterator[tuple[KeyPath, str]]:
    """Where the flow states priorities or holds, and how to say so."""
    if flow.priorities is not None:
        yield ("flow", "priorities"), "flow.priorities states another"
    for key, default in (("priority", 5), ("hold_until", None)):
        if flow.tape is not None and getattr(flow.tape.columns, key) is not None:
            yield ("flow", "tape", "columns", key), f"the tape has a column of {key}"
        for at, instruction in enumerate(flow.instructions or ()):
            if getattr(instruction, key) != default:
                yield ("flow", "instructions", at, key), f"flow.instructions.{at} has {key}"
                break


def _savings(path: KeyPath, arrangement: Arrangement) -> Iterator[Fault]:
    for at, saving in enumerate(arrangement.liquidity_saving or ()):
        here: KeyPath = (*path, "liquidity_saving", at, "every")
        if saving.every is not None:
            continue
        if arrangement.block is None:
            message = "missing; continuous settlement has no blocks to run at: give it, such as every: 1 min"
            yield Fault(here, message, (here, (*path, "block")))
        elif saving.longer_than is None and saving.rule not in BEFORE_LOOP:
            message = "missing; give every: 1 min, or longer_than: 100 (waiting), or both"
            rests_on = ((*path, "liquidity_saving", at, key) for key in ("every", "longer_than", "rule"))
            yield Fault(here, message, tuple(rests_on))


def _facilities(path: KeyPath, facilities: Mapping[str, Facility]) -> Iterator[Fault]:
    """What holds inside each facility, and between those of one list."""
    moving = [name for name, one in facilities.items() if one.against in MOVING_COLLATERAL]
    for name in moving[1:]:
        message = f"{facilities[name].against} is not allowed; {moving[0]} is against "
        message += f"{facilities[moving[0]].against} already, and one facility of stock or flow is the most"
        yield Fault((*path, name, "against"), message, ((*path, moving[0]),))
    pledged = sum(one.pledge for one in facilities.values())
    if pledged > 1:
        last = [name for name, one in facilities.items() if one.pledge][-1]
        message = f"the shares pledged add up to {format_share(float(pledged))}; a holding is pledged once"
        yield Fault((*path, last, "pledge"), message)
    for name, facility in facilities.items():
        if name == RESERVED_FACILITY:
            message = f"{name} is not allowed as a name; it is the facility of funding.credit_limit"
            yield Fault((*path, name), message)
        yield from _facility((*path, name), facility)


def _facility(path: KeyPath, facility: Facility) -> Iterator[Fault]:
    against, given = facility.against, facility.model_fields_set
    by_against = ((*path, "against"),)
    if against == "nothing" and facility.cap is None:
        message = "missing; credit against nothing needs it, such as cap: 50 M"
        yield Fault((*path, "cap"), message, ((*path, "cap"), *by_against))
    if against in MOVING_COLLATERAL and facility.cap is not None:
        message = f"is not known against {against}; the collateral is the limit"
        yield Fault((*path, "cap"), message, by_against)
    if against == "pledge" and facility.pledge == 0:
        message = "missing; give the share of the opening holdings that is pledged, such as pledge: 50 %"
        yield Fault((*path, "pledge"), message, ((*path, "pledge"), *by_against))
    if against != "pledge" and "pledge" in given:
        yield Fault((*path, "pledge"), f"needs against: pledge, and this is against {against}", by_against)
    if against == "nothing" and "haircut" in given:
        yield Fault(
            (*path, "haircut"), "needs against: pledge, stock or flow; here nothing is taken", by_against
        )
    if facility.every is not None and not isinstance(facility.cap, str):
        message = "needs a cap that is a rule, such as cap: package.module:name; an amount stays as it is"
        yield Fault((*path, "every"), message, ((*path, "cap"),))
    if facility.tenor is not None and against in MOVING_COLLATERAL:
        message = f"is not known against {against}, whose loans end with the collateral; give against: pledge"
        yield Fault((*path, "tenor"), message, by_against)
    if facility.tenor is not None and "repay" in given:
        message = "leave it out; what has a tenor is repaid when due"
        yield Fault((*path, "repay"), message, ((*path, "tenor"),))


def _limits(config: Config, name: str, arrangement: Arrangement) -> Iterator[Fault]:
    """Credit and lending need limits to bind: funding, and holdings where holdings are the collateral."""
    participants = config.participants
    funding, holdings = (
        arrangement.funding or participants.funding,
        arrangement.holdings or participants.holdings,
    )
    own: KeyPath = ("arrangements", name)
    rests_on = tuple(
        (*path, key) for path in (own, ("participants",)) for key in ("funding", "holdings", "members")
    )
    facilities = config.credit_of(name)
    path = (*own, "credit") if arrangement.credit is not None else ("credit",)
    if facilities and funding.kind == "unlimited":
        message = f"unlimited funding draws no credit; give {name} funding, such as {{prefunding: 20 M}}"
        yield Fault(path, f"{message}, or credit: {{}}", rests_on)
    if holdings.kind != "ample":
        return
    limit = f"and those of {name} are ample; give holdings, such as 1.2 days"
    for facility, one in facilities.items():
        if one.against in ("pledge", "stock"):
            message = f"{one.against} needs limited holdings, {limit}"
            yield Fault((*path, facility, "against"), message, rests_on)
    if arrangement.layer == 3 and arrangement.securities_lending is not None:
        yield Fault((*own, "securities_lending"), f"needs limited holdings, {limit}", rests_on)
