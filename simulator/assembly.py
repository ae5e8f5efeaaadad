"""From what a config says of one arrangement to the processes that settle it: ledger, rules and actors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from .assembly_book_entry import open_depository, wants_tokens
from .config.chain import ChainSection
from .config.errors import InputError
from .config.routing import Routing
from .config.schema import Arrangement as ArrangementConfig
from .config.schema import Config
from .config.tree import join_key
from .config.units import minor_digits
from .kernels import state as st
from .layers.agenda import BlockTimes, fixed_blocks, memoryless_blocks
from .layers.arrangement import Arrangement, Journal, OneLedger
from .layers.border import Border
from .layers.capture import Capture
from .layers.chain import Chain
from .layers.class_settlement import ClassSettlement
from .layers.clearing_house import ClearingHouse
from .layers.continuous_net import ContinuousNet
from .layers.credit import CreditDesk
from .layers.depository import Depository
from .layers.disruptions import Disruptions
from .layers.exposed import desk_of_chain, desk_of_house
from .layers.fees import BidOrder, ChainFees
from .layers.hybrid import Hybrid, PlacedJournal, SharedPurse
from .layers.incoming import Gate
from .layers.mint import Mint
from .layers.pilot import Pilot
from .layers.routing import InstructionRouter, Portion
from .layers.savings import Parts, Saving
from .layers.schedule import settlement_day
from .layers.token_orders import TokenOrders
from .layers.treasury import Treasury
from .layers.wallets import Bars, WalletRegistry
from .ledger import Gates, Ledger
from .market.calendar import open_calendar
from .market.clearing import clearing_terms
from .market.facilities import Facilities, open_facilities
from .market.flow import DAY, Flow
from .market.margin import open_margin
from .market.members import Endowment, divide_holdings, endow, lending_limits, settling_in_part
from .market.openings import Openings
from .market.pilot import pilot_terms
from .market.pools import Pools
from .market.streams import stream
from .rules import credit_rule, grouping_rule, order_rule, release_rule, routing_rule, treasury_policy
from .rules.answering import answering
from .rules.treasury import Treasurer

FIFO = ("fifo_bypass", "fifo_strict")
LOCK = {
    "at_once": st.AT_ONCE,
    "next_block": st.NEXT_BLOCK,
    "at_finality": st.AT_FINALITY,
    "at_close": st.AT_DAY_CLOSE,
}
FEE_DIGITS = 6  # fees and bids are in millionths of the currency unit


def assemble(
    name: str,
    one: ArrangementConfig,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
) -> Arrangement:
    """The process of one arrangement, with its ledger funded and its rules at hand."""
    opened: OneLedger
    book = open_margin(config, name, flow)
    if one.routing is not None:
        return open_hybrid(name, one, one.routing, config, flow, capture, journal)
    if not one.netted:
        opened = chain = open_chain(name, one, config, flow, capture, journal)
        opened.margin = None if book is None else desk_of_chain(chain, book)
    elif one.book_entry is not None:
        opened = open_depository(name, one, config, flow, capture, journal)
    else:
        opened = house = open_clearing_house(name, one, config, flow, capture, journal)
        opened.margin = None if book is None else desk_of_house(house, book)
    if one.pilot is not None:
        calendar = open_calendar(config, flow.days)
        days = [settlement_day(flow.days, at, calendar) for at in range(len(flow.days) + one.settles)]
        opened.pilot = Pilot(opened, one.pilot, pilot_terms(config, name, flow), days, one.settles)
        if isinstance(opened, Depository) and wants_tokens(one):
            opened.token_orders = TokenOrders(opened.ledger, opened.pilot)
            if opened.netting is not None:
                opened.netting.house.pilot = opened.pilot
    return opened


def open_clearing_house(
    name: str,
    one: ArrangementConfig,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
    opening: Endowment | None = None,
) -> ClearingHouse:
    """Layer 2: everything due is netted and settled in cycles; ``opening`` in place of what it states."""
    opening, terms = opening or endow(config, one, flow), clearing_terms(config, name, flow)
    facilities = open_facilities(config, name, flow, opening)
    ledger = Ledger(
        len(flow.members),
        len(flow.securities),
        capture.slots,
        opening,
        facilities=facilities,
        day_length=longest_day(flow, terms.night, one.cut_off),
        costed=config.costs is not None,
    )
    house: Callable[..., ClearingHouse] = ClearingHouse
    if one.carry:
        house = partial(ContinuousNet, random=partial(stream, config.seed, "allocation"))
    elif config.flow.class_days > 1:
        house = partial(ClassSettlement, class_days=config.flow.class_days)
    return house(
        name,
        flow,
        capture,
        ledger,
        layer=one.layer,
        settles=one.settles,
        terms=terms,
        cycles=one.cycles,
        cut_off=one.cut_off,
        calendar=open_calendar(config, flow.days),
        desk=open_desk(config, name, one, flow, ledger, facilities),
        journal=journal,
    )


def open_chain(
    name: str,
    one: ArrangementConfig,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
    opening: Endowment | None = None,
) -> Chain:
    """Layer 3: gross on a chain, with whoever acts on it; ``opening`` likewise."""
    stated = config.chain_of(name)
    pools = Pools(config.legs_of(name), flow, config.seed)
    opening = opening or endow(config, one, flow)
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
    order = bids = None
    if stated.bids is not None:
        order = bids = BidOrder(stated.bids, config.seed)
    elif one.queue not in FIFO:
        order = find_rule(config, f"arrangements.{name}.queue", one.queue, order_rule)
    release = None
    if one.release is not None:
        release = find_rule(config, f"arrangements.{name}.release", one.release, release_rule)
    keyed = bool(order or release or flow.holds)
    ordered = keyed or len(flow.priorities) > 1 or any(each.before_loop for each in savings)
    endowed = pools.endow(opening)
    if facilities is not None:
        facilities = facilities.by_account(pools.count, pools.first_lending(), endowed.credit_limit)
    ledger = Ledger(
        len(flow.members),
        len(flow.securities),
        capture.slots,
        endowed,
        pools=pools.count,
        reuse=locks(one, stated),
        finality=stated.finality,
        strict=one.queue == "fifo_strict",
        journal=journal is not None,
        ordered=ordered,
        keyed=keyed,
        priorities=flow.priorities,
        says_more=flow.states_wishes,
        whole=flow.settles_whole,
        facilities=facilities,
        lending=lending,
        prices=flow.opening_prices if lending is not None else np.empty(0, dtype=np.int64),
        day_length=longest_day(flow),
        gates=find_gates(config, name, stated),
        costed=config.costs is not None,
    )
    scale = 10 ** (FEE_DIGITS - minor_digits(config.flow.currency))
    chain = Chain(
        name,
        flow,
        capture,
        ledger,
        pools,
        blocks=block_times(one, stated, config.seed),
        capacity=None if stated.capacity is None or one.block is None else stated.capacity.room(one.block),
        finality=stated.finality,
        fees=ChainFees(len(flow.members), stated.fee, bids, scale) if stated.fee or bids else None,
        savings=savings,
        parts=open_windows(config, one, flow, pools.count),
        gate=Gate(name, len(flow.members), order, release) if ordered or ledger.ordered else None,
        desk=open_desk(config, name, one, flow, ledger, facilities),
        journal=journal,
    )
    staff(chain, name, one, config, flow, pools)
    return chain


def open_hybrid(
    name: str,
    one: ArrangementConfig,
    routing: Routing,
    config: Config,
    flow: Flow,
    capture: Capture,
    journal: Journal | None,
) -> Hybrid:
    """Both: what ``routing`` sends settles as the arrangement it names, the rest is netted."""
    other = config.arrangements[routing.to]
    netted, routed = Portion(flow, capture), Portion(flow, capture)
    book, tokens = divide_holdings(endow(config, one, flow), endow(config, other, flow), routing.on_chain)
    house = open_clearing_house(name, one, config, flow, netted, journal, book)
    placed = None if journal is None else PlacedJournal(journal)
    chain = open_chain(routing.to, other, config, flow, routed, placed, tokens)
    if chain.gate is not None:  # it keeps places, and hands them on
        chain.journal, placed = journal, None
    margin = open_margin(config, name, flow)
    if margin is not None:
        house.margin, chain.margin = desk_of_house(house, margin), desk_of_chain(chain, margin)
    key = f"arrangements.{name}.routing.rule"
    rule = None if routing.rule is None else find_rule(config, key, routing.rule, routing_rule)
    router = InstructionRouter(routing, flow, config.seed, rule, partial(config.problem, key))
    purse = SharedPurse(house, chain, routing.transfer) if routing.cash == "shared" else None
    border = None if routing.crossing is None else Border(house, chain, routing.crossing)
    return Hybrid(name, flow, capture, house, chain, router, netted, routed, purse, placed, border)


def staff(chain: Chain, name: str, one: ArrangementConfig, config: Config, flow: Flow, pools: Pools) -> None:
    """Those who act on a chain beside its members' instructions: each a process, where there is any."""
    wallets, faults, treasury = config.wallets_of(name), config.faults_of(name), config.treasury_of(name)
    bars = Bars(chain)
    funding = one.funding or config.participants.funding
    if pools.legs or treasury is not None or funding.history is not None:
        dollar = 10 ** minor_digits("USD") if config.flow.currency == "USD" else 0
        chain.mint = Mint(chain, pools, first_date(flow), dollar)
    if funding.history is not None:
        chain.openings = Openings(funding.history)
    if wallets is not None:
        chain.actors.append(WalletRegistry(chain, wallets, flow, pools, bars))
    if treasury is not None and chain.mint is not None:
        key = join_key((*config.stated(name, "treasury"), "policy"))
        policy: Any = Treasurer(
            None if treasury.top_up is None else (treasury.top_up.below, treasury.top_up.to),
            None if treasury.withdraw is None else (treasury.withdraw.above, treasury.withdraw.to),
            treasury.release,
            treasury.reserve,
        )
        if treasury.policy is not None:
            policy = find_rule(config, key, treasury.policy, treasury_policy)
        problem = partial(config.problem, key)
        chain.actors.append(Treasury(chain, flow, pools, chain.mint, policy, treasury.every, problem))
    if faults:
        chain.actors.append(Disruptions(chain, faults, flow, pools, bars, chain.mint, config.seed))


