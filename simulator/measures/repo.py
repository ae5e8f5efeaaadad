"""Repos as they stand through the day: cash lent, a stock, beside what is opened and closed, the turnover."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from simulator.layers.arrangement import TIMELINE_INTERVAL
from simulator.layers.schedule import grid
from simulator.market.repo import RepoBook, books_of
from simulator.simulation import FinishedRun

REPO = {
    "market": pl.String,
    "day": pl.Int64,
    "label": pl.String,
    "time": pl.Int64,
    "segment": pl.String,
    "exposure": pl.Int64,
    "opened": pl.Int64,
    "closed": pl.Int64,
    "interest": pl.Int64,
}


def repo_table(run: FinishedRun) -> pl.DataFrame | None:
    """One row a market, interval that ends at ``time`` and segment; None where there are no repos.

    ``exposure`` is Σ cash of the legs open at that time, all legs of that instant made; ``opened``,
    ``closed`` and ``interest`` are of the interval. As the flow states them: a leg that an arrangement does
    not settle counts here all the same.
    """
    books = books_of(run.flow)
    if not books:
        return None
    return pl.concat([_table(run, name, book) for name, book in books])


def _table(run: FinishedRun, name: str, book: RepoBook) -> pl.DataFrame:
    frames = []
    for day in run.flow.days:
        times = np.array([day.opens, *grid(day.opens, day.closes, TIMELINE_INTERVAL, first=1)], np.int64)
        starts = np.concatenate(([day.midnight - 1], times[:-1]))
        exposure = book.exposure(times)
        for at, segment in enumerate(book.segments):
            sums = {
                "opened": np.where(book.cash > 0, book.cash, 0),
                "closed": np.where(book.cash < 0, -book.cash, 0),
                "interest": book.interest,
            }
            columns: dict[str, Any] = {
                "market": name,
                "day": day.index,
                "label": day.label,
                "time": times,
                "segment": segment,
                "exposure": exposure[:, at],
                **{what: _within(book, at, amount, starts, times) for what, amount in sums.items()},
            }
            frames.append(pl.DataFrame(columns, schema=REPO))
    return pl.concat(frames)


def _within(book: RepoBook, at: int, amount: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Σ of an amount over legs of a segment after each of ``starts`` and up to each of ``stops``."""
    mine = book.segment == at
    summed = np.concatenate(([0], np.cumsum(amount[mine])))
    first, last = (np.searchsorted(book.time[mine], times, side="right") for times in (starts, stops))
    return summed[last] - summed[first]


def repo_totals(run: FinishedRun) -> dict[str, int]:
    """The stock and the turnover of all repos: what is lent as the run begins and ends, at most and at least,
    and what is opened and paid in interest a day; nothing where there are no repos."""
    books = [book for _, book in books_of(run.flow)]
    if not books:
        return {}
    days = len(run.flow.days)
    times = np.unique(np.concatenate([book.time for book in books]))
    path = sum((book.exposure(times).sum(axis=1) for book in books), np.zeros(len(times), np.int64))
    opening = sum(int(book.opening.sum()) for book in books)
    opened = sum(int(book.cash[book.cash > 0].sum()) for book in books)
    return {
        "exposure_opening": opening,
        "exposure_closing": int(path[-1]),
        "exposure_peak": max(opening, int(path.max())),
        "exposure_trough": min(opening, int(path.min())),
        "opened_a_day": opened // days,
        "interest_a_day": sum(int(book.interest.sum()) for book in books) // days,
    }
