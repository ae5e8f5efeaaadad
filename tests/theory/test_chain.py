"""Blocks, finality and room: what theory says of waits, of what is locked, and of a backlog."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import simulator

MINUTE = 60_000_000
MARKET = {
    "flow": {
        "daily_value": "100 M",
        "trades_per_day": 20_000,
        "size_cv": 0,
        "profile": [1],
        "securities": {"count": 20},
    },
    "participants": {"count": 12},
}


@pytest.mark.parametrize(("times", "mean"), [("fixed", 6.0), ("memoryless", 12.0)])
def test_the_mean_wait_for_a_block_is_half_of_a_fixed_interval_and_all_of_a_memoryless_one(times, mean):
    """DOMAIN 4: fixed slots τ/2, memoryless blocks τ.

    100,000 trades over five days of 1,950 slots. Of n memoryless intervals X the mean wait is ΣX²/2ΣX, whose
    standard error is below √(20/4)/√n of τ: 2.3 %. Four of them.
    """
    chain = {"block_times": times}
    arrangement = {"layer": 3, "block": "12 s", "chain": chain}
    result = simulator.run({**MARKET, "seed": 3, "days": 5, "arrangements": {"gross": arrangement}})
    wait = result.summary["arrangements"]["gross"]["inclusion_wait_seconds"]
    tolerance = 4 * (2.3e-2 * 12 if times == "memoryless" else 12 / np.sqrt(12) / np.sqrt(100_000))
    assert wait == pytest.approx(mean, abs=tolerance)


@pytest.mark.parametrize("reuse", ["at_once", "at_finality", "at_close"])
def test_at_the_upper_bound_nothing_waits_and_with_less_something_does(reuse, tmp_path):
    """DOMAIN 5, item 11: ρ = 0 at the upper bound with continuous inclusion and ample securities."""
    gross = {"layer": 3, "block": "continuous", "reuse": reuse, "chain": {"finality": "768 s"}}
    free = simulator.run({**MARKET, "seed": 4, "arrangements": {"gross": gross}})
    need = dict(free.participants.select("participant", "liquidity_need").rows())

    def settled_with(cash: dict[str, int]) -> dict:
        rows = "".join(f"{name},{amount // 100}.{amount % 100:02d},0\n" for name, amount in cash.items())
        (tmp_path / "cash.csv").write_text("member,cash,credit_limit\n" + rows)
        funded = {**gross, "funding": str(tmp_path / "cash.csv")}
        result = simulator.run({**MARKET, "seed": 4, "arrangements": {"gross": funded}})
        return result.summary["arrangements"]["gross"]

    enough = settled_with(need)
    assert (enough["settlement_delay"], enough["unsettled_value"]) == (0, 0)
    assert enough["liquidity_used"] == sum(need.values())
    largest = max(need, key=need.__getitem__)
    assert settled_with(need | {largest: need[largest] - 1})["settlement_delay"] > 0


def test_with_capacity_below_demand_the_backlog_grows_at_the_difference():
    """A payment a second, a block a minute that holds 45: after k blocks 15 k wait."""
    instructions = [
        {
            "time": f"{9 + s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}",
            "buyer": "A",
            "seller": "B",
            "cash": 1,
        }
        for s in range(1, 3601)
    ]
    result = simulator.run(
        {
            "flow": {"hours": "09:00–10:00", "instructions": instructions},
            "participants": {"members": {"A": {"cash": 0}, "B": {}}, "funding": "unlimited"},
            "arrangements": {
                "gross": {"layer": 3, "block": "1 min", "chain": {"capacity": "45 a block"}},
                "half": {"layer": 3, "block": "1 min", "chain": {"capacity": "0.5 a second"}},
            },
        }
    )
    for name, left in (("gross", 15), ("half", 30)):
        table = result.timeline.filter(pl.col("arrangement") == name)
        blocks = (table["time"].to_numpy() - 9 * 60 * MINUTE) // MINUTE
        assert table["queue_count"].to_list() == (left * blocks).tolist()
        found = result.summary["arrangements"][name]
        assert found["unsettled_value"] == found["unsettled_value_capacity"] == 100 * left * 60


@pytest.mark.parametrize("block", ["continuous", "12 s"])
@pytest.mark.parametrize("funding", ["unlimited", {"prefunding": "300 k"}])
def test_locked_is_the_inflow_of_the_time_of_finality_at_every_moment(block, funding):
    """Recomputed from what settled. In blocks what is final is freed by the next one at the earliest."""
    finality = 768 * 1_000_000
    market = {**MARKET, "participants": {"count": 12, "funding": funding}}
    gross = {"layer": 3, "block": block, "reuse": "at_finality", "chain": {"finality": "768 s"}}
    result = simulator.run({**market, "seed": 5, "arrangements": {"gross": gross}}, instructions=True)
    rows = result.instructions.filter(pl.col("settled_at").is_not_null(), pl.col("buyer") != pl.col("seller"))
    settled, cash = rows["settled_at"].to_numpy(), rows["cash"].to_numpy()
    # 768 s are 64 slots of 12 s, so what is final by a block of the grid is freed in it.
    for time, locked in result.timeline.select("time", "locked_value").rows():
        within = (settled > time - finality) & (settled <= time)
        assert locked == cash[within].sum()
    assert result.timeline["locked_value"].max() > 0
