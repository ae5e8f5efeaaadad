"""The reference's finality, room and outages, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from .book import HOUR, MINUTE, SECOND, Arrangement, Member, Partials, Saving
from .by_hand import at, book_of, holding, minutes_settled, reference_day, reference_days, waits_of
from .terms import Fault, Registry

CONTINUOUS = Arrangement(layer=3)
BLOCKS = Arrangement(layer=3, block=10 * MINUTE)


def two_banks(**cash: int):
    """A pays B 100 at 9:01, B pays 80 back at 9:02, A pays 30 at 9:03."""
    rows = [(1, "A", "B", 100), (2, "B", "A", 80), (3, "A", "B", 30)]
    return book_of(holding(**cash), *rows)


def test_two_banks_need_more_the_later_what_they_received_is_final():
    """At once A is out 100, 20, 50: 100 in all. Final after 5 min, A is out 100, then 130, and B 80 at 9:02:
    210, until B's 100 is free at 9:06 and A's 80 at 9:07."""
    final = Arrangement(layer=3, reuse="at_finality", finality=5 * MINUTE, funding="unlimited")
    day = reference_day(two_banks(A=0, B=0), final)
    assert (day.measures["liquidity_need"], day.measures["system_peak"]) == (210, 210)
    # Drawn, A and B: 100 from 9:01, 180 from 9:02, 210 from 9:03, then 130 from 9:06, 50 from 9:07 and,
    # when B's 30 is free too, still 50: A's.
    assert day.measures["mean_intraday_credit"] == round(Fraction(100 + 180 + 3 * 210 + 130 + 53 * 50, 60))
    now = reference_day(two_banks(A=0, B=0), replace(final, finality=0))
    assert (now.measures["liquidity_need"], now.measures["system_peak"]) == (100, 100)


def test_what_is_final_is_an_event_of_its_own():
    """A has 100, B nothing: B's 80 waits for the 100 to be final at 9:06, A's 30 for B's 80 at 9:11."""
    final = Arrangement(layer=3, reuse="at_finality", finality=5 * MINUTE)
    day = reference_day(two_banks(A=100, B=0), final)
    assert minutes_settled(day, 3) == [1, 6, 11]
    assert waits_of(day, 3) == [None, "cash", "cash"]
    # Locked: 100 from 9:01, nothing from 9:06 but the 80 then received, 30 from 9:11 to 9:16.
    locked = {1: 100, 2: 100, 3: 100, 6: 80, 11: 30, 16: 0}
    assert dict(day.locked_cash) == {at(minute): amount for minute, amount in locked.items()}


def test_a_release_comes_before_all_else_of_its_instant():
    """B's 100 is free at 9:06 and pays the 80 before the 30 of 9:06, of a higher priority, has its turn.

    B is left with 20, so that the 30 waits for cash.
    """
    rows = [(1, "A", "B", 100), (2, "B", "A", 80), (6, "B", "C", 30, {"priority": 1})]
    final = Arrangement(layer=3, reuse="at_finality", finality=5 * MINUTE)
    day = reference_day(book_of(holding(A=100, B=0, C=0), *rows), final)
    assert (minutes_settled(day, 3), day.waited_for(2)) == ([1, 6, None], "cash")


def test_a_block_frees_what_is_final_by_then():
    """Blocks every 10 min. 9:10 settles A's 100; final 15 min later, at 9:25, it is free at 9:30."""
    rows = [(1, "A", "B", 100), (2, "B", "A", 80)]
    for finality, block in ((0, 20), (1, 20), (10, 20), (15, 30), (20, 30), (21, 40), (50, 60), (51, None)):
        final = replace(BLOCKS, reuse="at_finality", finality=finality * MINUTE)
        day = reference_day(book_of(holding(A=100, B=0), *rows), final)
        # The close, 9:60, is a block too; after it nothing settles.
        assert minutes_settled(day, 2) == [10, block], finality


