"""The reference's cash legs and their minting, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from .book import DAY, HOUR, MINUTE, Arrangement, Facility, Member, Saving
from .by_hand import NINE, at, book_of, holding, minutes_settled, reference_day, reference_days, waits_of
from .legs import open_on, processed_from, spread
from .terms import Fault, Leg, Treasury

CONTINUOUS = Arrangement(layer=3)
DEPOSITS = (Leg("bank_a", payers=("A",)), Leg("bank_b", payers=("B", "C")))
PERCENT = Fraction(1, 100)


def test_two_pools_are_not_one_money():
    """A pays B 10 in bank A's money; B, whose own bank holds nothing for it, cannot pay that on to C."""
    book = book_of(holding(A=10, B=0, C=0), (1, "A", "B", 10), (2, "B", "C", 10))
    day = reference_day(book, replace(CONTINUOUS, legs=DEPOSITS))
    assert (day.sequence, day.waited_for(1)) == ([0], "cash")
    assert day.cash_before_squaring == {"A": 0, "B": 10, "C": 0}
    money = {account: cash for account, cash in day.accounts_before_squaring.items() if cash}
    assert money == {("B", "bank_a"): 10}
    fungible = tuple(replace(leg, pool="deposits") for leg in DEPOSITS)
    assert reference_day(book, replace(CONTINUOUS, legs=fungible)).sequence == [0, 1]


def test_need_is_told_by_account():
    """A pays B 10 and B pays A 10. In one money A needs 10, in two both do; in all they owe nothing."""
    book = book_of(holding(A=10, B=10), (1, "A", "B", 10), (2, "B", "A", 10))
    for way, need in ((CONTINUOUS, 10), (replace(CONTINUOUS, legs=DEPOSITS), 20)):
        m = reference_day(book, way).measures
        assert (m["liquidity_need"], m["liquidity_used"], m["net_debit"]) == (need, need, 0)
        assert m["system_peak"] == need
        assert m.by_member["B"]["liquidity_need"] == need - 10
        assert m["value_moved"] == 20


def test_an_offset_is_of_one_money():
    """A and B owe each other 10, neither has any: they offset in one money, and not in two."""
    book = book_of(holding(A=0, B=0), (1, "A", "B", 10), (2, "B", "A", 10))
    for rule in ("multilateral_offset", "bilateral_offset", "exact_optimum"):
        way = replace(CONTINUOUS, saving=(Saving(rule, HOUR),))
        assert reference_day(book, way).sequence == [0, 1]
        assert reference_day(book, replace(way, legs=DEPOSITS)).sequence == [], rule


def test_money_is_brought_in_the_own_leg_or_by_share():
    """A pays in x. B does not: 3 of its 10, a third rounded down, stand in z, the rest in y, listed first."""
    legs = [Leg("x", payers=("A",)), Leg("y", share=Fraction(2, 3)), Leg("z", share=Fraction(1, 3))]
    assert spread("A", 10, legs) == {"x": 10}
    assert spread("B", 10, legs) == {"y": 7, "z": 3}
    # A credit limit over the legs that lend: without y, all in z.
    assert spread("B", 10, [legs[0], legs[2]]) == {"z": 10}
    # Legs without payers share alike.
    alike = [replace(leg, share=None) for leg in legs]
    assert spread("B", 11, alike) == {"y": 6, "z": 5}
    assert spread("B", 11, [replace(leg, pool="one") for leg in alike]) == {"one": 11}


def test_a_limit_lends_where_the_leg_does_and_facilities_in_the_first_that_does():
    """A pays in a stablecoin, which lends nothing; B in deposits, where its limit of 3 is, and the line."""
    legs = (Leg("coin", "stablecoin", payers=("A",)), Leg("bank", payers=("B",)))
    members = {"A": Member(cash=2, credit_limit=9), "B": Member(credit_limit=3)}
    rows = [(1, "A", "B", 3), (2, "B", "A", 8), (3, "B", "A", 5), (4, "A", "B", 2)]
    line = Facility("line", cap=4)
    day = reference_day(book_of(members, *rows), replace(CONTINUOUS, legs=legs, credit=(line,)))
    # B can draw 3 and 4, not 8; A has 2 and can draw nothing where it pays, though it was paid 5 deposits.
    assert waits_of(day, 4) == ["cash", "cash", None, None]
    assert {facility.name: facility.peak for facility in day.facilities} == {"credit_limit": 3, "line": 2}


