"""Trade days, settlement days, and what happens in which order at one instant."""

from __future__ import annotations

import sys
from types import ModuleType

import polars as pl
import pytest
import simpy

import simulator
from simulator.config.schema import Cycles
from simulator.layers.clock import Clock
from simulator.layers.schedule import cycle_times, grid, settlement_day
from simulator.market.flow import DAY, HOUR, MINUTE, TradeDay
from simulator.simulation import PHASES

NINE, TEN = 9 * HOUR, 10 * HOUR


def trade(day: str, time: str, buyer: str, seller: str, cash: int) -> str:
    return f"{day}T{time},{buyer},{seller},{cash}"


@pytest.fixture
def over_a_weekend(tmp_path):
    """Thursday, Friday and Monday of July 2026, from 09:00 to 10:00; A pays B 5 a day, B pays A 1."""
    lines = ["time,buyer,seller,cash"]
    for day in ("2026-07-02", "2026-07-03", "2026-07-06"):
        lines += [trade(day, "09:00:00", "A", "B", 5), trade(day, "10:00:00", "B", "A", 1)]
    (tmp_path / "week.csv").write_text("\n".join(lines), encoding="utf-8")
    columns = {name: name for name in ("time", "buyer", "seller", "cash")}
    return {"flow": {"tape": {"path": str(tmp_path / "week.csv"), "currency": "JPY", "columns": columns}}}


@pytest.mark.parametrize(
    ("settles", "calendar_days"), [(0, (0, 1, 4)), (1, (1, 4, 5)), (2, (4, 5, 6)), (3, (5, 6, 7))]
)
def test_trades_settle_n_trade_days_later_and_past_the_last_on_calendar_days(
    over_a_weekend, settles, calendar_days
):
    """Friday at T+1 settles on Monday, Monday at T+1 on Tuesday."""
    over_a_weekend["arrangements"] = {"net": {"layer": 2, "settles": f"T+{settles}"}}
    result = simulator.run(over_a_weekend, instructions=True)
    rows = result.instructions
    assert rows["settled_at"].to_list() == [day * DAY + TEN for day in calendar_days for _ in range(2)]
    assert rows["day"].to_list() == [settles + trade_day for trade_day in range(3) for _ in range(2)]
    assert result.days["value_moved"].to_list() == [4, 4, 4]
    assert result.days["trade_day"].to_list() == [0, 1, 2]


def test_gross_settles_on_the_trade_date_and_each_day_begins_at_its_opening_funding(over_a_weekend):
    """A has 5 each morning: Thursday's payment leaves it with 1 at the close, and Friday's settles too."""
    gross = {"layer": 3, "funding": {"prefunding": "5"}}
    over_a_weekend["arrangements"] = {"gross": gross, "poor": {**gross, "funding": {"prefunding": "3"}}}
    result = simulator.run(over_a_weekend, instructions=True)
    settled = result.instructions.filter(pl.col("arrangement") == "gross")["settled_at"].to_list()
    assert settled == [day * DAY + time for day in (0, 1, 4) for time in (NINE, TEN)]
    poor = result.instructions.filter(pl.col("arrangement") == "poor")
    # With 3 A cannot pay on any day, though it gets 1 at each close: that is squared with the outside.
    assert poor.filter(pl.col("buyer") == "A")["settled_at"].to_list() == [None] * 3
    assert poor.filter(pl.col("buyer") == "B")["settled_at"].null_count() == 0


def test_units_carry_over_to_the_next_day_and_what_waits_does_not():
    """Day 0: B delivers its 3 X to A, C waits in vain for X of A's; day 1: A has them, and delivers to C."""
    sells = [(0, "B", "A", "09:30"), (0, "A", "C", "09:00"), (1, "A", "C", "09:30")]
    instructions = [
        {"time": time, "day": day, "seller": s, "buyer": b, "security": "X", "units": 3}
        for day, s, b, time in sells
    ]
    instructions[1]["units"] = 4  # more than A will ever hold
    config = {
        "days": 2,
        "flow": {"instructions": instructions, "hours": "09:00–10:00"},
        "participants": {"members": {"A": {}, "B": {"holdings": {"X": 3}}, "C": {}}},
        "arrangements": {"gross": {"layer": 3}},
    }
    result = simulator.run(config, instructions=True)
    assert result.instructions["id"].to_list() == [0, 1, 2]
    half_past_nine = NINE + 30 * MINUTE
    assert result.instructions["settled_at"].to_list() == [half_past_nine, None, DAY + half_past_nine]
    assert result.days["unsettled_count"].to_list() == [1, 0]


