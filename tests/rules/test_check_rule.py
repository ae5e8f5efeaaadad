"""``simulator.check_rule``: every shipped rule keeps to the contract, and each way of breaking it is told."""

from __future__ import annotations

import numpy as np
import pytest

import simulator
from simulator.rules import GROUPING, ORDERS, grouping_rule

HOUR = 3_600_000_000


@pytest.mark.parametrize("name", GROUPING)
def test_every_shipped_grouping_rule_keeps_to_the_contract(name):
    report = simulator.check_rule(name)
    assert report.cases > 400
    assert report.instructions > 5_000
    assert report.groups > 100
    assert f"{name}: {report.cases} queues, " in str(report)
    assert simulator.check_rule(grouping_rule(name)) == report


@pytest.mark.parametrize("name", ORDERS)
def test_every_shipped_order_rule_keeps_to_the_contract(name):
    report = simulator.check_rule(name, kind="order")
    assert report.cases > 60
    assert str(report).endswith("instructions, nothing broken")


# -- rules that break it ------------------------------------------------------------------------------------


def nothing(waiting):  # noqa: ARG001
    """The one group rule that is always right, and the base of those that are wrong once."""
    return []


def everything(waiting):
    return [np.arange(len(waiting))] if len(waiting) else []


def two_of_the_same(waiting):
    return [np.array([0]), np.array([0])] if waiting.cash_available[0] >= 5 and len(waiting) == 1 else []


def raises(waiting):
    return [] if len(waiting) < 3 else 1 / 0


def overwrites(waiting):
    waiting.cash[:] = 0
    return []


def overwrites_by_force(waiting):
    waiting.cash_available.flags.writeable = True
    waiting.cash_available[:] += 1
    return []


