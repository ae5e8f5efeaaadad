"""A run, from the first trade to the last settlement day. The one page that tells the whole story.

    open the flow ── capture ──┬── clearing house: novate, net, settle, carry fails   (layer 2)
                               ├── depository: deliver through the day, pay once      (layer 2, book entry)
                               ├── chain: settle one by one, in blocks or at once     (layer 3)
                               ├── hybrid: a chain and a clearing house, by routing
                               └── … any number of arrangements, each with its own ledger

SimPy owns the clock. One process brings the trades, one process an arrangement settles them, and who acts
beside it (wallets, issuers, treasurers, faults, the margin desk) is a process of its own. Time is int µs
since the first day's midnight. There is one event a block, cycle or action, never one an instruction; what
happens at one instant happens in the order of ``PHASES``. A trade is made or read once and settled
everywhere in lockstep, so all arrangements see the same flow.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from .assembly import assemble
from .config.schema import Config
from .kernels.pairs import Pairs
from .layers.arrangement import Arrangement, Journal
from .layers.capture import Capture, FlowDay
from .layers.clock import Clock
from .layers.default import Default
from .layers.happenings import Happening
from .layers.pilot_day import PilotDay
from .layers.record import SettlementDay
from .market.flow import Flow

PHASES = (
    "day opens",  # balances and paths of a settlement day begin, with its night cycle where there is one
    "arrivals",  # trades whose time has come are captured
    "credit",  # draws fall due, caps are set anew, securities are recalled
    "wallets",  # wallets are registered, frozen and freed, units moved by force, tokens minted and burnt
    "mint",  # cash that members asked for arrives
    "treasury",  # treasurers top up, give back and keep reserves
    "margin",  # what is unsettled is read, members are called, a member fails
    "cut-offs and cycles",  # the clearing house settles: a night cycle first, then those of the day
    "blocks",  # the chain settles; offsets run on what still waits
    "faults",  # what breaks down breaks or works again, for what comes after
    "timeline",  # what the state is, for the charts
    "close",  # what waits is cancelled, cash is squared with the outside
    "day ends",  # faults that ran to the close are over
)


@dataclass(slots=True)
class FinishedRun:
    """What a run leaves behind: who paid whom, a record an arrangement and settlement day, the timelines, and
    what happened to chains and members."""

    flow: Flow
    flow_days: list[FlowDay]
    pairs: Pairs
    records: dict[str, list[SettlementDay]] = field(default_factory=dict)
    timeline: list[tuple] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    pilot: dict[str, list[PilotDay]] = field(default_factory=dict)
    defaults: dict[str, list[Default]] = field(default_factory=dict)


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
        for process in arrangement.processes(clock):
            environment.process(process)
        if arrangement.pilot is not None:
            arrangement.pilot.start(clock)
    environment.run()
    run = FinishedRun(flow, capture.days, capture.pairs)
    for arrangement in arrangements:
        arrangement.finish()
        run.records[arrangement.name] = arrangement.records
        if config.costs is not None:  # what measures price a day at
            run.records[arrangement.name] = [day.priced(config.costs) for day in arrangement.records]
        run.timeline.extend(arrangement.timeline)
        run.happenings.extend(arrangement.happenings)
        if arrangement.pilot is not None:
            run.pilot[arrangement.name] = arrangement.pilot.records
        run.defaults[arrangement.name] = arrangement.defaults
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
