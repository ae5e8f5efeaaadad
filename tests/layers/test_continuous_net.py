"""Continuous net settlement: what must hold after every cycle, and small cases worked by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest

import simulator
from simulator.layers.continuous_net import ContinuousNet
from simulator.ledger import Ledger
from simulator.market.flow import DAY, HOUR, MINUTE, SECOND
from simulator.market.streams import stream

from ..flows import OPENS, ArrayFlow, assert_same, results

CARRY = {"layer": 2, "carry": True}
NIGHT = {**CARRY, "night_cycle": "01:30"}
WAYS = {
    "t1": CARRY,
    "t2_night": {**NIGHT, "settles": "T+2", "exemptions": {"M0": "all", "M1": ["S1"]}},
    "four_cycles": {**CARRY, "settles": "T+0", "cycles": 4, "delivery_priority": {"M2": 1}},
    "bought_in": {**CARRY, "buy_in": {"after": "1 day", "premium": "3 %"}},
}
MEMBERS, SECURITIES, TRADES = 6, 3, 240


def random_flow(seed: int, *, price: tuple[int, ...] = (), days: int = 4, chunk: int = 1 << 20) -> ArrayFlow:
    """Four days of an hour of trades, some payments, free deliveries and internalised ones among them.

    With a ``price`` by security everything is traded at it.
    """
    random = np.random.default_rng([77, seed])
    second = np.sort(random.choice(3600, (days, TRADES // days)), axis=1) * SECOND
    time = (np.arange(days)[:, None] * DAY + OPENS + second).ravel()
    count = len(time)
    buyer = random.integers(MEMBERS, size=count)
    seller = np.where(
        random.random(count) < 0.05, buyer, (buyer + random.integers(1, MEMBERS, count)) % MEMBERS
    )
    security, units = random.integers(SECURITIES, size=count), random.integers(1, 20, size=count)
    cash = units * (np.array(price)[security] if price else random.integers(1, 300, size=count))
    if not price:
        cash = np.where(random.random(count) < 0.05, 0, cash)
    payment = random.random(count) < (0 if price else 0.1)
    return ArrayFlow(
        time,
        buyer,
        seller,
        cash=np.maximum(cash, payment),
        units=np.where(payment, 0, units),
        security=np.where(payment, -1, security),
        members=MEMBERS,
        chunk=chunk,
    )


class Watched:
    """What each cycle leaves behind, and what each paid."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cycles = 0
        self.open = 0
        self.positions: list[dict[int, int]] = []
        self.held: list[np.ndarray] = []
        self.paid: list[np.ndarray] = []
        settle, pay = ContinuousNet.settle, Ledger.pay_cycle

        def watched_settle(house, trade_day, now, totals):
            settle(house, trade_day, now, totals)
            self.cycles += 1
            positions = house.positions
            security, _ = house.ledger.slot_owners()
            sums = np.zeros(len(positions.prices), np.int64)
            np.add.at(sums, security, positions.units[: len(security)])
            assert not sums.any()  # the clearing house owes as much as it is owed
            assert not positions.value().sum()
            assert not house._marks.sum()
            touched = np.flatnonzero(positions.units)
            assert sorted(positions.active.tolist()) == touched.tolist()
            assert not positions.ages[positions.units == 0].any()
            self.open += len(touched)
            self.positions.append({int(slot): int(positions.units[slot]) for slot in positions.active})
            self.held.append(house.ledger.state.slots[: len(security), 0].copy())

        def watched_pay(ledger, payable, now):
            self.paid.append(payable.copy())
            return pay(ledger, payable, now)

        monkeypatch.setattr(ContinuousNet, "settle", watched_settle)
        monkeypatch.setattr(Ledger, "pay_cycle", watched_pay)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(2))
