"""What a sweep on many nodes would move and cost, on paper, from what runs here measure.

python experiments/sweeps/plan.py [--nodes 100] [--cores 32] [--price 1.20]
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import time

import simulator
from simulator.study.job import Job, perform

TASKS_A_SECOND = 1_000
"""What one Dask scheduler hands out and takes back, as its documentation gives it: 200 µs to 1 ms a task."""

CONFIGS = {
    "a slice (20 000 trades × 2)": ("sweep_blocks", 8),
    "US equities (5 M trades × 5)": ("us_equities", 1),
}


def main() -> None:
    """Measure a run of each size and work out the rest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--cores", type=int, default=32, help="of a node")
    parser.add_argument("--price", type=float, default=1.20, help="dollars a node and hour")
    parser.add_argument("--runs", type=int, default=100_000)
    options = parser.parse_args()
    workers = options.nodes * options.cores
    print("| run | seconds | there | back | tasks/s wanted | wall | nodes' cost |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (source, times) in CONFIGS.items():
        config = simulator.load(source, "sweep=null")
        perform(Job("warm", config))
        taken, back = [], 0
        for seed in range(times):
            job = Job("x" * 32, config.model_copy(update={"seed": seed}))
            start = time.perf_counter()
            finished = perform(job)
            taken.append(time.perf_counter() - start)
            there, back = len(pickle.dumps(job)), len(pickle.dumps(finished))
        seconds = statistics.median(taken)
        wanted = workers / seconds
        wall = options.runs / min(wanted, TASKS_A_SECOND)
        cost = wall / 3600 * options.nodes * options.price
        cells = [
            name,
            f"{seconds:.2f}",
            f"{there / 1000:.1f} kB",
            f"{back / 1000:.1f} kB",
            f"{wanted:,.0f}",
            f"{wall / 60:.1f} min",
            f"${cost:,.2f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
