"""What must hold between a queue, its offsets, credit and lending: one clear message a fault."""

# ruff: noqa: E501 - messages stand as they are read

import pytest

from simulator.config.load import load_config

SYNTHETIC = "flow: {daily_value: 1 bn, trades_per_day: 1000}\n"
MEMBERS = "participants: {count: 10, funding: {prefunding: 5 M}, holdings: 1 day}\n"
MONEY = "give an amount of USD such as 100.00, 5_000, 20 M or 1.5 bn USD (suffixes k M bn tn)"
SHARE = "give a share from 0 to 100 % such as 60 %, 25 bp or 0.6"
OWN = "package.module:name of your own"
LIMIT = "give 0.5 days (of expected sales), or 20 % (of the opening holding)"

CREDIT = [
    ("{line: {}}", "line.cap", "missing; credit against nothing needs it, such as cap: 50 M"),
    (
        "{line: {cap: lots}}",
        "line.cap",
        f"lots is not allowed; {MONEY}; or package.module:name of a rule of your own",
    ),
    ("{line: {cap: 1, rate: 2 x}}", "line.rate", f"2 x is not allowed; {SHARE}"),
    ("{line: {cap: 1, day_count: 366}}", "line.day_count", "366 is not allowed; give 360 or 365"),
    ("{line: {cap: 1, tenor: 90 s}}", "line.tenor", "90 s is not allowed; give whole minutes"),
    ("{line: {cap: 1, tenor: 30 s}}", "line.tenor", "30 s is not allowed; give at least 1 min"),
    (
        "{line: {against: flow, tenor: 1 h}}",
        "line.tenor",
        "is not known against flow, whose loans end with the collateral; give against: pledge",
    ),
    (
        "{a: {against: pledge, pledge: 60 %}, b: {against: pledge, pledge: 50 %}}",
        "b.pledge",
        "the shares pledged add up to 110 %; a holding is pledged once",
    ),
    (
        "{line: {cap: 1, tenor: 1 h, repay: at_close}}",
        "line.repay",
        "leave it out; what has a tenor is repaid when due",
    ),
    (
        "{line: {cap: 1, repay: at_clos}}",
        "line.repay",
        'at_clos is not allowed; give by_inflow or at_close (did you mean "at_close"?)',
    ),
    (
        "{line: {against: stok}}",
        "line.against",
        'stok is not allowed; give nothing or pledge or stock or flow (did you mean "stock"?)',
    ),
    (
        "{line: {cap: 1, hair_cut: 5 %}}",
        "line.hair_cut",
        (
            "not a known key; known here are against, cap, every, pledge, haircut, rate, day_count, repay, tenor "
            '(did you mean "haircut"?)'
        ),
    ),
    (
        "{line: {cap: 1, every: 1 h}}",
        "line.every",
        "needs a cap that is a rule, such as cap: package.module:name; an amount stays as it is",
    ),
    (
        "{line: {cap: 1, pledge: 5 %}}",
        "line.pledge",
        "needs against: pledge, and this is against nothing",
    ),
    (
        "{line: {cap: 1, haircut: 5 %}}",
        "line.haircut",
        "needs against: pledge, stock or flow; here nothing is taken",
    ),
    (
        "{bank: {against: pledge}}",
        "bank.pledge",
        "missing; give the share of the opening holdings that is pledged, such as pledge: 50 %",
    ),
    (
        "{bank: {against: pledge, pledge: 5 %, haircut: {X: 50 %}}}",
        "bank.haircut",
        "no default; give one for the securities not listed, such as default: 10 %",
    ),
    (
        "{bank: {against: pledge, pledge: 5 %, haircut: {default: 1 %, X: half}}}",
        "bank.haircut.X",
        f"half is not allowed; {SHARE}",
    ),
    (
        "{auto: {against: flow, cap: 5 M}}",
        "auto.cap",
        "is not known against flow; the collateral is the limit",
    ),
    (
        "{auto: {against: flow}, other: {against: stock}}",
        "other.against",
        "stock is not allowed; auto is against flow already, and one facility of stock or flow is the most",
    ),
    (
        "{credit_limit: {cap: 5 M}}",
        "credit_limit",
        "credit_limit is not allowed as a name; it is the facility of funding.credit_limit",
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), CREDIT)
def test_a_fault_of_a_facility_has_one_clear_message_wherever_it_stands(write, wrong, given, key, message):
    head = f"{SYNTHETIC}{MEMBERS}arrangements:\n  gross: {{layer: 3, block: 1 s"
    name = write(f"{head}, credit: {given}}}\n")
    assert wrong(name) == [f"a.yaml:4: arrangements.gross.credit.{key}: {message}"]
    name = write(f"{head}}}\ncredit: {given}\n")
    assert wrong(name) == [f"a.yaml:5: credit.{key}: {message}"]


