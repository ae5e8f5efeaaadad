"""What the person at the keyboard reads: one line a problem, all of a file at once."""

# ruff: noqa: E501 - messages stand as they are read

import pytest

from simulator.config.errors import InputError, Problem, nearest
from simulator.config.load import load_config

SYNTHETIC = "flow: {daily_value: 1 bn, trades_per_day: 1000}\nparticipants: {count: 10}\n"
BLOCK = 'give a duration with its unit, such as 400 ms, 12 s, 1 min or 1 h, or "continuous"'
CYCLES = "give every 1 h, a list of times such as [11:00, 16:00], or a number of cycles such as 4"
FUNDING = "give unlimited, {prefunding: 20 M, credit_limit: 50 M}, or a CSV or Parquet file by member"
HOLDINGS = "give ample, 1.2 days (of expected sales), or a CSV or Parquet file by member and security"
KEYS = (
    "layer, settles, cycles, cut_off, book_entry, carry, night_cycle, exemptions, delivery_priority, buy_in, "
    "settling_banks, pilot, block, reuse, queue, release, liquidity_saving, partial_settlement, "
    "credit, securities_lending, routing, margin, funding, holdings, chain, wallets, cash_leg, treasury, faults"
)
QUEUES = (
    "fifo_bypass, fifo_strict, largest_first, smallest_first, by_deadline, or package.module:name of your own"
)
RULES = (
    "multilateral_offset, bilateral_offset, ring_offset, batch_auction, exact_optimum, look_ahead, "
    "or package.module:name of your own"
)

