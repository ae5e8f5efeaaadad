"""How far each offset stays behind the exact optimum, on queues small enough to know it.

    python experiments/offsets/gap.py [--queues 1000]

Fifteen instructions among five members, of lognormal size (cv 2), each half of them against units, with
what members hold drawn in mean trade sizes. Prints the table of README.md and writes table.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from simulator.rules import GROUPING, Waiting, grouping_rule
from simulator.rules.feasible import Unsettled

MEMBERS, COUNT, SECURITIES, MEAN = 5, 15, 2, 100
LOG_VARIANCE = np.log(1 + 2.0**2)
SCARCITY = {"none": 0, "a quarter": 0.25, "one": 1, "four": 4}
"""What each member holds on average, in mean trade sizes."""


def book(seed: int, mean_trades: float, payments: bool) -> Waiting:
    """A random queue before anything has settled."""
    draw = np.random.default_rng([101, seed])
    buyer = draw.integers(MEMBERS, size=COUNT)
    seller = (buyer + draw.integers(1, MEMBERS, size=COUNT)) % MEMBERS
    cash = np.ceil(draw.lognormal(np.log(MEAN) - LOG_VARIANCE / 2, LOG_VARIANCE**0.5, COUNT)).astype(np.int64)
    most = int(2 * mean_trades * MEAN)
    held = draw.integers(0, most + 1, size=(MEMBERS, SECURITIES))
    return Waiting.of(
        buyer,
        seller,
        cash=cash,
        units=0 if payments else cash * (draw.random(COUNT) < 0.5),
        security=draw.integers(SECURITIES, size=COUNT),
        cash_available=draw.integers(0, most + 1, size=MEMBERS),
        held={(m, s): int(held[m, s]) for m in range(MEMBERS) for s in range(SECURITIES)},
    )


def after_passing(queue: Waiting) -> Waiting:
    """What is left once all that can settle by itself has, the first in the queue that can each time."""
    unsettled = Unsettled.of(queue)
    at = 0
    while at < len(queue):
        settled = not unsettled.gone[at] and not unsettled.settle(np.array([at]))
        at = 0 if settled else at + 1
    rest = np.flatnonzero(unsettled.gone == 0)
    places = {
        (int(member), int(queue.security[i])): int(unsettled.units[position])
        for i in rest[queue.units[rest] > 0]
        for member, position in (
            (queue.buyer[i], queue.buyer_position[i]),
            (queue.seller[i], queue.seller_position[i]),
        )
    }
    return Waiting.of(
        queue.buyer[rest],
        queue.seller[rest],
        cash=queue.cash[rest],
        units=queue.units[rest],
        security=queue.security[rest],
        cash_available=unsettled.cash,
        held=places,
    )


def value(name: str, queue: Waiting) -> int:
    """Σ cash of the groups that a rule settles."""
    return sum(int(queue.cash[group].sum()) for group in grouping_rule(name)(queue))


def rows(queues: int) -> list[tuple[str, ...]]:
    """One row a rule and state of the queue."""
    found = []
    for state in ("before passing", "after passing"):
        for name in (each for each in GROUPING if each != "exact_optimum"):
            cells = []
            for mean_trades in SCARCITY.values():
                settled = best = equal = some = 0
                for seed in range(queues):
                    queue = book(seed, mean_trades, payments=seed % 2 == 0)
                    if state == "after passing":
                        queue = after_passing(queue)
                    optimum, mine = value("exact_optimum", queue), value(name, queue)
                    assert 0 <= mine <= optimum, f"queue {seed}: {name} settles more than the optimum"
                    settled, best = settled + mine, best + optimum
                    equal, some = equal + (mine == optimum and optimum > 0), some + (optimum > 0)
                share = f"{100 * settled / best:.0f} %" if best else "–"
                cells.append(f"{share} ({100 * equal / some:.0f} %)" if some else "–")
            found.append((name, state, *cells))
    return found


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queues", type=int, default=1000)
    queues = parser.parse_args().queues
    head = ("rule", "queue", *(f"holding {name}" for name in SCARCITY))
    lines = [head, ("---",) * len(head), *rows(queues)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    print(table)
    Path(__file__).with_name("table.md").write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