def test_finality_of_nothing_is_the_next_block():
    rows = [(1, "A", "B", 100), (2, "B", "A", 80), (15, "A", "B", 30)]
    book = book_of(holding(A=100, B=0), *rows)
    next_block = reference_day(book, replace(BLOCKS, reuse="next_block"))
    final = reference_day(book, replace(BLOCKS, reuse="at_finality"))
    assert minutes_settled(final, 3) == minutes_settled(next_block, 3) == [10, 20, 30]
    assert final.measures == next_block.measures


def test_cash_and_units_are_freed_each_by_its_own_rule():
    """B buys X of A for 10 and resells it to C for 10: units at once, cash when final at 9:20; then it pays.

    With the rules the other way round the resale waits for the units, and the cash for the resale.
    """
    members = {"A": Member(holdings={"X": 1}), "B": Member(cash=10), "C": Member(cash=10)}
    rows = [(0, "B", "A", 10, "X", 1), (5, "C", "B", 10, "X", 1), (6, "B", "A", 10)]
    book = book_of(members, *rows)
    cash_waits = Arrangement(layer=3, reuse="at_finality", reuse_units="at_once", finality=20 * MINUTE)
    day = reference_day(book, cash_waits)
    assert (minutes_settled(day, 3), day.waited_for(2)) == ([0, 5, 25], "cash")
    units_wait = replace(cash_waits, reuse="at_once", reuse_units="at_finality")
    day = reference_day(book, units_wait)
    assert (minutes_settled(day, 3), waits_of(day, 3)) == ([0, 20, 20], [None, "securities", "cash"])
    # Only cash that waits has to be brought: B is out 10, then 20; without, 10 and again 10.
    assert reference_day(book, replace(cash_waits, funding="unlimited")).measures["liquidity_need"] == 30
    assert reference_day(book, replace(units_wait, funding="unlimited")).measures["liquidity_need"] == 20


def test_block_times_may_be_given():
    """Blocks at 9:07 and 9:31, and at the close."""
    rows = [(1, "A", "B", 1), (8, "A", "B", 1), (40, "A", "B", 1)]
    given = Arrangement(layer=3, block=10 * MINUTE, block_times=(at(7), at(31)))
    assert minutes_settled(reference_day(book_of(holding(A=9, B=0), *rows), given), 3) == [7, 31, 60]


def test_a_full_block_leaves_a_backlog_for_the_next():
    """Two a block. Five of 1 at 9:01, one by D, who has nothing: blocks 9:10 and 9:20 take two each."""
    rows = [(1, "A", "B", 1), (1, "A", "B", 1), (1, "D", "B", 1), (1, "A", "A", 9), (1, "A", "B", 1)]
    rows += [(1, "A", "B", 1)]
    day = reference_day(book_of(holding(A=9, B=0, D=0), *rows), replace(BLOCKS, capacity=2))
    assert minutes_settled(day, 6) == [10, 10, None, 10, 20, 20]
    # What the instruction met: D has no cash, whether there is room or not; A's own takes none.
    assert waits_of(day, 6) == [None, None, "cash", None, "capacity", "capacity"]
    m = day.measures
    assert (m["queued_value_capacity"], m["queued_value_cash"], m["unsettled_value_capacity"]) == (2, 1, 0)
    # 2 of value wait 10 min of their 59, D's 1 from 9:10 to the close.
    assert m["mean_delay_seconds"] == Fraction((2 * 10 + 50) * 60, 14)


def test_what_is_left_at_the_close_for_want_of_room_is_told():
    """One a block, three payments at 9:55 for the block at the close; all three could settle together."""
    rows = [(55, "A", "B", 5), (55, "A", "B", 6), (55, "A", "B", 7)]
    m = reference_day(book_of(holding(A=99, B=0), *rows), replace(BLOCKS, capacity=1)).measures
    assert (m["unsettled_value_capacity"], m["unsettled_count_capacity"], m["gridlocked_value"]) == (
        13,
        2,
        13,
    )


