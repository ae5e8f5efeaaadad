"""The rows of a tape as numbers: every cell read exactly, every faulty one found before any is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from simulator.config.errors import InputError, Problem
from simulator.market import wishes
from simulator.market.amounts import UNITS, Parsed, cash_scale, parse_amounts, read_amount
from simulator.market.flow import NO_SECURITY, Int32, Int64
from simulator.market.recorded import Instructions
from simulator.market.table import Findings, Table, as_text, explain_cell, holds_text, says
from simulator.market.times import ALLOWED, NO_ZONE, parse_times, read_time
from simulator.market.wishes import MOMENTS, WISHES, parse_moments, parse_wish, states_dates

if TYPE_CHECKING:
    from simulator.config.schema import Config

_TERMS = ("time", "buyer", "seller", "security", "units", "cash")
_COLUMNS = (*_TERMS, "order", *WISHES)
_FLOATS = "; the column is floating point: store decimals, whole numbers or text"
_WHOLE = r"^(?:0|-?[1-9][0-9]{0,17})$"  # integers that int64 holds and gives back as they were written


def find_columns(config: Config, table: Table) -> dict[str, str]:
    """The mapped columns by what they hold, all there and of a type that can hold it.

    Raises
    ------
    InputError : every column that is missing, or holds something else.
    """
    tape = config.flow.tape
    assert tape is not None
    columns = {name: column for name in _COLUMNS if (column := getattr(tape.columns, name)) is not None}
    if missing := table.missing(columns):
        raise InputError(*(config.problem(f"flow.tape.columns.{name}", message) for name, message in missing))
    unfit = [
        Problem(message, key=column, file=table.name)
        for name, column in columns.items()
        if (message := _unfit(name, table.dtype(column)))
    ]
    if unfit:
        raise InputError(*unfit)
    return columns


def _unfit(name: str, dtype: pl.DataType) -> str:
    if name == "time" or name in MOMENTS:
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
            return f"has the zone {dtype.time_zone}; {NO_ZONE}"
        allowed = ALLOWED if name == "time" else wishes.ALLOWED
        return "" if dtype in (pl.String, pl.Datetime, pl.Time) else f"holds {dtype} values; {allowed}"
    if name == "partial" and dtype == pl.Boolean:
        return ""
    return "" if holds_text(dtype) else f"holds {dtype} values; give text or numbers"


class Names:
    """Names met so far, each with a number in order of appearance; blanks around a name do not count."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def encode(self, cells: pl.Series) -> Int32:
        """The number of each name, −1 where there is none."""
        cells = cells.fill_null("")
        distinct = cells.unique()
        numbers = [
            self.codes.setdefault(name, len(self.codes)) if (name := text.strip()) else -1
            for text in distinct.to_list()
        ]
        return cells.replace_strict(distinct, pl.Series(numbers, dtype=pl.Int32)).to_numpy()


