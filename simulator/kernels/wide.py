"""Exact sums of products that pass 2^63: value times time in minor units times microseconds.

A wide sum is the bits of two uint64, high word first, kept in an int64 array; 4 bn USD over half a
day is already 10^21.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compile import kernel

LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def wide_value(words: npt.NDArray[np.int64], at: int) -> int:
    """The exact sum held by the words ``at`` (high) and ``at + 1`` (low), as a Python integer."""
    high, low = words[at : at + 2].view(np.uint64)
    return (int(high) << 64) + int(low)


def sum_of_products(values: npt.NDArray[np.int64], factors: npt.NDArray[np.int64]) -> int:
    """Σ values × factors (both ≥ 0), exact.

    >>> sum_of_products(np.array([3 * 10**18, 1]), np.array([10**10, 5])) == 3 * 10**28 + 5
    True
    """
    words = np.zeros(2, dtype=np.int64)
    add_products(words, values, factors)
    return wide_value(words, 0)


@kernel
def add_products(words, values, factors):
    """Add the products of two arrays to the sum in the first two words, in place."""
    for i in range(len(values)):
        add_product(words, 0, values[i], factors[i])


@kernel
def add_product(words, at, value, factor):
    """Add ``value * factor`` (both ≥ 0, below 2^63) to the sum in words ``at`` and ``at + 1``, in place.

    >>> words = np.zeros(2, dtype=np.int64)
    >>> add_product(words, 0, 3 * 10**18, 10**10)
    >>> add_product(words, 0, 1, 5)
    >>> wide_value(words, 0) == 3 * 10**28 + 5
    True
    """
    a = np.uint64(value)
    b = np.uint64(factor)
    a1, a0 = a >> HALF, a & LOW_HALF
    b1, b0 = b >> HALF, b & LOW_HALF
    low_low = a0 * b0
    low_high = a0 * b1
    high_low = a1 * b0
    middle = (low_low >> HALF) + (low_high & LOW_HALF) + (high_low & LOW_HALF)
    low = (low_low & LOW_HALF) | (middle << HALF)
    high = a1 * b1 + (low_high >> HALF) + (high_low >> HALF) + (middle >> HALF)
    total = np.uint64(words[at + 1]) + low
    if total < low:
        high += np.uint64(1)
    words[at + 1] = np.int64(total)
    words[at] = np.int64(np.uint64(words[at]) + high)
