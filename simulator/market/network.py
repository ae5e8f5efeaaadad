"""Who trades with whom: a core that trades with everybody, and a periphery that trades only with the core.

The share of trades between two members who trade at all is the product of their *strengths*, the form
that iterative proportional fitting of activityᵢ × activityⱼ converges to. Given the activities, all
strengths follow from one unknown, so they are solved exactly, and buying and selling tilts have a closed
form. Nothing here is larger than a row a member; the graph itself is drawn only for those who look at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.market.participants import Float64

if TYPE_CHECKING:
    import networkx as nx

LARGEST_SHARE = 0.499
"""Of all sides, for one member and for the periphery as a whole. At ½ every trade would have them on one
side and nobody else could trade with anybody; a little room keeps every link open."""


@dataclass(frozen=True, slots=True, eq=False)
class CounterpartyNetwork:
    """A core-periphery network of expected trading, members in order of rank, the core first.

    Attributes
    ----------
    activity : float64, share of all sides that each member stands on, summing to 1
    strength : float64; share of all trades between i and j = strengthᵢ × strengthⱼ if i ≠ j and one of
        them is in the core, else 0
    core : number of members in the core, ≥ 2
    issuers : whether the core are issuers, who trade with the periphery only; strengths are then such that
        share of all trades = strengthᵢ × strengthⱼ between the core and the periphery, else 0
    """

    activity: Float64
    strength: Float64
    core: int
    issuers: bool = False

    def tilts(self, imbalances: Float64) -> Float64:
        """Potentials x such that a tilt of xᵢ − xⱼ gives every member exactly its expected imbalance.

        With P(i buys from j) = ½(1 + xᵢ − xⱼ), member i's (bought − sold)/activity is δᵢ in expectation
        for all i at once: x solves the Laplacian equation of the network,
        Σⱼ wᵢⱼ(xᵢ − xⱼ) = δᵢ Σⱼ wᵢⱼ. As wᵢⱼ = strengthᵢ × strengthⱼ it reads off row by row; T is the
        sum of all strengths and A that of the core:

            core: xᵢ = δᵢ (1 − strengthᵢ / T)        periphery: xⱼ = δⱼ + Σ_core δ·2·activity / (T·A)

        With issuers, xᵢ = δᵢ + Σ_periphery δ·2·activity for them, and xⱼ = δⱼ for those who invest.

        Parameters
        ----------
        imbalances : float64, δ of each member, activity-weighted sum 0

        Examples
        --------
        Two members, one buying 10 % more than it sells:

        >>> network = fit_network(np.array([0.5, 0.5]), 2)
        >>> network.tilts(np.array([0.1, -0.1])).tolist()
        [0.05, -0.05]
        """
        core, total = slice(self.core), self.strength.sum()
        potentials = imbalances.copy()
        if self.issuers:
            # Every row of weights is 2 × activity, so what investors buy on balance shifts all issuers alike.
            potentials[core] += 2.0 * (imbalances[self.core :] * self.activity[self.core :]).sum()
            return potentials
        potentials[core] *= 1.0 - self.strength[core] / total
        # Not np.dot: its last digit may hang on the number of threads.
        bought_by_core = 2.0 * (imbalances[core] * self.activity[core]).sum()
        potentials[self.core :] += bought_by_core / (total * self.strength[core].sum())
        return potentials

    def graph(self, names: tuple[str, ...], types: tuple[str, ...]) -> nx.Graph:
        """The network for analysis: nodes carry ``type``, ``activity`` and ``core``, edges ``weight``.

        ``activity`` is a share of all sides and ``weight`` a share of all trades, both summing to 1.
        """
        import networkx as nx

        graph = nx.Graph()
        for place, (name, kind) in enumerate(zip(names, types, strict=True)):
            graph.add_node(name, type=kind, activity=float(self.activity[place]), core=place < self.core)
        for place in range(self.core):
            first = self.core if self.issuers else place + 1
            others = names[first:]
            weights = (self.strength[place] * self.strength[first:]).tolist()
            graph.add_weighted_edges_from(
                (names[place], other, weight) for other, weight in zip(others, weights, strict=True)
            )
        return graph


def count_core(share: float, members: int) -> int:
    """Members in the core: the nearest whole number, at least the two that any trade takes.

    >>> count_core(0.2, 150), count_core(0.2, 3), count_core(1.0, 2)
    (30, 2, 2)
    """
    return min(max(2, round(share * members)), members)


def nearest_feasible(shares: Float64, core: int) -> Float64:
    """Shares of activity that a network without self-trading can carry, as near as may be.

    Nobody trades with themselves, so no member can stand on more than half of all sides; the periphery
    trades only with the core, so neither can it as a whole. What is too much is cut to
    ``LARGEST_SHARE`` and handed to the rest in proportion.

    >>> nearest_feasible(np.array([0.6, 0.3, 0.1]), 3).round(5).tolist()
    [0.499, 0.37575, 0.12525]
    """
    activity = shares / shares.sum()
    if len(activity) == 2:
        return np.array([0.5, 0.5])
    first, second = slice(0, 1), slice(1, 2)
    _cut(activity, first, slice(1, None))
    _cut(activity, second, slice(2, None))
    if core < len(activity):
        _cut(activity, slice(core, None), slice(0, core))
        _cut(activity, first, slice(1, core))
    return activity


def _cut(activity: Float64, crowded: slice, others: slice) -> None:
    """Hand what a group holds beyond ``LARGEST_SHARE`` to others, in proportion; changed in place."""
    held = activity[crowded].sum()
    if held > LARGEST_SHARE:
        activity[crowded] *= LARGEST_SHARE / held
        activity[others] *= 1.0 + (held - LARGEST_SHARE) / activity[others].sum()


def fit_issuers(shares: Float64, core: int) -> CounterpartyNetwork:
    """The network of issuers and investors: either side stands on half of all sides, by its shares.

    >>> network = fit_issuers(np.array([0.4, 0.3, 0.2, 0.1]), 2)
    >>> network.activity.round(4).tolist()
    [0.2857, 0.2143, 0.3333, 0.1667]
    >>> round(float(network.strength[0] * network.strength[2]), 4)  # 4/7 of issuing × 2/3 of investing
    0.381
    """
    activity = shares.astype(np.float64, copy=True)
    for side in (slice(core), slice(core, None)):
        activity[side] *= 0.5 / activity[side].sum()
    return CounterpartyNetwork(activity, 2.0 * activity, core, issuers=True)


def fit_network(shares: Float64, core: int) -> CounterpartyNetwork:
    """The network whose members are as active as their shares say.

    A member of the core trades q = a(T − a) with all others, one of the periphery q = bA with the core,
    where q is twice the activity, a and b strengths, A = Σa and T = Σa + Σb. So a = (T − √(T² − 4q))/2,
    or, for the largest member only, perhaps the other root, and T is found by bisection of
    A + Σ_periphery q / A = T.

    Parameters
    ----------
    shares : float64, wanted share of all sides by member, falling with rank
    core : number of members in the core, 2 … all

    Examples
    --------
    Four equal members who all trade with each other: each of six pairs has a sixth of the trades.

    >>> network = fit_network(np.full(4, 0.25), 4)
    >>> bool(np.isclose(network.strength[0] * network.strength[1], 1 / 6))
    True
    """
    activity = nearest_feasible(shares, core)
    if len(activity) == 2:
        return CounterpartyNetwork(activity, np.ones(2), 2)
    sides = 2.0 * activity[:core]
    periphery = 2.0 * activity[core:].sum()

    def small_roots(total: float) -> Float64:
        return 2.0 * sides / (total + np.sqrt(np.maximum(total * total - 4.0 * sides, 0.0)))

    def strengths(total: float, dominant: bool) -> Float64:
        roots = small_roots(total)
        if dominant:
            roots[0] = total - roots[0]
        return roots

    def excess(total: float, dominant: bool) -> float:
        roots = small_roots(total)
        others = periphery / strengths(total, dominant).sum()
        # With the large root, A − T is taken as −(small root) + the rest: no digits cancel.
        return others + (roots[1:].sum() - roots[0] if dominant else roots.sum() - total)

    low = 2.0 * float(np.sqrt(sides[0]))
    dominant = excess(low, False) < 0.0
    high = 2.0 * low
    while (excess(high, dominant) < 0.0) == dominant:
        low, high = high, 2.0 * high
    while low < (middle := 0.5 * (low + high)) < high:
        if (excess(middle, dominant) < 0.0) == dominant:
            low = middle
        else:
            high = middle
    strength = strengths(low, dominant)
    return CounterpartyNetwork(
        activity, np.concatenate((strength, 2.0 * activity[core:] / strength.sum())), core
    )
