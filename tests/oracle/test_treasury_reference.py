"""The reference's treasuries and what members bring, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .book import HOUR, MINUTE, Arrangement, Member, Partials, Saving
from .by_hand import at, book_of, holding, minutes_settled, reference_day, reference_days, waits_of
from .terms import Leg, Prefunding, Treasury

CONTINUOUS = Arrangement(layer=3)
URGENT, USUAL = {"priority": 2}, {"priority": 3}


def treated(**terms) -> Arrangement:
    return replace(CONTINUOUS, treasury=Treasury(**({"every": 15 * MINUTE} | terms)))


def test_what_is_above_is_withdrawn():
    """At 9:00 A has 50, not above 50; at 9:15, paid 7, it has 57 and redeems down to 30. B keeps 43."""
    book = book_of(holding(A=50, B=50), (1, "B", "A", 7), (20, "A", "B", 31), (50, "B", "A", 1))
    day = reference_day(book, treated(withdraw=(50, 30)))
    # Of its 30 A cannot pay 31, but with B's 1 it can.
    assert minutes_settled(day, 3) == [1, 50, 50]
    m = day.measures
    assert (m["withdrawn"], m["topped_up"]) == (27, 0)
    # A opened with 50 and redeemed 27: from 23 it fell by 31 − 7 − 1 = 23 to nothing. B by 8: 7 and 1.
    assert day.cash_before_squaring == {"A": 0, "B": 73}
    assert m.by_member["A"]["liquidity_used"] == 23
    assert m.by_member["B"]["liquidity_used"] == 8
    assert m["peak_supply"] == 100


def test_a_reserve_is_kept_for_what_is_urgent():
    """A has 10, of which 4 are kept: the usual 7 waits for the limit, the usual 11 for cash, 6 settle; then
    nothing usual, but an urgent 4."""
    rows = [
        (1, "A", "B", 7, USUAL),
        (2, "A", "B", 11, USUAL),
        (3, "A", "B", 6, USUAL),
        (4, "A", "B", 1, USUAL),
    ]
    rows += [(5, "A", "B", 4, URGENT)]
    day = reference_day(book_of(holding(A=10, B=0), *rows), treated(reserve=4))
    assert day.sequence == [2, 4]
    assert waits_of(day, 5) == ["limit", "cash", None, "limit", None]
    m = day.measures
    assert (m["queued_value_limit"], m["unsettled_value_limit"], m["unsettled_count_limit"]) == (8, 8, 2)
    # Who is urgent is told by the config; credit counts like cash; and a limit comes before the units.
    all_urgent = reference_day(book_of(holding(A=10, B=0), *rows), treated(reserve=4, urgent=3))
    assert all_urgent.sequence == [0, 3]
    members = {"A": Member(cash=3, credit_limit=7), "B": Member()}
    day = reference_day(book_of(members, (1, "A", "B", 7, "X", 1, USUAL)), treated(reserve=4))
    assert day.waited_for(0) == "limit"


def test_a_reserve_above_what_there_is_leaves_nothing_but_no_less():
    """A has 2 of 5 kept: it can settle what needs no cash, and receive."""
    members = {"A": Member(cash=2, holdings={"X": 1}), "B": Member(cash=9)}
    rows = [(1, "A", "B", 1), (2, "B", "A", 0, "X", 1), (3, "B", "A", 2), (4, "B", "A", 2)]
    day = reference_day(book_of(members, *rows), treated(reserve=5))
    # With 6 at 9:04 one is free.
    assert minutes_settled(day, 4) == [4, 2, 3, 4]


def test_groups_and_usual_parts_leave_the_reserve():
    """A owes B 10 and is owed 8, urgent both: the net 2 would eat into the 3 kept of 4; 1 would not.

    Of 10 X for 10 the usual part is 1, an urgent one 4.
    """
    for there, settled in ((9, [0, 1]), (10, [])):
        rows = [(1, "A", "B", there, URGENT), (1, "B", "A", 8, URGENT)]
        for rule in ("multilateral_offset", "bilateral_offset", "exact_optimum"):
            way = replace(treated(reserve=3), saving=(Saving(rule, HOUR),))
            assert reference_day(book_of(holding(A=4, B=0), *rows), way).sequence == settled
    members = {"A": Member(cash=4), "S": Member(holdings={"X": 10})}
    for wish, part in ((USUAL, 1), (URGENT, 4)):
        book = book_of(members, (1, "A", "S", 10, "X", 10, wish))
        day = reference_day(book, replace(treated(reserve=3), partials=Partials(HOUR)))
        assert day.parts(0)[0] == (part, part, at(60))


def test_paced_release_frees_the_opening_as_the_day_goes():
    """A opens with 10. Kept at 9:00, 9:15, 9:30, 9:45: 10, 7 (7.5 down), 5, 2 (2.5 down).

    Payments of 3 wait: one at 9:15, one at 9:30 (4 left, 5 kept: no), at 9:45: 7 left, 2 kept: one.
    """
    rows = [(1, "A", "B", 3)] * 3
    day = reference_day(book_of(holding(A=10, B=0), *rows), treated(release="paced"))
    # At 9:15 3 are free; at 9:30 2 of 7; at 9:45 5 of 7, which are one; 2 kept of 4 left: none.
    assert minutes_settled(day, 3) == [15, 45, None]
    assert waits_of(day, 3) == ["limit"] * 3
    # With a reserve of 6 never less is kept.
    assert minutes_settled(
        reference_day(book_of(holding(A=10, B=0), *rows), treated(release="paced", reserve=6)), 3
    ) == [15, None, None]
    # What is urgent does not wait.
    urgent = [(*row, URGENT) for row in rows]
    assert minutes_settled(
        reference_day(book_of(holding(A=10, B=0), *urgent), treated(release="paced")), 3
    ) == [1, 1, 1]


def test_waiting_for_inflow_pays_out_of_what_came_in():
    """A has 10 and owes 4 and 3; B pays 5 at 9:20: the 4 settle, the 3 wait for more, which comes at 9:40."""
    rows = [(1, "A", "B", 4), (2, "A", "B", 3), (20, "B", "A", 5, URGENT), (40, "B", "A", 2, URGENT)]
    day = reference_day(book_of(holding(A=10, B=9), *rows), treated(release="wait_for_inflow"))
    assert minutes_settled(day, 4) == [20, 40, 20, 40]
    # A never falls below what it opened with.
    assert day.measures.by_member["A"]["liquidity_used"] == 0


def test_a_top_up_is_kept_too():
    """A, with 2, tops up 8 at nine, and waits for inflow: at nine 2 were seen, so that 8 can be used until
    9:15, when it keeps 10."""
    rows = [(1, "A", "B", 3), (16, "A", "B", 3), (17, "A", "B", 3, URGENT)]
    way = treated(release="wait_for_inflow", top_up=(3, 10))
    day = reference_day(book_of(holding(A=2, B=9), *rows), way)
    assert minutes_settled(day, 3) == [1, None, 17]


def test_treasurers_act_before_the_block_and_not_at_the_close():
    """A, with 1, would top up at each act: at 9:00 to 5. It pays 5 at 9:00; at 9:30 it has 5 again.

    At 9:60 it does not act.
    """
    rows = [(0, "A", "B", 5), (25, "A", "B", 5), (55, "A", "B", 5)]
    way = replace(treated(every=30 * MINUTE, top_up=(5, 5)), block=30 * MINUTE, capacity=9)
    day = reference_day(book_of(holding(A=1, B=5), *rows), way)
    assert minutes_settled(day, 3) == [0, 30, None]
    assert day.measures["topped_up"] == 4 + 5
    assert day.measures["liquidity_used"] == 10


def test_all_see_the_moment_before_any_acts():
    """The supply is 20, all issued. A is below 5, B above 10: B's redemption of 5 frees supply for the next
    act only."""
    leg = Leg("coin", "stablecoin", supply=20)
    way = replace(treated(top_up=(5, 8), withdraw=(10, 10)), legs=(leg,))
    book = book_of(holding(A=5, B=15), (1, "A", "B", 1))
    m = reference_day(book, way).measures
    # At nine B redeems 5. At 9:15 A has 4 and B 11: A asks for 4, all there; B redeems 1. Then A has 8.
    assert (m["topped_up"], m["withdrawn"], m["top_up_refused"]) == (4, 6, 0)
    full = replace(way, treasury=replace(way.treasury, top_up=(6, 8)))
    m = reference_day(book, full).measures
    # At nine A asks for 3 and is refused, since B's 5 go after; at 9:15 it has 4, and gets 4.
    assert (m["topped_up"], m["withdrawn"], m["top_up_refused"]) == (4, 6, 3)


def test_prefunding_by_expected_outflow():
    """A pays others 100 in two days: 50 a day; 25 % is 12, rounded down. Its own 40 does not count."""
    rows = [(1, "A", "B", 12), (2, "A", "B", 1), (3, "A", "A", 40), (1, "A", "B", 87, None, 0, 1)]
    way = replace(CONTINUOUS, funding=Prefunding(share=Fraction(1, 4)))
    days = reference_days(book_of(holding(A=0, B=0), *rows), way)
    assert [day.sequence for day in days] == [[0, 2], []]
    limited = replace(CONTINUOUS, funding=Prefunding(share=Fraction(1, 4), credit_limit=1))
    assert reference_days(book_of(holding(A=0, B=0), *rows), limited)[0].sequence == [0, 1, 2]


def test_prefunding_by_history():
    """A pays 10, 30, 20, 15 on four days. Half of history: 7 at first, then the 1st of one peak, the 1st of
    two, the 2nd of three: 10, 10, 20. Peaks are what had to be brought, settled or not."""
    rows = [(1, "A", "B", cash, None, 0, day) for day, cash in enumerate((10, 30, 20, 15))]
    way = replace(CONTINUOUS, funding=Prefunding(history=Fraction(1, 2), first=7))
    days = reference_days(book_of(holding(A=0, B=0), *rows), way)
    assert [day.cash_before_squaring["A"] for day in days] == [7, 10, 10, 20 - 15]
    # Prefunding is 7, 10, 10, 20 for 24 hours; B, never out, brings 7 at first.
    assert [day.measures["liquidity_hours"] for day in days] == [14 * 24, 240, 240, 480]
    most = replace(way, funding=replace(way.funding, history=Fraction(99, 100)))
    days = reference_days(book_of(holding(A=0, B=0), *rows), most)
    # Of one, two and three the largest.
    assert [day.cash_before_squaring["A"] for day in days] == [7, 10, 30 - 20, 30 - 15]
