"""Good configs: what each value becomes, extends, overrides, and the way back to text."""

import datetime
import pickle
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest

from simulator.config.describe import describe, keys_at
from simulator.config.errors import InputError
from simulator.config.files import find_config, shipped_configs
from simulator.config.load import load_config

HOUR = 3_600_000_000
MARKET = {
    "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
    "participants": {"count": 10},
    "arrangements": {"net": {"layer": 2}},
}

US_EQUITIES = """
    # Question: what would settling the whole US equity market gross on chain need, against netting it?
    name: us-equities
    seed: 2026
    days: 1
    flow:
      currency: USD
      daily_value: 798 bn
      trades_per_day: 5_000_000            # stand for about 100 m at size_cv 10
      size_cv: 2.0
    participants:
      count: 150
      concentration: 1.15
      types: {client_broker: 60 %, market_maker: 20 %, custodian: 20 %}
      funding: unlimited
      holdings: ample
    arrangements:
      net_t1:     {layer: 2, settles: T+1}
      net_hourly: {layer: 2, settles: T+0, cycles: every 1 h}
      gross:      {layer: 3, block: 12 s, reuse: next_block}
      gross_now:  {layer: 3, block: continuous}
      gross_lsm:  {layer: 3, block: 12 s, liquidity_saving: {rule: multilateral_offset, every: 1 min},
                   funding: {prefunding: 20 M, credit_limit: 50 M}, holdings: 1.2 days}
    baseline: net_t1
    """


def test_the_design_s_example_loads_to_exact_values(write):
    config = load_config(write(US_EQUITIES))
    assert config.name == "us-equities"
    assert (config.seed, config.days, config.baseline) == (2026, 1, "net_t1")
    flow = config.flow
    assert (flow.kind, flow.daily_value, flow.trades_per_day) == ("synthetic", 79_800_000_000_000, 5_000_000)
    assert flow.hours is not None
    assert (flow.hours.opens, flow.hours.closes) == (9.5 * HOUR, 16 * HOUR)
    assert len(flow.profile) == 13
    assert (flow.securities.count, flow.securities.concentration) == (5_000, 1.0)
    assert (flow.prices.median, flow.prices.sigma) == (5_000, 0.8)
    participants = config.participants
    assert participants.types == {"client_broker": 0.6, "market_maker": 0.2, "custodian": 0.2}
    assert (participants.count, participants.imbalance, participants.core) == (150, 0.07, 0.2)
    assert (participants.funding.kind, participants.holdings.kind) == ("unlimited", "ample")
    net, hourly, gross, now, lsm = config.arrangements.values()
    assert (net.layer, net.settles, net.cycles, net.cut_off) == (2, 1, None, None)
    assert (hourly.settles, hourly.cycles and hourly.cycles.every) == (0, HOUR)
    assert (gross.layer, gross.settles, gross.block, gross.reuse.text) == (3, 0, 12_000_000, "next_block")
    assert (gross.queue, gross.funding, gross.holdings) == ("fifo_bypass", None, None)
    assert (now.block, now.reuse.text) == (None, "at_once")
    assert lsm.liquidity_saving is not None
    (saving,) = lsm.liquidity_saving
    assert (saving.rule, saving.every, saving.longer_than) == ("multilateral_offset", 60_000_000, None)
    assert lsm.funding is not None
    assert lsm.funding.kind == "uniform"
    assert (lsm.funding.prefunding, lsm.funding.credit_limit) == (2_000_000_000, 5_000_000_000)
    assert lsm.holdings is not None
    assert (lsm.holdings.kind, lsm.holdings.days) == ("days", 1.2)


def test_typed_members_and_instructions(write):
    name = write("""
        flow:
          instructions:
            - {time: 09:00, buyer: A, seller: NO, security: X, units: 10, cash: 100.00}
            - {time: "10:30:00.25", day: 1, buyer: 1, seller: A, cash: 5}
            - {time: 9:01, buyer: A, seller: NO, security: on, units: 1 k}
        participants:
          members:
            NO: {cash: 50.00, credit_limit: 1 k, holdings: {X: 5}}
            A:  {}
            1:  {holdings: {on: 3}}
        arrangements: {net: {layer: 2}}
        """)
    config = load_config(name)
    assert config.flow.kind == "typed"
    assert config.days == 2
    assert config.flow.hours is None
    first, second, third = config.flow.instructions or ()
    assert (first.time, first.buyer, first.seller, first.security) == (9 * HOUR, "A", "NO", "X")
    assert (first.units, first.cash, first.day) == (10, 10_000, 0)
    assert (second.time, second.day, second.buyer) == (10.5 * HOUR + 250_000, 1, "1")
    assert (second.security, second.units) == (None, 0)
    assert (third.security, third.units, third.cash) == ("on", 1_000, 0)
    members = config.participants.members or {}
    assert list(members) == ["NO", "A", "1"]
    assert (members["NO"].cash, members["NO"].credit_limit, members["NO"].holdings) == (
        5_000,
        100_000,
        {"X": 5},
    )
    assert (members["A"].cash, members["A"].credit_limit, members["A"].holdings) == (0, 0, {})
    assert (config.participants.funding.kind, config.participants.holdings.kind) == ("members", "members")