class TapeRows:
    """All rows of a tape, in its own order, batch after batch as compact arrays.

    Attributes
    ----------
    members, securities : the names met; arrays hold their numbers, −1 where there is no security
    dated : whether times are µs since 1970-01-01, or since the midnight of the one day
    """

    def __init__(self, config: Config, table: Table, columns: dict[str, str]) -> None:
        self.members, self.securities = Names(), Names()
        self.dated: bool | None = None
        self._columns = columns
        self._scales = {"units": UNITS, "cash": cash_scale(config.flow.currency)}
        self._findings = Findings(table)
        self._parts: dict[str, list[np.ndarray[Any, Any]]] = {
            name: [] for name in (*_TERMS, "row", "order", *(wish for wish in WISHES if wish in columns))
        }
        self._order_texts: list[pl.Series] = []
        self._dated: dict[str, bool | None] = {}
        for rows, batch in table.batches(list(columns.values())):
            self._read(rows, {name: batch[column] for name, column in columns.items()})
        self._findings.raise_any()
        if not self._parts["row"]:
            raise InputError(Problem("has no rows, so there is nothing to settle", file=table.name))

    def take(self, name: str) -> np.ndarray[Any, Any]:
        """One whole column; its batches are let go, so that it can be taken once."""
        return np.concatenate(self._parts.pop(name))

    def take_instructions(self) -> Instructions:
        """The columns of the instructions that the tape has; times still count as the tape writes them."""
        names = [*_TERMS, *(wish for wish in WISHES if wish in self._parts)]
        return Instructions(**{name: self.take(name) for name in names})

    def take_order(self) -> tuple[Int64, Int64 | pl.Series]:
        """What sorts ties in time, and the ids: integers by value, of any length; other text by letter."""
        if not self._order_texts:
            order = self.take("order")
            return order, order
        ids = pl.concat(self._order_texts)
        self._order_texts = []
        letters = ids
        if ids.str.contains(r"^[0-9]+$").all():
            bare = ids.str.strip_chars_start("0")
            letters = bare.str.pad_start(int(bare.str.len_chars().to_numpy().max()), "0")
        return letters.rank("dense").cast(pl.Int64).to_numpy(), ids

    def _read(self, rows: Int64, cells: dict[str, pl.Series]) -> None:
        """One batch: each column on its own first, then what must hold within a row."""
        texts = {name: as_text(cells[name]) for name in ("order", *_TERMS[1:]) if name in cells}
        sound = np.ones(len(rows), bool)

        def note(bad: npt.NDArray[np.bool_], name: str, explain: Callable[[int], str]) -> None:
            sound[bad] = False
            self._findings.add(rows, bad, self._columns.get(name, name), explain)

        time = self._read_times(cells["time"], note)
        read: dict[str, np.ndarray[Any, Any]] = {"row": rows, "time": time.values}
        for side in ("buyer", "seller"):
            read[side] = self.members.encode(texts[side])
            note(read[side] < 0, side, says(f"empty; name the {side}"))
        units, cash = (self._read_amounts(name, cells.get(name), len(rows), note) for name in self._scales)
        read["units"], read["cash"] = units.values, cash.values
        read["security"] = np.full(len(rows), NO_SECURITY, np.int32)
        if "security" in texts:
            read["security"] = self.securities.encode(texts["security"])
        named = read["security"] != NO_SECURITY
        note(sound & named & units.empty, "units", says(f"empty; {UNITS.allowed}"))
        nameless = sound & ~named & (units.values > 0)
        note(nameless, "security", says("empty, and the row has units; name it, or give no units"))
        amounts = ", ".join(self._columns[name] for name in self._scales if name in self._columns)
        nothing = sound & (units.values == 0) & (cash.values == 0)
        self._findings.add(rows, nothing, amounts, says("nothing moves; give units, cash or both"))
        self._read_order(texts.get("order"), rows, note)
        read |= self._read_wishes(cells, time, note)
        for name, values in read.items():
            self._parts[name].append(values)

    def _read_times(self, cells: pl.Series, note: Callable[..., None]) -> Parsed:
        """The first time decides whether this tape's times have dates."""
        if self.dated is None:
            self.dated = states_dates(cells)
        dated = self.dated is not False
        parsed = parse_times(cells, dated)
        note(parsed.bad | parsed.empty, "time", explain_cell(cells, partial(read_time, dated=dated)))
        return parsed

    def _read_wishes(
        self, cells: dict[str, pl.Series], time: Parsed, note: Callable[..., None]
    ) -> dict[str, np.ndarray[Any, Any]]:
        """What the tape says of priorities, deadlines, holds and parts; a blank cell says nothing."""
        read: dict[str, np.ndarray[Any, Any]] = {}
        for name in WISHES:
            if name not in cells:
                continue
            if name in MOMENTS:
                if self._dated.get(name) is None:
                    self._dated[name] = states_dates(cells[name])
                dated = self._dated[name] is True
                parsed, explain = parse_moments(name, cells[name], dated, time)
            else:
                parsed, explain = parse_wish(name, cells[name])
            note(parsed.bad, name, explain)
            read[name] = parsed.values.astype(bool) if name == "partial" else parsed.values
        return read

    def _read_amounts(
        self, name: str, cells: pl.Series | None, count: int, note: Callable[..., None]
    ) -> Parsed:
        if cells is None:
            return Parsed(np.zeros(count, np.int64), np.ones(count, bool), np.zeros(count, bool))
        scale, texts = self._scales[name], as_text(cells)
        parsed = parse_amounts(texts, scale)
        explain = explain_cell(texts, partial(read_amount, scale=scale))
        hint = _FLOATS if cells.dtype.is_float() else ""
        note(parsed.bad, name, lambda at: explain(at) + hint)
        return parsed

    def _read_order(self, cells: pl.Series | None, rows: Int64, note: Callable[..., None]) -> None:
        """Integers while all are, as they were written; at the first that is not, all become text again."""
        whole = self._parts["order"]
        if cells is None:
            whole.append(rows)
            return
        texts = cells.fill_null("").str.strip_chars()
        note((texts == "").to_numpy(), "order", says("empty; it orders trades of one time"))
        if not self._order_texts and texts.str.contains(_WHOLE).all():
            whole.append(texts.cast(pl.Int64).to_numpy())
            return
        self._order_texts += [pl.Series(part).cast(pl.String) for part in whole]
        whole.clear()
        self._order_texts.append(texts)
