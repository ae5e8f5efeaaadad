"""From what a config says of book-entry deliveries to the depository that settles them."""

from __future__ import annotations

from functools import partial

import numpy as np

from .config.schema import Arrangement as ArrangementConfig
from .config.schema import Config
from .layers.arrangement import Journal
from .layers.capture import Capture
from .layers.chain import Saving
from .layers.clearing_house import ClearingHouse
from .layers.continuous_net import ContinuousNet
from .layers.depository import Depository, Netting, ProgressPayments, Terms
from .layers.incoming import Gate
from .layers.routing import Portion, Router
from .ledger import Ledger
from .market.amounts import take_share
from .market.calendar import open_calendar
from .market.clearing import clearing_terms
from .market.depository import open_monitor
from .market.flow import Flow
from .market.members import Endowment, endow
from .market.pools import Pools
from .market.streams import stream
from .rules import grouping_rule


def wants_tokens(one: ArrangementConfig) -> bool:
    """Whether some deliveries are tokenized as they settle."""
    return one.pilot is not None and one.pilot.orders is not None


def open_depository(
    name: str,
    one: ArrangementConfig,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
) -> Depository:
    """Layer 2 by book entry: deliveries one by one, the rest netted beside them, money at the end."""
    stated, opening = one.book_entry, endow(config, one, flow)
    assert stated is not None
    monitor = open_monitor(config, name, flow, opening)
    nothing = np.zeros(len(flow.members), dtype=np.int64)
    balances = Endowment(
        nothing if opening.cash is None else opening.cash,
        nothing if stated.collateral_monitor else monitor.caps,
        opening.holdings,
    )
    approval, progress = stated.approval, stated.progress_payments
    terms = Terms(
        settles=one.settles,
        monitored=stated.collateral_monitor,
        above=None if approval is None else approval.above,
        takes=0 if approval is None else approval.takes,
        after=None if approval is None else approval.after,
        until=stated.until,
        cut_off=one.cut_off,
    )
    release = terms.release if terms.releases() else None
    look_ahead = Saving(grouping_rule("look_ahead"), stated.look_ahead, None, "")
    clearing = clearing_terms(config, name, flow)
    calendar = open_calendar(config, flow.days)
    ledger = Ledger(
        len(flow.members),
        len(flow.securities),
        capture.slots,
        balances,
        journal=journal is not None or wants_tokens(one),
        ordered=True,
        keyed=release is not None,
        monitor=monitor if stated.collateral_monitor else None,
        on_account=True,
        costed=config.costs is not None,
    )
    netting = None
    if stated.trades.kind != "all":
        delivered, netted = Portion(flow, capture), Portion(flow, capture)
        house = partial(ContinuousNet, random=partial(stream, config.seed, "allocation"))
        netting = Netting(
            Router(stated.trades, flow, config.seed),
            delivered,
            netted,
            (house if one.carry else ClearingHouse)(
                name,
                flow,
                netted,
                ledger,
                settles=one.settles,
                terms=clearing,
                cycles=one.cycles,
                cut_off=one.cut_off,
                calendar=calendar,
                journal=journal,
            ),
        )
        netting.house.beside_deliveries = True
    depository = Depository(
        name,
        flow,
        capture,
        ledger,
        Pools({}, flow, config.seed),
        layer=one.layer,
        terms=terms,
        banks=clearing.bank_debit,
        calendar=calendar,
        netting=netting,
        savings=[look_ahead] if stated.look_ahead is not None else [],
        gate=Gate(name, len(flow.members), None, release),
        journal=journal,
    )
    if progress is not None:
        when, to = (take_share(monitor.caps, share) for share in (progress.when, progress.to))
        depository.actors.append(ProgressPayments(depository, progress.every, when, to))
    return depository
