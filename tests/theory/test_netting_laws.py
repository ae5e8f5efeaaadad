"""What random flow leaves to pay after netting, once a day or in batches (DOMAIN 5, items 5 and 6)."""

from __future__ import annotations

from math import erf, exp, pi, sqrt

import numpy as np
import pytest

from simulator.market.flow import DAY
from simulator.measures.liquidity import liquidity_need
from simulator.measures.netting import net_debit, units_moved, value_moved

from ..flows import GROSS, NET, OPENS, ArrayFlow, settle
from .walks import MEAN_END_VARIANCE, UNIT, pairs_flow

ERRORS = 4  # standard errors allowed
DAYS, TRADES, MEMBERS = 400, 2500, 20

# Σ max(0, net) is half of Σ |net| over almost independent members: relative variance (π/2 − 1)/N a day.
NET_ERROR = sqrt((pi / 2 - 1) / MEMBERS / DAYS)


def random_market(cv: float, securities: int = 1) -> ArrayFlow:
    """Any two members, either way, sizes of mean 1 and coefficient of variation ``cv``; one price for all."""
    random = np.random.default_rng([int(10 * cv), securities])
    count = DAYS * TRADES
    sigma = sqrt(np.log(1 + cv**2))
    sizes = np.exp(sigma * random.standard_normal(count) - sigma**2 / 2)
    buyer = random.integers(MEMBERS, size=count)
    seller = (buyer + random.integers(1, MEMBERS, size=count)) % MEMBERS
    amounts = np.maximum(1, np.rint(sizes * UNIT)).astype(np.int64)
    times = np.arange(DAYS)[:, None] * DAY + OPENS + np.arange(TRADES)
    return ArrayFlow(
        times.ravel(),
        buyer,
        seller,
        cash=amounts,
        units=amounts,
        security=random.integers(securities, size=count),
    )


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.0])
def test_random_flow_nets_to_the_root_of_members_over_trades(cv):
    """net / gross = √(N (1 + cv²) / (π n))."""
    days = settle(random_market(cv), {"net": NET}).records["net"]
    gross = sum(day.flow.gross_value for day in days)
    share = sum(value_moved(day) for day in days) / gross
    # A few large trades are less spread than their variance says: E|S| falls short by kurtosis / 24n, where
    # lognormal sizes have E[X⁴] / E[X²]² = (1 + cv²)⁴: 0.3 % at cv 1.
    short = (MEMBERS * (1 + cv**2) ** 4 / 2 - 3) / (24 * TRADES)
    expected = sqrt(MEMBERS * (1 + cv**2) / (pi * TRADES))
    sizes_error = sqrt(((1 + cv**2) ** 4 - 1) / (DAYS * TRADES)) / 2
    allowed = expected * (ERRORS * (NET_ERROR + sizes_error) + short)
    assert share == pytest.approx(expected, abs=allowed)
    assert sum(map(net_debit, days)) == sum(map(value_moved, days))


@pytest.mark.parametrize("securities", [4, 9])
def test_netting_security_by_security_leaves_the_root_of_their_number_more(securities):
    """At one price, units moved over cash moved is √C: cash nets across securities, units do not."""
    days = settle(random_market(0.0, securities), {"net": NET}).records["net"]
    units = sum(units_moved(day) for day in days)
    cash = sum(value_moved(day) for day in days)
    assert units / cash == pytest.approx(sqrt(securities), rel=ERRORS * NET_ERROR * sqrt(1 + 1 / securities))


