"""The pilot of tokenized entitlements: what must hold on random books, and small cases worked by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import simulator
from simulator.market.pilot import draw_eligible

from ..flows import assert_same, clock, results
from .test_continuous_net import MEMBERS, SECURITIES, random_flow

SHORT = {"holdings": "0.5 days"}
WAYS = {
    "t1": {},
    "t1_carried": {"carry": True},
    "t0_cycles": {"settles": "T+0", "cycles": 4},
    "t2_night": {"settles": "T+2", "carry": True, "night_cycle": "01:30", "buy_in": {"after": "1 day"}},
}
MINUTE = 60_000_000


def random_pilot(seed: int) -> dict:
    """Every kind of event at all hours, many at one instant; outages, a cut-off, rules and orders."""
    draw = np.random.default_rng([41, seed])
    events = []
    for _ in range(60):
        time = int(draw.choice([5, 70, 541, 550, 555, 570, 585, 600, 1200, 1430])) + int(draw.integers(3))
        action = str(
            draw.choice(["tokenize", "transfer", "reverse", "detokenize", "outage"], p=[0.4, *[0.15] * 4])
        )
        one: dict = {"time": clock(time * MINUTE), "action": action}
        if draw.random() < 0.5:
            one["day"] = int(draw.integers(4))
        if action == "outage":
            one["lasts"] = f"{draw.integers(1, 40)} min"
        else:
            member = int(draw.integers(MEMBERS))
            one |= {"member": f"M{member}", "security": f"S{draw.integers(SECURITIES)}"}
            one["units"] = int(draw.integers(1, 60))
            if action in ("transfer", "reverse"):
                one["to"] = f"M{(member + int(draw.integers(1, MEMBERS))) % MEMBERS}"
        events.append(one)
    return {
        "eligible": ["S0", "S1"],
        "wallets": {"except": ["M5"]},
        "latency": {"tokenize": f"{draw.integers(0, 3)} min", "detokenize": f"{draw.integers(0, 30)} min"},
        "cut_off": "09:50",
        "tokenize": {"share": "35 %", "at": "09:10", "every_day": bool(seed % 2)},
        "detokenize": {"share": "60 %", "at": "09:45", "every_day": True},
        "orders": {"share": "30 %"},
        "events": events,
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(2))
def test_units_and_tokens_are_conserved_after_every_call_of_the_ledger(verified, way, seed):
    """Tokens = omnibus balance; book + omnibus + on the way = issued: ``Accounts.verify`` holds it."""
    arrangement = {"layer": 2, **WAYS[way], "pilot": random_pilot(seed)}
    measured, _ = results(random_flow(seed), {"net": arrangement}, SHORT)
    for call in ("leave_book", "mint", "move_tokens", "burn", "enter_book"):
        assert verified[call] > 0, call
    pilot = measured.pilot
    assert pilot["tokens"].max() > 0
    assert pilot["refused_not_eligible"].sum() > 0
    assert pilot["refused_no_wallet"].sum() > 0
    assert 0 < pilot["orders_fallen_back"].sum() < pilot["orders_flagged"].sum()
    assert pilot["outages"].sum() > 0


@pytest.mark.parametrize("seed", range(3))
def test_wallets_follow_from_the_events_told(seed):
    """Adding up what each event did, by hand events alone, gives the tokens that stand day by day."""
    stated = {**random_pilot(seed), "orders": None, "tokenize": None, "detokenize": None}
    stated = {key: value for key, value in stated.items() if value is not None}
    measured, _ = results(random_flow(seed), {"net": {"layer": 2, "pilot": stated}}, SHORT)
    tokens: Counter[tuple[str, str]] = Counter()
    on_the_way: Counter[str] = Counter()
    days = {row["day"]: row for row in measured.pilot.to_dicts()}
    rows = measured.events.to_dicts()
    for day, row in days.items():
        for event in [one for one in rows if one["day"] == day]:
            kind, units, security = event["event"], event["units"], event["security"]
            if event["change"] == "begins" and kind != "outage":
                on_the_way[security] += units
            if event["change"] == "ends" and kind != "outage":
                on_the_way[security] -= units
            if kind == "tokenize" and event["change"] == "ends":
                tokens[event["member"], security] += units
            elif kind == "detokenize" and event["change"] == "begins":
                tokens[event["member"], security] -= units
            elif kind in ("transfer", "reverse"):
                tokens[event["member"], security] -= units
                tokens[event["to"], security] += units
            assert min(tokens.values(), default=0) >= 0
            assert event["asked"] is None or event["units"] <= event["asked"]
        assert (sum(tokens.values()), sum(on_the_way.values())) == (row["tokens"], row["on_the_way"])
    assert len(days) == 5  # four trade days, and the settlement day of the last
    assert sum(tokens.values()) > 0
    assert all(security in ("S0", "S1") for (_, security), held in tokens.items() if held)


@pytest.mark.parametrize("way", WAYS)
def test_a_pilot_in_which_nothing_happens_changes_no_figure(way):
    plain = {"layer": 2, **WAYS[way]}
    without, idle = (
        results(random_flow(4), {"net": each}, SHORT) for each in (plain, {**plain, "pilot": {}})
    )
    assert_same(without, idle)
    assert without[0].pilot is None
    assert idle[0].pilot["tokens"].sum() == 0


@pytest.mark.parametrize("chunk", [1, 7])
def test_how_a_flow_is_cut_moves_no_order(monkeypatch, chunk):
    """Draws stand in stretches of the flow, here of 16 instructions."""
    monkeypatch.setattr("simulator.market.pilot.STRETCH", 16)
    arrangement = {"net": {"layer": 2, "carry": True, "pilot": random_pilot(1)}}
    whole, cut = (results(random_flow(2, chunk=size), arrangement, SHORT) for size in (1 << 20, chunk))
    assert_same(whole, cut)
    assert whole[0].pilot.equals(cut[0].pilot)
    assert whole[0].events.equals(cut[0].events)
    flagged = int(whole[0].pilot["orders_flagged"].sum())
    assert 240 * 0.3 * 0.6 < flagged < 240 * 0.3 * 1.3  # of about 210 deliveries between two members


def test_a_larger_share_of_securities_has_all_of_a_smaller_one():
    some, more = (draw_eligible(Fraction(share), 10, seed=3) for share in ("1/4", "0.41"))
    assert (some.sum(), more.sum()) == (3, 5)  # ceil(2.5), ceil(4.1)
    assert not (some & ~more).any()
    assert draw_eligible(Fraction(1), 10, seed=3).all()
    assert not draw_eligible(Fraction(0), 10, seed=3).any()


# ------------------------------------------------------------------------------------------ by hand


def run(pilot: dict, *trades: dict, holdings: dict | None = None, **terms) -> simulator.Result:
    """One trade day of A, B and C, who hold 10 X, none, and none; A sells B one X for 5.00 at 10:00."""
    trades = trades or (
        {"time": "10:00", "buyer": "B", "seller": "A", "units": 1, "cash": 5},
        {"time": "10:00", "buyer": "C", "seller": "C", "units": 1, "cash": 5},  # so that C takes part
    )
    held = holdings or {"A": {"X": 10}}
    return simulator.run(
        {
            "flow": {"hours": "09:30-16:00", "instructions": [{"security": "X", **one} for one in trades]},
            "participants": {
                "funding": "unlimited",
                "members": {name: {"holdings": held.get(name, {})} for name in "ABC"},
            },
            "arrangements": {"net": {"layer": 2, "settles": "T+0", **terms, "pilot": pilot}},
        }
    )


def event(time: str, action: str, units: int, member: str = "A", **more) -> dict:
    return {"time": time, "action": action, "member": member, "security": "X", "units": units, **more}


def told(result: simulator.Result) -> list[tuple]:
    """Time in minutes of the run, event, change, units, reason."""
    columns = ("time", "event", "change", "units", "reason")
    rows = result.events.select(columns).rows()
    return [(time // MINUTE - 9 * 60 - 30, *rest) for time, *rest in rows]


def test_more_than_is_held_or_in_the_wallet_is_cut_with_its_reason():
    events = [
        event("09:30", "tokenize", 12),
        event("09:40", "transfer", 11, to="C"),
        event("09:41", "detokenize", 1),
        event("09:42", "detokenize", 99, "C"),
    ]
    result = run({"events": events})
    assert told(result) == [
        (0, "tokenize", "begins", 10, "units"),
        (1, "tokenize", "ends", 10, None),
        (10, "transfer", "", 10, "units"),
        (11, "detokenize", "", 0, "units"),
        (12, "detokenize", "begins", 10, "units"),
        (27, "detokenize", "ends", 10, None),
    ]
    assert result.pilot["refused_units"].to_list() == [1]
    # C, not A, holds the units now: A cannot deliver.
    assert result.summary["arrangements"]["net"]["unsettled_value"] == 500


def test_at_one_instant_what_arrives_comes_first_then_rules_then_events_as_listed():
    events = [
        event("09:31", "transfer", 10, to="C"),
        event("09:31", "tokenize", 3),
        event("09:30", "tokenize", 4),
    ]
    result = run(
        {"events": events, "tokenize": {"share": "50 %", "at": "09:31"}, "latency": {"tokenize": "1 min"}}
    )
    assert told(result)[:5] == [
        (0, "tokenize", "begins", 4, None),
        (1, "tokenize", "ends", 4, None),
        (1, "tokenize", "begins", 3, None),  # half of the 6 left
        (1, "transfer", "", 4, "units"),  # the 4 that have just arrived
        (1, "tokenize", "begins", 3, None),
    ]


def test_without_latency_tokens_stand_for_the_next_event_of_the_instant():
    events = [event("09:31", "tokenize", 4), event("09:31", "transfer", 3, to="B")]
    result = run({"events": events, "latency": {"tokenize": "0 s"}})
    assert told(result)[-1] == (1, "transfer", "", 3, None)


def test_units_back_at_the_instant_of_a_cycle_are_delivered_in_it():
    events = [event("09:30", "tokenize", 10), event("15:45", "detokenize", 1)]
    on_time, late = (
        run({"events": events, "latency": {"detokenize": lasts}}) for lasts in ("15 min", "900001 ms")
    )
    assert on_time.summary["arrangements"]["net"]["unsettled_value"] == 0
    assert late.summary["arrangements"]["net"]["unsettled_value"] == 500


def test_an_outage_puts_off_what_is_on_chain_and_outages_that_overlap_are_one():
    events = [
        event("09:30", "tokenize", 4),
        {"time": "09:30:30", "action": "outage", "lasts": "10 min"},
        {"time": "09:35:30", "action": "outage", "lasts": "10 min"},
        event("09:40", "transfer", 4, to="B"),
    ]
    result = run({"events": events})
    moved = [(at, what, change) for at, what, change, *_ in told(result) if what != "outage"]
    assert moved == [(0, "tokenize", "begins"), (15, "tokenize", "ends"), (15, "transfer", "")]
    assert result.pilot.select("outages", "outage_minutes").rows() == [(2, 15.0)]


def test_past_the_cut_off_of_the_last_day_nothing_is_burnt():
    events = [event("09:30", "tokenize", 4), event("15:00", "detokenize", 4), event("15:01", "detokenize", 4)]
    result = run({"events": events, "cut_off": "15:00", "detokenize": {"share": "100 %", "at": "15:30"}})
    assert told(result)[2:] == [
        (330, "detokenize", "begins", 4, None),
        (331, "detokenize", "", 0, "cut_off"),
        (345, "detokenize", "ends", 4, None),
    ]


def test_at_t1_the_pilot_has_the_trade_day_and_the_settlement_day():
    """What is tokenized on day 0 lacks on day 1; what is asked back on day 1 before the close is in time."""
    pilot = {"tokenize": {"share": "100 %", "at": "09:30"}}
    back = {"events": [event("09:45", "detokenize", 1, day=1)]}
    failing, settling = (run({**pilot, **more}, settles="T+1") for more in ({}, back))
    assert failing.pilot["day"].to_list() == [0, 1]
    assert failing.pilot["tokens"].to_list() == [10, 10]
    # Before anything has settled the opening price stands, then the day's: 5.00 both.
    assert failing.pilot["tokenized_value"].to_list() == [5000, 5000]
    assert failing.summary["arrangements"]["net"]["unsettled_value"] == 500
    assert settling.summary["arrangements"]["net"]["unsettled_value"] == 0
    assert settling.pilot["tokens"].to_list() == [10, 9]


def test_an_order_takes_what_is_received_and_waits_for_what_is_open():
    """B buys 4 and sells 1: 3 come in, 2 at 12:00 and, once they are back, 1 at 16:00, and are minted."""
    trades = (
        {"time": "10:00", "buyer": "B", "seller": "A", "units": 4, "cash": 20},
        {"time": "10:01", "buyer": "C", "seller": "B", "units": 1, "cash": 5},
    )
    pilot = {
        "wallets": ["A", "B"],
        "orders": {"share": "100 %"},
        "events": [event("09:30", "tokenize", 7), event("13:00", "detokenize", 1)],
    }
    result = run(pilot, *trades, cycles=["12:00", "16:00"], carry=True)
    # A holds 3 at noon, owes 4: longs B 3 and C 1, in some order; at 16:00 all is delivered.
    row = result.pilot.row(0, named=True)
    assert (row["orders_flagged"], row["orders_fallen_back"]) == (2, 1)
    assert row["tokens"] + row["on_the_way"] == 7 - 1 + 3
    assert result.summary["arrangements"]["net"]["unsettled_value"] == 0


def test_an_order_that_nets_with_a_sale_receives_nothing_and_mints_nothing():
    trades = (
        {"time": "10:00", "buyer": "A", "seller": "B", "units": 2, "cash": 10},
        {"time": "10:01", "buyer": "B", "seller": "A", "units": 5, "cash": 25},
    )
    result = run({"wallets": ["A"], "orders": {"share": "100 %"}}, *trades)
    row = result.pilot.row(0, named=True)
    assert (row["orders_flagged"], row["orders_fallen_back"]) == (2, 1)
    assert row["tokenizations"] == 0


def test_a_pilot_keeps_its_records_by_day():
    """What comes after a close counts for its day, what lands past the last day stays on its way."""
    events = [event("23:59", "tokenize", 2)]
    result = run({"events": events, "latency": {"tokenize": "2 min"}}, settles="T+1")
    rows = result.pilot.select("tokens", "on_the_way", "tokenizations").rows()
    assert rows == [(0, 2, 1), (2, 2, 1)]
