"""The break-even map of a result: from what was written of it alone, into files of its own."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError
from simulator.config.files import display
from simulator.config.units import parse_money
from simulator.report.folder import BREAK_EVEN, BREAK_EVEN_LINE, ELSEWHERE, PREFIX
from simulator.study.words import legible

if TYPE_CHECKING:
    from simulator.report.result import Result
    from simulator.study.break_even import BreakEven

CHART = "break_even"


def map_of(result: Result) -> BreakEven:
    """What each arrangement would cost at other funding spreads and volatilities.

    Raises
    ------
    InputError : the run asked for no costs.
    """
    from simulator.study.break_even import break_even

    rates = result.config.costs
    if rates is None or result.costs is None:
        where = f"{display(result.saved_in)}: " if result.saved_in else ""
        raise InputError(
            f"{where}nothing was priced in this run; run it again with costs, such as --set costs={{}}"
        )
    return break_even(result.costs, rates, minimums_of(result))


def minimums_of(result: Result) -> dict[str, int]:
    """By arrangement the least margin of a member that the config states, in minor units."""
    resolved = result.config.resolved()
    currency = result.config.flow.currency
    found = {}
    for name, one in resolved["arrangements"].items():
        margin: Any = one.get("margin") or resolved.get("margin") or {}
        stated = margin.get("minimum") if isinstance(margin, dict) else None
        if stated is not None:
            found[name] = parse_money(stated, currency)
    return found


def say_break_even(result: Result) -> str:
    """The map in a sentence or two: what is cheapest where, and where that changes.

    The line is told at the run's own volatility, or else at its own spread.
    """
    found = result.break_even
    counts: dict[str, int] = {}
    for i, j in found.costs:
        name = found.cheapest(i, j)
        counts[name] = counts.get(name, 0) + 1
    order = sorted(counts, key=lambda name: -counts[name])
    cells = len(found.costs)
    if len(order) == 1:
        said = f"At every spread and volatility of the map {legible(order[0])} costs least."
    else:
        shares = [f"{legible(name)} in {100 * counts[name] / cells:.0f} %" for name in order]
        said = f"Of the map, {', '.join(shares[:-1])} and {shares[-1]} cost least."
    at_own = [one for one in found.lines if one.along == "spread" and one.volatility == 1]
    across = [one for one in found.lines if one.along == "volatility" and one.spread == found.spread]
    if at_own:
        turns = [
            f"{legible(one.below)} and {legible(one.above)} break even at {float(one.spread * 10_000):.3g} bp"
            for one in at_own
        ]
        said += f" At the volatility of the run {', '.join(turns)}."
    elif across:
        turns = [
            f"{legible(one.below)} and {legible(one.above)} break even at {float(one.volatility):.3g} × its "
            "volatility"
            for one in across
        ]
        said += f" At the spread of the run {', '.join(turns)}."
    return said


def write_break_even(result: Result, place: str | os.PathLike[str]) -> list[Path]:
    """Write the map, its line and its chart (PNG and SVG) into a folder; gives the files.

    They are written beside the folder first and put in their places when all are there.

    Raises
    ------
    InputError : nothing was priced, or the folder cannot be written to.
    """
    from simulator.report.charts.pictures import picture
    from simulator.report.parquet import save_frame

    found, home = result.break_even, Path(place)
    images = picture(result, CHART)
    tray = home.with_name(f"{PREFIX}{secrets.token_hex(6)}")
    try:
        home.mkdir(parents=True, exist_ok=True)
        tray.mkdir()
        save_frame(found.table, tray / BREAK_EVEN)
        save_frame(found.line_table, tray / BREAK_EVEN_LINE)
        for ending, content in images.items():
            (tray / f"{CHART}.{ending}").write_bytes(content)
        written = []
        for path in sorted(tray.iterdir()):
            path.replace(home / path.name)
            written.append(home / path.name)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        message = f"{display(home)}: the map cannot be written there: {said}; {ELSEWHERE}"
        raise InputError(message) from error
    finally:
        shutil.rmtree(tray, ignore_errors=True)
    return written