def test_batches_of_equal_count_need_less_than_twice_a_day_and_move_root_k_more():
    """peak(k) / net(1) = k^−½ Σ_{j≤k} j^−½: 1, 1.207, 1.392, 1.546 → 2; value moved × √k."""
    n, pairs, days = 96, 200, 100
    random = np.random.default_rng(8)
    cycles = {f"net_{k}": {**NET, "cycles": k} for k in (1, 2, 4, 8)}
    run = settle(pairs_flow(random.standard_normal((days, n, pairs))), cycles | {"gross": GROSS})
    members = 2 * pairs * days
    net = sqrt(n / (2 * pi))
    # Ends vary most (a quarter of |S|'s variance); with more batches a peak varies less.
    allowed = ERRORS * sqrt(n * MEAN_END_VARIANCE / (pairs * days))
    for k, published in ((1, 1), (2, 1.207), (4, 1.392), (8, 1.546)):
        factor = sum(j**-0.5 for j in range(1, k + 1)) / sqrt(k)
        assert factor == pytest.approx(published, abs=5e-4)
        records = run.records[f"net_{k}"]
        need = sum(map(liquidity_need, records)) / members / UNIT
        assert need == pytest.approx(factor * net, abs=allowed)
        moved = sum(map(value_moved, records)) / members / UNIT
        assert moved == pytest.approx(sqrt(k) * net, abs=allowed)  # k batches' errors add up as one's do
    assert sum(map(liquidity_need, run.records["gross"])) / members / UNIT < 2 * net


def test_from_98_per_cent_netted_a_day_ten_minute_windows_keep_87_and_a_half():
    """39 windows of 6.5 h: 1 − 0.02 √39 = 0.875, for flow of random direction."""
    windows, a_window, pairs, days = 39, 52, 100, 10
    random = np.random.default_rng(9)
    flow = pairs_flow(random.choice([-1.0, 1.0], (days, windows * a_window, pairs)))
    names = {"day": {**NET, "cycles": 1}, "windows": {**NET, "cycles": windows}}
    run = settle(flow, names)
    gross = sum(day.flow.gross_value for day in run.records["day"])
    left = {name: sum(map(value_moved, run.records[name])) / gross for name in names}
    # Steps of ±1: E|S_n| = √(2n/π) (1 − 1/4n); a pair pays |S_n| of n.
    for name, n in (("day", windows * a_window), ("windows", a_window)):
        expected = sqrt(2 / (pi * n)) * (1 - 1 / (4 * n))
        error = sqrt((pi / 2 - 1) / (pairs * days))
        assert left[name] == pytest.approx(expected, rel=ERRORS * error)
    assert 0.02 * sqrt(windows) == pytest.approx(1 - 0.875, abs=5e-4)


def test_from_98_per_cent_netted_a_day_ten_minute_windows_keep_95_of_flow_that_leans():
    """A lean of two standard deviations a day: what is moved grows 2.6 times, not √39 = 6.2.

    A window's sum is normal, mean θ √n / k, variance n / k;
    E|N(m, s²)| = s √(2/π) e^(−m²/2s²) + m erf(m / s√2).
    """
    theta, windows, a_window, pairs, days = 2.0, 39, 10, 200, 20
    n = windows * a_window
    random = np.random.default_rng(10)
    steps = theta / sqrt(n) + random.standard_normal((days, n, pairs))
    run = settle(pairs_flow(steps), {"day": {**NET, "cycles": 1}, "windows": {**NET, "cycles": windows}})

    def folded(mean: float, deviation: float) -> float:
        ratio = mean / deviation / sqrt(2)
        return deviation * sqrt(2 / pi) * exp(-(ratio**2)) + mean * erf(ratio)

    expected = {"day": folded(theta * sqrt(n), sqrt(n))}
    expected["windows"] = windows * folded(theta * sqrt(n) / windows, sqrt(a_window))
    for name, one in expected.items():
        moved = sum(map(value_moved, run.records[name])) / (pairs * days * UNIT)
        # Neither varies more than the sum itself, a standard deviation of √n.
        assert moved == pytest.approx(one, abs=ERRORS * sqrt(n / (pairs * days)))
    grown = expected["windows"] / expected["day"]
    assert grown == pytest.approx(2.6, abs=0.05)
    assert 1 - 0.02 * grown == pytest.approx(0.95, abs=0.005)
