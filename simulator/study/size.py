"""How large a run would be: what is read from the config and the flow's tables, with nothing settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.config.units import format_duration, format_money, write_time
from simulator.layers.schedule import cycle_times
from simulator.market.clearing import clearing_terms
from simulator.market.collateral import check_credit
from simulator.market.depository import open_monitor
from simulator.market.flow import Flow, TradeDay
from simulator.market.members import endow, lending_limits, settling_in_part
from simulator.market.open import open_flow
from simulator.market.pilot import pilot_terms
from simulator.study.words import count_of, describe_arrangement, describe_endowment, legible

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement, Config

KINDS = {
    "synthetic": "a synthetic market",
    "tape": "a tape",
    "typed": "typed instructions",
    "repo": "repos",
    "markets": "several synthetic markets",
}

# Bytes, measured as peak resident memory of runs and rounded up; see ``rough_memory``.
PROGRAM = 260 << 20
SYNTHETIC_TRADES = 260 << 20
RECORDED_TRADE = 150
NETTED_SLOT = 24
CARRIED_SLOT = 64
PILOT_SLOT = 80  # of ten arrays, worked out
GROSS_SLOT = 40
WAITING = 200
DENSE_SLOTS = 1 << 22


@dataclass(frozen=True, slots=True)
class PlannedArrangement:
    """One arrangement that would run: in words, how many blocks or cycles its longest day has, and whether
    instructions can wait in it."""

    name: str
    layer: int
    words: str
    events: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a config would run.

    Attributes
    ----------
    kind : synthetic, tape, typed or markets
    trades : instructions of the whole run
    value : minor units of cash traded, in expectation where the market is synthetic
    days : the trade days with their hours
    calendar : the market whose business days they are, None for any days
    memory : bytes that a run needs at its peak, roughly; each instruction that waits adds ``WAITING``
    """

    name: str
    kind: str
    currency: str
    seed: int
    trades: int
    value: int
    participants: int
    securities: int
    days: tuple[TradeDay, ...]
    endowment: str
    arrangements: tuple[PlannedArrangement, ...]
    baseline: str
    memory: int
    notices: tuple[str, ...]
    calendar: str | None = None

    def __str__(self) -> str:
        shown = [legible(one.name) for one in self.arrangements]
        wide = max(map(len, shown), default=0)
        about = "about " if self.kind in ("synthetic", "markets") else ""
        value = format_money(self.value, self.currency)
        lines = [
            f"{legible(self.name)}: {KINDS[self.kind]}, seed {self.seed}",
            f"  trades        {count_of(self.trades, 'trade')} worth {about}{value}",
            f"  participants  {count_of(self.participants, 'participant')}, {self.endowment}",
            f"  securities    {self.securities}",
            f"  days          {self._hours()}",
            "  arrangements",
        ]
        for name, one in zip(shown, self.arrangements, strict=True):
            baseline = ", the baseline" if one.name == self.baseline else ""
            lines.append(f"    {name:<{wide}}  {one.words}; {one.events}{baseline}")
        lines.append(f"  memory        about {self.memory / (1 << 30):.1f} GB{self._waiting()}")
        lines += [f"  note: {notice}" for notice in self.notices]
        return "\n".join(lines)

    __repr__ = __str__

    def _hours(self) -> str:
        spans = {
            f"{write_time(day.opens - day.midnight)}–{write_time(day.closes - day.midnight)}"
            for day in self.days
        }
        lengths = [day.closes - day.opens for day in self.days]
        of = "" if self.calendar is None else f" of {self.calendar}"
        if len(spans) == 1:
            return f"{count_of(len(self.days), 'day')}{of}, {spans.pop()}"
        shortest, longest = format_duration(min(lengths)), format_duration(max(lengths))
        return f"{count_of(len(self.days), 'day')}{of} of {shortest} to {longest}"

    def _waiting(self) -> str:
        gross = any(one.waits for one in self.arrangements)
        return f", and {WAITING} bytes for every instruction that waits" if gross else ""


def check(config: Config) -> Plan:
    """What ``config`` would run, its tables read and checked as a run would read them.

    Raises
    ------
    InputError : a table that cannot be read, or that lacks a member that trades.
    """
    flow = open_flow(config)
    for name in config.arrangements:
        _check_members(config, name, flow)
    expected = config.flow.expected_value * len(flow.days)
    return Plan(
        name=config.name,
        kind=config.flow.kind,
        currency=config.flow.currency,
        seed=config.seed,
        trades=flow.size.trades,
        value=expected if config.flow.synthetic else flow.size.total_cash,
        participants=len(flow.members),
        securities=len(flow.securities),
        days=flow.days,
        endowment=describe_endowment(config),
        arrangements=tuple(
            PlannedArrangement(
                name,
                one.layer,
                describe_arrangement(one, config.flow.currency),
                _joined(describe_events(one, flow.days)),
                one.layer == 3 or one.book_entry is not None,
            )
            for name, one in config.arrangements.items()
        ),
        baseline=config.baseline,
        memory=rough_memory(config, flow),
        notices=(*flow.notices, *_many_runs(config)),
        calendar=config.flow.calendar,
    )


