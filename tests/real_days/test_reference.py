"""Four real days of the Nepal Stock Exchange, settled: figures that independent scripts computed twice.

The floorsheets are not part of the project: NETGROSS_REAL_DAYS names the folder that holds them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import simulator

pytestmark = pytest.mark.real_days

BESIDE = Path(__file__).parents[2].parent / "shared" / "data" / "nepse"
FOLDER = Path(os.environ.get("NETGROSS_REAL_DAYS", BESIDE))
DAYS = ("2024-04-10", "2024-06-25", "2024-07-07", "2024-07-16")
COLUMNS = {
    "time": "tradeTime",
    "order": "contractId",
    "buyer": "buyerMemberId",
    "seller": "sellerMemberId",
    "security": "stockSymbol",
    "units": "contractQuantity",
    "cash": "contractAmount",
}
CYCLES = (1, 2, 4, 8, 32, 128)  # each cuts the one before: its cycles are nested in the next one's
LIMITED = {
    "layer": 3,
    "block": "1 min",
    "funding": {"prefunding": "40 M", "credit_limit": "10 M"},
    "holdings": "0.3 days",
}
ARRANGEMENTS = {
    "net": {"layer": 2, "settles": "T+0"},
    "net_t1": {"layer": 2, "settles": "T+1"},
    **{f"net_{k}": {"layer": 2, "settles": "T+0", "cycles": k} for k in CYCLES},
    "gross": {"layer": 3, "block": "continuous"},
    "gross_locked": {"layer": 3, "block": "continuous", "reuse": "at_close"},
    "blocks": {"layer": 3, "block": "12 s"},
    "blocks_next": {"layer": 3, "block": "12 s", "reuse": "next_block"},
    "blocks_final": {"layer": 3, "block": "12 s", "reuse": "at_finality", "chain": {"finality": "768 s"}},
    "blocks_close": {"layer": 3, "block": "12 s", "reuse": "at_close"},
    "one_block": {"layer": 3, "block": "24 h", "reuse": "next_block"},
    "limited": LIMITED,
    "limited_lsm": {**LIMITED, "liquidity_saving": {"rule": "multilateral_offset", "every": "10 min"}},
    "limited_close": {**LIMITED, "liquidity_saving": {"rule": "multilateral_offset", "every": "24 h"}},
}
UNCONSTRAINED = [name for name in ARRANGEMENTS if not name.startswith("limited")]
Measures = dict[str, Any]


@pytest.fixture(scope="module")
def reference() -> dict[str, Measures]:
    path = FOLDER / "reference.json"
    if not path.exists():
        pytest.skip(f"the real days are not in {FOLDER}")
    return json.loads(path.read_text(encoding="utf-8"))["days"]


def tape_of(*dates: str, folder: Path = FOLDER) -> Measures:
    path = folder / (f"nepse_{dates[0]}.csv.gz" if len(dates) == 1 else "days.csv")
    return {
        "flow": {"tape": {"path": str(path), "currency": "NPR", "columns": COLUMNS}},
        "arrangements": ARRANGEMENTS,
    }


@pytest.fixture(scope="module", params=DAYS)
def day(request, reference) -> tuple[Measures, dict[str, Measures], Measures]:
    """A day's flow, its arrangements, and its reference figures."""
    summary = simulator.run(tape_of(request.param)).summary
    return summary["flow"], summary["arrangements"], reference[request.param]


def test_netting_and_gross_settlement_give_the_reference_figures_to_the_last_minor_unit(day):
    flow, arrangements, expected = day
    net, gross = arrangements["net"], arrangements["gross"]
    for measure in ("trades", "participants", "securities", "gross_value", "internalised_value"):
        assert flow[measure] == expected[measure], measure
    assert net["net_debit"] == expected["net_debit"]
    assert net["units_moved"] == expected["net_units"]
    assert round(net["netting_efficiency"], 6) == expected["netting_efficiency"]
    assert gross["liquidity_need"] == expected["liquidity_need_gross"]
    assert gross["system_peak"] == expected["system_peak_gross"]


def test_one_cycle_needs_and_moves_its_net_debit_whenever_it_settles(day):
    _, arrangements, expected = day
    for name in ("net", "net_1", "net_t1"):
        net = arrangements[name]
        needed = ("liquidity_need", "system_peak", "value_moved", "liquidity_used", "lower_bound_liquidity")
        assert {net[measure] for measure in needed} == {expected["net_debit"]}
    other = {"settlement_lag", "inclusion_wait_seconds", "open_hours"}  # T+1 waits a night longer
    for measure, value in arrangements["net"].items():
        assert arrangements["net_1"][measure] == value
        if measure not in other:
            assert arrangements["net_t1"][measure] == value, measure


def test_the_net_debit_is_the_same_however_the_day_settles(day):
    _, arrangements, expected = day
    assert {one["net_debit"] for one in arrangements.values()} == {expected["net_debit"]}


def test_gross_moves_all_that_is_not_internalised(day):
    _, arrangements, expected = day
    external = expected["gross_value"] - expected["internalised_value"]
    for name in ("gross", "gross_locked", "blocks", "blocks_next", "one_block"):
        assert arrangements[name]["value_moved"] == external
        assert arrangements[name]["settled_value"] == expected["gross_value"]


def test_receipts_held_until_the_close_make_the_need_the_whole_gross_outflow(day):
    """So does one block that holds the day: nothing is free before all is paid."""
    _, arrangements, expected = day
    external = expected["gross_value"] - expected["internalised_value"]
    for name in ("gross_locked", "blocks_close", "one_block"):
        assert arrangements[name]["liquidity_need"] == external
        assert arrangements[name]["system_peak"] == external


