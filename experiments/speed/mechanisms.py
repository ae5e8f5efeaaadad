"""What each mechanism of gross settlement costs: the same day settled with and without it.

    python experiments/speed/mechanisms.py [--small] [--repeat 3]

The preset of US equities at 10 m trades, gross in 12 s blocks with cash limits under which a quarter of
them wait. Making the trades is timed by itself and taken off, so a ratio is of settlement alone; CPU
seconds, best of the repeats, everything compiled beforehand.
"""

from __future__ import annotations

import time

from measuring import markdown, read_options

import simulator
from simulator.layers.record import SettlementDay
from simulator.market.open import open_flow
from simulator.simulation import simulate

LIMITS = {"funding": {"prefunding": "100 M", "credit_limit": "500 M"}}
LINES = {"overdraft": {"cap": "300 M", "rate": "50 bp"}, "bank": {"cap": "200 M", "rate": "10 bp"}}
CASES: tuple[tuple[str, dict, dict], ...] = (
    ("none", LIMITS, {}),
    ("priorities in three classes", LIMITS, {"priorities": {"1": "5 %", "3": "20 %"}}),
    (
        "parts every 30 min, from 100 k",
        {**LIMITS, "partial_settlement": {"every": "30 min", "minimum": "100 k"}},
        {},
    ),
    ("two credit lines with interest", {"funding": {"prefunding": "100 M"}, "credit": LINES}, {}),
    (
        "multilateral offset every minute",
        {**LIMITS, "liquidity_saving": {"rule": "multilateral_offset", "every": "1 min"}},
        {},
    ),
    (
        "bilateral offset every minute",
        {**LIMITS, "liquidity_saving": {"rule": "bilateral_offset", "every": "1 min"}},
        {},
    ),
    ("smallest first", {**LIMITS, "queue": "smallest_first"}, {}),
    ("largest first", {**LIMITS, "queue": "largest_first"}, {}),
)
HEADER = ("mechanism", "ever queued", "left at the close", "settling, s", "× none", "making the trades, s")


def load(trades: int, arrangement: dict, flow: dict, members: int = 150) -> simulator.Config:
    """The preset with one gross arrangement."""
    return simulator.load(
        {
            "extends": "markets/us_equities",
            "seed": 1,
            "flow": {"trades_per_day": trades, **flow},
            "participants": {"count": members},
            "arrangements": {"gross": {"layer": 3, "block": "12 s", **arrangement}},
        }
    )


def measure(config: simulator.Config, times: int) -> tuple[float, float, SettlementDay]:
    """CPU seconds of settling and of making the trades, and the settlement day."""
    making, whole = [], []
    for _ in range(times):
        start = time.process_time()
        for _ in open_flow(config).chunks():
            pass
        making.append(time.process_time() - start)
        start = time.process_time()
        run = simulate(config, open_flow(config))
        whole.append(time.process_time() - start)
    return min(whole) - min(making), min(making), run.records["gross"][0]


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="a hundredth of the trades, to try it", repeat=3)
    trades = 100_000 if options.small else 10_000_000
    rows, plain = [], 0.0
    for name, arrangement, flow in CASES:
        measure(load(10_000, arrangement, flow), 1)  # compiles
        settling, making, day = measure(load(trades, arrangement, flow), options.repeat)
        plain = plain or settling
        left = sum(day.unsettled.counts) / trades
        queued = f"{day.queued_count / trades:.1%}"
        rows.append(
            [name, queued, f"{left:.1%}", f"{settling:.2f}", f"{settling / plain:.2f}", f"{making:.2f}"]
        )
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
