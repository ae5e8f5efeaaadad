"""Exact sums of products that pass 2^63: value times time in minor units times microseconds.

A wide accumulator is two uint64, high and low word; 4 bn USD over half a day is already 10^21.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compile import kernel

LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def wide_zeros(count: int) -> npt.NDArray[np.uint64]:
    """``count`` accumulators at zero: uint64 of shape (count, 2), high word first."""
    return np.zeros((count, 2), dtype=np.uint64)


def wide_value(accumulators: npt.NDArray[np.uint64], index: int) -> int:
    """The exact sum held by one accumulator, as a Python integer."""
    return (int(accumulators[index, 0]) << 64) + int(accumulators[index, 1])


@kernel
def add_product(accumulators, index, value, factor):
    """Add ``value * factor`` (both ≥ 0, below 2^63) to one accumulator, in place.

    >>> sums = wide_zeros(1)
    >>> add_product(sums, 0, 3 * 10**18, 10**10)
    >>> add_product(sums, 0, 1, 5)
    >>> wide_value(sums, 0) == 3 * 10**28 + 5
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
    total = accumulators[index, 1] + low
    if total < low:
        high += np.uint64(1)
    accumulators[index, 1] = total
    accumulators[index, 0] += high
