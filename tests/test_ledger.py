"""The ledger: nothing is created or lost, no limit is passed, both legs move or none does."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

import simulator
from simulator.kernels import state as st
from simulator.ledger import InfeasibleGroupError, Ledger
from simulator.market.flow import SECOND

from .books import LOCKS, LedgerBook, balances, events, journal, random_ledger_book
from .flows import CLOSES, OPENS, ArrayFlow
from .oracle.as_config import config_of
from .oracle.books import arrangements_for, random_book

BLOCKS = (None, 40 * SECOND)
WAYS = list(itertools.product(LOCKS, (False, True), BLOCKS))


# -- conservation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_every_call_of_every_arrangement_leaves_all_sums_at_zero_and_no_limit_broken(verified, first):
    """Random books under every combination of layer, block, re-use, order, offset, cycles and limits."""
    for seed in range(first, first + 10):
        book = random_book(seed)
        simulator.run(config_of(book, arrangements_for(book)))
    wanted = {
        "take",
        "begin_block",
        "settle_groups",
        "follow_delivery",
        "follow_payment",
        "deliver",
        "pay_cycle",
        "close_day",
    }
    assert wanted <= {name for name, calls in verified.items() if calls}


@pytest.mark.parametrize(("reuse", "strict", "block"), WAYS)
def test_balances_are_the_opening_ones_and_both_legs_of_what_settled(verified, reuse, strict, block):
    """After every event cash and units are recomputed from the instructions that settled."""
    for seed in range(40):
        book = random_ledger_book(seed, unlimited=seed % 7 == 0, ample=seed % 5 == 0)
        ledger, chunk = book.ledger(reuse=LOCKS[reuse], strict=strict, journal=True)
        for start, stop, now in events(book.flow, block):
            if reuse == "next_block":
                ledger.begin_block(now)
            ledger.take(chunk, start, stop, now)
            assert balances(ledger) == recomputed(book, [position for position, _ in journal(ledger)])
            assert not could_settle(ledger, strict)
    assert verified["take"] > 40


def recomputed(book: LedgerBook, settled: list[int]) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Opening balances and both legs of the settled instructions, in plain Python."""
    flow = book.flow
    cash = [0] * len(flow.members) if book.cash is None else book.cash.tolist()
    units: Counter[tuple[int, int]] = Counter()
    if book.held is not None:
        units.update({(m, s): int(book.held[m, s]) for m, s in zip(*np.nonzero(book.held), strict=True)})
    for i in settled:
        buyer, seller, security = int(flow.buyer[i]), int(flow.seller[i]), int(flow.security[i])
        cash[buyer] -= int(flow.cash[i])
        cash[seller] += int(flow.cash[i])
        units[buyer, security] += int(flow.units[i])
        units[seller, security] -= int(flow.units[i])
    return cash, {place: amount for place, amount in units.items() if amount}


@pytest.mark.parametrize("seed", range(20))
def test_a_closed_day_brings_cash_back_to_opening_and_lets_units_stand(verified, seed):
    book = random_ledger_book(seed, ample=seed % 2 == 0)
    ledger, chunk = book.ledger(reuse=list(LOCKS.values())[seed % 3], strict=seed % 4 == 0, journal=True)
    ledger.take(chunk, 0, len(chunk.time), book.flow.days[0].closes)
    _, held = balances(ledger)
    ledger.close_day(book.flow.days[0].closes)
    assert balances(ledger) == (book.cash.tolist(), held)
    assert len(ledger.waiting(0)[0]) == 0
    assert verified["close_day"] == 1


def could_settle(ledger: Ledger, strict: bool) -> list[int]:
    """Waiting instructions that are eligible and feasible: the loop must have left none."""
    _, waiting = ledger.waiting(0)
    earlier: set[tuple[str, int]] = set()
    found = []
    for k in range(len(waiting)):
        cash, units = int(waiting.cash[k]), int(waiting.units[k])
        needs = {("cash", int(waiting.buyer[k]))} if cash else set()
        needs |= {("units", int(waiting.seller_position[k]))} if units else set()
        has_cash = not cash or cash <= waiting.cash_available[waiting.buyer[k]]
        has_units = not units or units <= waiting.units_available[waiting.seller_position[k]]
        if has_cash and has_units and not (strict and earlier & needs):
            found.append(k)
        earlier |= needs
    return found


