"""Delivery versus payment on a chain: whoever fails, and whenever, nobody has given up a leg for nothing.

That balances move by both legs of what settles, after every event and however receipts are locked, is held
in ``tests/test_ledger.py``; here it is held that what settles is never one leg, nor a part of one leg.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

import pytest

import simulator

from ..oracle.as_config import config_of
from ..oracle.book import Book, Instruction
from ..oracle.chain_families import chain_family
from ..oracle.families import family

FAMILIES = {"finality_and_queues": chain_family, "queues": family}


def moments(rows: Iterable[dict]) -> Iterator[list[dict]]:
    """What has settled, right after every instant at which something does."""
    settled = [row for row in rows if row["settled_at"] is not None]
    for time in sorted({row["settled_at"] for row in settled}):
        yield [row for row in settled if row["settled_at"] <= time]


def exchanged(book: Book, settled: list[dict]) -> Iterator[tuple[Instruction, Fraction, int, Fraction]]:
    """Of each instruction the cash agreed for the units that have moved, the cash that has, and how far the
    one may be from the other while some is left, parts being rounded to minor units.

    A payment delivers nothing and a free delivery is not paid for: neither is an exchange.
    """
    parts: dict[int, list[dict]] = defaultdict(list)
    for row in settled:
        parts[int(row["id"])].append(row)
    for one in book.instructions:
        rows = parts[one.order]
        if rows and one.units and one.cash and not one.internalised:
            units, cash = (sum(row[leg] for row in rows) for leg in ("units", "cash"))
            apart = Fraction(len(rows), 2) if units < one.units else Fraction(0)
            yield one, Fraction(one.cash * units, one.units), cash, apart


@pytest.mark.parametrize("name", FAMILIES)
def test_what_others_gave_a_member_is_worth_what_they_got_of_it(name):
    """At every moment, of every member and counterparty; and so no default tells of principal lost."""
    seen = in_parts = 0
    for seed in range(3):
        book, ways = FAMILIES[name](name, seed, arrangements=6)
        config = config_of(book, {way: one for way, one in ways.items() if one.layer == 3})
        config["margin"] = {"default": {"member": "largest", "day": 0}}
        result = simulator.run(config, instructions=True)
        for way in config["arrangements"]:
            for settled in moments(result.instructions.filter(arrangement=way).to_dicts()):
                given: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
                allowed: dict[frozenset[str], Fraction] = defaultdict(Fraction)
                for one, worth, paid, apart in exchanged(book, settled):
                    given[one.buyer, one.seller] += paid
                    given[one.seller, one.buyer] += worth
                    allowed[frozenset((one.buyer, one.seller))] += apart
                    seen, in_parts = seen + 1, in_parts + (apart > 0)
                for (member, other), amount in given.items():
                    difference = abs(amount - given[other, member])
                    assert difference <= allowed[frozenset((member, other))], (seed, way, member, other)
    assert seen > 50
    assert in_parts > 0
