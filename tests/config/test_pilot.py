"""What a config may say of a pilot, and what is told where it cannot be meant."""

# ruff: noqa: E501 - messages stand as they are read

from fractions import Fraction

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.study.size import check

HEAD = """\
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, holdings: 1 day}
arrangements:
"""
SHARE = "give a share from 0 to 100 % such as 60 %, 25 bp or 0.6"
MOVE = '{time: "10:00", action: transfer, member: A, to: B, security: X, units: 4}'

WRONG = [
    ("eligible: some", "eligible", "some is not allowed; give all, a list of securities such as [X, Y], or {share: 40 %}"),
    ("eligible: [X, X]", "eligible.1", "X is listed twice; keep one"),
    ("eligible: {share: 140 %}", "eligible.share", f"140 % is not allowed; {SHARE}"),
    ("eligible: {part: 40 %}", "eligible.part", "not a known key; known here are share"),
    ("chains: {a: b}", "chains", "a mapping is not allowed; give a list of chains such as [ethereum]"),
    ("wallets: some", "wallets", "some is not allowed; give all, a list of members such as [A, B], or {except: [A, B]}"),
    ("settlement_value: 2", "settlement_value", f"2 is not allowed; {SHARE}"),
    ("cut_off: noon", "cut_off", "noon is not allowed; give a time of the day as HH:MM, HH:MM:SS or HH:MM:SS.ffffff, such as 09:30"),
    ("orders: {share: 101 %}", "orders.share", f"101 % is not allowed; {SHARE}"),
    ("orders: {}", "orders.share", "missing; needed: share of trades that carry the flag, drawn a trade"),
    ("tokenize: {share: 30 %}", "tokenize.at", "missing; needed: when, a time of the day"),
    ('detokenize: {share: 30 %, at: "10:00", every_day: often}', "detokenize.every_day", "often is not allowed; give yes or no"),
    ("elligible: all", "elligible", 'not a known key; known here are eligible, chains, wallets, settlement_value, latency, cut_off, tokenize, detokenize, orders, events (did you mean "eligible"?)'),
    (
        'events: [{time: "10:00", action: tokenise, member: A, security: X, units: 4}]',
        "events.0.action",
        'tokenise is not allowed; give tokenize or transfer or reverse or detokenize or outage (did you mean "tokenize"?)',
    ),
    ('events: [{time: "10:00", action: transfer, member: A, security: X, units: 4}]', "events.0.to", "missing; give the member that receives, such as to: B"),
    (f"events: [{MOVE.replace('to: B', 'to: A')}]", "events.0.to", "A is not allowed; it is the member itself: give another"),
    ('events: [{time: "10:00", action: tokenize, member: A, to: B, security: X, units: 4}]', "events.0.to", "tokenize has none"),
    ('events: [{time: "10:00", action: tokenize, security: X, units: 4}]', "events.0.member", "missing; give whose, such as member: A"),
    ('events: [{time: "10:00", action: reverse, member: A, to: B, units: 4}]', "events.0.security", "missing; give of what, such as security: X"),
    ('events: [{time: "10:00", action: detokenize, member: A, security: X}]', "events.0.units", "missing; give how many, such as units: 10"),
    ('events: [{time: "10:00", action: outage}]', "events.0.lasts", "missing; give how long, such as lasts: 10 min"),
    ('events: [{time: "10:00", action: outage, lasts: 1 min, member: A}]', "events.0.member", "outage has none"),
    (f"events: [{MOVE.replace('units: 4', 'units: 4, lasts: 1 min')}]", "events.0.lasts", "transfer has none"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "key", "message"), WRONG)
def test_a_fault_in_a_pilot_has_one_clear_message(write, wrong, given, key, message):
    text = f"{HEAD}  net: {{layer: 2, pilot: {{{given}}}}}\n"
    assert wrong(write(text)) == [f"a.yaml:4: arrangements.net.pilot.{key}: {message}"]


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (1, "needs layer 2; at layer 1 tokens stand for securities, and nothing moves on chain"),
        (3, "needs layer 2; in layer 3 everything is on chain"),
    ],
)
def test_a_pilot_is_of_layer_2(write, wrong, layer, why):
    assert wrong(write(f"{HEAD}  it: {{layer: {layer}, pilot: {{}}}}\n")) == [
        f"a.yaml:4: arrangements.it.pilot: {why}"
    ]