def test_the_clearing_house_is_flat_and_nothing_is_lost_after_every_cycle(verified, monkeypatch, way, seed):
    watched = Watched(monkeypatch)
    short = {"holdings": "0.3 days", "funding": {"prefunding": "20", "credit_limit": "1"}}
    measured, _ = results(random_flow(seed), {"net": WAYS[way]}, short)
    assert watched.cycles == {"t2_night": 8, "four_cycles": 16}.get(way, 4)
    assert watched.open > 10
    assert verified["deliver_positions"] == watched.cycles
    summary = measured.summary["arrangements"]["net"]
    assert summary["carried_value"] > 0
    assert summary["marks"] > 0
    outside = measured.days["bought_in_value"] + measured.days["buy_in_cost"]
    per_cycle = np.array([paid.sum() for paid in watched.paid]).reshape(4, -1)
    assert per_cycle.sum(axis=1).tolist() == outside.to_list()
    assert bool(outside.sum()) == (way == "bought_in")
    days = measured.days
    assert (
        days["settled_value"] == days["gross_value"] + days["carried_value"] - days["unsettled_value"]
    ).all()
    by_day = measured.participants.group_by("day").agg(
        pl.col("marks", "carried_value", "unsettled_value").sum()
    )
    for name in ("marks", "carried_value", "unsettled_value"):
        assert by_day.sort("day")[name].to_list() == days.sort("day")[name].to_list()
    timeline = measured.timeline.group_by("day").agg(pl.col("settled_value").sum()).sort("day")
    assert timeline["settled_value"].to_list() == days["settled_value"].to_list()


@pytest.mark.parametrize("way", ["t1", "t2_night", "four_cycles"])
@pytest.mark.parametrize("seed", range(2))
def test_the_cash_of_a_fail_moves_with_its_delivery_and_never_before(monkeypatch, way, seed):
    """At one price a security, what a member has paid so far is what it has received, less delivered."""
    watched, price = Watched(monkeypatch), (7, 110, 23)
    results(random_flow(seed, price=price), {"net": WAYS[way]}, {"holdings": "0.3 days"})
    held = watched.held[1::2] if way == "t2_night" else watched.held  # after each cycle that pays
    opening = opening_units(random_flow(seed, price=price))
    paid = np.cumsum(watched.paid, axis=0)
    assert len(held) == len(paid)
    for units, cash in zip(held, paid, strict=True):
        received = (units - opening).reshape(SECURITIES, MEMBERS)
        assert cash.tolist() == (np.array(price) @ received).tolist()
    assert watched.open > 10


def opening_units(flow: ArrayFlow) -> np.ndarray:
    """0.3 days of expected sales, rounded half to even, by security, then member."""
    sales = np.array([flow.expected_sales(member) for member in range(MEMBERS)]).T.ravel()
    return np.array([round(Fraction(3, 10) * int(units)) for units in sales])


@pytest.mark.parametrize("terms", [{}, {"settles": "T+0"}, {"settles": "T+0", "cycles": 3}])
@pytest.mark.parametrize("holdings", ["ample", "50 days"])
def test_where_nothing_fails_carrying_changes_no_figure(terms, holdings):
    plain = {"layer": 2, **terms}
    ways = {"net": plain}, {"net": {**plain, "carry": True}}, {"net": {**plain, **NIGHT}}
    flow, endowed = random_flow(5), {"holdings": holdings}
    without, carried, night = (results(flow, way, endowed) for way in ways)
    for other in (carried, night):
        assert_same(without, other)
        assert other[0].fails.is_empty()
    assert without[0].fails is None


def test_one_day_fails_as_much_with_and_without_carrying():
    """Whoever goes short, what shorts cannot deliver is the same; only who waits for it may differ."""
    flow = random_flow(3, days=1)
    ways = {"plain": {"layer": 2}, "carried": CARRY}
    measured, _ = results(flow, ways, {"holdings": "0.3 days"})
    plain, carried = (measured.summary["arrangements"][name] for name in ways)
    for name in ("unsettled_value", "unsettled_count", "settled_value", "units_moved", "mean_delay_seconds"):
        assert plain[name] == carried[name] > 0 or name == "mean_delay_seconds"
    assert plain["mean_delay_seconds"] == carried["mean_delay_seconds"]