def test_a_cut_off_settles_all_of_the_day_before_at_its_time(over_a_weekend):
    over_a_weekend["arrangements"] = {"net": {"layer": 2, "settles": "T+1", "cut_off": "08:00"}}
    rows = simulator.run(over_a_weekend, instructions=True).instructions
    assert rows["settled_at"].to_list() == [day * DAY + 8 * HOUR for day in (1, 1, 4, 4, 5, 5)]


def test_what_happens_at_one_instant_happens_in_the_order_of_the_phases():
    environment = simpy.Environment()
    clock = Clock(environment, PHASES)
    seen = []

    def actor(phase, time):
        yield clock.at(time, phase)
        seen.append((environment.now, phase))

    for time in (7, 3):
        for phase in reversed(PHASES):
            environment.process(actor(phase, time))
    environment.run()
    assert seen == [(time, phase) for time in (3, 7) for phase in PHASES]


def test_actors_of_one_phase_act_in_the_order_in_which_they_asked():
    environment = simpy.Environment()
    clock, seen = Clock(environment, PHASES), []

    def actor(number):
        yield clock.at(5, "blocks")
        seen.append(number)

    for number in (3, 1, 2):
        environment.process(actor(number))
    environment.run()
    assert seen == [3, 1, 2]


@pytest.mark.parametrize(
    ("interval", "first", "expected"),
    [
        (4, 0, [100, 104, 108, 110]),  # the close is a block, on the grid or not
        (5, 0, [100, 105, 110]),
        (10, 0, [100, 110]),
        (99, 0, [100, 110]),
        (4, 1, [104, 108, 110]),
        (10, 1, [110]),
    ],
)
def test_blocks_stand_at_the_open_every_interval_and_at_the_close(interval, first, expected):
    assert list(grid(100, 110, interval, first)) == expected


@pytest.mark.parametrize(
    ("block", "every", "minutes"),
    [
        ("7 min", "10 min", [14, 21, 35, 42, 56, 60]),  # due at 10, 20, 30, 40, 50: the first block then
        ("5 min", "15 min", [15, 30, 45, 60]),
        ("20 min", "5 min", [20, 40, 60]),  # every block; the one at the open is none
        ("24 h", "1 min", [60]),
        ("continuous", "25 min", [25, 50, 60]),
        ("continuous", "2 h", [60]),
    ],
)
def test_an_offset_runs_in_the_first_block_once_it_is_due_and_at_the_close(
    monkeypatch, block, every, minutes
):
    """Due every so often from the open, however late the block was that ran it last."""
    asked = []
    rules = ModuleType("asked_rules")
    rules.note_time = lambda waiting: asked.append((waiting.now - NINE) // MINUTE) or []
    monkeypatch.setitem(sys.modules, "asked_rules", rules)
    saving = {"rule": "asked_rules:note_time", "every": every}
    owes = {"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}  # and never has it
    simulator.run(
        {
            "flow": {"hours": "09:00–10:00", "instructions": [owes]},
            "participants": {"members": {"A": {}, "B": {}}},
            "arrangements": {"gross": {"layer": 3, "block": block, "liquidity_saving": saving}},
        }
    )
    assert asked == minutes


@pytest.mark.parametrize(
    ("cycles", "expected"),
    [
        (None, (TEN,)),
        (Cycles(count=1), (TEN,)),
        (Cycles(count=4), (NINE + 15 * MINUTE, NINE + 30 * MINUTE, NINE + 45 * MINUTE, TEN)),
        (Cycles(every=25 * MINUTE), (NINE + 25 * MINUTE, NINE + 50 * MINUTE, TEN)),
        (Cycles(every=30 * MINUTE), (NINE + 30 * MINUTE, TEN)),
        (Cycles(times=(NINE + MINUTE, TEN)), (NINE + MINUTE, TEN)),
        (Cycles(times=(NINE + MINUTE,)), (NINE + MINUTE, TEN)),
        (Cycles(times=(NINE + MINUTE, 11 * HOUR)), (NINE + MINUTE, TEN)),  # none after the close
    ],
)
def test_the_close_is_always_the_last_cycle(cycles, expected):
    day = TradeDay(2, 2 * DAY, 2 * DAY + NINE, 2 * DAY + TEN, "Monday")
    assert cycle_times(cycles, day) == tuple(2 * DAY + time for time in expected)


def test_a_settlement_day_past_the_last_trade_day_is_the_next_calendar_day():
    thursday, monday = (TradeDay(k, d * DAY, d * DAY + NINE, d * DAY + TEN, "") for k, d in ((0, 0), (1, 4)))
    assert settlement_day([thursday, monday], 1) is monday
    tuesday = settlement_day([thursday, monday], 2)
    assert (tuesday.midnight, tuesday.opens, tuesday.closes) == (5 * DAY, 5 * DAY + NINE, 5 * DAY + TEN)