IN_AN_ARRANGEMENT = [
    ("layer: 3, block: 0 s", "block", '0 s is not allowed; give at least 1 ms, or "continuous"'),
    ("layer: 3, block: 12", "block", f"12 is not allowed; {BLOCK}"),
    ("layer: 3, block: 25 h", "block", '25 h is not allowed; give at most 24 h, or "continuous"'),
    (
        "layer: 3, block: continous",
        "block",
        f'continous is not allowed; {BLOCK} (did you mean "continuous"?)',
    ),
    ("layer: 3, block: [12 s]", "block", f"a list is not allowed; {BLOCK}"),
    ("layer: 3, blok: 12 s", "blok", f'not a known key; known here are {KEYS} (did you mean "block"?)'),
    (
        "layer: 3, chain: ethereum",
        "chain",
        "ethereum is not allowed; give a mapping, such as {preset: ethereum}",
    ),
    (
        "layer: 4",
        "layer",
        "4 is not allowed; give 1 (tokens stand for securities), 2 (netted at a clearing house) or 3 (gross, on a chain)",
    ),
    (
        "settles: T+1",
        "layer",
        (
            "missing; needed: 1 (a token stands for the security, all else as layer 2), 2 (netted at a clearing "
            "house) or 3 (gross, delivery versus payment on a chain)"
        ),
    ),
    (
        "layer: 3, reuse: at_onc",
        "reuse",
        'at_onc is not allowed; give at_once or next_block or at_finality or at_close (did you mean "at_once"?)',
    ),
    (
        "layer: 3, reuse: {cash: soon}",
        "reuse.cash",
        "soon is not allowed; give at_once or next_block or at_finality or at_close",
    ),
    (
        "layer: 3, reuse: {cash: at_close, unit: at_once}",
        "reuse.unit",
        'not a known key; known here are cash, units (did you mean "units"?)',
    ),
    (
        "layer: 3, queue: fifo_strikt",
        "queue",
        f'fifo_strikt is not allowed; give {QUEUES} (did you mean "fifo_strict"?)',
    ),
    ("layer: 3, settles: T+1", "settles", "T+1 is not allowed; layer 3 settles on the trade date, T+0"),
    ("layer: 2, settles: 1", "settles", "1 is not allowed; give T+n with n from 0 to 366, such as T+1"),
    ("layer: 2, block: 12 s", "block", "needs layer 3; netting at a clearing house has none"),
    ("layer: 2, reuse: at_once", "reuse", "needs layer 3; netting at a clearing house has none"),
    ("layer: 2, queue: fifo_bypass", "queue", "needs layer 3; netting at a clearing house has none"),
    ("layer: 2, cycles: every 1 h", "cycles", "cycles need settles: T+0, and this settles T+1"),
    (
        "layer: 2, settles: T+0, cut_off: 15:45",
        "cut_off",
        "cut_off needs settles: T+1 or later; for netting on the trade date give cycles",
    ),
    (
        "layer: 2, cut_off: 16:30",
        "cut_off",
        "16:30 is not allowed; the hours are 09:30–16:00, and cut_off is between them",
    ),
    ("layer: 3, cycles: 4", "cycles", "needs layer 2; gross settlement has blocks"),
    ("layer: 3, cut_off: 15:00", "cut_off", "needs layer 2; gross settlement has blocks"),
    ("layer: 2, settles: T+0, cycles: 0", "cycles", "0 is not allowed; give at least 1"),
    ("layer: 2, settles: T+0, cycles: []", "cycles", f"an empty list is not allowed; {CYCLES}"),
    ("layer: 2, settles: T+0, cycles: {every: 1 h}", "cycles", f"a mapping is not allowed; {CYCLES}"),
    (
        "layer: 2, settles: T+0, cycles: evry 1 h",
        "cycles",
        f'evry 1 h is not allowed; {CYCLES} (did you mean "every"?)',
    ),
    ("layer: 2, settles: T+0, cycles: every 0 s", "cycles", "0 s is not allowed; give at least 1 ms"),
    (
        "layer: 2, settles: T+0, cycles: [11:00, 11:00]",
        "cycles.1",
        "11:00 is not after the cycle before it; give times in increasing order",
    ),
    (
        "layer: 2, settles: T+0, cycles: [09:30, 11:00]",
        "cycles.0",
        "09:30 is not allowed; the hours are 09:30–16:00, and a cycle is after the open, up to the close",
    ),
    (
        "layer: 3, funding: unlimitd",
        "funding",
        f'unlimitd is not allowed; {FUNDING} (did you mean "unlimited"?)',
    ),
    ("layer: 3, funding: {}", "funding", f"an empty mapping is not allowed; {FUNDING}"),
    ("layer: 3, funding: 5 M", "funding", f"5 M is not allowed; {FUNDING}"),
    (
        "layer: 3, funding: {prefundng: 5 M}",
        "funding.prefundng",
        'not a known key; known here are prefunding, credit_limit, first (did you mean "prefunding"?)',
    ),
    (
        "layer: 3, funding: {credit_limit: 1.001}",
        "funding.credit_limit",
        "1.001 is not allowed; give whole minor units: the smallest amount is 0.01 USD",
    ),
    ("layer: 3, funding: cash.csv", "funding", "cash.csv is not allowed; there is no such file"),
    (
        "layer: 3, funding: members",
        "funding",
        "members is not allowed; no members are listed in participants.members",
    ),
    ("layer: 3, holdings: 1.2", "holdings", f"1.2 is not allowed; {HOLDINGS}"),
    ("layer: 3, holdings: {X: 5}", "holdings", f"a mapping is not allowed; {HOLDINGS}"),
    ("layer: 3, holdings: -1 days", "holdings", f"-1 days is not allowed; {HOLDINGS}"),
    (
        "layer: 3, liquidity_saving: {rule: multilateral_ofset, every: 1 min}",
        "liquidity_saving.rule",
        f'multilateral_ofset is not allowed; give {RULES} (did you mean "multilateral_offset"?)',
    ),
    (
        "layer: 3, block: 1 s, liquidity_saving: {rule: multilateral_offset}",
        "liquidity_saving.every",
        "missing; give every: 1 min, or longer_than: 100 (waiting), or both",
    ),
    (
        "layer: 3, liquidity_saving: {rule: batch_auction, longer_than: 5}",
        "liquidity_saving.every",
        "missing; continuous settlement has no blocks to run at: give it, such as every: 1 min",
    ),
    (
        "layer: 3, liquidity_saving: [{rule: my.own:rule, every: 1 s}, {rule: ring_offset, every: 1 s, longr_than: 5}]",
        "liquidity_saving.1.longr_than",
        'not a known key; known here are rule, every, longer_than (did you mean "longer_than"?)',
    ),
    (
        "layer: 3, liquidity_saving: {every: 1 s}",
        "liquidity_saving.rule",
        f"missing; needed: the rule: {RULES}",
    ),
    (
        "layer: 3, liquidity_saving: {rule: ring_offset, every: 1 s, longer_than: few}",
        "liquidity_saving.longer_than",
        "few is not allowed; give a number of waiting instructions such as 150, 5_000 or 5 M",
    ),
    (
        "layer: 3, liquidity_saving: []",
        "liquidity_saving",
        "an empty list is not allowed; give {rule, every} or a list of such, or leave it out",
    ),
    (
        "layer: 3, liquidity_saving: multilateral_offset",
        "liquidity_saving",
        "multilateral_offset is not allowed; give a mapping of rule, every, longer_than",
    ),
    (
        "layer: 2, liquidity_saving: {rule: multilateral_offset, every: 1 min}",
        "liquidity_saving",
        "needs layer 3; netting at a clearing house has none",
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), IN_AN_ARRANGEMENT)
def test_a_fault_in_an_arrangement_has_one_clear_message(write, wrong, given, key, message):
    name = write(f"{SYNTHETIC}arrangements:\n  gross: {{{given}}}\n")
    assert wrong(name) == [f"a.yaml:4: arrangements.gross.{key}: {message}"]


