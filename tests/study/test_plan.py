"""The runs of a sweep: all variants checked before anything runs, keys that hang on what results hang on."""

from __future__ import annotations

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.study.plan import make_plan
from tests.study.sweeps import MARKET, swept


def plan_of(sweep, **changes):
    return make_plan(load_config(swept(sweep, **changes)))


def keys_of(plan, seeds=None):
    return [job.key for _, _, job in plan.runs(seeds or plan.seeds())]


def test_every_variant_meets_the_same_seeds():
    plan = plan_of({"vary": {"participants.count": [5, 6]}, "seeds": 3})
    runs = [
        (variant, seed, job.config.seed, job.config.participants.count)
        for variant, seed, job in plan.runs(plan.seeds())
    ]
    assert runs == [(v, s, s, 5 + v) for v in (0, 1) for s in (3, 4, 5)]


def test_seeds_are_counted_up_from_the_configs_or_listed():
    assert plan_of({"seeds": 2}).seeds() == (3, 4)
    listed = plan_of({"seeds": [9, 4]})
    assert listed.seeds() == (9, 4)
    assert listed.seeds(4) == (9, 4, 3, 5)  # those of the target, none twice


def test_scenarios_are_combined_with_what_varies():
    plan = plan_of(
        {
            "vary": {"arrangements.gross.block": ["1 s", "continuous"]},
            "scenarios": {"calm": {}, "wild": {"flow.size_cv": 7, "participants": {"count": 4}}},
        }
    )
    told = [
        (
            one.scenario,
            one.config.flow.size_cv,
            one.config.participants.count,
            one.config.arrangements["gross"].block,
        )
        for one in plan.variants
    ]
    assert told == [
        ("calm", 2.0, 6, 1_000_000),
        ("calm", 2.0, 6, None),
        ("wild", 7.0, 4, 1_000_000),
        ("wild", 7.0, 4, None),
    ]
    assert [plan.label(at) for at in range(4)][2] == "wild, gross.block 1 s"


def test_all_that_is_wrong_with_any_variant_is_told_before_anything_runs(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "flow: {daily_value: 1 M, trades_per_day: 100}\n"
        "participants: {count: 5}\n"
        "arrangements: {net: {layer: 2}, gross: {layer: 3}}\n"
        "sweep:\n"
        "  vary:\n"
        "    arrangements.gross.block:\n"
        "      - 1 s\n"
        "      - 0 s\n"
        "      - 12\n"
        "    flow.daily_value: [1 M, 0.50]\n"
        "    participants.funding.prefundin: [5 M]\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        make_plan(load_config(path))
    told = [str(each).partition("a.yaml:")[2] for each in error.value.problems]
    assert [each.partition(" is not")[0] for each in told[:2]] == [
        "8: arrangements.gross.block: 0 s",
        "9: arrangements.gross.block: 12",
    ]
    assert told[2].startswith("10: flow.daily_value: less than one minor unit a trade")
    assert told[3].startswith("11: participants.funding.prefundin: not a known key")
    assert len(told) == 4


def test_what_is_wrong_only_with_a_combination_says_which(tmp_path):
    """With 1 M trades a day the value of line 1 is too small: told there, with what varies."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "flow: {daily_value: 1 k, trades_per_day: 100}\n"
        "participants: {count: 5}\n"
        "arrangements: {net: {layer: 2}}\n"
        "sweep: {vary: {flow.trades_per_day: [100, 1 M]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        make_plan(load_config(path))
    assert "a.yaml:1: flow.daily_value: less than one minor unit a trade" in str(error.value)
    assert str(error.value).endswith("(with flow.trades_per_day=1 M)")


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        (
            {"measures": ["liquidity_nede"]},
            'there is no measure liquidity_nede; netgross list shows all (did you mean "liquidity_need"?)',
        ),
        (
            {"target": {"measure": "rho", "half_width": "5 %"}},
            "sweep.target.measure: there is no measure rho",
        ),
        (
            {"seeds": 100_000, "vary": {"flow.size_cv": {"from": "0.0", "to": "9.0", "steps": 50}}},
            "a sweep has at most 1.00 M",
        ),
    ],
)
def test_a_measure_must_be_one_and_a_sweep_has_an_end(sweep, said):
    with pytest.raises(InputError, match="sweep") as error:
        plan_of(sweep)
    assert said in str(error.value)


def test_a_config_without_a_sweep_is_told_so():
    with pytest.raises(InputError, match="sweep: missing"):
        make_plan(load_config(MARKET))


def test_a_key_hangs_on_the_variant_and_seed_alone():
    """Not on name, order, or what else the sweep holds: so adding to a sweep keeps what is finished."""
    plan = plan_of({"vary": {"participants.count": [5, 6]}, "seeds": 2})
    assert len(set(keys_of(plan))) == 4
    other = plan_of({"vary": {"participants.count": [7, 6, 5]}, "seeds": 3}, name="another")
    assert set(keys_of(plan)) < set(keys_of(other))
    assert plan.digest != other.digest
    assert not set(keys_of(plan)) & set(
        keys_of(plan_of({"frontier": {}, "seeds": 3}, participants={"count": 5}))
    )


def test_a_key_hangs_on_what_stands_in_the_tables(tmp_path):
    tape = tmp_path / "t.csv"
    columns = {"time": "t", "order": "o", "buyer": "b", "seller": "s", "cash": "c"}
    source = {
        "flow": {"tape": {"path": str(tape), "currency": "USD", "columns": columns}},
        "arrangements": {"gross": {"layer": 3}},
        "sweep": {"seeds": 1},
    }
    keys = []
    for cash in ("5", "5", "6"):
        tape.write_text(f"t,o,b,s,c\n2025-03-03 10:00:00,1,A,B,{cash}\n", encoding="utf-8")
        keys += keys_of(make_plan(load_config(source)))
    assert keys[0] == keys[1] != keys[2]


def test_a_key_hangs_on_a_rule_of_ones_own_beside_the_config(tmp_path):
    rule = tmp_path / "mine_of_sweep.py"
    path = tmp_path / "a.yaml"
    path.write_text(
        "flow: {daily_value: 1 M, trades_per_day: 100}\n"
        "participants: {count: 5}\n"
        "arrangements:\n"
        "  gross: {layer: 3, block: 1 min, liquidity_saving: {rule: 'mine_of_sweep:f', every: 1 h}}\n"
        "sweep: {seeds: 1}\n",
        encoding="utf-8",
    )
    keys = []
    for text in ("a = 1\n", "a = 1\n", "a = 2\n"):
        rule.write_text(text, encoding="utf-8")
        keys += keys_of(make_plan(load_config(path)))
    assert keys[0] == keys[1] != keys[2]
