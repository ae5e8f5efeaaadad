"""Chain, wallets, cash legs, treasuries and faults as written, to exact values."""

# ruff: noqa: E501 - a row is one line

from fractions import Fraction

import pytest

from simulator.config.cash_legs import CASH_LEG_KINDS, shares_of
from simulator.config.chain import CHAIN_PRESETS, Capacity, Reuse
from simulator.config.chain_checks import members_named
from simulator.config.describe import describe, keys_at
from simulator.config.load import load_config
from simulator.config.wallets import Registered

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

HEAD = """
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, funding: {prefunding: 5 M}, holdings: 1 day}
"""

ALL = (
    HEAD
    + """
arrangements:
  gross:
    layer: 3
    block: 1 s
    reuse: {cash: at_finality, units: next_block}
    chain:
      preset: ethereum
      block_times: memoryless
      capacity: 33 a second
      inclusion: fee
      bids: {median: 0.025, cv: 1.5}
      fee: 0.0125
    wallets:
      registered: {except: [M003, M004]}
      unregistered: refuse
      events:
        - {time: "11:00", action: register, member: M003}
        - {time: "12:00", day: 0, action: transfer, member: M001, to: M002, security: S0001, units: 10}
    cash_leg:
      usdc: {kind: stablecoin, share: 60 %, issuer: Circle, hours: 08:00–20:00, rate: 4 %, supply: 5 bn}
      bank: {kind: tokenized_deposit, share: 40 %, payers: [M001], pool: deposits}
      cbdc: {kind: wholesale_cbdc, payers: [M002, M003], day_count: 365}
    treasury:
      every: 5 min
      top_up: {below: 5 M, to: 20 M}
      withdraw: {above: 50 M, to: 30 M}
      release: paced
      reserve: 1 M
      urgent: 3
    faults:
      - {kind: congestion, start: "13:00", end: "14:00", day: 0, capacity: 20 %}
      - {kind: cash_leg_frozen, leg: usdc, start: "13:00"}
      - {kind: member_silent, member: M001, start: "12:00"}
      - {kind: chain_outage, rate: 0.5 a day, lasts: 30 min}
  own:
    layer: 3
    treasury: {every: 1 h, policy: my.rules:Careful}
  net: {layer: 2}
"""
)

FOR_ALL = (
    HEAD
    + """
arrangements:
  all: {layer: 3}
  own: {layer: 3, chain: {fee: 0.05}, cash_leg: tokenized_deposit}
  none: {layer: 3, chain: {}, wallets: {}, cash_leg: {}, treasury: {}, faults: []}
  net: {layer: 2}
chain: {preset: solana}
wallets: {registered: [M001]}
cash_leg: stablecoin
treasury: {every: 1 h}
faults: {kind: chain_outage, start: "11:00"}
"""
)


def test_a_chain_is_exact_and_keys_given_win_over_its_preset(write):
    config = load_config(write(ALL))
    gross, chain = config.arrangements["gross"], config.chain_of("gross")
    assert gross.block == SECOND
    assert gross.reuse == Reuse(cash="at_finality", units="next_block")
    assert (chain.preset, chain.block_times, chain.finality) == ("ethereum", "memoryless", 768 * SECOND)
    assert (chain.capacity, chain.capacity.room(12 * SECOND)) == (Capacity(per_second=Fraction(33)), 396)
    assert (chain.inclusion, chain.bids.median, chain.bids.cv) == ("fee", 25_000, 1.5)
    assert chain.fee == 12_500  # 1.25 cents, in millionths


def test_wallets_are_registered_frozen_and_emptied_as_listed(write):
    wallets = load_config(write(ALL)).wallets_of("gross")
    assert wallets.registered == Registered(kind="except", members=("M003", "M004"))
    assert wallets.unregistered == "refuse"
    register, transfer = wallets.events
    assert (register.time, register.day, register.action) == (11 * HOUR, None, "register")
    assert (transfer.day, transfer.member, transfer.to) == (0, "M001", "M002")
    assert (transfer.security, transfer.units) == ("S0001", 10)