ANYWHERE = [
    ("seed: -1", "seed", "-1 is not allowed; give at least 0"),
    ("seed: 1.5", "seed", "1.5 is not allowed; give a whole number such as 150, 5_000 or 5 M"),
    ("days: 0", "days", "0 is not allowed; give at least 1"),
    (
        "name: a/b",
        "name",
        "a/b is not allowed; give a name without a slash, because it names a folder or a column",
    ),
    ('name: " "', "name", '"" is not allowed; give a name'),
    ("baseline: nett", "baseline", 'nett is not allowed; the arrangements are net (did you mean "net"?)'),
    (
        "sweeps: {}",
        "sweeps",
        (
            "not a known key; known here are name, seed, days, flow, participants, arrangements, credit, "
            "chain, wallets, cash_leg, treasury, faults, margin, costs, baseline, sweep, size, extends "
            '(did you mean "sweep"?)'
        ),
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), ANYWHERE)
def test_a_fault_at_the_top_has_one_clear_message(write, wrong, given, key, message):
    name = write(f"{SYNTHETIC}arrangements: {{net: {{layer: 2}}}}\n{given}\n")
    assert wrong(name) == [f"a.yaml:4: {key}: {message}"]


MARKET = [
    (
        "flow.currency=usd",
        'usd is not allowed; give the three capital letters of a currency, such as USD (did you mean "USD"?)',
    ),
    ("flow.daily_value=1 bn EUR", "1 bn EUR is not allowed; amounts are in USD, the flow's currency"),
    ("flow.daily_value=0", "0 is not allowed; give at least 0.01 USD"),
    (
        "flow.daily_value=9.99",
        "less than one minor unit a trade; give at least 10.00 USD, or fewer trades_per_day",
    ),
    ("flow.daily_value=null", "missing; a synthetic market needs it, such as daily_value: 798 bn"),
    ("flow.trades_per_day=0.5", "0.5 is not allowed; give a number of trades such as 150, 5_000 or 5 M"),
    ("flow.trades_per_day=null", "missing; a synthetic market needs it, such as trades_per_day: 5_000_000"),
    ("flow.size_cv=.inf", ".inf is not allowed; a finite number is needed: give a number from 0 to 1_000"),
    (
        "flow.profile=3",
        "3 is not allowed; give a list of weights of equal parts of the hours, such as [3, 1, 2]",
    ),
    ("flow.profile=[0, 0]", "the weights are all 0; give at least one above 0"),
    ("flow.hours=16:00-09:30", "16:00-09:30 is not allowed; the close is after the open"),
    ("flow.hours=[16:00, 09:30]", "[16:00, 09:30] is not allowed; the close is after the open"),
    (
        "flow.hours=09:30",
        "09:30 is not allowed; give the open and the close, such as 09:30–16:00 or [09:30, 16:00]",
    ),
    ("flow.prices=5", "5 is not allowed; give a mapping of median, sigma"),
    (
        "flow.priorities=20 %",
        "20 % is not allowed; give shares of the instructions by priority, such as {1: 5 %, 3: 20 %}",
    ),
    ("flow.priorities={1: 60 %, 2: 60 %}", "the shares add up to 120 %; make them 100 % at most"),
    ("flow.prices.median=0", "0 is not allowed; give at least 0.01 USD"),
    ("flow.securities.count=0", "0 is not allowed; give at least 1"),
    ("participants.count=1", "1 is not allowed; give at least 2"),
    ("participants.count=null", "missing; a synthetic market needs it, such as count: 150"),
    ("participants.concentration=-1", "-1 is not allowed; give a number from 0 to 10"),
    ("participants.imbalance=7", "7 is not allowed; give a share from 0 to 100 % such as 60 %, 25 bp or 0.6"),
    ("participants.types={custodian: 99 %}", "the shares add up to 99 %; make them 100 %"),
    (
        "participants.types=60 %",
        (
            "60 % is not allowed; give a mapping of member types to shares that add up to 100 %: "
            "client_broker, market_maker, custodian"
        ),
    ),
]


