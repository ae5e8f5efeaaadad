"""The reference's intraday credit, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from .book import HOUR, MINUTE, Arrangement, Facility, Lending, Member, Partials, Saving
from .books import random_book
from .by_hand import NINE, at, book_of, days_of, holding, only_day
from .families import family
from .reference import settle

PERCENT = Fraction(1, 100)
CONTINUOUS = Arrangement(layer=3)


def drawn(day) -> dict[str, int]:
    return {facility.name: facility.peak for facility in day.facilities}


def line(name: str, cap: int, **more) -> Facility:
    return Facility(name, cap=cap, **more)


def test_facilities_are_drawn_as_written_and_repaid_last_first():
    """A draws 6 of a, 4 of b at nine; 5 come in at 9:30: 4 of b and 1 of a are repaid; 5 of a stay."""
    book = book_of(holding(A=0, B=5), (0, "A", "B", 10), (30, "B", "A", 5))
    day = only_day(book, Arrangement(layer=3, credit=(line("a", 6), line("b", 10))))
    assert day.sequence == [0, 1]
    assert drawn(day) == {"a": 6, "b": 4}
    # a: 6 and 5 for half an hour each, 5.5 → 6 (even); b: 4 for half an hour.
    assert [facility.mean for facility in day.facilities] == [6, 2]
    assert [facility.not_repaid for facility in day.facilities] == [5, 0]
    m = day.measures
    assert (m["peak_intraday_credit"], m["mean_intraday_credit"], m["credit_not_repaid"]) == (10, 8, 5)
    assert m.by_member["A"]["credit_not_repaid"] == 5
    assert m["liquidity_used"] == 10


def test_a_cap_is_a_members_own_and_binds():
    """Two of 6 on a line of 10: the second waits for cash."""
    book = book_of(holding(A=0, B=0, C=0), (0, "A", "B", 6), (0, "A", "B", 6), (0, "C", "B", 9))
    day = only_day(book, Arrangement(layer=3, credit=(line("line", 10),)))
    assert (day.sequence, day.waited_for(1)) == ([0, 2], "cash")
    assert drawn(day) == {"line": 15}


def test_the_credit_limit_of_the_funding_is_drawn_first():
    members = {"A": Member(credit_limit=3), "B": Member()}
    book = book_of(members, (0, "A", "B", 10), (30, "B", "A", 8))
    day = only_day(book, Arrangement(layer=3, credit=(line("line", 10),)))
    assert drawn(day) == {"credit_limit": 3, "line": 7}
    # 8 come back: all 7 of the line and 1 of the limit.
    assert [facility.not_repaid for facility in day.facilities] == [2, 0]


def test_what_is_repaid_at_the_close_stays_drawn_beside_cash():
    """A draws 10, receives 10 at 9:30 and holds them; a later 4 comes out of those."""
    book = book_of(holding(A=0, B=0), (0, "A", "B", 10), (30, "B", "A", 10), (45, "A", "B", 4))
    day = only_day(book, Arrangement(layer=3, credit=(line("line", 10, repay="at_close"),)))
    assert day.measures["mean_intraday_credit"] == 10
    # Cash net of loans: −10, 0, −4, and the close squares.
    assert day.measures["credit_not_repaid"] == 4
    by_inflow = only_day(book, Arrangement(layer=3, credit=(line("line", 10),)))
    # 10 for 30 min, then 4 for 15.
    assert by_inflow.measures["mean_intraday_credit"] == 6


def test_a_repo_falls_due_on_whole_minutes_and_not_before():
    """60 min drawn at 10:00:30 are due at 11:01. Cash came in at 10:30, and repays only then."""
    book = book_of(holding(A=0, B=0), (60.5, "A", "B", 100), (90, "B", "A", 70), hours=(NINE, 12 * HOUR))
    repo = line("repo", 100, tenor=60 * MINUTE)
    day = only_day(book, Arrangement(layer=3, credit=(repo,)))
    # 100 for 60.5 min; at 11:01 repaid from 70 of cash, 30 drawn anew until the close: 59 min.
    assert day.facilities[0].mean == round(Fraction(100 * 605 + 30 * 590, 1800))
    assert day.facilities[0].not_repaid == 30


def test_what_falls_due_is_drawn_anew_in_order():
    """The line was full when A drew the repo; when it falls due the line has room again."""
    rows = [(0, "A", "B", 10), (0, "A", "B", 20), (10, "B", "A", 10)]
    book = book_of(holding(A=0, B=0), *rows)
    day = only_day(book, Arrangement(layer=3, credit=(line("line", 10), line("repo", 20, tenor=30 * MINUTE))))
    # 9:10 repays the line, not the repo; 9:30 the 20 fall due: 10 on the line, 10 on the repo again.
    line_mean, repo_mean = (facility.mean for facility in day.facilities)
    assert line_mean == round(Fraction(10 * 10 + 10 * 30, 60))
    assert repo_mean == round(Fraction(20 * 30 + 10 * 30, 60))
    assert [facility.not_repaid for facility in day.facilities] == [10, 10]


@pytest.mark.xfail(strict=True, reason="rules take all that a seller delivers for collateral it loses")
def test_a_group_delivers_out_of_inventory_and_keeps_its_collateral():
    """M holds 2 X and sells one to N for 10, and pays N 10: together nothing is needed of either."""
    members = {"M": Member(holdings={"X": 2}), "N": Member()}
    book = book_of(members, (0, "N", "M", 10, "X", 1), (1, "M", "N", 10))
    optimum = (Saving("exact_optimum", HOUR),)
    assert only_day(book, Arrangement(layer=3, credit=(auto(50),), saving=optimum)).sequence == [0, 1]


def test_a_pledge_is_set_aside_and_lends_its_value():
    """Half of 5 X is 2, worth 100 less 10 % each: 180. Three are left to deliver."""
    members = {"A": Member(holdings={"X": 5}), "B": Member(cash=500)}
    book = book_of(
        members,
        (0, "B", "A", 400, "X", 4),
        (1, "A", "B", 181),
        (2, "A", "B", 180),
        (3, "B", "A", 0, "X", 3),
    )
    pledge = Facility("central_bank", against="pledge", pledge=50 * PERCENT, haircut=10 * PERCENT)
    day = only_day(book, Arrangement(layer=3, credit=(pledge,)))
    assert day.sequence == [2, 3]
    assert (day.waited_for(0), day.waited_for(1)) == ("securities", "cash")
    capped = replace(pledge, cap=179)
    assert only_day(book, Arrangement(layer=3, credit=(capped,))).sequence == [3]


def test_a_haircut_by_security_and_the_price_of_the_first_with_both_legs():
    """X first trades 3 for 200: 66, less 50 %: 33. Y, by default 10 %, 1 for 9: 8. Z never trades: 0."""
    members = {"A": Member(holdings={"X": 2, "Y": 1, "Z": 9}), "B": Member(cash=999)}
    cut = {"default": 10 * PERCENT, "X": 50 * PERCENT}
    pledge = Facility("pledge", against="pledge", pledge=Fraction(1), haircut=cut)
    rows = [(0, "B", "A", 0, "X", 9), (1, "B", "A", 200, "X", 3), (2, "B", "A", 900, "X", 3)]
    rows += [(3, "B", "A", 9, "Y", 1), (4, "A", "B", 75), (5, "A", "B", 74)]
    day = only_day(book_of(members, *rows), Arrangement(layer=3, credit=(pledge,)))
    # 2 × 33 + 8.
    assert day.sequence == [5]


def auto(haircut: int = 10, **more) -> Facility:
    return Facility("auto", against="flow", haircut=haircut * PERCENT, **more)


def test_auto_collateralisation_on_flow_needs_the_haircut_alone():
    """A purchase of 100.00 needs 10.00: with 9.99 it waits for cash; with 10.00 it draws 90.00."""
    row = (0, "A", "S", 10_000, "X", 10)
    members = {"A": Member(cash=999), "S": Member(holdings={"X": 10})}
    short = only_day(book_of(members, row), Arrangement(layer=3, credit=(auto(),)))
    assert short.waited_for(0) == "cash"
    members["A"] = Member(cash=1000)
    day = only_day(book_of(members, row), Arrangement(layer=3, credit=(auto(),)))
    assert (day.sequence, drawn(day)) == ([0], {"auto": 9000})
    assert day.measures["liquidity_used"] == 10_000
    assert day.measures["credit_not_repaid"] == 9000


def test_what_was_bought_and_resold_carries_no_credit():
    """A buys 10 X for 100 with 10 of cash and 90 of credit, resells 4 for 40: 36 of collateral go, paid
    out of the 40, and the 4 left repay too."""
    members = {"A": Member(cash=10), "B": Member(cash=99), "S": Member(holdings={"X": 10})}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (30, "B", "A", 40, "X", 4))
    day = only_day(book, Arrangement(layer=3, credit=(auto(),)))
    assert day.sequence == [0, 1]
    # 90 for half an hour, 50 for the other; B paid cash.
    assert day.facilities[0].mean == 70
    kept = only_day(book, Arrangement(layer=3, credit=(auto(repay="at_close"),)))
    # What collateral no longer carries is repaid all the same: 90, then 54.
    assert kept.facilities[0].mean == 72


def test_a_seller_whose_credit_hangs_on_the_units_waits_for_credit():
    """The same resale for 30: 36 of collateral go and 30 come in, which A, with nothing else, cannot do."""
    members = {"A": Member(cash=10), "B": Member(cash=99), "S": Member(holdings={"X": 10})}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (30, "B", "A", 30, "X", 4))
    day = only_day(book, Arrangement(layer=3, credit=(auto(),)))
    assert (day.sequence, day.waited_for(1)) == ([0], "credit")
    assert day.measures["unsettled_value_credit"] == 30
    # With a line beside it, the 6 are drawn there.
    both = only_day(book, Arrangement(layer=3, credit=(auto(), line("line", 6))))
    assert drawn(both) == {"auto": 90, "line": 6}
    # With two in inventory, which go first, only two of the four come out of what was bought.
    members["A"] = Member(cash=10, holdings={"X": 2})
    mixed = only_day(replace(book, members=members), Arrangement(layer=3, credit=(auto(),)))
    assert mixed.sequence == [0, 1]
    # 18 of collateral go, and the 30 received repay as much of the 90.
    assert mixed.facilities[0].not_repaid == 60


def test_a_receipt_that_must_wait_does_not_pay_for_collateral():
    """The resale for 40 brings nothing before the next block, so 36 are missing."""
    members = {"A": Member(cash=10), "B": Member(cash=99), "S": Member(holdings={"X": 10})}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (10, "B", "A", 40, "X", 4))
    way = Arrangement(layer=3, block=20 * MINUTE, reuse="next_block", credit=(auto(),))
    day = only_day(book, way)
    assert (day.sequence, day.waited_for(1)) == ([0], "credit")
    # Units bought carry credit at once, though they cannot be delivered before the next block.
    assert day.settled_at(0) == NINE


def test_ample_inventory_never_takes_collateral_off():
    """A buys 10 X and resells 4 for nothing: with endless holdings the ten still carry credit."""
    members = {"A": Member(cash=10), "B": Member(), "S": Member()}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (30, "B", "A", 0, "X", 4), ample=True)
    day = only_day(book, Arrangement(layer=3, credit=(auto(),)))
    assert (day.sequence, day.facilities[0].mean) == ([0, 1], 90)


def test_yesterdays_purchase_is_inventory_today():
    """Bought yesterday, ten X carry nothing today, and are delivered without taking credit off."""
    members = {"A": Member(cash=10), "B": Member(), "S": Member(holdings={"X": 10})}
    book = book_of(
        members, (0, "A", "S", 100, "X", 10), (0, "A", "B", 11, None, 0, 1), (1, "B", "A", 0, "X", 10, 1)
    )
    first, second = days_of(book, Arrangement(layer=3, credit=(auto(),)))
    assert first.sequence == [0]
    assert (second.sequence, second.waited_for(1)) == ([2], "cash")


def test_stock_lends_on_what_is_held():
    """3 X at 100 less 10 %: A may draw 270; delivering one free takes 90 off, which must be there."""
    members = {"A": Member(holdings={"X": 3}), "B": Member(cash=100), "S": Member(holdings={"X": 1})}
    book = book_of(
        members,
        (0, "A", "B", 190),
        (1, "B", "A", 0, "X", 1),
        (2, "B", "S", 100, "X", 1),
        (3, "A", "B", 80),
        (4, "A", "B", 1),
    )
    stock = Facility("stock", against="stock", haircut=10 * PERCENT)
    day = only_day(book, Arrangement(layer=3, credit=(stock,)))
    # Delivering one leaves 180 for 190 drawn. 270 in all is the end; B pays its purchase with cash.
    assert (day.sequence, day.waited_for(1), day.waited_for(4)) == ([0, 2, 3], "credit", "cash")


def test_a_group_meets_its_collateral_on_its_net_effect():
    """A buys 10 X of S for 100 and sells 10 to B for 100, with nothing: no collateral moves on net."""
    members = {"A": Member(), "B": Member(cash=100), "S": Member(holdings={"X": 10})}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (0, "B", "A", 100, "X", 10))
    assert only_day(book, Arrangement(layer=3, credit=(auto(),))).sequence == []
    optimum = (Saving("exact_optimum", HOUR),)
    assert only_day(book, Arrangement(layer=3, credit=(auto(),), saving=optimum)).sequence == [0, 1]


def test_a_part_needs_the_haircut_of_the_part():
    """A has 3 and buys 10 X for 100: three units need 3 (h·v), and S holds five."""
    members = {"A": Member(cash=3), "S": Member(holdings={"X": 5})}
    book = book_of(members, (0, "A", "S", 100, "X", 10))
    day = only_day(book, Arrangement(layer=3, credit=(auto(),), partials=Partials(HOUR)))
    assert day.parts(0) == [(3, 30, at(60)), (7, 70, None)]


def test_interest_is_the_integral_times_the_rate_to_the_cent():
    """1,000,000.00 for half an hour at 4.1 %: 10^8 × 1,800 s × 0.041 / (360 × 86,400 s) = 237.27 cents."""
    book = book_of(holding(A=0, B=0), (30, "A", "B", 100_000_000))
    repo = line("repo", 100_000_000, rate=Fraction(41, 1000))
    m = only_day(book, Arrangement(layer=3, credit=(repo,))).measures
    assert (m["credit_cost"], m.by_member["A"]["credit_cost"]) == (237, 237)


@pytest.mark.parametrize(("seconds", "cents"), [(5, 0), (15, 2), (25, 2), (26, 3)])
def test_half_a_cent_of_interest_goes_to_the_even_one(seconds, cents):
    """At 36 % a year 86,400.00 cost 0.1 cent a second; 5 s are half a cent, 15 s one and a half."""
    row = (60 - Fraction(seconds, 60), "A", "B", 8_640_000)
    dear = line("dear", 8_640_000, rate=36 * PERCENT)
    assert (
        only_day(book_of(holding(A=0, B=0), row), Arrangement(layer=3, credit=(dear,))).measures[
            "credit_cost"
        ]
        == cents
    )


def test_interest_rounds_by_member():
    """Two members owe 0.3 cents each: nothing; one owes 0.6: one cent."""
    dear = line("dear", 8_640_000, rate=36 * PERCENT)
    three = 60 - Fraction(3, 60)
    two = book_of(holding(A=0, B=0, C=0), (three, "A", "C", 8_640_000), (three, "B", "C", 8_640_000))
    assert only_day(two, Arrangement(layer=3, credit=(dear,))).measures["credit_cost"] == 0
    one = book_of(holding(A=0, C=0), (60 - Fraction(6, 60), "A", "C", 8_640_000))
    assert only_day(one, Arrangement(layer=3, credit=(dear,))).measures["credit_cost"] == 1


def test_a_locked_receipt_repays_when_it_is_freed():
    """A draws 10 at nine; 10 received at 9:20 count at 9:40, the next block."""
    book = book_of(holding(A=0, B=0, C=10), (0, "A", "B", 10), (20, "C", "A", 10))
    way = Arrangement(layer=3, block=20 * MINUTE, reuse="next_block", credit=(line("line", 10),))
    day = only_day(book, way)
    assert day.facilities[0].mean == round(Fraction(10 * 40, 60))
    at_close = replace(way, reuse="at_close")
    day = only_day(book, at_close)
    assert (day.facilities[0].mean, day.measures["credit_not_repaid"]) == (10, 0)


def test_the_multilateral_offset_may_draw():
    """A owes B 10, B owes A 7, A's line is 3."""
    book = book_of(holding(A=0, B=0), (0, "A", "B", 10), (0, "B", "A", 7))
    offset = (Saving("multilateral_offset", HOUR),)
    day = only_day(book, Arrangement(layer=3, credit=(line("line", 3),), saving=offset))
    assert (day.sequence, drawn(day)) == ([0, 1], {"line": 3})


