"""The reference's queues, offsets and parts, held to cases worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from .book import HOUR, MINUTE, Arrangement, Member, Partials, Saving
from .by_hand import at, book_of, holding, only_day

ONE_BLOCK = {"layer": 3, "block": HOUR}
AT_THE_CLOSE = Partials(every=HOUR)


def saving(*rules: str, every: int = HOUR) -> tuple[Saving, ...]:
    return tuple(Saving(rule, every) for rule in rules)


@pytest.mark.parametrize(
    ("queue", "settled"),
    [
        ("fifo_bypass", [0, 2]),
        ("largest_first", [1]),
        ("smallest_first", [0, 2]),
        ("by_deadline", [2, 0]),
    ],
)
def test_an_order_decides_who_is_served_first(queue, settled):
    """A has 10 for 4, 10 and 6, all in one block; the last has the earlier deadline, the first none."""
    book = book_of(
        holding(A=10, B=0),
        (1, "A", "B", 4),
        (2, "A", "B", 10, {"deadline": at(50)}),
        (3, "A", "B", 6, {"deadline": at(40)}),
    )
    assert only_day(book, Arrangement(**ONE_BLOCK, queue=queue)).sequence == settled


def test_priority_comes_before_the_order_rule():
    """Priority 1, 4 of cash; priority 9, 10 of cash: the 4 goes first although largest_first."""
    book = book_of(holding(A=10, B=0), (1, "A", "B", 10, {"priority": 9}), (2, "A", "B", 4, {"priority": 1}))
    assert only_day(book, Arrangement(**ONE_BLOCK, queue="largest_first")).sequence == [1]


def test_the_need_is_read_in_the_order_of_the_queue():
    """One block: B pays A 6 (priority 9), A pays B 10. By priority A is out 10 first; by time only 4."""
    rows = (1, "B", "A", 6, {"priority": 9}), (2, "A", "B", 10)
    book = book_of(holding(A=99, B=99), *rows)
    # A: 10, then 4. B: −10, then −4, never out.
    assert only_day(book, Arrangement(**ONE_BLOCK)).measures["liquidity_need"] == 10
    # Continuous, each is its own event in time: B is out 6, then A 4.
    assert only_day(book, Arrangement(layer=3)).measures["liquidity_need"] == 6 + 4


def test_a_held_instruction_keeps_its_place_and_waits_from_its_release():
    """A has 5 and owes 10 twice; the first is held to 9:30. At 9:40 A receives 5, which serves the first."""
    book = book_of(
        holding(A=5, B=0, C=5),
        (0, "A", "B", 10, {"hold_until": at(30)}),
        (10, "A", "B", 10),
        (40, "C", "A", 5),
    )
    day = only_day(book, Arrangement(layer=3))
    assert day.sequence == [2, 0]
    assert day.fates[1].instruction.time == at(30)
    # 10 waits 10 of 30 min, 10 waits 50 of 50, 5 waits 0 of 20.
    assert day.measures["settlement_delay"] == Fraction(100 + 500, 300 + 500 + 100)
    assert day.measures["inclusion_wait_seconds"] == 0


def test_what_is_held_past_the_close_never_enters():
    """Its cash is due, so it counts in the net debit, but nobody has to bring it; it waits no time."""
    book = book_of(
        holding(A=10, B=0), (0, "A", "B", 10, {"hold_until": at(61), "deadline": at(30)}), (9, "A", "B", 1)
    )
    day = only_day(book, Arrangement(layer=3))
    assert (day.sequence, day.waited_for(0)) == ([1], "hold")
    m = day.measures
    assert (m["net_debit"], m["liquidity_need"]) == (11, 1)
    assert (m["settlement_delay"], m["mean_delay_seconds"], m["inclusion_wait_seconds"]) == (0, 0, 0)
    assert (m["unsettled_value_hold"], m["gridlocked_value"], m["deadlocked_value"]) == (10, 0, 10)
    assert (m["late_value"], m["late_count"]) == (10, 1)


def test_at_one_instant_the_released_come_after_the_new_and_by_priority():
    """A has 10. At 9:30 a payment enters and two are released, the later one of the higher priority."""
    book = book_of(
        holding(A=10, B=0),
        (0, "A", "B", 8, {"hold_until": at(30)}),
        (1, "A", "B", 7, {"hold_until": at(30), "priority": 1}),
        (30, "A", "B", 3, {"priority": 9}),
    )
    assert only_day(book, Arrangement(layer=3)).sequence == [2, 1]
    # One block at the close takes all three: then priority decides.
    assert only_day(book, Arrangement(**ONE_BLOCK)).sequence == [1, 2]


def test_late_is_after_the_deadline_or_never():
    """Deadlines 9:10, 9:20, 9:40, none; settled 9:00, 9:30 (the receipt), never, never."""
    book = book_of(
        holding(A=1, B=0, C=2),
        (0, "A", "B", 1, {"deadline": at(10)}),
        (0, "A", "B", 2, {"deadline": at(20)}),
        (0, "A", "B", 4, {"deadline": at(40)}),
        (0, "A", "B", 8),
        (30, "C", "A", 2, {"deadline": at(30)}),
    )
    m = only_day(book, Arrangement(layer=3)).measures
    assert (m["late_value"], m["late_count"]) == (2 + 4, 2)


def test_a_bilateral_offset_needs_both_directions():
    """A owes B 10, B owes A 8, A has 2; C owes D 1, which alone is no offset."""
    book = book_of(holding(A=2, B=0, C=0, D=0), (0, "A", "B", 10), (0, "B", "A", 8), (0, "C", "D", 1))
    day = only_day(book, Arrangement(layer=3, saving=saving("bilateral_offset")))
    assert day.sequence == [0, 1]
    assert day.measures["value_moved"] == 2


def test_a_bilateral_offset_takes_prefixes_of_both_directions():
    """A→B 10, 1; B→A 5, 6, 4, nobody has cash: 11 against 11 is the largest that nets to nothing."""
    rows = [(0, "A", "B", 10), (0, "B", "A", 5), (0, "A", "B", 1), (0, "B", "A", 6), (0, "B", "A", 4)]
    day = only_day(book_of(holding(A=0, B=0), *rows), Arrangement(layer=3, saving=saving("bilateral_offset")))
    assert day.sequence == [0, 1, 2, 3]


def test_a_bilateral_offset_counts_no_receipt_of_an_earlier_pair():
    """A brings B a net 2, which B needs with C: not in this call, but in the next.

    The pairs stand in the order of their first: with B's and C's first, they would not settle either.
    """
    rows = [(0, "A", "B", 10), (0, "B", "A", 8), (0, "B", "C", 5), (0, "C", "B", 3)]
    book = book_of(holding(A=2, B=0, C=0), *rows)
    assert only_day(book, Arrangement(layer=3, saving=saving("bilateral_offset"))).sequence == [0, 1]
    twice = only_day(book, Arrangement(layer=3, saving=saving("bilateral_offset", "bilateral_offset")))
    assert twice.sequence == [0, 1, 2, 3]
    again = only_day(book, Arrangement(layer=3, saving=saving("bilateral_offset", every=30 * MINUTE)))
    assert [again.settled_at(k) for k in range(4)] == [at(30), at(30), at(60), at(60)]


def test_a_bilateral_offset_counts_the_payment_of_an_earlier_pair():
    """A has 2 and owes a net 2 to B and a net 1 to C: the second pair finds nothing left."""
    rows = [(0, "A", "B", 10), (0, "B", "A", 8), (0, "A", "C", 5), (0, "C", "A", 4)]
    day = only_day(
        book_of(holding(A=2, B=0, C=0), *rows), Arrangement(layer=3, saving=saving("bilateral_offset"))
    )
    assert day.sequence == [0, 1]


def test_a_rule_may_wait_until_the_queue_is_long():
    """A ring of three is complete at the third block; with more than two waiting it runs there."""
    ring = [(0, "A", "B", 5), (20, "B", "C", 5), (40, "C", "A", 5)]
    rule = (Saving("multilateral_offset", longer_than=2),)
    blocks = Arrangement(layer=3, block=20 * MINUTE, saving=rule)
    day = only_day(book_of(holding(A=0, B=0, C=0), *ring), blocks)
    assert {fate.settled_at for fate in day.fates} == {at(40)}
    longer = Arrangement(layer=3, block=20 * MINUTE, saving=(Saving("multilateral_offset", longer_than=3),))
    assert only_day(book_of(holding(A=0, B=0, C=0), *ring), longer).sequence == []


def test_rules_run_in_the_order_written_with_the_loop_between():
    """A⇄B offset bilaterally and leave A's ring with C and D one step shorter.

    A→B 10, B→A 10; A→C 3, C→D 3, D→A 3. The multilateral offset alone takes all five at once.
    """
    rows = [(0, "A", "B", 10), (0, "B", "A", 10), (0, "A", "C", 3), (0, "C", "D", 3), (0, "D", "A", 3)]
    book = book_of(holding(A=0, B=0, C=0, D=0), *rows)
    both = Arrangement(layer=3, saving=saving("bilateral_offset", "multilateral_offset"))
    assert only_day(book, both).sequence == [0, 1, 2, 3, 4]
    bilateral = only_day(book, Arrangement(layer=3, saving=saving("bilateral_offset")))
    assert bilateral.sequence == [0, 1]
    # What is left at the close is a ring: gridlock, all of it.
    assert (bilateral.measures["gridlocked_value"], bilateral.measures["deadlocked_value"]) == (9, 0)


def test_the_optimum_passes_over_what_no_set_can_carry():
    """A→B 100, A→C 10, C→A 10, no cash: every prefix holds the 100; the optimum is the other two."""
    rows = [(0, "A", "B", 100), (0, "A", "C", 10), (0, "C", "A", 10)]
    book = book_of(holding(A=0, B=0, C=0), *rows)
    prefixes = only_day(book, Arrangement(layer=3, saving=saving("multilateral_offset")))
    assert prefixes.sequence == []
    # Gridlock is told by prefixes: a lower bound.
    assert (prefixes.measures["gridlocked_value"], prefixes.measures["deadlocked_value"]) == (0, 120)
    assert only_day(book, Arrangement(layer=3, saving=saving("exact_optimum"))).sequence == [1, 2]


def test_of_equal_optima_the_most_instructions_then_the_first():
    """A has 6 in strict order behind a 9: 6; 3 and 3; or 3 and 3 with the later one. Strict keeps the loop
    away. Two threes are more than one six; the first two of three come first."""
    rows = [(0, "A", "B", 9), (0, "A", "B", 6), (0, "A", "B", 3), (0, "A", "B", 3), (0, "A", "B", 3)]
    strict = Arrangement(layer=3, queue="fifo_strict", saving=saving("exact_optimum"))
    assert only_day(book_of(holding(A=6, B=0), *rows), strict).sequence == [2, 3]


def test_gridlock_is_told_from_deadlock():
    """A ring of three tens could settle together; D owes 7 and will never have it."""
    rows = [(0, "A", "B", 10), (0, "B", "C", 10), (0, "C", "A", 10), (0, "D", "A", 7)]
    m = only_day(book_of(holding(A=0, B=0, C=0, D=0), *rows), Arrangement(layer=3)).measures
    assert (m["gridlocked_value"], m["deadlocked_value"], m["unsettled_value"]) == (30, 7, 37)


def test_parts_carry_their_share_of_the_cash_to_the_cent():
    """10 X for 1.01. S has 3: 30.3 → 0.30; then 4 more, of 7 for 0.71: 40.57 → 0.41; the last 3 for 0.30."""
    members = {"A": Member(cash=101), "S": Member(holdings={"X": 3}), "T": Member(holdings={"X": 7})}
    rows = [(0, "A", "S", 101, "X", 10), (25, "S", "T", 0, "X", 4), (50, "S", "T", 0, "X", 3)]
    windows = Arrangement(layer=3, partials=Partials(every=15 * MINUTE))
    day = only_day(book_of(members, *rows), windows)
    assert day.parts(0) == [(3, 30, at(15)), (4, 41, at(30)), (3, 30, at(50))]
    m = day.measures
    # The last settles what remains in full: it is no part.
    assert (m["partial_count"], m["partial_value"]) == (2, 71)
    assert (m["settled_value"], m["value_moved"], m["unsettled_count"]) == (101, 101, 0)
    # 30 waited 15 min, 41 30 min, 30 50 min, each of 60.
    assert m["mean_delay_seconds"] == Fraction(30 * 15 + 41 * 30 + 30 * 50, 101) * 60


@pytest.mark.parametrize(("cash", "half"), [(101, 50), (103, 52)])
def test_half_a_cent_of_a_part_goes_to_the_even_one(cash, half):
    """5 of 10 units for 1.01: 50.5 → 50; for 1.03: 51.5 → 52."""
    members = {"A": Member(cash=200), "S": Member(holdings={"X": 5})}
    day = only_day(
        book_of(members, (0, "A", "S", cash, "X", 10)), Arrangement(layer=3, partials=AT_THE_CLOSE)
    )
    assert day.parts(0) == [(5, half, at(60)), (5, cash - half, None)]
    assert (day.measures["unsettled_value"], day.measures["unsettled_count"]) == (cash - half, 1)


def test_the_buyers_cash_bounds_a_part():
    """10 X for 101, A has 60: 5 cost 50.5 → 50, 6 cost 60.6 → 61. Then 5 for 51 are left, and 10 of cash."""
    members = {"A": Member(cash=60), "S": Member(holdings={"X": 10})}
    day = only_day(book_of(members, (0, "A", "S", 101, "X", 10)), Arrangement(layer=3, partials=AT_THE_CLOSE))
    assert day.parts(0) == [(5, 50, at(60)), (5, 51, None)]
    assert day.waited_for(0) == "cash"


@pytest.mark.parametrize(
    ("why", "terms", "more"),
    [
        ("below the minimum", Partials(HOUR, minimum=31), {}),
        ("not of the members", Partials(HOUR, members=("A", "B")), {}),
        ("not by instruction", Partials(HOUR), {"partial": False}),
    ],
)
def test_parts_that_do_not_settle(why, terms, more):
    """3 of 10 X for 100 are 30."""
    members = {"A": Member(cash=100), "B": Member(), "S": Member(holdings={"X": 3})}
    row = (0, "A", "S", 100, "X", 10, more) if more else (0, "A", "S", 100, "X", 10)
    assert only_day(book_of(members, row), Arrangement(layer=3, partials=terms)).sequence == [], why
    assert only_day(
        book_of(members, row[:6]), Arrangement(layer=3, partials=Partials(HOUR, 30, ("A", "S")))
    ).parts(0) == [(3, 30, at(60)), (7, 70, None)]


def test_a_free_delivery_settles_in_parts_whatever_the_minimum_and_a_payment_never():
    members = {"A": Member(cash=4), "S": Member(holdings={"X": 3})}
    book = book_of(members, (0, "A", "S", 0, "X", 10), (0, "A", "S", 5))
    day = only_day(book, Arrangement(layer=3, partials=Partials(HOUR, minimum=99)))
    assert day.sequence == [0]
    assert day.parts(0) == [(3, 0, at(60)), (7, 0, None)]


def test_cash_may_run_out_before_the_units():
    """3 X for 1 cent: 2 of them carry 0.67 → 1, and a free rest of one; that is then delivered too."""
    members = {"A": Member(cash=1), "S": Member(holdings={"X": 2}), "T": Member(holdings={"X": 1})}
    book = book_of(members, (0, "A", "S", 1, "X", 3), (45, "S", "T", 0, "X", 1))
    day = only_day(book, Arrangement(layer=3, partials=Partials(30 * MINUTE)))
    assert day.parts(0) == [(2, 1, at(30)), (1, 0, at(45))]


def test_after_every_part_the_loop_then_the_pass_goes_on():
    """A's part of X takes all its cash. A part of B's purchase of Y gives T 40, with which T pays A 35, so
    that in the same pass A's purchase of Z finds cash again."""
    members = {
        "A": Member(cash=30),
        "B": Member(cash=60),
        "S": Member(holdings={"X": 3, "Z": 9}),
        "T": Member(holdings={"Y": 4}),
    }
    book = book_of(
        members,
        (0, "A", "S", 50, "X", 5),
        (0, "B", "T", 60, "Y", 6),
        (0, "T", "A", 35),
        (0, "A", "S", 90, "Z", 9),
    )
    day = only_day(book, Arrangement(layer=3, partials=AT_THE_CLOSE))
    # A pays 30 for 3 X; T gets 40 and pays A 35; A pays 30 for 3 Z and keeps 5.
    assert day.sequence == [0, 1, 2, 3]
    assert [day.parts(k)[0][:2] for k in range(4)] == [(3, 30), (4, 40), (0, 35), (3, 30)]
    assert day.cash_before_squaring == {"A": 5, "B": 20, "S": 60, "T": 5}


