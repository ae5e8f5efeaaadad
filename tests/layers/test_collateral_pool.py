"""One pool of collateral serves margin and credit, and never both with the same of it; by hand."""

import numpy as np
import pytest

import simulator
from simulator.layers.collateral_pool import CollateralPool

MARGIN = {
    "volatility": "5 %",  # 4.0294 × 5 % of 1,000.00 is 201.47
    "gap": "none",
    "minimum": 0,
    "calls": {},
    "collateral": {"arrives": "1 s"},
}


def settled(pledged):
    """A buys X for 1,000.00, has 600.00 and 10 Y of 100.00, half pledged: credit of 500.00."""
    margin = {**MARGIN, "collateral": {"arrives": "1 s", **({"pledged": "repo"} if pledged else {})}}
    return simulator.run(
        {
            "flow": {
                "currency": "USD",
                "hours": "09:00–16:00",
                "instructions": [
                    {
                        "time": "09:30",
                        "buyer": "C",
                        "seller": "B",
                        "security": "Y",
                        "units": 1,
                        "cash": "100.00",
                    },
                    {
                        "time": "10:00",
                        "buyer": "A",
                        "seller": "B",
                        "security": "X",
                        "units": 10,
                        "cash": "1000.00",
                    },
                ],
            },
            "participants": {
                "members": {
                    "A": {"cash": "600.00", "holdings": {"Y": 10}},
                    "B": {"cash": 10_000, "holdings": {"X": 20, "Y": 2}},
                    "C": {"cash": 10_000},
                }
            },
            "credit": {"repo": {"against": "pledge", "pledge": "50 %"}},
            "margin": margin,
            "arrangements": {"net": {"layer": 2, "settles": "T+1"}},
        }
    )


def of_a(result, column, day):
    return result.participants.filter(participant="A", day=day)[column].item()


def test_what_is_posted_cannot_be_drawn_on():
    """At the close of day 1 A lacks 400.00; 201.47 of 500.00 is posted, so 101.47 is short."""
    alone, shared = (settled(pledged) for pledged in (False, True))
    assert of_a(alone, "margin", 1) == of_a(shared, "margin", 1) == 201_47
    assert of_a(alone, "funding_shortfall", 1) == 0
    assert of_a(shared, "funding_shortfall", 1) == 101_47
    assert alone.credit["peak"].to_list() == [400_00]
    assert shared.credit["peak"].to_list() == [298_53]


class Lender:
    """Lends at most what it is told to; what is drawn stays drawn."""

    def __init__(self, caps):
        self.caps, self.drawn = caps.copy(), np.zeros_like(caps)

    def loans(self, number):
        return self.drawn[number].copy()

    def set_capacity(self, number, caps, now):
        assert now >= 0
        self.caps[number] = np.maximum(caps, self.drawn[number])


def test_what_is_drawn_cannot_be_posted():
    """Of 500 and 300 pledged, 400 is drawn of the first: 100 and 300 can be posted, 400 of 450 wanted."""
    worth = np.array([[500], [300]])
    lender = Lender(worth)
    lender.drawn[0, 0] = 400
    pool = CollateralPool(lender, [0, 1], worth)
    assert pool.post(np.array([250]), 0).tolist() == [250]
    assert pool.posted.tolist() == [[100], [150]]
    assert lender.caps.tolist() == [[400], [150]]
    assert pool.post(np.array([450]), 0).tolist() == [400]
    lender.drawn[0, 0] = 0
    assert pool.post(np.array([450]), 0).tolist() == [450]
    assert pool.posted.tolist() == [[450], [0]]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_ever_serves_both(seed):
    """Whatever is posted, drawn and given back, in whatever order, both are never more than there is."""
    rng = np.random.default_rng(seed)
    worth = rng.integers(0, 100, (3, 4))
    lender = Lender(worth)
    pool = CollateralPool(lender, range(3), worth)
    for _ in range(200):
        if rng.random() < 0.5:
            wanted = rng.integers(0, 250, 4)
            posted = pool.post(wanted, 0)
            assert (posted == pool.posted.sum(axis=0)).all()
            assert (posted == np.minimum(wanted, (worth - lender.drawn).sum(axis=0))).all()
        else:
            lender.drawn = np.minimum(lender.caps, rng.integers(0, 100, (3, 4)))
        assert (pool.posted + lender.drawn <= worth).all()
