"""A rule of the user's own that fails within a run is told as theirs: where, and with which words."""

from __future__ import annotations

import sys

import pytest

import simulator

RULES = """
from simulator.rules import before_loop


def attribute(seen):
    return seen.colour


def nothing(seen):
    pass


def yields(seen):
    yield [0]
    raise ValueError("at the end")


@before_loop
def all_together(waiting):
    return [range(len(waiting))]
"""

CONFIG = """
flow:
  instructions:
    - {time: "09:00", buyer: A, seller: B, cash: 5}
    - {time: "09:00", buyer: B, seller: A, cash: 5}
participants: {members: {A: {}, B: {}}}
arrangements:
  gross: {layer: 3, block: 1 min, KEY}
"""

GROUPING = "liquidity_saving: {{rule: 'my_failing_rules:{}', every: 1 min}}"
ORDER, RELEASE = "queue: 'my_failing_rules:{}'", "release: 'my_failing_rules:{}'"
CREDIT = "credit: {{line: {{cap: 'my_failing_rules:{}'}}}}"


@pytest.fixture
def run(tmp_path):
    def running(key: str) -> simulator.Result:
        (tmp_path / "my_failing_rules.py").write_text(RULES)
        (tmp_path / "mine.yaml").write_text(CONFIG.replace("KEY", key))
        return simulator.run(tmp_path / "mine.yaml", instructions=True)

    yield running
    sys.modules.pop("my_failing_rules", None)


@pytest.mark.parametrize("key", [GROUPING, ORDER, RELEASE, CREDIT])
def test_the_line_that_failed_is_named_with_the_key_and_its_line(run, key):
    with pytest.raises(simulator.InputError) as told:
        run(key.format("attribute"))
    assert "mine.yaml:8: arrangements.gross." in str(told.value)
    assert '"my_failing_rules:attribute" failed in line 6 of my_failing_rules.py: ' in str(told.value)
    assert "has no attribute 'colour'" in str(told.value)


@pytest.mark.parametrize("key", [GROUPING, ORDER, RELEASE, CREDIT])
def test_a_rule_that_forgets_to_return_is_told_so(run, key):
    with pytest.raises(simulator.InputError, match=r"nothing\" failed: .*returned nothing"):
        run(key.format("nothing"))


def test_a_rule_that_fails_as_it_yields_is_told_so(run):
    with pytest.raises(simulator.InputError, match=r"failed in line 15 of .*: ValueError: at the end"):
        run(GROUPING.format("yields"))


def test_a_rule_of_ones_own_may_run_before_the_loop(run):
    """Alone, neither has a cent to pay: before the loop the two settle as one group, not having waited."""
    rows = run(GROUPING.format("all_together")).instructions
    assert rows["waited_for"].to_list() == [None, None]
    assert rows["settled_at"].n_unique() == 1
    assert rows["settled_at"].null_count() == 0
