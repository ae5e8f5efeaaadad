"""The reference itself, held to cases worked by hand: what is expected is derived in the comments."""

from __future__ import annotations

from fractions import Fraction

import pytest

from .book import DAY, HOUR, MINUTE, Arrangement, Member
from .books import multilateral, random_book
from .by_hand import NINE, book_of, days_of, holding, only_day
from .offset import by_dropping_the_last, by_trying_every_set
from .wallets import Wallets

CONTINUOUS = Arrangement(layer=3)
STRICT = Arrangement(layer=3, queue="fifo_strict")
OFFSET = Arrangement(layer=3, saving=multilateral(HOUR))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_ring_without_cash_settles_only_as_one_group(n):
    """DOMAIN: N equal payments in a ring. One by one none settles; together they net to nothing."""
    names = [f"M{k}" for k in range(n)]
    ring = [(k, names[k], names[(k + 1) % n], 10) for k in range(n)]
    empty = book_of({name: Member() for name in names}, *ring)
    assert only_day(empty, CONTINUOUS).sequence == []
    together = only_day(empty, OFFSET)
    assert together.sequence == list(range(n))
    assert {fate.settled_at for fate in together.fates} == {10 * HOUR}
    assert together.measures["value_moved"] == 0
    # One payment's worth of cash, held by anyone, runs round the ring: its holder pays first.
    for holder in range(n):
        members = {name: Member(cash=10 * (name == names[holder])) for name in names}
        assert sorted(only_day(book_of(members, *ring), CONTINUOUS).sequence) == list(range(n))


def test_two_banks_need_more_one_by_one_than_netted():
    """A pays 100, B pays 80 back, A pays 30: netted A owes 50.

    One by one A is out 100, then 20, then 50: A needs 100, B nothing. If a receipt waits for the next
    block and all three meet in one block, A is out 100, then 130, and B 80: 210.
    """
    book = book_of(holding(A=0, B=0), (1, "A", "B", 100), (2, "B", "A", 80), (3, "A", "B", 30))
    now = only_day(book, Arrangement(layer=3, funding="unlimited"))
    assert now.measures["net_debit"] == 50
    assert (now.measures["liquidity_need"], now.measures["system_peak"]) == (100, 100)
    assert now.measures["value_moved"] == now.measures["settled_value"] == 210
    block = only_day(book, Arrangement(layer=3, block=HOUR, reuse="next_block", funding="unlimited"))
    assert (block.measures["liquidity_need"], block.measures["system_peak"]) == (210, 210)
    netted = only_day(book, Arrangement(layer=2, funding="unlimited"))
    assert netted.measures["liquidity_need"] == netted.measures["value_moved"] == 50
    assert netted.measures["netting_efficiency"] == 1 - Fraction(50, 210)
    # Two cycles, at 9:02 and the close: A owes 20, then 30 more.
    cycles = Arrangement(layer=2, cycles=("times", (NINE + 2 * MINUTE,)), funding="unlimited")
    assert only_day(book, cycles).measures["value_moved"] == 20 + 30


def test_bypass_settles_less_with_more_cash():
    """DOMAIN: A→B 100, A→C 60, C→D 60, D→E 60. With 60, A passes over the first and the 60 runs on."""
    rows = [(0, "A", "B", 100), (1, "A", "C", 60), (2, "C", "D", 60), (3, "D", "E", 60)]
    less = only_day(book_of(holding(A=60, B=0, C=0, D=0, E=0), *rows), CONTINUOUS)
    more = only_day(book_of(holding(A=100, B=0, C=0, D=0, E=0), *rows), CONTINUOUS)
    assert (less.sequence, less.measures["settled_value"]) == ([1, 2, 3], 180)
    assert (more.sequence, more.measures["settled_value"]) == ([0], 100)


def test_bypass_settles_what_no_prefix_can():
    """DOMAIN: A holds 10; queue A→B 100, A→B 10. Bypass settles the 10; every prefix holds the 100."""
    book = book_of(holding(A=10, B=0), (0, "A", "B", 100), (1, "A", "B", 10))
    assert only_day(book, CONTINUOUS).sequence == [1]
    assert only_day(book, STRICT).sequence == []
    strict = only_day(book, Arrangement(layer=3, queue="fifo_strict", saving=multilateral(MINUTE)))
    assert strict.sequence == []


