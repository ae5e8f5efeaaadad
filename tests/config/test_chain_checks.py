"""What must hold between chain, wallets, cash legs, treasuries and faults: one clear message a fault."""

# ruff: noqa: E501 - messages stand as they are read

import pytest

from simulator.config.load import load_config

HEAD = """\
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, funding: {prefunding: 5 M}, holdings: 1 day}
arrangements:
"""
STRICT = (
    "needs a queue in which instructions may pass, and that of gross is fifo_strict; give queue: fifo_bypass"
)
LENDS_NOTHING = "a stablecoin lends nothing, and the cash of gross is nothing else"
CAPACITY = "give 33 a second, 400 a block, {gas_limit: 60 M, gas: 150 k}, or none"
NEEDS_BLOCKS = "needs blocks, and gross is continuous; give it a block, such as block: 12 s"
MONEY = "give an amount of USD such as 100.00, 5_000, 20 M or 1.5 bn USD (suffixes k M bn tn)"
TWO_LEGS = "cash_leg: {a: {kind: stablecoin}, b: {kind: tokenized_deposit}}"

CHAIN = [
    ("chain: {capacity: 33 a second}", "chain.capacity", f"{NEEDS_BLOCKS}, or capacity: none"),
    (
        "block: continuous, chain: {preset: ethereum}",
        "chain.capacity",
        f"{NEEDS_BLOCKS}, or capacity: none",
    ),
    ("chain: {block_times: memoryless}", "chain.block_times", f"memoryless {NEEDS_BLOCKS}"),
    (
        "block: 1 s, chain: {capacity: 0.9 a second}",
        "chain.capacity",
        "leaves a block of gross (1 s) no room for a settlement; give room for at least 1",
    ),
    (
        "block: 1 s, chain: {capacity: {gas_limit: 100 k, gas: 150 k}}",
        "chain.capacity",
        "leaves a block of gross (1 s) no room for a settlement; give room for at least 1",
    ),
    (
        "block: 1 s, chain: {capacity: {gas: 150 k}}",
        "chain.capacity.gas_limit",
        "missing; give it, such as gas_limit: 60 M, the gas of a block",
    ),
    ("block: 1 s, chain: {capacity: 33}", "chain.capacity", f"33 is not allowed; {CAPACITY}"),
    (
        "block: 1 s, chain: {capacity: 33 a secnd}",
        "chain.capacity",
        f'33 a secnd is not allowed; {CAPACITY} (did you mean "second"?)',
    ),
    (
        "block: 1 s, chain: {capacity: -1 a second}",
        "chain.capacity",
        f"-1 a second is not allowed; {CAPACITY}",
    ),
    (
        "chain: {preset: etherium}",
        "chain.preset",
        (
            "etherium is not allowed; give ethereum or rollup or solana or avalanche or besu_qbft or canton "
            '(did you mean "ethereum"?)'
        ),
    ),
    (
        "chain: {finalty: 5 s}",
        "chain.finalty",
        (
            "not a known key; known here are preset, block_times, finality, capacity, inclusion, bids, fee "
            '(did you mean "finality"?)'
        ),
    ),
    ("chain: {finality: 25 h}", "chain.finality", "25 h is not allowed; give at most 24 h"),
    (
        "chain: {fee: 0.0000001}",
        "chain.fee",
        "0.0000001 is not allowed; give whole millionths: the smallest amount is 0.000001 USD",
    ),
    (
        "chain: {inclusion: fee}",
        "chain.bids",
        "missing; inclusion: fee needs them, such as bids: {median: 0.02, cv: 1}",
    ),
    (
        "chain: {bids: {median: 0.02}}",
        "chain.bids",
        "needs inclusion: fee; where the queue orders, nothing is bid",
    ),
    (
        "chain: {inclusion: fee, bids: {median: 0}}",
        "chain.bids.median",
        "0 is not allowed; give at least 0.000001 USD",
    ),
    (
        "queue: largest_first, chain: {inclusion: fee, bids: {median: 0.02}}",
        "queue",
        "largest_first is not allowed with inclusion: fee, which orders by bids; give fifo_bypass",
    ),
    ("queue: fifo_strict, block: 1 s, chain: {capacity: 3 a block}", "chain.capacity", STRICT),
    ("queue: fifo_strict, wallets: {registered: [A]}", "wallets", STRICT),
    ('queue: fifo_strict, faults: {kind: chain_outage, start: "11:00"}', "faults", STRICT),
    ("queue: fifo_strict, treasury: {every: 1 h, reserve: 5 M}", "treasury.reserve", STRICT),
    ("queue: fifo_strict, treasury: {every: 1 h, release: paced}", "treasury.release", STRICT),
    ("queue: fifo_strict, treasury: {every: 1 h, policy: my:own}", "treasury.policy", STRICT),
]

