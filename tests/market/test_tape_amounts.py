"""Written amounts and times to integers: digits decide, and the fast way agrees with the slow one."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.market.amounts import (
    UNITS,
    CellError,
    cash_scale,
    exact_sum,
    parse_amounts,
    read_amount,
)
from simulator.market.times import parse_times, read_time

CURRENCIES = st.sampled_from(["JPY", "USD", "KWD", "CLF"])
DIGITS = {"JPY": 0, "USD": 2, "KWD": 3, "CLF": 4}


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("0", 0),
        ("-0.00", 0),
        ("0e99999999", 0),
        ("34560.0", 3456000),
        ("1.", 100),
        (".5", 50),
        ("+2.50", 250),
        (" 7 ", 700),
        ("1.5e3", 150_000),
        ("25E-2", 25),
        ("1_000", 100_000),
        ("12_345.670_0", 1_234_567),
        ("0.0100000000000000000000000000000", 1),
        ("0000000000000000000000012.30", 1230),
        ("46116860184273879.03", 2**62 - 1),
        ("9007199254740993", 900719925474099300),  # 2^53 + 1 is no float
    ],
)
def test_every_spelling_of_an_amount_is_read_exactly(written, cents):
    assert read_amount(written, cash_scale("USD")) == cents
    assert parse_amounts(pl.Series([written]), cash_scale("USD")).values.tolist() == [cents]


@given(value=st.decimals(0, 10**12, places=4), currency=CURRENCIES)
def test_an_amount_is_read_if_and_only_if_it_is_whole_minor_units(value, currency):
    minor = Fraction(value) * 10 ** DIGITS[currency]
    parsed = parse_amounts(pl.Series([str(value), f"{value:f}"]), cash_scale(currency))
    assert parsed.bad.tolist() == [minor.denominator != 1] * 2
    assert parsed.values.tolist() == [int(minor) if minor.denominator == 1 else 0] * 2


@given(
    texts=st.lists(
        st.one_of(
            st.text("0123456789._-+eE, ", max_size=12),
            st.from_regex(r"[0-9]{1,20}(\.[0-9]{0,9})?", fullmatch=True),
            st.floats(0, 1e18).map(repr),
        ),
        min_size=1,
        max_size=5,
    ),
    currency=CURRENCIES,
)
def test_a_column_is_read_as_its_cells_are_one_by_one(texts, currency):
    scale = cash_scale(currency)
    parsed = parse_amounts(pl.Series(texts, dtype=pl.String), scale)
    for at, text in enumerate(texts):
        try:
            expected = (read_amount(text, scale), False, False)
        except CellError:
            expected = (0, not text.strip(), bool(text.strip()))
        assert (int(parsed.values[at]), parsed.empty[at], parsed.bad[at]) == expected


def test_an_empty_column_is_neither_zero_nor_wrong():
    parsed = parse_amounts(pl.Series([None, "", " ", "3"], dtype=pl.String), UNITS)
    assert parsed.empty.tolist() == [True, True, True, False]
    assert not parsed.bad.any()
    assert parsed.values.tolist() == [0, 0, 0, 3]


@given(
    micros=st.lists(st.integers(0, 86_400_000_000 * 20_000 - 1), min_size=1, max_size=5),
    digits=st.integers(6, 9),
    between=st.sampled_from("T "),
)
def test_a_column_of_times_is_read_to_the_microsecond(micros, digits, between):
    texts = [str(np.datetime64(at, "us")).replace("T", between) + "0" * (digits - 6) for at in micros]
    parsed = parse_times(pl.Series(texts), dated=True)
    assert parsed.values.tolist() == micros == [read_time(text, dated=True) for text in texts]
    clocks = parse_times(pl.Series([text[11:] for text in texts]), dated=False)
    assert clocks.values.tolist() == [at % 86_400_000_000 for at in micros]
    assert not (parsed.bad | parsed.empty | clocks.bad | clocks.empty).any()


@given(text=st.text("0123456789:-T .Z+", max_size=22), dated=st.booleans())
def test_times_are_read_or_refused_alike_one_by_one_and_as_a_column(text, dated):
    parsed = parse_times(pl.Series([text], dtype=pl.String), dated)
    try:
        assert parsed.values[0] == read_time(text, dated)
    except CellError:
        assert parsed.bad[0] or parsed.empty[0]


@given(st.lists(st.integers(0, 2**62 - 1), max_size=30))
def test_sums_do_not_wrap_around(values):
    assert exact_sum(np.array(values, np.int64)) == sum(values)


def test_the_smallest_step_is_told_in_the_currency():
    for currency, smallest in {"JPY": "1 JPY", "USD": "0.01 USD", "KWD": "0.001 KWD"}.items():
        assert cash_scale(currency).smallest == smallest
        assert read_amount(str(Decimal(smallest.split()[0])), cash_scale(currency)) == 1
