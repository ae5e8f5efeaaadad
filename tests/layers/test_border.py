"""Entitlements that cross the border of a hybrid: by hand, and conserved on random books."""

from __future__ import annotations

import numpy as np
import pytest

import simulator
from simulator.kernels import state as st
from simulator.layers.border import Border

from ..flows import GROSS, OPENS, SECOND, ArrayFlow, results

HOUR = 3_600_000_000


def crossing(**changes):
    """A sells 10 X to B on chain at 10:00, and C 4 X to B by the cycle at 16:00; what they hold is below.

    A holds 12: half stands on chain. C holds 6: 3 on chain.
    """
    latency = {"tokenize": "1 min", "detokenize": "15 min"}
    config = {
        "flow": {
            "currency": "USD",
            "hours": "09:00–16:00",
            "instructions": [
                {"time": "10:00", "buyer": "B", "seller": "A", "security": "X", "units": 10, "cash": 100},
                {"time": "10:30", "buyer": "B", "seller": "C", "security": "X", "units": 4, "cash": 40},
            ],
        },
        "participants": {
            "funding": "unlimited",
            "members": {"A": {"holdings": {"X": 12}}, "B": {}, "C": {"holdings": {"X": 6}}},
        },
        "arrangements": {
            "hybrid": {
                "layer": 2,
                "settles": "T+0",
                "routing": {"to": "gross", "members": ["A"], "on_chain": "50 %", **changes},
            },
            "gross": {"layer": 3},
        },
    }
    if changes.get("crossing"):
        config["arrangements"]["hybrid"]["routing"]["crossing"] = {"every": "1 h", "latency": latency}
    return simulator.run(config, instructions=True)


def test_without_crossing_each_side_delivers_what_stands_there():
    """A's 6 tokens are not 10; C's 3 units in the book are not 4: all of the one and 1 of the other fail."""
    result = crossing()
    (day,) = result.days.filter(arrangement="hybrid").to_dicts()
    assert day["unsettled_value_securities"] == 110_00
    assert day["settled_value"] == 30_00


def test_what_lacks_on_one_side_crosses_from_the_other():
    """At 10:00 A's sale is not there before the look; at 11:00 4 of A's 6 in the book are tokenized, there at
    11:01, and all settles. C lacks 1 in the book, which leaves the chain at 11:00 and is back at 11:15."""
    result = crossing(crossing=True)
    (day,) = result.days.filter(arrangement="hybrid").to_dicts()
    assert day["unsettled_value"] == 0
    rows = {
        row["id"]: row["settled_at"] for row in result.instructions.filter(arrangement="hybrid").to_dicts()
    }
    assert rows == {0: 11 * HOUR + 60 * SECOND, 1: 16 * HOUR}
    told = result.events.filter(arrangement="hybrid").select("time", "event", "change", "units").rows()
    assert told == [
        (11 * HOUR, "tokenize", "begins", 4),
        (11 * HOUR, "detokenize", "begins", 1),
        (11 * HOUR + 60 * SECOND, "tokenize", "ends", 4),
        (11 * HOUR + 15 * 60 * SECOND, "detokenize", "ends", 1),
    ]


def random_flow(seed: int, chunk: int = 1 << 20) -> ArrayFlow:
    random = np.random.default_rng([41, seed])
    seconds = np.concatenate([day * 86_400 + np.sort(random.integers(0, 3600, 150)) for day in range(3)])
    buyer = random.integers(5, size=450)
    return ArrayFlow(
        OPENS + seconds * SECOND,
        buyer,
        (buyer + random.integers(1, 5, size=450)) % 5,
        cash=random.integers(1, 500, size=450),
        units=random.integers(1, 20, size=450),
        security=random.integers(3, size=450),
        chunk=chunk,
    )


def ways(settles: str) -> dict:
    routing = {
        "to": "gross",
        "share": "50 %",
        "on_chain": "40 %",
        "crossing": {"every": "7 min", "latency": {"tokenize": "3 min", "detokenize": "20 min"}},
    }
    return {"hybrid": {"layer": 2, "settles": settles, "carry": True, "routing": routing}, "gross": GROSS}


@pytest.mark.parametrize("settles", ["T+0", "T+1"])
@pytest.mark.parametrize("seed", range(3))
def test_units_stand_in_the_book_or_on_chain_or_are_on_their_way(verified, monkeypatch, settles, seed):
    """Σ of a security over both ledgers and the way is what was issued at the first open, whatever moves."""
    issued: list[np.ndarray] = []
    looked: list[int] = []

    def total(border: Border) -> np.ndarray:
        slots = border.chain.ledger.slots.count
        for side in (border.house, border.chain):
            side.ledger.fit_slots()
        held = sum(side.ledger.state.slots[:slots, st.UNITS] for side in (border.house, border.chain))
        way = np.zeros(slots, np.int64)
        way[: len(border.on_the_way)] = border.on_the_way
        assert (way >= 0).all()
        security, _ = border.chain.ledger.slot_owners()
        units = np.zeros(3, np.int64)
        np.add.at(units, security[:slots], held + way)
        return units

    def watched(name: str):
        method = getattr(Border, name)

        def call(border: Border, *given):
            before = total(border)
            method(border, *given)
            issued.append(total(border))
            looked.append(int(border.on_the_way.sum()))
            assert (issued[-1] == before).all()

        return call

    for name in ("_look", "_arrive"):
        monkeypatch.setattr(Border, name, watched(name))
    results(random_flow(seed), ways(settles), {"holdings": "0.3 days"})
    assert max(looked) > 0
    assert all((each == issued[0]).all() for each in issued)
    assert verified["receive"] > 0


def test_more_settles_with_crossing_and_how_the_flow_is_cut_changes_nothing():
    without = ways("T+0")
    del without["hybrid"]["routing"]["crossing"]
    limits = {"holdings": "0.3 days"}
    apart, crossed = (results(random_flow(9), each, limits) for each in (without, ways("T+0")))
    settled = [each[0].summary["arrangements"]["hybrid"]["settled_value"] for each in (apart, crossed)]
    assert settled[1] > settled[0]
    again = results(random_flow(9, chunk=7), ways("T+0"), limits)
    assert again[0].summary == crossed[0].summary
    assert again[1] == crossed[1]