def test_a_group_takes_room_for_each_of_its_instructions():
    """A ring of three and a payment. With three a block the payment takes one and the ring waits; with four
    both settle. With two pairs, the larger of which finds no room, the smaller is still tried."""
    ring = [(1, "A", "B", 5), (1, "B", "C", 5), (1, "C", "A", 5), (1, "D", "A", 1)]
    book = book_of(holding(A=0, B=0, C=0, D=1), *ring)
    offset = replace(BLOCKS, saving=(Saving("multilateral_offset", 10 * MINUTE),))
    assert minutes_settled(reference_day(book, replace(offset, capacity=4)), 4) == [10, 10, 10, 10]
    three = reference_day(book, replace(offset, capacity=3))
    # The next block has room for three.
    assert (minutes_settled(three, 4), three.waited_for(0)) == ([20, 20, 20, 10], "cash")
    pairs = [(55, "A", "B", 4), (55, "A", "B", 4), (55, "B", "A", 8), (55, "C", "D", 3), (55, "D", "C", 3)]
    book = book_of(holding(A=0, B=0, C=0, D=0), *pairs)
    bilateral = replace(BLOCKS, saving=(Saving("bilateral_offset", 10 * MINUTE),), capacity=2)
    assert minutes_settled(reference_day(book, bilateral), 5) == [None, None, None, 60, 60]


def test_parts_take_room_too():
    """S has 3 X, then T has 3 Y: two purchases of 5. With one a block the window ends after one part."""
    members = {"A": Member(cash=99), "S": Member(holdings={"X": 3}), "T": Member(holdings={"Y": 3})}
    rows = [(1, "A", "S", 5, "X", 5), (1, "A", "T", 5, "Y", 5)]
    way = replace(BLOCKS, partials=Partials(10 * MINUTE), capacity=1)
    day = reference_day(book_of(members, *rows), way)
    assert day.parts(0) == [(3, 3, at(10)), (2, 2, None)]
    assert day.parts(1) == [(3, 3, at(20)), (2, 2, None)]
    # Parts are told with their instruction: 10 waited for securities.
    assert day.measures["queued_value_securities"] == 10


def test_fees_are_paid_by_the_buyer_for_every_settlement():
    """0.75 cents each: A settles three and pays 2.25, rounded 2; B one: 0.75, rounded 1; A's own is free."""
    rows = [(1, "A", "B", 1), (1, "A", "B", 1), (1, "A", "B", 1), (2, "B", "A", 1), (3, "A", "A", 1)]
    m = reference_day(book_of(holding(A=3, B=0), *rows), replace(CONTINUOUS, fee=7500)).measures
    assert (m["fees"], m.by_member["A"]["fees"], m.by_member["B"]["fees"]) == (3, 2, 1)


def outage(start: float, end: float | None) -> tuple[Fault, ...]:
    return (Fault("chain_outage", at(start), None if end is None else at(end)),)


def test_an_outage_of_blocks_is_after_the_start_and_up_to_the_end():
    """Out from 9:10 to 9:30: the block at 9:10 settles, those at 9:20 and 9:30 do not; the end does."""
    rows = [(5, "A", "B", 1), (15, "A", "B", 1), (16, "C", "B", 1), (25, "A", "B", 1), (35, "A", "B", 1)]
    rows += [(17, "A", "A", 1)]
    book = book_of(holding(A=9, B=0, C=0), *rows)
    day = reference_day(book, replace(BLOCKS, faults=outage(10, 30)))
    assert minutes_settled(day, 6) == [10, 30, None, 30, 40, 20]
    # C has no cash, and would not settle anyway.
    assert waits_of(day, 6) == [None, "outage", "cash", "outage", None, None]
    assert day.measures["queued_value_outage"] == 2
    # Where blocks have room for so many, what is no block has none: the end settles nothing.
    limited = reference_day(book, replace(BLOCKS, faults=outage(10, 30), capacity=1))
    assert minutes_settled(limited, 6) == [10, 40, None, 50, 60, 20]
    assert waits_of(limited, 6) == [None, "outage", "cash", "outage", "capacity", None]


