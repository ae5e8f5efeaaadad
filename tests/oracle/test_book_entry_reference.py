"""Book-entry deliveries of the reference and the simulator, held to cases worked by hand, and of the
reference to continuous gross settlement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest

from .book import DAY, HOUR, MINUTE, Arrangement, Book, Member
from .book_families import book_entry_family, with_book_entry
from .by_hand import at, book_of, holding, minutes_settled, only_day, waits_of
from .credit import opening_prices
from .hours import depository_hours
from .netting_families import netting_family
from .reference import settle
from .terms import BookEntry, Carry

CAP_ALONE = BookEntry(cap=100, monitor=False)


def way_of(terms: BookEntry, **more) -> Arrangement:
    return replace(Arrangement(2, funding="unlimited", book_entry=terms), **more)


def seller_of(units: int, *names: str) -> dict[str, Member]:
    """A holds so many X, the others nothing."""
    return {**holding(**dict.fromkeys(names, 0)), "A": Member(holdings={"X": units})}


def two_purchases(*more: tuple) -> Book:
    """B buys 6 X of A for 60, then 5 for 50, of what A has."""
    rows = [(1, "B", "A", 60, "X", 6), (2, "B", "A", 50, "X", 5)]
    return book_of(seller_of(20, "B", "C"), *rows, *more)


def test_a_breach_of_the_cap_pends_until_a_receipt_cures_it():
    """B is 60 out, and would be 110; at 9:03 it sells 2 X for 20, is 40 out, and the 50 goes: 90 out."""
    day = only_day(two_purchases((3, "C", "B", 20, "X", 2)), way_of(CAP_ALONE))
    assert (minutes_settled(day, 3), waits_of(day, 3)) == ([1, 3, 3], [None, "limit", None])
    assert day.sequence == [0, 2, 1]
    assert day.cash_before_squaring == {"A": 110, "B": -90, "C": -20}
    m = day.measures
    assert (m["money_settlement"], m["peak_intraday_credit"], m["value_moved"]) == (110, 110, 130)
    # 60 from 9:01 to 9:03, then 110.
    assert m["mean_intraday_credit"] == round(Fraction(2 * 60 + 57 * 110, 60))
    # Everything at its time: B 60, 110, 90; C 20.
    assert (m["liquidity_need"], m["net_debit"]) == (130, 110)


def test_a_progress_payment_cures_a_breach():
    """Every 15 min, above 50 % of the cap, down to 29.5 %: at 9:15 B is 60 out and pays in ⌈30.5⌉ = 31.

    It is 29 out, and the 50 of 9:02 goes: 79. At 9:30 and 9:45 it is above 50 again: ⌈49.5⌉, then nothing.
    """
    terms = replace(CAP_ALONE, progress=(15 * MINUTE, Fraction(1, 2), Fraction(295, 1000)))
    day = only_day(two_purchases(), way_of(terms))
    assert minutes_settled(day, 2) == [1, 15]
    assert day.measures["topped_up"] == day.measures.by_member["B"]["topped_up"] == 31 + 50
    assert day.measures.by_member["B"]["money_settlement"] == 110 - 81


def test_half_the_cap_is_not_above_half_of_it():
    """B is 60 out of 120."""
    terms = replace(CAP_ALONE, cap=120, progress=(15 * MINUTE, Fraction(1, 2), Fraction(0)))
    book = book_of(seller_of(20, "B"), (1, "B", "A", 60, "X", 6))
    assert only_day(book, way_of(terms)).measures["topped_up"] == 0


def test_what_comes_in_and_goes_out_again_completes_together():
    """B may be out 5 and holds nothing: it cannot buy 10 X for 100, nor deliver 8 of them for 97.

    Looked at together, at 9:04, B is out 3, and has 2 X left. Y, which nobody has, is in no pair.
    """
    rows = [(1, "B", "A", 100, "X", 10), (3, "C", "B", 97, "X", 8), (3, "C", "B", 9, "Y", 1)]
    terms = replace(CAP_ALONE, cap={"B": 5, "default": 200})
    book = book_of(seller_of(10, "B", "C"), *rows)
    day = only_day(book, way_of(replace(terms, look_ahead=4 * MINUTE)))
    assert (minutes_settled(day, 3), waits_of(day, 3)[:2]) == ([4, 4, None], ["limit", "securities"])
    assert day.holdings == {("B", "X"): 2, ("C", "X"): 8}
    assert day.cash_before_squaring == {"A": 100, "B": -3, "C": -97}
    # One group: A's 100 is C's 97 and B's 3.
    assert day.measures["value_moved"] == 100
    assert minutes_settled(only_day(book, way_of(terms)), 3) == [None, None, None]


def test_a_purchase_lowers_the_monitor_by_its_haircut():
    """X opens at 10 and is worth 9 at 10 %: 10 X for 100 take 10 of B's fund, and no less will do."""
    book = book_of(seller_of(10, "B"), (1, "B", "A", 100, "X", 10))
    for fund, waits in ((10, None), (9, "credit")):
        terms = BookEntry(fund={"B": fund, "default": 0})
        assert only_day(book, way_of(terms)).waited_for(0) == waits


