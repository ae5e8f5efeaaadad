"""Which points are run: all combinations, samples that fill the space, one key at a time."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.config.varied import Listed, parse_varied
from simulator.study.design import AS_WRITTEN, design, latin_hypercube, saltelli

TWO = {"a": Listed((1, 2)), "b": parse_varied({"from": "1 s", "to": "3 s", "steps": 3})}


def test_a_grid_is_all_with_all_the_last_key_fastest():
    points = [(1, "1 s"), (1, "2 s"), (1, "3 s"), (2, "1 s"), (2, "2 s"), (2, "3 s")]
    assert design("grid", TWO, None, 0) == points


def test_nothing_varied_is_one_point():
    assert design("grid", {}, None, 0) == [()]


def test_one_at_a_time_is_the_config_then_each_key_at_its_ends():
    assert design("one_at_a_time", TWO, None, 0) == [
        (AS_WRITTEN, AS_WRITTEN),
        (1, AS_WRITTEN),
        (2, AS_WRITTEN),
        (AS_WRITTEN, "1 s"),
        (AS_WRITTEN, "3 s"),
    ]


@pytest.mark.parametrize("seed", [0, 7])
def test_a_latin_hypercube_has_one_place_in_each_equal_part_of_each_key(seed):
    places = latin_hypercube(4, 50, seed)
    assert (np.sort((places * 50).astype(int), axis=0) == np.arange(50)[:, None]).all()


def test_a_sample_hangs_on_its_seed_alone():
    assert (latin_hypercube(3, 9, 4) == latin_hypercube(3, 9, 4)).all()
    assert (latin_hypercube(3, 9, 4) != latin_hypercube(3, 9, 5)).any()
    assert (saltelli(3, 8, 4) != saltelli(3, 8, 5)).any()


def test_saltellis_plan_crosses_two_independent_samples():
    a, b, *crossed = saltelli(3, 64, 1).reshape(5, 64, 3)
    for key, one in enumerate(crossed):
        others = [each for each in range(3) if each != key]
        assert (one[:, key] == b[:, key]).all()
        assert (one[:, others] == a[:, others]).all()
    # Each of the six columns of A and B is balanced over halves, as a Sobol' sequence is.
    assert ((np.hstack([a, b]) < 0.5).sum(axis=0) == 32).all()


def test_a_sobol_plan_runs_its_base_sample_for_both_samples_and_every_key():
    points = design("sobol", TWO, 8, 0)
    assert len(points) == 8 * (2 + 2)
    assert {a for a, _ in points} == {1, 2}
    assert {b for _, b in points} == {"1 s", "2 s", "3 s"}  # whole ends, whole values