def test_an_outage_of_a_continuous_chain_settles_the_queue_at_its_end():
    """Out from 9:10 to 9:30: the arrival of 9:10 settles, that of 9:30 queues, then all settle."""
    rows = [(10, "A", "B", 1), (11, "A", "B", 2), (30, "A", "B", 3, {"priority": 1}), (31, "A", "B", 4)]
    day = reference_day(book_of(holding(A=99, B=0), *rows), replace(CONTINUOUS, faults=outage(10, 30)))
    assert (day.sequence, minutes_settled(day, 4)) == ([0, 2, 1, 3], [10, 30, 30, 31])
    assert waits_of(day, 4) == [None, "outage", "outage", None]


def test_what_runs_to_the_close_ends_with_the_day():
    """Out from 9:10 on, or until after the close: nothing settles at the close either, but all tomorrow."""
    rows = [(20, "A", "B", 1), (20, "A", "B", 1, None, 0, 1)]
    for end in (None, 60, 90):
        faults = (replace(outage(10, end)[0], day=0),)
        first, second = reference_days(book_of(holding(A=9, B=0), *rows), replace(CONTINUOUS, faults=faults))
        assert (first.sequence, second.sequence) == ([], [1])
        assert first.measures["unsettled_value_outage"] == 1
        # What room alone kept apart could settle together.
        assert first.measures["gridlocked_value"] == 1


def test_an_outage_does_not_stop_finality_but_what_is_free_waits():
    """Out from 9:02 to 9:20. A's 100 of 9:01 is final at 9:06; B's 80 of 9:02 met no cash, A's 30 of 9:03
    the outage: both settle at its end."""
    final = Arrangement(layer=3, reuse="at_finality", finality=5 * MINUTE, faults=outage(2, 20))
    day = reference_day(two_banks(A=130, B=0), final)
    assert (minutes_settled(day, 3), waits_of(day, 3)) == ([1, 20, 20], [None, "cash", "outage"])
    # B's 100 was free when the 80 settled; the 80 and the 30 are not final before 9:25.
    assert [amount for time, amount in day.locked_cash if time in (at(6), at(20))] == [0, 110]


def test_an_outage_before_the_open_is_of_the_open():
    """From 8:30 to 9:15: what enters at the open settles in the block of the open."""
    book = book_of(holding(A=9, B=0), (-5, "A", "B", 1), (5, "A", "B", 1))
    day = reference_day(book, replace(BLOCKS, faults=outage(-30, 15)))
    assert minutes_settled(day, 2) == [0, 15]


def test_congestion_leaves_a_share_of_the_room():
    """Five a block, of which 50 %, so two, after 9:10 up to 9:20; then 10 %, so none, up to 9:30."""
    rows = [(1, "A", "B", 1)] * 6 + [(15, "A", "B", 1)] * 3
    faults = (
        Fault("congestion", at(10), at(20), share=Fraction(1, 2)),
        Fault("congestion", at(20), at(30), share=Fraction(1, 10)),
    )
    day = reference_day(book_of(holding(A=99, B=0), *rows), replace(BLOCKS, capacity=5, faults=faults))
    assert minutes_settled(day, 9) == [10] * 5 + [20, 20, 40, 40]
    assert waits_of(day, 9) == [None] * 5 + ["capacity", None, "capacity", "capacity"]


@pytest.mark.parametrize("interval", [None, 10 * MINUTE])
def test_what_is_off_changes_nothing(interval):
    """All registered, room for all, an outage while nothing happens."""
    book = two_banks(A=100, B=0)
    plain = Arrangement(layer=3, block=interval)
    off = replace(
        plain,
        wallets=Registry(),
        capacity=None if interval is None else 99,
        faults=(Fault("chain_outage", at(41), at(41) + SECOND), Fault("chain_outage", 0, HOUR)),
    )
    ours, theirs = reference_day(book, off), reference_day(book, plain)
    assert (ours.fates, ours.measures) == (theirs.fates, theirs.measures)
