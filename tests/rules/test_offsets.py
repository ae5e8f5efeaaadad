"""The grouping rules: against their definitions on small queues, and on cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.rules import GROUPING, Waiting, grouping_rule
from simulator.rules.batch_auction import batch_auction
from simulator.rules.bilateral_offset import bilateral_offset
from simulator.rules.exact_optimum import AT_MOST, exact_optimum
from simulator.rules.multilateral_offset import multilateral_offset
from simulator.rules.ring_offset import ring_offset
from simulator.rules.trials import random_queue

from .reference import batch, bilateral, feasible, multilateral, opening, optimum, rings, settle

SMALL = [queue for queue in map(random_queue, range(500)) if len(queue) <= 9]
A, B, C, D, E = range(5)
NOTHING = [0] * 5
OFFSETS = tuple(name for name in GROUPING if name != "look_ahead")
"""Rules that look at what members owe each other; look-ahead has cases of its own."""


def chosen(rule, queue: Waiting) -> list[list[int]]:
    return [np.asarray(group).tolist() for group in rule(queue)]


# -- against the definitions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "defined", "settles"),
    [
        (multilateral_offset, multilateral, 50),
        (bilateral_offset, bilateral, 50),
        (ring_offset, lambda queue: rings(queue, 5), 50),
        (batch_auction, batch, 50),
        (exact_optimum, lambda queue: [each for each in [optimum(queue)] if each], 50),
    ],
    ids=["multilateral_offset", "bilateral_offset", "ring_offset", "batch_auction", "exact_optimum"],
)
def test_it_chooses_what_its_definition_says(rule, defined, settles):
    found = 0
    for number, queue in enumerate(SMALL):
        groups = chosen(rule, queue)
        assert groups == defined(queue), f"queue {number}"
        found += bool(groups)
    assert found > settles


@pytest.mark.parametrize("longest", [2, 3])
def test_no_ring_is_longer_than_asked(longest):
    for queue in SMALL:
        assert chosen(lambda each: ring_offset(each, longest), queue) == rings(queue, longest)


def test_the_batch_is_feasible_and_no_single_one_left_out_could_be_added():
    left_out = 0
    for queue in map(random_queue, range(500)):
        group = next(iter(chosen(batch_auction, queue)), [])
        assert feasible(queue, group, opening(queue))
        for i in set(range(len(queue))) - set(group):
            assert not feasible(queue, [*group, i], opening(queue))
            left_out += 1
    assert left_out > 1000


@pytest.mark.parametrize("rule", [multilateral_offset, batch_auction])
def test_where_all_can_settle_together_all_do(rule):
    together = 0
    for queue in map(random_queue, range(500)):
        if feasible(queue, range(len(queue)), opening(queue)):
            assert chosen(rule, queue) == [list(range(len(queue)))]
            together += 1
    assert together > 50


@pytest.mark.parametrize("name", OFFSETS)
def test_on_up_to_fifteen_instructions_nothing_is_worth_more_than_the_optimum(name):
    settled = 0
    for queue in map(random_queue, range(500)):
        best = int(queue.cash[optimum_of(queue)].sum())
        groups = chosen(grouping_rule(name), queue)
        left = opening(queue)
        for group in groups:
            assert feasible(queue, group, left)
            settle(queue, group, left)
        value = int(queue.cash[[place for group in groups for place in group]].sum())
        assert value <= best
        settled += value
    assert settled > 0


def optimum_of(queue: Waiting) -> list[int]:
    assert len(queue) <= 15
    return next(iter(chosen(exact_optimum, queue)), [])


# -- by hand ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6, 50])
@pytest.mark.parametrize("units", [0, 3])
def test_a_ring_without_anything_settles_as_one_group(length, units):
    """Of payments, or of free deliveries; the ring rule goes as far as five members."""
    ring = np.arange(length)
    queue = Waiting.of(
        ring, (ring + 1) % length, cash=0 if units else 7, units=units, cash_available=[0] * length
    )
    whole = [list(range(length))]
    for rule in (multilateral_offset, batch_auction):
        assert chosen(rule, queue) == whole
    assert chosen(ring_offset, queue) == (whole if length <= 5 else [])
    assert chosen(bilateral_offset, queue) == (whole if length == 2 else [])
    assert chosen(exact_optimum, queue) == (whole if length <= AT_MOST else [])


@pytest.mark.parametrize("name", OFFSETS)
def test_two_banks_that_unlock_each_other(name):
    """A owes B 100, B owes A 90; A has the ten that are missing, and not a unit less would do."""
    for cash, groups in ((10, [[0, 1]]), (9, [])):
        queue = Waiting.of([A, B], [B, A], cash=[100, 90], cash_available=[cash, 0])
        assert chosen(grouping_rule(name), queue) == groups


@pytest.mark.parametrize("name", ["ring_offset", "multilateral_offset", "batch_auction", "exact_optimum"])
def test_a_ring_in_securities_against_money(name):
    """A → B → C → A buy three units each, of whom nobody holds any, at 10, 11 and 12.

    Units net out. A pays 10 and gets 12, B pays 11 and gets 10, C pays 12 and gets 11: B and C need 1.
    """
    for cash, groups in (([0, 1, 1], [[0, 1, 2]]), ([9, 1, 0], [])):
        queue = Waiting.of([A, B, C], [B, C, A], cash=[10, 11, 12], units=3, cash_available=cash)
        assert chosen(grouping_rule(name), queue) == groups


def test_an_unequal_cycle_settles_only_where_what_is_missing_is_there():
    """A → B 10, B → C 12, C → A 9: B lacks 2 and A lacks 1, C has 3 to spare."""
    for cash, groups in (([1, 2, 0], [[0, 1, 2]]), ([0, 2, 0], []), ([1, 1, 0], [])):
        queue = Waiting.of([A, B, C], [B, C, A], cash=[10, 12, 9], cash_available=cash)
        for rule in (ring_offset, multilateral_offset, exact_optimum):
            assert chosen(rule, queue) == groups


def test_five_banks_whose_nets_offset_though_no_ring_does():
    """Each pays 3 to the next and 2 to the one after it, and gets as much; the amounts are split unevenly.

    A → B 5, A → C 1, B → C 4, B → D 1, C → D 5, D → E 3, D → A 3, E → A 3. In and out: A 6 and 6,
    B 5 and 5, C 5 and 5, D 6 and 6, E 3 and 3. Every ring needs cash somewhere: A → B → C → D … pays
    5, 4, 5 and C would need 1; A → B → D pays 5, 1 and D then 3; A → C → D pays 1 and C then 5.
    """
    buyer, seller = [A, A, B, B, C, D, D, E], [B, C, C, D, D, E, A, A]
    cash = [5, 1, 4, 1, 5, 3, 3, 3]
    queue = Waiting.of(buyer, seller, cash=cash, cash_available=NOTHING)
    assert chosen(bilateral_offset, queue) == []
    assert chosen(ring_offset, queue) == []
    for rule in (multilateral_offset, batch_auction, exact_optimum):
        assert chosen(rule, queue) == [list(range(8))]


def test_a_true_deadlock_is_not_settled_by_any():
    """A owes B 5 and B owes C 5: C gets money that nobody has."""
    queue = Waiting.of([A, B], [B, C], cash=5, cash_available=[0, 0, 0])
    for name in GROUPING:
        assert chosen(grouping_rule(name), queue) == []


def test_back_to_back_trades_settle_together():
    """A sells 10 to B, who sells them on to C: B holds neither units nor money."""
    queue = Waiting.of([B, C], [A, B], cash=70, units=10, cash_available=[0, 0, 70], held={(A, 0): 10})
    for rule in (multilateral_offset, batch_auction, exact_optimum):
        assert chosen(rule, queue) == [[0, 1]]


def test_an_offset_may_settle_less_than_passing_does():
    """A has 10 and owes 100, then 10 (DOMAIN 5, item 12): no prefix is feasible, though the second is."""
    queue = Waiting.of([A, A], [B, B], cash=[100, 10], cash_available=[10, 0])
    assert chosen(multilateral_offset, queue) == []
    assert chosen(batch_auction, queue) == [[1]]


def passed(queue: Waiting) -> list[int]:
    """What settles one by one, in that order: the first that can, then from the head again."""
    left, settled = opening(queue), []
    while True:
        for i in range(len(queue)):
            if i not in settled and feasible(queue, [i], left):
                left["cash", int(queue.buyer[i])] -= int(queue.cash[i])
                left["cash", int(queue.seller[i])] += int(queue.cash[i])
                settled.append(i)
                break
        else:
            return settled


def test_more_money_can_settle_less_where_what_can_settle_passes():
    """A → B 100, A → C 60, C → D 60, D → E 60 (DOMAIN 5, item 11).

    With 60 A cannot pay B, so it pays C, whose 60 go on to E: 180. With 100 it pays B and the rest stays.
    The optimum is 180 with either, and 280 with 160; more money never settles less by it.
    """
    value = {}
    for cash in (60, 100, 160):
        queue = Waiting.of(
            [A, A, C, D], [B, C, D, E], cash=[100, 60, 60, 60], cash_available=[cash, 0, 0, 0, 0]
        )
        value[cash] = int(queue.cash[passed(queue)].sum()), int(queue.cash[optimum_of(queue)].sum())
    assert value == {60: (180, 180), 100: (100, 180), 160: (280, 280)}


def test_groups_of_one_call_do_not_spend_what_an_earlier_one_brings_in():
    """A and B settle 10 against 8, which brings B two; B owes C 5 more than C owes it, and has three."""
    queue = Waiting.of([A, B, B, C], [B, A, C, B], cash=[10, 8, 9, 4], cash_available=[2, 3, 0])
    assert chosen(bilateral_offset, queue) == [[0, 1]]
    richer = Waiting.of([A, B, B, C], [B, A, C, B], cash=[10, 8, 9, 4], cash_available=[2, 5, 0])
    assert chosen(bilateral_offset, richer) == [[0, 1], [2, 3]]


def test_what_an_earlier_group_takes_is_gone():
    """A loses 3 to B, then would lose 3 to C, and has 5."""
    queue = Waiting.of([A, B, A, C], [B, A, C, A], cash=[8, 5, 7, 4], cash_available=[5, 0, 0])
    assert chosen(bilateral_offset, queue) == [[0, 1]]
    assert chosen(ring_offset, queue) == [[0, 1]]


def test_shorter_rings_come_first():
    """A → B → C → A stands first in the queue, A ⇄ B is shorter and takes the link they share."""
    queue = Waiting.of([A, B, C, B], [B, C, A, A], cash=5, cash_available=[0, 0, 0])
    assert chosen(ring_offset, queue) == [[0, 3]]


@pytest.mark.parametrize(("wrong_ways", "groups"), [(7, [[7, 8]]), (8, [])])
def test_a_ring_goes_on_to_the_first_eight_counterparties_of_a_member(wrong_ways, groups):
    """Member 0 owes 5 to 1, 2, … in turn; only the last of them owes it anything."""
    last = wrong_ways + 1
    queue = Waiting.of([0] * last + [last], [*range(1, last + 1), 0], cash=5, cash_available=[0] * (last + 1))
    assert chosen(ring_offset, queue) == groups


def test_the_optimum_looks_at_the_first_twenty_only():
    everybody = np.arange(25)
    queue = Waiting.of(everybody, (everybody + 1) % 25, cash=1, cash_available=[1] * 25)
    assert chosen(exact_optimum, queue) == [list(range(AT_MOST))]


# -- what the units bought can raise ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFSETS)
def test_a_purchase_needs_what_its_units_do_not_raise(name):
    """A buys for 100 units that raise 90, and B owes A 1: A needs 10 less the one it gets."""
    for cash, settles in ((9, True), (8, False)):
        queue = Waiting.of(
            [A, B],
            [B, A],
            cash=[100, 1],
            units=[5, 0],
            cash_available=[cash, 0],
            held={(B, 0): 5},
            credit_value=[90, 0],
        )
        assert bool(chosen(grouping_rule(name), queue)) == settles


@pytest.mark.parametrize("at_once", [True, False])
def test_locked_cash_does_not_make_up_for_collateral_that_is_given_up(at_once):
    """A sells for 100 units that count 90 as collateral: 100 come in, but later, and 90 go now."""
    queue = Waiting.of(
        [B],
        [A],
        cash=100,
        units=5,
        cash_available=[0, 10],
        held={(A, 0): 5},
        credit_value=90,
        reuse_at_once=at_once,
    )
    for rule in (multilateral_offset, batch_auction, exact_optimum):
        assert chosen(rule, queue) == ([[0]] if at_once else [])


def test_a_member_already_below_its_limit_may_still_receive():
    """A stands at −5, its credit having been cut; a pair that leaves it better off settles all the same."""
    queue = Waiting.of([A, B], [B, A], cash=[7, 8], cash_available=[-5, 1])
    for name in OFFSETS:
        assert chosen(grouping_rule(name), queue) == [[0, 1]]