IN_AN_ARRANGEMENT = [
    (
        "layer: 3, funding: unlimited, credit: {line: {cap: 5 M}}",
        "credit",
        "unlimited funding draws no credit; give gross funding, such as {prefunding: 20 M}, or credit: {}",
    ),
    (
        "layer: 3, holdings: ample, credit: {bank: {against: pledge, pledge: 1 %}}",
        "credit.bank.against",
        "pledge needs limited holdings, and those of gross are ample; give holdings, such as 1.2 days",
    ),
    (
        "layer: 3, holdings: ample, credit: {auto: {against: stock}}",
        "credit.auto.against",
        "stock needs limited holdings, and those of gross are ample; give holdings, such as 1.2 days",
    ),
    (
        "layer: 3, holdings: ample, securities_lending: {limit: 20 %}",
        "securities_lending",
        "needs limited holdings, and those of gross are ample; give holdings, such as 1.2 days",
    ),
    (
        "layer: 3, securities_lending: {fee: 50 bp}",
        "securities_lending.limit",
        (
            "missing; needed: most that a member may borrow of a security: 0.5 days (of expected sales), or 20 % of "
            "its opening holding"
        ),
    ),
    (
        "layer: 3, securities_lending: {limit: -1 days}",
        "securities_lending.limit",
        f"-1 days is not allowed; {LIMIT}",
    ),
    (
        "layer: 3, securities_lending: {limit: 0.5}",
        "securities_lending.limit",
        f"0.5 is not allowed; {LIMIT}",
    ),
    (
        "layer: 3, securities_lending: {limit: 2 dayz}",
        "securities_lending.limit",
        f'2 dayz is not allowed; {LIMIT} (did you mean "days"?)',
    ),
    (
        'layer: 3, securities_lending: {limit: 20 %, recall: "17:00"}',
        "securities_lending.recall",
        "17:00 is not allowed; the hours are 09:30–16:00, and recall is between them",
    ),
    (
        "layer: 3, partial_settlement: {minimum: 100 k}",
        "partial_settlement.every",
        "missing; needed: interval between windows, a duration from the open; one at the close too",
    ),
    (
        "layer: 3, partial_settlement: {every: 1 h, members: [A, B, A]}",
        "partial_settlement.members.2",
        "A is listed twice; keep one",
    ),
    (
        "layer: 3, partial_settlement: {every: 1 h, members: A}",
        "partial_settlement.members",
        "A is not allowed; give all, or a list of members such as [A, B]",
    ),
    ("layer: 3, release: at_noon", "release", f"at_noon is not allowed; give {OWN}"),
    (
        "layer: 3, queue: fifo_strict, release: my.rules:at_noon",
        "release",
        "a release rule needs a queue in which instructions may pass, and this is fifo_strict",
    ),
    ("layer: 2, release: my.rules:at_noon", "release", "needs layer 3; netting at a clearing house has none"),
    (
        "layer: 2, partial_settlement: {every: 1 h}",
        "partial_settlement",
        "needs layer 3; netting at a clearing house has none",
    ),
    (
        "layer: 2, securities_lending: {limit: 20 %}",
        "securities_lending",
        "needs layer 3; netting at a clearing house has none",
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), IN_AN_ARRANGEMENT)
def test_a_fault_in_an_arrangement_has_one_clear_message(write, wrong, given, key, message):
    name = write(f"{SYNTHETIC}{MEMBERS}arrangements:\n  gross: {{{given}}}\n")
    assert wrong(name) == [f"a.yaml:4: arrangements.gross.{key}: {message}"]


