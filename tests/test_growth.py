"""Queues, indices and slots grow as they fill, and where they begin changes no result."""

from __future__ import annotations

import functools
from collections import Counter

import numpy as np
import pytest

import simulator.kernels.memory
import simulator.ledger.accounts
import simulator.ledger.gross
from simulator.kernels import state as st
from simulator.kernels.memory import empty_state
from simulator.kernels.slots import PositionSlots
from simulator.kernels.tree import SIZES
from simulator.ledger import Ledger
from simulator.market.flow import DAY

from .books import LedgerBook, journal
from .flows import CLOSES, GROSS, NET, OPENS, ArrayFlow, assert_same, results
from .oracle.books import arrangements_for, random_book
from .oracle.engine import disagreements

OFFSET = {"liquidity_saving": {"rule": "multilateral_offset", "every": "5 min"}}
ARRANGEMENTS = {
    "now": GROSS,
    "strict": {**GROSS, "queue": "fifo_strict"},
    "blocks": {**GROSS, "block": "1 min", "reuse": "next_block"},
    "strict_blocks": {**GROSS, "block": "1 min", "reuse": "next_block", "queue": "fifo_strict", **OFFSET},
    "offset": {**GROSS, "block": "1 min", **OFFSET},
    "locked": {**GROSS, "reuse": "at_close"},
    "cash_alone": {**GROSS, "holdings": "ample", "funding": {"prefunding": "20.00"}},
    "units_alone": {**GROSS, "funding": "unlimited"},
    "free": {**GROSS, "funding": "unlimited", "holdings": "ample"},
    "net": {**NET, "cycles": 3},
}
POOR = {"funding": {"prefunding": "60.00", "credit_limit": "10.00"}, "holdings": "0.3 days"}


def crowded_flow(count: int = 4000, chunk: int = 1 << 20) -> ArrayFlow:
    """Two days among 12 members in 9 securities; a tenth is payments, a tenth free of payment."""
    random = np.random.default_rng(11)
    buyer = random.integers(12, size=count)
    seller = (buyer + random.integers(1, 12, size=count)) % 12
    kind = random.random(count)
    time = random.integers(OPENS, CLOSES, size=count) + np.repeat([0, DAY], count // 2)
    return ArrayFlow(
        np.sort(time),
        buyer,
        seller,
        cash=np.where(kind < 0.1, 0, random.integers(1, 400, size=count)),
        units=np.where(kind > 0.9, 0, random.integers(1, 9, size=count)),
        security=np.where(kind > 0.9, -1, random.integers(9, size=count)),
        chunk=chunk,
    )


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> Counter[int | str]:
    """Everything begins as small as can be; counts how often each had to grow, and compactions."""
    seen: Counter[int | str] = Counter()
    make_room, compact = Ledger._make_room, simulator.ledger.gross.compact_pool

    def counted(ledger: Ledger, status: int) -> None:
        seen[status] += 1
        make_room(ledger, status)

    def compacted(*arguments) -> None:
        seen["compacted"] += 1
        compact(*arguments)

    monkeypatch.setattr(Ledger, "_make_room", counted)
    monkeypatch.setattr(simulator.ledger.gross, "compact_pool", compacted)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_POOL", 1)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_TREES", 1)
    monkeypatch.setattr(simulator.kernels.memory, "FIRST_ARENA", SIZES + 1)
    hashed = functools.partial(PositionSlots, dense_slots=0)
    monkeypatch.setattr("simulator.layers.capture.PositionSlots", hashed)
    return seen


@pytest.fixture(scope="module")
def roomy():
    """The results with room from the start."""
    return results(crowded_flow(), ARRANGEMENTS, POOR)


@pytest.mark.usefixtures("verified")
def test_queues_that_grow_from_nothing_give_the_same_results(roomy, growth):
    assert_same(results(crowded_flow(), ARRANGEMENTS, POOR), roomy)
    for status in (st.POOL_FULL, st.TREES_FULL, st.ARENA_FULL, "compacted"):
        assert growth[status] > 0, status
    # Something settles from the queue, and something is left in it: the books are worth comparing.
    for name in ("now", "strict", "blocks", "strict_blocks", "offset", "cash_alone", "units_alone"):
        counts = roomy[0].summary["arrangements"][name]
        assert counts["queued_count"] > counts["unsettled_count"] > 0, name


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_queues_that_grow_between_and_inside_chunks_give_the_same_results(roomy, growth, chunk):
    assert_same(results(crowded_flow(chunk=chunk), ARRANGEMENTS, POOR), roomy)
    assert growth[st.POOL_FULL] > 0