def test_settling_restarts_at_the_head():
    """A has 5. Queue: A→B 10 (no), C→A 5 (C has 5: yes) gives A 10, so the first goes before D→C 1."""
    book = book_of(holding(A=5, B=0, C=5, D=1), (0, "A", "B", 10), (0, "C", "A", 5), (0, "D", "C", 1))
    day = only_day(book, Arrangement(layer=3, block=HOUR))
    assert day.sequence == [1, 0, 2]
    assert [day.waited_for(order) for order in range(3)] == ["cash", None, None]


def test_blocks_stamp_their_own_time_and_close_the_day():
    """Blocks every 25 min from nine: 9:00, 9:25, 9:50 and the close at 10:00; (T before, T] each."""
    book = book_of(
        holding(A=9, B=0),
        (0, "A", "B", 1),
        (25, "A", "B", 1),
        (25 + Fraction(1, 60), "A", "B", 1),
        (51, "A", "B", 1),
    )
    day = only_day(book, Arrangement(layer=3, block=25 * MINUTE))
    assert [day.settled_at(k) - NINE for k in range(4)] == [k * MINUTE for k in (0, 25, 50, 60)]
    # Waits for inclusion 0, 0, 24 min 59 s, 9 min, all of one value.
    assert day.measures["inclusion_wait_seconds"] == Fraction(24 * 60 + 59 + 9 * 60, 4)
    assert day.measures["mean_delay_seconds"] == 0


def test_next_block_lets_a_receipt_be_used_one_block_later():
    """A→B 10 and B→C 10 and C→A 10 in one block; A holds 10. Each hop waits for the block after."""
    book = book_of(holding(A=10, B=0, C=0), (0, "A", "B", 10), (0, "B", "C", 10), (0, "C", "A", 10))
    day = only_day(book, Arrangement(layer=3, block=20 * MINUTE, reuse="next_block"))
    assert [day.settled_at(k) - NINE for k in range(3)] == [0, 20 * MINUTE, 40 * MINUTE]
    assert [day.waited_for(k) for k in range(3)] == [None, "cash", "cash"]
    # Delay: 0 + 20 + 40 min of a possible 60 + 60 + 60.
    assert day.measures["settlement_delay"] == Fraction(60, 180)
    assert day.measures["mean_delay_seconds"] == 20 * 60
    continuous = only_day(book, Arrangement(layer=3, reuse="next_block"))
    assert {fate.settled_at for fate in continuous.fates} == {NINE}


def test_securities_received_wait_for_the_next_block_too():
    """B buys X from A and sells it on to C in one block; B holds none."""
    members = {"A": Member(holdings={"X": 3}), "B": Member(cash=9), "C": Member(cash=9)}
    book = book_of(members, (0, "B", "A", 9, "X", 3), (0, "C", "B", 9, "X", 3))
    day = only_day(book, Arrangement(layer=3, block=30 * MINUTE, reuse="next_block"))
    assert [day.settled_at(k) - NINE for k in range(2)] == [0, 30 * MINUTE]
    assert day.waited_for(1) == "securities"
    assert day.holdings == {("C", "X"): 3}


def test_at_close_no_receipt_is_used_that_day_and_units_are_free_the_next():
    """B can pay on, and deliver on, only what it brought: nothing today, the units tomorrow."""
    members = {"A": Member(cash=10, holdings={"X": 1}), "B": Member(), "C": Member(cash=10)}
    book = book_of(
        members,
        (0, "A", "B", 10),
        (1, "B", "C", 10),
        (2, "B", "A", 0, "X", 1),
        (3, "C", "B", 0, "X", 1),
        (0, "C", "B", 0, "X", 1, 1),
    )
    first, second = days_of(book, Arrangement(layer=3, reuse="at_close"))
    assert first.sequence == [0, 2]
    assert (first.waited_for(1), first.waited_for(3)) == ("cash", "securities")
    # A is out 10; B's inflow never counts, and B would have to bring 10 to pay on.
    assert (first.measures["liquidity_need"], first.measures["liquidity_used"]) == (20, 10)
    assert (first.measures["unsettled_value"], first.measures["unsettled_count"]) == (10, 2)
    assert second.sequence == [4]


