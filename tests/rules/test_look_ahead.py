"""Look-ahead against cases worked by hand, and every grouping rule under net debit caps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.rules import GROUPING, Waiting, grouping_rule
from simulator.rules.feasible import Unsettled
from simulator.rules.look_ahead import look_ahead
from simulator.rules.trials import random_queue

X, P, Y, Z = range(4)


def pairs(buyers, sellers, *, units, cash, available, held, **more) -> list[list[int]]:
    """What look-ahead finds in a queue of one security, X's holding aside."""
    queue = Waiting.of(
        buyers,
        sellers,
        units=units,
        cash=cash,
        cash_available=available,
        held={(member, 0): holding for member, holding in held.items()},
        **more,
    )
    return [group.tolist() for group in look_ahead(queue)]


def test_units_differ_as_long_as_what_is_passed_on_is_there():
    """P has 2 and is to get 5: it can pass on 7, not 8."""
    common = {"cash": 0, "available": [0] * 3, "held": {X: 5, P: 2}}
    assert pairs([P, Y], [X, P], units=[5, 7], **common) == [[0, 1]]
    assert pairs([P, Y], [X, P], units=[5, 8], **common) == []


def test_the_earlier_instruction_takes_its_earliest_partner_that_fits():
    """P gets 5 of X: Y's purchase of 9 is too much, so Z's, which came later, completes with it."""
    found = pairs([Y, P, Z], [P, X, P], units=[9, 5, 5], cash=0, available=[0] * 4, held={X: 5})
    assert found == [[1, 2]]
    found = pairs([Y, P, Z], [P, X, P], units=[5, 5, 5], cash=0, available=[0] * 4, held={X: 5})
    assert found == [[0, 1]]


def test_two_members_that_trade_with_each_other_are_no_look_ahead():
    assert pairs([P, X], [X, P], units=5, cash=1, available=[0, 0], held={X: 5}) == []


@pytest.mark.parametrize(("price", "found"), [(13, [[0, 1]]), (14, [])])
def test_a_member_that_pays_on_balance_needs_the_difference(price, found):
    """P buys at 13 and sells at 10, and has 3."""
    assert pairs([P, Y], [X, P], units=5, cash=[price, 10], available=[0, 3, 10], held={X: 5}) == found


@pytest.mark.parametrize(("cap", "found"), [(10, [[0, 1]]), (9, [])])
def test_a_cap_binds_what_is_paid_on_balance(cap, found):
    """Y pays 10, on which the units it gets raise all of it; its cap must allow the 10 themselves."""
    common = {"units": 5, "cash": [12, 10], "available": [50, 50, 0], "held": {X: 5}, "credit_value": 10}
    assert pairs([P, Y], [X, P], cap_available=[0, 2, cap], **common) == found


@pytest.mark.parametrize(("at_once", "found"), [(True, [[0, 1], [2, 3]]), (False, [[0, 1]])])
def test_what_a_pair_brings_counts_for_the_next_if_it_can_be_used(at_once, found):
    """Y gets 5 with the first pair, and delivers them to P, who passes them on to Z, in the second."""
    queue = {"units": 5, "cash": 0, "available": [0] * 4, "held": {X: 5}}
    assert pairs([P, Y, P, Z], [X, P, Y, P], reuse_at_once=at_once, **queue) == found


@pytest.mark.parametrize("name", GROUPING)
def test_no_rule_chooses_what_a_cap_does_not_allow(name):
    chosen = refused = 0
    for seed in range(150):
        draw, queue = np.random.default_rng([78, seed]), random_queue(seed)
        most = int(queue.cash.max(initial=1))
        caps = draw.integers(0, most + 1, size=len(queue.cash_available))
        capped = replace(queue, cap_available=caps)
        capped.freeze()
        left = Unsettled.of(capped)
        for group in grouping_rule(name)(capped):
            assert left.settle(np.asarray(group)) == "", f"random queue {seed}"
            chosen += 1
        left = Unsettled.of(capped)
        refused += sum(
            "net debit cap" in left.settle(np.asarray(group)) for group in grouping_rule(name)(queue)
        )
    assert chosen > 10
    assert refused > 5
