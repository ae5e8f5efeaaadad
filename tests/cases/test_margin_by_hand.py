"""Margin and exposure of small books by hand: prices of a day with cycles, fails, the queue of a chain."""

from __future__ import annotations

import pytest

import simulator

from .shipped import cents

PLAIN = {"confidence": "50 %", "gap": "none", "minimum": "0.00"}  # z = 0: what is asked for are marks alone


def row(time, buyer, seller, cash, units=10, day=0):
    return {
        "day": day,
        "time": time,
        "buyer": buyer,
        "seller": seller,
        "security": "X",
        "units": units,
        "cash": cash,
    }


def settle(instructions, arrangement, **members):
    """A and B from 09:00 to 16:00, over as many days as there are instructions of."""
    return simulator.run(
        {
            "name": "by hand",
            "days": 1 + max(one["day"] for one in instructions),
            "flow": {"hours": ["09:00", "16:00"], "instructions": instructions},
            "participants": {"members": {"A": members.get("A", {}), "B": members.get("B", {})}},
            "arrangements": {"it": arrangement},
        }
    )


def by_member(result, measure, day=0):
    return dict(result.participants.filter(day=day).select("participant", measure).rows())


def test_positions_are_worth_the_price_of_the_whole_day_whatever_has_been_netted():
    """10 X at 100 net at 11:00; 10 more at 120 are worth (1,000 + 1,200) / 20 = 110 each: A has lost 100."""
    cycles = {
        "layer": 2,
        "settles": "T+0",
        "cycles": ["11:00", "16:00"],
        "holdings": "ample",
        "margin": PLAIN,
    }
    result = settle([row("10:00", "A", "B", 1000), row("12:00", "A", "B", 1200)], cycles)
    assert by_member(result, "margin_buffer") == {"A": cents(100), "B": 0}


def test_a_fail_falls_due_with_the_next_date_once_its_own_has_had_its_last_cycle():
    """A's 10 X at 100 fail at noon of day 1. At 13:00 B buys 30 X of A for 3,000, due on day 2 as the fail
    now is: B is to pay 3,000 less 1,000, more than the 1,000 that A was to pay before noon."""
    carries = {"layer": 2, "settles": "T+1", "cut_off": "12:00", "carry": "yes", "margin": PLAIN}
    trades = [row("10:00", "A", "B", 1000), row("13:00", "B", "A", 3000, units=30, day=1)]
    result = settle(trades, carries)
    assert result.days.filter(day=1)["cover_1"].to_list() == [cents(2000)]


CHAIN = {"layer": 3, "block": "continuous", "margin": {"every": "1 h"}}


@pytest.mark.parametrize("more", [{}, {"cash_leg": {"coin": {"kind": "tokenized_deposit"}}}])
def test_what_waits_for_cash_is_at_stake_until_the_close(more):
    """1,000 from 09:30: in a line from 0 at 09:00 to 1,000 at 10:00, then for six hours: 6,500."""
    result = settle([row("09:30", "A", "B", 1000)], CHAIN | more, B={"holdings": {"X": 10}})
    assert result.days["unsettled_hours"].to_list() == [cents(6500)]


@pytest.mark.parametrize("block", ["continuous", "1 h"])
def test_nothing_is_at_stake_of_what_is_refused(block):
    """In blocks it is there until the next: 1,000 at 10:00, and half of it on average since 09:00."""
    refuses = {"wallets": {"registered": ["A"], "unregistered": "refuse"}, "block": block}
    result = settle([row("09:30", "A", "B", 1000)], CHAIN | refuses, B={"holdings": {"X": 10}})
    assert result.days["unsettled_hours"].to_list() == [cents(500) if block == "1 h" else 0]