def test_cash_of_a_frozen_leg_stays_and_free_deliveries_go_on():
    """Bank A's leg is frozen from 9:05 to 9:20: what A pays waits, what B pays does not."""
    members = {"A": Member(cash=10, holdings={"X": 2}), "B": Member(cash=10), "C": Member()}
    rows = [(6, "A", "B", 1), (7, "B", "A", 1, "X", 1), (8, "B", "A", 0, "X", 1), (9, "A", "A", 5)]
    book = book_of(members, *rows)
    frozen = (Fault("cash_leg_frozen", at(5), at(20), leg="bank_a"),)
    day = reference_day(book, replace(CONTINUOUS, legs=DEPOSITS, faults=frozen))
    assert minutes_settled(day, 4) == [20, 7, 8, 9]
    assert waits_of(day, 4) == ["frozen", None, None, None]
    # Where there is one leg, none need be named.
    one = (Leg("coin", "stablecoin"),)
    unnamed = (replace(frozen[0], leg=None),)
    day = reference_day(book, replace(CONTINUOUS, legs=one, faults=unnamed))
    assert minutes_settled(day, 4) == [20, 20, 8, 9]


COIN = Leg("coin", "stablecoin", hours=(NINE, at(30)), mint=15 * MINUTE)


@pytest.mark.parametrize(
    ("asked", "begun"),
    [
        (at(0), at(0)),
        (at(30), at(30)),
        (at(31), 3 * DAY + NINE),
        (DAY + at(10), 3 * DAY + NINE),
        (3 * DAY + at(-5), 3 * DAY + NINE),
        (3 * DAY + at(30) + 1, 4 * DAY + NINE),
    ],
)
def test_minting_begins_when_the_leg_is_open(asked, begun):
    """From 9:00 to 9:30, both included, on weekdays; day 0 is a Friday, so day 3 a Monday."""
    book = book_of(holding(A=0, B=0), (1, "A", "B", 1))
    leg = replace(COIN, weekdays=True)
    assert processed_from(leg, replace(book, start=date(2026, 11, 27)), asked) == begun
    # Without a date every day is a business day.
    if asked >= DAY and asked < 2 * DAY:
        assert processed_from(leg, book, asked) == asked
    assert open_on(leg, book, 1)


def test_a_top_up_comes_when_it_is_minted():
    """At 9:00 A has 4, below 5: it asks for 6, and has 10 at 9:15. At 9:20 it has none: 10 at 9:35.

    At 9:40, after the leg's hours, what it asks for never comes: it is cancelled at the close.
    """
    book = book_of(
        holding(A=4, B=99), (1, "A", "B", 5), (16, "A", "B", 5), (36, "A", "B", 9), (56, "A", "B", 2)
    )
    treasury = Treasury(20 * MINUTE, top_up=(5, 10))
    way = replace(CONTINUOUS, legs=(COIN,), treasury=treasury)
    day = reference_day(book, way)
    # 10 − 5 at 9:15, − 5 at 9:16; + 10 at 9:35, − 9 at 9:36: 1, so that 9 are asked for at 9:40.
    assert minutes_settled(day, 4) == [15, 16, 36, None]
    m = day.measures
    assert (m["topped_up"], m["withdrawn"], m["top_up_refused"]) == (16, 0, 0)
    # A paid 19 in all: with 4 and 16 topped up it ends with 1. It fell by 19.
    assert day.cash_before_squaring["A"] == 1
    assert (m["liquidity_used"], m["liquidity_need"]) == (19, 21)
    # 103 were issued, and 16 minted.
    assert m["peak_supply"] == 103 + 16
    assert m["supply_share"] == Fraction(119, 30_800_000_000_000)
    # What is under way counts: at 9:00 and again at 9:05, 9:10, only one mint is asked for.
    often = replace(way, treasury=replace(treasury, every=5 * MINUTE))
    assert reference_day(book, often).sequence[:2] == [0, 1]
    assert minutes_settled(reference_day(book, often), 2) == [15, 16]


