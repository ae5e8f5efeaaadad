"""The simulator agrees with the reference to the last unit on what a clearing house carries."""

from __future__ import annotations

import pytest

from .netting_families import NETTING_FAMILIES, netting_family
from .test_engine_agrees import compare


@pytest.mark.parametrize("name", NETTING_FAMILIES)
def test_engine_agrees_on_continuous_net_settlement(name):
    for seed in range(5):
        compare(f"{name} {seed}", *netting_family(name, seed))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(5, 65, 30))
@pytest.mark.parametrize("name", NETTING_FAMILIES)
def test_engine_agrees_on_continuous_net_settlement_at_length(name, first):
    for seed in range(first, first + 30):
        compare(f"{name} {seed}", *netting_family(name, seed))
