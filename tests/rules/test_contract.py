"""What a grouping rule sees of a ledger, and what the ledger makes of its groups; see test_check_rule too."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import simulator
from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.flow import MINUTE
from simulator.rules import GROUPING, Waiting, grouping_rule

from ..books import LOCKS, LedgerBook, journal, random_ledger_book
from ..flows import CLOSES, OPENS, ArrayFlow

SEEDS = range(200)


def waiting_books(strict: bool = False, reuse: tuple[int, int] = (0, 0)):
    """(seed, ledger, entries, what a rule sees) of random books after their day's instructions."""
    for seed in SEEDS:
        book = random_ledger_book(seed, ample=seed % 4 == 0)
        ledger, chunk = book.ledger(strict=strict, reuse=reuse, journal=True)
        ledger.take(chunk, 0, len(chunk.time), CLOSES - MINUTE)
        entries, waiting = ledger.waiting(CLOSES)
        if len(waiting):
            yield seed, ledger, entries, waiting


def arrays(waiting: Waiting) -> list[tuple[str, np.ndarray]]:
    columns = ((name, getattr(waiting, name)) for name in Waiting.__dataclass_fields__)
    return [(name, column) for name, column in columns if isinstance(column, np.ndarray)]


# -- what a rule sees ---------------------------------------------------------------------------------------


def test_a_rule_sees_the_queue_in_order_with_what_each_may_spend_and_deliver():
    """Against the book itself: every column, by instruction, member and position."""
    for seed, ledger, entries, waiting in waiting_books():
        flow = random_ledger_book(seed, ample=seed % 4 == 0).flow
        ids = ledger.state.pool[entries, st.IDENTIFIER]
        assert ids.tolist() == sorted(set(range(len(flow.time))) - {i for i, _ in journal(ledger)})
        for name in ("buyer", "seller", "security", "units", "cash"):
            assert getattr(waiting, name).tolist() == getattr(flow, name)[ids].tolist(), name
        assert waiting.entered.tolist() == flow.time[ids].tolist()
        assert waiting.now == CLOSES
        members = ledger.state.members
        assert waiting.cash_available.tolist() == (members[:, st.CASH] + members[:, st.LIMIT]).tolist()
        named: dict[int, tuple[int, int]] = {}
        for k in range(len(waiting)):
            for member, position in (
                (waiting.buyer[k], waiting.buyer_position[k]),
                (waiting.seller[k], waiting.seller_position[k]),
            ):
                if waiting.units[k] == 0:
                    assert position == -1
                else:
                    place = (int(member), int(waiting.security[k]))
                    assert named.setdefault(int(position), place) == place
        assert sorted(named) == list(range(len(waiting.units_available)))
        assert len(set(named.values())) == len(named)
        security, member = ledger.slot_owners()
        slot_of = {(int(member[p]), int(security[p])): p for p in range(len(security))}
        for position, place in named.items():
            held = ledger.state.slots[slot_of[place], st.UNITS]
            assert waiting.units_available[position] == (held if ledger.mode.check_units else st.UNLIMITED)


def test_a_rule_can_change_nothing_of_what_it_sees():
    _, ledger, _, waiting = next(waiting_books())
    for name, column in arrays(waiting):
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 0
        assert not any(np.shares_memory(column, own) for own in ledger.state), name
    with pytest.raises(AttributeError):
        waiting.now = 0  # type: ignore[misc]


# -- what every registered rule does ------------------------------------------------------------------------


@pytest.mark.parametrize("name", GROUPING)
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("reuse", LOCKS.values())
def test_its_groups_are_accepted_by_the_ledger_one_after_the_other(name, strict, reuse, verified):
    """Each feasible on its net effect, after those before it; no instruction in two of them."""
    groups = 0
    for seed, ledger, entries, waiting in waiting_books(strict, reuse):
        chosen = [np.asarray(group) for group in grouping_rule(name)(waiting)]
        places = np.concatenate([*chosen, np.empty(0, np.int64)])
        assert len(np.unique(places)) == len(places), f"book {seed}: an instruction in two groups"
        assert all(0 <= place < len(waiting) for place in places)
        assert all(len(group) for group in chosen), f"book {seed}: an empty group"
        ledger.settle_groups([entries[group] for group in chosen], CLOSES)
        groups += len(chosen)
    assert groups > 2
    assert verified["settle_groups"] > 5


# -- a rule of one's own ------------------------------------------------------------------------------------


def mutual(waiting: Waiting) -> list[np.ndarray]:
    """Pairs of payments that two members owe each other, the amounts being equal."""
    groups, taken = [], set()
    for i in range(len(waiting)):
        for j in range(i + 1, len(waiting)):
            both = (waiting.buyer[i], waiting.seller[i]) == (waiting.seller[j], waiting.buyer[j])
            if both and waiting.cash[i] == waiting.cash[j] and taken.isdisjoint((i, j)):
                groups.append(np.array([i, j]))
                taken |= {i, j}
    return groups


OWN_RULE = """
import numpy as np
def everything(waiting):
    '''All that waits, as one group.'''
    return [np.arange(len(waiting))]
"""