def test_explicit_funding_wins_over_typed_members():
    typed = {"flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}]}}
    members = {"A": {"cash": 5}, "B": {}}
    config = load_config(
        {
            **typed,
            "participants": {"members": members, "funding": "unlimited"},
            "arrangements": {"n": {"layer": 2}, "g": {"layer": 3, "funding": "members"}},
        }
    )
    assert (config.participants.funding.kind, config.participants.holdings.kind) == ("unlimited", "members")
    gross = config.arrangements["g"].funding
    assert gross is not None
    assert gross.kind == "members"


def test_a_tape_names_its_currency_and_columns(write, tmp_path):
    write("t,b,s\n", "tapes/day.csv.gz")
    write("member,cash,credit_limit\n", "tapes/cash.csv")
    write("", "held.parquet")
    name = write(
        """
        flow:
          tape:
            path: day.csv.gz
            currency: NPR
            columns: {time: tradeTime, order: contractId, buyer: b, seller: s, security: x, units: u, cash: c}
        participants: {funding: cash.csv}
        arrangements: {gross: {layer: 3, holdings: ../held.parquet}}
        """,
        "tapes/day.yaml",
    )
    config = load_config(name)
    tape = config.flow.tape
    assert tape is not None
    assert (config.flow.kind, config.flow.currency, config.days) == ("tape", "NPR", None)
    assert tape.path == tmp_path / "tapes" / "day.csv.gz"
    assert (tape.columns.order, tape.columns.cash) == ("contractId", "c")
    assert config.participants.funding.path == tmp_path / "tapes" / "cash.csv"
    held = config.arrangements["gross"].holdings
    assert held is not None
    assert held.path == tmp_path / "held.parquet"
    assert config.base_dir == tmp_path / "tapes"
    assert config.source == "tapes/day.yaml"
    assert config.name == "day"


def test_values_from_python_keep_their_exactness(tmp_path):
    (tmp_path / "cash.csv").write_text("member,cash,credit_limit\n")
    config = load_config(
        {
            **MARKET,
            "seed": np.int64(7),
            "flow": {
                "daily_value": Decimal("12345.67"),
                "trades_per_day": 10.0,
                "size_cv": np.float64(1.5),
                "hours": [datetime.time(9), datetime.time(17, 30)],
                "profile": (1, 2),
            },
            "participants": {"count": 10, "imbalance": 0.1, "funding": tmp_path / "cash.csv"},
            "arrangements": {
                "net": {"layer": 2, "settles": "T+0", "cycles": [datetime.time(11)]},
                "gross": {"layer": 3, "block": datetime.timedelta(milliseconds=1)},
            },
        }
    )
    assert (config.seed, config.flow.daily_value, config.flow.trades_per_day) == (7, 1_234_567, 10)
    assert (config.flow.size_cv, config.flow.profile) == (1.5, (1.0, 2.0))
    assert config.flow.hours is not None
    assert config.flow.hours.closes == 17.5 * HOUR
    assert config.participants.funding.path == tmp_path / "cash.csv"
    net, gross = config.arrangements.values()
    assert net.cycles is not None
    assert net.cycles.times == (11 * HOUR,)
    assert gross.block == 1_000


@pytest.mark.parametrize(
    ("cycles", "every", "times", "count"),
    [
        ("every 30 min", HOUR // 2, None, None),
        ("[11:00, 16:00]", None, (11 * HOUR, 16 * HOUR), None),
        ("4", None, None, 4),
    ],
)
def test_cycles_come_in_three_shapes(cycles, every, times, count):
    config = load_config(MARKET, ["arrangements.net.settles=T+0", f"arrangements.net.cycles={cycles}"])
    found = config.arrangements["net"].cycles
    assert found is not None
    assert (found.every, found.times, found.count) == (every, times, count)


@pytest.mark.parametrize("hours", ["09:00–17:00", "09:00-17:00", "9:00 - 17:00", "[09:00, 17:00]"])
def test_hours_come_in_two_shapes(hours):
    found = load_config(MARKET, [f"flow.hours={hours}"]).flow.hours
    assert found is not None
    assert (found.opens, found.closes) == (9 * HOUR, 17 * HOUR)


def test_strict_fifo_is_another_spelling():
    config = load_config(MARKET, ["arrangements.gross={layer: 3, queue: strict_fifo}"])
    assert config.arrangements["gross"].queue == "fifo_strict"


@pytest.mark.parametrize("name", ["hybride Abwicklung", "净额", "a.b", "a=b", "T+1", "null ", '"'])
def test_arrangements_have_any_name(name):
    config = load_config({**MARKET, "arrangements": {name: {"layer": 2}}})
    assert config.baseline == name


def test_the_median_price_is_in_the_flow_s_currency():
    assert load_config(MARKET, ["flow.currency=JPY"]).flow.prices.median == 50
    assert load_config(MARKET, ["flow.currency=KWD"]).flow.prices.median == 50_000


def test_a_config_extends_another_by_path_or_by_shipped_name(write, monkeypatch, tmp_path):
    write("flow: {daily_value: 1 bn, trades_per_day: 10}\narrangements: {a: {layer: 2}}\n", "lib/market.yaml")
    write("extends: market\nseed: 5\nparticipants: {count: 4}\nflow: {size_cv: 3}\n", "lib/middle.yaml")
    name = write("extends: lib/middle.yaml\nflow: {daily_value: 2 bn}\narrangements: {b: {layer: 3}}\n")
    config = load_config(name)
    assert (config.seed, config.participants.count, config.flow.size_cv) == (5, 4, 3.0)
    assert (config.flow.daily_value, config.flow.trades_per_day) == (200_000_000_000, 10)
    assert list(config.arrangements) == ["a", "b"]
    shipped = {"us": tmp_path / "lib" / "middle.yaml"}
    monkeypatch.setattr("simulator.config.files.shipped_configs", lambda: shipped)
    assert load_config(write("extends: us\n", "us.yaml")).seed == 5
    assert load_config({"extends": "us"}).seed == 5


def test_a_path_is_relative_to_the_file_that_states_it(write, tmp_path):
    write("member,cash,credit_limit\n", "lib/cash.csv")
    write("participants: {funding: cash.csv}\n", "lib/base.yaml")
    name = write("""
        extends: lib/base.yaml
        flow: {instructions: [{time: 09:00, buyer: A, seller: B, cash: 1}]}
        arrangements: {net: {layer: 2}}
        """)
    assert load_config(name).participants.funding.path == tmp_path / "lib" / "cash.csv"


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("nope", "a.yaml:2: extends: nope is neither a file nor a shipped config; shipped are "),
        ("[b]", "a.yaml:2: extends: a list is not allowed; give one path, or the name of a shipped config"),
        ("a.yaml", "a.yaml:2: extends: a.yaml is not allowed; it leads back to itself: a.yaml → a.yaml"),
        ("b", "b.yaml:1: extends: a is not allowed; it leads back to itself: a.yaml → b.yaml → a.yaml"),
        ("folder", "a.yaml:2: extends: folder is a directory; give a config file"),
    ],
)
def test_extending_what_is_not_there_or_oneself_is_an_error(write, wrong, extends, message):
    write("extends: a\n", "b.yaml")
    write("x", "folder/x.txt")
    lines = wrong(write(f"seed: 1\nextends: {extends}\n"))
    assert len(lines) == 1
    assert lines[0].startswith(message)


