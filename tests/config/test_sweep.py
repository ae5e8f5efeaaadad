"""The sections ``sweep`` and ``size``: what they take, what they refuse, and where they say so."""

from __future__ import annotations

import pytest

from simulator.config.errors import InputError
from simulator.config.load import Variant, load_config
from simulator.config.tree import Place, Scalar
from simulator.config.varied import Listed, Range, number_of, parse_varied

MARKET = """\
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, funding: {prefunding: 5 M}}
arrangements:
  net: {layer: 2}
  gross: {layer: 3, block: 12 s}
"""


def problems(tmp_path, text: str) -> list[str]:
    path = tmp_path / "a.yaml"
    path.write_text(MARKET + text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_config(path)
    return [str(each).replace(str(tmp_path) + "/", "") for each in error.value.problems]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"from": "0", "to": "10", "steps": "5"}, ("0", "2", "5", "8", "10")),  # whole ends, whole values
        ({"from": "0.0", "to": "10", "steps": "5"}, ("0", "2.5", "5", "7.5", "10")),
        ({"from": "1 s", "to": "1 min", "steps": 2}, ("1 s", "60 s")),
        ({"from": "1 M", "to": "1 bn", "steps": 4, "scale": "log"}, ("1 M", "10 M", "100 M", "1000 M")),
        ({"from": "50 bp", "to": "1 %", "steps": 3}, ("50 bp", "75 bp", "100 bp")),
        (
            {"from": "0.8", "to": "1.15", "steps": 3},
            ("0.8", "0.975", "1.15"),
        ),
        (
            {"from": "1 % of expected outflow", "to": "3 % of expected outflow", "steps": 3},
            ("1 % of expected outflow", "2 % of expected outflow", "3 % of expected outflow"),
        ),
        ({"from": "10", "to": "1", "steps": 2}, ("10", "1")),
        ({"from": "1", "to": "3", "steps": 9}, ("1", "2", "3")),  # equal values once
    ],
)
def test_a_range_gives_its_steps_in_one_unit(given, values):
    assert parse_varied(given).values() == values


def test_places_between_the_ends_of_a_range_and_of_a_list():
    assert parse_varied({"from": "1 s", "to": "100 s", "scale": "log"}).at(0.5) == "10 s"
    assert [parse_varied(["a", "b", "c"]).at(place) for place in (0, 0.34, 0.999, 1)] == ["a", "b", "c", "c"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1_000", (1000.0, "number")),
        ("2.5 M", (2_500_000.0, "number")),
        (7, (7.0, "number")),
        ("400 ms", (0.4, "duration")),
        ("60 %", (0.6, "share")),
        ("5 M USD", None),
        ("unlimited", None),
        (None, None),
        (True, None),
        ({"prefunding": "5 M"}, None),
    ],
)
def test_what_counts_as_a_number(value, number):
    assert number_of(value) == number