def test_the_longer_receipts_are_held_the_more_gross_needs(day):
    _, arrangements, expected = day
    for measure in ("liquidity_need", "system_peak", "securities_need"):
        at_once, blocks = arrangements["gross"][measure], arrangements["blocks"][measure]
        held, locked = arrangements["blocks_next"][measure], arrangements["gross_locked"][measure]
        final = arrangements["blocks_final"][measure]
        assert (
            at_once == blocks < held < final < locked
        )  # blocks keep the order, and outflows are read inside them
    for name in UNCONSTRAINED:
        found = arrangements[name]
        assert (
            expected["net_debit"]
            <= found["system_peak"]
            <= found["liquidity_need"]
            == found["liquidity_used"]
        )


def test_the_finer_the_cycles_the_more_moves_from_one_net_towards_gross(day):
    """Nested cycles: what nets within a cycle still nets within the longer one that holds it."""
    _, arrangements, _ = day
    ways = [*(arrangements[f"net_{k}"] for k in CYCLES), arrangements["gross"]]
    for measure in ("value_moved", "units_moved", "securities_value_moved", "liquidity_need"):
        values = [one[measure] for one in ways]
        assert values == sorted(values), measure
    efficiencies = [one["netting_efficiency"] for one in ways]
    assert efficiencies == sorted(efficiencies, reverse=True)


def test_limits_settle_within_what_members_brought(day):
    flow, arrangements, expected = day
    brought = flow["participants"] * (40 + 10) * 10**8
    for name in ("limited", "limited_lsm", "limited_close"):
        found = arrangements[name]
        assert 0 < found["liquidity_used"] <= brought
        assert found["settled_value"] + found["unsettled_value"] == expected["gross_value"]
        assert found["queued_count"] >= found["unsettled_count"] > 0
        assert 0 <= found["settlement_delay"] <= 1
        # The path without limits is the same, and says what the limits fall short of.
        assert found["liquidity_need"] == arrangements["gross"]["liquidity_need"]


def test_an_offset_of_what_is_left_at_the_close_takes_nothing_away(day):
    """Until then the two are one path. On these days it finds nothing: the first of many queues is stuck."""
    _, arrangements, _ = day
    without, with_offset = arrangements["limited"], arrangements["limited_close"]
    assert with_offset["settled_value"] >= without["settled_value"]
    assert with_offset["unsettled_count"] <= without["unsettled_count"]
    assert with_offset["queued_count"] == without["queued_count"]


@pytest.fixture(scope="module")
def four_days(reference, tmp_path_factory) -> simulator.Result:  # noqa: ARG001
    """All four days as one tape, its rows in no order."""
    folder = tmp_path_factory.mktemp("days")
    frames = [pl.read_csv(FOLDER / f"nepse_{date}.csv.gz", infer_schema=False) for date in DAYS]
    pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=1).write_csv(folder / "days.csv")
    return simulator.run(tape_of(*DAYS, folder=folder))


def test_four_days_in_one_run_are_the_four_days_one_by_one(four_days, reference):
    """Needs are means over days, peaks maxima, the flow is totals; each day is as it is alone."""
    flow = four_days.summary["flow"]
    for measure in ("trades", "gross_value", "internalised_value"):
        assert flow[measure] == sum(reference[date][measure] for date in DAYS)
    assert flow["days"] == 4
    for name, measure, key in (
        ("net", "net_debit", "net_debit"),
        ("net_t1", "value_moved", "net_debit"),
        ("net", "units_moved", "net_units"),
        ("gross", "liquidity_need", "liquidity_need_gross"),
        ("gross", "system_peak", "system_peak_gross"),
    ):
        rows = four_days.days.filter(pl.col("arrangement") == name).sort("day")
        values = [reference[date][key] for date in DAYS]
        assert rows[measure].to_list() == values
        combined = max(values) if measure == "system_peak" else sum(values) / 4
        # Half a minor unit at most: a mean is rounded.
        assert four_days.summary["arrangements"][name][measure] == pytest.approx(combined, abs=0.5, rel=0)


def test_days_and_participants_add_up_to_the_run(four_days):
    arrangements, days = four_days.summary["arrangements"], four_days.days
    for name, found in arrangements.items():
        rows = days.filter(pl.col("arrangement") == name)
        settled, moved = rows["settled_value"].sum(), rows["value_moved"].sum()
        assert rows["gross_value"].sum() == four_days.summary["flow"]["gross_value"]
        assert found["netting_efficiency"] == pytest.approx(1 - moved / settled, rel=1e-12)
        assert found["turnover_ratio"] == pytest.approx(settled / rows["liquidity_used"].sum(), rel=1e-12)
        assert len(rows) == found["settlement_days"] == 4
    by_day = (
        four_days.participants.group_by("arrangement", "day")
        .agg(pl.col("net_debit", "value_moved", "liquidity_need", "liquidity_used", "unsettled_value").sum())
        .sort("arrangement", "day")
    )
    same = days.select(by_day.columns).sort("arrangement", "day")
    assert by_day.equals(same)


def test_the_timeline_settles_what_the_day_settles(four_days):
    settled = four_days.timeline.group_by("arrangement", "day").agg(pl.col("settled_value").sum())
    both = settled.join(four_days.days, on=["arrangement", "day"], suffix="_of_day")
    assert len(both) == len(four_days.days)
    assert both["settled_value"].equals(both["settled_value_of_day"].alias("settled_value"))
