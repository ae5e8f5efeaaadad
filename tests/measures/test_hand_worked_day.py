"""Every measure on one small day, worked by hand, under seven arrangements. Money in yen, which has no cents.

    #  time   who                            A paid less received    B     C
    0  09:00  A buys 10 X of B for 100               100          −100     0
    1  09:10  B buys  4 Y of C for  80               100           −20   −80
    2  09:20  C buys  6 X of A for  60                40           −20   −20
    3  09:30  A buys  2 X of A for  30                40           −20   −20   internalised
    4  09:40  B pays A 50                            −10            30   −20
    5  09:50  C delivers B 5 Y for nothing           −10            30   −20
       10:00  close

Σ cash 320, of which 30 internalised: 290 between members. Net debit: B's 30.
Units: X, A +10 −6 = 4, B −10, C +6; Y, B +9, C −9: 19 net, 16 X and 9 Y between members.
Reference prices: X (100 + 60 + 30)/(10 + 6 + 2) = 190/18, Y (80 + 0)/(4 + 5) = 80/9.
Value × time to the close, in minutes: 100·60 + 80·50 + 60·40 + 30·30 + 50·20 = 14 300.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import simulator
from simulator.measures.catalogue import COSTS, MEASURES

LIMITS = {"funding": "members", "holdings": "members"}
CONFIG = {
    "flow": {
        "currency": "JPY",
        "hours": "09:00–10:00",
        "instructions": [
            {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": 100},
            {"time": "09:10", "buyer": "B", "seller": "C", "security": "Y", "units": 4, "cash": 80},
            {"time": "09:20", "buyer": "C", "seller": "A", "security": "X", "units": 6, "cash": 60},
            {"time": "09:30", "buyer": "A", "seller": "A", "security": "X", "units": 2, "cash": 30},
            {"time": "09:40", "buyer": "B", "seller": "A", "cash": 50},
            {"time": "09:50", "buyer": "B", "seller": "C", "security": "Y", "units": 5},
        ],
    },
    "participants": {
        "funding": "unlimited",
        "holdings": "ample",
        "members": {
            "A": {"cash": 60, "credit_limit": 40},
            "B": {"holdings": {"X": 10}},
            "C": {"cash": 30, "holdings": {"Y": 6}},
        },
    },
    "arrangements": {
        "net": {"layer": 2, "settles": "T+0"},
        "halves": {"layer": 2, "settles": "T+0", "cycles": 2},
        "fails": {"layer": 2, "settles": "T+0", **LIMITS},
        "gross": {"layer": 3},
        "locked": {"layer": 3, "reuse": "at_close"},
        "next_block": {"layer": 3, "block": "20 min", "reuse": "next_block"},
        "blocks": {"layer": 3, "block": "20 min", **LIMITS},
    },
}

OF_A_CHAIN = ("limit", "capacity", "outage", "registration", "frozen", "silent")
ALWAYS = {"gross_value": 320, "internalised_value": 30, "net_debit": 30}
ALL_SETTLES = {
    "funding_shortfall": 0,
    "settlement_delay": 0,
    "mean_delay_seconds": 0,
    "settled_value": 320,
    "unsettled_value": 0,
    "unsettled_value_cash": 0,
    "unsettled_value_securities": 0,
    "unsettled_count": 0,
    "unsettled_count_cash": 0,
    "unsettled_count_securities": 0,
    "unsettled_value_credit": 0,
    "unsettled_count_credit": 0,
    "unsettled_value_hold": 0,
    "unsettled_count_hold": 0,
    "queued_value": 0,
    "queued_count": 0,
    # The chain has room for all, every wallet is registered, nobody keeps a reserve, nothing costs a fee.
    **{f"{figure}_{reason}": 0 for figure in ("unsettled_value", "unsettled_count") for reason in OF_A_CHAIN},
    **{f"queued_value_{reason}": 0 for reason in ("cash", "securities", "credit", *OF_A_CHAIN)},
    "fees": 0,
    "holding_cost": 0,
    "topped_up": 0,
    "withdrawn": 0,
    "top_up_refused": 0,
    "peak_supply": 0,
    "supply_share": None,
    # The run has one day, so nothing is carried into it.
    **dict.fromkeys(("marks", "carried_value", "bought_in_value", "buy_in_cost"), 0),
    # Nobody draws what cash cannot repay, borrows securities, or settles in parts.
    "partial_value": 0,
    "partial_count": 0,
    "credit_cost": 0,
    "credit_not_repaid": 0,
    "securities_borrowed": 0,
    "borrowing_fee": 0,
    "securities_not_returned": 0,
    "tokenized_value": 0,
    "token_transfers": 0,
    "token_reversals": 0,
    # Nobody asks what is at stake.
    **dict.fromkeys(("margin", "margin_at_risk", "margin_called", "margin_buffer", "margin_uncovered"), 0),
    **dict.fromkeys(("margin_collateral", "unsettled_exposure", "unsettled_exposure_peak"), 0),
    **dict.fromkeys(("unsettled_hours", "cover_1", "supplemental_deposits", "cover_1_shortfall"), 0),
    # Nothing is sent elsewhere.
    **dict.fromkeys(("routed_value", "routed_need", "routed_net_debit", "marginal_net_debit"), 0),
    # Nobody asks for costs.
    **dict.fromkeys((*COSTS, "cost", "cost_year"), 0),
    "cost_bp": None,
    # On a chain every settlement is paid for as it settles.
    "money_settlement": 0,
}
# Of layer 3 alone: what could settle together, and what had a deadline; of layer 2 alone: what banks pay.
GROSS_ALONE = ("gridlocked_value", "deadlocked_value", "late_value", "late_count")
NET_ALONE = ("oldest_fail", "settling_bank_debit")
NETTED = {**dict.fromkeys(GROSS_ALONE), "oldest_fail": 0}
NONE_LEFT = {**dict.fromkeys(GROSS_ALONE, 0), **dict.fromkeys(NET_ALONE)}
# Units moved 10 X and 9 Y: 10·190/18 = 105.6 → 106, 9·80/9 = 80. All settled: 18 X 190, 9 Y 80, together 270;
# without the internalised 2 X: 16·190/18 = 168.9 → 169, and 80.
ONE_NET_OF_UNITS = {
    "units_moved": 19,
    "securities_value_moved": 186,
    "securities_netting_efficiency": 1 - 186 / 270,
    "securities_netting_efficiency_external": 1 - 186 / 249,
}
GROSS_UNITS = {
    "units_moved": 25,
    "securities_value_moved": 249,
    "securities_netting_efficiency": 1 - 249 / 270,
    "securities_netting_efficiency_external": 0,
}
EXPECTED: dict[str, dict[str, Any]] = {
    "net": {
        # At 10:00 B pays 30, A gets 10 and C 20; B delivers 10 X, C 9 Y.
        **ALWAYS,
        **ALL_SETTLES,
        **NETTED,
        **ONE_NET_OF_UNITS,
        "value_moved": 30,
        "settling_bank_debit": 30,  # every member settles for itself
        "money_settlement": 30,
        "netting_efficiency": 1 - 30 / 320,
        "netting_efficiency_external": 1 - 30 / 290,
        "liquidity_need": 30,
        "system_peak": 30,
        "securities_need": 186,  # B 10 X, C 9 Y
        "liquidity_used": 30,
        "liquidity_hours": 0,  # B's 30 are drawn at the close alone
        "peak_intraday_credit": 30,
        "mean_intraday_credit": 0,
        "turnover_ratio": 320 / 30,
        "inclusion_wait_seconds": 60 * 14_300 / 320,
        "settlement_lag": 60 * 14_300 / 320,
    },
    "halves": {
        # 09:30, 0 … 3: A pays 40, B and C get 20 each. 10:00, 4 and 5: B pays A 50.
        **ALWAYS,
        **ALL_SETTLES,
        **NETTED,
        # 09:30: X, B delivers 10; Y, C delivers 4. 10:00: C delivers 5: the same 19.
        **ONE_NET_OF_UNITS,
        "value_moved": 40 + 50,
        "settling_bank_debit": 40 + 50,  # every member settles for itself
        "money_settlement": 40 + 50,
        "netting_efficiency": 1 - 90 / 320,
        "netting_efficiency_external": 1 - 90 / 290,
        "liquidity_need": 40 + 30,  # A 40 at 09:30; B −20, then 30
        "system_peak": 40,  # 40 at 09:30, 30 at 10:00
        "securities_need": 186,
        "liquidity_used": 70,
        "liquidity_hours": 20,  # 40 for half an hour
        "peak_intraday_credit": 40,
        "mean_intraday_credit": 20,
        "turnover_ratio": 320 / 70,
        # 100·30 + 80·20 + 60·10 + 30·0 + 50·20 = 6 200
        "inclusion_wait_seconds": 60 * 6_200 / 320,
        "settlement_lag": 60 * 6_200 / 320,
    },
    "fails": {
        # C holds 6 of the 9 Y it owes: 3 are missing, at 80/4 = 20 (5 Y went for nothing), so 60 are
        # withheld: B, who would pay 30, gets 30; C, who would get 20, pays 40; A gets 10. C has 30: 10 short.
        **ALWAYS,
        **ALL_SETTLES,
        **NETTED,
        "value_moved": 40,
        "settling_bank_debit": 40,  # every member settles for itself
        "money_settlement": 40,
        "units_moved": 16,
        "securities_value_moved": 106 + 53,  # 6·80/9 = 53.3
        "netting_efficiency": 1 - 40 / 260,
        "netting_efficiency_external": 1 - 40 / 230,
        "securities_netting_efficiency": 1 - 159 / (190 + 53),
        "securities_netting_efficiency_external": 1 - 159 / (169 + 53),
        "liquidity_need": 30,  # if all could be delivered
        "system_peak": 30,
        "securities_need": 186,
        "liquidity_used": 30,  # C's cash, all of it; the 10 came from outside
        "liquidity_hours": 90 * 24,
        "peak_intraday_credit": 0,
        "mean_intraday_credit": 0,
        "turnover_ratio": 260 / 30,
        "funding_shortfall": 10,
        "inclusion_wait_seconds": 60 * 14_300 / 320,
        "settlement_lag": 60 * 14_300 / 320,
        "settled_value": 260,
        "unsettled_value": 60,
        "unsettled_value_securities": 60,
        "unsettled_count": 1,  # one short position
        "unsettled_count_securities": 1,
    },
    "gross": {
        # Outflows as in the table: A's peak 100, B's 30, C's 0; together 100, 100, 40, 40, 30, 30.
        **ALWAYS,
        **ALL_SETTLES,
        **NONE_LEFT,
        **GROSS_UNITS,
        "value_moved": 290,
        "netting_efficiency": 1 - 290 / 320,
        "netting_efficiency_external": 0,
        "liquidity_need": 130,
        "system_peak": 100,
        "securities_need": 186,  # B 10 X, C 9 Y; A sells what it has bought
        "liquidity_used": 130,
        "liquidity_hours": 57,  # (100·20 + 40·20 + 30·20)/60 = 56.7
        "peak_intraday_credit": 100,
        "mean_intraday_credit": 57,
        "turnover_ratio": 320 / 130,
        "inclusion_wait_seconds": 0,
        "settlement_lag": 0,
    },
    "locked": {
        # Nothing received counts before the close: A needs 100, B 80 + 50, C 60; together 100, 180, 240, 290.
        **ALWAYS,
        **ALL_SETTLES,
        **NONE_LEFT,
        **GROSS_UNITS,
        "value_moved": 290,
        "netting_efficiency": 1 - 290 / 320,
        "netting_efficiency_external": 0,
        "liquidity_need": 290,
        "system_peak": 290,
        "securities_need": 249,  # B 10 X and A 6 X, C 9 Y: 169 + 80
        "liquidity_used": 290,
        # (100·10 + 180·10 + 240·20 + 290·20)/60 = 223.3
        "liquidity_hours": 223,
        "peak_intraday_credit": 290,
        "mean_intraday_credit": 223,
        "turnover_ratio": 320 / 290,
        "inclusion_wait_seconds": 0,
        "settlement_lag": 0,
    },
    "next_block": {
        # 09:00: 0. 09:20: B's 100 are free; 1, 2: B −20, C 60 (its 80 locked), A 100: together 160.
        # 09:40: C's 80 and A's 60 are free, C −20, A 40; 3; 4: B 30 (its 50 to A locked): 70. 10:00: A −10.
        **ALWAYS,
        **ALL_SETTLES,
        **NONE_LEFT,
        **GROSS_UNITS,
        "value_moved": 290,
        "netting_efficiency": 1 - 290 / 320,
        "netting_efficiency_external": 0,
        "liquidity_need": 100 + 30 + 60,
        "system_peak": 160,
        "securities_need": 186,
        "liquidity_used": 190,
        "liquidity_hours": 110,  # (100·20 + 160·20 + 70·20)/60
        "peak_intraday_credit": 160,
        "mean_intraday_credit": 110,
        "turnover_ratio": 320 / 190,
        # 80·10 + 30·10 = 1 100; 5 is worth nothing
        "inclusion_wait_seconds": 60 * 1_100 / 320,
        "settlement_lag": 60 * 1_100 / 320,
    },
    "blocks": {
        # 09:00: A has 60 + 40 of credit: 0 settles, A −40, B 100. 09:20: 1, B 20, C 110 and 2 Y; 2,
        # C 50, A 20. 09:40: 3; 4 waits, for B has 20. 10:00: 5 waits, for C has 2 Y. Neither settles.
        **ALWAYS,
        **ALL_SETTLES,
        **NONE_LEFT,
        "value_moved": 100 + 80 + 60,
        "units_moved": 10 + 4 + 6,
        "securities_value_moved": 169 + 36,  # 16·190/18, 4·80/9 = 35.6
        "netting_efficiency": 1 - 240 / 270,
        "netting_efficiency_external": 0,
        "securities_netting_efficiency": 1 - 205 / (190 + 36),
        "securities_netting_efficiency_external": 0,
        "liquidity_need": 130,  # blocks keep the order: as gross
        "system_peak": 100,
        "securities_need": 186,
        "liquidity_used": 100,  # A from 60 to −40; B and C never below what they began with
        "liquidity_hours": 2173,  # 90·24 + 40·20/60
        "peak_intraday_credit": 40,
        "mean_intraday_credit": 13,  # 40·20/60 = 13.3
        "turnover_ratio": 270 / 100,
        # 4 waits 20 minutes until the close: 50·20 = 1 000 of 14 300
        "settlement_delay": 1_000 / 14_300,
        "mean_delay_seconds": 60 * 1_000 / 320,
        "inclusion_wait_seconds": 60 * 1_100 / 320,
        "settlement_lag": 60 * 1_100 / 270,
        "settled_value": 270,
        "unsettled_value": 50,
        "unsettled_value_cash": 50,
        "deadlocked_value": 50,  # 4 lacks B's cash, 5 C's units, and neither brings the other anything
        "unsettled_count": 2,
        "unsettled_count_cash": 1,
        "unsettled_count_securities": 1,
        "queued_value": 50,
        "queued_value_cash": 50,  # 4 waits for cash; 5 is worth nothing
        "queued_count": 2,
    },
}
BY_MEMBER: dict[str, dict[str, tuple[int, int, int]]] = {
    "net": {
        "net_debit": (0, 30, 0),
        "value_moved": (0, 30, 0),
        "units_moved": (0, 10, 9),
        "securities_value_moved": (0, 106, 80),
        "liquidity_need": (0, 30, 0),
        "securities_need": (0, 106, 80),
        "liquidity_used": (0, 30, 0),
        "funding_shortfall": (0, 0, 0),
        "unsettled_value": (0, 0, 0),
        "credit_cost": (0, 0, 0),
        "credit_not_repaid": (0, 0, 0),
        "borrowing_fee": (0, 0, 0),
        "securities_not_returned": (0, 0, 0),
        "fees": (0, 0, 0),
        "holding_cost": (0, 0, 0),
        "topped_up": (0, 0, 0),
        "withdrawn": (0, 0, 0),
        "top_up_refused": (0, 0, 0),
        "carried_value": (0, 0, 0),
        "marks": (0, 0, 0),
        "bought_in_value": (0, 0, 0),
        "buy_in_cost": (0, 0, 0),
        **dict.fromkeys(("margin", "margin_at_risk", "margin_called", "margin_buffer"), (0, 0, 0)),
        **dict.fromkeys(("margin_collateral", "unsettled_exposure", "supplemental_deposits"), (0, 0, 0)),
        "money_settlement": (0, 30, 0),
        **dict.fromkeys((*COSTS, "cost"), (0, 0, 0)),
        **dict.fromkeys(("routed_need", "routed_net_debit", "marginal_net_debit"), (0, 0, 0)),
    },
    "halves": {"value_moved": (40, 50, 0), "liquidity_need": (40, 30, 0), "units_moved": (0, 10, 9)},
    "fails": {
        "value_moved": (0, 0, 40),
        "money_settlement": (0, 0, 40),
        "units_moved": (0, 10, 6),
        "liquidity_used": (0, 0, 30),
        "funding_shortfall": (0, 0, 10),
        "unsettled_value": (0, 0, 60),
    },
    "gross": {
        "net_debit": (0, 30, 0),
        "value_moved": (100, 130, 60),
        "money_settlement": (0, 0, 0),
        "units_moved": (6, 10, 9),
        "securities_value_moved": (63, 106, 80),
        "liquidity_need": (100, 30, 0),
        "securities_need": (0, 106, 80),
    },
    "locked": {"liquidity_need": (100, 130, 60), "securities_need": (63, 106, 80)},
    "next_block": {"liquidity_need": (100, 30, 60), "securities_need": (0, 106, 80)},
    "blocks": {
        "value_moved": (100, 80, 60),
        "units_moved": (6, 10, 4),
        "securities_value_moved": (63, 106, 36),
        "liquidity_used": (100, 0, 0),
        "unsettled_value": (0, 50, 0),
    },
}


@pytest.fixture(scope="module")
def result() -> simulator.Result:
    return simulator.run(CONFIG)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_measure_is_as_worked_by_hand(result, name):
    row = result.days.filter(pl.col("arrangement") == name).to_dicts()[0]
    summary = result.summary["arrangements"][name]
    assert {measure.name for measure in MEASURES} == set(EXPECTED[name])
    for measure, expected in EXPECTED[name].items():
        exactly = pytest.approx(expected, rel=1e-12, abs=1e-15) if isinstance(expected, float) else expected
        assert row[measure] == exactly, measure
        assert summary[measure] == exactly, measure  # one day: means, peaks and totals are its own


@pytest.mark.parametrize("name", BY_MEMBER)
def test_members_are_as_worked_by_hand(result, name):
    rows = result.participants.filter(pl.col("arrangement") == name).sort("participant")
    assert rows["participant"].to_list() == ["A", "B", "C"]
    for measure, expected in BY_MEMBER[name].items():
        assert tuple(rows[measure]) == expected, measure
    assert {measure.name for measure in MEASURES if measure.by_member} == set(BY_MEMBER["net"])


def test_the_flow_is_as_worked_by_hand(result):
    assert result.summary["flow"] == {
        "trades": 6,
        "gross_value": 320,
        "internalised_value": 30,
        "participants": 3,
        "securities": 2,
        "days": 1,
    }
    assert result.summary["minor_unit"] == 1
    rows = result.participants.filter(pl.col("arrangement") == "net").sort("participant")
    # A: 0, 2, 3, 4; B: 0, 1, 4, 5; C: 1, 2, 5. Bought and sold from and to others.
    assert rows["instructions"].to_list() == [4, 4, 3]
    assert rows["bought_value"].to_list() == [100, 130, 60]
    assert rows["sold_value"].to_list() == [110, 100, 80]


def test_a_fifth_of_the_value_waits_so_the_99th_percentile_is_its_wait(result):
    """50 of 320 wait 20 minutes; a histogram's bin is off by 1/128 of that at most."""
    arrangements = result.summary["arrangements"]
    assert arrangements["blocks"]["p99_delay_seconds"] == pytest.approx(1200, rel=1 / 128)
    for name in EXPECTED:
        if name != "blocks":
            assert arrangements[name]["p99_delay_seconds"] == 0
    assert result.summary["delay_quantile_error"] == 1 / 128


