"""What a member must bring to settle at once, against the theory of random walks (DOMAIN 5, items 1, 2, 4).

A member's outflow is a walk of n flows; its liquidity need is the walk's peak, its net debit the walk's
end where that is positive. All figures are the simulator's, with one random number a trade.
"""

from __future__ import annotations

from math import comb, pi, sqrt

import numpy as np
import pytest

from simulator.measures.exact import percentile_99
from simulator.measures.liquidity import liquidity_need_by_member, mean_intraday_credit, system_peak
from simulator.measures.netting import net_debit_by_member

from ..flows import GROSS, NET, settle
from .walks import (
    MEAN_END_VARIANCE,
    MEAN_PEAK_VARIANCE,
    UNIT,
    bridge_peaks,
    exponential_peak,
    pairs_flow,
    positive_part,
    spitzer,
)

BOTH = {"gross": GROSS, "net": NET}
ERRORS = 4  # standard errors allowed


def needs_and_debits(run) -> tuple[np.ndarray, np.ndarray]:
    """Liquidity need of gross and net debit, (days, members), in units."""
    needs = np.array([liquidity_need_by_member(day) for day in run.records["gross"]])
    debits = np.array([net_debit_by_member(day) for day in run.records["net"]])
    return needs / UNIT, debits / UNIT


@pytest.mark.parametrize(
    ("n", "pairs", "days", "published"), [(10, 400, 50, 1.588), (100, 200, 50, 1.859), (1000, 100, 10, 1.954)]
)
def test_the_peak_is_spitzers_sum_and_towards_twice_the_net_debit(n, pairs, days, published):
    random = np.random.default_rng([1, n])
    needs, debits = needs_and_debits(settle(pairs_flow(random.standard_normal((days, n, pairs))), BOTH))
    allowed = ERRORS * sqrt(n / (pairs * days))
    assert needs.mean() == pytest.approx(spitzer(n), abs=allowed * sqrt(MEAN_PEAK_VARIANCE))
    assert debits.mean() == pytest.approx(sqrt(n / (2 * pi)), abs=allowed * sqrt(MEAN_END_VARIANCE))
    # The law itself, to the digits in which it is published: √(2n/π) − 0.5826 is its limit.
    assert spitzer(n) / sqrt(n / (2 * pi)) == pytest.approx(published, abs=5e-4)
    assert spitzer(n) == pytest.approx(sqrt(2 * n / pi) - 0.5826, abs=0.2 / sqrt(n))


@pytest.mark.parametrize(("n", "pairs", "days"), [(1, 500, 40), (2, 500, 40), (5, 400, 50), (50, 200, 50)])
def test_exponential_sizes_have_a_closed_form(n, pairs, days):
    """n = 1: half of one flow, 3·2/4 − 1 = 0.5. Sizes of mean 1 have a mean square of 2."""
    random = np.random.default_rng([2, n])
    shape = (days, n, pairs)
    flows = random.standard_exponential(shape) * random.choice([-1, 1], shape)
    needs, _ = needs_and_debits(settle(pairs_flow(flows), BOTH))
    # A peak moves by at most what a flow moves: its variance is at most that of the sum (Efron and Stein).
    assert needs.mean() == pytest.approx(exponential_peak(n), abs=ERRORS * sqrt(2 * n / (pairs * days)) / 2)


def test_prefunding_for_99_days_of_100_is_6_46_mean_net_debits():
    """Peaks: 2.576 σ√n, less 0.5826 σ for standing still between flows; net debits: 2.326 σ√n."""
    n, pairs, days = 100, 200, 100
    random = np.random.default_rng(3)
    needs, debits = needs_and_debits(settle(pairs_flow(random.standard_normal((days, n, pairs))), BOTH))
    root = sqrt(n)
    members = needs.size
    peak_99, debit_99 = (percentile_99(np.rint(all_.ravel() * 1000)) / 1000 for all_ in (needs, debits))

    def error(density: float) -> float:
        return ERRORS * root * sqrt(0.01 * 0.99 / members) / density

    assert peak_99 == pytest.approx(2.5758 * root - 0.5826, abs=error(2 * 0.01446))
    assert debit_99 == pytest.approx(2.3263 * root, abs=error(0.02665))
    expected = (2.5758 * root - 0.5826) / (root / sqrt(2 * pi))
    assert peak_99 / debits.mean() == pytest.approx(expected, rel=0.06)
    assert 2.5758 * sqrt(2 * pi) == pytest.approx(6.46, abs=0.005)


def test_when_in_the_day_trades_fall_changes_the_mean_credit_and_no_peak():
    random = np.random.default_rng(4)
    flows = random.standard_normal((20, 80, 50))
    even = np.arange(1, 81) / 81
    early = even**3
    by_hour, at_dawn = (settle(pairs_flow(flows, at), BOTH) for at in (even, early))
    for one, other in zip(by_hour.records["gross"], at_dawn.records["gross"], strict=True):
        assert liquidity_need_by_member(one).tolist() == liquidity_need_by_member(other).tolist()
        assert system_peak(one) == system_peak(other)
    # A walk stands at √s after a share s of its flows. Flows even in time: ∫√s ds = 2/3; flow s at time s³:
    # ∫√s 3s² ds = 6/7.
    credit = [sum(mean_intraday_credit(day) for day in run.records["gross"]) for run in (by_hour, at_dawn)]
    assert credit[1] / credit[0] == pytest.approx((6 / 7) / (2 / 3), rel=0.05)


@pytest.mark.parametrize(
    ("theta", "published"), [(0.0, 1.94), (0.5, 1.51), (1.0, 1.29), (2.0, 1.11), (4.0, 1.03)]
)
def test_the_more_a_member_leans_the_less_gross_needs_over_net(theta, published):
    """θ = mean outflow / (σ√n); the ratio of peak to net debit falls from 2 to 1."""
    n, pairs, days = 100, 200, 50
    drift = theta / sqrt(n)
    random = np.random.default_rng([5, int(10 * theta)])
    flows = random.standard_normal((days, n, pairs)) + drift
    needs, debits = needs_and_debits(settle(pairs_flow(flows), BOTH))
    payers, allowed = slice(0, None, 2), ERRORS * sqrt(n / (pairs * days))
    assert needs[:, payers].mean() == pytest.approx(spitzer(n, drift), abs=allowed)
    assert debits[:, payers].mean() == pytest.approx(float(positive_part(n, drift)), abs=allowed)
    # Published for many flows a day: a thousand come within 0.02.
    drift = theta / sqrt(1000)
    assert spitzer(1000, drift) / positive_part(1000, drift) == pytest.approx(published, abs=0.02)


def test_a_member_flat_at_the_close_needs_liquidity_though_it_nets_to_nothing():
    """m flows of 1 out and m in, in random order: E[peak] = (4ᵐ/C(2m, m) − 1)/2, towards √(nπ/8)."""
    m, pairs, days = 32, 100, 40
    random = np.random.default_rng(6)
    flows = random.permuted(np.repeat([1.0, -1.0], m)[None, :, None].repeat(days, 0).repeat(pairs, 2), axis=1)
    needs, debits = needs_and_debits(settle(pairs_flow(flows), BOTH))
    mean, deviation = bridge_peaks(m)
    assert debits.sum() == 0
    assert mean == pytest.approx((4**m / comb(2 * m, m) - 1) / 2)
    assert needs[:, ::2].mean() == pytest.approx(mean, abs=ERRORS * deviation / sqrt(pairs * days))
    assert mean == pytest.approx(sqrt(2 * m * pi / 8), abs=0.55)
