"""Sobol' indices and swings, on functions whose indices are published or worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.config.load import load_config
from simulator.config.varied import parse_varied
from simulator.study.design import design
from simulator.study.job import Finished
from simulator.study.plan import make_plan
from simulator.study.sensitivity import indices, sobol_shares, swings
from simulator.study.store import Store
from simulator.study.sweep import Hands, run_sweep
from tests.study.sweeps import swept

PI = "3.14159265358979"


def test_ishigamis_function_has_its_published_indices():
    """Ishigami and Homma 1990, a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""
    vary = {f"x{k}": parse_varied({"from": f"-{PI}", "to": PI}) for k in (1, 2, 3)}
    points = np.array(design("sobol", vary, 4096, seed=1), dtype=float)
    x, y, z = points.T
    shares = sobol_shares(np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x), 3)
    first, total = [one[0] for one in shares], [one[3] for one in shares]
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)
    for _, low, high, whole, whole_low, whole_high in shares:
        assert low < high
        assert whole_low < whole < whole_high


def test_a_linear_function_shares_its_variance_by_squares():
    """f = 3x + 2y + z, uniform: 9/14, 4/14, 1/14, and nothing together."""
    vary = {name: parse_varied({"from": "0.0", "to": "1.0"}) for name in "xyz"}
    points = np.array(design("sobol", vary, 1024, seed=0), dtype=float)
    shares = sobol_shares(points @ [3.0, 2.0, 1.0], 3)
    for one, share in zip(shares, (9 / 14, 4 / 14, 1 / 14), strict=True):
        assert (one[0], one[3]) == (pytest.approx(share, abs=0.005), pytest.approx(share, abs=0.005))


def test_an_outcome_that_never_varies_has_no_indices():
    assert sobol_shares(np.ones(4 * 8), 2) == [(None,) * 6] * 2


class Function(Hands):
    """Hands that work out a function of a variant's values in place of a run."""

    def perform(self, jobs, done, memory):
        assert memory > 0
        from simulator.study.columns import measure_types

        for job in jobs:
            x = job.config.participants.concentration
            y = job.config.flow.size_cv
            nothing = dict.fromkeys(measure_types(), 0)
            need = round(1_000 * (4 * x + 3 * y))
            rows = (
                {**nothing, "arrangement": "net", "liquidity_need": 500},
                {**nothing, "arrangement": "gross", "liquidity_need": 500 + need},
            )
            done(Finished(job.key, rows))
        return []


VARY = {
    "participants.concentration": {"from": "0.0", "to": "1.0"},
    "flow.size_cv": {"from": "0.0", "to": "1.0"},
}


def test_a_whole_sweep_finds_what_moves_the_gap():
    """Gap 4x + 3y: 16/25 and 9/25 of the variance."""
    sweep = {"plan": "sobol", "runs": 128, "vary": VARY, "measures": ["liquidity_need"]}
    plan = make_plan(load_config(swept(sweep)))
    done = run_sweep(plan.config, Store(), Function(), plan=plan)
    found = {one.key: one for one in indices(plan, done.frame)}
    assert list(found) == ["participants.concentration", "flow.size_cv"]  # the largest first
    for key, share in (("participants.concentration", 0.64), ("flow.size_cv", 0.36)):
        assert (found[key].arrangement, found[key].measure) == ("gross", "liquidity_need")
        assert found[key].first == pytest.approx(share, abs=0.01)
        assert found[key].total == pytest.approx(share, abs=0.01)


def test_the_swing_of_each_key_around_the_config_as_written():
    """As written x = 0.5, y = 0.25: 2.75 thousand; x from 0.75 to 4.75, y from 2 to 5."""
    sweep = {"plan": "one_at_a_time", "vary": VARY, "measures": ["liquidity_need"]}
    market = swept(sweep, participants={"count": 6, "concentration": 0.5})
    market["flow"] = {**market["flow"], "size_cv": 0.25}
    plan = make_plan(load_config(market))
    done = run_sweep(plan.config, Store(), Function(), plan=plan)
    told = [
        (one.key, one.at_first, one.as_written, one.at_last, one.width) for one in swings(plan, done.frame)
    ]
    assert told == [
        ("participants.concentration", 750, 2750, 4750, 4000),
        ("flow.size_cv", 2000, 2750, 5000, 3000),
    ]
    assert math.isclose(sum(width for *_, width in told), 7000)
