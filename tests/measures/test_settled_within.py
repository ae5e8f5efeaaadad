"""How much settles in time: by hand, from the histogram of waits."""

from __future__ import annotations

import pytest

from simulator.config.load import load_config
from simulator.market.open import open_flow
from simulator.measures.delay import settled_within
from simulator.simulation import simulate

SECOND = 1_000_000
# A holds 50, B 10: 1 waits an hour for B's payment of 60, 3 never settles, 4 is A's with itself.
DAY = {
    "flow": {
        "hours": "09:00–13:00",
        "instructions": [
            {"time": "09:30", "buyer": "A", "seller": "B", "cash": 50},
            {"time": "10:00", "buyer": "A", "seller": "B", "cash": 40},
            {"time": "11:00", "buyer": "B", "seller": "A", "cash": 60},
            {"time": "12:59", "buyer": "A", "seller": "B", "cash": 900},
            {"time": "12:30", "buyer": "A", "seller": "A", "cash": 7},
        ],
    },
    "participants": {"members": {"A": {"cash": 50}, "B": {"cash": 10}}},
    "arrangements": {"gross": {"layer": 3}},
}


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (0, 117_00),  # 50, 60 and 7 at once
        (30, 117_00),
        (
            3_500,
            157_00,
        ),  # what came a minute before the close and never settled cannot count beyond what settled
        (3_700, 157_00),
    ],
)
def test_what_settles_in_time(seconds, value):
    config = load_config(DAY)
    (day,) = simulate(config, open_flow(config)).records["gross"]
    assert settled_within(day, seconds * SECOND) == value
