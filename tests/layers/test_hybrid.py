"""A hybrid of netting and gross settlement: where it is one of them, and that its two sides are the whole."""

from __future__ import annotations

import numpy as np
import pytest

import simulator
from simulator.config.errors import InputError
from simulator.measures.netting import net_debit
from simulator.measures.routing import marginal_net_debit

from ..flows import DAY, GROSS, NET, OPENS, SECOND, ArrayFlow, assert_same, results, settle

T1 = {"layer": 2, "settles": "T+1"}
BLOCKS = {"layer": 3, "block": "1 min", "reuse": "next_block"}
SHORT = {"funding": {"prefunding": "8.00", "credit_limit": "2.00"}, "holdings": "0.3 days"}
HALF = {"routing": {"to": "gross", "share": "50 %"}}


def random_flow(seed: int, days: int = 2, count: int = 300, chunk: int = 1 << 20) -> ArrayFlow:
    """Trades among 6 members in 3 securities, some with no second leg, some within a member."""
    random = np.random.default_rng([31, seed])
    time = [day * DAY + OPENS + np.sort(random.integers(0, 3600, count)) * SECOND for day in range(days)]
    buyer = random.integers(6, size=days * count)
    seller = (buyer + random.integers(0, 6, size=days * count)) % 6
    kind = random.random(days * count)
    return ArrayFlow(
        np.concatenate(time),
        buyer,
        seller,
        cash=np.where(kind < 0.1, 0, random.integers(1, 500, size=days * count)),
        units=np.where(kind > 0.9, 0, random.integers(1, 20, size=days * count)),
        security=np.where(kind > 0.9, -1, random.integers(3, size=days * count)),
        chunk=chunk,
    )


def routed(pure, **routing):
    return {**pure, "routing": {"to": "gross", **routing}}


@pytest.mark.parametrize("limits", [{}, SHORT])
@pytest.mark.parametrize("net", [T1, NET, {**NET, "cycles": 4}, {**T1, "carry": True}])
@pytest.mark.parametrize("gross", [GROSS, BLOCKS])
def test_with_nothing_sent_it_is_netting_and_with_all_it_is_gross_to_the_last_unit(net, gross, limits):
    ways = {
        "net": net,
        "none": routed(net, share="0 %"),
        "all": routed(net, share="100 %", on_chain="100 %"),
        "gross": gross,
    }
    measured, rows = results(random_flow(1), ways, limits)
    summary = measured.summary["arrangements"]
    own = {"routed_value", "routed_need", "routed_net_debit", "marginal_net_debit"}
    for pure, hybrid in (("net", "none"), ("gross", "all")):
        assert {k: v for k, v in summary[hybrid].items() if k not in own} == {
            k: v for k, v in summary[pure].items() if k not in own
        }
        kept, told = (
            {day: found for (name, day), found in rows.items() if name == each and found}
            for each in (pure, hybrid)
        )
        assert kept == told
    assert summary["none"]["routed_value"] == 0
    assert summary["all"]["routed_value"] == summary["gross"]["gross_value"]


@pytest.mark.parametrize("limits", [{}, SHORT])
def test_every_instruction_goes_one_way_and_all_of_the_flow_is_there(verified, limits):
    flow = random_flow(2)
    found, rows = results(flow, {"hybrid": {**T1, **HALF}, "gross": BLOCKS}, limits)
    ids = [row[0] for (name, _), day in rows.items() if name == "hybrid" for row in day]
    assert sorted(ids) == list(range(len(flow.time)))
    days = found.days.filter(arrangement="hybrid")
    assert days["gross_value"].sum() == flow.cash.sum()
    assert (days["routed_value"].to_numpy() > 0).all()
    assert (days["routed_value"] < days["gross_value"]).all()
    assert (days["settled_value"] + days["unsettled_value"] == days["gross_value"]).all()
    assert verified["deliver"] > 0


@pytest.mark.parametrize("chunk", [1, 7, 100])
@pytest.mark.parametrize("gross", [GROSS, BLOCKS, {**BLOCKS, "cash_leg": "legs"}])
def test_how_the_flow_is_cut_changes_nothing(chunk, gross):
    if gross.get("cash_leg"):
        gross = {
            **gross,
            "cash_leg": {
                "coin": {"kind": "stablecoin", "share": "70 %"},
                "bank": {"kind": "tokenized_deposit", "share": "30 %"},
            },
        }
    ways = {"hybrid": {**NET, **HALF}, "rule": routed(T1, above="1.00", below="4.00"), "gross": gross}
    whole = results(random_flow(3), ways)
    assert_same(results(random_flow(3, chunk=chunk), ways), whole)


CRITERIA = {
    "members": (["M0"], lambda f: (f.buyer == 0) | (f.seller == 0)),
    "pairs": ([["M1", "M0"]], lambda f: (np.minimum(f.buyer, f.seller) == 0) & (f.buyer + f.seller == 1)),
    "securities": (["S1"], lambda f: f.security == 1),
    "above": ("2.50", lambda f: f.cash > 250),
    "below": ("2.50", lambda f: f.cash < 250),
    "since": ("09:30", lambda f: f.time % DAY >= OPENS + 1800 * SECOND),
    "until": ("09:30", lambda f: f.time % DAY < OPENS + 1800 * SECOND),
}


