"""Book-entry deliveries through the days: settlement dates, and when they are gross settlement again."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import simulator.kernels.memory
from simulator.kernels import state as st
from simulator.kernels.slots import PositionSlots
from simulator.kernels.tree import SIZES
from simulator.market.flow import DAY, SECOND

from ..flows import CLOSES, GROSS, OPENS, ArrayFlow, assert_same, results

POOR = {"holdings": "0.3 days", "funding": {"prefunding": "20.00", "credit_limit": "0"}}
EVERYTHING = {
    "net_debit_cap": {"M0": "30.00", "default": "200.00"},
    "fund": "1.00",
    "haircut": {"default": "80 %", "S1": "99 %"},
    "look_ahead": "2 min",
    "approval": {"above": "35.00", "takes": "3 min", "after": "09:40"},
    "until": "09:50",
    "progress_payments": {"every": "7 min", "when": "80 %", "to": "30 %"},
}


def crowded(chunk: int = 1 << 20, days: int = 2, count: int = 1_500) -> ArrayFlow:
    """Some days among 12 members in 9 securities; a tenth free of payment, some with themselves."""
    random = np.random.default_rng(23)
    buyer = random.integers(12, size=count)
    time = random.integers(OPENS, CLOSES, size=count) + np.repeat(np.arange(days) * DAY, count // days)
    return ArrayFlow(
        np.sort(time),
        buyer,
        (buyer + random.integers(0, 12, size=count)) % 12,
        cash=np.where(random.random(count) < 0.1, 0, random.integers(1, 4_000, size=count)),
        units=random.integers(1, 9, size=count),
        security=random.integers(9, size=count),
        chunk=chunk,
    )


def fates(rows: dict, arrangement: str) -> dict[int, tuple[int, int, int, int]]:
    """Day, own time, when it settled and what it met first, by instruction."""
    return {
        row[st.JOURNAL_ID]: (day, row[st.JOURNAL_TIME], row[st.JOURNAL_SETTLED], row[st.JOURNAL_WAITED])
        for (name, day), kept in rows.items()
        if name == arrangement
        for row in kept
    }


SAME = (
    *("gross_value", "net_debit", "value_moved", "units_moved", "securities_value_moved", "settled_value"),
    *("liquidity_need", "system_peak", "securities_need", "liquidity_used", "turnover_ratio"),
    *(
        "peak_intraday_credit",
        "mean_intraday_credit",
        "liquidity_hours",
        "unsettled_value",
        "unsettled_count",
    ),
    *("settlement_delay", "mean_delay_seconds", "p99_delay_seconds", "inclusion_wait_seconds"),
    *("settlement_lag", "queued_value", "queued_count", "queued_value_securities", "gridlocked_value"),
    *(
        "netting_efficiency_external",
        "securities_netting_efficiency",
        "securities_netting_efficiency_external",
    ),
)


def test_a_cap_that_never_binds_leaves_gross_settlement_on_credit_against_stock():
    arrangements = {
        "stock": {**GROSS, "credit": {"stock": {"against": "stock", "haircut": "40 %"}}},
        "book": {"layer": 2, "settles": "T+0", "book_entry": {"net_debit_cap": "1 bn", "haircut": "40 %"}},
    }
    measured, rows = results(crowded(), arrangements, POOR)
    stock, book = (measured.summary["arrangements"][name] for name in arrangements)
    assert {name: stock[name] for name in SAME} == {name: book[name] for name in SAME}
    assert 0 < book["settled_value"] < book["gross_value"]
    assert book["mean_intraday_credit"] > 0
    by_day = measured.days.partition_by("arrangement", as_dict=True)
    stock_days, book_days = by_day["stock",], by_day["book",]
    both = stock_days["queued_value_cash"] + stock_days["queued_value_credit"]
    assert book_days["queued_value_credit"].to_list() == both.to_list()
    assert sum(both) > 0
    told = {st.WAITS_FOR_CASH: st.WAITS_FOR_CREDIT}
    gross = fates(rows, "stock")
    assert fates(rows, "book") == {k: (*one[:3], told.get(one[3], one[3])) for k, one in gross.items()}
    assert len(gross) == 1_500


@pytest.mark.parametrize("settles", [1, 3])
def test_what_settles_later_settles_alike_on_its_settlement_date(settles):
    arrangements = {
        f"T{n}": {"layer": 2, "settles": f"T+{n}", "book_entry": EVERYTHING} for n in (0, settles)
    }
    measured, rows = results(crowded(), arrangements, POOR)
    today, later = (measured.summary["arrangements"][name] for name in arrangements)
    moved = ("inclusion_wait_seconds", "settlement_lag")
    assert {k: v for k, v in today.items() if k not in moved} == {
        k: v for k, v in later.items() if k not in moved
    }
    for name in moved:
        assert later[name] == pytest.approx(today[name] + settles * DAY / SECOND, rel=1e-12)
    then = {
        k: (day + settles, time, at + settles * DAY if at >= 0 else at, met)
        for k, (day, time, at, met) in fates(rows, "T0").items()
    }
    assert fates(rows, f"T{settles}") == then
    assert {met for *_, met in then.values()} == {
        *(0, st.WAITS_FOR_UNITS, st.WAITS_FOR_CREDIT, st.HELD, st.WAITS_FOR_LIMIT)
    }
    assert today["topped_up"] > 0


def test_where_chunks_end_and_arrays_begin_changes_no_result(monkeypatch):
    arrangements = {
        "monitored": {"layer": 2, "settles": "T+1", "book_entry": EVERYTHING},
        "capped": {"layer": 2, "settles": "T+0", "book_entry": {**EVERYTHING, "collateral_monitor": "no"}},
    }
    whole = results(crowded(), arrangements, POOR)
    assert_same(whole, results(crowded(chunk=7), arrangements, POOR))
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_POOL", 1)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_TREES", 1)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_ARENA", SIZES + 1)
    hashed = functools.partial(PositionSlots, dense_slots=0)
    monkeypatch.setattr("simulator.layers.capture.PositionSlots", hashed)
    assert_same(whole, results(crowded(), arrangements, POOR))


def test_nothing_is_lost_at_any_step(verified):
    arrangement = {"layer": 2, "settles": "T+1", "book_entry": EVERYTHING, "cut_off": "09:55"}
    measured, rows = results(crowded(count=400), {"book": arrangement}, POOR)
    assert len(fates(rows, "book")) == 400
    assert verified["settle_money"] == verified["drop_valued"] == 2
    found = measured.summary["arrangements"]["book"]
    assert found["settled_value"] + found["unsettled_value"] == found["gross_value"]


def test_what_members_pay_at_the_end_is_what_they_settled_less_what_they_paid_in():
    """Without prefunding: every balance is what was bought less what was sold, and paid in before."""
    arrangement = {"layer": 2, "settles": "T+0", "book_entry": EVERYTHING}
    poor = {**POOR, "funding": "unlimited"}
    measured, rows = results(crowded(days=1), {"book": arrangement}, poor)
    balance = np.zeros(12, np.int64)
    for row in rows["book", 0]:
        if row[st.JOURNAL_SETTLED] >= 0:
            balance[row[st.JOURNAL_BUYER]] -= row[st.JOURNAL_CASH]
            balance[row[st.JOURNAL_SELLER]] += row[st.JOURNAL_CASH]
    members = measured.participants.sort("participant")
    order = [int(name[1:]) for name in members["participant"]]
    balance += np.bincount(order, members["topped_up"], 12).astype(np.int64)
    assert members["money_settlement"].to_list() == np.maximum(0, -balance)[order].tolist()


# -- beside a netted rest --------------------------------------------------------------------------------

NETTED = (
    *("gross_value", "net_debit", "value_moved", "units_moved", "securities_value_moved", "settled_value"),
    *("liquidity_need", "system_peak", "securities_need", "peak_intraday_credit"),
    *("mean_intraday_credit", "unsettled_value", "unsettled_count", "settlement_delay", "mean_delay_seconds"),
    *("inclusion_wait_seconds", "settlement_lag", "marks", "carried_value", "bought_in_value", "buy_in_cost"),
    *("oldest_fail", "netting_efficiency_external", "securities_netting_efficiency"),
)
CARRIED = {
    "carry": True,
    "night_cycle": "01:30",
    "exemptions": {"M1": "all"},
    "buy_in": {"after": "1 days", "premium": "1 %"},
}
UNLIMITED = {**POOR, "funding": "unlimited"}


@pytest.mark.parametrize(
    "way",
    [{"settles": "T+0", "cycles": 3}, {"settles": "T+1", **CARRIED}],
    ids=["now", "carried"],
)
def test_where_nothing_is_routed_to_it_the_clearing_house_nets_as_ever(way):
    nothing = {**EVERYTHING, "trades": {"share": "0 %"}, "progress_payments": "none"}
    arrangements = {"net": {"layer": 2, **way}, "both": {"layer": 2, **way, "book_entry": nothing}}
    measured, rows = results(crowded(days=3), arrangements, UNLIMITED)
    net, both = (measured.summary["arrangements"][name] for name in arrangements)
    assert {name: net[name] for name in NETTED} == {name: both[name] for name in NETTED}
    assert net["unsettled_value"] > 0
    assert fates(rows, "both") == fates(rows, "net")


def test_where_all_is_routed_to_it_the_depository_delivers_as_ever():
    arrangements = {
        name: {"layer": 2, "settles": "T+1", "book_entry": {**EVERYTHING, "trades": trades}}
        for name, trades in (("all", "all"), ("share", {"share": "100 %"}))
    }
    measured, rows = results(crowded(), arrangements, POOR)
    every, share = (measured.summary["arrangements"][name] for name in arrangements)
    assert every == share
    assert fates(rows, "all") == fates(rows, "share")


BOTH = {
    "layer": 2,
    "settles": "T+1",
    "cut_off": "09:55",
    "book_entry": {**EVERYTHING, "trades": {"share": "50 %"}},
    **CARRIED,
}
NAMED = {
    "layer": 2,
    "settles": "T+0",
    "cycles": 4,
    "book_entry": {**EVERYTHING, "trades": {"members": ["M0", "M3"]}},
}


def test_both_on_one_ledger_lose_nothing_at_any_step(verified):
    flow = crowded(count=600, days=3)
    measured, rows = results(flow, {"both": BOTH, "named": NAMED}, POOR)
    for name in ("both", "named"):
        assert sorted(fates(rows, name)) == list(range(600))
        found = measured.summary["arrangements"][name]
        assert (
            found["settled_value"] + found["unsettled_value"] == found["gross_value"] + found["carried_value"]
        )
        assert found["unsettled_value_limit"] + found["unsettled_value_credit"] > 0
    assert measured.summary["arrangements"]["both"]["carried_value"] > 0
    # After the cycles of both, and of one as money settles at its cut-off.
    assert verified["settle_received"] == 3 * 2 + 3 * 4 + 3
    chosen = {row for row, fate in fates(rows, "named").items() if fate[2] % DAY not in cycles(4)}
    named = set(np.flatnonzero(np.isin(flow.buyer, (0, 3)) | np.isin(flow.seller, (0, 3))).tolist())
    assert chosen <= named
    assert len(chosen) > 50


def cycles(count: int) -> set[int]:
    """The times of the day at which so many equal cycles stand."""
    return {OPENS + j * (CLOSES - OPENS) // count for j in range(1, count + 1)}


def test_where_chunks_end_changes_nothing_of_both_either():
    arrangements = {"both": BOTH, "named": NAMED}
    whole, cut = (results(crowded(chunk, count=600, days=3), arrangements, POOR) for chunk in (1 << 20, 7))
    assert whole[0].summary == cut[0].summary
    for name in arrangements:
        assert fates(whole[1], name) == fates(cut[1], name)


def test_a_cycle_frees_a_delivery_and_what_it_pays_counts_in_the_end():
    """M0 delivers to M1 by book entry, and buys the rest of what it needs in the netted market.

    M0 holds 4 and sells 5 to M1 for 50 at 9:10 by book entry: it lacks securities. M2 sells 2 to M0 for 30 in
    the cycle at 9:30: M0 then has 6, and delivers. Balances end at 50 − 30 = 20, −50 of M1 and 30 of M2.
    """
    minute = 60 * SECOND
    flow = ArrayFlow(
        [OPENS + 10 * minute, OPENS + 20 * minute],
        [1, 0],
        [0, 2],
        cash=[50, 30],
        units=[5, 2],
        members=3,
    )
    both = {
        "layer": 2,
        "settles": "T+0",
        "cycles": ["09:30", "10:00"],
        "book_entry": {"trades": {"members": ["M1"]}, "fund": "1.00", "net_debit_cap": "1.00"},
    }
    # Expected sales are 5 a day of M0 and 2 of M2. With 0.6 of them M0 brings 3, and M2 1: 4 are too few.
    measured, rows = results(flow, {"both": both}, {"holdings": "0.6 days"})
    assert fates(rows, "both")[0][2:] == (-1, st.WAITS_FOR_UNITS)
    # With 0.8 M0 brings 4, and M2 2.
    measured, rows = results(flow, {"both": both}, {"holdings": "0.8 days"})
    assert fates(rows, "both") == {
        0: (0, OPENS + 10 * minute, OPENS + 30 * minute, st.WAITS_FOR_UNITS),
        1: (0, OPENS + 20 * minute, OPENS + 30 * minute, 0),
    }
    found = measured.summary["arrangements"]["both"]
    # M0 paid 30 in the cycle and received 50 for its delivery, M1 paid 50: value moved 30 + 50.
    assert (found["value_moved"], found["money_settlement"], found["settling_bank_debit"]) == (80, 50, 50)
    assert (found["settled_value"], found["queued_value_securities"], found["units_moved"]) == (80, 50, 7)
