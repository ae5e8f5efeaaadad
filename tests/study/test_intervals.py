"""How sure a mean is: tables of Student's t, coverage of a known answer, the bootstrap of a tail."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.study.intervals import (
    Interval,
    mean_interval,
    paired_difference,
    paired_ratio,
    seeds_needed,
    student,
    tail_interval,
)

# Student (1908) and every table since: two-sided points.
TABLE = [(1, 0.95, 12.706), (4, 0.95, 2.776), (9, 0.95, 2.262), (9, 0.99, 3.250), (29, 0.95, 2.045)]


@pytest.mark.parametrize(("freedom", "confidence", "point"), TABLE)
def test_the_points_of_students_table(freedom, confidence, point):
    assert round(student(freedom, confidence), 3) == point


def test_a_mean_with_its_half_width_by_hand():
    # 1, 2, 3, 4, 5: mean 3, s² = 2.5, s/√5 = 0.7071, t(4) = 2.7764
    one = mean_interval([1, 2, 3, None, 4, 5])
    assert (one.n, one.mean) == (5, 3)
    assert one.half_width == pytest.approx(2.7764 * math.sqrt(0.5), abs=1e-4)
    assert (one.low, one.high) == (3 - one.half_width, 3 + one.half_width)


def test_without_spread_of_seeds_nothing_is_sure():
    assert mean_interval([None]) == Interval(0, None, None)
    assert mean_interval([7]) == Interval(1, 7.0, None)


def test_what_both_share_cancels_in_a_paired_difference():
    luck = [3.0, -8.0, 20.0, 1.0]
    less = paired_difference([each + 2 for each in luck], luck)
    assert (less.mean, less.half_width) == (2.0, 0.0)
    assert paired_ratio([2.0, 6.0, 5.0], [1.0, 3.0, 0.0]) == Interval(2, 2.0, 0.0)


def test_seeds_needed_are_the_first_that_are_enough():
    # A spread of 1, half-width t(n − 1)/√n: 2.1098/√18 = 0.4973 is enough, 2.1199/√17 = 0.5142 is not
    now = Interval(10, 0.0, student(9, 0.95) / math.sqrt(10))
    assert seeds_needed(now, 0.5, 0.95) == 18


def test_a_tail_with_its_bootstrap_interval_holds_the_quantile():
    values = list(np.random.default_rng(5).permutation(np.arange(1.0, 201.0)))
    tail, low, high = tail_interval(values, 0.95, seed=1)
    assert tail == 190.0  # the smallest that 95 % do not exceed
    assert low < tail < high
    # The order statistics that a binomial(200, 0.95) puts at its 2.5 % and 97.5 % are 183 and 195.
    assert abs(low - 183) <= 2
    assert abs(high - 195) <= 2
    assert tail_interval(values, 0.95, seed=1) == (tail, low, high)


def test_a_tail_of_few_seeds_is_not_told():
    assert tail_interval([1.0] * 19, 0.95) is None


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_paired_intervals_cover_a_known_answer_at_their_rate(confidence):
    """DOMAIN 5, item 1: for n Gaussian flows E[peak] − E[net] is known by Spitzer's identity.

    E[peak] = Σ_{k ≤ n} E[S_k⁻]/k = Σ 1/√(2πk), E[net] = √(n/2π). Of 2,000 sweeps of 12 seeds each, how many
    intervals of the paired difference hold the answer? The share's own spread is 0.9 and 0.5 points.
    """
    n, seeds, sweeps = 10, 12, 2_000
    answer = sum(1 / math.sqrt(2 * math.pi * k) for k in range(1, n + 1)) - math.sqrt(n / (2 * math.pi))
    walks = np.random.default_rng(11).standard_normal((sweeps, seeds, 40, n)).cumsum(axis=3)
    peak = np.maximum(0, walks.max(axis=3)).mean(axis=2)
    net = np.maximum(0, walks[..., -1]).mean(axis=2)
    held = 0
    for peaks, nets in zip(peak.tolist(), net.tolist(), strict=True):
        one = paired_difference(peaks, nets, confidence)
        held += one.low <= answer <= one.high
    spread = math.sqrt(confidence * (1 - confidence) / sweeps)
    assert abs(held / sweeps - confidence) < 3.3 * spread