WALLETS = [
    (
        "wallets: {registered: A}",
        "wallets.registered",
        "A is not allowed; give all, a list of members such as [A, B], or {except: [A, B]}",
    ),
    (
        "wallets: {registered: {excpt: [A]}}",
        "wallets.registered.excpt",
        'not a known key; known here are except (did you mean "except"?)',
    ),
    (
        "wallets: {registered: {except: [A, B, A]}}",
        "wallets.registered.except.2",
        "A is listed twice; keep one",
    ),
    (
        "wallets: {unregistered: refused}",
        "wallets.unregistered",
        'refused is not allowed; give wait or refuse (did you mean "refuse"?)',
    ),
    (
        'wallets: {events: [{time: "11:00", action: transfer, member: A, security: X, units: 10}]}',
        "wallets.events.0.to",
        "missing; give the member that receives, such as to: B",
    ),
    (
        'wallets: {events: [{time: "11:00", action: transfer, member: A, to: A, security: X, units: 10}]}',
        "wallets.events.0.to",
        "A is not allowed; it is the member itself: give another",
    ),
    (
        'wallets: {events: [{time: "11:00", action: freeze, member: A, units: 10}]}',
        "wallets.events.0.units",
        "only a transfer has it, and this is freeze",
    ),
    (
        'wallets: {events: [{time: "11:00", action: freeze, member: A, day: 1}]}',
        "wallets.events.0.day",
        "1 is not allowed; days is 1, so trade days run from 0 to 0",
    ),
    (
        'wallets: {events: [{time: "16:01", action: freeze, member: A}]}',
        "wallets.events.0.time",
        "16:01 is not allowed; the hours are 09:30–16:00, and it happens up to the close",
    ),
]

CASH = [
    (
        "cash_leg: stablecon",
        "cash_leg",
        (
            "stablecon is not allowed; give stablecoin, tokenized_deposit, wholesale_cbdc, or legs by name such as "
            '{usdc: {kind: stablecoin}} (did you mean "stablecoin"?)'
        ),
    ),
    (
        "cash_leg: {kind: stablecoin}",
        "cash_leg",
        "a leg without its name; write {stablecoin: {kind: stablecoin, …}}",
    ),
    (
        "cash_leg: {usdc: {kind: stablecoin, mints: 1 h}}",
        "cash_leg.usdc.mints",
        (
            "not a known key; known here are kind, issuer, share, payers, pool, hours, days, mint, redeem, rate, "
            'day_count, supply (did you mean "mint"?)'
        ),
    ),
    (
        "cash_leg: {a: {kind: stablecoin, share: 60 %}, b: {kind: stablecoin, share: 30 %}}",
        "cash_leg",
        "the shares add up to 90 %; make them 100 %",
    ),
    (
        "cash_leg: {a: {kind: stablecoin, share: 100 %}, b: {kind: stablecoin}}",
        "cash_leg.b.share",
        "missing; other legs state theirs: give it a share, or payers",
    ),
    (
        "cash_leg: {a: {kind: stablecoin, payers: [A, B]}, b: {kind: stablecoin, payers: [C, B]}}",
        "cash_leg.b.payers.1",
        "B is not allowed; it pays in a already, and in one leg alone",
    ),
    (
        "cash_leg: stablecoin, funding: {prefunding: 5 M, credit_limit: 1 M}",
        "funding.credit_limit",
        f"{LENDS_NOTHING}; give it funding with credit_limit: 0, or a cash leg that lends",
    ),
    (
        "cash_leg: stablecoin, credit: {line: {cap: 5 M}}",
        "credit",
        f"{LENDS_NOTHING}; give it credit: {{}}, or a cash leg that lends, such as tokenized_deposit",
    ),
    (
        f"{TWO_LEGS}, credit: {{auto: {{against: flow}}}}",
        "credit.auto.against",
        (
            "flow is not allowed for gross, whose cash is of 2 pools; give it legs of one pool, credit of its own, or "
            "credit: {}"
        ),
    ),
]

