"""How long the command takes before it does anything, and what importing it costs.

    python experiments/speed/startup.py [--small] [--repeat 20]

Every row is a process of its own. The first run of all compiles the kernels; it is measured once, with an
empty cache.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import NETGROSS, markdown, read_options, repeat, run

NOTHING = (sys.executable, "-c", "pass")
MODULES = ("simulator", "simulator.api", "pydantic", "polars", "numba", "simulator.simulation")
HEADER = ("process", "best s", "median s", "CPU s", "peak MB")


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="three runs each, to try it", repeat=20)
    times = 3 if options.small else options.repeat
    rows = []
    with tempfile.TemporaryDirectory() as name:
        play = ["run", "two_banks", "--quiet", "--out", str(Path(name) / "results")]
        commands = [["--help"], ["check", "us_equities"], ["check", "floorsheet"], ["list"], play]
        processes = {
            "Python, nothing": NOTHING,
            **{f"`netgross {' '.join(one[:2])}`": (NETGROSS, *one) for one in commands},
            **{f"`import {module}`": (sys.executable, "-c", f"import {module}") for module in MODULES},
        }
        for label, command in processes.items():
            run(command)  # Once beforehand: it fills the caches of files and of compiled kernels.
            runs = repeat(times, command)
            seconds = [f"{one:.2f}" for one in (runs.best, runs.median, runs.cpu)]
            rows.append([label, *seconds, f"{runs.peak / 1e6:.0f}"])
        first = run([NETGROSS, *play], {"NUMBA_CACHE_DIR": str(Path(name) / "cache")})
        seconds = [f"{one:.1f}" for one in (first.seconds, first.seconds, first.cpu)]
        rows.append(["the first run of all, which compiles", *seconds, f"{first.peak / 1e6:.0f}"])
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