@pytest.mark.parametrize("seed", range(2))
def test_a_finer_grid_of_cycles_moves_no_less_cash(seed):
    """Each cycle of a grid is cut in two: Σ max(0, net) of the parts is never below that of the whole."""
    ways = {str(cycles): {**CARRY, "settles": "T+0", "cycles": cycles} for cycles in (1, 2, 4, 8, 16)}
    measured, _ = results(random_flow(seed), ways, {"holdings": "ample"})
    moved = [measured.summary["arrangements"][name]["value_moved"] for name in ways]
    assert moved == sorted(moved)
    assert moved[0] < moved[-1]


@pytest.mark.parametrize("way", WAYS)
def test_how_the_flow_is_cut_changes_nothing(way):
    whole, cut = (
        results(random_flow(1, chunk=chunk), {"net": WAYS[way]}, {"holdings": "0.3 days"})
        for chunk in (1 << 20, 7)
    )
    assert_same(whole, cut)
    assert whole[0].fails.equals(cut[0].fails)
    assert len(whole[0].fails) > 5


def trade(day, buyer, seller, units, cash, time="09:30", security="X"):
    return {
        "day": day,
        "time": time,
        "buyer": buyer,
        "seller": seller,
        "security": security,
        "units": units,
        "cash": cash,
    }


def run(*instructions, members, days=None, **terms):
    """A run of typed instructions in yen between 09:00 and 10:00, cash unlimited."""
    config = {
        "flow": {"currency": "JPY", "hours": "09:00–10:00", "instructions": list(instructions)},
        "participants": {"funding": "unlimited", "members": members},
        "arrangements": {"net": {**CARRY, **terms}},
    }
    return simulator.run(config if days is None else {**config, "days": days})


def fails(result, day, security="X"):
    rows = result.fails.filter(day=day, security=security).to_dicts()
    return {row["participant"]: (row["units"], row["age"]) for row in rows}


LISTED = {"Short": {}, "Holder": {"holdings": {"X": 1}}, "Old": {}, "New": {}}
AGES = (trade(0, "Old", "Short", 1, 10), trade(1, "New", "Short", 1, 10), trade(1, "New", "Holder", 1, 10))


def test_the_older_position_receives_first_and_a_lower_group_before_it():
    """Day 2: Holder delivers 1; Old has waited a day, New is new with 2."""
    assert fails(run(*AGES, members=LISTED), 2) == {"Short": (-2, 1), "New": (2, 0)}
    first = run(*AGES, members=LISTED, delivery_priority={"New": 1})
    assert fails(first, 2) == {"Short": (-2, 1), "Old": (1, 1), "New": (1, 0)}
    last = run(*AGES, members=LISTED, delivery_priority={"Old": 6})
    assert fails(last, 2) == {"Short": (-2, 1), "Old": (1, 1), "New": (1, 0)}


def test_positions_of_one_group_and_age_receive_by_lot():
    """One unit for four: who gets it on the settlement day is the first of its permutation that waits."""
    names = ["Short", *"ABCD"]
    members = {name: {"holdings": {"X": 1}} if name == "Short" else {} for name in names}
    winners = set()
    for seed in range(8):
        config = {
            "seed": seed,
            "flow": {"currency": "JPY", "instructions": [trade(0, name, "Short", 1, 1) for name in "ABCD"]},
            "participants": {"members": members, "funding": "unlimited"},
            "arrangements": {"net": CARRY},
        }
        waiting = set(fails(simulator.run(config), 1)) - {"Short"}
        (winner,) = set("ABCD") - waiting
        lots = [names[place] for place in stream(seed, "allocation", 1).permutation(5)]
        assert winner == next(name for name in lots if name != "Short")
        winners.add(winner)
    assert len(winners) > 1


def test_a_position_that_turns_its_sign_is_new():
    """Day 1: A short 1. Day 2: A buys 3 of B, who has none: A long 2, B short 3, C still long 1."""
    flow = trade(0, "C", "A", 1, 10), trade(1, "A", "B", 3, 30), trade(2, "B", "A", 1, 10)
    result = run(*flow, members={"A": {}, "B": {}, "C": {}})
    assert fails(result, 1) == {"A": (-1, 0), "C": (1, 0)}
    assert fails(result, 2) == {"A": (2, 0), "B": (-3, 0), "C": (1, 1)}
    assert fails(result, 3) == {"A": (1, 1), "B": (-2, 1), "C": (1, 2)}
    assert result.days["oldest_fail"].to_list() == [0, 0, 1]
    assert result.summary["arrangements"]["net"]["oldest_fail"] == 1