TREASURY = [
    (
        "treasury: {reserve: 5 M}",
        "treasury.every",
        "missing; give how often treasurers act, such as every: 5 min",
    ),
    (
        "treasury: {every: 1 h}, funding: unlimited",
        "treasury",
        "unlimited funding needs no treasurer; give gross funding, such as {prefunding: 20 M}, or treasury: {}",
    ),
    (
        "treasury: {every: 1 h, top_up: {below: 5 M, to: 2 M}}",
        "treasury.top_up.to",
        "2000000.00 USD is not allowed; cash is topped up below 5000000.00 USD: give that or more",
    ),
    (
        "treasury: {every: 1 h, withdraw: {above: 5 M, to: 6 M}}",
        "treasury.withdraw.to",
        "6000000.00 USD is not allowed; cash is given back above 5000000.00 USD: give that or less",
    ),
    (
        "treasury: {every: 1 h, top_up: {below: 1 M, to: 6 M}, withdraw: {above: 5 M, to: 5 M}}",
        "treasury.top_up.to",
        "6000000.00 USD is not allowed; above 5000000.00 USD it would be given back (withdraw.above)",
    ),
    (
        "treasury: {every: 1 h, policy: my:own, reserve: 5 M}",
        "treasury.reserve",
        "leave it out; the policy stands in its place",
    ),
    ("treasury: {every: 1 h, urgent: 9}", "treasury.urgent", "9 is not allowed; give at most 8"),
    (
        "treasury: {every: 1 h, release: pased}",
        "treasury.release",
        'pased is not allowed; give at_once or paced or wait_for_inflow (did you mean "paced"?)',
    ),
]

FAULTS = [
    (
        'faults: [{kind: outage, start: "11:00"}]',
        "faults.0.kind",
        (
            "outage is not allowed; give chain_outage or congestion or cash_leg_frozen or wallet_frozen or member_silent "
            '(did you mean "chain_outage"?)'
        ),
    ),
    (
        "faults: [{kind: chain_outage}]",
        "faults.0.start",
        'missing; give when it begins, such as start: "11:00", or how often: rate: 0.5 a day',
    ),
    (
        'faults: [{kind: chain_outage, start: "11:00", end: "11:00"}]',
        "faults.0.end",
        "11:00 is not allowed; it begins at 11:00, and end is after that",
    ),
    (
        'faults: [{kind: chain_outage, start: "16:00"}]',
        "faults.0.start",
        "16:00 is not allowed; the hours are 09:30–16:00, and it begins before the close",
    ),
    (
        'faults: [{kind: chain_outage, end: "12:00", rate: 1 a day}]',
        "faults.0.rate",
        "stands in place of start and end; keep it or them",
    ),
    (
        'faults: [{kind: chain_outage, start: "11:00", lasts: 5 min}]',
        "faults.0.lasts",
        "needs rate, such as rate: 0.5 a day; what has a start has an end",
    ),
    (
        "faults: [{kind: chain_outage, rate: 0.5}]",
        "faults.0.rate",
        "0.5 is not allowed; give a number a day, such as 0.5 a day, up to 1_000 a day",
    ),
    (
        'faults: [{kind: chain_outage, start: "11:00", day: 2}]',
        "faults.0.day",
        "2 is not allowed; days is 1, so trade days run from 0 to 0",
    ),
    (
        'faults: [{kind: chain_outage, start: "11:00", member: A}]',
        "faults.0.member",
        "chain_outage has none; it belongs to wallet_frozen and member_silent",
    ),
    (
        'faults: {kind: member_silent, start: "11:00"}',
        "faults.member",
        "missing; member_silent needs it, such as member: A",
    ),
    (
        'block: 1 s, chain: {capacity: 3 a block}, faults: [{kind: congestion, start: "11:00"}]',
        "faults.0.capacity",
        "missing; give the share of the chain's capacity that is left, such as capacity: 20 %",
    ),
    (
        'faults: [{kind: congestion, start: "11:00", capacity: 20 %}]',
        "faults.0.kind",
        "congestion needs capacity, and the chain of gross has no limit; give it chain: {capacity: 33 a second}",
    ),
    (
        'faults: [{kind: cash_leg_frozen, start: "11:00"}]',
        "faults.0.kind",
        "cash_leg_frozen needs a cash leg, and gross states none; give cash_leg: stablecoin",
    ),
    (
        f'{TWO_LEGS}, faults: [{{kind: cash_leg_frozen, start: "11:00"}}]',
        "faults.0.leg",
        "missing; gross has more than one cash leg: give one of a, b",
    ),
    (
        'cash_leg: {usdc: {kind: stablecoin}}, faults: [{kind: cash_leg_frozen, start: "11:00", leg: usdt}]',
        "faults.0.leg",
        'usdt is not allowed; the cash legs of gross are usdc (did you mean "usdc"?)',
    ),
]

