"""Asking what an arrangement costs changes nothing else: not a figure, not the order of one settlement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import simulator
from simulator.market.open import open_flow
from simulator.measures import cost
from simulator.measures.catalogue import COSTS
from simulator.simulation import simulate

from ..oracle.as_config import config_of
from ..oracle.book import Arrangement, Book
from ..oracle.book_families import book_entry_family
from ..oracle.books import arrangements_for, random_book
from ..oracle.chain_families import chain_family
from ..oracle.families import family
from ..oracle.netting_families import netting_family

ASKED = {
    "default_fund": {"amount": "3 M", "rate": "7 %"},
    "committed_lines": {"amount": "1 bn"},
    "clearing_fee": "0.0437",
    "fails": "9.99 %",
}
OTHERS = ("timeline", "network", "delays", "credit", "cash_legs", "events", "fails", "pilot", "instructions")
TOTALS = (*COSTS, "cost", "cost_bp", "cost_year")

Case = tuple[Book, dict[str, Arrangement]]


def deliveries(name: str, seed: int) -> Case:
    """Book entry of everything, or beside a netted rest."""
    return book_entry_family(name, seed)


def plenty(seed: int) -> Case:
    """Every sixth of the usual ways where cash is unlimited and holdings are ample, so that nothing waits."""
    book = replace(random_book(seed), unlimited=True, ample=True)
    return book, dict([*arrangements_for(book).items()][seed::6])


def cases() -> Iterator[tuple[str, Case]]:
    for seed in range(2):
        yield f"plenty {seed}", plenty(seed)
    for name in ("lines", "queues", "lending", "all"):
        yield name, family(name, 0)
    for name in (
        "finality_and_queues",
        "room_and_queues",
        "legs_and_queues",
        "treasury",
        "prefunding",
        "chain",
    ):
        yield name, chain_family(name, 1)
    yield "house", netting_family("house", 0)
    for name in ("deliveries", "beside_a_house"):
        yield name, deliveries(name, 0)


CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_costs_change_no_other_figure(name):
    config = config_of(*CASES[name])
    without = simulator.run(config, instructions=True)
    priced = simulator.run({**config, "costs": ASKED}, instructions=True)
    for table in OTHERS:
        ours, theirs = getattr(priced, table), getattr(without, table)
        assert ours is theirs is None or ours.equals(theirs), table
    for ours, theirs in ((priced.days, without.days), (priced.participants, without.participants)):
        for column in theirs.columns:
            if column not in TOTALS:
                assert ours[column].equals(theirs[column]), column


@pytest.mark.parametrize("name", CASES)
def test_what_costs_add_up_to(name):
    """Components to the cost, members to the whole, and what each has drawn to what all have drawn."""
    config = simulator.load({**config_of(*CASES[name]), "costs": ASKED})
    for days in simulate(config, open_flow(config)).records.values():
        for day in days:
            by_member = [component(day) for component in cost.COMPONENTS.values()]
            assert sum(int(each.sum()) for each in by_member) == cost.cost(day)
            assert sum(by_member).tolist() == cost.cost_by_member(day).tolist()
            # Who gives back more than it brought, out of receipts, is paid for it.
            assert min(each.min() for each in by_member[1:]) >= 0
            if not day.credit:
                assert sum(day.cost_day.drawn_time) == day.drawn_time
            elif len(day.credit) == 1 and day.credit[0].name == "credit_limit":
                assert day.cost_day.drawn_time == day.credit[0].drawn_time
