"""The simulator agrees with the reference to the last unit, on every book and under every arrangement."""

from __future__ import annotations

import pytest

import simulator

from .as_config import as_text, config_of
from .book import Arrangement, Book
from .books import arrangements_for, random_book
from .chain_measures import of_a_chain
from .engine import disagreements, smallest
from .families import FAMILIES, family
from .reference import settle


def check(seed: int) -> None:
    book = random_book(seed)
    compare(f"seed {seed}", book, arrangements_for(book))


def compare(label: str, book: Book, arrangements: dict[str, Arrangement]) -> None:
    try:
        found = disagreements(book, arrangements)
    except Exception as error:
        error.add_note(f"{label}\n{as_text(book)}")
        raise
    if found:
        # The arrangement with the fewest differences is the easiest to read.
        name = min(found, key=lambda one: len(found[one]))
        case, arrangement, differences = smallest(book, arrangements[name])
        listed = "\n".join([*differences[:12], as_text(case)])
        pytest.fail(
            f"{label}: {len(found)} of {len(arrangements)} differ: {', '.join([*found][:6])}\n"
            f"smallest case under {name}, {arrangement}\n{listed}"
        )


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_engine_agrees_on_small_books(first):
    for seed in range(first, first + 10):
        check(seed)


@pytest.mark.parametrize("first", [0, 5])
@pytest.mark.parametrize("name", FAMILIES)
def test_engine_agrees_on_each_mechanism(name, first):
    for seed in range(first, first + 5):
        compare(f"{name} {seed}", *family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(10, 25, 15))
@pytest.mark.parametrize("name", FAMILIES)
def test_engine_agrees_on_more_of_each_mechanism(name, first):
    for seed in range(first, first + 15):
        compare(f"{name} {seed}", *family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(25, 140, 23))
@pytest.mark.parametrize("name", FAMILIES)
def test_engine_agrees_on_each_mechanism_at_length(name, first):
    for seed in range(first, first + 23):
        compare(f"{name} {seed}", *family(name, seed))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(40, 80, 20))
def test_engine_agrees_on_more_small_books(first):
    for seed in range(first, first + 20):
        check(seed)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(80, 1100, 20))
def test_engine_agrees_on_a_thousand_small_books(first):
    for seed in range(first, first + 20):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, pytest.param(3, marks=pytest.mark.long)])
def test_engine_agrees_on_long_queues(first):
    """Books of 150, gross and without an offset, which the reference is too slow for."""
    for seed in range(first, 7 * first // 3 + 3):
        book = random_book(seed, count=150)
        arrangements = arrangements_for(book).items()
        gross = {name: one for name, one in arrangements if one.layer == 3 and not one.saving}
        compare(f"seed {seed}, 150 instructions", book, gross)


def test_every_measure_has_its_column():
    """Each stands in the summary and the days, and by member where it is a sum over members."""
    book = random_book(0)
    name, arrangement = next(iter(arrangements_for(book).items()))
    result = simulator.run(config_of(book, {name: arrangement}))
    measures = settle(book, arrangement)[0].measures
    by_member = {measure for of in measures.by_member.values() for measure in of if not of_a_chain(measure)}
    names = {measure for measure in measures.names() if not of_a_chain(measure)}
    assert names <= set(result.summary["arrangements"][name]) | {"trades"}
    assert names <= set(result.days.columns)
    assert by_member <= set(result.participants.columns)


def test_every_figure_of_a_facility_has_its_column():
    book, arrangements = family("credit", 0)
    columns = set(simulator.run(config_of(book, arrangements)).credit.columns)
    assert {"arrangement", "day", "facility", "rate", "peak", "mean", "interest", "not_repaid"} <= columns