def test_a_sale_below_value_lowers_the_monitor_of_the_seller():
    """A holds 10 X at 9 and is 60 out for Y, which is worth 0 at 100 %: its monitor is 30. X for 50 in all
    would take 90 and bring 50, to −10; X for 60 leaves 0. B's fund is ample."""
    terms = BookEntry(fund={"B": 1000, "default": 0}, haircut={"Y": Fraction(1), "default": Fraction(1, 10)})
    members = {**seller_of(10, "B"), "C": Member(holdings={"Y": 1})}
    for cash, waits in ((60, None), (50, "credit")):
        # The first instruction of X prices it, and is dropped: nobody holds so many.
        rows = [(0, "A", "B", 1000, "X", 100), (1, "A", "C", 60, "Y", 1), (2, "B", "A", cash, "X", 10)]
        day = only_day(book_of(members, *rows), way_of(terms))
        assert (day.settled_at(1), day.waited_for(2)) == (at(1), waits)


def test_the_payers_side_is_tested_first():
    """Cap before monitor, both before units, these before the seller's monitor."""
    book = book_of(seller_of(9, "B"), (1, "B", "A", 100, "X", 10))
    for terms, waits in (
        (BookEntry(cap=99), "limit"),
        (BookEntry(cap=100), "credit"),
        (BookEntry(cap=100, fund=10), "securities"),
    ):
        assert only_day(book, way_of(terms)).waited_for(0) == waits


def test_what_is_large_or_late_is_approved_first():
    """Above 50, or from 9:20 on, 10 min; a free delivery needs none. Up to 9:40, what has cash.

    9:01 for 60 enters at 9:11, 9:02 for 50 at once, 9:20 for 5 at 9:30, the free one at once; 9:30 for 5
    enters at 9:40, the last instant; 9:31 for 5 never; the free one of 9:50 does.
    """
    rows = [(1, 60, 1), (2, 50, 1), (20, 5, 1), (21, 0, 1), (30, 5, 1), (31, 5, 1), (50, 0, 1)]
    book = book_of(seller_of(9, "B"), *((minute, "B", "A", cash, "X", 1) for minute, cash, _ in rows))
    terms = replace(CAP_ALONE, cap=1000, above=50, takes=10 * MINUTE, after=at(20), until=at(40))
    day = only_day(book, way_of(terms))
    assert minutes_settled(day, 7) == [11, 2, 30, 21, 40, None, 50]
    assert waits_of(day, 7) == [None, None, None, None, None, "hold", None]


def test_what_has_cash_is_dropped_with_its_reason_and_what_has_none_recycles():
    """A holds nothing until C delivers 2 X at 9:50. B's purchase was dropped at 9:30; the free 1 X goes."""
    members = {**holding(A=0, B=0), "C": Member(holdings={"X": 2})}
    rows = [(1, "B", "A", 10, "X", 1), (2, "B", "A", 0, "X", 1), (50, "A", "C", 0, "X", 2)]
    day = only_day(book_of(members, *rows), way_of(replace(CAP_ALONE, until=at(30))))
    assert (minutes_settled(day, 3), waits_of(day, 3)) == ([None, 50, 50], ["securities", "securities", None])
    assert day.measures["unsettled_value_securities"] == 10
    # At the very instant nothing is dropped yet.
    day = only_day(book_of(members, *rows), way_of(replace(CAP_ALONE, until=at(50))))
    assert minutes_settled(day, 3) == [50, 50, 50]


