"""A histogram of waits in logarithmic bins, so that quantiles of any number of waits need 16 KB.

Below 64 µs a bin holds one value; above, each power of two is cut into 64 bins, so a quantile read
from a bin's middle is off by at most 1/128 of itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compile import kernel

PARTS = 64
BINS = 2048  # waits up to 2^37 µs, 38 hours
RELATIVE_ERROR = 1 / 128


@kernel
def wait_bin(wait):
    """The bin of a wait in µs, 0 ≤ wait < 2^37.

    >>> wait_bin(63), wait_bin(64), wait_bin(127), wait_bin(128), wait_bin(130)
    (63, 64, 127, 128, 129)
    """
    if wait < PARTS:
        return wait
    exponent = 6
    rest = wait >> 7
    while rest > 0:
        exponent += 1
        rest >>= 1
    return (exponent - 5) * PARTS + ((wait >> (exponent - 6)) & (PARTS - 1))


def bin_bounds(index: int) -> tuple[int, int]:
    """The first wait in µs that a bin holds, and the first that it no longer holds.

    >>> bin_bounds(0), bin_bounds(63), bin_bounds(128)
    ((0, 1), (63, 64), (128, 130))
    """
    if index < PARTS:
        return index, index + 1
    width = 1 << (index // PARTS - 1)
    first = (PARTS + index % PARTS) * width
    return first, first + width


def bin_middle(index: int) -> float:
    """The wait in µs that stands for a bin: the middle of the values it holds.

    >>> bin_middle(0), bin_middle(63), bin_middle(128)
    (0.0, 63.0, 128.5)
    """
    first, stop = bin_bounds(index)
    return (first + stop - 1) / 2


def quantile(histogram: npt.NDArray[np.int64], percent: int) -> float | None:
    """The value-weighted percentile in µs, or None where the histogram is empty.

    >>> import numpy as np
    >>> values = np.zeros(BINS, dtype=np.int64)
    >>> values[0], values[10] = 99, 1
    >>> quantile(values, 99), quantile(values, 100)
    (0.0, 10.0)
    """
    total = sum(int(value) for value in histogram[histogram > 0])
    if total == 0:
        return None
    reached = 0
    for index in np.flatnonzero(histogram):
        reached += int(histogram[index])
        if 100 * reached >= percent * total:
            return bin_middle(int(index))
    raise AssertionError("a quantile lies within its histogram")