def test_a_mint_that_takes_no_time_is_there_for_the_loop_of_its_treasury():
    """At 9:20 A tops up by 10 and settles what has waited since 9:01, at 9:20."""
    book = book_of(holding(A=0, B=0), (1, "A", "B", 10))
    way = replace(CONTINUOUS, treasury=Treasury(20 * MINUTE, top_up=(10, 10)))
    # The open comes first: it has 10 at nine.
    assert minutes_settled(reference_day(book, way), 1) == [1]
    late = replace(way, treasury=replace(way.treasury, top_up=(5, 10)), funding=(5, 0))
    assert minutes_settled(reference_day(book, late), 1) == [None]
    two = book_of(holding(A=0, B=0), (1, "A", "B", 1), (2, "A", "B", 10))
    assert minutes_settled(reference_day(two, late), 2) == [1, 20]
    # In blocks too, between blocks, unless room is counted.
    blocks = replace(late, block=30 * MINUTE)
    assert minutes_settled(reference_day(two, blocks), 2) == [30, 40]
    assert minutes_settled(reference_day(two, replace(blocks, capacity=9)), 2) == [30, 60]


def test_the_supply_cuts_what_is_minted_in_the_order_of_accounts():
    """20 are issued of 35. At nine A, then B ask for 10 each: A gets 10, B 5 and is refused 5.

    C, with 20, needs none.
    """
    leg = Leg("coin", "stablecoin", supply=35)
    rows = [(1, "A", "C", 10), (1, "B", "C", 5), (2, "B", "C", 1)]
    way = replace(CONTINUOUS, legs=(leg,), treasury=Treasury(HOUR, top_up=(1, 10)))
    day = reference_day(book_of(holding(A=0, B=0, C=20), *rows), way)
    assert day.sequence == [0, 1]
    m = day.measures
    assert (m["topped_up"], m["top_up_refused"], m["peak_supply"]) == (15, 5, 35)
    assert m.by_member["B"] | {"topped_up": 5, "top_up_refused": 5} == m.by_member["B"]


def test_a_frozen_leg_refuses_what_is_asked_and_holds_what_comes():
    """Asked for at 9:00, 10 would come at 9:15, but the leg is frozen from 9:10 to 9:25, and comes then.

    B's 30 at 9:20, above 20, are not redeemed, and at 9:40 they are; A's wish of 9:20 is none, since 10 are
    under way. C, poor since 9:11, asks at 9:20 and is refused, and at 9:40 again.
    """
    leg = replace(COIN, hours=None)
    frozen = (Fault("cash_leg_frozen", at(10), at(25)),)
    treasury = Treasury(20 * MINUTE, top_up=(5, 10), withdraw=(20, 15))
    members = holding(A=0, B=18, C=15)
    book = book_of(members, (5, "C", "B", 12), (12, "A", "C", 2))
    day = reference_day(book, replace(CONTINUOUS, legs=(leg,), treasury=treasury, faults=frozen))
    # The 2 met the frozen leg, and settle at its end, with the mint.
    assert (minutes_settled(day, 2), day.waited_for(1)) == ([5, 25], "frozen")
    m = day.measures
    # C has 3 at 9:20, then 5 from 9:25: no wish at 9:40.
    assert (m["topped_up"], m["top_up_refused"], m["withdrawn"]) == (10, 7, 15)
    assert day.cash_before_squaring == {"A": 8, "B": 15, "C": 5}


def test_in_an_outage_what_is_minted_comes_at_its_end():
    """Asked for at 9:00, 10 would come at 9:15: out from 9:10 to 9:25, they come at 9:25, and settle then.

    Out to the close, they never come.
    """
    leg = replace(COIN, hours=None)
    book = book_of(holding(A=0, B=0), (1, "A", "B", 10))
    for end, settled, minted in ((25, 25, 10), (None, None, 0)):
        out = (Fault("chain_outage", at(10), end and at(end)),)
        way = replace(CONTINUOUS, legs=(leg,), treasury=Treasury(HOUR, top_up=(1, 10)), faults=out)
        day = reference_day(replace(book, members=holding(A=0, B=5)), way)
        assert minutes_settled(day, 1) == [settled]
        assert (day.measures["topped_up"], day.waited_for(0)) == (minted, "cash")