def test_a_cash_leg_has_what_is_usual_of_its_kind_but_for_the_keys_given(write):
    legs = load_config(write(ALL)).legs_of("gross")
    assert list(legs) == ["usdc", "bank", "cbdc"]
    usdc, bank, cbdc = legs.values()
    assert (usdc.issuer, usdc.pool, usdc.share, usdc.supply) == ("Circle", "usdc", Fraction(3, 5), 5 * 10**11)
    assert (usdc.hours.opens, usdc.hours.closes, usdc.days) == (8 * HOUR, 20 * HOUR, "weekdays")
    assert (usdc.mint, usdc.redeem) == (30 * MINUTE, HOUR)
    assert (usdc.rate, usdc.day_count, usdc.lends) == (Fraction(4, 100), 360, False)
    assert (bank.issuer, bank.pool, bank.payers, bank.days) == ("bank", "deposits", ("M001",), "all")
    assert (bank.hours.opens, bank.hours.closes) == (0, 24 * HOUR - 1)
    assert (bank.mint, bank.redeem, bank.rate, bank.lends) == (0, 0, Fraction(25, 10_000), True)
    assert (cbdc.hours.closes, cbdc.mint, cbdc.rate) == (19 * HOUR, MINUTE, Fraction(1, 1000))
    assert (cbdc.share, cbdc.day_count, cbdc.lends) == (None, 365, True)
    assert shares_of(legs) == {"usdc": Fraction(3, 5), "bank": Fraction(2, 5)}


def test_treasuries_and_faults_are_exact(write):
    config = load_config(write(ALL))
    treasury = config.treasury_of("gross")
    assert (treasury.every, treasury.release, treasury.urgent) == (5 * MINUTE, "paced", 3)
    assert (treasury.top_up.below, treasury.top_up.to) == (500_000_000, 2_000_000_000)
    assert (treasury.withdraw.above, treasury.withdraw.to) == (5_000_000_000, 3_000_000_000)
    assert (treasury.reserve, treasury.policy) == (100_000_000, None)
    own = config.treasury_of("own")
    assert (own.every, own.policy, own.release, own.urgent) == (HOUR, "my.rules:Careful", "at_once", 2)
    congested, frozen, silent, out = config.faults_of("gross")
    assert (congested.kind, congested.start, congested.end) == ("congestion", 13 * HOUR, 14 * HOUR)
    assert (congested.day, congested.capacity) == (0, Fraction(1, 5))
    assert (frozen.leg, frozen.end, frozen.day) == ("usdc", None, None)
    assert (silent.member, silent.start) == ("M001", 12 * HOUR)
    assert (out.kind, out.start, out.rate, out.lasts) == ("chain_outage", None, Fraction(1, 2), 30 * MINUTE)


def test_all_of_it_written_out_loads_back_equal(write):
    config = load_config(write(ALL))
    resolved = config.resolved()["arrangements"]["gross"]
    assert resolved["reuse"] == {"cash": "at_finality", "units": "next_block"}
    assert resolved["chain"]["bids"] == {"median": "0.025000 USD", "cv": 1.5}
    assert resolved["wallets"]["registered"] == {"except": ["M003", "M004"]}
    assert resolved["cash_leg"]["bank"] == {
        "kind": "tokenized_deposit",
        "issuer": "bank",
        "share": "40 %",
        "payers": ["M001"],
        "pool": "deposits",
        "hours": "00:00–23:59:59.999999",
        "days": "all",
        "mint": "0 s",
        "redeem": "0 s",
        "rate": "0.25 %",
        "day_count": 360,
    }
    assert resolved["faults"][3] == {"kind": "chain_outage", "rate": "0.5 a day", "lasts": "30 min"}
    assert load_config(config.resolved()) == config