@pytest.fixture
def ring_config(tmp_path, monkeypatch):
    """Three payments of 1 in a ring, without money, under a rule in a module of the user's."""
    (tmp_path / "my_offsets.py").write_text(OWN_RULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_offsets", raising=False)
    monkeypatch.delitem(sys.modules, "my_pairs", raising=False)
    pays = [("A", "B"), ("B", "C"), ("C", "A")]
    saving = {"rule": "my_offsets:everything", "every": "1 min"}
    return {
        "flow": {"instructions": [{"time": "09:00", "buyer": b, "seller": s, "cash": 1} for b, s in pays]},
        "participants": {"members": {name: {} for name in "ABC"}},
        "arrangements": {"gross": {"layer": 3}, "own": {"layer": 3, "liquidity_saving": saving}},
    }


def test_a_rule_of_ones_own_is_named_by_its_module(ring_config):
    found = simulator.run(ring_config).summary["arrangements"]
    assert (found["gross"]["settled_value"], found["own"]["settled_value"]) == (0, 300)
    assert found["own"]["value_moved"] == 0
    assert found["own"]["netting_efficiency"] == 1.0


def test_a_rule_that_chooses_what_is_not_feasible_is_refused(ring_config):
    """A fourth payment, of a member that gets nothing: all four together overdraw it."""
    ring_config["flow"]["instructions"].append({"time": "09:00", "buyer": "C", "seller": "A", "cash": 1})
    told = "arrangements.own.liquidity_saving.rule: a group overdraws"
    with pytest.raises(simulator.InputError, match=told):
        simulator.run(ring_config)


def test_groups_settle_one_after_the_other_each_on_its_own_net_effect(verified):
    """A ⇄ B 3, C ⇄ D 2, nobody has anything: two groups; A → C 1 stays."""
    ledger, entries, waiting = payments([(0, 1, 3), (2, 3, 2), (1, 0, 3), (3, 2, 2), (0, 2, 1)])
    groups = mutual(waiting)
    assert [group.tolist() for group in groups] == [[0, 2], [1, 3]]
    ledger.settle_groups([entries[group] for group in groups], CLOSES)
    assert [i for i, _ in journal(ledger)] == [0, 2, 1, 3]
    assert ledger.cash_saved.tolist() == [3, 3, 2, 2]
    assert verified["settle_groups"] == 1


def payments(
    owed: list[tuple[int, int, int]], cash: list[int] | None = None
) -> tuple[Ledger, np.ndarray, Waiting]:
    """A ledger on which these payments (buyer, seller, cash) wait, of four members."""
    buyer, seller, amount = zip(*owed, strict=True)
    flow = ArrayFlow([OPENS] * len(owed), buyer, seller, cash=amount, members=4)
    money = np.zeros(4, np.int64) if cash is None else np.array(cash)
    ledger, chunk = LedgerBook(flow, money, np.zeros(4, np.int64), None).ledger(journal=True)
    ledger.take(chunk, 0, len(owed), OPENS)
    return ledger, *ledger.waiting(CLOSES)


@pytest.fixture
def two_groups_config(ring_config, tmp_path):
    """A owes B 10, B owes A 12 and has 2, A and C owe each other 2: {0, 1} and {2, 3} are both feasible."""
    rule = "import numpy as np\ndef pairs(waiting):\n    return [np.array([0, 1]), np.array([2, 3])]\n"
    (tmp_path / "my_pairs.py").write_text(rule, encoding="utf-8")
    owed = [("A", "B", 10), ("B", "A", 12), ("A", "C", 2), ("C", "A", 2)]
    flow = {"instructions": [{"time": "09:00", "buyer": b, "seller": s, "cash": c} for b, s, c in owed]}
    ring_config["arrangements"]["own"]["liquidity_saving"]["rule"] = "my_pairs:pairs"
    return {**ring_config, "flow": flow, "participants": {"members": {"A": {}, "B": {"cash": 2}, "C": {}}}}


def test_what_one_group_frees_settles_after_the_other_groups_of_the_event(two_groups_config):
    """{0, 1} leaves A with 2, enough for 2, which {2, 3} names: the groups first, then the loop."""
    result = simulator.run(two_groups_config, instructions=True)
    rows = result.instructions.filter(result.instructions["arrangement"] == "own")
    assert rows["id"].to_list() == [0, 1, 2, 3]
    assert rows["settled_at"].null_count() == 0


@pytest.mark.parametrize("chosen", ["[False, True, False]", "[1.5]"])
def test_a_mask_or_a_fraction_is_not_taken_for_places(ring_config, tmp_path, chosen):
    """Read as places a mask would be 0 and 1: instructions that the rule never chose."""
    name = "my_mask" if "True" in chosen else "my_fraction"
    rule = f"import numpy as np\ndef choose(waiting):\n    return [np.array({chosen})]\n"
    (tmp_path / f"{name}.py").write_text(rule, encoding="utf-8")
    ring_config["arrangements"]["own"]["liquidity_saving"]["rule"] = f"{name}:choose"
    with pytest.raises(simulator.InputError, match="which are integers"):
        simulator.run(ring_config)