def test_a_pilot_needs_limited_holdings(write, wrong):
    said = "needs limited holdings, such as holdings: 1 days; with ample ones units never lack"
    own = wrong(write(f"{HEAD}  net: {{layer: 2, holdings: ample, pilot: {{}}}}\n"))
    of_all = wrong(write(f"{HEAD.replace(', holdings: 1 day', '')}  net: {{layer: 2, pilot: {{}}}}\n"))
    assert own == of_all == [f"a.yaml:4: arrangements.net.pilot: {said}"]


def test_layer_1_has_the_keys_of_layer_2_and_none_of_layer_3(write, wrong):
    good = load_config(write(f'{HEAD}  it: {{layer: 1, carry: true, night_cycle: "01:30"}}\n'))
    assert (good.arrangements["it"].settles, good.arrangements["it"].carry) == (1, True)
    assert wrong(write(f"{HEAD}  it: {{layer: 1, block: 12 s}}\n")) == [
        "a.yaml:4: arrangements.it.block: needs layer 3; netting at a clearing house has none"
    ]


TYPED = """\
flow: {instructions: [{time: "10:00", buyer: Ash, seller: Birch, security: X, units: 1, cash: 1}]}
participants: {members: {Ash: {holdings: {Y: 3}}, Birch: {holdings: {X: 1}}, Cedar: {}}}
arrangements:
"""


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        ("eligible: [X, Z]", "eligible.1", "Z is not a security that is traded"),
        ("wallets: [Ahs]", "wallets.0", 'Ahs is not a member (did you mean "Ash"?)'),
        ("wallets: {except: [Elm]}", "wallets.except.0", "Elm is not a member"),
        (f"events: [{MOVE.replace('A,', 'Ash,')}]", "events.0.to", "B is not a member"),
        (
            'events: [{time: "10:00", action: tokenize, member: Ash, security: Q, units: 4}]',
            "events.0.security",
            "Q is not a security that is traded",
        ),
        (
            'events: [{day: 2, time: "10:00", action: outage, lasts: 1 min}]',
            "events.0.day",
            "2 is not allowed; trade and settlement days run from 0 to 1",
        ),
    ],
)
def test_names_and_days_are_those_of_the_flow(write, given, key, message):
    config = load_config(write(f"{TYPED}  net: {{layer: 2, pilot: {{{given}}}}}\n"))
    with pytest.raises(InputError) as caught:
        check(config)
    assert str(caught.value) == f"a.yaml:4: arrangements.net.pilot.{key}: {message}"


def test_who_is_listed_but_does_not_trade_may_be_named(write):
    given = 'events: [{day: 1, time: "10:00", action: tokenize, member: Cedar, security: Y, units: 4}]'
    config = load_config(write(f"{TYPED}  net: {{layer: 2, pilot: {{wallets: [Cedar], {given}}}}}\n"))
    assert check(config)


def test_a_pilot_reads_as_it_is_meant(write):
    config = load_config(
        write(f"{HEAD}  net: {{layer: 2, pilot: {{settlement_value: 1, orders: {{share: 5 %}}}}}}\n")
    )
    pilot = config.arrangements["net"].pilot
    assert (pilot.settlement_value, pilot.orders.share) == (1, Fraction(1, 20))
    assert (pilot.latency.tokenize, pilot.latency.detokenize) == (60_000_000, 900_000_000)


def test_orders_for_tokens_stand_beside_book_entry(write):
    given = "book_entry: {}, pilot: {orders: {share: 5 %}}"
    assert load_config(write(f"{HEAD}  net: {{layer: 2, {given}}}\n")).arrangements["net"].book_entry