def net_cash(flow: ArrayFlow, which) -> np.ndarray:
    """Paid less received by member, of some instructions, by hand."""
    net = np.zeros(6, np.int64)
    for buyer, seller, cash in zip(flow.buyer[which], flow.seller[which], flow.cash[which], strict=True):
        net[buyer] += cash
        net[seller] -= cash
    return net


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("seed", range(2))
def test_marginal_net_debit_is_that_of_brute_force_whatever_is_sent(criterion, seed):
    given, sent = CRITERIA[criterion]
    flow = random_flow(seed, days=1)
    which = sent(flow)
    assert 0 < which.sum() < len(which)
    run = settle(flow, {"hybrid": routed(T1, **{criterion: given}), "gross": GROSS})
    (day,) = run.records["hybrid"]
    whole, rest = (np.maximum(0, net_cash(flow, each)).sum() for each in (which | ~which, ~which))
    assert marginal_net_debit(day) == whole - rest
    assert net_debit(day) == whole
    assert day.routed.value == flow.cash[which].sum()


@pytest.mark.parametrize("seed", range(3))
def test_the_slices_of_a_partition_are_each_held_against_the_whole(seed):
    """Marginal net debits of a partition's slices: each is the whole's less the others', by brute force."""
    flow = random_flow(seed, days=1)
    slices = {"payments": flow.security < 0, **{f"S{s}": flow.security == s for s in range(3)}}
    ways = {name: routed(T1, securities=[name]) for name in slices if name != "payments"}
    run = settle(flow, {**ways, "gross": GROSS})
    whole = np.maximum(0, net_cash(flow, np.ones(len(flow.time), bool))).sum()
    for name in ways:
        others = np.any([which for other, which in slices.items() if other != name], axis=0)
        rest = np.maximum(0, net_cash(flow, others)).sum()
        assert marginal_net_debit(run.records[name][0]) == whole - rest


def test_a_shared_purse_needs_no_more_than_two_and_a_slow_one_no_less_than_a_fast_one():
    shared = {"cash": "shared", "share": "40 %"}
    ways = {
        "apart": routed({**NET, "cycles": 3}, share="40 %"),
        "one": routed({**NET, "cycles": 3}, **shared),
        "slow": routed({**NET, "cycles": 3}, **shared, transfer="10 min"),
        "slower": routed({**NET, "cycles": 3}, **shared, transfer="20 min"),
        "gross": GROSS,
    }
    for seed in range(4):
        found = results(random_flow(seed), ways)[0].participants
        need = {name: found.filter(arrangement=name)["liquidity_need"].to_numpy() for name in ways}
        assert (need["one"] <= need["slow"]).all()
        assert (need["slow"] <= need["slower"]).all()
        assert (need["one"] <= need["apart"]).all()


def test_a_transfer_takes_cash_off_the_chain_before_a_cycle_and_brings_it_after():
    """By hand: A is paid 100 at 09:05, pays 60 at 09:15, and 80 in the cycle at 09:20.

    On the chain A is in 100, then in 40 until the cycle takes 80: it lacks 40. With 10 minutes to the
    clearing house the 80 leaves at 09:10, while A is still in 100: it lacks 40 from 09:15 on. B receives
    the 80 at 09:20, or at 09:30, and pays 50 at 09:25: it needs 0 or 50.
    """
    minutes = np.array([5, 8, 15, 25, 60])
    flow = ArrayFlow(
        OPENS + minutes * 60 * SECOND,
        [2, 0, 0, 1, 2],  # C pays A on chain; A pays B by the cycle; A pays C; B pays C
        [0, 1, 2, 2, 1],
        cash=[100, 80, 60, 50, 1],
    )
    routing = {"to": "gross", "pairs": [["M0", "M2"], ["M1", "M2"]], "cash": "shared"}
    netted = {**NET, "cycles": ["09:20", "10:00"]}
    ways = {
        "fast": {**netted, "routing": routing},
        "slow": {**netted, "routing": {**routing, "transfer": "10 min"}},
        "gross": GROSS,
    }
    found = results(flow, ways)[0].participants
    need = {name: found.filter(arrangement=name)["liquidity_need"].to_list() for name in ("fast", "slow")}
    assert need["fast"] == [40, 0, 100]
    assert need["slow"] == [40, 50, 100]


RULE = """
def odd(arrivals):
    return arrivals.place % 2 == 1


def wrong(arrivals):
    return arrivals.place
"""


def test_a_rule_of_ones_own_says_what_is_sent(tmp_path):
    (tmp_path / "mine.py").write_text(RULE, encoding="utf-8")
    text = """
flow:
  instructions:
    - {time: "10:00", buyer: A, seller: B, cash: 1.00}
    - {time: "10:01", buyer: B, seller: A, cash: 2.00}
participants: {members: {A: {cash: 9}, B: {cash: 9}}}
arrangements:
  hybrid: {layer: 2, routing: {to: gross, rule: "mine:RULE"}}
  gross: {layer: 3}
"""
    (tmp_path / "a.yaml").write_text(text.replace("RULE", "odd"), encoding="utf-8")
    result = simulator.run(tmp_path / "a.yaml")
    assert result.summary["arrangements"]["hybrid"]["routed_value"] == 200
    (tmp_path / "b.yaml").write_text(text.replace("RULE", "wrong"), encoding="utf-8")
    with pytest.raises(InputError, match=r"b.yaml:8: .*routing.rule: the rule must say yes or no of each"):
        simulator.run(tmp_path / "b.yaml")