@pytest.mark.parametrize(("override", "message"), MARKET)
def test_a_fault_in_the_market_has_one_clear_message(write, wrong, override, message):
    name = write(f"{SYNTHETIC}arrangements: {{net: {{layer: 2}}}}\n")
    key = override.partition("=")[0]
    line = {"flow": "a.yaml:1", "participants": "a.yaml:2"}[key.partition(".")[0]]
    # What is deleted is missed by the mapping that lacks it, at its line.
    place = line if override.endswith("=null") else "--set"
    assert wrong(name, [override]) == [f"{place}: {key}: {message}"]


def test_every_problem_of_a_file_is_told_at_once_in_the_order_of_its_lines(write, wrong):
    name = write("""
        seed: one
        seed: 2
        flow:
          curency: USD
          daily_value: -5
          trades_per_day: 10
        participants:
          count: 10
          types: {client_broker: 50 %, makers: 50 %}
        arrangements:
          net: {layer: 2, settles: T+2, cycles: 4}
          gross:
            block: 0 s
            queue: lifo
          hybrid: {layer: 3}
        baseline: hibrid
        """)
    known = (
        "currency, hours, start, calendar, market, settles, class_days, daily_value, trades_per_day, size_cv, "
        "whole_size_cv, profile, securities, prices, "
        "priorities, repo, tape, instructions, markets, members"
    )
    assert wrong(name) == [
        "a.yaml:1: seed: one is not allowed; give a whole number such as 150, 5_000 or 5 M",
        "a.yaml:2: seed: given twice, in lines 1 and 2; keep one",
        f'a.yaml:4: flow.curency: not a known key; known here are {known} (did you mean "currency"?)',
        "a.yaml:5: flow.daily_value: -5 is not allowed; give 0 or more",
        (
            "a.yaml:9: participants.types.makers: not a known key; known here are client_broker, market_maker, "
            "custodian"
        ),
        "a.yaml:11: arrangements.net.cycles: cycles need settles: T+0, and this settles T+2",
        (
            "a.yaml:12: arrangements.gross.layer: missing; needed: 1 (a token stands for the security, all else as "
            "layer 2), 2 (netted at a clearing house) or 3 (gross, "
            "delivery versus payment on a chain)"
        ),
        'a.yaml:13: arrangements.gross.block: 0 s is not allowed; give at least 1 ms, or "continuous"',
        f"a.yaml:14: arrangements.gross.queue: lifo is not allowed; give {QUEUES}",
        (
            "a.yaml:16: baseline: hibrid is not allowed; the arrangements are net, gross, hybrid "
            '(did you mean "hybrid"?)'
        ),
    ]


