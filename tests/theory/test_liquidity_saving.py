"""What queues, offsets and credit win back: on average, and where the hand can say it exactly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from simulator.kernels import state as st
from simulator.market.flow import DAY, MINUTE
from simulator.measures.delay import settlement_delay
from simulator.measures.liquidity import liquidity_need_by_member

from ..flows import GROSS, OPENS, ArrayFlow, results, settle

BATCH = {"layer": 3, "block": "24 h"}  # all of a day meets in one block, at the close
AFTER_THE_QUEUE = ("bilateral_offset", "ring_offset", "multilateral_offset", "exact_optimum")


def cents(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def holding(cash: int) -> dict:
    """Funding of this much for every member, without credit."""
    return {"funding": {"prefunding": cents(cash), "credit_limit": 0}}


def payments(seed: int, days: int, count: int, members: int) -> ArrayFlow:
    """Days of random payments, a second apart, of lognormal size (cv 1) about 100.00."""
    random = np.random.default_rng([11, seed])
    buyer = random.integers(members, size=days * count)
    seller = (buyer + random.integers(1, members, size=days * count)) % members
    cash = np.maximum(1, np.rint(10_000 * random.lognormal(-np.log(2) / 2, np.sqrt(np.log(2)), len(buyer))))
    times = np.arange(days)[:, None] * DAY + OPENS + (1 + np.arange(count)) * 1_000_000
    return ArrayFlow(times.ravel(), buyer, seller, cash=cash.astype(np.int64))


DAYS, COUNT, MEMBERS, STEPS = 200, 100, 8, 30


@pytest.fixture(scope="module")
def delays() -> np.ndarray:
    """ρ by (step of liquidity, day); the last step is enough for every member of every day."""
    flow = payments(1, DAYS, COUNT, MEMBERS)
    free = settle(flow, {"gross": GROSS}).records["gross"]
    enough = int(max(liquidity_need_by_member(day).max() for day in free))
    # Steps are closer where little is held: ρ bends there.
    levels = [enough * step**2 // (STEPS - 1) ** 2 for step in range(STEPS)]
    run = settle(flow, {f"{level}": {**GROSS, **holding(level)} for level in levels})
    ratios = [[settlement_delay(day) for day in run.records[f"{level}"]] for level in levels]
    return np.array([[float(Fraction(*ratio)) for ratio in row] for row in ratios])


def test_on_average_delay_falls_with_every_step_of_liquidity(delays):
    """DOMAIN 5, item 11, after Beyeler et al. (2007)."""
    means = delays.mean(axis=1)
    assert (np.diff(means) < 0).all(), means
    assert means[0] == 1  # nobody has anything, so nothing moves
    assert means[-1] == 0


def test_day_by_day_it_need_not_fall_and_the_exceptions_are_counted(delays):
    rises = np.diff(delays, axis=0) > 0
    print(f"more liquidity meant more delay on {rises.sum()} of {rises.size} steps")
    assert 0 < rises.sum() < rises.size / 10


def settled_ids(rows: list[list[int]]) -> set[int]:
    return {row[st.JOURNAL_ID] for row in rows if row[st.JOURNAL_SETTLED] >= 0}


class TestOffsetsAfterTheQueue:
    """DOMAIN 5, item 12: where passing has stopped, an offset only adds."""

    @pytest.mark.parametrize("rule", AFTER_THE_QUEUE)
    @pytest.mark.parametrize("securities", [False, True])
    def test_what_settles_without_an_offset_settles_with_it(self, rule, securities):
        """All of a day meets in one block; with securities, each day is a book of its own."""
        offset = {**BATCH, "liquidity_saving": {"rule": rule, "every": "24 h"}}
        arrangements = {"gross": BATCH, "offset": offset}
        added = 0
        for flow, participants in (
            deliveries() if securities else [(payments(2, 200, 30, 6), holding(10_000))]
        ):
            _, kept = results(flow, arrangements, participants)
            for name, day in kept:
                if name == "gross":
                    alone, helped = (settled_ids(kept[each, day]) for each in ("gross", "offset"))
                    assert alone <= helped
                    added += len(helped - alone)
        assert added > 0


def deliveries() -> Iterator[tuple[ArrayFlow, dict]]:
    """Books of a day in which half of the instructions deliver units that few have."""
    for seed in range(40):
        random = np.random.default_rng([12, seed])
        flow = payments(100 + seed, 1, 30, 5)
        units = np.where(random.random(30) < 0.5, random.integers(1, 4, 30), 0)
        yield (
            ArrayFlow(flow.time, flow.buyer, flow.seller, cash=flow.cash, units=units),
            {**holding(10_000), "holdings": "0.3 days"},
        )


@pytest.mark.parametrize("count", [2, 5, 6, 20, 50])
def test_a_ring_without_money_settles_only_by_a_rule_that_reaches_round_it(count):
    """Pairs reach two, rings five, the optimum twenty; the multilateral offset and the batch any number."""
    members = np.arange(count)
    flow = ArrayFlow(OPENS + members, members, (members + 1) % count, cash=np.full(count, 100))
    reach = {
        "bilateral_offset": 2,
        "ring_offset": 5,
        "exact_optimum": 20,
        "multilateral_offset": count,
        "batch_auction": count,
    }
    rules = {rule: {**BATCH, "liquidity_saving": {"rule": rule, "every": "24 h"}} for rule in reach}
    run, _ = results(flow, {"gross": BATCH, **rules}, holding(0))
    settled = {name: run.summary["arrangements"][name]["settled_value"] for name in ("gross", *rules)}
    assert settled == {"gross": 0, **{rule: 100 * count * (count <= reach[rule]) for rule in reach}}


class TestAutoCollateralisation:
    """What is bought stands for the loan that buys it, at a haircut h: a purchase of v needs h·v in cash."""

    @pytest.mark.parametrize(
        ("haircut", "needed"), [(0, 0), (2, 200), (10, 1_000), (50, 5_000), (100, 10_000)]
    )
    @pytest.mark.parametrize("dealers", [1, 2, 9])
    def test_along_a_chain_each_needs_the_haircut_of_what_it_buys(self, haircut, needed, dealers):
        """100 units at 100.00 in all are handed on; whoever sells repays, so one loan is out at a time."""
        hops = np.arange(dealers)
        flow = ArrayFlow(
            OPENS + hops * MINUTE, hops + 1, hops, cash=np.full(dealers, 10_000), units=np.full(dealers, 100)
        )
        auto = {"auto": {"against": "flow", "haircut": f"{haircut} %"}}
        each = {
            name: {**GROSS, "credit": credit, **holding(cash)}
            for name, credit, cash in (
                ("secured", auto, needed),
                ("a cent less", auto, max(0, needed - 1)),
                ("alone", {}, 10_000),
                ("alone, a cent less", {}, 9_999),
            )
        }
        run, _ = results(flow, each)
        found = run.summary["arrangements"]
        all_of_it = 10_000 * dealers
        settled = {name: one["settled_value"] for name, one in found.items()}
        assert settled == {
            "secured": all_of_it,
            "a cent less": 0 if needed else all_of_it,
            "alone": all_of_it,
            "alone, a cent less": 0,
        }
        assert found["secured"]["peak_intraday_credit"] == 10_000 - needed
        assert found["secured"]["credit_not_repaid"] == (10_000 - needed)  # the last dealer keeps the units

    @pytest.mark.parametrize("seed", range(8))
    def test_a_days_purchases_need_what_they_cost_less_what_they_are_worth(self, seed):
        """One buyer, many securities: Σ (cash − units × ⌊price × (1 − h)⌋), and not a cent less."""
        random = np.random.default_rng([13, seed])
        count, haircut = 40, int(random.integers(1, 60))
        security = np.concatenate([np.arange(8), random.integers(8, size=count - 8)])
        price = random.integers(50, 20_000, size=8)
        units = random.integers(1, 500, size=count)
        cash = units * price[security]
        worth = [floor(int(one) * Fraction(100 - haircut, 100)) for one in price]
        needed = sum(int(cash[i]) - int(units[i]) * worth[security[i]] for i in range(count))
        flow = ArrayFlow(
            OPENS + np.arange(count),
            np.zeros(count),
            1 + np.arange(count) % 3,
            cash=cash,
            units=units,
            security=security,
        )
        auto = {"auto": {"against": "flow", "haircut": f"{haircut} %"}}
        run, _ = results(
            flow,
            {
                name: {**GROSS, "credit": auto, **holding(held)}
                for name, held in (("enough", needed), ("a cent less", needed - 1))
            },
        )
        found = run.summary["arrangements"]
        assert found["enough"]["unsettled_count"] == 0
        assert found["enough"]["peak_intraday_credit"] == int(cash.sum()) - needed
        assert found["a cent less"]["unsettled_count"] == 1