@pytest.mark.usefixtures("verified")
def test_the_reference_agrees_while_everything_grows_from_nothing(growth):
    """The slow reference on books of its own, with as little room as there can be."""
    for seed in range(2000, 2015):
        book = random_book(seed)
        assert not disagreements(book, arrangements_for(book)), f"seed {seed}"
    assert growth[st.POOL_FULL] > 0
    assert growth["compacted"] > 0


def test_what_memory_held_before_never_matters(monkeypatch):
    """Rows of the queue are made of whatever memory held: filled with nonsense, everything is the same.

    A batch auction's arrivals join the queue unfiled, and are moved with it when it is compacted.
    """
    random = np.random.default_rng(3)
    buyers = random.integers(10, size=3_000)
    instructions = [
        {
            "time": f"10:{k // 60:02}:{k % 60:02}",
            "buyer": f"M{buyers[k]}",
            "seller": f"M{(buyers[k] + 1 + random.integers(9)) % 10}",
            "cash": str(random.integers(1, 499)),
        }
        for k in range(3_000)
    ]
    config = {
        "flow": {"instructions": instructions},
        "participants": {"funding": {"prefunding": "500"}},
        "arrangements": {
            "batch": {"layer": 3, "block": "1 min", "liquidity_saving": {"rule": "batch_auction"}}
        },
    }
    results = []
    for nonsense in (0, 1 << 40, -(1 << 40)):

        def filled(*arguments, nonsense=nonsense):
            state = empty_state(*arguments)
            state.pool[:], state.heap[:] = nonsense, nonsense
            return state

        monkeypatch.setattr(simulator.ledger.accounts, "empty_state", filled)
        results.append(simulator.run(config, instructions=True))
    assert results[0].instructions["settled_at"].null_count() > 0
    for other in results[1:]:
        assert other.instructions.equals(results[0].instructions)
        assert other.summary == results[0].summary


@pytest.mark.parametrize("chunk", [1, 300])
def test_positions_that_first_appear_late_are_given_room_everywhere(growth, verified, chunk):
    """Ample holdings number no position beforehand: cycles, ledgers and days see them one by one."""
    ways = {name: {**way, "holdings": "ample"} for name, way in ARRANGEMENTS.items() if name != "units_alone"}
    whole = results(crowded_flow(), ways, POOR)
    assert_same(results(crowded_flow(chunk=chunk), ways, POOR), whole)
    assert verified["settle_groups"] > 0
    assert growth[st.POOL_FULL] > 0


@pytest.mark.usefixtures("growth", "verified")
def test_positions_that_appear_between_a_cut_off_and_the_close_moved_nothing_at_the_cut_off():
    """Day 0's one trade settles at 09:30 of day 1; at 09:45 two hundred others trade for the first time."""
    trades = [
        {"time": "09:30", "day": 0, "buyer": "A", "seller": "B", "security": "X", "units": 3, "cash": 1}
    ]
    for k in range(200):
        sides = {"buyer": f"C{k}", "seller": f"D{k}", "security": "Y"}
        trades.append({"time": "09:45", "day": 1, **sides, "units": 2, "cash": 1})
    config = {
        "days": 2,
        "flow": {"hours": "09:00–10:00", "currency": "JPY", "instructions": trades},
        "arrangements": {"t1": {"layer": 2, "settles": "T+1", "cut_off": "09:30"}},
    }
    result = simulator.run(config)
    assert result.days["units_moved"].to_list() == [3, 400]
    assert result.days["securities_value_moved"].to_list() == [1, 200]
    first = result.participants.filter(result.participants["day"] == 1)
    assert dict(first.filter(first["units_moved"] > 0).select("participant", "units_moved").rows()) == {
        "B": 3
    }


