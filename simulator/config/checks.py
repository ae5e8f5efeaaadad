"""What must hold between keys that are each well typed: every check yields what it finds, none stops.

A fault names the keys it rests on (``needs``); where one of those is itself at fault, it is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path

from simulator.config.book_entry_checks import check_book_entry
from simulator.config.chain_checks import check_chain
from simulator.config.clearing_checks import check_clearing
from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.fields import TABLES
from simulator.config.files import unreadable
from simulator.config.funding import Funding
from simulator.config.gross_checks import LAYER_3_ONLY, check_gross
from simulator.config.margin_checks import check_margin
from simulator.config.market import OneFlow
from simulator.config.markets_checks import check_markets
from simulator.config.pilot_checks import check_pilot
from simulator.config.repo_checks import check_repo
from simulator.config.routing_checks import check_routing
from simulator.config.schema import Arrangement, Config, Participants, TypedInstruction
from simulator.config.shapes import Holdings, Hours, write_hours
from simulator.config.sweep_checks import check_sweep
from simulator.config.tree import KeyPath
from simulator.config.units import BOUND, format_money, write_money, write_share, write_time

SYNTHETIC_FLOW = (
    *("daily_value", "trades_per_day", "size_cv", "whole_size_cv", "profile"),
    *("securities", "prices", "priorities", "market"),
)
SYNTHETIC_PARTICIPANTS = ("count", "concentration", "types", "imbalance", "core", "issuers")


def check(config: Config, names: Collection[str], tables: bool = True) -> Iterator[Fault]:
    """Everything that does not fit together in a config whose values are each allowed.

    ``names`` are the arrangements as written, those that are themselves at fault included; with ``tables``
    the files that the config names must be there.
    """
    yield from _one_source(config)
    yield from _source_needs(config)
    yield from _typed(config)
    yield from _tape(config)
    if not config.arrangements:
        message = "empty; give at least one arrangement, such as net: {layer: 2}"
        yield Fault(("arrangements",), message, tuple(("arrangements", name) for name in names))
    for name, arrangement in config.arrangements.items():
        yield from _arrangement(("arrangements", name), arrangement, config.flow.hours)
    yield from check_clearing(config)
    yield from check_pilot(config)
    yield from check_gross(config)
    yield from check_book_entry(config)
    yield from check_chain(config, names)
    yield from check_margin(config)
    yield from check_routing(config)
    yield from _endowments(config)
    if tables:
        yield from _files(config)
    if config.baseline and config.baseline not in names:
        message = f"{config.baseline} is not allowed; the arrangements are {', '.join(names)}"
        yield Fault(("baseline",), message + nearest(config.baseline, names))
    yield from _totals(config)
    yield from check_sweep(config, names)


def _one_source(config: Config) -> Iterator[Fault]:
    """Exactly one of a synthetic market, a tape and typed instructions."""
    flow = config.flow
    synthetic = [key for key in SYNTHETIC_FLOW if key in flow.model_fields_set]
    if flow.tape is not None and flow.instructions is not None:
        message = "a tape and typed instructions are both given; keep one and delete the other with null"
        yield Fault(("flow", "tape"), f"{message}, such as instructions: null")
    other = "tape" if flow.tape is not None else "instructions"
    if flow.kind == "synthetic":
        return
    if flow.repo is not None:
        # What of a synthetic market repos have too, and what not, is told where they are checked.
        for key in ("tape", "instructions", "markets"):
            if key in flow.model_fields_set:
                message = f"repos and {key} are both given; keep one, and delete the other with null"
                yield Fault(("flow", "repo"), message, (("flow", key),))
        return
    if flow.markets is not None:
        other = "markets"
        for key in ("tape", "instructions", "hours", "class_days"):
            if key in flow.model_fields_set:
                message = f"each market has its own; delete it with {key}: null"
                yield Fault(("flow", key), message, (("flow", "markets"),))
    if synthetic:
        what = {"tape": "a tape", "instructions": "typed instructions", "markets": "several markets"}[other]
        nulls = ", ".join(f"{key}: null" for key in synthetic)
        message = f"{what} and a synthetic market are both given; keep one: delete the market with {nulls}"
        yield Fault(("flow", other), message)
    for key in SYNTHETIC_PARTICIPANTS:
        if key in config.participants.model_fields_set:
            message = f"only a synthetic market has it, and the flow is {other}; delete it with {key}: null"
            if other == "markets":
                message = f"each market has its own; delete it with {key}: null"
            yield Fault(("participants", key), message)


def _source_needs(config: Config) -> Iterator[Fault]:
    """A synthetic market has a value, a number of trades and members."""
    if config.flow.kind == "synthetic":
        yield from _market_needs((), config.flow, config.participants)
    elif config.flow.kind == "repo":
        yield from check_repo((), config.flow, config.participants)
    elif config.flow.markets is not None:
        yield from check_markets(config)
        for name, one in config.flow.markets.items():
            if one.flow.repo is not None:
                yield from check_repo(("flow", "markets", name), one.flow, one.participants)
                continue
            yield from _market_needs(("flow", "markets", name), one.flow, one.participants)


def _market_needs(path: KeyPath, flow: OneFlow, participants: Participants) -> Iterator[Fault]:
    """What one synthetic market, at ``path``, needs."""
    here: KeyPath = (*path, "flow")
    source: tuple[KeyPath, ...] = ((*here, "tape"), (*here, "instructions"), (*here, "markets"))
    if not {*SYNTHETIC_FLOW} & flow.model_fields_set:
        message = "nothing is traded; give daily_value and trades_per_day, or a tape, or instructions"
        yield Fault(here, message, (*source, *((*here, key) for key in SYNTHETIC_FLOW)))
        return
    for key, example in (("daily_value", "798 bn"), ("trades_per_day", "5_000_000")):
        if getattr(flow, key) is None:
            message = f"missing; a synthetic market needs it, such as {key}: {example}"
            yield Fault((*here, key), message, (*source, (*here, key)))
    if participants.count == 0:
        message = "missing; a synthetic market needs it, such as count: 150"
        key_path = (*path, "participants", "count")
        yield Fault(key_path, message, (*source, key_path))
    yield from _classes(here, flow)
    if participants.issuers and participants.core >= 1:
        message = "all are in the core, and issuers need investors; give core a share below 100 %"
        own: KeyPath = (*path, "participants")
        yield Fault((*own, "issuers"), message, ((*own, "core"),))
    if flow.daily_value and flow.trades_per_day and flow.daily_value < flow.trades_per_day:
        least = write_money(flow.trades_per_day, flow.currency)
        message = f"less than one minor unit a trade; give at least {least}, or fewer trades_per_day"
        yield Fault((*here, "daily_value"), message)


def _classes(path: KeyPath, flow: OneFlow) -> Iterator[Fault]:
    """Classes of securities share out all trades, in place of a number of securities without names."""
    here: KeyPath = (*path, "securities", "classes")
    classes = flow.securities.classes
    if classes is None:
        return
    if "count" in flow.securities.model_fields_set:
        message = "classes have their own counts; keep one of the two, and delete the other with null"
        yield Fault((*here[:-1], "count"), message, (here,))
    total = sum((Decimal(str(one.share)) for one in classes.values()), Decimal(0))
    if total != 1:
        message = f"the shares of the classes add up to {write_share(total)}; make them 100 %"
        yield Fault(here, message, tuple((*here, name) for name in classes))


def _typed(config: Config) -> Iterator[Fault]:
    """Typed instructions move something, between listed members, on days whose hours are known."""
    instructions = config.flow.instructions
    if instructions is None:
        return
    here: KeyPath = ("flow", "instructions")
    if not instructions:
        yield Fault(here, "empty; give at least one instruction", (here,))
    members = config.participants.members
    for at, instruction in enumerate(instructions):
        yield from _instruction((*here, at), instruction)
        for side in ("buyer", "seller"):
            name = getattr(instruction, side)
            if members is not None and name not in members:
                message = f"{name} is not a member; the members are listed in participants.members"
                near = nearest(name, members)
                yield Fault((*here, at, side), message + near, (("participants", "members", name),))
    yield from _typed_days(config, instructions)


def _instruction(path: KeyPath, instruction: TypedInstruction) -> Iterator[Fault]:
    units, cash, security = instruction.units, instruction.cash, instruction.security
    rests_on = tuple((*path, key) for key in ("units", "cash", "security"))
    if units == 0 and cash == 0:
        yield Fault(path, "units and cash are both 0; give units of a security, or cash, or both", rests_on)
    elif units > 0 and security is None:
        yield Fault(path, f"{units} units of no security; give security: its name", rests_on)
    elif units == 0 and security is not None:
        message = "a security with 0 units; give units, or leave security out for a payment"
        yield Fault((*path, "security"), message, rests_on)


def _typed_days(config: Config, instructions: tuple[TypedInstruction, ...]) -> Iterator[Fault]:
    here: KeyPath = ("flow", "instructions")
    days = config.days or 0
    used = {instruction.day for instruction in instructions}
    for at, instruction in enumerate(instructions):
        if days and instruction.day >= days:
            message = (
                f"{instruction.day} is not allowed; days is {days}, so trade days run from 0 to {days - 1}"
            )
            yield Fault((*here, at, "day"), message)
    idle = next((day for day in range(days) if day not in used), None)
    if idle is not None and config.flow.hours is None and used:
        message = f"trade day {idle} has no instruction, so its hours are not known; give flow.hours"
        yield Fault(here, message, (here, ("flow", "hours")))


def _tape(config: Config) -> Iterator[Fault]:
    """A tape brings its own days and one currency; its columns are different ones and say what moves."""
    tape = config.flow.tape
    if tape is None:
        return
    here: KeyPath = ("flow", "tape")
    if config.days is not None:
        yield Fault(("days",), "a tape brings its own days; delete it with days: null")
    if config.flow.start is not None:
        yield Fault(("flow", "start"), "a tape brings its own dates; delete it with start: null")
    if tape.currency is not None and tape.currency != config.flow.currency:
        message = f"{tape.currency} is not allowed; flow.currency is {config.flow.currency}; write it once"
        yield Fault((*here, "currency"), message, (("flow", "currency"),))
    columns = tape.columns
    rests_on = tuple((*here, "columns", key) for key in ("units", "cash", "security"))
    if columns.units is None and columns.cash is None:
        yield Fault((*here, "columns"), "neither units nor cash; name the column of one or both", rests_on)
    if (columns.units is None) != (columns.security is None):
        lacking, given = ("security", "units") if columns.security is None else ("units", "security")
        message = f"{given} without {lacking}; name the column of {lacking} too, or leave both out"
        yield Fault((*here, "columns"), message, rests_on)
    seen: dict[str, str] = {}
    for key, column in columns.model_dump(exclude_none=True).items():
        if column in seen:
            message = f"{column} is not allowed; it is the column of {seen[column]} already"
            yield Fault((*here, "columns", key), message)
        seen.setdefault(column, key)


def _arrangement(path: KeyPath, arrangement: Arrangement, hours: Hours | None) -> Iterator[Fault]:
    given = arrangement.model_fields_set
    settles = arrangement.settles
    if arrangement.netted:
        for key in LAYER_3_ONLY:
            if key in given:
                yield Fault((*path, key), "needs layer 3; netting at a clearing house has none")
        if arrangement.cycles is not None and settles > 0:
            message = f"cycles need settles: T+0, and this settles T+{settles}"
            yield Fault((*path, "cycles"), message, ((*path, "settles"),))
        if arrangement.cut_off is not None and settles == 0 and arrangement.book_entry is None:
            message = "cut_off needs settles: T+1 or later; for netting on the trade date give cycles"
            yield Fault((*path, "cut_off"), message, ((*path, "settles"),))
    else:
        for key in ("cycles", "cut_off"):
            if key in given:
                yield Fault((*path, key), "needs layer 2; gross settlement has blocks")
        if settles > 0:
            message = f"T+{settles} is not allowed; layer 3 settles on the trade date, T+0"
            yield Fault((*path, "settles"), message)
    if hours is not None:
        yield from _within_hours(path, arrangement, hours)


def _within_hours(path: KeyPath, arrangement: Arrangement, hours: Hours) -> Iterator[Fault]:
    opens, closes = hours.opens, hours.closes
    span = f"the hours are {write_hours(hours)}"
    rests_on: tuple[KeyPath, ...] = (("flow", "hours"), ("flow", "tape"), ("flow", "instructions"))
    for at, time in enumerate((arrangement.cycles and arrangement.cycles.times) or ()):
        if not opens < time <= closes:
            message = (
                f"{write_time(time)} is not allowed; {span}, and a cycle is after the open, up to the close"
            )
            yield Fault((*path, "cycles", at), message, rests_on)
    lending = arrangement.securities_lending
    if lending is not None and lending.recall is not None and not opens <= lending.recall <= closes:
        message = f"{write_time(lending.recall)} is not allowed; {span}, and recall is between them"
        yield Fault((*path, "securities_lending", "recall"), message, rests_on)
    cut_off = arrangement.cut_off
    if cut_off is not None and not opens <= cut_off <= closes:
        message = f"{write_time(cut_off)} is not allowed; {span}, and cut_off is between them"
        yield Fault((*path, "cut_off"), message, rests_on)


def _endowments(config: Config) -> Iterator[Fault]:
    """``members`` as funding or holdings needs members typed by hand."""
    if config.participants.members is not None:
        if not config.participants.members:
            yield Fault(("participants", "members"), "empty; list the members, or leave it out")
        return
    places: list[tuple[KeyPath, Funding | Holdings | None]] = []
    for path, section in _endowing(config):
        places += [((*path, "funding"), section.funding), ((*path, "holdings"), section.holdings)]
    for path, endowment in places:
        if endowment is not None and endowment.kind == "members":
            message = "members is not allowed; no members are listed in participants.members"
            yield Fault(path, message, (("participants", "members"),))


def _endowing(config: Config) -> Iterator[tuple[KeyPath, Participants | Arrangement]]:
    """The sections that say what members bring."""
    yield ("participants",), config.participants
    for name, arrangement in config.arrangements.items():
        yield ("arrangements", name), arrangement


def _files(config: Config) -> Iterator[Fault]:
    """Files of a tape, of funding and of holdings are there and can be read."""
    files: list[tuple[KeyPath, Path | None]] = []
    if config.flow.tape is not None:
        files.append((("flow", "tape", "path"), config.flow.tape.path))
    for path, section in _endowing(config):
        files.append(((*path, "funding"), section.funding.path if section.funding else None))
        files.append(((*path, "holdings"), section.holdings.path if section.holdings else None))
    for path, file in files:
        message = "" if file is None else unreadable(file, TABLES)
        if message:
            yield Fault(path, message)


def _totals(config: Config) -> Iterator[Fault]:
    """Cash and units of the whole run stay below 2^62, so that no balance can wrap around."""
    flow, members = config.flow, config.participants.members or {}
    largest = f"a run's total stays below 2^62 minor units, about {format_money(BOUND, flow.currency)}"
    traded = flow.expected_value * (config.days or 1)
    where: KeyPath = ("flow", "daily_value")
    if flow.kind == "typed":
        where = ("flow", "instructions")
        traded = sum(instruction.cash for instruction in flow.instructions or ())
    if traded >= BOUND:
        yield Fault(where, f"{format_money(traded, flow.currency)} traded in all is not allowed; {largest}")
    typed_cash = sum(member.cash for member in members.values())
    if typed_cash + traded >= BOUND > traded:
        message = f"with {format_money(typed_cash, flow.currency)} of cash in all the run could pass 2^62"
        yield Fault(("participants", "members"), f"{message}; {largest}")
    heads = max(config.participants.count, len(members), 1)
    for path, section in _endowing(config):
        prefunded = section.funding.opening * heads if section.funding else 0
        if prefunded + traded >= BOUND > traded:
            message = (
                f"{format_money(prefunded, flow.currency)} of prefunding in all is not allowed; {largest}"
            )
            yield Fault((*path, "funding"), message)
    yield from _total_units(config)


def _total_units(config: Config) -> Iterator[Fault]:
    totals: dict[str, int] = {}
    for instruction in config.flow.instructions or ():
        if instruction.security is not None:
            totals[instruction.security] = totals.get(instruction.security, 0) + instruction.units
    for member in (config.participants.members or {}).values():
        for security, units in member.holdings.items():
            totals[security] = totals.get(security, 0) + units
    for security, units in totals.items():
        if units >= BOUND:
            message = f"{units:_} units of {security} held and traded in all are not allowed; stay below 2^62"
            yield Fault(("flow",), message)
