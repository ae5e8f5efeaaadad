"""A run, from the first trade to the last settlement day. The one page that tells the whole story.

    open the flow ── capture ──┬── clearing house: novate, net, settle in cycles      (layer 2)
                               ├── chain: settle one by one, in blocks or at once     (layer 3)
                               └── … any number of arrangements, each with its own ledger

SimPy owns the clock. One process brings the trades, one process an arrangement settles them. Time is
int µs since the first day's midnight. There is one event a block, cycle or cut-off, never one an
instruction; what happens at one instant happens in the order of ``PHASES``. A trade is made or read
once and settled everywhere in lockstep, so all arrangements see the same flow.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from .config.errors import InputError
from .config.schema import Arrangement as ArrangementConfig
from .config.schema import Config
from .layers.arrangement import Arrangement, Journal
from .layers.capture import Capture, FlowDay
from .layers.chain import Chain
from .layers.clearing_house import ClearingHouse
from .layers.clock import Clock
from .layers.record import SettlementDay
from .ledger import Ledger
from .market.flow import Flow
from .market.members import endow
from .rules import Grouping, grouping_rule

PHASES = (
    "day opens",  # balances and paths of a settlement day begin
    "arrivals",  # trades whose time has come are captured
    "cut-offs and cycles",  # the clearing house settles
    "blocks",  # the chain settles; offsets run on what still waits
    "timeline",  # what the state is, for the charts
    "close",  # what waits is cancelled, cash is squared with the outside
)

LOCK = {"at_once": 0, "next_block": 1, "at_close": 2}


@dataclass(slots=True)
class FinishedRun:
    """What a run leaves behind: a record an arrangement and settlement day, and the timelines."""

    flow: Flow
    flow_days: list[FlowDay]
    records: dict[str, list[SettlementDay]] = field(default_factory=dict)
    timeline: list[tuple] = field(default_factory=list)


def simulate(config: Config, flow: Flow, journal: Journal | None = None) -> FinishedRun:
    """Settle ``flow`` under every arrangement of ``config``."""
    environment = simpy.Environment()
    clock = Clock(environment, PHASES)
    capture = Capture(flow)
    arrangements = [
        assemble(name, one, config, flow, capture, journal) for name, one in config.arrangements.items()
    ]
    environment.process(bring_trades(clock, flow, capture, arrangements))
    for arrangement in arrangements:
        environment.process(arrangement.run(clock))
    environment.run()
    run = FinishedRun(flow, capture.days)
    for arrangement in arrangements:
        run.records[arrangement.name] = arrangement.records
        run.timeline.extend(arrangement.timeline)
    return run


def bring_trades(
    clock: Clock, flow: Flow, capture: Capture, arrangements: list[Arrangement]
) -> Generator[simpy.Event]:
    """The trade source: each chunk of the flow is captured once and offered to all arrangements.

    A chunk comes when its first instruction's time has come; an arrangement takes from it what each of
    its own events covers.
    """
    for chunk in flow.chunks():
        now = int(chunk.time[0])
        yield clock.at(now, "arrivals")
        captured = capture.take(chunk)
        for arrangement in arrangements:
            arrangement.offer(captured, now)


def assemble(
    name: str,
    one: ArrangementConfig,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
) -> Arrangement:
    """The process of one arrangement, with its ledger funded and its rules at hand."""
    continuous = one.block is None
    lock = LOCK[one.reuse] if one.layer == 3 else LOCK["at_once"]
    ledger = Ledger(
        len(flow.members),
        len(flow.securities),
        capture.slots,
        endow(config, one, flow),
        lock=LOCK["at_once"] if continuous and lock == LOCK["next_block"] else lock,
        strict=one.queue == "fifo_strict",
        journal=journal is not None and one.layer == 3,
    )
    if one.layer == 2:
        return ClearingHouse(
            name,
            flow,
            capture,
            ledger,
            settles=one.settles,
            cycles=one.cycles,
            cut_off=one.cut_off,
            journal=journal,
        )
    saving = None
    if one.liquidity_saving is not None:
        saving = (find_rule(name, one.liquidity_saving.rule, config), one.liquidity_saving.every)
    return Chain(name, flow, capture, ledger, block=one.block, saving=saving, journal=journal)


def find_rule(arrangement: str, rule: str, config: Config) -> Grouping:
    """The grouping rule a config names; one of the user's own may stand beside the config."""
    beside = str(config.base_dir)
    sys.path.insert(0, beside)
    try:
        return grouping_rule(rule)
    except (ImportError, AttributeError) as error:
        message = f'"{rule}" cannot be found ({error}); put its module beside the config or install it'
        raise InputError(
            config.problem(f"arrangements.{arrangement}.liquidity_saving.rule", message)
        ) from None
    finally:
        sys.path.remove(beside)