def test_faults_of_typed_instructions_point_to_their_lines(write, wrong):
    name = write("""
        flow:
          instructions:
            - {time: 09:00, buyer: A, seller: B, security: X, units: 10, cash: 100.00}
            - {time: 09:00Z, buyer: A, seller: B, security: X, units: 10, cash: 100.00}
            - {time: 09:01, buyer: A, seller: C, cash: 100.001}
            - {time: 09:01, buyer: A, seller: B, units: 10, cash: 1}
            - {time: 09:01, buyer: A, seller: Bb, security: X, cash: 10}
            - {time: 09:01, buyer: A, seller: B}
            - {time: 09:01, buyer: A, security: X, units: 1.5}
        participants:
          members:
            A: {cash: 50.00, holdings: {X: -1}}
            B: {}
            D: 5
        arrangements: {net: {layer: 2}}
        """)
    assert wrong(name) == [
        (
            "a.yaml:4: flow.instructions.1.time: 09:00Z is not allowed; times are market-local: leave the "
            "zone out"
        ),
        (
            "a.yaml:5: flow.instructions.2.cash: 100.001 is not allowed; give whole minor units: "
            "the smallest amount is 0.01 USD"
        ),
        "a.yaml:5: flow.instructions.2.seller: C is not a member; the members are listed in participants.members",
        "a.yaml:6: flow.instructions.3: 10 units of no security; give security: its name",
        (
            "a.yaml:7: flow.instructions.4.security: a security with 0 units; give units, or leave security out "
            "for a payment"
        ),
        (
            "a.yaml:7: flow.instructions.4.seller: Bb is not a member; the members are listed in "
            'participants.members (did you mean "B"?)'
        ),
        (
            "a.yaml:8: flow.instructions.5: units and cash are both 0; give units of a security, or cash, "
            "or both"
        ),
        (
            "a.yaml:9: flow.instructions.6.seller: missing; needed: the member that delivers the units and "
            "receives the cash"
        ),
        "a.yaml:9: flow.instructions.6.units: 1.5 is not allowed; give whole units such as 150, 5_000 or 5 M",
        "a.yaml:12: participants.members.A.holdings.X: -1 is not allowed; give at least 0",
        "a.yaml:14: participants.members.D: 5 is not allowed; give a mapping of cash, credit_limit, holdings",
    ]


def test_a_tape_on_top_of_a_synthetic_market_is_told_how_to_delete_one(write, wrong):
    write(f"{SYNTHETIC}arrangements: {{net: {{layer: 2}}}}\ndays: 3\n", "market.yaml")
    name = write("""
        extends: market
        flow:
          tape:
            path: nope.csv
            columns: {time: t, buyer: b, seller: b, units: u}
        """)
    assert wrong(name) == [
        (
            "a.yaml:3: flow.tape: a tape and a synthetic market are both given; keep one: delete the market with "
            "daily_value: null, trades_per_day: null"
        ),
        "a.yaml:4: flow.tape.path: nope.csv is not allowed; there is no such file",
        (
            "a.yaml:5: flow.tape.columns: units without security; name the column of security too, "
            "or leave both out"
        ),
        "a.yaml:5: flow.tape.columns.seller: b is not allowed; it is the column of buyer already",
        (
            "market.yaml:2: participants.count: only a synthetic market has it, and the flow is tape; "
            "delete it with count: null"
        ),
        "market.yaml:4: days: a tape brings its own days; delete it with days: null",
    ]


def test_nulls_delete_the_market_so_that_a_tape_can_stand_in_its_place(write):
    write(f"{SYNTHETIC}arrangements: {{net: {{layer: 2}}}}\n", "market.yaml")
    write("t,b,s,c\n", "tape.csv")
    name = write("""
        extends: market
        flow:
          daily_value: null
          trades_per_day:
          tape: {path: tape.csv, currency: NPR, columns: {time: t, buyer: b, seller: s, cash: c}}
        participants: {count: ~}
        """)
    config = load_config(name)
    assert config.flow.kind == "tape"
    assert config.flow.currency == "NPR"
    assert config.participants.count == 0
    assert config.days is None


