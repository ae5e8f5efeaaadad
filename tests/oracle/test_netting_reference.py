"""The reference's continuous net settlement, held to cases worked by hand.

Payments are what a member pays, below zero what it receives; positions are to receive, below zero to deliver.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from .book import DAY, HOUR, MINUTE, SECOND, Arrangement, Book, Member
from .by_hand import at, book_of, holding
from .measuring import Measures
from .reference import SettlementDay, settle
from .terms import BuyIn, Carry

PLAIN = Arrangement(2, settles=1, cut_off=at(30), funding="unlimited")
CARRIES = replace(PLAIN, carry=Carry())


def paid(day: SettlementDay) -> list[dict[str, int]]:
    """By cut-off, what every member paid that paid or was paid."""
    return [{member: out for (member, _), out in sorted(one.items()) if out} for one in day.payments]


def still_open(day: SettlementDay) -> dict[tuple[str, str], tuple[int, int]]:
    """Units and age of every open position."""
    return {(one.member, one.security): (one.units, one.age) for one in day.still_open}


def values(measures: Measures) -> tuple:
    """What was due and what was carried; of these, what is open and what settled."""
    return tuple(measures[f"{name}_value"] for name in ("gross", "carried", "unsettled", "settled"))


def three_days() -> Book:
    """A owes X that it does not hold, B waits for it, C buys some of B's and sells it on to A."""
    members = {
        "A": Member(holdings={"X": 4}),
        "B": Member(holdings={"Y": 5}),
        "C": Member(holdings={"X": 1}),
    }
    rows = [
        (1, "B", "A", 100, "X", 10, 0),
        (2, "C", "B", 20, "Y", 5, 0),
        (1, "C", "B", 24, "X", 2, 1),
        (1, "B", "A", 20, "Y", 4, 2),
        (2, "A", "C", 45, "X", 3, 2),
    ]
    return book_of(members, *rows)


