"""What must hold of carried positions in every random book, whatever the arrangement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from .book import Arrangement, Book
from .hours import entered
from .netting_families import NETTING_FAMILIES, netting_family
from .reference import SettlementDay, settle
from .terms import BuyIn, Carry
from .wallets import net_outflow


def carrying(seed: int) -> tuple[Book, list[Arrangement]]:
    book, arrangements = netting_family("house", seed)
    return book, [one for one in arrangements.values() if one.carry is not None]


def told(days: list[SettlementDay]) -> list:
    """All that is told of both, positions but for their age and what only a house that carries tells."""
    return [
        (day.fates, day.cash_before_squaring, day.holdings, day.measures.figures, day.measures.ratios)
        for day in days
    ]


def by_position(days: list[SettlementDay]) -> list:
    return [sorted(day.still_open, key=repr) for day in days]


@pytest.mark.parametrize("seed", range(8))
def test_the_clearing_house_is_flat_in_units_and_cash(seed):
    """Of every security positions add up to nothing; payments to what a buy-in costs, which goes outside."""
    book, arrangements = carrying(seed)
    for way in arrangements:
        for day in settle(book, way):
            units = defaultdict(int)
            for one in day.still_open:
                units[one.security] += one.units
            assert not any(units.values())
            *earlier, last = [sum(payment.values()) for payment in day.payments]
            assert not any(earlier)
            assert last == day.measures["bought_in_value"] + day.measures["buy_in_cost"]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_paid_for_what_is_not_delivered(seed):
    """Without buy-ins: what a member has paid in all is what was due, less its open positions at their price;
    what it holds is what it brought and bought, less what is open."""
    book, arrangements = carrying(seed)
    for way in arrangements:
        way = replace(way, carry=replace(way.carry, buy_in=None))
        paid = defaultdict(int)
        due = []
        for trade_day, day in enumerate(settle(book, way)):
            for payment in day.payments:
                for (member, _), out in payment.items():
                    paid[member] += out
            due += [one for one in entered(book, way) if one.day == trade_day]
            cash, units = net_outflow(due)
            for member in book.active:
                value = sum(one.units * one.price for one in day.still_open if one.member == member)
                assert paid[member] == cash[member, ""] - value
            still_open = {(one.member, one.security): one.units for one in day.still_open}
            if not (book.ample or way.holdings == "ample"):
                for member in book.active:
                    for security in {one.security for one in due if one.security}:
                        key = (member, security)
                        brought = book.members[member].holdings.get(security, 0)
                        assert day.holdings.get(key, 0) == brought - units[key] - still_open.get(key, 0)


@pytest.mark.parametrize("seed", range(8))
def test_after_a_buy_in_no_long_is_old(seed):
    """Bought in after a day and for the price alone."""
    book, arrangements = carrying(seed)
    for way in arrangements:
        days = settle(book, replace(way, carry=replace(way.carry, buy_in=BuyIn(1))))
        for day in days:
            assert all(one.age == 0 for one in day.still_open if one.units > 0)
            assert day.measures["buy_in_cost"] == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_first_day_knows_nothing_of_carrying(seed):
    """One cycle: nothing has come in, so that fails, payments and all measures are those of a plain house."""
    book, arrangements = carrying(seed)
    for way in arrangements:
        way = replace(way, carry=Carry(), cycles=None)
        first, plain = settle(book, way)[0], settle(book, replace(way, carry=None))[0]
        assert told([first]) == told([plain])
        assert first.payments == plain.payments
        assert sorted(first.fails, key=repr) == sorted(plain.fails, key=repr)


@pytest.mark.parametrize("seed", range(8))
def test_one_cycle_is_plain_netting_of_the_day(seed):
    book, arrangements = carrying(seed)
    for way in arrangements:
        way = replace(way, settles=0, cut_off=None)
        one, plain = (settle(book, replace(way, cycles=cycles)) for cycles in (("count", 1), None))
        assert told(one) == told(plain)
        assert [day.still_open for day in one] == [day.still_open for day in plain]


@pytest.mark.parametrize("seed", range(8))
def test_with_ample_holdings_nothing_is_carried(seed):
    book, arrangements = carrying(seed)
    for way in arrangements:
        way = replace(way, holdings="ample")
        days = settle(book, way)
        assert told(days) == told(settle(book, replace(way, carry=None)))
        assert not any(day.still_open for day in days)


@pytest.mark.parametrize("seed", range(8))
def test_a_night_brings_units_forward_and_changes_no_figure(seed):
    """One pool after another fills longs in one order, so that by the cut-off all is as without a night."""
    book, arrangements = carrying(seed)
    for way in arrangements:
        without = replace(way, carry=replace(way.carry, night=None, exemptions={}))
        days, plain = settle(book, way), settle(book, without)
        assert told(days) == told(plain)
        assert by_position(days) == by_position(plain)


def test_the_families_fail_carry_mark_and_buy_in():
    """What is drawn would prove nothing if everything were delivered."""
    seen = defaultdict(int)
    for name in NETTING_FAMILIES:
        for seed in range(4):
            book, arrangements = netting_family(name, seed)
            for way in arrangements.values():
                for day in settle(book, way):
                    m = day.measures
                    for measure in (
                        "marks",
                        "carried_value",
                        "bought_in_value",
                        "buy_in_cost",
                        "units_moved",
                    ):
                        seen[measure] += m[measure] > 0
                    seen["old"] += m["oldest_fail"] > 1
                    seen["in part"] += m["units_moved"] > 0 and m["unsettled_count"] > 0
    assert min(seen.values()) > 10, dict(seen)
