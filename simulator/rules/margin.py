"""Margin at a clearing house: what a member's unsettled positions could lose while they are closed out.

Source: the components of NSCC's clearing fund (Rules and Procedures, Procedure XV): value at risk, gap risk,
marks, a minimum. One factor moves all securities, so that a portfolio needs sums by member and no covariance
matrix. Positions are parallel arrays; money is in minor units.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from simulator.kernels.rounding import rounded
from simulator.market.margin import MarginTerms

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


def deviation(owner: Int64, value: Int64, volatility: Float64, owners: int, correlation: Fraction) -> Float64:
    """Standard deviation of what each owner's positions gain or lose in a day, minor units.

    √(wᵀΣw) with Σᵢⱼ = ρ σᵢ σⱼ and Σᵢᵢ = σᵢ²: wᵀΣw = ρ (Σ w σ)² + (1 − ρ) Σ (w σ)².

    Parameters
    ----------
    owner, value, volatility : of each position: whose, signed minor units, of a day as a share

    Returns
    -------
    float64 (owners,), minor units

    Examples
    --------
    A holds 1,000.00 long at 2 % and 500.00 short at 1 %: w σ is 20.00 and −5.00. With ρ = 0.5 the variance is
    0.5 · 15² + 0.5 · (20² + 5²) = 325, its root 18.03. B holds nothing.

    >>> held = np.array([0, 0]), np.array([100_000, -50_000]), np.array([0.02, 0.01])
    >>> deviation(*held, 2, Fraction(1, 2)).round(2).tolist()
    [1802.78, 0.0]
    """
    risk = value * volatility
    together = np.bincount(owner, risk, owners)
    apart = np.bincount(owner, risk * risk, owners)
    shared = float(correlation)
    return np.sqrt(shared * together**2 + (1 - shared) * apart)


def value_at_risk(deviations: Float64, terms: MarginTerms) -> Int64:
    """What positions lose over the close-out with probability 1 − confidence, rounded half to even.

    Examples
    --------
    18.0278 a day × 2.3263 × √3 is 72.64.

    >>> value_at_risk(np.array([1802.7756]), MarginTerms()).tolist()
    [7264]
    """
    return np.rint(terms.quantile * math.sqrt(terms.days) * deviations).astype(np.int64)


def exposure(deviations: Float64, terms: MarginTerms) -> Int64:
    """The same over one day: what is at stake while something is unsettled, whoever stands in for it.

    Examples
    --------
    18.0278 × 2.3263 is 41.94.

    >>> exposure(np.array([1802.7756]), MarginTerms()).tolist()
    [4194]
    """
    return np.rint(terms.quantile * deviations).astype(np.int64)


def gap_risk(owner: Int64, value: Int64, owners: int, terms: MarginTerms) -> Int64:
    """A jump in what a concentrated owner holds most of; int64 (owners,), rounded half to even.

    Examples
    --------
    Of −800, 150 and 50 the largest is 80 % of gross: 10 % of 800 + 5 % of 150 is 87.5. Ten of 10 are not
    concentrated.

    >>> owner, value = np.repeat([0, 1], [3, 10]), np.array([-800, 150, 50] + [10] * 10)
    >>> gap_risk(owner, value, 2, MarginTerms()).tolist()
    [88, 0]
    """
    if not (terms.gap_first or terms.gap_second):
        return np.zeros(owners, dtype=np.int64)
    size = np.abs(value)
    first, second, gross = (np.zeros(owners, dtype=np.int64) for _ in range(3))
    np.add.at(gross, owner, size)
    np.maximum.at(first, owner, size)
    tops = np.flatnonzero(size == first[owner])
    largest = np.empty(owners, dtype=np.int64)
    largest[owner[tops]] = tops  # any one of equals
    size[largest[np.unique(owner[tops])]] = 0
    np.maximum.at(second, owner, size)
    above, shares = terms.gap_above, (terms.gap_first, terms.gap_second)
    whole = math.lcm(*(share.denominator for share in shares))
    of_first, of_second = (int(share * whole) for share in shares)
    charged = np.zeros(owners, dtype=np.int64)
    # In Python's integers: exact, past int64, and faster than fractions of every member at every reading.
    for at, (most, next_most, all_of_it) in enumerate(
        zip(first.tolist(), second.tolist(), gross.tolist(), strict=True)
    ):
        if most * above.denominator > above.numerator * all_of_it:
            charged[at] = rounded(of_first * most + of_second * next_most, whole)
    return charged


def required(at_risk: Int64, gap: Int64, marks: Int64, terms: MarginTerms) -> Int64:
    """What members deposit: value at risk, gap risk and what positions have lost, at least the minimum.

    A gain offsets nothing: 50 + 5 + 10 is 65; a position that has gained 4 is as one that stands still.

    Examples
    --------
    >>> none = np.array([0, 0])
    >>> required(np.array([50, 30]), np.array([5, 0]), np.array([10, -4]), MarginTerms(minimum=20)).tolist()
    [65, 30]
    >>> required(none, none, none, MarginTerms(minimum=20)).tolist()
    [20, 20]
    """
    return np.maximum(terms.minimum, at_risk + gap + np.maximum(0, marks))


def pro_rata(amount: int, weights: Int64) -> Int64:
    """``amount`` divided by ``weights``: rounded down, the rest by the largest remainders, the first listed.

    Examples
    --------
    >>> pro_rata(10, np.array([1, 1, 1])).tolist(), pro_rata(5, np.array([0, 0])).tolist()
    ([4, 3, 3], [0, 0])
    """
    total = int(weights.sum())
    if total == 0 or amount == 0:
        return np.zeros(len(weights), dtype=np.int64)
    shares = [divmod(amount * weight, total) for weight in weights.tolist()]
    parts = np.array([whole for whole, _ in shares], dtype=np.int64)
    left = amount - int(parts.sum())
    for place in sorted(range(len(shares)), key=lambda at: (-shares[at][1], at))[:left]:
        parts[place] += 1
    return parts


def supplement(need: Int64, deposits: int, committed: int, largest: int) -> tuple[Int64, int]:
    """By member what it deposits so that the largest need of any member (Cover 1) can be met, and what lacks.

    Deposits and committed lines come first; then the ``largest`` members by need, first listed first, bring
    what lacks, pro rata of their needs. What the failing member deposited counts: it was paid in before.

    Examples
    --------
    Needs 90, 60, 30; deposits of 30 and lines of 20 leave 40 of 90, and the two largest bring it.

    >>> supplement(np.array([90, 60, 30]), 30, 20, 2)
    (array([24, 16,  0]), 0)
    >>> supplement(np.array([90, 60, 30]), 30, 20, 0)
    (array([0, 0, 0]), 40)
    """
    lacking = max(0, int(need.max(initial=0)) - deposits - committed)
    order = np.argsort(-need, kind="stable")[:largest]
    weights = np.zeros_like(need)
    weights[order] = need[order]
    brought = pro_rata(lacking, weights)
    return brought, lacking - int(brought.sum())
