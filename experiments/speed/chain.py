"""What blocks, finality, capacity, legs and treasurers cost: the same day settled with and without each.

    python experiments/speed/chain.py [--small] [--repeat 3]

The preset of US equities at 10 m trades and 200 members, in 12 s blocks, with cash limits as in
`mechanisms.py`; each case beside the one it is to be held against. Where receipts come later more waits, and
what waits costs more than what does not, so ever queued is to be read with the ratio.
Making the trades is timed by itself and taken off; CPU seconds, best of the repeats, all compiled beforehand.
"""

from __future__ import annotations

from measuring import markdown, read_options
from mechanisms import LIMITS, load, measure

FINALITY = {"chain": {"finality": "768 s"}}
IDLE = {"every": "5 min", "withdraw": {"above": "900 bn", "to": "900 bn"}}
"""Treasurers who look at every account and find nothing to do, so that the queue is the same without them."""

LEGS = {"coin": {"kind": "stablecoin"}, "bank": {"kind": "tokenized_deposit"}}
ONE = {"cash_leg": "tokenized_deposit"}
FREE = {"funding": "unlimited"}
CASES: tuple[tuple[str, dict, str], ...] = (
    ("no limits, re-use at once", FREE, ""),
    ("no limits, from the next block", {**FREE, "reuse": "next_block"}, "no limits, re-use at once"),
    (
        "no limits, at a finality of 12.8 min",
        {**FREE, "reuse": "at_finality", **FINALITY},
        "no limits, re-use at once",
    ),
    ("re-use at once", {}, ""),
    ("from the next block", {"reuse": "next_block"}, "re-use at once"),
    ("at a finality of 1 min", {"reuse": "at_finality", "chain": {"finality": "1 min"}}, "re-use at once"),
    ("at a finality of 12.8 min", {"reuse": "at_finality", **FINALITY}, "re-use at once"),
    ("room for 500 a second", {"chain": {"capacity": "500 a second"}}, "re-use at once"),
    ("two cash legs", {"cash_leg": LEGS}, "re-use at once"),
    ("one cash leg", ONE, "re-use at once"),
    ("… and treasurers of 200 members every 5 min", {**ONE, "treasury": IDLE}, "one cash leg"),
    ("58,500 blocks of 400 ms", {"block": "400 ms"}, "re-use at once"),
    (
        "… at a finality of 12.8 s",
        {"block": "400 ms", "reuse": "at_finality", "chain": {"finality": "12.8 s"}},
        "58,500 blocks of 400 ms",
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
    options = read_options(__doc__, small="a hundredth of the trades, to try it", repeat=3)
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
