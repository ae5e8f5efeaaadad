"""The simulator agrees with the reference to the last unit on what a chain adds, alone and together."""

from __future__ import annotations

import pytest

from .chain_families import CHAIN_FAMILIES, chain_family
from .test_engine_agrees import compare


@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_engine_agrees_on_each_mechanism_of_a_chain(name):
    for seed in range(4):
        compare(f"{name} {seed}", *chain_family(name, seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_engine_agrees_on_more_of_each_mechanism_of_a_chain(name):
    for seed in range(4, 10):
        compare(f"{name} {seed}", *chain_family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(10, 130, 20))
@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_engine_agrees_on_each_mechanism_of_a_chain_at_length(name, first):
    for seed in range(first, first + 20):
        compare(f"{name} {seed}", *chain_family(name, seed))