def test_a_fail_a_partial_a_mark_and_a_buy_in():
    """T+1, so that days 1, 2 and 3 settle; bought in after 2 days at 10 % above."""
    terms = Carry(buy_in=BuyIn(2, Fraction(1, 10)))
    first, second, third = settle(three_days(), replace(CARRIES, carry=terms))

    # X at 10, Y at 4. A delivers the 4 X it holds of 10, so 6 × 10 is withheld from B and from A.
    # A −100 + 60; B 100 − 60 − 20; C 20.
    assert paid(first) == [{"A": -40, "B": 20, "C": 20}]
    assert still_open(first) == {("A", "X"): (-6, 0), ("B", "X"): (6, 0)}
    m = first.measures
    assert values(m) == (120, 0, 60, 60)
    assert (m["marks"], m["oldest_fail"], m["value_moved"], m["settling_bank_debit"]) == (0, 0, 40, 40)

    # X at 12. Open are A −6 and B 6, marked by 2 each: A pays 12, B receives 12. B's sale to C leaves B
    # with 4, and C gets 2; A holds nothing to deliver. What is withheld is at 12:
    # A 12 − 72 + 72; B −12 + 72 − 24 − 48; C 24 − 24. Only the mark is paid.
    assert paid(second) == [{"A": 12, "B": -12}]
    assert still_open(second) == {("A", "X"): (-6, 1), ("B", "X"): (4, 1), ("C", "X"): (2, 0)}
    m = second.measures
    # C's 2 are settled by B's position, so of 24 due and 72 carried 72 is still open.
    assert values(m) == (24, 72, 72, 24)
    assert (m["marks"], m["oldest_fail"], m["unsettled_count"], m["units_moved"]) == (12, 1, 1, 0)
    # 72 waits from 9:30 to 10:00; 24 is due, instructed at 9:01 the day before.
    assert m["mean_delay_seconds"] == Fraction(72 * 1800, 24)
    assert m["settlement_delay"] == Fraction(72 * 30, 24 * (24 * 60 + 59))
    assert second.waits == [(0, 0), (30 * MINUTE, 72)]

    # X at 15, Y at 5. Marked by 3 each: A, −6, pays 18; B, 4, receives 12; C, 2, receives 6.
    # Due: C sells 3 X to A. So A −6 + 3 = −3, of age 2; C 2 − 3 = −1, which turns, of age 0; B 4, of age 2.
    # C delivers the 1 X it holds. B's other 3 are bought in: 45, and A's 3 are closed at
    # 45 + 10 % of it = 4.5, rounded to 4. A's 4 Y of B stay open, 20.
    # A 18 + (45 − 20) − 90 + 45 withheld + 20 withheld + 4; B −12 + 20 + 60 − 20; C −6 − 45 + 30.
    assert paid(third) == [{"A": 22, "B": 48, "C": -21}]
    assert sum(paid(third)[0].values()) == 45 + 4
    assert still_open(third) == {("A", "Y"): (-4, 0), ("B", "Y"): (4, 0)}
    m = third.measures
    assert values(m) == (65, 90, 20, 135)
    assert (m["marks"], m["bought_in_value"], m["buy_in_cost"], m["oldest_fail"]) == (18, 45, 4, 0)
    assert (m["value_moved"], m["units_moved"], m["securities_value_moved"]) == (70, 1, 15)
    assert {name: of["marks"] for name, of in m.by_member.items()} == {"A": 18, "B": 0, "C": 0}
    assert {name: of["carried_value"] for name, of in m.by_member.items()} == {"A": 90, "B": 0, "C": 0}
    assert {name: of["bought_in_value"] for name, of in m.by_member.items()} == {"A": 45, "B": 0, "C": 0}
    assert {name: of["buy_in_cost"] for name, of in m.by_member.items()} == {"A": 4, "B": 0, "C": 0}
    # Of 5 X that there were and 3 bought in B has 4 of A, 1 of C and the 3.
    assert third.holdings == {("B", "X"): 8, ("C", "Y"): 5}

    # What is due, as if there were no fails: A −100, B 80, C 20; C 24; A 25, B 20, C −45.
    assert [day.measures["net_debit"] for day in (first, second, third)] == [100, 24, 45]
    assert [day.measures["liquidity_need"] for day in (first, second, third)] == [100, 24, 45]


def test_without_a_buy_in_the_long_waits():
    """On day 3 B keeps 3 X open, of age 2, of which A owes 3: 45 is withheld from both."""
    *_, third = settle(three_days(), CARRIES)
    # As with the buy-in, less B's 45 and A's 4.
    assert paid(third) == [{"A": 18, "B": 3, "C": -21}]
    assert still_open(third)["A", "X"] == (-3, 2)
    assert (third.measures["oldest_fail"], third.measures["bought_in_value"]) == (2, 0)
    assert (third.measures["unsettled_value"], third.measures["unsettled_count"]) == (45 + 20, 2)


def test_a_settling_bank_pays_one_figure():
    """Day 1: A −40, B 20, C 20. One bank for A and B receives 20, one for B and C pays 40."""
    of_banks = {"one": {"Bank": ("A", "B")}, "two": {"C": ("B", "C"), "Other": ("A",)}, "none": {}}
    found = {}
    for name, banks in of_banks.items():
        first, *_ = settle(three_days(), replace(CARRIES, settling_banks=banks))
        found[name] = first.measures["settling_bank_debit"]
    assert found == {"one": 20, "two": 40, "none": 40}
    # Without carrying, the day is the same.
    first, *_ = settle(three_days(), replace(PLAIN, settling_banks={"Bank": ("A", "B")}))
    assert first.measures["settling_bank_debit"] == 20