def test_unlimited_funding_of_all_is_refused_with_credit_for_all_but_where_credit_is_taken_away(wrong):
    config = {
        "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
        "participants": {"count": 10},
        "credit": {"line": {"cap": "5 M"}},
        "arrangements": {
            "free": {"layer": 3, "credit": {}},
            "net": {"layer": 2},
            "gross": {"layer": 3, "funding": {"prefunding": "1 M"}},
        },
    }
    assert wrong(config) == [
        "credit: unlimited funding draws no credit; give net funding, such as {prefunding: 20 M}, or credit: {}"
    ]
    loaded = load_config(config, {"arrangements.net.funding.prefunding": "2 M"})
    assert loaded.credit_of("free") == {}
    assert list(loaded.credit_of("net")) == list(loaded.credit_of("gross")) == ["line"]


def test_an_arrangements_own_credit_stands_in_place_of_that_for_all():
    config = load_config(
        {
            "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
            "participants": {"count": 10, "funding": {"prefunding": "1 M"}},
            "credit": {"line": {"cap": "5 M"}, "auto": {"against": "flow"}},
            "arrangements": {"own": {"layer": 3, "credit": {"repo": {"cap": "1 M", "tenor": "1 h"}}}},
        }
    )
    assert list(config.credit_of("own")) == ["repo"]


TYPED = {"time": "10:00", "buyer": "A", "seller": "B", "cash": 5}
ORDERED = [
    (
        {"flow": {"instructions": [TYPED, {**TYPED, "priority": 1}]}},
        "flow.instructions.1 has priority",
    ),
    (
        {"flow": {"instructions": [{**TYPED, "hold_until": "11:00"}, TYPED]}},
        "flow.instructions.0 has hold_until",
    ),
    (
        {
            "flow": {"daily_value": "1 M", "trades_per_day": 10, "priorities": {1: "5 %"}},
            "participants": {"count": 3},
        },
        "flow.priorities states another",
    ),
]


@pytest.mark.parametrize(("market", "said"), ORDERED)
def test_strict_fifo_is_refused_where_the_flow_states_another_order(wrong, market, said):
    config = {**market, "arrangements": {"gross": {"layer": 3, "queue": "fifo_strict"}}}
    message = f"fifo_strict is not allowed; it keeps the order of time, and {said}"
    assert wrong(config) == [f"arrangements.gross.queue: {message}"]
    assert load_config(config, ["arrangements.gross.queue=by_deadline"])


@pytest.mark.parametrize("column", ["priority", "hold_until"])
def test_strict_fifo_is_refused_where_the_tape_has_a_column_of_another_order(write, wrong, column):
    write("t,b,s,c,x\n", "tape.csv")
    columns = {"time": "t", "buyer": "b", "seller": "s", "cash": "c", column: "x"}
    config = {
        "flow": {"tape": {"path": "tape.csv", "columns": columns}},
        "arrangements": {"gross": {"layer": 3, "queue": "strict_fifo"}},
    }
    message = f"fifo_strict is not allowed; it keeps the order of time, and the tape has a column of {column}"
    assert wrong(config) == [f"arrangements.gross.queue: {message}"]


def test_what_says_nothing_but_the_default_is_no_order():
    plain = {**TYPED, "priority": 5, "deadline": "15:00", "partial": "no"}
    config = {
        "flow": {"instructions": [plain]},
        "arrangements": {"gross": {"layer": 3, "queue": "fifo_strict"}},
    }
    assert load_config(config).arrangements["gross"].queue == "fifo_strict"


def test_blocks_run_a_batch_auction_or_a_long_queue_without_an_interval():
    savings = [{"rule": "batch_auction"}, {"rule": "my.rules:own", "longer_than": 100}]
    config = load_config(
        {
            "flow": {"instructions": [TYPED]},
            "arrangements": {"gross": {"layer": 3, "block": "1 min", "liquidity_saving": savings}},
        }
    )
    found = [(one.rule, one.every, one.longer_than) for one in config.arrangements["gross"].liquidity_saving]
    assert found == [("batch_auction", None, None), ("my.rules:own", None, 100)]
