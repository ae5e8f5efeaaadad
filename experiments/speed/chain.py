"""What blocks, finality, capacity, legs and treasurers cost: the same day settled with and without each.

    python experiments/speed/chain.py [--small] [--repeat 3]

The preset of US equities at 10 m trades and 200 members with cash limits, as in `mechanisms.py`; each case
beside the one it is to be held against. Making the trades is timed by itself and taken off; CPU seconds,
best of the repeats, everything compiled beforehand.
"""

from __future__ import annotations

import argparse

from measuring import markdown
from mechanisms import LIMITS, load, measure

FINALITY = {"chain": {"finality": "768 s"}}
TOP_UP = {"every": "5 min", "top_up": {"below": "50 M", "to": "100 M"}}
LEGS = {"coin": {"kind": "stablecoin"}, "bank": {"kind": "tokenized_deposit"}}
CASES: tuple[tuple[str, dict, str], ...] = (
    ("12 s blocks, re-use at once", {}, ""),
    ("12 s blocks, re-use from the next block", {"reuse": "next_block"}, "12 s blocks, re-use at once"),
    (
        "12 s blocks, re-use at a finality of 12.8 min",
        {"reuse": "at_finality", **FINALITY},
        "12 s blocks, re-use at once",
    ),
    ("12 s blocks, room for 500 a second", {"chain": {"capacity": "500 a second"}}, ""),
    ("12 s blocks, two cash legs", {"cash_leg": LEGS}, "12 s blocks, re-use at once"),
    (
        "12 s blocks, treasurers of 200 members every 5 min",
        {"treasury": TOP_UP, "cash_leg": "tokenized_deposit"},
        "12 s blocks, re-use at once",
    ),
    ("400 ms blocks, re-use at once", {"block": "400 ms"}, "12 s blocks, re-use at once"),
    (
        "400 ms blocks, re-use at a finality of 12.8 s",
        {"block": "400 ms", "reuse": "at_finality", "chain": {"finality": "12.8 s"}},
        "400 ms blocks, re-use at once",
    ),
)
HEADER = (
    "chain",
    "ever queued",
    "left at the close",
    "settling, s",
    "× without",
    "with making the trades, s",
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a hundredth of the trades, to try it")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    trades = 100_000 if options.small else 10_000_000
    rows, taken = [], {}
    for name, arrangement, beside in CASES:
        arrangement = {**LIMITS, **arrangement}
        measure(load(10_000, arrangement, {}, members=200), 1)  # compiles
        settling, making, day = measure(load(trades, arrangement, {}, members=200), options.repeat)
        taken[name] = settling
        left = sum(day.unsettled.counts) / trades
        ratio = f"{settling / taken[beside]:.2f}" if beside else ""
        queued = f"{day.queued_count / trades:.1%}"
        rows.append([name, queued, f"{left:.1%}", f"{settling:.2f}", ratio, f"{settling + making:.2f}"])
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
