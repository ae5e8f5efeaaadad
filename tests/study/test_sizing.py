"""The least funding: hand answers, searches that are not monotone, a market that it holds for."""

from __future__ import annotations

from fractions import Fraction

import pytest

import simulator
from simulator.config.errors import InputError
from simulator.report.sized import render_sized
from simulator.study.sizing import Violation, find_least
from tests.study.sweeps import MARKET

EXACT = {"size.precision": 0}


def sized(source, **size):
    return simulator.size(
        source, overrides={**EXACT, **{f"size.{key}": value for key, value in size.items()}}
    )


def by_member(one):
    return dict(zip(one.members, one.funding.tolist(), strict=True))


def test_the_ring_needs_100_of_each_or_of_one():
    """Five owe each other 100 in a ring, asked against the flow of money.

    The same each: the first to pay, E, needs 100. Of one alone: whoever holds 100 frees all others by 10:04.
    """
    each = sized("ring", arrangement="gross", by="amount")
    assert (each.level, each.total, each.one_per_cent_less_fails) == (100_00, 500_00, True)
    one = sized("ring", arrangement="gross", by="member")
    assert (one.total, sorted(by_member(one).values())) == (100_00, [0, 0, 0, 0, 100_00])
    assert (one.lower_bound, one.upper_bound) == (0, 400_00)


def test_the_ring_needs_nothing_where_it_is_offset():
    none = sized("ring", arrangement="gross_lsm", by="amount")
    assert (none.total, none.one_per_cent_less_fails) == (0, None)


def test_two_banks_need_norths_net_debit_and_400_of_south():
    """North pays 2 100 more than it is paid, so with less it cannot settle all; with 2 100 it can.

    South with 400: #0 (600) and #1 (800) wait; North's #2 brings 1 000 at 09:45: 1 400, exactly both. With a
    cent less #1 waits, so North lacks 300 for #3, and South has 1 199.99 where #10 asks 1 200 at 13:00.
    """
    assert sized("two_banks", arrangement="gross", by="amount").level == 2_100_00
    one = sized("two_banks", arrangement="gross", by="member")
    assert by_member(one) == {"North": 2_100_00, "South": 400_00}
    credit = sized("two_banks", arrangement="gross", by="member", what="credit_limit")
    assert by_member(credit) == by_member(one)


def test_a_sized_day_meets_its_target_and_1_per_cent_less_does_not():
    target = {"settled": "99.9 %", "within": "1 min", "days": "100 %"}
    config = {**MARKET, "days": 2, "size": {"target": target, "precision": "0.1 %", "seeds": 2}}
    found = simulator.size(config)
    assert found.share_of_days == 1
    assert (found.days, found.seeds) == (4, (3, 4))
    assert found.lower_bound < found.total <= found.upper_bound * 1.001
    if not found.violations:
        assert found.one_per_cent_less_fails
    text = render_sized(found)
    assert "99.9 % of value settles within 1 min on 100 % of days" in text
    assert "1 % less      fails" in text or "not monotone" in text


@pytest.mark.parametrize("points", [3, 4, 17, 101])
@pytest.mark.parametrize("least", [0, 1, 37, 500, 999, 1000])
def test_a_monotone_search_finds_the_very_unit(points, least):
    search = find_least(lambda levels: [level >= least for level in levels], 1000, points, Fraction(0))
    assert (search.level, search.violations) == (least, [])


def test_a_search_stops_within_its_precision_above():
    for least in (1, 777, 123_456):
        search = find_least(
            lambda levels, x=least: [each >= x for each in levels], 10**6, 9, Fraction(1, 100)
        )
        assert least <= search.level <= max(least + 1, least * 1.0102)


def test_what_holds_below_what_fails_is_told():
    holds = {0: False, 250: True, 500: False, 750: True, 1000: True}
    search = find_least(
        lambda levels: [holds.get(level, level > 600) for level in levels], 1000, 5, Fraction(0)
    )
    assert search.level == 601
    assert search.violations[0] == Violation(holds_at=250, fails_at=500)


def test_what_never_holds_is_refused():
    assert find_least(lambda levels: [False] * len(levels), 1000, 5, Fraction(0)) is None
    # #1 of two_banks waits for ALPHA, whatever the cash
    with pytest.raises(
        InputError, match=r"size\.target: does not hold at the upper bound of liquidity: at most"
    ):
        sized("two_banks", arrangement="gross", by="amount", target={"within": "1 s"})


def test_a_config_without_a_size_is_told_so():
    with pytest.raises(InputError, match="size: missing"):
        simulator.size("ring")
