"""What the speed scripts share: a command run and measured as a child process, tables, the machine.

It imports nothing heavy: a child begins as a copy of its parent, and on Linux the parent's size would
count as the child's peak.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

NETGROSS = str(Path(sys.executable).with_name("netgross"))
KIBIBYTE = 1 if sys.platform == "darwin" else 1024
"""Bytes in what the system counts peak memory in."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One command that has ended: wall seconds from start to end, CPU seconds, peak resident bytes."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A command run several times: wall seconds, best and median; least CPU seconds; highest peak."""

    best: float
    median: float
    cpu: float
    peak: int


def read_options(description: str | None, small: str, repeat: int) -> argparse.Namespace:
    """``small`` (with its help) and ``repeat`` (with its default), as they stand in the command."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help=small)
    parser.add_argument("--repeat", type=int, default=repeat)
    return parser.parse_args()


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a command to its end; what it prints is dropped, its errors are shown and end the script."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return Finished(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * KIBIBYTE)


def repeat(times: int, command: Sequence[str]) -> Repeated:
    """Run a command several times."""
    runs = [run(command) for _ in range(times)]
    seconds = [one.seconds for one in runs]
    return Repeated(
        min(seconds), statistics.median(seconds), min(one.cpu for one in runs), max(one.peak for one in runs)
    )


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown: the first column to the left, the others, figures, to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """The machine and the versions that speed depends on, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numba", "numpy", "polars"))
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()}, "
        f"Python {platform.python_version()}, {versions}; load when it began {os.getloadavg()[0]:.1f}"
    )


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