def test_orders_of_yesterday_come_at_their_time_today():
    """T+1, hours 9:00 to 10:00."""
    day = only_day(two_purchases(), way_of(replace(CAP_ALONE, cap=200), settles=1))
    assert [day.settled_at(order) for order in (0, 1)] == [DAY + at(1), DAY + at(2)]


def test_orders_and_a_cycle_settle_over_the_same_accounts():
    """B's trades go by book entry, A's and C's are netted at 9:30: A delivers 3 X to C for 30.

    B's purchase of 2 X of C for 20 waits for them. Of B's cap of 100 nothing is taken by the cycle.
    """
    rows = [(1, "B", "C", 20, "X", 2), (2, "C", "A", 30, "X", 3)]
    terms = replace(CAP_ALONE, members=("B",))
    cycles = ("times", (at(30),))
    day = only_day(book_of(seller_of(3, "B", "C"), *rows), way_of(terms, cycles=cycles))
    assert (minutes_settled(day, 2), day.waited_for(0)) == ([30, 30], "securities")
    assert day.cash_before_squaring == {"A": 30, "B": -20, "C": -10}
    assert day.measures["money_settlement"] == 30
    assert (day.measures["value_moved"], day.measures["units_moved"]) == (30 + 20, 3 + 2)


def test_what_the_night_delivers_is_paid_for_in_the_day():
    """B sells C 5 X for 30 and buys 3 Y of A for 30, at T+1: the first goes by book entry at 9:10, the second
    is netted, delivered at 1:30 and paid for at 9:40. By then B has received its 30: C alone brings cash."""
    members = {**holding(C=0), "A": Member(holdings={"Y": 3}), "B": Member(holdings={"X": 5})}
    rows = [(10, "C", "B", 30, "X", 5), (20, "B", "A", 30, "Y", 3)]
    night = Carry(night=HOUR * 3 // 2)
    way = way_of(replace(CAP_ALONE, members=("C",)), settles=1, cut_off=at(40), carry=night)
    day = only_day(book_of(members, *rows), way)
    assert minutes_settled(day, 2) == [10, 40]
    assert (day.measures["liquidity_need"], day.measures["system_peak"]) == (30, 30)
    assert day.measures.by_member["B"]["liquidity_need"] == 0


def test_settling_money_gives_a_monitor_back_what_a_purchase_took():
    """X opens at 3 and is worth 2. B brings 9 and buys 4 X for 12: its monitor is −3 + 8 = 5. To give 4 X
    away would take 8. At 9:30 it pays in 3, and its balance is 9 again: 17 let the 4 go."""
    rows = [(1, "B", "A", 12, "X", 4), (2, "C", "B", 0, "X", 4)]
    way = way_of(BookEntry(), funding=(9, 0), cut_off=at(30))
    day = only_day(book_of(seller_of(4, "B", "C"), *rows), way)
    assert (minutes_settled(day, 2), waits_of(day, 2)) == ([1, 30], [None, "credit"])
    assert day.measures["money_settlement"] == 12 - 9


def test_what_raises_the_monitor_is_not_stopped_by_it():
    """A payment of 30 at 9:10 is netted and leaves B's monitor at −30; to sell Y, worth nothing, for 10 at
    9:20 leaves it at −20 and goes, to buy W for 1 at 9:21 does not."""
    members = {**holding(A=0), "B": Member(holdings={"Y": 1}), "C": Member(holdings={"W": 1})}
    rows = [(10, "B", "A", 30), (20, "C", "B", 10, "Y", 1), (21, "B", "C", 1, "W", 1)]
    terms = BookEntry(members=("C",), fund={"C": 10, "default": 0}, haircut=Fraction(1))
    day = only_day(book_of(members, *rows), way_of(terms, cycles=("times", (at(10),))))
    assert (minutes_settled(day, 3), day.waited_for(2)) == ([10, 20, None], "credit")


@pytest.mark.parametrize("seed", range(8))
def test_without_limits_it_is_continuous_gross_settlement(seed):
    """At T+0, with no cap, monitor or cut-off, and cash unlimited."""
    book, _ = netting_family("carry", seed)
    book = replace(book, unlimited=True)
    (booked, gross) = (
        settle(book, one) for one in (way_of(BookEntry(monitor=False)), Arrangement(3, funding="unlimited"))
    )
    for ours, theirs in zip(booked, gross, strict=True):
        kept = [replace(fate.instruction, typed=None) for fate in ours.fates]
        assert kept == [replace(fate.instruction, typed=None) for fate in theirs.fates]
        assert [(f.settled_at, f.waited_for) for f in ours.fates] == [
            (f.settled_at, f.waited_for) for f in theirs.fates
        ]
        assert ours.holdings == theirs.holdings
        told = ("value_moved", "liquidity_need", "settled_value", "peak_intraday_credit", "settlement_delay")
        assert [ours.measures[name] for name in told] == [theirs.measures[name] for name in told]


@pytest.mark.parametrize("seed", range(12))
def test_no_cap_is_passed_and_no_monitor_is_below_zero(seed):
    """After every instant of a day without cycles and payments, from what settled."""
    book, arrangements = book_entry_family("deliveries", seed)
    prices = opening_prices(book)
    for way in arrangements.values():
        terms = replace(way.book_entry, progress=None)
        holdings = defaultdict(int)
        for name in book.active:
            for security, units in book.members[name].holdings.items():
                holdings[name, security] = units
        for day in settle(book, replace(way, book_entry=terms, cut_off=None)):
            opening = way.funding[0] if isinstance(way.funding, tuple) else 0
            cash = dict.fromkeys(book.active, opening)
            if way.funding is None and not book.unlimited:
                cash = {name: book.members[name].cash for name in book.active}
            settled = [fate for fate in day.fates if fate.settled_at is not None]
            opens, closes = depository_hours(book, day.day - way.settles, day.day)
            assert all(opens <= fate.settled_at <= closes for fate in settled)
            for time in sorted({fate.settled_at for fate in settled}):
                for one in [fate.instruction for fate in settled if fate.settled_at == time]:
                    cash[one.buyer] -= one.cash
                    cash[one.seller] += one.cash
                    if one.security is not None:
                        holdings[one.seller, one.security] -= one.units
                        holdings[one.buyer, one.security] += one.units
                assert min(holdings.values(), default=0) >= 0
                for name in book.active:
                    cap = (
                        terms.cap.get(name, terms.cap["default"])
                        if isinstance(terms.cap, dict)
                        else terms.cap
                    )
                    assert cash[name] >= -cap
                    values = {
                        security: int(price * (1 - haircut_of(terms, security)))
                        for security, price in prices.items()
                    }
                    worth = sum(u * values.get(s, 0) for (who, s), u in holdings.items() if who == name)
                    assert not terms.monitor or cash[name] + fund_of(terms, name) + worth >= 0
            assert cash == day.cash_before_squaring


def haircut_of(terms: BookEntry, security: str) -> Fraction:
    cut = terms.haircut
    return cut.get(security, cut["default"]) if isinstance(cut, dict) else cut


def fund_of(terms: BookEntry, name: str) -> int:
    return terms.fund.get(name, terms.fund["default"]) if isinstance(terms.fund, dict) else terms.fund


def test_the_family_pends_drops_looks_ahead_and_pays_in():
    """What is drawn would prove nothing if everything settled at once."""
    seen = defaultdict(int)
    for seed in range(30):
        book, arrangements = book_entry_family(("passing", "beside_cycles")[seed % 2], seed)
        arrangements = {name: way for name, way in arrangements.items() if way.book_entry.share is None}
        for way in arrangements.values():
            days = settle(book, way)
            plain = settle(book, with_book_entry(way, look_ahead=None))
            seen["look ahead"] += [d.sequence for d in days] != [d.sequence for d in plain]
            for day in days:
                for fate in day.fates:
                    seen[fate.waited_for] += 1
                    seen["recycled"] += bool(fate.waited_for and fate.settled_at)
                seen["topped up"] += day.measures["topped_up"] > 0
                seen["netted"] += bool(day.payments and any(day.payments[-1].values()))
    wanted = ("limit", "credit", "securities", "hold", "look ahead", "recycled", "topped up", "netted")
    assert min(seen[one] for one in wanted) > 10, dict(seen)