@pytest.mark.usefixtures("growth", "verified")
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("descending", [False, True])
def test_one_member_unblocked_again_and_again_in_one_event_fills_no_list_of_candidates(strict, descending):
    """M1 owes M2 10, a hundred times; M2 owes M3 a hundred times; then M0 brings M1 all of it at once.

    M1's payments stand first, so while they settle each receipt offers one of M2's, which must wait its
    turn: a hundred candidates where there is room for fewer. All of 1: they settle in order, after M1's. Or
    1000, 990 … 10: the earliest that M2's cash is enough for changes with every receipt; in the end it is
    the 1000, and nothing is left.
    """
    many = 100
    owed = np.arange(10 * many, 0, -10) if descending else np.ones(many, np.int64)
    flow = ArrayFlow(
        OPENS + np.arange(2 * many + 1),
        np.repeat([1, 2, 0], [many, many, 1]),
        np.repeat([2, 3, 1], [many, many, 1]),
        cash=np.concatenate([np.full(many, 10), owed, [10 * many]]),
    )
    book = LedgerBook(flow, np.array([10 * many, 0, 0, 0]), np.zeros(4, np.int64), None)
    ledger, chunk = book.ledger(strict=strict, journal=True)
    room = len(ledger.state.heap)
    assert room < many
    ledger.take(chunk, 0, 2 * many + 1, -1)
    of_m2 = [many] if descending else range(many, 2 * many)
    assert [position for position, _ in journal(ledger)] == [2 * many, *range(many), *of_m2]
    assert ledger.state.members[:, st.CASH].tolist() == ([0, 0, 0, 1000] if descending else [0, 0, 900, 100])


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("leg", ["cash", "units"])
@pytest.mark.parametrize("giants", [False, True])
def test_twenty_thousand_that_wait_for_one_resource_settle_in_their_order_as_it_comes(strict, leg, giants):
    """M0 owes M1 20,000 times and has nothing; then M2 brings M0 15 at a time, a thousand times over.

    Each owes 1: every receipt frees the next 15. With ``giants`` every second, from the first on, owes more
    than ever comes: what stands behind passes them, and under strict order nothing does.
    """
    waiting, receipts, a_receipt = 20_000, 1000, 15
    owed = np.ones(waiting, np.int64)
    if giants:
        owed[::2] = 10**9
    amount = np.concatenate([owed, np.full(receipts, a_receipt)])
    giver = np.repeat([0, 2], [waiting, receipts])
    taker = np.repeat([1, 0], [waiting, receipts])
    time = OPENS + np.arange(len(amount)) * 1000
    nothing, brought = np.zeros(3, np.int64), np.array([0, 0, a_receipt * receipts])
    if leg == "cash":
        flow, cash, held = ArrayFlow(time, giver, taker, cash=amount), brought, None
    else:
        flow, cash, held = ArrayFlow(time, taker, giver, units=amount), nothing, brought[:, None]
    ledger, chunk = LedgerBook(flow, cash, nothing, held).ledger(strict=strict, journal=True)
    ledger.take(chunk, 0, len(amount), -1)
    may_settle = [] if giants and strict else np.flatnonzero(owed == 1).tolist()
    expected = []
    for receipt in range(receipts):
        now = int(time[waiting + receipt])
        freed = may_settle[a_receipt * receipt : a_receipt * (receipt + 1)]
        expected += [(waiting + receipt, now), *((each, now) for each in freed)]
    assert journal(ledger) == expected
    left = sorted(set(range(waiting)) - {each for each, _ in expected})
    assert ledger.state.pool[ledger.waiting(0)[0], st.IDENTIFIER].tolist() == left
    ledger.verify()


def by_priority(flow: ArrayFlow) -> ArrayFlow:
    """The same flow with five priorities."""
    columns = {
        name: getattr(flow, name) for name in ("buyer", "seller", "cash", "units", "security", "chunk")
    }
    return ArrayFlow(
        flow.time, **columns, priority=np.random.default_rng(12).choice([1, 2, 5, 8, 9], len(flow.time))
    )


INDEXED = {name: ARRANGEMENTS[name] for name in ("now", "blocks", "offset", "cash_alone", "units_alone")}


@pytest.fixture(scope="module")
def roomy_by_priority():
    return results(by_priority(crowded_flow()), INDEXED, POOR)


@pytest.mark.parametrize("chunk", [300, 1 << 20])
def test_an_index_a_priority_that_grows_from_nothing_gives_the_same_results(roomy_by_priority, growth, chunk):
    """Rows of trees come five at a time, one a priority, as positions first have something wait for them."""
    assert_same(results(by_priority(crowded_flow(chunk=chunk)), INDEXED, POOR), roomy_by_priority)
    for status in (st.POOL_FULL, st.TREES_FULL, st.ARENA_FULL, "compacted"):
        assert growth[status] > 0, status
    for name in INDEXED:
        counts = roomy_by_priority[0].summary["arrangements"][name]
        assert counts["queued_count"] > counts["unsettled_count"] > 0, name