def test_under_strict_fifo_only_the_head_of_its_queues_settles_in_parts():
    """S has 3 X: 5 X to A stand before 4 X to B; A has no cash, so B's may not pass."""
    members = {"A": Member(), "B": Member(cash=99), "S": Member(holdings={"X": 3})}
    book = book_of(members, (0, "A", "S", 50, "X", 5), (0, "B", "S", 40, "X", 4))
    strict = Arrangement(layer=3, queue="fifo_strict", partials=AT_THE_CLOSE)
    assert only_day(book, strict).sequence == []
    assert only_day(book, Arrangement(layer=3, partials=AT_THE_CLOSE)).parts(1)[0] == (3, 30, at(60))


def test_what_remains_keeps_its_place():
    """Largest first: 10 X for 100 stands before 6 X for 60, also with only 4 X for 40 of it left."""
    members = {"A": Member(cash=200), "B": Member(cash=200), "S": Member(holdings={"X": 6})}
    members |= {"T": Member(holdings={"X": 4})}
    book = book_of(members, (0, "A", "S", 100, "X", 10), (0, "B", "S", 60, "X", 6), (40, "S", "T", 0, "X", 4))
    way = Arrangement(layer=3, block=30 * MINUTE, queue="largest_first", partials=AT_THE_CLOSE)
    early = Arrangement(layer=3, block=30 * MINUTE, queue="largest_first", partials=Partials(30 * MINUTE))
    # B's six are there at 9:00; the window at the close finds A's ten alone, and four more.
    assert only_day(book, way).sequence == [1, 2, 0]
    # The same with B's a minute late: at 9:30 the loop serves it before the window.
    late = book_of(members, (0, "A", "S", 100, "X", 10), (0, "B", "S", 70, "X", 7), (40, "S", "T", 0, "X", 4))
    # Seven are never there before A's part of six at 9:30; then A's rest of four goes first.
    assert only_day(late, early).parts(0) == [(6, 60, at(30)), (4, 40, at(60))]
    assert only_day(late, early).sequence == [0, 2, 0]


def test_the_first_window_is_one_interval_after_the_open():
    """Due at 9:30, like an offset: the first block from there on stands at 9:50."""
    members = {"A": Member(cash=10), "S": Member(holdings={"X": 1})}
    book = book_of(members, (0, "A", "S", 10, "X", 2))
    day = only_day(book, Arrangement(layer=3, block=25 * MINUTE, partials=Partials(30 * MINUTE)))
    assert day.parts(0)[0] == (1, 5, at(50))
