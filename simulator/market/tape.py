"""A recorded tape as a flow: any table that names both sides, its rows in any order, its amounts exact."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from simulator.market.calendar import check_dates
from simulator.market.flow import DAY, NO_SECURITY, Int64
from simulator.market.hours import label_day, open_days
from simulator.market.members import order_members
from simulator.market.recorded import Instructions, RecordedFlow
from simulator.market.table import SHOWN, Findings, Table
from simulator.market.tape_rows import TapeRows, find_columns
from simulator.market.wishes import MOMENTS, WISHES

if TYPE_CHECKING:
    from simulator.config.schema import Config

_EPOCH = datetime.date(1970, 1, 1)


class TapeFlow(RecordedFlow):
    """The instructions of ``flow.tape``, in queue order (time, order); without an order column, by row.

    A row without security is a payment, one without cash a free delivery. Ids are the order column,
    unique within a day, or the row counted from 0. Trade days are the tape's dates.

    Raises
    ------
    InputError : an unreadable or empty tape, a missing column, or cells that cannot be read, by line.
    """

    def __init__(self, config: Config) -> None:
        tape = config.flow.tape
        assert tape is not None
        table = Table(tape.path)
        columns = find_columns(config, table)
        rows = TapeRows(config, table, columns)
        held, (key, ids), row = rows.take_instructions(), rows.take_order(), rows.take("row")
        ids, key, row = _sort(held, ids, key, row)
        bounds, dates = _cut_days(held)
        if "order" in columns:
            _refuse_twice(table, columns["order"], bounds, key, ids, row)
        members = order_members(config, rows.members.codes)
        securities = tuple(sorted(rows.securities.codes))
        buyers = _places(members, rows.members.codes)
        held.buyer, held.seller = buyers[held.buyer], buyers[held.seller]
        held.security = _places(securities, rows.securities.codes)[held.security]
        midnights = [(date - dates[0]) * DAY for date in dates]
        dated = [_EPOCH + datetime.timedelta(date) for date in dates] if rows.dated else None
        labels = [label_day(0)] if dated is None else [str(date) for date in dated]
        closed = check_dates(config, dated)
        days, notices = open_days(held.time, bounds, midnights, labels, config.flow.hours)
        notices += closed
        super().__init__(held, bounds, days, members, securities, ids, notices, table.name)


def _sort(
    held: Instructions, ids: Int64 | pl.Series, key: Int64, row: Int64
) -> tuple[Int64 | pl.Series, Int64, Int64]:
    """Bring all into (time, order), the instructions in place; of equal ones, by row, as they stand."""
    later = np.diff(held.time)
    if not ((later > 0) | ((later == 0) & (np.diff(key) > 0))).all():
        order = np.lexsort((key, held.time))
        held.reorder(order)
        ids, key, row = ids[order], key[order], row[order]
    return ids, key, row


def _cut_days(held: Instructions) -> tuple[Int64, list[int]]:
    """Where each date begins (and the last ends), and the dates; times then count from the first."""
    time = held.time
    dates = time // DAY
    starts = np.flatnonzero(np.diff(dates, prepend=dates[0] - 1))
    midnight = dates[0] * DAY
    time -= midnight
    for name in MOMENTS:
        moments = getattr(held, name)
        if moments is not None:
            moments[moments != WISHES[name]] -= midnight
    return np.append(starts, len(time)), dates[starts].tolist()


def _places(names: tuple[str, ...], codes: dict[str, int]) -> np.ndarray:
    """By number as met, the place among ``names``; one more at the end, so that −1 stays −1."""
    place = {name: at for at, name in enumerate(names)}
    return np.array([*(place[name] for name in codes), NO_SECURITY], np.int32)


def _refuse_twice(
    table: Table, column: str, bounds: Int64, key: Int64, ids: Int64 | pl.Series, row: Int64
) -> None:
    """An id met twice in a day neither orders ties nor names an instruction."""
    findings = Findings(table)
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        keys = key[start:stop]
        if (np.diff(keys) > 0).all() or (np.diff(np.sort(keys)) > 0).all():
            continue
        by_key = start + np.lexsort((row[start:stop], keys))
        again = np.flatnonzero(np.diff(key[by_key]) == 0) + 1
        again = again[np.argsort(row[by_key[again]])]
        earlier = table.lines(row[by_key[again[:SHOWN] - 1]].tolist())
        texts = [str(ids[int(at)]) for at in by_key[again[:SHOWN]]]

        def explain(at: int, texts: list[str] = texts, earlier: list[int] = earlier) -> str:
            return f'"{texts[at]}" stands in {table.line_word} {earlier[at]} too; ids are unique within a day'

        findings.add(row[by_key[again]], np.ones(len(again), bool), column, explain)
    findings.raise_any()