def find_gates(config: Config, name: str, stated: ChainSection) -> Gates:
    """What can stand before settlement beside cash and units."""
    wallets, faults, treasury = config.wallets_of(name), config.faults_of(name), config.treasury_of(name)
    kinds = {fault.kind for fault in faults}
    keeps = treasury is not None and (
        treasury.policy is not None or treasury.reserve > 0 or treasury.release != "at_once"
    )
    return Gates(
        room=stated.capacity is not None or "chain_outage" in kinds,
        bars=wallets is not None or bool(kinds & {"cash_leg_frozen", "wallet_frozen", "member_silent"}),
        refuses=wallets is not None and wallets.unregistered == "refuse",
        urgent=treasury.urgent if treasury is not None and keeps else 0,
    )


def locks(one: ArrangementConfig, stated: ChainSection) -> tuple[int, int]:
    """What becomes of receipts of cash and of units; continuous settlement has no next block to wait for."""
    continuous = {st.NEXT_BLOCK} if one.block is None else set()
    if one.block is None and stated.finality == 0:
        continuous.add(st.AT_FINALITY)
    cash, units = (LOCK[reuse] for reuse in (one.reuse.cash, one.reuse.units))
    return (st.AT_ONCE if cash in continuous else cash), (st.AT_ONCE if units in continuous else units)


