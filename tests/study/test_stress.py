"""Stress and the netting axis: what is run, and the order of what comes out, where theory knows it."""

from __future__ import annotations

import pytest

import simulator
from simulator.config.load import load_config
from simulator.study.stress import largest_members, stresses
from tests.study.sweeps import MARKET, swept

DAY = {
    "flow": {
        "hours": "09:00–13:00",
        "instructions": [
            {"time": "10:00", "buyer": "A", "seller": "B", "cash": 50},
            {"time": "11:00", "buyer": "C", "seller": "B", "cash": 30},
            {"time": "12:00", "buyer": "B", "seller": "C", "cash": 10},
        ],
    },
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "cash_leg": "stablecoin"}},
}


def test_the_largest_members_by_what_they_buy_and_sell():
    # B 90, A 50, C 40
    assert largest_members(load_config(DAY), 2) == ["B", "A"]


def test_what_breaks_one_thing_at_a_time():
    config = load_config(swept({"stress": {"members": 1, "volume": [3]}}))
    names = [name for name, _ in stresses(config, config.sweep.stress)]
    assert names[:1] == ["calm"]
    assert names[2:] == ["chain down", "volume × 3"]
    assert names[1].endswith(" silent")
    tripled = dict(stresses(config, config.sweep.stress))["volume × 3"]
    assert tripled == {("flow", "daily_value"): "6000000.00 USD", ("flow", "trades_per_day"): 600}


@pytest.mark.slow
def test_harm_is_ranked_by_what_does_not_settle_for_it():
    """B silent: its 10 to C is not sent. A silent: its 50. The chain down, or the leg frozen: all 90."""
    result = simulator.sweep({**DAY, "sweep": {"stress": {"members": 2}}}, workers=1)
    told = [(one["scenario"], one["arrangement"], one["harm"]) for one in result.told["harm"]]
    ranked = [harm for _, _, harm in told]
    assert ranked == sorted(ranked, reverse=True)
    gross = {scenario: harm for scenario, arrangement, harm in told if arrangement == "gross"}
    assert gross == {
        "chain down": 90_00,
        "stablecoin frozen in gross": 90_00,
        "A silent": 50_00,
        "B silent": 10_00,
    }
    assert {harm for _, arrangement, harm in told if arrangement == "net"} == {0}
    assert result.finding.startswith("Most harm: chain down raises unsettled value of gross by 90.00")


def test_the_netting_axis_rises_from_a_day_to_continuous():
    """Shorter windows offset less: net debits of a cycle add up to more, up to every trade by itself."""
    market = {
        **MARKET,
        "arrangements": {"gross": {"layer": 3, "block": "30 min"}},
        "sweep": {"axis": "netting_window"},
    }
    frame = simulator.sweep(market, workers=1).frame
    netting = frame.filter(family="netting")
    names = ["net_t1", "net_day", "net_1h", "net_10min", "net_1min", "net_block", "continuous"]
    assert netting["arrangement"].to_list() == names
    assert netting["window_seconds"].to_list() == [None, None, 3600.0, 600.0, 60.0, 1800.0, 0.0]
    moved = dict(zip(names, netting["value_moved"].to_list(), strict=True))
    day, gross = moved["net_day"], moved["continuous"]
    assert moved["net_t1"] == day == netting["net_debit"][0]
    assert day < moved["net_1h"] < moved["net_block"] < moved["net_10min"] < moved["net_1min"] < gross
    reuse = frame.filter(family="re-use")
    needs = dict(zip(reuse["arrangement"].to_list(), reuse["liquidity_need"].to_list(), strict=True))
    assert needs["gross_at_once"] <= needs["gross_next_block"] <= needs["gross_at_close"]
    assert needs["gross_at_close"] == frame["gross_value"][0] - frame["internalised_value"][0]