def test_what_is_exempt_at_night_is_delivered_in_the_day_and_cash_moves_once(monkeypatch):
    """Slots: X of North, South, East 0, 1, 2; Y 3, 4, 5."""
    flow = trade(0, "South", "North", 5, 50), trade(0, "North", "East", 5, 100, security="Y")
    flow += (trade(0, "South", "East", 1, 10),)
    members = {"North": {"holdings": {"X": 5}}, "South": {}, "East": {"holdings": {"Y": 5, "X": 1}}}
    kept = {
        "nothing": ({}, {}),
        "one": ({"North": ["X"]}, {0: -5, 1: 5}),
        "other": ({"North": ["Y"]}, {}),
        "all": ({"East": "all"}, {1: 1, 2: -1, 3: 5, 5: -5}),
    }
    for exemptions, after_night in kept.values():
        with monkeypatch.context() as patch:
            watched = Watched(patch)
            result = run(*flow, members=members, night_cycle="01:30", exemptions=exemptions)
        assert watched.positions == [after_night, {}]
        assert [paid.tolist() for paid in watched.paid] == [[50, 60, -110]]
        assert result.days["units_moved"].to_list() == [11]
        assert result.days["unsettled_value"].to_list() == [0]


def test_at_t0_prices_add_up_over_the_day_and_marks_come_with_every_cycle():
    """09:30: 10 units at 10, and B has none: 100 withheld. 10:00: P = (100 + 140) / 20 = 12.

    B pays 20 in marks and A receives them; C delivers 10, and A pays 120 for them, with its marks 100, and
    20 more than P × units in the trade of 140 itself.
    """
    flow = trade(0, "A", "B", 10, 100, "09:10"), trade(0, "A", "C", 10, 140, "09:40")
    members = {"A": {}, "B": {}, "C": {"holdings": {"X": 10}}}
    result = run(*flow, members=members, settles="T+0", cycles=2)
    (day,) = result.days.to_dicts()
    assert (day["marks"], day["unsettled_value"], day["unsettled_count"], day["carried_value"]) == (
        20,
        120,
        1,
        0,
    )
    assert (day["settled_value"], day["value_moved"], day["units_moved"]) == (120, 140, 10)
    paid = {row["participant"]: row["value_moved"] for row in result.participants.to_dicts()}
    assert paid == {"A": 120, "B": 20, "C": 0}
    assert day["mean_delay_seconds"] == 100 * 1800 / 240  # 100 is open from 09:30 to 10:00
    settled = result.timeline.filter(pl.col("settled_value") != 0).select("time", "settled_value").rows()
    assert settled == [(10 * HOUR, 120)]


def test_what_waits_and_settles_later_in_the_day_has_waited_so_long():
    """Two cycles of a T+0 day: 6 of 10 fail at 09:30, and B buys 4 of them back before 10:00."""
    flow = trade(0, "A", "B", 10, 100, "09:10"), trade(0, "B", "A", 4, 40, "09:40")
    result = run(*flow, members={"A": {}, "B": {"holdings": {"X": 4}}}, settles="T+0", cycles=2)
    (day,) = result.days.to_dicts()
    assert (day["unsettled_value"], day["settled_value"], day["marks"]) == (20, 120, 0)
    assert day["mean_delay_seconds"] == 60 * 1800 / 140
    delays = result.delays.select("from_seconds", "value").rows()
    assert sum(value for _, value in delays) == 140
    assert dict(delays)[0.0] == 80
    assert fails(result, 0) == {"A": (2, 0), "B": (-2, 0)}


def test_a_cut_off_before_the_close_leaves_what_is_open_waiting():
    flow = (trade(0, "A", "B", 10, 100),)
    result = run(*flow, members={"A": {}, "B": {"holdings": {"X": 4}}}, cut_off="09:20")
    assert result.days["mean_delay_seconds"].to_list() == [60 * 40 * MINUTE / SECOND / 100]