def test_what_is_not_stated_is_off_and_layer_2_has_none_of_it(write):
    config = load_config(write(ALL))
    for name in ("own", "net"):
        chain = config.chain_of(name)
        assert (chain.block_times, chain.finality, chain.capacity) == ("fixed", 0, None)
        assert (chain.inclusion, chain.bids, chain.fee) == ("queue", None, 0)
        assert (config.wallets_of(name), config.legs_of(name), config.faults_of(name)) == (None, {}, ())
    assert config.treasury_of("net") is None


def test_an_arrangements_own_section_stands_in_place_of_that_for_all(write):
    config = load_config(write(FOR_ALL))
    blocks = {name: one.block for name, one in config.arrangements.items()}
    assert blocks == {"all": 400_000, "own": None, "none": None, "net": None}
    assert config.chain_of("all").finality == 12_800_000
    assert config.chain_of("all").capacity.room(400_000) == 800
    assert (config.chain_of("own").fee, config.chain_of("own").finality) == (50_000, 0)
    assert config.wallets_of("own").registered == Registered(kind="only", members=("M001",))
    assert [list(config.legs_of(name)) for name in ("all", "own")] == [["stablecoin"], ["tokenized_deposit"]]
    assert config.stated("own", "chain") == ("arrangements", "own", "chain")
    assert config.stated("own", "faults") == ("faults",)
    assert [fault.kind for fault in config.faults_of("own")] == ["chain_outage"]
    for name in ("none", "net"):
        assert config.chain_of(name).fee == 0
        assert (config.wallets_of(name), config.legs_of(name)) == (None, {})
        assert (config.treasury_of(name), config.faults_of(name)) == (None, ())
    assert load_config(config.resolved()) == config


# The figures of DOMAIN, section 4: block and finality in µs, room in a block, fee in millionths.
PRESETS = {
    "ethereum": (12 * SECOND, 768 * SECOND, 400, 20_000),
    "rollup": (SECOND, 13 * MINUTE, None, 10_000),
    "solana": (400_000, 12_800_000, 800, 10_000),
    "avalanche": (SECOND, SECOND, None, 10_000),
    "besu_qbft": (5 * SECOND, 0, 1000, 10_000),
    "canton": (None, 5 * SECOND, None, 10_000),
}


@pytest.mark.parametrize("name", CHAIN_PRESETS)
def test_a_preset_gives_block_finality_room_and_fee(write, name):
    config = load_config(write(HEAD + f"arrangements: {{gross: {{layer: 3, chain: {{preset: {name}}}}}}}\n"))
    block, chain = config.arrangements["gross"].block, config.chain_of("gross")
    room = chain.capacity.room(block) if chain.capacity is not None else None
    assert (block, chain.finality, room, chain.fee) == PRESETS[name]
    assert "unverified" in CHAIN_PRESETS[name].meaning
    assert load_config(config.resolved()) == config


@pytest.mark.parametrize(
    ("given", "block", "capacity"),
    [
        ("chain: {preset: ethereum, capacity: {gas: 300 k}}", 12 * SECOND, Capacity(gas_limit=60_000_000, gas=300_000)),
        ("chain: {preset: ethereum, capacity: none}", 12 * SECOND, None),
        ("block: continuous, chain: {preset: ethereum, capacity: none}", None, None),
        ("block: 2 s, chain: {preset: ethereum, capacity: 400 a block}", 2 * SECOND, Capacity(per_block=400)),
        ("block: 2 s, chain: {preset: canton, capacity: 0.5 per second}", 2 * SECOND, Capacity(per_second=Fraction(1, 2))),
    ],
)  # fmt: skip
def test_a_key_given_wins_over_the_preset_and_none_takes_its_capacity_away(write, given, block, capacity):
    config = load_config(write(HEAD + f"arrangements: {{gross: {{layer: 3, {given}}}}}\n"))
    assert (config.arrangements["gross"].block, config.chain_of("gross").capacity) == (block, capacity)
    assert load_config(config.resolved()) == config


