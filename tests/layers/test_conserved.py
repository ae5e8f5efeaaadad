"""Nothing is lost and nothing created: money of every pool, bank and account, and every instruction.

Books are kept beside each ledger (``tests/banks``) and held to after every call of it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pytest

import simulator
from simulator.layers.record import REASONS
from simulator.report.result import Result

from ..banks import Banks, banks
from ..oracle.as_config import config_of
from ..oracle.book import Arrangement, Book
from ..oracle.books import intervals_for
from ..oracle.chain_families import CHAIN_FAMILIES, chain_family, random_fault

__all__ = ["banks"]  # a fixture


def settle(book: Book, ways: dict[str, Arrangement], kept: list[Banks]) -> Result:
    """Run, and hold what came of every instruction and of every account to the book."""
    kept.clear()
    result = simulator.run(config_of(book, ways), instructions=True)
    assert len(kept) == len(ways)
    for name, books in zip(ways, kept, strict=True):
        rows = result.instructions.filter(arrangement=name).to_dicts()
        every_instruction_is_accounted_for(book, rows)
        values_and_counts_add_up(
            book, rows, result.summary["arrangements"][name], result.days.filter(arrangement=name).to_dicts()
        )
        legs = result.cash_legs.filter(arrangement=name)
        assert (legs["minted"].sum(), legs["redeemed"].sum()) == (books.minted, books.redeemed)
        if not books.ledger.mode.free:
            every_account_ends_with_what_it_had_got_and_paid(result, rows, books)
    return result


def every_instruction_is_accounted_for(book: Book, rows: list[dict]) -> None:
    """Each is settled, whole or in parts that add up, and what is left of it has its reason."""
    cash, units = defaultdict(int), defaultdict(int)
    for row in rows:
        cash[int(row["id"])] += row["cash"]
        units[int(row["id"])] += row["units"]
        assert row["settled_at"] is not None or row["waited_for"] in REASONS
    assert dict(cash) == {one.order: one.cash for one in book.instructions}
    assert dict(units) == {one.order: one.units for one in book.instructions}
    left = [row["id"] for row in rows if row["settled_at"] is None]
    assert len(left) == len(set(left))


def values_and_counts_add_up(book: Book, rows: list[dict], summary: dict, days: list[dict]) -> None:
    """By day and by reason, against the rows themselves."""
    for day in days:
        of_day = [row for row in rows if row["day"] == day["day"]]
        left = [row for row in of_day if row["settled_at"] is None]
        settled = [row for row in of_day if row["settled_at"] is not None]
        assert day["settled_value"] == sum(row["cash"] for row in settled)
        assert day["unsettled_value"] == sum(row["cash"] for row in left)
        assert day["unsettled_count"] == len(left)
        for reason in REASONS:
            waits = [row["cash"] for row in left if row["waited_for"] == reason]
            assert day[f"unsettled_value_{reason}"] == sum(waits), reason
            assert day[f"unsettled_count_{reason}"] == len(waits), reason
    assert sum(day["settled_value"] + day["unsettled_value"] for day in days) == sum(
        one.cash for one in book.instructions
    )
    assert summary["settlement_days"] == len(days) == book.trade_days


def every_account_ends_with_what_it_had_got_and_paid(result: Result, rows: list[dict], books: Banks) -> None:
    """Opening + minted − redeemed + received − paid = balance at the close, of each member on each day."""
    members = sorted({row[side] for row in rows for side in ("buyer", "seller")})
    order = [name for name in result.config.participants.members or members if name in members]
    place = {name: at for at, name in enumerate(order)}
    for day, (opening, brought, closing) in enumerate(books.days):
        moved = [0] * len(order)
        for row in rows:
            if row["day"] == day and row["settled_at"] is not None:
                moved[place[row["seller"]]] += row["cash"]
                moved[place[row["buyer"]]] -= row["cash"]
        assert (closing - opening - brought).reshape(-1, len(order)).sum(axis=0).tolist() == moved


def total(kept: Iterable[Banks], what: str) -> int:
    return sum(getattr(books, what) for books in kept)


@pytest.mark.parametrize("name", CHAIN_FAMILIES)
def test_money_and_instructions_are_conserved_on_every_chain(name, banks):
    happened = defaultdict(int)
    for seed in range(2):
        settle(*chain_family(name, 400 + seed), banks)
        for what in ("calls", "minted", "redeemed", "forced"):
            happened[what] += total(banks, what)
    assert happened["calls"] > 100
    if name in ("treasury", "treasury_and_legs", "chain"):
        assert happened["minted"] > 0
        assert happened["redeemed"] > 0


KINDS = ["chain_outage", "congestion", "cash_leg_frozen", "wallet_frozen", "member_silent"]


@pytest.mark.parametrize("kind", KINDS)
def test_over_a_fault_nothing_is_lost_and_nothing_created(kind, banks):
    """On books of cash legs and treasurers, in blocks that have room for a few, with two faults of a kind."""
    begun = 0
    for seed in range(2):
        book, ways = chain_family("treasury_and_legs", 500 + seed, arrangements=6)
        draw = random.Random(f"fault {kind} {seed}")
        faulty = {}
        for name, way in ways.items():
            if not way.legs:
                continue
            block = way.block or draw.choice(intervals_for(book))
            way = replace(way, block=block, capacity=draw.choice((1, 2, 3)), queue="fifo_bypass", faults=())
            faults = tuple(random_fault(draw, book, way, kind) for _ in range(2))
            faulty[name] = replace(way, faults=faults)
        result = settle(book, faulty, banks)
        assert set(result.events["event"]) == {kind}
        begins, ends = (result.events.filter(change=change).height for change in ("begins", "ends"))
        assert begins == ends
        begun += begins
    assert begun > 10


def test_units_that_are_moved_by_force_are_conserved(banks):
    """They leave one member and come to another, at most what was asked for."""
    for seed in range(8):
        settle(*chain_family("wallets", 600 + seed, arrangements=4), banks)
        if total(banks, "forced"):
            return
    pytest.fail("nothing was moved by force")
