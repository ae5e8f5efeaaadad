"""Netting and gross settlement are two ends of one axis: what lies between, and where they meet."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simulator.market.flow import MINUTE, SECOND

from ..flows import CLOSES, GROSS, NET, OPENS, ArrayFlow, assert_same, clock, results

COUNT = 400
PAID = "money_settlement"
TIMING = ("inclusion_wait_seconds", "settlement_lag", "open_hours")


def random_flow(seed: int, *, apart: bool, chunk: int = 1 << 20) -> ArrayFlow:
    """An hour of trades among 6 members in 3 securities, on whole seconds, each alone or mostly tied."""
    random = np.random.default_rng([21, seed])
    seconds = np.arange(1, 3600) if apart else np.repeat(np.arange(0, 3600, 60), 30)
    time = OPENS + np.sort(random.choice(seconds, COUNT, replace=False)) * SECOND
    buyer = random.integers(6, size=COUNT)
    seller = (buyer + random.integers(1, 6, size=COUNT)) % 6
    seller = np.where(random.random(COUNT) < 0.05, buyer, seller)
    kind = random.random(COUNT)
    return ArrayFlow(
        time,
        buyer,
        seller,
        cash=np.where(kind < 0.1, 0, random.integers(1, 500, size=COUNT)),
        units=np.where(kind > 0.9, 0, random.integers(1, 20, size=COUNT)),
        security=np.where(kind > 0.9, -1, random.integers(3, size=COUNT)),
        chunk=chunk,
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_cycle_for_every_instruction_is_gross_settlement(seed):
    """k → ∞: with a netting cycle at each instruction's own time nothing is left to net."""
    flow = random_flow(seed, apart=True)
    cycles = [clock(int(time)) for time in np.unique(flow.time)]
    measured, _ = results(flow, {"net": {**NET, "cycles": cycles}, "gross": GROSS})
    net, gross = (measured.summary["arrangements"][name] for name in ("net", "gross"))
    # Every measure, times too, but for the layer itself and what is told or paid in one layer alone.
    for measure, value in gross.items():
        if measure not in ("layer", PAID) and net[measure] is not None and value is not None:
            assert net[measure] == value, measure
    assert (net[PAID], gross[PAID]) == (net["value_moved"], 0)
    both = measured.participants.drop(PAID).partition_by("arrangement", include_key=False)
    assert both[0].equals(both[1])


@pytest.mark.parametrize("seed", range(3))
def test_one_cycle_named_in_five_ways_is_one_cycle(seed):
    ways = {
        "default": NET,
        "one": {**NET, "cycles": 1},
        "at_close": {**NET, "cycles": [clock(CLOSES)]},
        "every": {**NET, "cycles": "every 2 h"},
        "t1": {"layer": 2, "settles": "T+1"},
    }
    found = results(random_flow(seed, apart=False), ways)[0].summary["arrangements"]
    for name, one in found.items():
        for measure, value in found["default"].items():
            if name != "t1" or measure not in TIMING:
                assert one[measure] == value, (name, measure)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("queue", ["fifo_bypass", "fifo_strict"])
