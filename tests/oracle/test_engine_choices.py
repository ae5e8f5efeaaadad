"""Rules that search keep the limits, leave nothing that could settle alone, and only add to the queue."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simulator

from .as_config import as_text, config_of
from .book import HOUR, MINUTE, Arrangement, Book, Saving
from .books import intervals_for, random_book
from .by_hand import book_of, holding
from .properties import broken, left_apart

SEARCHING = ("ring_offset", "batch_auction")


def rows_of(book: Book, arrangements: dict[str, Arrangement]) -> dict[str, list[dict]]:
    """Every instruction with what the simulator made of it, by arrangement."""
    result = simulator.run(config_of(book, arrangements), instructions=True)
    found: dict[str, list[dict]] = {name: [] for name in arrangements}
    for row in result.instructions.to_dicts():
        found[row["arrangement"]].append(row)
    return found


def settled(rows: list[dict]) -> set[int]:
    return {int(row["id"]) for row in rows if row["settled_at"] is not None}


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_limit_breaks_and_nothing_is_left_that_could_settle_alone(first):
    for seed in range(first, first + 20):
        book = random_book(seed)
        fine, middling, coarse = intervals_for(book)
        arrangements = {
            f"{rule}_{block}": Arrangement(3, block, saving=(Saving(rule, middling),))
            for rule in SEARCHING
            for block in (None, fine, coarse)
        }
        for name, rows in rows_of(book, arrangements).items():
            assert [*broken(book, arrangements[name], rows)] == [], f"{seed}, {name}\n{as_text(book)}"


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_rings_at_the_close_only_add(first):
    """From what the queue leaves at the day's end, the rule settles more and undoes nothing."""
    for seed in range(first, first + 20):
        book = replace(random_book(seed), hours=None)
        if book.trade_days > 1:
            continue
        once = (Saving("ring_offset", 24 * HOUR),)
        rows = rows_of(book, {"plain": Arrangement(3), "rings": Arrangement(3, saving=once)})
        assert settled(rows["plain"]) <= settled(rows["rings"]), f"{seed}\n{as_text(book)}"


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_an_auction_settles_all_that_can_settle_together(first):
    for seed in range(first, first + 20):
        book = random_book(seed)
        _, middling, coarse = intervals_for(book)
        arrangements = {
            str(block): Arrangement(3, block, saving=(Saving("batch_auction"),))
            for block in (middling, coarse)
        }
        for name, rows in rows_of(book, arrangements).items():
            assert [*left_apart(book, arrangements[name], rows)] == [], f"{seed}, {name}\n{as_text(book)}"


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_ring_of_up_to_five_is_found(n):
    """N equal payments in a ring, nobody with cash: one by one none settles."""
    names = [f"M{k}" for k in range(n)]
    ring = [(k, names[k], names[(k + 1) % n], 10) for k in range(n)]
    book = book_of(holding(**dict.fromkeys(names, 0)), *ring)
    for rule in SEARCHING:
        way = Arrangement(3, block=MINUTE, saving=(Saving(rule, MINUTE),))
        rows = rows_of(book, {"one": way})["one"]
        assert settled(rows) == set(range(n)), rule