def test_a_missing_currency_is_not_told_twice(write, wrong):
    name = write("""
        flow: {currency: EURO, daily_value: 1 bn EUR, trades_per_day: 10}
        participants: {count: 10}
        arrangements: {net: {layer: 2}}
        """)
    assert wrong(name) == [
        (
            "a.yaml:1: flow.currency: EURO is not allowed; give the three capital letters of a currency, such as "
            "USD"
        )
    ]


def test_a_currency_of_the_tape_that_contradicts_the_flow_is_an_error(write, wrong):
    write("t,b,s,c\n", "tape.csv")
    name = write("""
        flow:
          currency: USD
          tape: {path: tape.csv, currency: NPR, columns: {time: t, buyer: b, seller: s, cash: c}}
        arrangements: {net: {layer: 2}}
        """)
    assert wrong(name) == [
        "a.yaml:3: flow.tape.currency: NPR is not allowed; flow.currency is USD; write it once"
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"flow": {"daily_value": "40_000 tn", "trades_per_day": 1000}, "days": 2},
            (
                "flow.daily_value: 80000 tn USD traded in all is not allowed; a run's total stays below 2^62 "
                "minor units, about 46100 tn USD"
            ),
        ),
        (
            {"participants": {"count": 100, "funding": {"prefunding": "500 tn"}}},
            (
                "participants.funding: 50000 tn USD of prefunding in all is not allowed; a run's total stays "
                "below 2^62 minor units, about 46100 tn USD"
            ),
        ),
    ],
)
def test_totals_that_could_pass_the_bound_are_refused(wrong, more, message):
    market = {"flow": {"daily_value": "1 bn", "trades_per_day": 1000}, "participants": {"count": 10}}
    assert wrong({**market, "arrangements": {"net": {"layer": 2}}, **more}) == [message]


def test_typed_cash_that_could_pass_the_bound_is_refused(wrong):
    huge = {"time": "09:00", "buyer": "A", "seller": "B", "cash": "40_000 tn"}
    assert wrong({"flow": {"instructions": [huge, huge]}, "arrangements": {"net": {"layer": 2}}}) == [
        (
            "flow.instructions: 80000 tn USD traded in all is not allowed; a run's total stays below 2^62 minor "
            "units, about 46100 tn USD"
        )
    ]


def test_a_day_without_instructions_needs_given_hours(wrong):
    typed = [{"time": "09:00", "day": day, "buyer": "A", "seller": "B", "cash": 1} for day in (0, 2)]
    config = {"flow": {"instructions": typed}, "arrangements": {"net": {"layer": 2}}}
    assert wrong(config) == [
        "flow.instructions: trade day 1 has no instruction, so its hours are not known; give flow.hours"
    ]
    assert load_config(config, ["flow.hours=09:00-17:00"]).days == 3
    assert wrong(config, ["flow.hours=09:00-17:00", "days=2"]) == [
        "flow.instructions.1.day: 2 is not allowed; days is 2, so trade days run from 0 to 1"
    ]


def test_nothing_traded_is_told_in_one_line(wrong):
    assert wrong({"arrangements": {"net": {"layer": 2}}}) == [
        "flow: nothing is traded; give daily_value and trades_per_day, or a tape, or instructions"
    ]


def test_a_problem_prints_only_what_it_knows():
    assert str(Problem("bad")) == "bad"
    assert str(Problem("bad", "a.b")) == "a.b: bad"
    assert str(Problem("bad", "a.b", "--set")) == "--set: a.b: bad"
    assert str(Problem("bad", "a.b", "f.yaml", 3)) == "f.yaml:3: a.b: bad"
    assert InputError("one", Problem("two", "k")).problems == (Problem("one"), Problem("two", "k"))
    assert nearest("GROSS", ["gross", "net"]) == ' (did you mean "gross"?)'