def test_blocks_at_every_second_are_continuous_where_trades_fall_on_seconds(seed, queue):
    """A block adds all of its instant first, continuous settlement takes each by itself: the same loop."""
    short = {"funding": {"prefunding": "20.00", "credit_limit": "2.00"}, "holdings": "0.4 days"}
    ways = {"now": {**GROSS, "queue": queue}, "blocks": {**GROSS, "queue": queue, "block": "1 s"}}
    measured, rows = results(random_flow(seed, apart=False), ways, short)
    now, blocks = (measured.summary["arrangements"][name] for name in ("now", "blocks"))
    assert now == blocks
    assert rows["now", 0] == rows["blocks", 0]
    assert now["queued_count"] > now["unsettled_count"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_without_limits_the_interval_of_blocks_changes_times_and_no_amount(seed):
    ways = {f"{seconds} s": {**GROSS, "block": f"{seconds} s"} for seconds in (1, 12, 600, 7200)}
    found = results(random_flow(seed, apart=False), ways)[0].summary["arrangements"]
    amounts = ("value_moved", "units_moved", "liquidity_need", "system_peak", "securities_need", "net_debit")
    for measure in amounts:
        assert len({one[measure] for one in found.values()}) == 1, measure
    waits = [one["inclusion_wait_seconds"] for one in found.values()]
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


@pytest.mark.parametrize("seed", range(3))
def test_more_liquidity_than_the_upper_bound_is_as_good_as_no_limit(seed):
    """With its own need as prefunding no member ever waits: the upper bound is enough, for ample units."""
    flow = random_flow(seed, apart=False)
    need = results(flow, {"gross": GROSS})[0].participants["liquidity_need"].max()
    plenty = {"funding": {"prefunding": f"{need // 100}.{need % 100:02d}"}}
    found = results(flow, {"free": GROSS, "limited": {**GROSS, **plenty}})[0].summary["arrangements"]
    assert found["limited"]["queued_count"] == 0
    assert found["limited"]["settlement_delay"] == 0
    for measure in ("value_moved", "liquidity_need", "liquidity_used", "system_peak", "securities_need"):
        assert found["limited"][measure] == found["free"][measure], measure


@pytest.mark.parametrize("seed", range(3))
def test_one_minor_unit_less_than_the_upper_bound_makes_somebody_wait(seed):
    flow = random_flow(seed, apart=False)
    need = results(flow, {"gross": GROSS})[0].participants["liquidity_need"].max() - 1
    short = {"funding": {"prefunding": f"{need // 100}.{need % 100:02d}"}}
    found = results(flow, {"limited": {**GROSS, **short}})[0].summary["arrangements"]["limited"]
    assert found["queued_count"] > 0


def test_trades_of_an_instant_are_in_the_block_and_the_cycle_of_that_instant():
    """Blocks and cycles every 10 minutes: (09:10, 09:20] settles at 09:20, the open's own at the open."""
    minutes = np.array([0, 10, 11, 20, 21, 59, 60])
    flow = ArrayFlow(OPENS + minutes * MINUTE, [0] * 7, [1] * 7, cash=[1] * 7)
    ways = {"net": {**NET, "cycles": "every 10 min"}, "gross": {**GROSS, "block": "10 min"}}
    _, rows = results(flow, ways)
    at = {name: [(row[7] - OPENS) // MINUTE for row in rows[name, 0]] for name in ways}
    assert at["gross"] == [0, 10, 20, 20, 30, 60, 60]
    assert at["net"] == [10, 10, 20, 20, 30, 60, 60]  # netting has no cycle at the open


@pytest.mark.parametrize("chunk", [1, 3, 50])
def test_where_chunks_end_changes_nothing(chunk):
    ways = {
        "net": NET,
        "cycles": {**NET, "cycles": 7},
        "now": GROSS,
        "blocks": {**GROSS, "block": "1 min", "reuse": "next_block"},
        "strict": {**GROSS, "queue": "fifo_strict"},
    }
    short = {"funding": {"prefunding": "12.00", "credit_limit": "2.00"}, "holdings": "0.1 days"}
    whole = results(random_flow(0, apart=False), ways, short)
    assert_same(results(random_flow(0, apart=False, chunk=chunk), ways, short), whole)


def test_the_timeline_tells_the_same_story_as_the_day():
    """Five-minute intervals whose settled values add up to the day's; no peak is above the day's."""
    short = {"funding": {"prefunding": "12.00", "credit_limit": "2.00"}, "holdings": "0.1 days"}
    ways = {"now": GROSS, "blocks": {**GROSS, "block": "1 min"}, "net": {**NET, "cycles": 3}}
    measured, _ = results(random_flow(1, apart=False), ways, short)
    for name, found in measured.summary["arrangements"].items():
        rows = measured.timeline.filter(pl.col("arrangement") == name)
        assert rows["time"].to_list() == [OPENS + k * 5 * MINUTE for k in range(1, 13)]
        assert rows["settled_value"].sum() == found["settled_value"]
        assert (rows["liquidity_in_use_peak"] >= rows["liquidity_in_use"]).all()
        assert rows["credit"].max() <= found["peak_intraday_credit"]
        assert rows["liquidity_in_use_peak"].max() <= found["liquidity_used"]
    last = measured.timeline.filter(pl.col("arrangement") == "now").tail(1).to_dicts()[0]
    assert last["queue_count"] == measured.summary["arrangements"]["now"]["unsettled_count"]
    assert last["queue_value"] == measured.summary["arrangements"]["now"]["unsettled_value"]