def test_everything_that_is_wrong_is_told_at_once_with_its_line(tmp_path):
    told = problems(
        tmp_path,
        """\
sweep:
  plan: gird
  vary:
    arrangements.gros.block: [1 s]
    participants.cuont: [5]
    flow.size_cv: {from: 0, to: 5, scale: log}
    flow.daily_value: {from: 1 s, to: 5 M}
    days: []
    seed: [1, 2]
    arrangements.gross.block: [1 s, 1 s]
  seeds: 0
  target: {measure: liquidity_need}
size: {by: mebmer, target: {within: 60}}
""",
    )
    assert [each.partition(" ")[0] for each in told] == [
        "a.yaml:7:",
        "a.yaml:9:",
        "a.yaml:10:",
        "a.yaml:11:",
        "a.yaml:12:",
        "a.yaml:13:",
        "a.yaml:14:",
        "a.yaml:15:",
        "a.yaml:16:",
        "a.yaml:17:",
        "a.yaml:18:",
        "a.yaml:18:",
    ]
    text = "\n".join(told)
    for said in (
        'give grid or latin_hypercube or sobol or one_at_a_time (did you mean "grid"?)',
        'there is no gros in arrangements; there are net, gross (did you mean "gross"?)',
        '(did you mean "count"?)',
        "log needs ends above 0; give scale: linear",
        "M does not go with s of from; give both in one unit",
        "give at least one value",
        "replications are given by sweep.seeds",
        "1 s is given twice; give each value once",
        "give at least 1",
        "sweep.target.half_width: missing",
        '(did you mean "member"?)',
        "give a duration with its unit",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("{plan: sobol, runs: 6, vary: {days: [1, 2]}}", "needs a power of 2"),
        ("{runs: 6, vary: {days: [1, 2]}}", "give plan: latin_hypercube or sobol"),
        ("{plan: latin_hypercube}", "needs keys to vary"),
        ("{axis: netting_window, frontier: {}}", "give one of axis, frontier and stress"),
        ("{scenarios: {a: {}}, stress: {}}", "stress brings its own scenarios"),
        ("{scenarios: {a: {flow.cv: 1}}}", "flow: cv is not a known key"),
        ("{frontier: {arrangements: net}}", "net is of layer 2"),
        ("{frontier: {arrangements: groß}}", 'did you mean "gross"?'),
        (
            "{target: {measure: net_debit, half_width: 5 %, arrangement: n}}",
            "the arrangements are net, gross",
        ),
        ("{confidence: 100 %}", "less than 100 %"),
        ("{vary: {participants.members.A.cash: [1]}, seeds: [1, 1]}", "give each seed once"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, sweep, said):
    assert said in "\n".join(problems(tmp_path, f"sweep: {sweep}\n"))


def test_a_sweep_written_out_in_full_loads_back_to_an_equal_one():
    given = {
        "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
        "participants": {"count": 10},
        "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}},
        "sweep": {
            "vary": {
                "arrangements.gross.block": ["1 s", "continuous"],
                "participants.funding": ["unlimited", {"prefunding": "20 M"}],
                "flow.size_cv": {"from": "0.5", "to": 8, "steps": 3, "scale": "log"},
            },
            "seeds": [5, 6],
            "scenarios": {"calm": {}, "wild": {"flow.size_cv": 9, "participants": {"count": 4}}},
            "target": {"measure": "net_debit", "half_width": "2.5 M", "of": "ratio", "most": 9},
            "frontier": None,
            "confidence": "90 %",
        },
        "size": {"by": "member", "target": {"settled": "99.9 %", "within": "60 s", "days": "99 %"}},
    }
    config = load_config(given)
    assert config.sweep is not None
    assert config.sweep.vary["arrangements.gross.block"] == Listed(("1 s", "continuous"))
    assert isinstance(config.sweep.vary["flow.size_cv"], Range)
    assert load_config(config.resolved()) == config
    for extra in ({"frontier": {"points": 3}}, {"stress": {"volume": [3]}}, {"axis": "netting_window"}):
        config = load_config({**given, "sweep": extra})
        assert load_config(config.resolved()) == config


def test_a_variant_has_no_sweep_and_says_what_is_wrong_where_its_value_was_written():
    config = load_config(
        {
            "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
            "participants": {"count": 10},
            "arrangements": {"gross": {"layer": 3}},
            "sweep": {"seeds": 2},
        }
    )
    place = Place("b.yaml", 7, config.base_dir)
    good = Variant(config, [(("arrangements", "gross", "block"), Scalar("1 s", place))], seed=9).config
    assert good is not None
    assert (good.arrangements["gross"].block, good.seed, good.sweep) == (1_000_000, 9, None)
    bad = Variant(config, [(("arrangements", "gross", "block"), Scalar("0 s", place))])
    assert bad.config is None
    assert [str(each) for each in bad.problems] == [
        'b.yaml:7: arrangements.gross.block: 0 s is not allowed; give at least 1 ms, or "continuous"'
    ]
    assert config.sweep is not None