def test_the_lower_bound_is_the_net_debit(result):
    for found in result.summary["arrangements"].values():
        assert found["lower_bound_liquidity"] == 30


def test_the_comparison_holds_every_measure_against_the_baseline(result):
    comparison = result.summary["comparison"]
    assert comparison["baseline"] == "net"
    assert comparison["gross"]["liquidity_need"] == {"difference": 100, "ratio": 130 / 30}
    assert comparison["halves"]["value_moved"] == {"difference": 60, "ratio": 3.0}
    assert comparison["blocks"]["unsettled_value"] == {"difference": 50, "ratio": None}  # to zero: none
    assert comparison["gross"]["settlement_lag"] == {"difference": -60 * 14_300 / 320, "ratio": 0.0}
    assert set(comparison) == {"baseline", *EXPECTED} - {"net"}


def test_where_nothing_has_value_ratios_are_undefined():
    """One free delivery and nothing else: no cash, so no share, no delay, no turnover."""
    free = {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 3}
    config = {"flow": {"instructions": [free]}, "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}}}
    for found in simulator.run(config).summary["arrangements"].values():
        for measure in MEASURES:
            if measure.per == "ratio":
                assert found[measure.name] is None, measure.name
        assert found["p99_delay_seconds"] is None
        assert found["units_moved"] == 3
        assert found["liquidity_need"] == found["securities_value_moved"] == 0