FUNDING = [
    (
        "funding: {prefunding: 99 % of history}",
        "funding.first",
        (
            "missing; no day comes before the first: give its opening, such as first: 20 M, or first: 5 % of expected "
            "outflow"
        ),
    ),
    (
        "funding: {prefunding: 5 M, first: 5 M}",
        "funding.first",
        "needs prefunding from history, such as prefunding: 99 % of history",
    ),
    (
        "funding: {prefunding: 10 % of expected outflw}",
        "funding.prefunding",
        (
            "10 % of expected outflw is not allowed; give money, or 10 % of expected outflow or 10 % of history "
            '(did you mean "expected outflow"?)'
        ),
    ),
    (
        "funding: {prefunding: 0 % of history, first: 5 M}",
        "funding.prefunding",
        "0 % of history is not allowed; give a quantile above 0 and up to 100 %, such as 99 % of history",
    ),
    (
        "funding: {prefunding: 10 %}",
        "funding.prefunding",
        "10 % is not allowed; give money, or 10 % of expected outflow, or 99 % of history",
    ),
    ("funding: {prefunding: lots}", "funding.prefunding", f"lots is not allowed; {MONEY}"),
]


@pytest.mark.parametrize(("given", "key", "message"), [*CHAIN, *WALLETS, *CASH, *TREASURY, *FAULTS, *FUNDING])
def test_a_fault_in_an_arrangement_has_one_clear_message(write, wrong, given, key, message):
    name = write(f"{HEAD}  gross: {{layer: 3, {given}}}\n")
    assert wrong(name) == [f"a.yaml:4: arrangements.gross.{key}: {message}"]


FOR_ALL = [
    ("chain: {inclusion: fee}", "chain.bids", "missing; inclusion: fee needs them, such as bids: {median: 0.02, cv: 1}"),
    ("chain: {block_times: memoryless}", "chain.block_times", f"memoryless {NEEDS_BLOCKS}"),
    (
        "faults: [{kind: congestion, start: 11:00, capacity: 20 %}]",
        "faults.0.kind",
        "congestion needs capacity, and the chain of gross has no limit; give it chain: {capacity: 33 a second}",
    ),
    ("treasury: {urgent: 3}", "treasury.every", "missing; give how often treasurers act, such as every: 5 min"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "key", "message"), FOR_ALL)
def test_a_fault_of_what_stands_for_all_is_told_once_where_it_stands(write, wrong, given, key, message):
    name = write(f"{HEAD}  gross: {{layer: 3}}\n  own: {{layer: 3, chain: {{}}, faults: []}}\n{given}\n")
    assert wrong(name) == [f"a.yaml:6: {key}: {message}"]


@pytest.mark.parametrize(
    "given",
    [
        "chain: {fee: 0.02}",
        "wallets: {registered: [A]}",
        "cash_leg: stablecoin",
        "treasury: {every: 1 h}",
        "faults: {kind: chain_outage, start: 11:00}",
        "reuse: {cash: at_close}",
    ],
)
def test_netting_at_a_clearing_house_has_none_of_it(write, wrong, given):
    key = given.partition(":")[0]
    name = write(f"{HEAD}  net: {{layer: 2, {given}}}\n")
    message = "needs layer 3; netting at a clearing house has none"
    assert wrong(name) == [f"a.yaml:4: arrangements.net.{key}: {message}"]
    if key == "reuse":
        return
    name = write(f"{HEAD}  net: {{layer: 2}}\n{given}\n")
    message = f"needs an arrangement of layer 3, and there is none; delete it with {key}: null"
    assert wrong(name) == [f"a.yaml:5: {key}: {message}"]
    load_config(write(f"{HEAD}  net: {{layer: 2}}\n  gross: {{layer: 3}}\n{given}\n"))


def test_what_stands_for_all_is_not_blamed_where_the_only_arrangement_is_itself_at_fault(write, wrong):
    lines = wrong(write(f"{HEAD}  gross: {{layer: 4}}\nchain: {{fee: 0.02}}\n"))
    assert [line.partition(": ")[0] for line in lines] == ["a.yaml:4"]


TYPED = """\
flow: {instructions: [{time: "10:00", buyer: A, seller: B, security: X, units: 1, cash: 5}]}
MEMBERSarrangements:
  gross: {layer: 3, GIVEN}
"""
LISTED = "participants: {members: {A: {cash: 5}, B: {holdings: {X: 3}}, Clear: {}}}\n"

NAMED = [
    ("wallets: {registered: [A, a]}", "wallets.registered.1", "a", "A"),
    ("wallets: {registered: {except: [Z]}}", "wallets.registered.except.0", "Z", ""),
    ('wallets: {events: [{time: "10:00", action: freeze, member: Cleer}]}', "wallets.events.0.member", "Cleer", "Clear"),
    ("cash_leg: {u: {kind: tokenized_deposit, share: 1, payers: [b]}}", "cash_leg.u.payers.0", "b", "B"),
    ('faults: {kind: member_silent, start: "10:00", member: Z}', "faults.member", "Z", ""),
]  # fmt: skip


