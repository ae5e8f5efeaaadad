"""Which points a sweep runs: all combinations, or a sample that fills the space of what varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from simulator.config.varied import Varied

if TYPE_CHECKING:
    from simulator.measures.network import Float64

SAMPLE = 64
"""Points of a sample, unless a sweep says otherwise."""

AS_WRITTEN = object()
"""In place of a value: the one that the config has."""

Point = tuple[Any, ...]
"""A value for each key that varies, in their order, or ``AS_WRITTEN``."""


def design(plan: str, vary: Mapping[str, Varied], runs: int | None, seed: int) -> list[Point]:
    """The points of a plan; a single one, with nothing varied, where no key varies.

    Parameters
    ----------
    runs : points of a Latin hypercube, base sample of a Sobol plan
    seed : of the sample, which is the same wherever it is drawn

    Examples
    --------
    >>> from simulator.config.varied import Listed
    >>> design("grid", {"a": Listed((1, 2)), "b": Listed(("x", "y"))}, None, 0)
    [(1, 'x'), (1, 'y'), (2, 'x'), (2, 'y')]
    """
    axes = list(vary.values())
    if not axes:
        return [()]
    if plan == "grid":
        return list(product(*(axis.values() for axis in axes)))
    if plan == "one_at_a_time":
        return _one_at_a_time(axes)
    if plan == "latin_hypercube":
        return at_places(axes, latin_hypercube(len(axes), runs or SAMPLE, seed))
    return at_places(axes, saltelli(len(axes), runs or SAMPLE, seed))


def at_places(axes: Sequence[Varied], places: Float64) -> list[Point]:
    """Places in the unit cube, one row a point, as values."""
    return [tuple(axis.at(float(place)) for axis, place in zip(axes, row, strict=True)) for row in places]


def _one_at_a_time(axes: Sequence[Varied]) -> list[Point]:
    """The config as written, then each key at its first and at its last value."""
    points: list[Point] = [(AS_WRITTEN,) * len(axes)]
    for at, axis in enumerate(axes):
        for value in dict.fromkeys((0.0, 1.0)):
            point: list[Any] = [AS_WRITTEN] * len(axes)
            point[at] = axis.at(value)
            points.append(tuple(point))
    return points


def latin_hypercube(keys: int, points: int, seed: int) -> Float64:
    """Places of which every key has one in each of ``points`` equal parts.

    Source: McKay, Beckman and Conover 1979.

    Examples
    --------
    >>> sorted((latin_hypercube(2, 4, seed=1)[:, 0] * 4).astype(int).tolist())
    [0, 1, 2, 3]
    """
    from scipy.stats import qmc

    from simulator.market.streams import stream

    return qmc.LatinHypercube(keys, rng=stream(seed, "latin hypercube")).random(points)


def saltelli(keys: int, base: int, seed: int) -> Float64:
    """Two independent samples A and B, then A with each column of B in turn: ``base`` × (keys + 2) places.

    Source: Saltelli et al. 2010, "Variance based sensitivity analysis", on scrambled Sobol' sequences.

    Examples
    --------
    >>> places = saltelli(3, 8, seed=0)
    >>> a, b, first, second, third = places.reshape(5, 8, 3)
    >>> bool((first[:, 0] == b[:, 0]).all() and (first[:, 1:] == a[:, 1:]).all())
    True
    """
    import numpy as np
    from scipy.stats import qmc

    from simulator.market.streams import stream

    both = qmc.Sobol(2 * keys, scramble=True, rng=stream(seed, "sobol plan")).random(base)
    a, b = both[:, :keys], both[:, keys:]
    crossed = []
    for key in range(keys):
        crossed.append(a.copy())
        crossed[-1][:, key] = b[:, key]
    return np.concatenate([a, b, *crossed])
