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
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from .config.errors import InputError
from .config.schema import Arrangement as ArrangementConfig
from .config.schema import Config
from .kernels.pairs import Pairs
from .layers.arrangement import Arrangement, Journal
from .layers.capture import Capture, FlowDay
from .layers.chain import Chain, Parts, Saving
from .layers.clearing_house import ClearingHouse
from .layers.clock import Clock
from .layers.credit import CreditDesk
from .layers.incoming import Gate
from .layers.record import SettlementDay
from .ledger import Ledger
from .market.facilities import open_facilities
from .market.flow import Flow
from .market.members import endow, lending_limits, settling_in_part
from .rules import credit_rule, grouping_rule, order_rule, release_rule
from .rules.answering import answering

PHASES = (
    "day opens",  # balances and paths of a settlement day begin
    "arrivals",  # trades whose time has come are captured
    "credit",  # draws fall due, caps are set anew, securities are recalled
    "cut-offs and cycles",  # the clearing house settles
    "blocks",  # the chain settles; offsets run on what still waits
    "timeline",  # what the state is, for the charts
    "close",  # what waits is cancelled, cash is squared with the outside
)

FIFO = ("fifo_bypass", "fifo_strict")
LOCK = {"at_once": 0, "next_block": 1, "at_close": 2}


@dataclass(slots=True)
class FinishedRun:
    """What a run leaves behind: who paid whom, a record an arrangement and settlement day, the timelines."""

    flow: Flow
    flow_days: list[FlowDay]
    pairs: Pairs
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
    run = FinishedRun(flow, capture.days, capture.pairs)
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
    opening = endow(config, one, flow)
    facilities = open_facilities(config, name, flow, opening)
    lending = None
    if one.securities_lending is not None and opening.holdings is not None:
        lending = lending_limits(config, one, flow, opening.holdings)
    savings = [
        Saving(
            find_rule(config, f"arrangements.{name}.liquidity_saving.rule", each.rule, grouping_rule),
            each.every,
            each.longer_than,
            f"arrangements.{name}.liquidity_saving.rule",
        )
        for each in one.liquidity_saving or ()
    ]
    order = None
    if one.queue not in FIFO:
        order = find_rule(config, f"arrangements.{name}.queue", one.queue, order_rule)
    release = None
    if one.release is not None:
        release = find_rule(config, f"arrangements.{name}.release", one.release, release_rule)
    keyed = bool(order or release or flow.holds)
    ordered = keyed or len(flow.priorities) > 1 or any(each.before_loop for each in savings)
    lock = LOCK[one.reuse] if one.layer == 3 else LOCK["at_once"]
    ledger = Ledger(
        len(flow.members),
        len(flow.securities),
        capture.slots,
        opening,
        lock=LOCK["at_once"] if one.block is None and lock == LOCK["next_block"] else lock,
        strict=one.queue == "fifo_strict",
        journal=journal is not None and one.layer == 3,
        ordered=ordered and one.layer == 3,
        keyed=keyed and one.layer == 3,
        priorities=flow.priorities,
        says_more=flow.states_wishes and one.layer == 3,
        whole=flow.settles_whole and one.layer == 3,
        facilities=facilities,
        lending=lending,
        prices=flow.opening_prices if lending is not None else np.empty(0, dtype=np.int64),
        day_length=max(day.closes - day.opens for day in flow.days),
    )
    desk = None
    if facilities is not None or lending is not None:
        caps = (
            {
                k: find_rule(config, f"arrangements.{name}.credit.{facility}.cap", term.cap, credit_rule)
                for k, (facility, term) in enumerate(zip(facilities.names, facilities.terms, strict=True))
                if term is not None and isinstance(term.cap, str)
            }
            if facilities is not None
            else {}
        )
        desk = CreditDesk(name, flow, ledger, facilities, caps, one.securities_lending)
    if one.layer == 2:
        return ClearingHouse(
            name,
            flow,
            capture,
            ledger,
            settles=one.settles,
            cycles=one.cycles,
            cut_off=one.cut_off,
            desk=desk,
            journal=journal,
        )
    gate = Gate(name, order, release) if ordered or ledger.ordered else None
    return Chain(
        name,
        flow,
        capture,
        ledger,
        block=one.block,
        savings=savings,
        parts=open_windows(config, one, flow),
        gate=gate,
        desk=desk,
        journal=journal,
    )


def open_windows(config: Config, one: ArrangementConfig, flow: Flow) -> Parts | None:
    """The windows of partial settlement that a config asks for."""
    if one.partial_settlement is None:
        return None
    taking_part = settling_in_part(config, one, flow).astype(np.int64)
    return Parts(one.partial_settlement.every, one.partial_settlement.minimum, taking_part)


def find_rule(config: Config, key: str, rule: str, find: Callable[[str], Any]) -> Any:
    """The rule that a config names under ``key``; one of the user's own may stand beside the config."""
    beside = str(config.base_dir)
    sys.path.insert(0, beside)
    try:
        found = find(rule)
        return answering(found, config, key, rule) if ":" in rule else found
    except (ImportError, AttributeError) as error:
        message = f'"{rule}" cannot be found ({error}); put its module beside the config or install it'
        raise InputError(config.problem(key, message)) from None
    finally:
        sys.path.remove(beside)
