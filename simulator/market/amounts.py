"""Written amounts to whole minor units or whole units: exact, through digits, never through a float."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from simulator.config.errors import show
from simulator.config.formats import minor_digits, write_money
from simulator.config.units import BOUND
from simulator.market.flow import Int64

_LONGEST_TEXT = 200
_TENS = 10 ** np.arange(19)

# What a person may write: digits, grouped by single underscores, a point, an exponent.
_WRITTEN = re.compile(r"[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


class CellError(ValueError):
    """A cell that cannot be read; the message quotes it and says what is allowed."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a column counts: ``digits`` decimals of the written unit make the smallest whole step."""

    digits: int
    smallest: str  # "0.01 NPR", "1 unit"
    allowed: str  # what to write instead


def cash_scale(currency: str) -> Scale:
    """The scale of an amount of money: minor units of the currency.

    >>> cash_scale("USD").smallest
    '0.01 USD'
    """
    digits = minor_digits(currency)
    example = f"{1234.5:.{digits}f}" if digits else "1234"
    smallest = write_money(1, currency)
    return Scale(digits, smallest, f"give 0 or more, in whole steps of {smallest}, such as {example}")


UNITS = Scale(0, "a unit", "give 0 or more whole units, such as 250")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One column of a batch: its ``values`` (0 where ``empty`` or ``bad``), and where it is which."""

    values: Int64
    empty: npt.NDArray[np.bool_]
    bad: npt.NDArray[np.bool_]


def read_amount(text: str, scale: Scale) -> int:
    """One written amount in whole minor units or units.

    >>> read_amount("1234.5", cash_scale("USD"))
    123450
    >>> read_amount("1.5e3", UNITS)
    1500

    Raises
    ------
    CellError : empty, not a number, negative, a fraction of the smallest step, or past 2^62.
    """
    text = text.strip()
    if not text:
        raise CellError(f"empty; {scale.allowed}")
    quoted = f'"{show(text)}"'
    if _NOT_FINITE.fullmatch(text):
        raise CellError(f"{quoted} is not an amount; {scale.allowed}")
    if "," in text:
        raise CellError(f"{quoted} has a comma; decimals follow a point, and thousands may be grouped by _")
    if len(text) > _LONGEST_TEXT or not _WRITTEN.fullmatch(text):
        raise CellError(f"{quoted} is not an amount; {scale.allowed}")
    value = Decimal(text.replace("_", ""))
    if value == 0:
        return 0
    if value < 0:
        raise CellError(f"{quoted} is negative; {scale.allowed}")
    if value.adjusted() > 19:  # before any power of ten: 1e999999 must not be written out
        raise CellError(f"{quoted} is too large; amounts stay below 2^62 times {scale.smallest}")
    if value.adjusted() < -scale.digits:
        raise CellError(f"{quoted} is a fraction of {scale.smallest}; {scale.allowed}")
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)))
    shift = exponent + scale.digits
    steps, rest = (whole * 10**shift, 0) if shift >= 0 else divmod(whole, 10**-shift)
    if rest:
        raise CellError(f"{quoted} is a fraction of {scale.smallest}; {scale.allowed}")
    if steps >= BOUND:
        raise CellError(f"{quoted} is too large; amounts stay below 2^62 times {scale.smallest}")
    return steps


def parse_amounts(cells: pl.Series, scale: Scale) -> Parsed:
    """A text column of amounts, each as :func:`read_amount` reads it.

    Plain spellings (digits and at most one point) are read all at once: the digits without their
    point make an integer, and where the point stood says how far to shift it. What is left, odd or
    wrong, is read one distinct spelling at a time.
    """
    cells = cells.fill_null("")
    decimals_most = max(6, scale.digits)
    whole_most = 18 - decimals_most  # so that neither the digits nor the shifted value pass 10^18
    cell, written = pl.col("cell"), rf"^[0-9]{{1,{whole_most}}}(\.[0-9]{{0,{decimals_most}}})?$"
    found = (
        cells.alias("cell")
        .to_frame()
        .select(  # one query, so that its parts run side by side
            plain=cell.str.contains(written),
            digits=cell.str.replace(".", "", literal=True).cast(pl.Int64, strict=False).fill_null(0),
            decimals=(cell.str.len_bytes().cast(pl.Int64) - 1 - cell.str.find(".", literal=True)).fill_null(
                0
            ),
        )
    )
    plain, digits, decimals = (found[name].to_numpy() for name in ("plain", "digits", "decimals"))
    shift = np.where(plain, scale.digits - decimals, 0)
    values = np.where(plain, digits, 0) * _TENS[np.maximum(shift, 0)]
    longer = np.flatnonzero(shift < 0)  # more decimals than the smallest step: zeros, or a fraction
    whole, rest = np.divmod(values[longer], _TENS[-shift[longer]])
    values[longer] = whole
    done = plain.copy()
    done[longer[rest != 0]] = False
    values[longer[rest != 0]] = 0
    return read_rest(cells, values, done, partial(read_amount, scale=scale))


def read_rest(
    cells: pl.Series, values: Int64, done: npt.NDArray[np.bool_], read: Callable[[str], int]
) -> Parsed:
    """Fill ``values`` where not ``done``, reading each distinct spelling once; say which are empty or bad."""
    empty = np.zeros(len(values), bool)
    bad = np.zeros(len(values), bool)
    rest = np.flatnonzero(~done)
    if len(rest):
        spellings = cells.gather(rest)
        distinct = spellings.unique()
        numbers, verdicts = np.zeros(len(distinct), np.int64), np.zeros(len(distinct), np.int8)
        for i, text in enumerate(distinct.to_list()):
            if not text.strip():
                verdicts[i] = 1
                continue
            try:
                numbers[i] = read(text)
            except CellError:
                verdicts[i] = 2
        which = spellings.replace_strict(distinct, np.arange(len(distinct)), return_dtype=pl.Int64).to_numpy()
        values[rest] = numbers[which]
        empty[rest] = verdicts[which] == 1
        bad[rest] = verdicts[which] == 2
    return Parsed(values, empty, bad)


def exact_sum(values: Int64) -> int:
    """Σ of int64 ≥ 0 as a Python integer, where an int64 sum could wrap.

    >>> exact_sum(np.array([1 << 62, 1 << 62, 1 << 62])) == 3 << 62
    True
    """
    return (int((values >> 31).sum()) << 31) + int((values & ((1 << 31) - 1)).sum())


def take_share(values: Int64, share: Fraction) -> Int64:
    """floor(values × share), exact, at most 2^62.

    >>> take_share(np.array([999, 100]), Fraction(9, 10))
    array([899,  90])
    """
    above, below = share.numerator, share.denominator
    if len(values) and int(values.max()) * above >= BOUND:  # too wide for int64: in Python integers
        return np.array([min(value * above // below, BOUND) for value in values.tolist()], np.int64)
    return values * above // below
