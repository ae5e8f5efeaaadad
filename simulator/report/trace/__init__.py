"""One instruction's life, told from the result files: when it entered, why it waited, what freed it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.config.errors import InputError, nearest, show
from simulator.config.files import display, is_directory
from simulator.report import folder as names
from simulator.study.words import count_of

from .life import Life, Step, Trace

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

    from .rows import InstructionRows, Row
    from .setting import Setting

__all__ = ["Life", "Step", "Trace", "trace_folder", "trace_result"]

KEPT = "the run kept no instructions; run it again with --instructions (in Python, instructions=True)"


def trace_folder(
    place: str | os.PathLike[str],
    identifier: int | str,
    arrangement: str | None = None,
    day: int | None = None,
) -> Trace:
    """The life of an instruction in a folder of results; see ``Result.trace``."""
    from simulator.config.load import load_config

    from .rows import InstructionRows
    from .setting import Setting

    folder = Path(place)
    if not is_directory(folder):
        raise InputError(
            f"{display(folder)} is not allowed; give a folder of results, as netgross run writes"
        )
    if not names.is_results(folder):
        raise InputError(f"{display(folder)} holds no results of netgross")
    if not (folder / names.INSTRUCTIONS).is_file():
        raise InputError(f"{display(folder)} has no {names.INSTRUCTIONS}: {KEPT}")
    config = load_config(folder / names.CONFIG, tables=False)
    rows = InstructionRows.of_file(folder / names.INSTRUCTIONS)
    return tell(Setting(config, _read_days(folder / names.DAYS), rows), identifier, arrangement, day)


def _read_days(path: Path) -> pl.DataFrame:
    import polars as pl

    from .setting import DAY_COLUMNS

    try:
        return pl.read_parquet(path, columns=list(DAY_COLUMNS))
    except (OSError, pl.exceptions.PolarsError) as error:
        said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(f"{display(path)} cannot be read: {said}") from error


def trace_result(
    result: Result, identifier: int | str, arrangement: str | None = None, day: int | None = None
) -> Trace:
    """The life of an instruction of a run; see ``Result.trace``."""
    from .rows import InstructionRows
    from .setting import Setting

    file = None if result.saved_in is None else result.saved_in / names.INSTRUCTIONS
    if file is not None and file.is_file():
        rows = InstructionRows.of_file(file)
    elif result.instructions is not None:
        rows = InstructionRows.of_frame(result.instructions)
    else:
        raise InputError(KEPT)
    return tell(Setting(result.config, result.days, rows), identifier, arrangement, day)


def tell(setting: Setting, identifier: int | str, arrangement: str | None, day: int | None) -> Trace:
    """Find the instruction, and tell its life under each arrangement.

    Raises
    ------
    InputError : there is no such arrangement or instruction, or several days have one and none is named.
    """
    from .delivered import trace_delivered
    from .gross import trace_gross
    from .hybrid import trace_hybrid
    from .netted import trace_netted
    from .words import deal

    config = setting.config
    if arrangement is not None and arrangement not in config.arrangements:
        known = ", ".join(config.arrangements)
        near = nearest(arrangement, config.arrangements)
        raise InputError(f"--arrangement: {show(arrangement)} is not one of this run: {known}{near}")
    wanted = list(config.arrangements) if arrangement is None else [arrangement]
    found = setting.rows.find(_read_identifier(setting.rows, identifier, wanted[0]), wanted)
    if not found:
        raise InputError(_unknown(setting.rows, identifier, wanted[0]))
    rows = _on_one_day(setting, found, day)
    lives = []
    for name in wanted:
        parts = [row for row in rows if row.arrangement == name]
        for at, row in enumerate(parts, 1):
            part = (at, len(parts)) if len(parts) > 1 else None
            if config.arrangements[name].book_entry is not None:
                lives.append(trace_delivered(setting, row, part))
            elif config.arrangements[name].routing is not None and _either_way(setting, row):
                lives.append(trace_hybrid(setting, row, part))
            elif config.arrangements[name].netted:
                lives.append(trace_netted(setting, row, part))
            else:
                lives.append(trace_gross(setting, row, part, _whole(parts)))
    first = _whole(rows)
    on = "" if setting.trade_days == 1 else f" of {setting.name_day(rows[0], rows[0].time)}"
    headline = f"Instruction {first.id}{on}: {deal(first, config.flow.currency)}."
    return Trace(first.id, setting.trade_day(rows[0]), headline, tuple(lives))


def _either_way(setting: Setting, row: Row) -> bool:
    """Whether a hybrid's row settled on chain, or at T+0, where rows cannot be told apart."""
    return setting.was_sent(row) or setting.config.arrangements[row.arrangement].settles == 0


def _whole(rows: list[Row]) -> Row:
    """The instruction as it entered, its parts under one arrangement put together."""
    from dataclasses import replace

    parts = [row for row in rows if row.arrangement == rows[0].arrangement]
    return replace(rows[0], units=sum(row.units for row in parts), cash=sum(row.cash for row in parts))


def _read_identifier(rows: InstructionRows, identifier: int | str, arrangement: str) -> int | str:
    """An id as the rows hold it."""
    if rows.text_ids:
        return str(identifier)
    try:
        number = int(identifier)
    except ValueError:
        raise InputError(_unknown(rows, identifier, arrangement)) from None
    return number if -(1 << 63) <= number < 1 << 63 else -1


def _unknown(rows: InstructionRows, identifier: int | str, arrangement: str) -> str:
    """That there is no such instruction, and which there are."""
    said = f"there is no instruction {show(identifier)}"
    if not rows.text_ids:
        try:
            identifier = min(max(int(identifier), -(1 << 63)), (1 << 63) - 1)
        except ValueError:
            return f"{said}: ids of this run are whole numbers"
    ends, beside = rows.neighbours(identifier if not rows.text_ids else str(identifier), arrangement)
    if not ends:
        return f"{said}: the run has none"
    said += f"; ids run from {show(ends[0])} to {show(ends[1])}"
    inside = [each for each in beside if each not in ends]
    return f"{said}, nearest to it {' and '.join(show(each) for each in inside)}" if inside else said


def _on_one_day(setting: Setting, found: list[Row], day: int | None) -> list[Row]:
    """The rows of the one instruction that is meant: ids are unique within a trade day alone."""
    days = sorted({setting.trade_day(row) for row in found})
    if day is None and len(days) == 1:
        return found
    if day in days:
        return [row for row in found if setting.trade_day(row) == day]
    dated = {setting.trade_day(row): setting.name_day(row, row.time) for row in found}
    listed = ", ".join(
        f"{each}" if name == f"day {each}" else f"{each} ({name})" for each, name in sorted(dated.items())
    )
    if day is None:
        raise InputError(
            f"{count_of(len(days), 'trade day')} have an instruction {show(found[0].id)}: {listed}; "
            f"choose one, as with --day {days[0]}"
        )
    raise InputError(f"--day: trade day {day} has no instruction {show(found[0].id)}; it stands on {listed}")
