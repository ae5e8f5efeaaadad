"""The reference's wallets, and faults on members, held to cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .book import MINUTE, Arrangement, Member, Saving
from .by_hand import at, book_of, holding, minutes_settled, reference_day, reference_days, waits_of
from .terms import Fault, Registry, WalletEvent

CONTINUOUS = Arrangement(layer=3)
BLOCKS = Arrangement(layer=3, block=10 * MINUTE)


def test_an_unregistered_member_waits_for_its_registration():
    """C is registered at 9:30; what it sells and buys waits, in blocks and not."""
    events = (WalletEvent(at(30), "register", "C"),)
    registry = Registry(("A", "B"), events=events)
    members = {"A": Member(cash=9), "B": Member(), "C": Member(holdings={"X": 1})}
    rows = [(1, "A", "C", 2, "X", 1), (2, "A", "B", 1), (3, "C", "B", 2), (4, "C", "C", 5), (31, "A", "C", 1)]
    book = book_of(members, *rows)
    day = reference_day(book, replace(CONTINUOUS, wallets=registry))
    assert minutes_settled(day, 5) == [30, 2, 30, 4, 31]
    assert waits_of(day, 5) == ["registration", None, "registration", None, None]
    assert day.measures["queued_value_registration"] == 4
    # 9:30 stands before the block of 9:30, whatever has room.
    day = reference_day(book, replace(BLOCKS, wallets=registry, capacity=9))
    assert minutes_settled(day, 5) == [30, 10, 30, 10, 40]


def test_a_refused_instruction_is_never_tried_again():
    """The same, refused: what came before the registration is gone, what came after settles."""
    events = (WalletEvent(at(30), "register", "C"),)
    registry = Registry(("A", "B"), refuse=True, events=events)
    rows = [(1, "A", "C", 2), (3, "A", "C", 2), (31, "A", "C", 1), (32, "C", "C", 1)]
    book = book_of(holding(A=9, B=0, C=0), *rows, (2, "A", "B", 1))
    day = reference_day(book, replace(CONTINUOUS, wallets=registry))
    assert minutes_settled(day, 5) == [None, None, 31, 32, 2]
    m = day.measures
    assert (m["unsettled_value_registration"], m["unsettled_count_registration"]) == (4, 2)
    # They wait until the close: 2 × 59 and 2 × 57 min, of 7 in all; and they are no gridlock.
    assert m["mean_delay_seconds"] == Fraction(2 * 59 + 2 * 57, 7) * 60
    assert (m["gridlocked_value"], m["deadlocked_value"]) == (0, 4)
    # An instruction of 9:30 comes after the registration of 9:30.
    late = book_of(holding(A=9, C=0), (30, "A", "C", 2))
    assert minutes_settled(reference_day(late, replace(CONTINUOUS, wallets=registry)), 1) == [30]


def test_a_registration_stays_and_may_be_of_one_day():
    """C is registered on day 1 after its close: known on day 2."""
    registry = Registry(("A",), events=(WalletEvent(at(90), "register", "C", day=0),))
    rows = [(1, "A", "C", 1), (1, "A", "C", 1, None, 0, 1)]
    days = reference_days(book_of(holding(A=9, C=0), *rows), replace(CONTINUOUS, wallets=registry))
    assert [day.sequence for day in days] == [[], [1]]


def test_a_frozen_wallet_neither_pays_nor_receives():
    """B is frozen from 9:10 to 9:40, by the registry or by a fault; the offset of 9:30 does not see it.

    A's and C's 5 offset each other at 9:30, B's and A's at the close, when B is free again.
    """
    rows = [(11, "A", "B", 7), (12, "B", "A", 7), (13, "A", "C", 5), (14, "C", "A", 5)]
    book = book_of(holding(A=0, B=0, C=0), *rows)
    way = replace(CONTINUOUS, saving=(Saving("multilateral_offset", 30 * MINUTE),))
    events = (WalletEvent(at(10), "freeze", "B"), WalletEvent(at(40), "unfreeze", "B"))
    by_registry = replace(way, wallets=Registry(events=events))
    by_fault = replace(way, faults=(Fault("wallet_frozen", at(10), at(40), member="B"),))
    for arrangement in (by_registry, by_fault):
        day = reference_day(book, arrangement)
        assert minutes_settled(day, 4) == [60, 60, 30, 30]
        assert waits_of(day, 4) == ["frozen", "frozen", "cash", "cash"]
        assert day.measures["queued_value_frozen"] == 14


def test_at_one_instant_wallets_come_before_and_faults_after_what_arrives():
    """Frozen at 9:10: by the registry the payment of 9:10 waits, by a fault it settles."""
    book = book_of(holding(A=9, B=0), (10, "A", "B", 1))
    registry = Registry(events=(WalletEvent(at(10), "freeze", "B"),))
    assert reference_day(book, replace(CONTINUOUS, wallets=registry)).sequence == []
    fault = (Fault("wallet_frozen", at(10), member="B"),)
    assert reference_day(book, replace(CONTINUOUS, faults=fault)).sequence == [0]


def test_a_silent_member_receives_but_neither_pays_nor_delivers():
    """S is silent from 9:10. It buys, sells, is paid, gets X free: the last two settle.

    A free delivery by S waits too; what S was paid it has, and cannot pay on.
    """
    members = {"A": Member(cash=9, holdings={"X": 5}), "S": Member(cash=9, holdings={"X": 5})}
    rows = [
        (11, "S", "A", 1, "X", 1),
        (12, "A", "S", 1, "X", 1),
        (13, "A", "S", 1),
        (14, "S", "A", 0, "X", 1),
    ]
    rows += [(15, "A", "S", 0, "X", 1), (16, "S", "A", 1), (17, "S", "S", 1)]
    faults = (Fault("member_silent", at(10), member="S"),)
    day = reference_day(book_of(members, *rows), replace(CONTINUOUS, faults=faults))
    assert day.sequence == [2, 3, 6]
    assert waits_of(day, 7) == ["silent", "silent", None, None, "silent", "silent", None]
    # Until 9:20 only: then all settle, in queue order.
    ended = (replace(faults[0], end=at(20)),)
    assert reference_day(book_of(members, *rows), replace(CONTINUOUS, faults=ended)).sequence == [
        *(2, 3, 6),
        *(0, 1, 4, 5),
    ]


def test_reasons_are_told_in_their_order():
    """Unregistered before frozen before silent before cash: each met with all that follow it."""
    registry = Registry(("A", "B", "C", "D"), events=(WalletEvent(at(1), "freeze", "B"),))
    faults = tuple(Fault("member_silent", at(1), member=name) for name in "ABCU")
    rows = [(2, "B", "U", 1), (2, "B", "A", 1), (2, "C", "A", 1), (2, "D", "A", 1)]
    book = book_of(holding(A=0, B=0, C=0, D=0, U=0), *rows)
    day = reference_day(
        book, replace(CONTINUOUS, wallets=registry, faults=(*faults, Fault("chain_outage", at(1))))
    )
    assert waits_of(day, 4) == ["registration", "frozen", "silent", "cash"]


def test_a_forced_transfer_moves_what_is_free_and_counts_nowhere():
    """At 9:10 12 X of A, which holds 8 and has 3 more locked until the close, go to B: 8. B sells 8 on.

    Its own sale of 9 waits; units moved are those of the instructions, and wallets do not matter.
    """
    members = {"A": Member(holdings={"X": 8}), "B": Member(), "C": Member(cash=99, holdings={"X": 3})}
    rows = [(1, "A", "C", 0, "X", 3), (11, "C", "B", 5, "X", 9), (12, "C", "B", 5, "X", 8)]
    transfer = WalletEvent(at(10), "transfer", "A", to="B", security="X", units=12)
    frozen = (WalletEvent(at(9), "freeze", "A"), transfer)
    way = replace(CONTINUOUS, reuse="at_close", wallets=Registry(events=frozen))
    day = reference_day(book_of(members, *rows), way)
    assert (day.sequence, day.waited_for(1)) == ([0, 2], "securities")
    assert day.holdings == {("A", "X"): 3, ("C", "X"): 8}
    assert day.measures["units_moved"] == 3 + 8
    # On the unconstrained path B has nothing from A: it is out 9 and 8, C 3; 10 for 20 are half each.
    assert day.measures["securities_need"] == round(Fraction(10, 20) * (3 + 9 + 8))
    # With ample holdings all twelve move.
    ample = reference_day(replace(book_of(members, *rows), ample=True), way)
    assert ample.holdings[("A", "X")] == -12 + 3


def test_all_wallet_events_of_an_instant_are_one():
    """At 9:10 C is registered, then A frozen: nothing settles between the two."""
    events = (WalletEvent(at(10), "register", "C"), WalletEvent(at(10), "freeze", "A"))
    book = book_of(holding(A=9, C=0), (1, "A", "C", 1))
    day = reference_day(book, replace(CONTINUOUS, wallets=Registry(("A",), events=events)))
    assert (day.sequence, day.waited_for(0)) == ([], "registration")
