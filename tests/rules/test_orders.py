"""The orders of the queue, and how rules are found by their names."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from simulator.rules import (
    NO_DEADLINE,
    ORDERS,
    Arrivals,
    credit_rule,
    grouping_rule,
    order_rule,
    release_rule,
)

ARRIVALS = Arrivals.of(
    cash=[50, 20, 50, 0, 70],
    units=[0, 3, 0, 9, 0],
    time=[1, 2, 3, 4, 5],
    deadline=[NO_DEADLINE, 40, 30, NO_DEADLINE, 30],
)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("largest_first", [4, 0, 2, 1, 3]),
        ("smallest_first", [3, 1, 0, 2, 4]),
        ("by_deadline", [2, 4, 1, 0, 3]),
    ],
)
def test_the_lowest_key_settles_first_and_time_breaks_ties(name, order):
    keys = order_rule(name)(ARRIVALS)
    assert keys.dtype == np.int64
    assert np.lexsort((ARRIVALS.time, keys)).tolist() == order


def test_every_order_is_tested_here():
    assert set(ORDERS) == {"largest_first", "smallest_first", "by_deadline"}


def test_what_arrives_is_read_only():
    with pytest.raises(ValueError, match="read-only"):
        ARRIVALS.cash[0] = 1
    assert len(ARRIVALS) == 5
    assert ARRIVALS.priority.tolist() == [5] * 5


OWN_RULES = """
def rule(seen):
    return seen
class Rule:
    def __call__(self, seen):
        return [seen]
"""


@pytest.mark.parametrize("find", [grouping_rule, order_rule, release_rule, credit_rule])
def test_a_function_or_a_class_of_ones_own_is_found_by_its_module(find, tmp_path, monkeypatch):
    """A class is made when it is found, so that what is called is an object of it."""
    (tmp_path / "my_rules.py").write_text(OWN_RULES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_rules", raising=False)
    assert find("my_rules:rule")(7) == 7
    assert find("my_rules:Rule")(7) == [7]
    with pytest.raises(AttributeError):
        find("my_rules:none")
    with pytest.raises(ImportError):
        find("my_other_rules:rule")