def small_ledger(**mode) -> Ledger:
    """M0 holds 5 cash and 2 units; it waits to buy for 9, M1 to sell it 3 units for nothing."""
    flow = ArrayFlow([OPENS, OPENS + 1], [0, 0], [1, 1], cash=[9, 0], units=[1, 3], members=2)
    book = LedgerBook(flow, np.array([5, 0]), np.array([1, 0]), np.array([[2], [2]]))
    ledger, chunk = book.ledger(**mode)
    ledger.take(chunk, 0, 2, OPENS + 1)
    ledger.verify()
    return ledger


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda ledger: ledger.state.members[0].__setitem__(st.CASH, 6), r"cash sums to \[1\]"),
        (lambda ledger: ledger.state.members[1].__setitem__(st.LOCKED_CASH, -1), r"cash sums to \[-1\]"),
        (lambda ledger: ledger.state.slots[1].__setitem__(st.UNITS, 3), "security 0 does not sum"),
        (lambda ledger: ledger.state.slots[0].__setitem__(st.LOCKED_UNITS, 1), "security 0 does not sum"),
        (lambda ledger: ledger.state.members[:, st.CASH].__iadd__([-7, 7]), "overdrawn"),
        (lambda ledger: ledger.state.slots[:, st.UNITS].__iadd__([-3, 3]), "units below 0"),
    ],
)
def test_verify_sees_money_or_units_made_from_nothing_and_limits_passed(break_it, said):
    ledger = small_ledger(reuse=LOCKS["next_block"])
    break_it(ledger)
    with pytest.raises(AssertionError, match=said):
        ledger.verify()


# -- groups ------------------------------------------------------------------------------------------------


def copies(ledger: Ledger) -> list[bytes]:
    saved = (ledger.cash_saved, ledger.units_saved, ledger.issued_units)
    arrays = (array for array in (*ledger.state, *saved) if array is not None)
    return [*(array.tobytes() for array in arrays), str(ledger.outside_cash).encode()]


def feasible(ledger: Ledger, chosen: list[int]) -> bool:
    """Whether a group would leave every payer within cash and credit, and every deliverer with units."""
    _, waiting = ledger.waiting(0)
    cash, units = Counter[int](), Counter[int]()
    for k in chosen:
        cash[waiting.buyer[k]] -= waiting.cash[k]
        cash[waiting.seller[k]] += waiting.cash[k]
        if waiting.units[k]:
            units[waiting.buyer_position[k]] += waiting.units[k]
            units[waiting.seller_position[k]] -= waiting.units[k]
    return all(net >= 0 or waiting.cash_available[m] + net >= 0 for m, net in cash.items()) and all(
        net >= 0 or waiting.units_available[p] + net >= 0 for p, net in units.items()
    )


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize("reuse", LOCKS.values())
@pytest.mark.parametrize("strict", [False, True])
def test_a_group_settles_whole_or_is_refused_with_nothing_changed(reuse, strict):
    seen = Counter[bool]()
    for seed in range(150):
        book = random_ledger_book(seed, ample=seed % 5 == 0)
        ledger, chunk = book.ledger(reuse=reuse, strict=strict, journal=True)
        ledger.take(chunk, 0, len(chunk.time), book.flow.days[0].closes)
        draw = np.random.default_rng(seed)
        for _ in range(6):
            entries, _ = ledger.waiting(0)
            if not len(entries):
                break
            chosen = np.flatnonzero(draw.random(len(entries)) < draw.choice([0.2, 0.6, 1.0]))
            if draw.random() < 0.5:  # few sets are feasible: look for one
                first = range(min(8, len(entries)))
                small = [*itertools.combinations(first, 2), *itertools.combinations(first, 3)]
                chosen = next((np.array(each) for each in small if feasible(ledger, list(each))), chosen)
            before, can = copies(ledger), feasible(ledger, chosen.tolist())
            seen[can and len(chosen) > 1] += 1
            if can:
                ids = ledger.state.pool[entries[chosen], st.IDENTIFIER].tolist()
                already = len(journal(ledger))
                ledger.settle_group(entries[chosen], CLOSES)
                settled = [position for position, _ in journal(ledger)]
                assert settled[already : already + len(ids)] == ids
                assert balances(ledger) == recomputed(book, settled)
                assert not could_settle(ledger, strict)
            else:
                with pytest.raises(InfeasibleGroupError):
                    ledger.settle_group(entries[chosen], CLOSES)
                assert copies(ledger) == before
    assert min(seen.values()) > 10


