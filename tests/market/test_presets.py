"""Every market preset trades the value, the count, the hours and the securities it states, by whom it states.

Counts are scaled down; tolerances are four or five standard errors from theory, and seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

from simulator.config.files import shipped_configs
from simulator.config.load import load_config
from simulator.market.flow import HOUR
from simulator.market.open import open_flow

UNLIKELY = 1e-4
DAYS, TRADES = 5, 20_000

# Value a day, minor units: SIFMA as the article has it, or what the preset derives from a stock.
VALUES = {
    "us_equities": 798 * 10**11,
    "treasuries": 1_047 * 10**11,
    "corporate_bonds": 276 * 10**10,
    "agency_mbs": 3_512 * 10**10,
    "non_agency_mbs_abs": 374 * 10**9,
    "etfs": 200 * 10**11,
    "money_market_funds": 4 * 78 * 10**11,  # 4 % of 7.8 tn
    "tokenized_treasuries": 139 * 10**8,  # 1.5 % of 9.25 bn
}
MEMBERS = {
    "us_equities": 150,
    "treasuries": 218,
    "corporate_bonds": 150,
    "agency_mbs": 100,
    "non_agency_mbs_abs": 80,
    "etfs": 150,
    "money_market_funds": 200,
    "tokenized_treasuries": 60,
}
ISSUERS = {"money_market_funds": 40, "tokenized_treasuries": 9}


def test_every_shipped_synthetic_market_is_tested_here():
    shipped = {name.removeprefix("markets/") for name in shipped_configs() if name.startswith("markets/")}
    assert shipped - {"us_equities_slice", "repo"} == set(VALUES)  # repo has its own, below


@pytest.mark.parametrize("market", VALUES)
def test_a_preset_trades_what_it_states(market):
    few = {"days": DAYS, "flow.trades_per_day": TRADES, "seed": 11}
    config = load_config(f"markets/{market}", few)
    flow, stated = open_flow(config), config.flow
    chunks = list(flow.chunks())
    time, buyer, seller, security, cash = (
        np.concatenate([getattr(chunk, name) for chunk in chunks])
        for name in ("time", "buyer", "seller", "security", "cash")
    )
    assert stated.daily_value == VALUES[market]
    assert len(cash) == DAYS * TRADES
    cv = stated.size_cv
    assert cash.sum() / DAYS == pytest.approx(VALUES[market], rel=4 * cv / np.sqrt(DAYS * TRADES))

    weights = np.array(stated.profile) / sum(stated.profile)
    length = (stated.hours.closes - stated.hours.opens) / len(weights)
    midnights = np.concatenate([np.full(len(chunk), flow.days[chunk.day].midnight) for chunk in chunks])
    part = ((time - midnights - stated.hours.opens) / length).astype(int)
    counts = np.bincount(part, minlength=len(weights))
    assert stats.chisquare(counts, weights * len(time)).pvalue > UNLIKELY

    by_rank = np.arange(1.0, MEMBERS[market] + 1) ** -config.participants.concentration
    if market in ISSUERS:
        core = ISSUERS[market]
        assert ((buyer < core) != (seller < core)).all()  # a fund against an investor, both ways
        assert 0.4 < np.mean(seller < core) < 0.6
        by_rank = np.concatenate(
            (by_rank[:core] / by_rank[:core].sum(), by_rank[core:] / by_rank[core:].sum())
        )
    by_rank /= by_rank.sum()
    largest = np.argsort(-by_rank)[:10]
    sides = np.bincount(buyer, minlength=len(by_rank)) + np.bincount(seller, minlength=len(by_rank))
    share = by_rank[largest].sum()
    error = 5 * np.sqrt(2 * share * (1 - share) / sides.sum())  # both sides of a trade may be of the ten
    assert sides[largest].sum() / sides.sum() == pytest.approx(share, abs=error)

    classes = stated.securities.classes
    if classes is not None:
        kinds = [name.rpartition("-")[0] for name in flow.securities]
        traded = dict.fromkeys(classes, 0)
        for at, number in enumerate(np.bincount(security, minlength=len(kinds))):
            traded[kinds[at]] += int(number)
        expected = [one.share * len(security) for one in classes.values()]
        if len(classes) > 1:
            assert stats.chisquare(list(traded.values()), expected).pvalue > UNLIKELY
        assert {name: kinds.count(name) for name in classes} == {
            name: one.count for name, one in classes.items()
        }


def test_a_market_without_arrangements_is_netted_and_settled_gross():
    config = load_config("markets/tokenized_treasuries")
    assert {name: one.layer for name, one in config.arrangements.items()} == {"net": 2, "gross": 3}
    assert config.arrangements["net"].settles == 0  # the market's own cycle
    assert load_config("markets/treasuries").arrangements["net"].settles == 1
    assert load_config(config.resolved()) == config


def test_a_round_the_clock_market_trades_in_the_night():
    flow = open_flow(load_config("markets/tokenized_treasuries"))
    hours = np.concatenate([chunk.time for chunk in flow.chunks()]) // HOUR
    assert set(hours.tolist()) == set(range(24))


def test_markets_with_names_are_drawn_independently():
    few = {"flow.trades_per_day": 2_000, "seed": 3, "participants.count": 50}
    first, second = (
        open_flow(load_config(f"markets/{name}", few)) for name in ("corporate_bonds", "treasuries")
    )
    deltas = np.array([first.imbalances(0), second.imbalances(0)])
    assert abs(np.corrcoef(deltas)[0, 1]) < 4 / np.sqrt(50)
    assert not np.array_equal(next(first.chunks()).buyer, next(second.chunks()).buyer)


def test_the_repo_preset_lends_what_it_states_by_segment_and_collateral():
    exposure = 2 * 10**14  # a part of the 12.6 tn, which the preset's own test holds
    config = load_config("markets/repo", {"flow.repo.exposure": "2 tn", "seed": 5})
    flow = open_flow(config)
    stated = {"cleared": 0.40, "tri_party": 0.32, "bilateral": 0.28}
    at_ends = flow.book.exposure(np.array([0, flow.days[0].closes]))
    for lent in at_ends:
        for share, standing in zip(stated.values(), lent.tolist(), strict=True):
            repos = share * exposure / (150 * 10**8)
            assert standing == pytest.approx(share * exposure, rel=4 * np.sqrt((1 + 2.0**2) / repos))
    assert flow.book.segments == tuple(stated)
    # Overnight and 1/7 and 1/30 of the terms end, and so are opened; 1 % within the day.
    turning = 0.40 * (0.90 + 0.06 / 7 + 0.04 / 30 + 0.01) + 0.32 * (0.85 + 0.10 / 7 + 0.05 / 30)
    turning += 0.28 * (0.75 + 0.15 / 7 + 0.10 / 30)
    opened = flow.book.cash[flow.book.cash > 0]
    assert opened.sum() / exposure == pytest.approx(turning, rel=4 * np.sqrt(5 / (turning * exposure / 15e9)))
    chunk = next(flow.chunks())
    collateral = chunk.units > 0
    kinds = np.array([name.rpartition("-")[0] for name in flow.securities])[chunk.security[collateral]]
    for kind, share in {"bill": 0.15, "note": 0.45, "bond": 0.10, "agency_mbs": 0.30}.items():
        # A repo's legs have the same collateral: half as many are independent.
        error = 4 * np.sqrt(2 * share * (1 - share) / len(kinds))
        assert np.mean(kinds == kind) == pytest.approx(share, abs=error)
    hours = chunk.time / HOUR
    assert 8.0 <= hours.min() < hours.max() <= 17.5
