"""Layer 1: a token stands for the security, and everything settles as at layer 2."""

from __future__ import annotations

import pytest

import simulator

from ..flows import results
from .test_continuous_net import WAYS, random_flow

PARTICIPANTS = {"holdings": "1 days"}
TABLES = ("days", "participants", "timeline", "delays", "fails")


@pytest.mark.parametrize("way", [{}, {"settles": "T+0", "cycles": 3}, *WAYS.values()], ids=str)
def test_a_tape_at_layers_1_and_2_gives_identical_figures_but_the_layer(way):
    represented, netted = (
        results(random_flow(3), {"settled": {**way, "layer": layer}}, PARTICIPANTS) for layer in (1, 2)
    )
    found, expected = (each[0].summary["arrangements"]["settled"] for each in (represented, netted))
    assert (found.pop("layer"), expected.pop("layer")) == (1, 2)
    assert found == expected
    assert represented[1] == netted[1]
    assert represented[0].days["layer"].unique().to_list() == [1]
    for name in TABLES:
        one, other = (getattr(each[0], name) for each in (represented, netted))
        if other is not None:
            assert one.drop("layer", strict=False).equals(other.drop("layer", strict=False)), name


def test_the_finding_sets_it_against_gross_settlement_and_words_tell_it():
    arrangements = {"tokens": {"layer": 1}, "net": {"layer": 2}, "gross": {"layer": 3}}
    result = simulator.run(
        {
            "flow": {"instructions": [{"time": "10:00", "buyer": "A", "seller": "B", "cash": 5}]},
            "arrangements": arrangements,
        }
    )
    assert result.words["tokens"] == "netting T+1, tokens stand for securities"
    assert result.finding.startswith("Settling gross (gross")
    assert simulator.check(result.config)
