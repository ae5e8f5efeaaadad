"""A page into a file: whole or not at all, and never over a file that is somebody else's."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.report.folder import REPORT
from simulator.study.store import is_sweep

if TYPE_CHECKING:
    from simulator.report.result import Result

LOOK_AT = 4_000
"""Letters at the head of a file in which a page of ours says so."""


def rebuild_page(places: Sequence[str | os.PathLike[str]], out: str | os.PathLike[str] | None = None) -> Path:
    """Make a page from folders of results alone: ``out``, else ``report.html``.

    That of one run stands in its folder, that of several in the current one.

    Raises
    ------
    InputError : a place holds no results, or another file stands where the page belongs.
    """
    from simulator.report.read import read_result

    if not places:
        raise InputError("give at least one folder of results")
    if any(is_sweep(Path(place)) for place in places):
        return rebuild_sweep_page(places, out)
    results = [read_result(place) for place in places]
    home = Path(places[0]) if len(places) == 1 else Path()
    path = home / REPORT if out is None else Path(out)
    write_page(results, path)
    return path


def rebuild_sweep_page(
    places: Sequence[str | os.PathLike[str]], out: str | os.PathLike[str] | None = None
) -> Path:
    """Make the page of a sweep from its folder.

    Raises
    ------
    InputError : several places, no ended sweep, or another file stands where the page belongs.
    """
    from simulator.report.sweep.files import read_sweep_result
    from simulator.report.sweep.page import render_sweep_page

    if len(places) > 1:
        raise InputError("a sweep has a page of its own; give its folder alone")
    home = Path(places[0])
    path = home / REPORT if out is None else Path(out)
    place_page(path, lambda: render_sweep_page(read_sweep_result(home)))
    return path


def write_page(results: Sequence[Result], path: Path) -> None:
    """Write the page of some results into a new file, or in place of an earlier page.

    Raises
    ------
    InputError : another file stands there, or it cannot be written.
    """
    from simulator.report.page.render import render_page

    place_page(path, lambda: render_page(list(results)))


def place_page(path: Path, render: Callable[[], str]) -> None:
    """Put what ``render`` gives where a page belongs, whole or not at all.

    Raises
    ------
    InputError : another file stands there, or it cannot be written.
    """
    _refuse_other(path)
    text = render()
    beside = path.with_name(f".netgross-{secrets.token_hex(6)}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def _refuse_other(path: Path) -> None:
    from simulator.report.page.render import MARK

    try:
        if not path.exists():
            return
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(LOOK_AT)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error
    if head and MARK not in head:
        message = "is not a page of netgross; it is left as it is; give another file, with --out"
        raise InputError(f"{display(path)} {message}")


def unwritable(path: Path, error: OSError | ValueError) -> InputError:
    """What to tell where a page cannot be written."""
    said = getattr(error, "strerror", None) or str(error)
    return InputError(
        f"{display(path)}: the page cannot be written there: {said}; give another file, with --out"
    )