@pytest.mark.parametrize(
    ("capacity", "block", "room"),
    [
        (Capacity(per_block=7), SECOND, 7),
        (Capacity(per_second=Fraction(33)), 400_000, 13),  # 13.2
        (Capacity(per_second=Fraction(1, 3)), 3 * SECOND, 1),
        (Capacity(gas_limit=60_000_000, gas=150_000), SECOND, 400),
        (Capacity(gas_limit=299, gas=100), SECOND, 2),
    ],
)
def test_a_block_has_room_for_whole_settlements(capacity, block, room):
    assert capacity.room(block) == room


def test_legs_without_shares_share_alike_what_nobody_is_listed_for(write):
    legs = "{a: {kind: stablecoin}, b: {kind: stablecoin, payers: [A]}, c: {kind: stablecoin}, d: {kind: stablecoin}}"
    config = load_config(write(HEAD + f"arrangements: {{gross: {{layer: 3, cash_leg: {legs}}}}}\n"))
    third = Fraction(1, 3)
    assert shares_of(config.legs_of("gross")) == {"a": third, "c": third, "d": third}
    assert load_config(config.resolved()) == config


@pytest.mark.parametrize(
    ("given", "outflow", "history", "first"),
    [
        ("10 % of expected outflow", Fraction(1, 10), None, None),
        ("150 % of  expected outflow", Fraction(3, 2), None, None),
        ("99 % of history, first: 5 M", None, Fraction(99, 100), 500_000_000),
        ("0.5 of history, first: 5 % of expected outflow", None, Fraction(1, 2), Fraction(1, 20)),
    ],
)
def test_prefunding_is_worked_out_by_member_from_what_it_pays(write, given, outflow, history, first):
    text = f"arrangements: {{gross: {{layer: 3, funding: {{prefunding: {given}, credit_limit: 1 M}}}}}}\n"
    config = load_config(write(HEAD + text))
    funding = config.arrangements["gross"].funding
    assert (funding.kind, funding.prefunding, funding.credit_limit) == ("uniform", 0, 100_000_000)
    assert (funding.prefunding_outflow, funding.history, funding.first) == (outflow, history, first)
    assert load_config(config.resolved()) == config


def test_members_named_are_listed_with_where_they_stand(write):
    config = load_config(write(ALL))
    own = ("arrangements", "gross")
    assert list(members_named(config, ["gross"])) == [
        ((*own, "wallets", "registered", "except", 0), "M003"),
        ((*own, "wallets", "registered", "except", 1), "M004"),
        ((*own, "wallets", "events", 0, "member"), "M003"),
        ((*own, "wallets", "events", 1, "member"), "M001"),
        ((*own, "wallets", "events", 1, "to"), "M002"),
        ((*own, "cash_leg", "bank", "payers", 0), "M001"),
        ((*own, "cash_leg", "cbdc", "payers", 0), "M002"),
        ((*own, "cash_leg", "cbdc", "payers", 1), "M003"),
        ((*own, "faults", 2, "member"), "M001"),
    ]
    assert list(members_named(config, ["own"])) == []


def test_every_key_of_layer_3_is_described_at_the_top_and_in_an_arrangement():
    names = {key.name for key in describe()}
    for key in (
        "chain.preset",
        "chain.capacity",
        "chain.bids.median",
        "wallets.registered",
        "wallets.events.0.action",
        "cash_leg.*.mint",
        "treasury.top_up.below",
        "faults.0.kind",
    ):
        assert {key, f"arrangements.*.{key}"} <= names
    assert list(keys_at(("treasury", "withdraw"))) == ["above", "to"]
    assert list(keys_at(("arrangements", "any", "cash_leg", "usdc")))[:3] == ["kind", "issuer", "share"]
    assert all("unverified" in kind.meaning for kind in CASH_LEG_KINDS.values())
