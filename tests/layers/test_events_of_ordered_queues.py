"""Where a flow is cut changes nothing of what its instructions wish, however they are ordered or held."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.market.flow import MINUTE, NO_DEADLINE

from ..flows import CLOSES, OPENS, ArrayFlow, assert_same, results

COUNT = 400
LINES = {"line": {"cap": "200", "rate": "50 bp"}, "repo": {"cap": "300", "rate": "4 %", "tenor": "5 min"}}
LIMITED = {"layer": 3, "funding": {"prefunding": "400", "credit_limit": "100"}, "holdings": "ample"}
ARRANGEMENTS = {
    f"{queue} {block} {reuse}": {**LIMITED, "queue": queue, "block": block, "reuse": reuse}
    for queue in ("fifo_bypass", "largest_first", "by_deadline")
    for block in ("continuous", "7 min")
    for reuse in ("at_once", "next_block", "at_close")
} | {
    "parts": {**LIMITED, "block": "3 min", "partial_settlement": {"every": "10 min"}},
    "lines": {**LIMITED, "block": "continuous", "credit": LINES},
    "flow": {**LIMITED, "block": "2 min", "credit": {"auto": {"against": "flow", "haircut": "10 %"}}},
    "auction": {**LIMITED, "block": "5 min", "liquidity_saving": {"rule": "batch_auction"}},
    "offset": {
        **LIMITED,
        "block": "continuous",
        "liquidity_saving": {"rule": "bilateral_offset", "every": "9 min"},
    },
}


def flow_of(chunk: int) -> ArrayFlow:
    """Many at one instant, some held, some past the close."""
    random = np.random.default_rng(5)
    time = np.sort(random.integers(OPENS // MINUTE, CLOSES // MINUTE, COUNT)) * MINUTE
    buyer = random.integers(6, size=COUNT)
    held = random.random(COUNT) < 0.3
    return ArrayFlow(
        time,
        buyer,
        (buyer + random.integers(6, size=COUNT)) % 6,
        cash=random.integers(1, 30_000, size=COUNT),
        units=random.integers(1, 20, size=COUNT),
        security=random.integers(3, size=COUNT),
        priority=random.choice([1, 3, 5, 5, 5, 9], COUNT),
        deadline=np.where(random.random(COUNT) < 0.5, time + 20 * MINUTE, NO_DEADLINE),
        hold_until=np.where(held, time + random.integers(-5, 90, COUNT) * MINUTE, 0),
        partial=random.random(COUNT) < 0.8,
        chunk=chunk,
    )


@pytest.fixture(scope="module")
def whole():
    return results(flow_of(COUNT), ARRANGEMENTS)


@pytest.mark.parametrize("chunk", [1, 7, 150])
def test_where_a_flow_is_cut_changes_no_event(whole, chunk):
    assert_same(results(flow_of(chunk), ARRANGEMENTS), whole)


def test_the_flow_has_what_the_cuts_are_tried_on(whole):
    days = {row["arrangement"]: row for row in whole[0].days.to_dicts()}
    assert all(row["unsettled_count_hold"] > 0 for row in days.values())
    waited = {name: row["queued_count"] for name, row in days.items()}
    assert all(count > 20 for name, count in waited.items() if name != "flow"), waited
    assert days["parts"]["partial_count"] > 0
    assert days["lines"]["credit_cost"] > 0 or days["lines"]["peak_intraday_credit"] > 0
