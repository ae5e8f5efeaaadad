"""Standard output and standard error: any locale, any name, a reader that goes away, how a run comes on."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from simulator.config.units import format_count, format_duration

if TYPE_CHECKING:
    from simulator.study.run import Watch

PLAIN = {"×": "x", "–": "-", "−": "-", "─": "-", "…": "...", "≥": ">=", "→": "->", "µ": "u", "²": "2"}
"""What stands in for the letters of our own where a locale has none of them."""

LINES = 4
"""Lines of progress that a run writes where there is no terminal."""

SECONDS_BEFORE_LINES = 2.0
"""A run that is done by then needs none."""

SECONDS_BETWEEN_LINES = 10.0
"""Many runs write a line that often."""


def spell(error: UnicodeError) -> tuple[str, int]:
    """What to write where an encoding lacks letters: a plain one, else the letter's number."""
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    spelt = (PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in letters)
    return "".join(spelt), error.end


def prepare_streams() -> None:
    """Let no letter of any name stop the output, whatever the locale."""
    codecs.register_error("netgross", spell)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="netgross")


def write(text: str, stream: TextIO | None = None) -> None:
    """Write and flush; once the reader has gone away, what is written goes nowhere."""
    stream = stream or sys.stdout
    if stream is None:  # closed before the program began
        return
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
        stream.flush()
    except BrokenPipeError:
        # What is still in the buffer would be flushed, and fail again, when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def complain(text: str) -> None:
    """Write to standard error."""
    write(text, sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream leads to a terminal that can move its cursor."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_color(stream: TextIO | None) -> bool:
    """Whether a stream leads to a terminal whose owner does not mind colors."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


@contextmanager
def progress(label: str, compiling: bool) -> Iterator[Watch]:
    """How a run comes on, on standard error: a bar on a terminal, else a few lines.

    Gives a function to call with the trades captured so far and their number.
    """
    if compiling:
        complain(
            "First run: compiling the kernels, which takes about half a minute; later runs find them cached."
        )
    with _bar(label) if is_terminal(sys.stderr) else _lines(label) as watch:
        yield watch


@contextmanager
def _bar(label: str) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[trades]}", markup=False),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None, trades="")

        def watch(done: int, total: int) -> None:
            told = f"{format_count(done)} of {format_count(total)} trades"
            bar.update(task, completed=done, total=total, trades=told)

        yield watch


@contextmanager
def _lines(label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Watch]:
    start = clock()
    told = 0

    def watch(done: int, total: int) -> None:
        nonlocal told
        seconds = clock() - start
        if seconds >= SECONDS_BEFORE_LINES and done * LINES // total > told and done < total:
            told = done * LINES // total
            after = format_duration(round(seconds) * 1_000_000)
            complain(f"{label}: {format_count(done)} of {format_count(total)} trades after {after}")

    yield watch


@contextmanager
def counted(label: str, things: str = "runs") -> Iterator[Callable[[int, int, int], None]]:
    """How many runs come on, on standard error: a bar with the time left on a terminal, else a few lines.

    Gives a function to call with those finished, their number (0 where it is not known), and those failed.
    """
    with (
        _counted_bar(label, things) if is_terminal(sys.stderr) else _counted_lines(label, things) as progress
    ):
        yield progress


@contextmanager
def _counted_bar(label: str, things: str) -> Iterator[Callable[[int, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, told="")

        def progress(done: int, total: int, failed: int) -> None:
            bar.update(task, completed=done, total=total or None, told=_told(done, total, failed, things))

        yield progress


@contextmanager
def _counted_lines(
    label: str, things: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int, int], None]]:
    start = last = clock()
    first = -1

    def progress(done: int, total: int, failed: int) -> None:
        nonlocal last, first
        first = done if first < 0 else first
        now = clock()
        if now - last < SECONDS_BETWEEN_LINES or done == total:
            return
        last = now
        left = ""
        if total and done > first:
            rest = (now - start) / (done - first) * (total - done)
            left = f", {format_duration(round(rest) * 1_000_000)} left"
        after = format_duration(round(now - start) * 1_000_000)
        complain(f"{label}: {_told(done, total, failed, things)} after {after}{left}")

    yield progress


def _told(done: int, total: int, failed: int, things: str) -> str:
    of = f" of {format_count(total)}" if total else ""
    return f"{format_count(done)}{of} {things}" + (f", {format_count(failed)} failed" if failed else "")
