"""What it costs when a slice leaves the netted pool for a gross pool of its own (DOMAIN 5, item 7).

Members in pairs, n flows a day between the two of a pair; each flow goes to the chain with probability f. The
slice needs its walk's peak, the rest its net debit, so per member E[peak of B flows] + E[end of n − B flows],
B binomial: √(1 − f) + 2 √f of netting all where flows have no direction and are many.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import binom

from simulator.measures.liquidity import liquidity_need
from simulator.measures.netting import net_debit
from simulator.measures.routing import marginal_net_debit, routed_need, routed_net_debit, routed_value

from ..flows import GROSS, NET, settle
from .walks import UNIT, pairs_flow, positive_part, spitzer

ERRORS = 4  # standard errors allowed
N, PAIRS, DAYS = 400, 100, 20
SHARES = (0.005, 0.01, 0.05, 0.1, 0.5)


def settled(drift: float):
    """Records of a day's flows with every share sent to the chain, and of all netted."""
    random = np.random.default_rng([11, int(10 * drift)])
    steps = drift / sqrt(N) + random.standard_normal((DAYS, N, PAIRS))
    hybrids = {f"{f}": {**NET, "routing": {"to": "gross", "share": str(f)}} for f in SHARES}
    return settle(pairs_flow(steps), {"net": NET, **hybrids, "gross": GROSS}).records


@pytest.fixture(scope="module")
def balanced():
    return settled(0.0)


def per_member(records, measure) -> float:
    return sum(measure(day) for day in records) / (2 * PAIRS * DAYS) / UNIT


def expected(f: float, theta: float, n: int = N) -> tuple[float, float, float]:
    """(need of the slice, net debit of the slice alone, net debit of the rest), a member and day.

    The two of a pair see opposite walks, so a member's mean is over drift either way.
    """
    drift, peak, end, rest = theta / sqrt(n), 0.0, 0.0, 0.0
    counts = np.arange(n + 1)
    chances = binom.pmf(counts, n, f)
    for lean in (drift, -drift):
        ends = positive_part(counts, lean)
        peaks = np.append(0.0, np.cumsum(ends[1:] / counts[1:]))  # Spitzer's sum, of every count
        peak += float(chances @ peaks) / 2
        end += float(chances @ ends) / 2
        rest += float(chances @ ends[::-1]) / 2
    return peak, end, rest


@pytest.mark.parametrize("f", SHARES)
def test_balanced_flow_pays_for_fragments_as_theory_says(balanced, f):
    peak, end, rest = expected(f, 0.0)
    records = balanced[f"{f}"]
    # Neither a peak nor an end varies more than the sum itself; the two of a pair are one sample.
    of_slice, of_rest = (ERRORS * sqrt(count / (PAIRS * DAYS)) for count in (f * N, (1 - f) * N))
    assert per_member(records, routed_need) == pytest.approx(peak, abs=of_slice)
    assert per_member(records, routed_net_debit) == pytest.approx(end, abs=of_slice)
    need = per_member(records, liquidity_need)
    assert need - per_member(records, routed_need) == pytest.approx(rest, abs=of_rest)
    assert sum(map(routed_value, records)) / sum(d.flow.gross_value for d in records) == pytest.approx(
        f, abs=ERRORS * sqrt(f * (1 - f) * 2 / (N * PAIRS * DAYS))
    )


def test_the_curve_is_that_of_many_flows_in_its_finite_form():
    """√(1 − f) + 2 √f at f = 0.5, 1 and 10 %: + 14, 20 and 58 %; of 4,000 flows from 12, 17 and 56 on."""
    alone = expected(0.0, 0.0, 4000)[2]
    assert expected(1.0, 0.0, 100)[0] == pytest.approx(spitzer(100))
    for f, many, least in ((0.005, 0.139, 0.115), (0.01, 0.195, 0.165), (0.1, 0.581, 0.555)):
        peak, _, rest = expected(f, 0.0, 4000)
        assert sqrt(1 - f) + 2 * sqrt(f) - 1 == pytest.approx(many, abs=5e-4)
        assert least < (peak + rest) / alone - 1 < many


@pytest.mark.parametrize("f", SHARES)
def test_a_slice_of_balanced_flow_adds_half_of_its_share_to_netting(balanced, f):
    """1 − √(1 − f), f/2 for a small one: gross costs far more than that, and twice what it nets to alone."""
    records = balanced[f"{f}"]
    marginal = per_member(records, marginal_net_debit)
    whole = per_member(records, net_debit)
    # The rest's net debit differs from the whole's by a slice's net cash at most.
    assert marginal / whole == pytest.approx(1 - sqrt(1 - f), abs=ERRORS * sqrt(f * 2 / (PAIRS * DAYS)))
    assert per_member(balanced["net"], net_debit) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(("theta", "at_ten_per_cent"), [(2.4, 0.13), (4.0, 0.05)])
def test_flow_that_leans_costs_far_less(theta, at_ten_per_cent):
    records = settled(theta)
    for f in SHARES:
        peak, _, rest = expected(f, theta)
        of_all = ERRORS * sqrt(2 * N / (PAIRS * DAYS))
        assert per_member(records[f"{f}"], liquidity_need) == pytest.approx(peak + rest, abs=of_all)
    peak, _, rest = expected(0.1, theta)
    assert (peak + rest) / expected(0.0, theta)[2] - 1 == pytest.approx(at_ten_per_cent, abs=0.03)


def test_the_more_it_leans_the_closer_to_netting_all():
    costs = []
    for theta in (0, 1, 2.4, 4, 8, 16):
        peak, _, rest = expected(0.1, theta)
        costs.append((peak + rest) / expected(0.0, theta)[2])
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == pytest.approx(1, abs=0.01)
