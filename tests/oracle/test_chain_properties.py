"""What must hold of the reference on any book: what comes to the same settles and measures the same."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from .book import DAY, SECOND, Arrangement, Book
from .books import random_book
from .chain_families import CHAIN_FAMILIES, chain_family, with_hours
from .families import family
from .reference import SettlementDay, settle
from .terms import Fault, Leg, Prefunding, Registry, Treasury


def ways_of(seed: int) -> tuple[Book, list[Arrangement]]:
    """A book, and ways to settle it gross with queues, offsets and parts."""
    book, arrangements = family("queues", seed, arrangements=4)
    return book, [one for one in arrangements.values() if one.layer == 3]


def told(days: list[SettlementDay]) -> list:
    """All that is told of both, money but for what only legs and treasuries tell."""
    money = ("holding_cost", "topped_up", "withdrawn", "top_up_refused", "peak_supply")
    return [
        (
            day.fates,
            day.cash_before_squaring,
            day.holdings,
            {name: value for name, value in day.measures.figures.items() if name not in money},
        )
        for day in days
    ]


def without_legs(days: list[SettlementDay]) -> list:
    """The same with instructions as typed: in no leg."""
    for day in days:
        for fate in day.fates:
            fate.instruction = replace(fate.instruction, leg=None, pool="")
    return told(days)


@pytest.mark.parametrize("seed", range(10))
def test_finality_of_nothing_is_the_next_block_and_of_a_day_the_close(seed):
    book, ways = ways_of(seed)
    for way in ways:
        final = replace(way, reuse="at_finality")
        assert told(settle(book, final)) == told(settle(book, replace(way, reuse="next_block")))
        never = told(settle(book, replace(final, finality=DAY)))
        assert never == told(settle(book, replace(way, reuse="at_close")))


@pytest.mark.parametrize("seed", range(10))
def test_what_binds_nobody_changes_nothing(seed):
    """Room for all; all registered; faults that come after the close, or end before the open."""
    book, ways = ways_of(seed)
    plain_registry = Registry(tuple(book.members))
    faults = (Fault("chain_outage", DAY - SECOND), Fault("member_silent", 0, SECOND, member=book.active[0]))
    for way in ways:
        off = replace(way, wallets=plain_registry, faults=faults, capacity=99 if way.block else None)
        assert told(settle(book, off)) == told(settle(book, way))


@pytest.mark.parametrize("seed", range(10))
def test_legs_of_one_pool_are_one_money(seed):
    book, ways = ways_of(seed)
    split = len(book.members) // 2
    one = (Leg("only"),)
    two = (Leg("a", payers=tuple(book.members)[:split], pool="p"), Leg("b", pool="p"))
    for way in ways:
        for legs in (one, two):
            assert without_legs(settle(book, replace(way, legs=legs))) == told(settle(book, way))


@pytest.mark.parametrize("seed", range(10))
def test_treasurers_who_do_nothing_change_nothing(seed):
    """None tops up below nothing or withdraws above all there is, and nothing is held back.

    In blocks they settle what has waited between two; continuous, nothing waits that could settle.
    """
    book = replace(with_hours_of(seed), unlimited=False)
    idle = Treasury(every=SECOND * 7, top_up=(0, 0), withdraw=(10**12, 10**12))
    for reuse in ("at_once", "at_close"):
        way = Arrangement(3, reuse=reuse, funding=(20, 0))
        assert told(settle(book, replace(way, treasury=idle))) == told(settle(book, way))


def with_hours_of(seed: int) -> Book:
    return with_hours(random.Random(seed), random_book(seed))


@pytest.mark.parametrize("seed", range(10))
def test_prefunding_of_all_that_is_expected_is_known(seed):
    """Of one day, all that is expected settles every payment, if nothing else is short."""
    book = replace(with_hours_of(seed), ample=True)
    if book.trade_days == 1:
        (day,) = settle(book, Arrangement(3, funding=Prefunding(Fraction(1))))
        assert day.measures["unsettled_count"] == 0


@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_values_add_up_on_every_chain(name):
    """What settled and what did not are the flow; by reason, what did not is all that did not; and money
    outstanding moves only by what is minted and redeemed, which the reference itself holds to."""
    for seed in range(6):
        book, arrangements = chain_family(name, seed)
        for way in arrangements.values():
            for day in settle(book, way):
                m = day.measures.figures
                assert m["settled_value"] + m["unsettled_value"] == m["gross_value"]
                by_reason = [value for key, value in m.items() if key.startswith("unsettled_value_")]
                assert sum(by_reason) == m["unsettled_value"]
                queued = [value for key, value in m.items() if key.startswith("queued_value_")]
                assert sum(queued) >= m["unsettled_value"]