def test_a_problem_in_an_extended_file_names_that_file(write, wrong):
    write("flow: {daily_value: 1 bn, trades_per_day: 10}\nparticipants: {count: one}\n", "b.yaml")
    name = write("extends: b\narrangements: {net: {layer: 9}}\n")
    assert wrong(name) == [
        (
            "a.yaml:2: arrangements.net.layer: 9 is not allowed; "
            "give 1 (tokens stand for securities), 2 (netted at a clearing house) or 3 (gross, on a chain)"
        ),
        (
            "b.yaml:2: participants.count: one is not allowed; give a number of members such as 150, 5_000 "
            "or 5 M"
        ),
    ]


def test_overrides_merge_in_order_and_null_deletes():
    config = load_config(
        MARKET,
        [
            "flow.daily_value=2 bn",
            "arrangements.gross={layer: 3, block: 12 s}",
            "arrangements.gross.block=1 s",
            "arrangements.net=null",
            'arrangements."a.b"={layer: 2}',
            'arrangements."a.b".settles=T+3',
            "name=NO",
        ],
    )
    assert config.flow.daily_value == 200_000_000_000
    assert list(config.arrangements) == ["gross", "a.b"]
    assert config.arrangements["gross"].block == 1_000_000
    assert config.arrangements["a.b"].settles == 3
    assert (config.baseline, config.name) == ("gross", "NO")