@pytest.mark.parametrize(("given", "key", "member", "near"), NAMED)
def test_a_member_that_is_named_is_there_where_members_are_typed(write, wrong, given, key, member, near):
    name = write(TYPED.replace("GIVEN", given).replace("MEMBERS", LISTED))
    said = f"{member} is not a member; the members are listed in participants.members"
    hint = f' (did you mean "{near}"?)' if near else ""
    assert wrong(name) == [f"a.yaml:4: arrangements.gross.{key}: {said}{hint}"]


def test_without_a_list_the_members_are_those_of_the_instructions(write, wrong):
    given = "wallets: {registered: [A, Clear]}"
    assert wrong(write(TYPED.replace("GIVEN", given).replace("MEMBERS", ""))) == [
        (
            "a.yaml:3: arrangements.gross.wallets.registered.1: Clear is not a member; the members are listed in "
            "flow.instructions"
        )
    ]


def test_what_is_transferred_by_force_is_a_security_that_is_traded(write, wrong):
    event = 'wallets: {events: [{time: "10:00", action: transfer, member: A, to: B, security: XX, units: 1}]}'
    assert wrong(write(TYPED.replace("GIVEN", event).replace("MEMBERS", LISTED))) == [
        (
            "a.yaml:4: arrangements.gross.wallets.events.0.security: XX is not traded; the securities are those of "
            'flow.instructions (did you mean "X"?)'
        )
    ]


def test_every_typed_buyer_pays_in_some_leg(write, wrong):
    given = "cash_leg: {u: {kind: tokenized_deposit, payers: [B]}}"
    assert wrong(write(TYPED.replace("GIVEN", given).replace("MEMBERS", LISTED))) == [
        (
            "a.yaml:4: arrangements.gross.cash_leg: A buys and pays in no leg; list it in a leg's payers, or give a leg "
            "a share"
        )
    ]


def test_a_typed_member_borrows_no_stablecoin(write, wrong):
    members = "participants: {members: {A: {credit_limit: 5}, B: {holdings: {X: 3}}}}\n"
    assert wrong(write(TYPED.replace("GIVEN", "cash_leg: stablecoin").replace("MEMBERS", members))) == [
        (
            f"a.yaml:2: participants.members.A.credit_limit: {LENDS_NOTHING}; give it funding with credit_limit: 0, or a "
            "cash leg that lends"
        )
    ]


def test_a_flow_starts_on_a_date_of_the_calendar_and_a_tape_on_its_own(write, wrong):
    date = "give a date from 1900 to 2999 as YYYY-MM-DD, such as 2026-11-27"
    for given in ("2026-02-30", "27.11.2026", "20261127"):
        text = HEAD.replace("{daily", f"{{start: {given}, daily")
        assert wrong(write(f"{text}  net: {{layer: 2}}\n")) == [
            f"a.yaml:1: flow.start: {given} is not allowed; {date}"
        ]
    write("t,b,s,c\n", "tape.csv")
    tape = "flow: {start: 2026-11-27, tape: {path: tape.csv, columns: {time: t, buyer: b, seller: s, cash: c}}}\n"
    assert wrong(write(f"{tape}arrangements: {{net: {{layer: 2}}}}\n")) == [
        "a.yaml:1: flow.start: a tape brings its own dates; delete it with start: null"
    ]


ALLOWED = [
    "reuse: at_finality",
    "chain: {preset: besu_qbft}, reuse: {cash: at_finality}",
    "cash_leg: stablecoin, funding: unlimited",
    f"{TWO_LEGS}, credit: {{line: {{cap: 5 M}}}}",
    "cash_leg: {a: {kind: stablecoin, pool: one}, b: {kind: stablecoin, pool: one}}",
    "queue: fifo_strict, chain: {finality: 5 s, fee: 0.01}, treasury: {every: 1 h, top_up: {below: 1 M, to: 1 M}}",
    'block: 1 s, chain: {capacity: 3 a block}, faults: [{kind: congestion, start: "11:00", capacity: 0 %}]',
    "wallets: {registered: []}, faults: [{kind: wallet_frozen, member: M001, rate: 2 a day}]",
]


@pytest.mark.parametrize("given", ALLOWED)
def test_what_goes_together_is_allowed_and_written_out_loads_back_equal(write, given):
    config = load_config(write(f"{HEAD}  gross: {{layer: 3, {given}}}\n"))
    assert load_config(config.resolved()) == config
