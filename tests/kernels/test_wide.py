"""Sums of products beyond 64 bits, against Python's integers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from simulator.kernels.wide import add_product, wide_value

FACTOR = (
    some.integers(0, (1 << 63) - 1) | some.integers(0, 1 << 33) | some.sampled_from([(1 << 63) - 1, 1 << 32])
)


@given(some.lists(some.tuples(FACTOR, FACTOR), max_size=4))
def test_products_add_up_exactly(products):
    words = np.array([7, 0, 0, 7], dtype=np.int64)
    for value, factor in products:
        add_product(words, 1, value, factor)
    assert wide_value(words, 1) == sum(value * factor for value, factor in products)
    assert words[[0, 3]].tolist() == [7, 7]


def test_a_carry_passes_from_the_low_word_to_the_high_one():
    """(2^63 − 1)·2 twice is 2^65 − 4: low word 2^64 − 4, high word 1."""
    words = np.zeros(2, dtype=np.int64)
    for _ in range(2):
        add_product(words, 0, (1 << 63) - 1, 2)
    assert words.view(np.uint64).tolist() == [1, (1 << 64) - 4]


def test_a_year_of_a_market_in_minor_units_times_microseconds_fits():
    """4 bn USD over half a day is 1.7 × 10^22, past 2^64; a year of the whole market is 4 × 10^28."""
    words = np.zeros(2, dtype=np.int64)
    for _ in range(250):
        add_product(words, 0, 798 * 10**11, 23_400 * 10**6)
    assert wide_value(words, 0) == 250 * 798 * 10**11 * 23_400 * 10**6
