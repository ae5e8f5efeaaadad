"""A config written out in full, and read back to an equal one."""

import datetime
import json
from decimal import Decimal

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.config.load import load_config

EXAMPLE = {
    "flow": {"daily_value": "798 bn", "trades_per_day": "5_000_000"},
    "participants": {"count": 150, "types": {"client_broker": "60 %", "custodian": "40 %"}},
    "arrangements": {
        "net_hourly": {"layer": 2, "settles": "T+0", "cycles": "every 1 h"},
        "gross": {"layer": 3, "block": "12 s"},
        "gross_lsm": {"layer": 3, "funding": {"prefunding": "20 M", "credit_limit": "50 M"}},
    },
}


def test_the_resolved_config_is_text_in_people_s_units():
    resolved = load_config(EXAMPLE).resolved()
    assert resolved["flow"]["daily_value"] == "798000000000.00 USD"
    assert resolved["flow"]["hours"] == "09:30–16:00"
    assert resolved["participants"]["types"]["client_broker"] == "60 %"
    assert resolved["arrangements"]["net_hourly"] == {"layer": 2, "settles": "T+0", "cycles": "every 1 h"}
    assert resolved["arrangements"]["gross"]["block"] == "12 s"
    assert resolved["arrangements"]["gross_lsm"]["funding"] == {
        "prefunding": "20000000.00 USD",
        "credit_limit": "50000000.00 USD",
    }
    json.dumps(resolved)