def _many_runs(config: Config) -> list[str]:
    """What ``netgross sweep`` would run, every variant checked."""
    if config.sweep is None:
        return []
    from simulator.study.plan import make_plan

    plan = make_plan(config)
    seeds = len(plan.seeds())
    runs = count_of(len(plan.variants) * seeds, "run")
    more = ", and more until the target is met" if plan.sweep.target is not None else ""
    told = f"{count_of(len(plan.variants), 'variant')}, {count_of(seeds, 'seed')} each{more}"
    return [f"netgross sweep would run {runs}: {told}"]


def _check_members(config: Config, name: str, flow: Flow) -> None:
    """What members bring to an arrangement, may draw and may borrow, read as a run would."""
    one = config.arrangements[name]
    endowment = endow(config, one, flow)
    check_credit(config, name, flow, endowment)
    if one.book_entry is not None:
        open_monitor(config, name, flow, endowment)
    settling_in_part(config, one, flow)
    if one.netted:
        clearing_terms(config, name, flow)
    if one.pilot is not None:
        pilot_terms(config, name, flow)
    if one.securities_lending is not None and endowment.holdings is not None:
        lending_limits(config, one, flow, endowment.holdings)


def describe_events(arrangement: Arrangement, days: tuple[TradeDay, ...]) -> list[str]:
    """How many blocks, cycles, offsets and windows a day has; the longest day's, where they differ."""
    if arrangement.book_entry is not None:
        told, look_ahead = ["each delivery at its time"], arrangement.book_entry.look_ahead
        if look_ahead is not None:
            longest = max(day.closes - day.opens for day in days)
            told.append(f"look-ahead {count_of(-(-longest // look_ahead), 'time')} a day")
        if arrangement.book_entry.trades.kind == "all":
            return told
        return [*told, *_cycles(arrangement, days)]
    if arrangement.netted:
        return _cycles(arrangement, days)
    # A grid of n whole or part intervals has its first event at the open and one more at the close.
    longest = max(day.closes - day.opens for day in days)
    block, savings, partial = arrangement.block, arrangement.liquidity_saving, arrangement.partial_settlement
    blocks = 0 if block is None else -(-longest // block) + 1

    def turns(every: int) -> int:
        return -(-longest // max(every, block or 1))

    told = ["each trade at its time" if block is None else f"{count_of(blocks, 'block')} a day"]
    for one in savings or ():
        times = blocks if one.every is None else turns(one.every)
        most = "" if one.longer_than is None else "at most "
        told.append(f"{one.rule} {most}{count_of(times, 'time')} a day")
    if partial is not None:
        told.append(f"{count_of(turns(partial.every), 'window')} for parts a day")
    return told


def _cycles(arrangement: Arrangement, days: tuple[TradeDay, ...]) -> list[str]:
    """How many cycles a day has."""
    night = ["1 night cycle"] if arrangement.night_cycle is not None else []
    if arrangement.settles > 0:
        return [*night, "1 cycle a day"]
    cycles = max(len(cycle_times(arrangement.cycles, day)) for day in days)
    return [*night, f"{count_of(cycles, 'cycle')} a day"]


def _joined(told: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def rough_memory(config: Config, flow: Flow) -> int:
    """Bytes at the peak: the program, the trades held, a slot for each position of each arrangement."""
    return memory_of(config, len(flow.members), len(flow.securities), flow.size.trades)


def memory_of(config: Config, members: int, securities: int, trades: int, copies: int = 1) -> int:
    """The same from the numbers alone; ``copies`` of every arrangement settle side by side."""
    pairs = members * securities
    slots = pairs if pairs <= DENSE_SLOTS else min(pairs, 2 * trades)
    markets = len(config.flow.markets or "1")
    held = SYNTHETIC_TRADES * markets if config.flow.synthetic else RECORDED_TRADE * trades
    ledgers = sum(
        GROSS_SLOT
        if one.layer == 3 or one.book_entry is not None
        else GROSS_SLOT + NETTED_SLOT * (one.settles + 1) + CARRIED_SLOT * one.carry
        for one in config.arrangements.values()
    )
    ledgers += sum(PILOT_SLOT for one in config.arrangements.values() if one.pilot is not None)
    # Deliveries by book entry are kept until their settlement date.
    days = config.days or 1
    kept = max((one.settles for one in config.arrangements.values() if one.book_entry is not None), default=0)
    held += RECORDED_TRADE * trades * min(kept, days) // days
    return PROGRAM + held + slots * ledgers * copies