def test_strict_fifo_waits_behind_an_earlier_one():
    """A→B 10 waits for cash (A has 5); A→C 5 could settle but stands behind; C→A settles by itself.

    S sells 4 X it does not have to C; its later 1 X, which it has, stands behind that.
    """
    members = {"A": Member(cash=5), "B": Member(), "C": Member(cash=4), "S": Member(holdings={"X": 1})}
    book = book_of(
        members,
        (0, "A", "B", 10),
        (1, "A", "C", 5),
        (2, "C", "B", 1),
        (3, "C", "S", 2, "X", 4),
        (4, "B", "S", 1, "X", 1),
    )
    strict = only_day(book, STRICT)
    assert strict.sequence == [2]
    assert [strict.waited_for(k) for k in range(5)] == ["cash", "cash", None, "securities", "securities"]
    assert only_day(book, CONTINUOUS).sequence == [1, 2, 4]


def test_internalised_settles_unchecked_and_moves_nothing():
    """A sells to itself what it has not, with money it has not."""
    book = book_of(holding(A=0, B=0), (5, "A", "A", 100, "X", 7), (6, "A", "B", 1))
    day = only_day(book, STRICT)
    assert (day.sequence, day.settled_at(0)) == ([0], NINE + 5 * MINUTE)
    assert (day.measures["internalised_value"], day.measures["settled_value"]) == (100, 100)
    assert day.measures["value_moved"] == day.measures["units_moved"] == 0
    assert day.measures["netting_efficiency_external"] is None


def test_offset_takes_a_prefix_of_cash_and_of_securities_queues():
    """B buys 5 X of A for 8, A buys 5 Y of B for 6: B is short of 2, and has 2; nobody holds cash enough
    alone. Behind them A owes B 9, which no set can carry; a second sale of X by A stands behind nothing
    it lacks, but its buyer D has no cash."""
    members = {"A": Member(holdings={"X": 6}), "B": Member(cash=2, holdings={"Y": 5}), "D": Member()}
    book = book_of(
        members,
        (0, "B", "A", 8, "X", 5),
        (1, "A", "B", 6, "Y", 5),
        (2, "A", "B", 9),
        (3, "D", "A", 1, "X", 1),
    )
    day = only_day(book, OFFSET)
    assert day.sequence == [0, 1]
    assert day.measures["value_moved"] == 2
    assert day.measures["units_moved"] == 10
    assert day.cash_before_squaring == {"A": 2, "B": 0, "D": 0}


def test_offset_locks_only_the_net_receipt():
    """Ring A→B 10, B→C 8, C→A 8: A brings 2, B receives a net 2, locked until the next block."""
    book = book_of(
        holding(A=2, B=0, C=0), (0, "A", "B", 10), (0, "B", "C", 8), (0, "C", "A", 8), (0, "B", "C", 2)
    )
    way = Arrangement(layer=3, block=20 * MINUTE, reuse="next_block", saving=multilateral(15 * MINUTE))
    day = only_day(book, way)
    # The largest set takes the last one too: C's net receipt is then 2, B's 0.
    assert {day.settled_at(k) - NINE for k in range(4)} == {20 * MINUTE}
    # 15 min → the block at 20; 30 and 45 min → 40 and the close.
    assert day.measures["value_moved"] == 2


@pytest.mark.parametrize("seed", range(60))
def test_two_ways_to_find_the_offset_agree(seed):
    """Trying every set, and giving up last entries until it fits, end at the same set."""
    book = random_book(seed)
    wallets = Wallets(book, CONTINUOUS)
    for start in range(0, len(book.instructions), 9):
        waiting = sorted(book.instructions[start : start + 9], key=lambda one: one.place)
        waiting = [one for one in waiting if not one.internalised]
        assert by_trying_every_set(waiting, wallets) == by_dropping_the_last(waiting, wallets)