TIMES = st.integers(0, 86_399_999_999).map(
    lambda us: (datetime.datetime(2024, 1, 1) + datetime.timedelta(microseconds=us)).time()
)
MONEY = st.integers(0, 10**12).map(lambda minor: Decimal(minor).scaleb(-2))
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=4)
FUNDING = st.one_of(
    st.just("unlimited"), st.fixed_dictionaries({"prefunding": MONEY}, optional={"credit_limit": MONEY})
)
HOLDINGS = st.one_of(st.just("ample"), st.floats(0, 100).map(lambda days: f"{days} days"))
DURATION = st.integers(1_000, 86_400_000_000).map(lambda us: f"{us} us")
SHARE = st.integers(0, 10_000).map(lambda bp: f"{bp} bp")
SHARED = st.fixed_dictionaries({"share": SHARE, "at": TIMES}, optional={"every_day": st.booleans()})
MOVED = st.fixed_dictionaries(
    {
        "time": TIMES,
        "action": st.sampled_from(["transfer", "reverse"]),
        "member": st.just("A"),
        "to": st.just("B"),
        "security": NAMES,
        "units": st.integers(1, 9),
    },
    optional={"day": st.just(0)},
)
PILOT = st.fixed_dictionaries(
    {},
    optional={
        "eligible": st.one_of(
            st.just("all"), st.fixed_dictionaries({"share": SHARE}), st.lists(NAMES, unique=True)
        ),
        "chains": st.lists(NAMES, unique=True),
        "wallets": st.sampled_from(["all", [], ["A"], {"except": ["A", "B"]}]),
        "settlement_value": SHARE,
        "latency": st.fixed_dictionaries({}, optional={"tokenize": DURATION, "detokenize": st.just("0 s")}),
        "cut_off": TIMES,
        "tokenize": SHARED,
        "detokenize": SHARED,
        "orders": st.fixed_dictionaries({"share": SHARE}),
        "events": st.lists(
            st.one_of(
                MOVED,
                st.fixed_dictionaries({"time": TIMES, "action": st.just("outage"), "lasts": DURATION}),
            ),
            max_size=2,
        ),
    },
)
LAYER_2 = st.one_of(
    st.fixed_dictionaries({"layer": st.just(2), "holdings": st.just("2 days"), "pilot": PILOT}),
    st.fixed_dictionaries({"layer": st.just(1)}, optional={"settles": st.sampled_from(["T+0", "T+1"])}),
    st.fixed_dictionaries(
        {"layer": st.just(2)},
        optional={"settles": st.sampled_from(["T+0", "T+1", "T+2"]), "funding": FUNDING},
    ),
    st.fixed_dictionaries(
        {"layer": st.just("2"), "settles": st.just("T+0")},
        optional={"cycles": st.one_of(DURATION.map(lambda text: f"every {text}"), st.integers(1, 50))},
    ),
    st.fixed_dictionaries({"layer": st.just(2)}, optional={"cut_off": st.sampled_from(["10:00", "16:00"])}),
)
SAVING = st.fixed_dictionaries(
    {"rule": st.sampled_from(["multilateral_offset", "batch_auction", "my.rules:own"]), "every": DURATION},
    optional={"longer_than": st.integers(0, 1000)},
)
TERMS = {"rate": SHARE, "day_count": st.sampled_from([360, "365"])}
REPAID = {**TERMS, "repay": st.sampled_from(["by_inflow", "at_close"])}
LENT = {**TERMS, "tenor": st.integers(1, 1440).map(lambda minutes: f"{minutes} min")}
HAIRCUT = {"haircut": st.one_of(SHARE, st.fixed_dictionaries({"default": SHARE, "X": SHARE}))}
CREDIT = st.dictionaries(
    st.sampled_from(["line", "repo", "central bank"]),
    st.one_of(
        st.fixed_dictionaries({"cap": MONEY}, optional=REPAID),
        st.fixed_dictionaries({"cap": MONEY}, optional=LENT),
        st.fixed_dictionaries({"cap": st.just("my.rules:caps"), "every": DURATION}, optional=LENT),
        st.fixed_dictionaries(
            {"against": st.just("pledge"), "pledge": st.sampled_from(["25 %", "0.125"])},
            optional={**REPAID, **HAIRCUT, "cap": MONEY},
        ),
    ),
    max_size=3,
)
AUTO = st.fixed_dictionaries({"against": st.sampled_from(["stock", "flow"])}, optional={**REPAID, **HAIRCUT})
LENDING = st.fixed_dictionaries(
    {"limit": st.one_of(SHARE, st.decimals(0, 100, places=3).map(lambda days: f"{days} days"))},
    optional={"fee": SHARE, "recall": st.just("14:30"), "day_count": st.just(365)},
)
BOUND = {
    "layer": st.just(3),
    "funding": st.just({"prefunding": "1 M"}),
    "holdings": st.just("1 day"),
}
RELEASED = {"release": st.just("my:release")}
LIMITED = st.one_of(
    st.fixed_dictionaries({**BOUND, "credit": CREDIT}, optional={**RELEASED, "securities_lending": LENDING}),
    # Units on loan secure no credit, so what moving units secure stands without lending.
    st.fixed_dictionaries(
        {**BOUND, "credit": st.builds(lambda lines, auto: {**lines, "auto": auto}, CREDIT, AUTO)},
        optional=RELEASED,
    ),
)
LAYER_3 = st.fixed_dictionaries(
    {"layer": st.just(3)},
    optional={
        "block": st.one_of(st.just("continuous"), DURATION),
        "reuse": st.sampled_from(["at_once", "next_block", "at_close", {"cash": "at_finality"}]),
        "queue": st.sampled_from(["fifo_bypass", "fifo_strict", "strict_fifo", "largest_first", "my:order"]),
        "liquidity_saving": st.one_of(SAVING, st.lists(SAVING, min_size=1, max_size=3)),
        "partial_settlement": st.fixed_dictionaries(
            {"every": DURATION},
            optional={"minimum": MONEY, "members": st.sampled_from(["all", ["A"], ["A", "B"]])},
        ),
        "funding": FUNDING,
        "holdings": HOLDINGS,
    },
)
MICRO = st.decimals(0, 100, places=6)
MEMBERS = st.lists(st.sampled_from("AB"), min_size=1, unique=True)
NOON = st.sampled_from(["10:00", "12:00:00.5"])
CHAIN = st.one_of(
    st.fixed_dictionaries(
        {"preset": st.sampled_from(["ethereum", "rollup", "solana", "avalanche", "besu_qbft"])},
        optional={"fee": MICRO, "finality": st.sampled_from(["0 s", "1 h"]), "capacity": st.just("none")},
    ),
    st.fixed_dictionaries(
        {"capacity": st.sampled_from(["40 a block", "7.5 per second", {"gas_limit": "60 M", "gas": 150}])},
        optional={"block_times": st.just("memoryless"), "fee": MICRO},
    ),
    st.fixed_dictionaries(
        {
            "inclusion": st.just("fee"),
            "bids": st.fixed_dictionaries(
                {"median": MICRO.map(lambda bid: bid + 1)}, optional={"cv": st.floats(0, 9)}
            ),
        }
    ),
)
WALLETS = st.fixed_dictionaries(
    {"registered": st.one_of(st.just("all"), st.just([]), MEMBERS, MEMBERS.map(lambda few: {"except": few}))},
    optional={
        "unregistered": st.sampled_from(["wait", "refuse"]),
        "events": st.lists(
            st.fixed_dictionaries(
                {
                    "time": NOON,
                    "action": st.sampled_from(["register", "freeze"]),
                    "member": st.sampled_from("AB"),
                },
                optional={"day": st.just(0)},
            ),
            max_size=2,
        ),
    },
)
LEG = st.fixed_dictionaries(
    {"kind": st.sampled_from(["tokenized_deposit", "wholesale_cbdc"])},
    optional={
        "issuer": st.just("a bank"),
        "pool": st.just("one"),
        "hours": st.just("00:00-23:59:59.999999"),
        "days": st.sampled_from(["weekdays", "all"]),
        "mint": st.sampled_from(["0 s", "90 min"]),
        "redeem": DURATION,
        "rate": SHARE,
        "day_count": st.sampled_from([360, "365"]),
        "supply": MONEY,
    },
)
LEGS = st.one_of(
    st.sampled_from(["tokenized_deposit", "wholesale_cbdc", {}]),
    st.builds(lambda a, b, c: {"a": a, "b": b, "c": {**c, "payers": ["A"]}}, LEG, LEG, LEG),
    st.builds(lambda a, b: {"a": {**a, "share": "62.5 %"}, "b": {**b, "share": "37.5 %"}}, LEG, LEG),
)
TREASURY = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"every": DURATION, "policy": st.just("my:own")}),
    st.fixed_dictionaries(
        {"every": DURATION},
        optional={
            "top_up": st.just({"below": "0.01", "to": "5 M"}),
            "withdraw": st.just({"above": "6 M", "to": "5.5 M"}),
            "release": st.sampled_from(["at_once", "paced", "wait_for_inflow"]),
            "reserve": MONEY,
            "urgent": st.integers(1, 8),
        },
    ),
)
WHEN = st.one_of(
    st.fixed_dictionaries({"start": NOON}, optional={"end": st.just("15:00"), "day": st.just(0)}),
    st.fixed_dictionaries({"rate": st.just("0.25 a day")}, optional={"lasts": DURATION}),
)
FAULTS = st.lists(
    st.builds(
        lambda what, when: {**what, **when},
        st.sampled_from([{"kind": "chain_outage"}, {"kind": "member_silent", "member": "B"}]),
        WHEN,
    ),
    max_size=3,
)
WORKED_OUT = st.sampled_from(
    [
        {"prefunding": "12.5 % of expected outflow"},
        {"prefunding": "99 % of history", "first": "1 M", "credit_limit": "5"},
        {"prefunding": "99 % of history", "first": "5 bp of expected outflow"},
    ]
)
CHAINED = st.fixed_dictionaries(
    {"layer": st.just(3), "block": st.sampled_from(["1 s", "1 min"]), "funding": WORKED_OUT},
    optional={"chain": CHAIN, "wallets": WALLETS, "cash_leg": LEGS, "treasury": TREASURY, "faults": FAULTS},
)
ARRANGEMENTS = st.dictionaries(
    NAMES.filter(lambda name: "/" not in name and name not in (".", "..")),
    st.one_of(LAYER_2, LAYER_3, LIMITED, CHAINED),
    min_size=1,
    max_size=4,
)
SYNTHETIC = st.fixed_dictionaries(
    {
        "flow": st.fixed_dictionaries(
            {"daily_value": st.integers(1, 10**9).map(str), "trades_per_day": st.integers(1, 100)},
            optional={
                "start": st.one_of(st.just("2026-11-27"), st.just(datetime.date(2024, 2, 29))),
                "size_cv": st.floats(0, 1000),
                "priorities": st.dictionaries(st.integers(1, 9), st.just("11 %"), min_size=1),
                "profile": st.lists(st.floats(0.001, 1), min_size=1, max_size=5),
                "securities": st.fixed_dictionaries({"count": st.integers(1, 10**6)}),
                "prices": st.fixed_dictionaries(
                    {}, optional={"sigma": st.floats(0, 5), "median": st.just("7.77")}
                ),
            },
        ),
        "participants": st.fixed_dictionaries(
            {"count": st.integers(2, 1000)},
            optional={
                "imbalance": st.floats(0, 1),
                "core": st.just("20 %"),
                "funding": FUNDING,
                "holdings": HOLDINGS,
            },
        ),
        "arrangements": ARRANGEMENTS,
    },
    optional={"days": st.integers(1, 5), "seed": st.integers(0, 2**63 - 1)},
)
TYPED = st.fixed_dictionaries(
    {
        "flow": st.fixed_dictionaries(
            {
                "hours": st.just("00:00-23:59"),
                "instructions": st.lists(
                    st.fixed_dictionaries(
                        {
                            "time": TIMES,
                            "buyer": st.just("A"),
                            "seller": st.sampled_from("AB"),
                            "cash": MONEY.map(lambda amount: amount + 1),
                        },
                        optional={
                            "priority": st.integers(1, 9),
                            "deadline": TIMES,
                            "hold_until": TIMES,
                            "partial": st.sampled_from(["yes", "no", True, False, 1, "0"]),
                        },
                    ),
                    min_size=1,
                    max_size=4,
                ),
            }
        ),
        "participants": st.fixed_dictionaries(
            {"members": st.just({"B": {"cash": "5.01", "holdings": {"X": 3}}, "A": {}})},
            optional={"funding": FUNDING},
        ),
        "arrangements": ARRANGEMENTS,
    }
)


