"""The simulator agrees with the reference to the last unit on deliveries by book entry, alone and beside
netted trades."""

from __future__ import annotations

import pytest

from .book_families import BOOK_FAMILIES, book_entry_family
from .test_engine_agrees import compare


@pytest.mark.parametrize("name", BOOK_FAMILIES)
def test_engine_agrees_on_deliveries_by_book_entry(name):
    for seed in range(4):
        compare(f"{name} {seed}", *book_entry_family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(4, 254, 50))
@pytest.mark.parametrize("name", BOOK_FAMILIES)
def test_engine_agrees_on_deliveries_by_book_entry_at_length(name, first):
    for seed in range(first, first + 50):
        compare(f"{name} {seed}", *book_entry_family(name, seed))