class Counts:
    """Chooses by how often it was asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self, waiting):
        self.calls += 1
        settles = len(waiting) == 1 and waiting.cash[0] <= waiting.cash_available[0]
        return [np.array([0])] if settles and self.calls % 2 else []


class Remembers:
    """Keeps what it was shown."""

    def __init__(self):
        self.seen = []

    def __call__(self, waiting):
        self.seen.append(waiting.cash)
        return []


ASSIGNED = "ValueError: assignment destination is read-only; what a rule sees is read-only: copy what"
BROKEN_GROUPS = [
    (
        lambda _: None,
        "on an empty queue: returned None: give a list of groups, each an array of places",
    ),
    (
        lambda waiting: np.arange(len(waiting)),
        "returned []: give a list of groups, each an array of places; this",
    ),
    (
        lambda waiting: [0] if len(waiting) else [],
        "returned [0]: group 0 is no group; give an array of places",
    ),
    (lambda _: [np.empty(0, int)], "group 0 is empty; leave it out"),
    (
        lambda waiting: [waiting.cash > 0] if len(waiting) else [],
        "group 0 holds bool; give places in the queue",
    ),
    (lambda waiting: [[0.0]] if len(waiting) else [], "group 0 holds float64; give places in the queue"),
    (lambda waiting: [[len(waiting)]], "returned [[0]]: group 0 names place 0; the queue is empty"),
    (lambda waiting: [[-1]] if len(waiting) else [], "group 0 names place -1; the queue has places 0 to 0"),
    (
        lambda waiting: [[0, 0]] if len(waiting) else [],
        "returned [[0, 0]]: group 0 names place 0 twice; name",
    ),
    (two_of_the_same, "returned [[0], [0]]: group 1 names place 0, which an earlier group has"),
    (
        everything,
        "on one payment that cannot settle: returned [[0]]: group 0 is not feasible: member 0 needs 6 net",
    ),
    (raises, "raises, on a ring of 3 payments without cash: ZeroDivisionError: division by zero"),
    (overwrites, ASSIGNED),
    (overwrites_by_force, "on an empty queue: changed cash_available; copy what it wants to change"),
    (Counts(), "Counts, on one payment that can settle: returned [[0]], then [] for the same; a rule is a"),
    (Remembers, "Remembers, on an empty queue: kept cash after it returned; copy what it wants to remember"),
    (Remembers(), "Remembers, on an empty queue: kept cash after it returned"),
    ("simulator.rules:no_such_rule", "no_such_rule'; give a function, a class that is made without"),
    (
        "no_such_module:rule",
        "no_such_module:rule: ModuleNotFoundError: No module named 'no_such_module'; give",
    ),
    ("ring", "ring: ModuleNotFoundError"),
    (7, "int: 7 cannot be called; give a function or a class with __call__"),
]


@pytest.mark.parametrize(("rule", "told"), BROKEN_GROUPS)
def test_what_breaks_the_contract_of_a_grouping_rule_is_told(rule, told):
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(rule)
    assert told in str(error.value)


def nobody_delivers(waiting):
    """Places whose buyers can pay one by one, whoever holds the units."""
    left, chosen = waiting.cash_available.copy(), []
    for i in range(len(waiting)):
        need = waiting.cash[i] - waiting.credit_value[i]
        if need <= left[waiting.buyer[i]] and waiting.seller[i] != waiting.buyer[i]:
            left[waiting.buyer[i]] -= max(0, need)
            chosen.append([i])
    return chosen


def test_units_are_looked_at_too():
    with pytest.raises(simulator.RuleError, match=r"position \d+ delivers \d+ net and has \d+ \(units\)"):
        simulator.check_rule(nobody_delivers)


def test_what_the_rule_was_shown_comes_with_the_error():
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(everything)
    assert everything(error.value.seen)[0].tolist() == [0]
    assert error.value.seen.cash.tolist() == [6]


def test_a_rule_error_is_an_error_of_the_input():
    """So the command says it in a line, as it does of a config."""
    assert issubclass(simulator.RuleError, simulator.InputError)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            lambda _: None,
            "on no arrivals: returned None: give one key an instruction, lowest first: an",
        ),
        (lambda arrivals: arrivals.cash[:1], "give one key an instruction, lowest first: an array of"),
        (lambda arrivals: arrivals.cash / 2, "lowest first as int64; these are float64"),
        (lambda arrivals: arrivals.cash.astype(np.int32), "lowest first as int64; these are int32"),
        (
            lambda arrivals: np.random.default_rng().integers(1 << 60, size=len(arrivals)),
            "for the same; a rule",
        ),
        (
            lambda arrivals: np.argsort(arrivals.cash),
            "when they came by themselves; a flow comes in pieces, so",
        ),
        (lambda arrivals: np.negative(arrivals.cash, out=arrivals.cash), "output array is read-only; what a"),
    ],
)
def test_what_breaks_the_contract_of_an_order_rule_is_told(rule, told):
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(rule, "order")
    assert told in str(error.value)


def test_nothing_is_released_before_its_own_time():
    told = (
        "on one payment: returned [43199999999]: instruction 0 would be released at 43199999999, before its"
    )
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(lambda arrivals: arrivals.time - 1, "release")
    assert told in str(error.value)
    assert str(12 * HOUR) in str(error.value)
    assert simulator.check_rule(lambda arrivals: arrivals.time + HOUR, "release").instructions > 2_000


def test_a_cap_is_not_below_zero():
    with pytest.raises(simulator.RuleError, match=r"member \d+ gets a cap of -\d+; give 0 or more"):
        simulator.check_rule(lambda view: view.cash, "credit")
    assert simulator.check_rule(lambda view: view.opening_cash, "credit").cases == 60


def test_caps_have_a_largest_sum():
    with pytest.raises(
        simulator.RuleError, match=rf"the caps are {1 << 61} in all; give less than {1 << 61}"
    ):
        simulator.check_rule(lambda view: np.array([1 << 61, *[0] * (len(view) - 1)]), "credit")


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(
        simulator.RuleError,
        match=r'give grouping, order, release, credit, treasury, routing \(did you mean "order"',
    ):
        simulator.check_rule(nothing, "orders")


def test_groups_may_be_made_one_by_one():
    def first_that_can(waiting):
        for i in range(len(waiting)):
            queue = waiting
            need = queue.cash[i] - queue.credit_value[i]
            if queue.units[i] == 0 and need <= queue.cash_available[queue.buyer[i]]:
                yield [i]
                return

    assert simulator.check_rule(first_that_can).groups > 50


def test_a_routing_rule_says_yes_or_no_of_each():
    assert simulator.check_rule(lambda arrivals: arrivals.cash > 5, "routing").cases == 63
    with pytest.raises(simulator.RuleError, match="give yes or no of each instruction: an array of"):
        simulator.check_rule(lambda arrivals: arrivals.cash, "routing")
    with pytest.raises(simulator.RuleError, match="give yes or no of each instruction: an array of"):
        simulator.check_rule(lambda arrivals: arrivals.cash[:-1] > 0, "routing")