def test_a_security_that_is_not_traded_keeps_its_price_and_an_unpriced_one_has_none():
    free = trade(0, "A", "B", 3, 0, security="F")
    result = run(free, trade(0, "A", "B", 2, 25), trade(1, "A", "B", 1, 0), members={"A": {}, "B": {}})
    assert result.fails.filter(participant="A").select("day", "security", "price", "value").rows() == [
        (1, "F", 0, 0),
        (1, "X", 12, 24),  # 12.5, half to even
        (2, "F", 0, 0),
        (2, "X", 12, 36),
    ]


def test_a_buy_in_closes_the_oldest_short_first_and_rounds_its_premium_by_position():
    """L is owed 1 by Early from day 1 and 3 by Late from day 2. Day 3: 5 and 15 at 10 %: 0.5 and 1.5."""
    flow = (
        trade(0, "L", "Early", 1, 5),
        trade(1, "L", "Late", 3, 15),
        trade(2, "L", "Early", 1, 5, security="Z"),
    )
    terms = {"buy_in": {"after": "2 days", "premium": "10 %"}}
    result = run(*flow, members={"Late": {}, "Early": {}, "L": {}}, **terms)
    assert fails(result, 2) == {"Late": (-3, 0), "Early": (-1, 1), "L": (4, 1)}
    assert fails(result, 3) == {}
    rows = result.participants.filter(day=3).to_dicts()
    columns = ("bought_in_value", "buy_in_cost", "value_moved")
    cost = {row["participant"]: tuple(row[name] for name in columns) for row in rows}
    assert cost == {"Late": (15, 2, 2), "Early": (5, 0, 0), "L": (0, 0, 20)}
    assert result.days["settled_value"].to_list() == [0, 0, 20]


def test_of_shorts_of_one_age_the_one_listed_first_is_closed():
    """L is owed 2 and hands 1 on to M: one unit of L's is bought in on day 3, M is a day younger."""
    flow = (
        trade(0, "L", "B", 1, 5),
        trade(0, "L", "A", 1, 5),
        trade(1, "M", "L", 1, 5),
        trade(2, "M", "L", 1, 5, security="Z"),
    )
    for first, second in ("AB", "BA"):
        members = {first: {}, second: {}, "L": {}, "M": {}}
        result = run(*flow, members=members, buy_in={"after": "2 days"})
        assert fails(result, 3) == {second: (-1, 2), "M": (1, 1)}
        assert result.days["bought_in_value"].to_list() == [0, 0, 5]


def test_settling_banks_pay_on_net_without_carrying_too():
    """A pays 7, B receives 3, C receives 4. With A and B in one bank it pays 4."""
    flow = trade(0, "A", "B", 1, 3), trade(0, "A", "C", 1, 4)
    members = {name: {"holdings": {"X": 2}} for name in "ABC"}
    alone = run(*flow, members=members, carry=False)
    banked = run(*flow, members=members, carry=False, settling_banks={"Bank": ["A", "B"]})
    assert alone.days["settling_bank_debit"].to_list() == [7]
    assert banked.days["settling_bank_debit"].to_list() == [4]
    assert banked.days["value_moved"].to_list() == [7]
    assert banked.fails is None


def test_limits_are_on_what_is_paid_and_the_rest_comes_from_outside():
    """B owes 10 marks on its fail and has 4; A pays nothing for what it has not received."""
    flow = trade(0, "A", "B", 5, 50), trade(1, "A", "C", 1, 12)
    config = {
        "flow": {"currency": "JPY", "hours": "09:00–10:00", "instructions": list(flow)},
        "participants": {"members": {"A": {"cash": 12}, "B": {"cash": 4}, "C": {"holdings": {"X": 1}}}},
        "arrangements": {"net": CARRY},
    }
    result = simulator.run(config)
    assert result.days["marks"].to_list() == [0, 10]
    assert result.days["funding_shortfall"].to_list() == [0, 6]
    used = result.participants.filter(day=2).select("participant", "liquidity_used").rows()
    assert dict(used) == {"A": 2, "B": 4, "C": 0}