def test_a_netting_cycle_delivers_what_there_is_and_withholds_the_price_of_the_rest():
    """S sells 6 X to L for 60 and 4 X to M for 41, and holds 7: price 101/10 rounds to 10.

    L, listed first, gets its 6, M 1 of 4; 3 undelivered withhold 30 from S and from M. L pays 60,
    M 41 − 30 = 11, S receives 101 − 30 = 71. M has 5 and credit 2: the outside brings 4.
    """
    members = {
        "L": Member(cash=100),
        "M": Member(cash=5, credit_limit=2),
        "S": Member(holdings={"X": 7}),
    }
    book = book_of(members, (0, "L", "S", 60, "X", 6), (1, "M", "S", 41, "X", 4))
    day = only_day(book, Arrangement(layer=2))
    assert [(f.member, f.security, f.undelivered, f.withheld) for f in day.fails] == [("S", "X", 3, 30)]
    assert day.cash_before_squaring == {"L": 40, "M": -2, "S": 71}
    assert day.holdings == {("L", "X"): 6, ("M", "X"): 1}
    m = day.measures
    assert (m["settled_value"], m["unsettled_value"], m["unsettled_count"]) == (71, 30, 1)
    assert (m["value_moved"], m["units_moved"]) == (71, 7)
    # 7 × 101/10 = 70.7, and 10 × 101/10 needed to settle everything.
    assert (m["securities_value_moved"], m["securities_need"]) == (71, 101)
    assert (m["net_debit"], m["liquidity_need"], m["liquidity_used"]) == (101, 101, 60 + 7)
    assert m["funding_shortfall"] == 4
    assert (m["peak_intraday_credit"], m["mean_intraday_credit"]) == (2, 0)
    assert {fate.settled_at for fate in day.fates} == {10 * HOUR}


def test_t_plus_one_settles_a_day_later_and_lags():
    """One trade at 9:30, settled at the next day's cut-off of 9:40."""
    book = book_of({"A": Member(cash=6), "B": Member()}, (30, "A", "B", 7))
    (day,) = days_of(book, Arrangement(layer=2, settles=1, cut_off=NINE + 40 * MINUTE))
    assert day.day == 1
    assert day.settled_at(0) == DAY + NINE + 40 * MINUTE
    assert day.measures["settlement_lag"] == 24 * 3600 + 600
    assert day.measures["settlement_delay"] == 0
    assert day.measures["funding_shortfall"] == 1


def test_credit_is_drawn_until_the_close_and_prefunding_all_day():
    """A has 4 and credit 6, pays 10 at 9:00, receives 3 at 9:45; hours 9 to 10.

    Drawn 6 for 45 min, 3 for 15: 5.25 over the hour, and 4 × 24 h of prefunding, B's 3 × 24 h too.
    """
    members = {"A": Member(cash=4, credit_limit=6), "B": Member(cash=3)}
    book = book_of(members, (0, "A", "B", 10), (45, "B", "A", 3))
    m = only_day(book, CONTINUOUS).measures
    assert (m["peak_intraday_credit"], m["mean_intraday_credit"]) == (6, 5)
    assert m["liquidity_hours"] == 7 * 24 + 5
    assert m["liquidity_used"] == 10
    assert m["turnover_ratio"] == Fraction(13, 10)


def test_hours_left_open_span_the_instructions_to_the_minute():
    """First at 9:00:30, last at 9:02:00: open 9:00, close 9:02; blocks every minute from nine."""
    book = book_of(holding(A=9, B=0), (Fraction(1, 2), "A", "B", 1), (2, "A", "B", 1), hours=None)
    day = only_day(book, Arrangement(layer=3, block=MINUTE))
    assert [day.settled_at(k) for k in range(2)] == [NINE + MINUTE, NINE + 2 * MINUTE]
    # Waits at most 90 s and 0 s until the close.
    assert day.measures["settlement_delay"] == 0
    assert day.measures["inclusion_wait_seconds"] == 15


def test_given_hours_take_the_early_at_the_open_and_stretch_for_the_late():
    """One at 8:50 enters at nine; one at 10:05:30 moves the close to 10:06."""
    book = book_of(holding(A=9, B=0), (-10, "A", "B", 1), (Fraction(131, 2), "A", "B", 1))
    day = only_day(book, Arrangement(layer=3, block=40 * MINUTE))
    assert [day.settled_at(k) - NINE for k in range(2)] == [0, 66 * MINUTE]
    assert day.fates[0].instruction.time == NINE


@pytest.mark.parametrize("k", [1, 2, 3])
def test_equal_cycles_split_the_day(k):
    """One payment a minute from A to B at 9:01 … 10:00; a cycle at T takes those up to T."""
    book = book_of(holding(A=0, B=0), *[(m, "A", "B", 1) for m in range(1, 61)])
    day = only_day(book, Arrangement(layer=2, cycles=("count", k), funding="unlimited"))
    expected = [NINE + -(-m * k // 60) * 60 * MINUTE // k for m in range(1, 61)]
    assert [day.settled_at(order) for order in range(60)] == expected
