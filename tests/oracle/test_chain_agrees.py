"""The simulator agrees with the reference to the last unit on what a chain adds, alone and together."""

from __future__ import annotations

import pytest

import simulator

from .as_config import config_of
from .chain_families import CHAIN_FAMILIES, chain_family
from .reference import settle
from .test_engine_agrees import compare


@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_engine_agrees_on_each_mechanism_of_a_chain(name):
    for seed in range(8):
        compare(f"{name} {seed}", *chain_family(name, seed))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(8, 108, 50))
@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_engine_agrees_on_each_mechanism_of_a_chain_at_length(name, first):
    for seed in range(first, first + 50):
        compare(f"{name} {seed}", *chain_family(name, seed))


def test_every_measure_of_a_chain_has_its_column():
    """Each stands in the summary and the days, and by member where it is a sum over members."""
    book, arrangements = chain_family("treasury_and_legs", 0)
    name, arrangement = next((key, way) for key, way in arrangements.items() if way.legs and way.treasury)
    result = simulator.run(config_of(book, {name: arrangement}))
    measures = settle(book, arrangement)[0].measures
    by_member = {measure for of in measures.by_member.values() for measure in of}
    assert set(measures.names()) <= set(result.summary["arrangements"][name]) | {"trades"}
    assert set(measures.names()) <= set(result.days.columns)
    assert by_member <= set(result.participants.columns)