def test_limits_stop_no_pay_in_of_a_mark():
    """B brings 50: it is 20 out on day 1. On day 2 A has 5 and owes a mark of 12: 7 come from the outside."""
    book = three_days()
    members = {"A": 5, "B": 50, "C": 50}
    book = replace(
        book, members={name: replace(one, cash=members[name]) for name, one in book.members.items()}
    )
    _, second, _ = settle(book, replace(CARRIES, funding=None))
    assert second.measures["funding_shortfall"] == second.measures.by_member["A"]["funding_shortfall"] == 7
    assert second.measures["liquidity_used"] == 5
    # A 5 + 7 − 12; cash is squared every day.
    assert second.cash_before_squaring == {"A": 0, "B": 62, "C": 50}


def four_sides(**holdings: int) -> Book:
    """S sells 3 X at 10 to each of A, B and C; S holds 5, if not said."""
    members = {**holding(A=0, B=0, C=0), "S": Member(holdings={"X": holdings.get("S", 5)})}
    rows = [(k, name, "S", 30, "X", 3) for k, name in enumerate("ABC")]
    return book_of(members, *rows)


def received(book: Book, carry: Carry, served: str = "ABCS", settles: int = 1) -> list[dict[str, int]]:
    """By day, what each long received so far."""
    way = replace(CARRIES, carry=carry, settles=settles)
    days = settle(book, way, served=lambda _: [*served])
    return [{name: units for (name, _), units in sorted(day.holdings.items()) if name != "S"} for day in days]


def test_longs_of_one_priority_and_age_are_served_by_lot():
    """5 units for three longs of 3: the first gets 3, the second 2."""
    assert received(four_sides(), Carry()) == [{"A": 3, "B": 2}]
    assert received(four_sides(), Carry(), "CSBA") == [{"B": 2, "C": 3}]


def test_priority_comes_before_the_lot():
    """B is first by 4; A is last by 6, though the lot has it first; C has the 5 of all."""
    assert received(four_sides(), Carry(priority={"B": 4, "A": 6}), "ACBS") == [{"B": 3, "C": 2}]


def test_age_comes_before_the_lot_and_after_priority():
    """S holds 1 of A's 3, so 2 stay open. The day after, B buys 3 of T, which holds 2: A is older."""
    members = {**holding(A=0, B=0), "S": Member(holdings={"X": 1}), "T": Member(holdings={"X": 2})}
    book = book_of(members, (1, "A", "S", 30, "X", 3), (1, "B", "T", 30, "X", 3, 1))
    assert received(book, Carry(), "BAST")[1] == {"A": 3}
    assert received(book, Carry(priority={"A": 6}), "BAST")[1] == {"A": 1, "B": 2}