def block_times(one: ArrangementConfig, stated: ChainSection, seed: int) -> BlockTimes | None:
    """When a day's blocks stand; None for continuous settlement."""
    if one.block is None:
        return None
    if stated.block_times == "memoryless":
        return memoryless_blocks(one.block, partial(stream, seed, "blocks"))
    return fixed_blocks(one.block)


def first_date(flow: Flow) -> date | None:
    """The date of the first trade day, None where days have no dates."""
    try:
        return date.fromisoformat(flow.days[0].label)
    except ValueError:
        return None


def longest_day(flow: Flow, *cycles: int | None) -> int:
    """The longest day, µs, from the open or the first of ``cycles`` (µs of the day), if that is earlier."""
    first = min((time for time in cycles if time is not None), default=DAY)
    return max(day.closes - min(day.opens, day.midnight + first) for day in flow.days)


def open_desk(
    config: Config,
    name: str,
    one: ArrangementConfig,
    flow: Flow,
    ledger: Ledger,
    facilities: Facilities | None,
) -> CreditDesk | None:
    """Who lends within the day, if anybody does."""
    if facilities is None and not ledger.lending:
        return None
    caps = {}
    if facilities is not None:
        caps = {
            k: find_rule(config, f"arrangements.{name}.credit.{facility}.cap", term.cap, credit_rule)
            for k, (facility, term) in enumerate(zip(facilities.names, facilities.terms, strict=True))
            if term is not None and isinstance(term.cap, str)
        }
    return CreditDesk(
        name, flow, ledger, facilities, caps, one.securities_lending if ledger.lending else None
    )


def open_windows(config: Config, one: ArrangementConfig, flow: Flow, pools: int) -> Parts | None:
    """The windows of partial settlement that a config asks for."""
    if one.partial_settlement is None:
        return None
    taking_part = np.tile(settling_in_part(config, one, flow).astype(np.int64), pools)
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
