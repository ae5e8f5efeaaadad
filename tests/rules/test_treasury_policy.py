"""A treasury policy of one's own: what ``check_rule`` says of it, and what it does and is told in a run."""

from __future__ import annotations

import numpy as np
import pytest

import simulator
from simulator.rules import Actions, TreasuryView
from simulator.rules.treasury import Treasurer


class Counts:
    """Keeps more each time it is asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self, view):
        self.calls += 1
        return Actions(reserve=np.full(len(view), self.calls))


class Remembers:
    """Keeps what it was shown."""

    def __init__(self):
        self.seen = []

    def __call__(self, view):
        self.seen.append(view.locked)
        return Actions()


def overwrites(view):
    view.cash[:] = 0
    return Actions()


def overwrites_by_force(view):
    view.opening.flags.writeable = True
    view.opening[:] += 1
    return Actions()


def nothing(view):  # noqa: ARG001
    return Actions()


@pytest.mark.parametrize(
    "policy",
    [
        Treasurer(),
        Treasurer((5_00, 20_00), (50_00, 30_00), "paced", 7_00),
        Treasurer(release="wait_for_inflow"),
        nothing,
        lambda view: Actions(top_up=view.opening.tolist(), withdraw=None, reserve=view.locked),
    ],
)
def test_what_keeps_to_the_contract_is_told_so(policy):
    report = simulator.check_rule(policy, "treasury")
    assert report.cases == 60
    assert str(report).endswith(": 60 sets of accounts, nothing broken")


GIVE = "give Actions(top_up=…, withdraw=…, reserve=…), each an array by account or left out"
BROKEN = [
    (lambda _: None, f"on random accounts 0: returned None: {GIVE}"),
    (lambda view: view.cash, f": {GIVE}"),
    (lambda view: {"top_up": view.cash}, f": {GIVE}"),
    (lambda _: Actions(top_up=5), "returned top_up 5: give top_up as an array by account, not int"),
    (lambda _: Actions(reserve={"M0": 5}), "give reserve as an array by account, not dict"),
    (lambda _: Actions(reserve=[[1], [1, 2]]), "give reserve one amount an account: an array of "),
    (lambda _: Actions(withdraw=np.zeros(99, int)), "give withdraw one amount an account: an array of 1"),
    (
        lambda view: Actions(withdraw=np.zeros(len(view.members), int)),
        " members in each pool",
    ),
    (
        lambda view: Actions(top_up=view.opening / 2),
        "give top_up in whole minor units, int64; these are float64",
    ),
    (
        lambda view: Actions(top_up=np.full(len(view), np.nan)),
        "returned top_up [nan]: give top_up in whole minor units, int64; these are float64, with NaN among",
    ),
    (
        lambda view: Actions(top_up=view.opening > 0),
        "give top_up in whole minor units, int64; these are bool",
    ),
    (
        lambda view: Actions(reserve=view.opening - view.opening.max() - 1),
        "reserve of M0 is -1; give 0 or more",
    ),
    (
        lambda view: Actions(withdraw=np.full(len(view), 1 << 61)),
        f"withdraw is {1 << 61} in all; give less than {1 << 61}",
    ),
    (lambda _: 1 / 0, "on random accounts 0: ZeroDivisionError: division by zero"),
    (overwrites, "assignment destination is read-only; what a rule sees is read-only: copy what it wants"),
    (overwrites_by_force, "changed opening; copy what it wants to change"),
    (
        Counts(),
        "returned top_up [0], withdraw [0], reserve [1], then top_up [0], withdraw [0], reserve [2] for the",
    ),
    (Remembers, "Remembers, on random accounts 0: kept locked after it returned; copy what it wants to"),
    ("no_such_module:Careful", "ModuleNotFoundError: No module named 'no_such_module'; give a function"),
]


@pytest.mark.parametrize(("policy", "told"), BROKEN)
def test_what_breaks_the_contract_of_a_policy_is_told(policy, told):
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(policy, "treasury")
    assert told in str(error.value)


def test_the_case_that_broke_comes_with_the_error():
    with pytest.raises(simulator.RuleError) as error:
        simulator.check_rule(lambda view: Actions(reserve=-view.cash), "treasury")
    assert isinstance(error.value.seen, TreasuryView)
    assert (error.value.seen.cash > 0).any()


# -- within a run -------------------------------------------------------------------------------------------

CONFIG = """\
flow:
  currency: USD
  hours: 09:00–12:00
  instructions:
    - {time: "09:10", buyer: A, seller: B, cash: 50.00}
    - {time: "09:20", buyer: B, seller: A, cash: 70.00}