@pytest.mark.parametrize("seed", range(30))
def test_a_line_without_price_is_a_credit_limit(seed):
    """The same cap under either name settles the same and draws the same."""
    book = replace(random_book(seed), unlimited=False)
    limit = Arrangement(layer=3, funding=(2, 5))
    facility = Arrangement(layer=3, funding=(2, 0), credit=(line("line", 5),))
    for under_limit, under_line in zip(settle(book, limit), settle(book, facility), strict=True):
        assert under_limit.fates == under_line.fates
        assert under_limit.measures == under_line.measures


@pytest.mark.parametrize("seed", range(30))
def test_the_facilities_of_a_day_add_up_to_its_measures(seed):
    """Interest and what is not repaid; the peaks are of different moments, so they only bound."""
    book, arrangements = family("credit", seed)
    for arrangement in arrangements.values():
        for day in settle(book, arrangement) if arrangement.credit else []:
            m = day.measures
            assert sum(one.interest for one in day.facilities) == m["credit_cost"]
            assert sum(one.not_repaid for one in day.facilities) == m["credit_not_repaid"]
            peaks = [one.peak for one in day.facilities]
            assert max(peaks) <= m["peak_intraday_credit"] <= sum(peaks)


@pytest.mark.parametrize("seed", range(30))
def test_worthless_collateral_and_lending_of_nothing_change_nothing(seed):
    """A haircut of 100 % lends nothing, nor does a limit of 0 %."""
    book = replace(random_book(seed), unlimited=False, ample=False)
    plain = settle(book, CONTINUOUS)
    for off in (
        Arrangement(layer=3, credit=(auto(100),)),
        Arrangement(layer=3, credit=(Facility("stock", against="stock", haircut=Fraction(1)),)),
        Arrangement(layer=3, lending=Lending(Fraction(0), fee=Fraction(1))),
    ):
        assert [day.fates for day in settle(book, off)] == [day.fates for day in plain]


@pytest.mark.parametrize("seed", range(30))
def test_parts_add_up_to_their_instruction(seed):
    """Whatever settles in parts, units and cash of all rows are the instruction's."""
    book, arrangements = family("parts", seed)
    whole = {one.order: (one.units, one.cash) for one in book.instructions}
    for arrangement in arrangements.values():
        for day in settle(book, arrangement):
            for order in {fate.instruction.order for fate in day.fates}:
                units, cash, _ = zip(*day.parts(order), strict=True)
                assert (sum(units), sum(cash)) == whole[order]
