"""Waits in logarithmic bins: no wait lost, none read off by more than half a bin."""

from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.kernels.histogram import BINS, RELATIVE_ERROR, bin_middle, quantile, wait_bin

LONGEST = (1 << 37) - 1
WAIT = some.integers(0, LONGEST) | some.integers(0, 36).map(lambda power: 1 << power)


@given(WAIT)
def test_a_wait_is_read_back_within_a_128th_of_itself(wait):
    middle = bin_middle(wait_bin(wait))
    assert abs(Fraction(middle) - wait) <= Fraction(RELATIVE_ERROR) * wait
    if wait < 128:  # a bin a microsecond
        assert middle == wait


def test_bins_follow_each_other_without_gap_or_overlap():
    """Every bin begins where the one before ends, and the last one is the last there is."""
    edges = [0]
    for power in range(6, 37):
        edges += [*range(1 << power, 2 << power, 1 << (power - 6))]
    edges = sorted({*range(64), *edges})
    assert [wait_bin(edge) for edge in edges] == list(range(len(edges)))
    assert [wait_bin(edge - 1) for edge in edges[1:]] == list(range(len(edges) - 1))
    assert wait_bin(LONGEST) == len(edges) - 1 < BINS


@given(
    some.lists(some.tuples(WAIT, some.integers(1, 10**15)), min_size=1, max_size=30), some.integers(1, 100)
)
def test_a_percentile_is_the_smallest_wait_that_carries_its_share_of_value(waits, percent):
    histogram = np.zeros(BINS, np.int64)
    for wait, value in waits:
        histogram[wait_bin(wait)] += value
    waits.sort()
    total = sum(value for _, value in waits)
    reached = accumulate(value for _, value in waits)
    wait = next(w for (w, _), so_far in zip(waits, reached, strict=True) if 100 * so_far >= percent * total)
    found = quantile(histogram, percent)
    assert found == bin_middle(wait_bin(wait))
    assert abs(Fraction(found) - wait) <= Fraction(RELATIVE_ERROR) * wait


def test_values_that_pass_2_to_63_in_sum_are_weighed_exactly():
    histogram = np.zeros(BINS, np.int64)
    histogram[[0, 10, 20]] = 1 << 62
    assert quantile(histogram, 33) == 0.0
    assert quantile(histogram, 34) == 10.0
    assert quantile(histogram, 99) == 20.0


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_nothing_has_no_percentile(percent):
    assert quantile(np.zeros(BINS, np.int64), percent) is None