participants:
  members: {A: {cash: 40.00}, B: {}}
arrangements:
  plain: {layer: 3}
  own:
    layer: 3
    treasury:
      every: 30 min
      policy: "POLICY"
"""
HEAD = "import numpy as np\nfrom simulator.rules import Actions\n\n\ndef choose(view):\n    "


@pytest.fixture
def written(tmp_path):
    """A config beside the module of its policy, whose body is given."""

    def write(name: str, body: str):
        (tmp_path / f"{name}.py").write_text(HEAD + body, encoding="utf-8")
        path = tmp_path / "mine.yaml"
        path.write_text(CONFIG.replace("POLICY", f"{name}:choose"), encoding="utf-8")
        return path

    return write


def test_a_policy_tops_up_what_it_sees_is_owed(written):
    """At 09:30 A owes 50 and has 40, B owes 70 and has 0. A brings 10, then B what 70 lacks: 70.

    All look before any acts. A pays 50 to B and B pays 70: A ends with 70, B with 50.
    """
    path = written("my_top_up", "return Actions(top_up=np.maximum(0, view.owed - view.cash))\n")
    result = simulator.run(path, instructions=True)
    own = result.instructions.filter(result.instructions["arrangement"] == "own")
    plain = result.instructions.filter(result.instructions["arrangement"] == "plain")
    assert plain["settled_at"].null_count() == 2
    minutes = (own["settled_at"] // 60_000_000).to_list()
    assert minutes == [9 * 60 + 30, 9 * 60 + 30]
    assert result.summary["arrangements"]["own"]["topped_up"] == 80_00


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        (
            "my_negative",
            "return Actions(reserve=-view.opening * (view.now > view.opens))\n",
            "the policy answered wrongly at 09:30 of day 0: reserve of A is -4000; give 0 or more",
        ),
        (
            "my_nan",
            "return Actions(top_up=view.cash * np.nan)\n",
            "at 09:00 of day 0: give top_up in whole minor units, int64; these are float64, with NaN among",
        ),
        (
            "my_short",
            "return Actions(withdraw=view.cash[:1])\n",
            "at 09:00 of day 0: give withdraw one amount an account: an array of 2",
        ),
        ("my_array", "return view.cash\n", f"the policy answered wrongly at 09:00 of day 0: {GIVE}"),
        ("my_none", "pass\n", '"my_none:choose" failed: TypeError: it returned nothing'),
        (
            "my_raise",
            "return 1 / 0\n",
            '"my_raise:choose" failed in line 6 of my_raise.py: ZeroDivisionError',
        ),
        (
            "my_write",
            "view.cash[0] = 5\n",
            '"my_write:choose" failed in line 6 of my_write.py: ValueError: assignment destination is',
        ),
    ],
)
def test_a_wrong_answer_within_a_run_is_told_with_file_line_and_key(written, tmp_path, name, body, told):
    with pytest.raises(simulator.InputError) as error:
        simulator.run(written(name, body), out=tmp_path / "results")
    assert "mine.yaml:15: arrangements.own.treasury.policy: " in str(error.value)
    assert told in str(error.value)
    assert not (tmp_path / "results").exists()