def test_overrides_from_python_are_values():
    config = load_config(MARKET, {"flow.daily_value": 50, "arrangements": {"gross": {"layer": 3}}}, seed=9)
    assert (config.flow.daily_value, config.seed) == (5_000, 9)
    assert list(config.arrangements) == ["net", "gross"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "flow.daily_value",
            "--set: flow.daily_value is not allowed; write PATH=VALUE, such as arrangements.gross.block=1 s",
        ),
        ("=5", '--set: "" is not a key; give one such as arrangements.gross.block'),
        ("flow..x=5", "--set: flow..x is not a key; give one such as arrangements.gross.block"),
        (
            "flow.daily_value=[",
            "--set: flow.daily_value: not readable as YAML: did not find expected node content",
        ),
        ("flow={size_cv: 1, size_cv: 2}", "--set: flow.size_cv: given twice, here; keep one"),
        ("extends=x", "--set: extends: extends is read before overrides; write it in a file"),
        (
            "arrangements.net.block=0 s",
            '--set: arrangements.net.block: 0 s is not allowed; give at least 1 ms, or "continuous"',
        ),
    ],
)
def test_a_faulty_override_names_itself(wrong, override, message):
    assert wrong(MARKET, [override]) == [message]


def test_an_item_of_a_list_is_overridden_by_its_number(wrong):
    typed = {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}]}
    config = {"flow": typed, "arrangements": {"net": {"layer": 2}}}
    instructions = load_config(config, ["flow.instructions.0.cash=5"]).flow.instructions
    assert instructions is not None
    assert instructions[0].cash == 500
    assert wrong(config, ["flow.instructions.1.cash=5"]) == [
        "--set: flow.instructions.1.cash: a list of 1 items, counted from 0, has no item 1"
    ]


def test_a_config_says_where_a_key_was_written(write):
    config = load_config(write(US_EQUITIES), ["flow.size_cv=3"])
    assert config.locate("flow.daily_value") == ("a.yaml", 7)
    assert config.locate("arrangements.gross_lsm.funding.prefunding") == ("a.yaml", 22)
    assert config.locate("participants.members") == ("a.yaml", 10)
    assert config.locate("flow.size_cv") == ("--set", None)
    assert load_config(MARKET).locate("flow") == ("", None)
    assert str(config.problem("flow.daily_value", "too small")) == "a.yaml:7: flow.daily_value: too small"
    assert pickle.loads(pickle.dumps(config)).locate("flow") == ("a.yaml", 5)


def test_a_shipped_config_is_found_by_name():
    for name, path in shipped_configs().items():
        assert find_config(name) == path
        assert find_config(f"{name}.yaml") == path


def test_a_wheel_carries_the_configs_inside_the_package(monkeypatch, tmp_path):
    (tmp_path / "simulator" / "_configs" / "markets").mkdir(parents=True)
    for name in ("ring.yaml", "markets/us.yaml"):
        (tmp_path / "simulator" / "_configs" / name).write_text("seed: 1\n")
    monkeypatch.setattr("simulator.config.files._ROOM", tmp_path / "simulator" / "config")
    assert list(shipped_configs()) == ["ring", "markets/us"]


@pytest.mark.parametrize("name", sorted(shipped_configs()))
def test_every_shipped_config_that_runs_by_itself_loads(name):
    if "/" not in name:
        assert load_config(name).arrangements


def test_a_member_given_as_a_number_and_as_text_is_one_too_many(wrong):
    assert wrong({**MARKET, "participants": {"count": 2, "members": {1: {}, "1": {}}}}) == [
        "1: given twice, as a number and as text"
    ]


def test_a_name_close_to_a_shipped_one_is_offered(monkeypatch, tmp_path, wrong):
    monkeypatch.setattr(
        "simulator.config.files.shipped_configs", lambda: {"us_equities": tmp_path / "x.yaml"}
    )
    assert wrong("us_equites") == [
        (
            "us_equites is neither a file nor a shipped config; shipped are us_equities "
            '(did you mean "us_equities"?)'
        )
    ]


def test_every_key_is_described():
    keys = list(describe())
    assert all(key.meaning for key in keys)
    names = [key.name for key in keys]
    assert {
        "flow.daily_value",
        "arrangements.*.block",
        "flow.instructions.0.cash",
        "participants.members.*.cash",
        "arrangements.*.credit.*.against",
        "credit.*.haircut",
    } <= {*names}
    keys = ["rule", "every", "longer_than"]
    assert list(keys_at(("arrangements", "any", "liquidity_saving", 0))) == keys
    assert keys_at(("arrangements",)) == {}


def test_loading_needs_none_of_the_heavy_libraries():
    code = (
        "import sys, simulator.config.load; "
        "print([m for m in ('numpy', 'numba', 'polars', 'simpy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_config_never_changes():
    config = load_config(MARKET)
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 5
    with pytest.raises(InputError):
        load_config(MARKET, ["seed=x"])
    assert config.seed == 0