def test_the_night_delivers_and_the_cut_off_pays():
    """S delivers 5 at 1:30 and, but for what it exempts, has none left at 9:30; all is paid at 9:30.

    Withheld is 4 × 10. S receives 50, A pays 30, B 20.
    """
    for carry in (Carry(), Carry(night=HOUR * 3 // 2), Carry(night=HOUR * 3 // 2, exemptions={"S": None})):
        way = replace(CARRIES, carry=carry)
        (day,) = settle(four_sides(), way)
        assert paid(day) == [{"A": 30, "B": 20, "S": -50}]
        assert still_open(day) == {("B", "X"): (1, 0), ("C", "X"): (3, 0), ("S", "X"): (-4, 0)}
        assert (day.measures["unsettled_value"], day.measures["units_moved"]) == (40, 5)
        assert {fate.settled_at for fate in day.fates} == {DAY + at(30)}


def test_what_is_exempted_at_night_goes_to_whom_the_night_left_open():
    """S exempts X and holds 2; T does not and holds 2. A is first by lot: it has T's 2 at night and 1 by day.

    B's turn comes by day too. Were nothing exempted, the same; were X exempted by both, too: one pool
    after another fills in one order.
    """
    members = {**holding(A=0, B=0), "S": Member(holdings={"X": 2, "Y": 2}), "T": Member(holdings={"X": 2})}
    book = book_of(members, (1, "A", "S", 30, "X", 3), (1, "B", "T", 30, "X", 3))
    night = Carry(night=HOUR, exemptions={"S": ("X",)})
    assert received(book, night) == received(book, Carry()) == [{"A": 3, "B": 1}]


def test_at_t0_the_night_knows_no_trades_of_its_day():
    """Two days at T+0. S owes A 3 X and holds none on day 0; on day 1 it buys 3 of T, who holds 3, at 20.

    The night of day 1 has S's short still at 10 and nothing to deliver; by day S is square, A older than
    nobody: T delivers 3 to A. Marked by 10 × 3 from S to A, who pays 60 for what it bought at 30.
    """
    members = {**holding(A=0, S=0), "T": Member(holdings={"X": 3})}
    book = book_of(members, (1, "A", "S", 30, "X", 3), (1, "S", "T", 60, "X", 3, 1))
    way = replace(CARRIES, settles=0, cut_off=None, carry=Carry(night=HOUR))
    first, second = settle(book, way)
    assert (paid(first), still_open(first)) == ([{}], {("A", "X"): (3, 0), ("S", "X"): (-3, 0)})
    # S: due 60, carried −60, mark 30. A: carried 60, mark −30. T −60.
    assert paid(second) == [{"A": 30, "S": 30, "T": -60}]
    assert (second.measures["marks"], second.measures["carried_value"]) == (30, 60)
    assert (second.still_open, second.holdings) == ([], {("A", "X"): 3})


def test_every_cycle_of_a_day_marks_anew():
    """T+0, cycles at 9:20, 9:40 and 10:00. S owes A 2 X at 10 and holds none.

    9:20: 20 is withheld. 9:40: C buys 1 of T at 16, so X is at (20 + 16) / 3 = 12: S pays A a mark of 4,
    and T delivers the 1 it sold to A, for which A pays 12; C's 1 is withheld, and so is A's other. 10:00:
    S buys 2 of T at 24 in all; X at (20 + 16 + 24) / 5 = 12: no mark; T delivers them, to A 1 and to C 1.

    From 9:20 20 waits; from 9:40 24, so that 4 begin to wait; at 10:00 all of it ends.
    """
    members = {**holding(A=0, C=0, S=0), "T": Member(holdings={"X": 3})}
    rows = [(1, "A", "S", 20, "X", 2), (21, "C", "T", 16, "X", 1), (41, "S", "T", 24, "X", 2)]
    way = replace(CARRIES, settles=0, cut_off=None, cycles=("times", (at(20), at(40))))
    (day,) = settle(book_of(members, *rows), way)
    # 9:40, A: carried 24, mark −4, withheld −12 for one. C: due 16, less 12 withheld; T −16. S: mark 4,
    # carried −24, withheld 24. 10:00, A 12, C 12; S due 24, carried −24; T −24.
    assert paid(day) == [{}, {"A": 8, "C": 4, "S": 4, "T": -16}, {"A": 12, "C": 12, "T": -24}]
    m = day.measures
    assert (m["marks"], m["carried_value"], m["unsettled_value"], m["settled_value"]) == (4, 0, 0, 60)
    assert m["value_moved"] == m["settling_bank_debit"] == 16 + 24
    assert day.waits == [(0, 60 - 20 - 4), (20 * MINUTE, 4), (40 * MINUTE, 20)]
    assert (m["unsettled_count"], m["oldest_fail"], m["units_moved"]) == (0, 0, 3)


def test_what_was_never_priced_is_carried_at_nothing_and_marked_when_it_is():
    """Free deliveries alone: 2 X owed at 0. The day after X trades at 7: S pays a mark of 14."""
    book = book_of(holding(A=0, B=0, S=0), (1, "A", "S", 0, "X", 2), (1, "B", "B", 7, "X", 1, 1))
    first, second = settle(book, CARRIES)
    assert (first.measures["unsettled_value"], first.measures["unsettled_count"]) == (0, 1)
    assert paid(second) == [{"A": -14, "S": 14}]
    assert second.measures["unsettled_value"] == 14


def test_a_price_lasts_until_the_next():
    """X is priced at 10 on day 0. On day 1 B is owed 1 free and gets none: it is withheld at 10.

    Only the open position is paid for: B is paid 10 for what it would have had for nothing.
    """
    members = {**holding(A=0, B=0), "S": Member(holdings={"X": 1})}
    book = book_of(members, (1, "A", "S", 10, "X", 1), (1, "B", "S", 0, "X", 1, 1))
    _, second = settle(book, CARRIES)
    assert paid(second) == [{"B": -10, "S": 10}]
    # Nothing moved, but what is open is worth 10 that nobody was to pay: of 0 due.
    assert second.measures["settled_value"] == -10


def test_a_position_that_was_nothing_is_new():
    """S owes A 1 X for a day and is square when A sells it back; a new 1 of the last day is of age 0."""
    book = book_of(
        holding(A=0, S=0),
        (1, "A", "S", 10, "X", 1, 0),
        (1, "S", "A", 10, "X", 1, 1),
        (1, "A", "S", 10, "X", 1, 2),
        (1, "A", "S", 10, "X", 1, 3),
    )
    ages = [{age for _, age in still_open(day).values()} for day in settle(book, CARRIES)]
    # More of the same is no newer.
    assert ages == [{0}, set(), {0}, {1}]


def test_the_oldest_shorts_are_bought_in_first_then_as_listed():
    """A is owed 4 X at 10 by T (1, on day 0), then S (2) and Q (1) on day 1: A's position is of age 2 on
    day 2, T's of 2, S's and Q's of 1. B's 2, of day 2, of S's making, are not bought in.

    A's 4 close T's 1 (10 and 15 % of it, 1.5, rounded to 2), Q's 1, listed before S (2 too), and 2 of S's 4
    (20 and 3).
    """
    members = holding(A=0, B=0, Q=0, S=0, T=0)
    book = book_of(
        members,
        (1, "A", "T", 10, "X", 1, 0),
        (1, "A", "S", 20, "X", 2, 1),
        (2, "A", "Q", 10, "X", 1, 1),
        (1, "B", "S", 20, "X", 2, 2),
    )
    terms = Carry(buy_in=BuyIn(2, Fraction(15, 100)))
    *_, third = settle(book, replace(CARRIES, carry=terms))
    assert paid(third) == [{"A": 40, "Q": 2, "S": 3, "T": 2}]
    assert still_open(third) == {("B", "X"): (2, 0), ("S", "X"): (-2, 1)}
    assert [third.measures.by_member[name]["buy_in_cost"] for name in "QST"] == [2, 3, 2]
    assert [third.measures.by_member[name]["bought_in_value"] for name in "QST"] == [10, 20, 10]
    assert third.holdings == {("A", "X"): 4}


def test_a_position_that_turns_is_new():
    """S owes A 1 X; the day after it buys 2 of A, and A owes it 1."""
    book = book_of(holding(A=0, S=0), (1, "A", "S", 10, "X", 1, 0), (1, "S", "A", 20, "X", 2, 1))
    _, second = settle(book, CARRIES)
    assert still_open(second) == {("A", "X"): (-1, 0), ("S", "X"): (1, 0)}


def test_a_calendar_leaves_out_its_holidays():
    """Wednesday 25 November 2026; Thursday is Thanksgiving, so days are 25, 27, 30 November, 1 December.

    What is traded on the 27th settles at T+1 on the 30th, 5 days after the first midnight.
    """
    book = book_of(holding(A=0, B=0), (1, "A", "B", 10), (1, "A", "B", 10, None, 0, 1))
    book = replace(book, start=date(2026, 11, 25), closed=frozenset({date(2026, 11, 26)}))
    days = settle(book, CARRIES)
    assert [day.day for day in days] == [1, 2]
    assert [day.settled_at(order) for order, day in enumerate(days)] == [2 * DAY + at(30), 5 * DAY + at(30)]
    lag = days[1].measures["settlement_lag"]
    assert lag == Fraction(3 * DAY + 29 * MINUTE, SECOND)