def test_of_several_groups_each_settles_on_its_own_net_effect_and_only_then_the_loop_runs():
    """A has 0 and B 2: {1, 2} pays A 2 net, {3, 4} pays C 1 net, as A has 2; then 0, first in the queue.

    0: A owes C 1. 1: A owes B 10. 2: B owes A 12. 3: A owes C 3. 4: C owes A 2. After the groups A has 1.
    5: A owes B 1 finds nothing left.
    """
    flow = ArrayFlow([OPENS] * 6, [0, 0, 1, 0, 2, 0], [2, 1, 0, 2, 0, 1], cash=[1, 10, 12, 3, 2, 1])
    book = LedgerBook(flow, np.array([0, 2, 0]), np.zeros(3, np.int64), None)
    ledger, chunk = book.ledger(journal=True)
    ledger.take(chunk, 0, 6, OPENS)
    entries, _ = ledger.waiting(OPENS)
    assert ledger.state.pool[entries, st.IDENTIFIER].tolist() == [0, 1, 2, 3, 4, 5]
    ledger.settle_groups([entries[[1, 2]], entries[[3, 4]]], CLOSES)
    assert [position for position, _ in journal(ledger)] == [1, 2, 3, 4, 0]
    assert balances(ledger)[0] == [0, 0, 2]
    assert ledger.cash_saved.tolist() == [12, 10, 2]  # of 10 + 3, 12 and 2, that 1, 2 and 0 moved
    ledger.verify()


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize("entries", [[0, 0], [1, 1, 0]])
def test_a_group_may_name_an_instruction_once_only(entries):
    ledger = small_ledger()
    before = copies(ledger)
    with pytest.raises(InfeasibleGroupError, match="twice"):
        ledger.settle_group(np.array(entries), OPENS + 2)
    assert copies(ledger) == before


def test_what_has_settled_cannot_settle_again():
    """Two payments of 5 against each other, without money: they settle as one group, once."""
    flow = ArrayFlow([OPENS, OPENS + 1], [0, 1], [1, 0], cash=[5, 5])
    ledger, chunk = LedgerBook(flow, np.zeros(2, np.int64), np.zeros(2, np.int64), None).ledger(journal=True)
    ledger.take(chunk, 0, 2, OPENS + 1)
    entries, _ = ledger.waiting(OPENS + 2)
    ledger.settle_group(entries, OPENS + 2)
    assert journal(ledger) == [(0, OPENS + 2), (1, OPENS + 2)]
    before = copies(ledger)
    with pytest.raises(InfeasibleGroupError, match="does not wait"):
        ledger.settle_group(entries, OPENS + 3)
    assert copies(ledger) == before


def test_a_net_receipt_of_a_group_follows_the_re_use_rule_and_what_offsets_inside_does_not():
    """A owes B 5, B owes A 4, A has 1: as a group A pays 1 and B gets 1, which is locked."""
    flow = ArrayFlow([OPENS, OPENS], [0, 1], [1, 0], cash=[5, 4])
    book = LedgerBook(flow, np.array([1, 0]), np.zeros(2, np.int64), None)
    ledger, chunk = book.ledger(reuse=LOCKS["next_block"], journal=True)
    ledger.take(chunk, 0, 2, OPENS)
    ledger.settle_group(ledger.waiting(OPENS)[0], OPENS)
    assert ledger.state.members[:, st.CASH].tolist() == [0, 0]
    assert ledger.state.members[:, st.LOCKED_CASH].tolist() == [0, 1]
    ledger.begin_block(OPENS + SECOND)
    assert ledger.state.members[:, st.CASH].tolist() == [0, 1]


def test_no_group_member_may_go_below_its_limit_even_if_another_group_could_pay_it_later():
    ledger = small_ledger()
    with pytest.raises(InfeasibleGroupError, match="overdraws"):
        ledger.settle_group(np.array([0]), OPENS + 2)
    with pytest.raises(InfeasibleGroupError, match="does not hold"):
        ledger.settle_group(np.array([1]), OPENS + 2)