def test_holding_costs_the_rate_on_what_was_brought():
    """A brings 8,640,000.00 for the day and 24 % of it a year of 360 days: 5,760.00, whoever holds it then.

    Without limits A needs 3,600,000.00: 2,400.00 a day.
    """
    legs = (Leg("bank", rate=24 * PERCENT),)
    book = book_of(holding(A=864_000_000, B=0), (30, "A", "B", 360_000_000))
    m = reference_day(book, replace(CONTINUOUS, legs=legs)).measures
    assert (m.by_member["A"]["holding_cost"], m.by_member["B"]["holding_cost"]) == (576_000, 0)
    assert (m["holding_cost"], m["peak_supply"]) == (576_000, 864_000_000)
    year = replace(CONTINUOUS, legs=(replace(legs[0], day_count=365),))
    assert reference_day(book, year).measures["holding_cost"] == round(Fraction(576_000 * 360, 365))
    free = reference_day(book, replace(CONTINUOUS, legs=legs, funding="unlimited")).measures
    assert (free["holding_cost"], free["peak_supply"]) == (240_000, 360_000_000)


def weekend(*rows, **cash: int):
    """Day 0 is a Friday; rows are of days 0 … 3."""
    return replace(book_of(holding(**cash), *rows), start=date(2026, 11, 27))


def test_over_a_weekend_balances_carry_where_the_bank_is_closed():
    """A has 10 a day and pays 6 on each of Friday to Monday, and 5 on Monday.

    On Friday's close the bank squares: 10 on Saturday. 4 left on Sunday are too few; and still on Monday.
    A leg that is open every day squares every day.
    """
    rows = [(1, "A", "B", 6, None, 0, day) for day in range(4)]
    book = weekend(*rows, (2, "A", "B", 4, None, 0, 3), A=10, B=0)
    weekdays = replace(CONTINUOUS, legs=(Leg("cbdc", weekdays=True),))
    days = reference_days(book, weekdays)
    assert [day.sequence for day in days] == [[0], [1], [], [4]]
    assert [day.cash_before_squaring["A"] for day in days] == [4, 4, 4, 0]
    assert [day.cash_before_squaring["B"] for day in days] == [6, 6, 6, 10]
    # The path goes on: out 6 on Saturday, 12 on Sunday, 18 and 22 on Monday.
    assert [day.measures["liquidity_need"] for day in days] == [6, 6, 12, 22]
    assert [day.measures["liquidity_used"] for day in days] == [6, 6, 6, 10]
    # Held over Sunday: 4 and 6.
    assert [day.measures["peak_supply"] for day in days] == [10, 10, 10, 10]
    every_day = reference_days(book, replace(CONTINUOUS, legs=(Leg("bank"),)))
    assert [day.sequence for day in every_day] == [[0], [1], [2], [3, 4]]
    assert [day.measures["liquidity_need"] for day in every_day] == [6, 6, 6, 10]


def test_what_is_minted_over_a_weekend_comes_on_monday():
    """Asked for on Saturday, processed from Monday 9:00, it comes at 9:15.

    Friday: B, with nothing at nine, gets 20 at 9:15. A, left with 2 at 9:50, asks for 18, cancelled at the
    close. Saturday: B asks for 20 at nine, A, again left with 2, for 18 at 9:50; on Sunday nobody for more.
    """
    rows = [(1, "A", "B", 8, None, 0, day) for day in (1, 3)]
    book = weekend((45, "A", "B", 8), *rows, A=10, B=0)
    leg = replace(COIN, weekdays=True)
    treasury = Treasury(50 * MINUTE, top_up=(5, 20))
    days = reference_days(book, replace(CONTINUOUS, legs=(leg,), treasury=treasury))
    assert [day.measures["topped_up"] for day in days] == [20, 0, 0, 38]
    # A has 2 on Monday, and waits for the 18.
    assert days[3].settled_at(2) == 3 * DAY + at(15)
