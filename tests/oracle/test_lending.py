"""The reference's securities lending, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .book import DAY, HOUR, Arrangement, Lending, Member, Partials
from .by_hand import at, book_of, days_of, only_day

PERCENT = Fraction(1, 100)
LENT = Arrangement(layer=3, lending=Lending(50 * PERCENT, fee=36 * PERCENT))


def test_a_position_goes_short_up_to_its_limit_for_a_fee():
    """S holds 5 X, may borrow 2 (half, rounded down): sells 7 for 70, not one more. 2 worth 10 each are
    borrowed from 9:10 until 9:40, when 4 come in, of which 2 are then free to deliver and 2 more borrowed.
    """
    members = {
        "A": Member(cash=9_999_999_999),
        "S": Member(holdings={"X": 5}),
        "T": Member(holdings={"X": 4}),
    }
    price = 864_000_000
    book = book_of(
        members,
        (10, "A", "S", 7 * price, "X", 7),
        (20, "A", "S", price, "X", 1),
        (40, "S", "T", 0, "X", 4),
        (50, "A", "S", 0, "X", 4),
    )
    day = only_day(book, LENT)
    assert (day.sequence, day.waited_for(1), day.waited_for(3)) == ([0, 2, 1], "securities", "securities")
    m = day.measures
    assert m["securities_borrowed"] == 2 * price
    # 36 % of 8,640,000.00 is 10 cents a second: 20 for two, for 30 min. One of the four goes at once.
    assert m["borrowing_fee"] == 20 * 1800
    assert m.by_member["S"]["borrowing_fee"] == 36_000
    assert (m["securities_not_returned"], day.holdings["S", "X"]) == (0, 1)


def test_what_is_short_at_the_close_is_not_returned_and_stands_tomorrow():
    members = {"A": Member(cash=99), "S": Member(holdings={"X": 4})}
    book = book_of(
        members,
        (0, "A", "S", 60, "X", 6),
        (30, "A", "S", 0, "X", 1, 1),
        (40, "S", "A", 0, "X", 3, 1),
        (50, "A", "S", 0, "X", 3, 1),
    )
    first, second = days_of(book, LENT)
    assert first.measures["securities_not_returned"] == 20
    # Tomorrow two of two are out already; three come back, and one goes: none left, and three exceed two.
    assert (second.sequence, second.holdings.get(("S", "X"), 0)) == ([2, 1], 0)
    assert second.waited_for(1) == "securities"
    # Two worth ten each are out from the open.
    assert second.measures["securities_borrowed"] == 20


def test_the_recall_stops_borrowing_and_takes_what_comes_in():
    """Recall at 9:20. 1 X of S is borrowed since 9:10; at 9:30 one more is refused though two are the
    limit; at 9:35 one comes in and is returned; at 9:40 none may be borrowed."""
    members = {"A": Member(cash=99), "S": Member(holdings={"X": 4}), "T": Member(holdings={"X": 1})}
    rows = [(10, "A", "S", 50, "X", 5), (30, "A", "S", 10, "X", 1)]
    rows += [(35, "S", "T", 10, "X", 1), (40, "A", "S", 10, "X", 1)]
    book = book_of(members, *rows)
    recalled = replace(LENT, lending=replace(LENT.lending, recall=at(20)))
    day = only_day(book, recalled)
    assert day.sequence == [0, 2]
    assert (day.measures["securities_not_returned"], day.measures["securities_borrowed"]) == (0, 10)
    assert only_day(book, LENT).sequence == [0, 1, 2, 3]


def test_parts_and_groups_may_be_borrowed_for():
    """S holds 4 X and may borrow 2: of 8 six go in a part."""
    members = {"A": Member(cash=99), "S": Member(holdings={"X": 4})}
    book = book_of(members, (0, "A", "S", 80, "X", 8))
    day = only_day(book, replace(LENT, partials=Partials(HOUR)))
    assert day.parts(0) == [(6, 60, at(60)), (2, 20, None)]


def test_a_recall_is_of_every_day():
    """Recalled at 9:20 of the first day, S may borrow again on the second, until 9:20."""
    members = {"A": Member(cash=99), "S": Member(holdings={"X": 2})}
    rows = [(30, "A", "S", 0, "X", 3), (10, "A", "S", 0, "X", 3, 1), (30, "A", "S", 0, "X", 1, 1)]
    book = book_of(members, *rows)
    first, second = days_of(book, replace(LENT, lending=replace(LENT.lending, recall=at(20))))
    assert (first.sequence, second.sequence) == ([], [1])
    assert second.settled_at(1) == DAY + at(10)
