"""How long each grouping rule takes on a queue of a hundred thousand.

    python experiments/offsets/speed.py [--count 100000] [--repeat 5]

Lognormal sizes between Zipf(1) members, everything waiting at once; the best of the repeats, compilation not
counted. Prints the table of README.md.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from simulator.rules import GROUPING, Waiting, grouping_rule

QUEUES = {  # members, securities (0: payments), the most that each holds in cents or units
    "payments, 150 members, no money": (150, 0, 0),
    "payments, 150 members, some": (150, 0, 300_000),
    "deliveries, 150 × 1,000, nothing held": (150, 1_000, 0),
    "deliveries, 150 × 1,000, some": (150, 1_000, 30_000),
    "deliveries, 150 × 1,000, much": (150, 1_000, 100_000_000),
    "deliveries, 3,000 × 500, some": (3_000, 500, 10_000),
}


def queue(count: int, members: int, securities: int, most: int) -> Waiting:
    """A random queue; positions are numbered by (member, security)."""
    draw = np.random.default_rng(7)
    weights = 1 / np.arange(1, members + 1)
    buyer = draw.choice(members, count, p=weights / weights.sum())
    seller = (buyer + draw.integers(1, members, size=count)) % members
    cash = np.ceil(draw.lognormal(8, 2, count)).astype(np.int64)
    none = np.full(count, -1, dtype=np.int64)
    security = draw.integers(securities, size=count) if securities else none
    places = np.concatenate([buyer * securities + security, seller * securities + security])
    named, position = np.unique(places, return_inverse=True) if securities else (none[:0], np.tile(none, 2))
    return Waiting(
        buyer=buyer,
        seller=seller,
        security=security,
        units=cash // 100 + 1 if securities else np.zeros(count, np.int64),
        cash=cash,
        entered=np.arange(count),
        buyer_position=position[:count],
        seller_position=position[count:],
        cash_available=draw.integers(0, most + 1, size=members),
        units_available=draw.integers(0, most // 100 + 1, size=len(named)),
        now=0,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    print(f"| {asked.count:,} waiting | {' | '.join(GROUPING)} |\n|{' --- |' * (len(GROUPING) + 1)}")
    for name, shape in QUEUES.items():
        waiting, cells = queue(asked.count, *shape), []
        for rule in map(grouping_rule, GROUPING):
            seconds, groups = [], rule(waiting)
            for _ in range(asked.repeat):
                start = time.perf_counter()
                groups = rule(waiting)
                seconds.append(time.perf_counter() - start)
            cells.append(f"{1000 * min(seconds):.0f} ms ({sum(map(len, groups)):,})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