def without_order(source: dict) -> dict:
    """Strict FIFO takes no priorities, no holds and no auction: where it stands, there are none."""
    strict = [one for one in source["arrangements"].values() if "strict" in one.get("queue", "")]
    if not strict:
        return source
    for one in strict:
        savings = one.get("liquidity_saving", [])
        for saving in savings if isinstance(savings, list) else [savings]:
            saving["rule"] = saving["rule"].replace("batch_auction", "bilateral_offset")
    flow = {key: value for key, value in source["flow"].items() if key != "priorities"}
    if "instructions" in flow:
        flow["instructions"] = [
            {key: value for key, value in one.items() if key not in ("priority", "hold_until")}
            for one in flow["instructions"]
        ]
    return {**source, "flow": flow}


@settings(max_examples=200, deadline=None)
@given(source=st.one_of(SYNTHETIC, TYPED).map(without_order))
def test_any_config_resolved_and_loaded_again_is_equal(tmp_path_factory, source):
    config = load_config(source)
    text = yaml.safe_dump(config.resolved(), sort_keys=False, allow_unicode=True)
    path = tmp_path_factory.getbasetemp() / "resolved.yaml"
    path.write_text(text, encoding="utf-8")
    again = load_config(path)
    assert again == config
    assert list(again.arrangements) == list(config.arrangements)
    assert again.resolved() == config.resolved()
