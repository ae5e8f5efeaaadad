"""Gridlock, offsets, and the order in which queues move: DOMAIN 5, items 10, 11 and 12, worked by hand."""

from __future__ import annotations

import random

import pytest

import simulator

OFFSET = {"liquidity_saving": {"rule": "multilateral_offset", "every": "1 min"}}


def pays(buyer: str, seller: str, cash: int, minute: int = 0) -> dict:
    return {"time": f"10:{minute:02d}", "buyer": buyer, "seller": seller, "cash": f"{cash}.00"}


def delivers(seller: str, buyer: str, units: int, security: str = "X", minute: int = 0) -> dict:
    one = {"time": f"10:{minute:02d}", "buyer": buyer, "seller": seller}
    return {**one, "security": security, "units": units}


def gross(
    instructions: list[dict], cash: dict[str, int], units: dict[str, dict[str, int]], **rules
) -> list[int]:
    """Positions of what settles, in settlement order, under continuous gross settlement."""
    names = sorted({one[side] for one in instructions for side in ("buyer", "seller")})
    members = {m: {"cash": f"{cash.get(m, 0)}.00", "holdings": units.get(m, {})} for m in names}
    result = simulator.run(
        {
            "flow": {"instructions": instructions},
            "participants": {"members": members},
            "arrangements": {"gross": {"layer": 3, **rules}},
        },
        instructions=True,
    )
    rows = result.instructions
    return rows.filter(rows["settled_at"].is_not_null())["id"].to_list()


@pytest.mark.parametrize("count", [2, 3, 7, 50])
@pytest.mark.parametrize("leg", ["cash", "units"])
@pytest.mark.parametrize("queue", ["fifo_bypass", "fifo_strict"])
def test_a_ring_settles_nothing_by_itself_all_by_an_offset_and_all_by_one_unit_anywhere(count, leg, queue):
    names = [f"B{at:02d}" for at in range(count)]
    order = list(range(count))
    random.Random(count).shuffle(order)
    if leg == "cash":
        ring = [pays(names[at], names[(at + 1) % count], 1) for at in order]
    else:
        ring = [delivers(names[at], names[(at + 1) % count], 1) for at in order]
    assert gross(ring, {}, {}, queue=queue) == []
    assert gross(ring, {}, {}, queue=queue, **OFFSET) == list(range(count))
    for holder in {names[0], names[count // 2], names[-1]}:
        cash, units = ({holder: 1}, {}) if leg == "cash" else ({}, {holder: {"X": 1}})
        assert sorted(gross(ring, cash, units, queue=queue)) == list(range(count))


@pytest.mark.parametrize("count", [3, 10])
def test_a_ring_of_purchases_needs_both_legs_of_all_to_close(count):
    """Each buys from the next one unit of its own security, for cash; one unit short, and all wait."""
    ring = [
        {**pays(f"B{at}", f"B{(at + 1) % count}", 5), "security": f"S{(at + 1) % count}", "units": 1}
        for at in range(count)
    ]
    own = {f"B{at}": {f"S{at}": 1} for at in range(count)}
    assert gross(ring, {}, own) == []
    assert gross(ring, {}, own, **OFFSET) == list(range(count))
    del own["B0"]
    assert gross(ring, {}, own, **OFFSET) == []


@pytest.mark.parametrize(("cash", "settled"), [(60, 180), (100, 100)])
def test_with_bypass_more_cash_may_settle_less(cash, settled):
    """A→B 100, A→C 60, C→D 60, D→E 60: with 60, A pays C, who pays D, who pays E; with 100 it pays B."""
    values = (100, 60, 60, 60)
    sides = (("A", "B"), ("A", "C"), ("C", "D"), ("D", "E"))
    queue = [pays(*side, value) for side, value in zip(sides, values, strict=True)]
    assert sum(values[at] for at in gross(queue, {"A": cash}, {})) == settled


def test_an_offset_of_prefixes_may_settle_less_than_bypass_but_only_ever_adds_to_it():
    """A holds 10; A→B 100, A→B 10: bypass settles the 10, strict order and prefixes none."""
    queue = [pays("A", "B", 100), pays("A", "B", 10)]
    assert gross(queue, {"A": 10}, {}) == [1]
    assert gross(queue, {"A": 10}, {}, queue="fifo_strict") == []
    assert gross(queue, {"A": 10}, {}, queue="fifo_strict", **OFFSET) == []
    assert gross(queue, {"A": 10}, {}, **OFFSET) == [1]


def test_the_member_that_lacks_loses_the_last_of_its_queue_not_the_first():
    """A owes B 4, then C 3; B owes A 4, C owes A 1; nobody has anything.

    All four: A pays 7 and gets 5, so lacks 2; A's last, to C, drops. Then A pays 4 and gets 5; B pays 4
    and gets 4; C pays 1 and gets nothing, so C's payment drops, and A and B are even: 0 and 2 settle.
    """
    queue = [pays("A", "B", 4), pays("A", "C", 3), pays("B", "A", 4), pays("C", "A", 1)]
    assert gross(queue, {}, {}) == []
    assert gross(queue, {}, {}, **OFFSET) == [0, 2]


def test_what_drops_from_one_queue_drops_what_stands_behind_it_in_the_other():
    """S sells X to A for 5, then to B for nothing; S has no X but gets 1 from R, who is owed nothing.

    0: R delivers S 1 X, if R is paid 2 by S. 1: A buys 1 X of S for 5; A has nothing, so 1 drops. 2, S's
    next delivery of X, stands behind 1 in S's queue for X: it drops too, though one X comes in. S then
    cannot pay R its 2, as A's 5 does not come: all wait.
    """
    queue = [
        {**pays("S", "R", 2), "security": "X", "units": 1},
        {**pays("A", "S", 5, 1), "security": "X", "units": 1},
        delivers("S", "B", 1, minute=2),
    ]
    assert gross(queue, {}, {"R": {"X": 1}}, queue="fifo_strict", **OFFSET) == []
    # With 2, S pays R at once; under strict order B's delivery still stands behind A's.
    assert gross(queue, {"S": 2}, {"R": {"X": 1}}, queue="fifo_strict", **OFFSET) == [0]
    assert gross(queue, {"S": 2}, {"R": {"X": 1}}, **OFFSET) == [0, 2]
