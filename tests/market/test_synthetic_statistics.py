"""A synthetic market has the moments and closed forms it claims, within Monte Carlo error.

Tolerances are four or five standard errors from theory; seeds are fixed, so nothing here is flaky.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from simulator.config.load import load_config
from simulator.market.flow import HOUR, MINUTE
from simulator.market.synthetic import SyntheticFlow

UNLIKELY = 1e-4
ALL_ALIKE = {"types": {"client_broker": "100 %"}, "imbalance": 0, "core": "100 %", "concentration": 0}
UNIT_PRICE = {"prices": {"median": 0.01, "sigma": 0}}  # cash is then the drawn value, to the cent


def make_flow(flow=None, participants=None, seed=1, days=1):
    config = load_config(
        {
            "seed": seed,
            "days": days,
            "flow": {"daily_value": "10 bn", "trades_per_day": 20_000, **(flow or {})},
            "participants": {"count": 20, **(participants or {})},
            "arrangements": {"net": {"layer": 2}},
        }
    )
    return SyntheticFlow(config)


def sides_by_day(flow):
    """Cash bought and sold, days × members."""
    bought, sold = np.zeros((2, len(flow.days), len(flow.members)))
    for chunk in flow.chunks():
        bought[chunk.day] += np.bincount(chunk.buyer, chunk.cash, len(flow.members))
        sold[chunk.day] += np.bincount(chunk.seller, chunk.cash, len(flow.members))
    return bought, sold


def outflows(chunk, member):
    """Cash bought less sold by a member after each of its trades."""
    own = (chunk.buyer == member) | (chunk.seller == member)
    return np.cumsum(np.where(chunk.buyer[own] == member, chunk.cash[own], -chunk.cash[own]))


def days_of(flow):
    """One chunk a day: these markets are small."""
    return [chunk for chunk in flow.chunks() if len(chunk) == flow.trades_per_day]


def test_daily_value_holds_on_average():
    flow = make_flow({"size_cv": 1}, days=50)
    value = sum(int(chunk.cash.sum()) for chunk in flow.chunks())
    assert value / (50 * 10**12) == pytest.approx(1, abs=4 * 1 / np.sqrt(50 * 20_000))


def test_daily_value_holds_where_many_trades_are_of_a_single_unit():
    # 500.00 a trade, at a median price of 150.00: over a quarter of the trades are of one unit.
    prices = {"prices": {"median": 150, "sigma": 0.5}, "securities": {"count": 50}}
    flow = make_flow({"daily_value": "10 M", "size_cv": 1, **prices}, days=50)
    chunks = list(flow.chunks())
    cash = np.concatenate([chunk.cash for chunk in chunks])
    assert np.mean(np.concatenate([chunk.units for chunk in chunks]) == 1) > 0.25
    assert cash.mean() / 50_000 == pytest.approx(1, abs=4 * np.std(cash) / 50_000 / np.sqrt(len(cash)))


def test_sizes_are_lognormal_with_the_spread_asked_for():
    flow = make_flow({"size_cv": 1, **UNIT_PRICE}, days=20)
    cash = np.concatenate([chunk.cash for chunk in flow.chunks()]).astype(float)
    trades, mean, sigma = len(cash), 50_000_000, np.sqrt(np.log(2))
    logs = (np.log(cash / mean) + sigma**2 / 2) / sigma
    assert stats.kstest(logs, "norm").pvalue > UNLIKELY
    # E[V⁴]/E[V²]² = exp(4 sigma²) = 16, so the second moment has a relative error of √(15/n).
    assert np.mean((cash / mean) ** 2) == pytest.approx(2, rel=4 * np.sqrt(15 / trades))


def test_sizes_without_spread_are_all_the_mean():
    chunks = list(make_flow({"size_cv": 0, **UNIT_PRICE}).chunks())
    assert {int(cash) for chunk in chunks for cash in chunk.cash} == {50_000_000}


def test_rounding_to_whole_units_keeps_the_mean():
    # 1,234.56 a trade at 100.00 a unit: 12 units, or 13 with probability 0.3456.
    prices = {"prices": {"median": 100, "sigma": 0}, "size_cv": 0, "daily_value": 1_234.56 * 20_000}
    units = np.concatenate([chunk.units for chunk in make_flow(prices).chunks()])
    assert set(units.tolist()) == {12, 13}
    error = 4 * np.sqrt(0.3456 * 0.6544 / 20_000)
    assert np.mean(units == 13) == pytest.approx(0.3456, abs=error)


def test_trade_times_follow_the_profile():
    profile = (13.0, 8.4, 7.8, 6.9, 8.1, 5.7, 3.7, 5.7, 4.9, 6.5, 4.3, 7.8, 17.4)
    flow = make_flow(days=20)
    time = np.concatenate([chunk.time - flow.days[chunk.day].midnight for chunk in flow.chunks()])
    half_hour = (time - 9 * HOUR - 30 * MINUTE) // (30 * MINUTE)
    expected = np.array(profile) / sum(profile) * len(time)
    assert stats.chisquare(np.bincount(half_hour, minlength=13), expected).pvalue > UNLIKELY


def test_trade_times_are_independent_and_uniform_within_a_part_of_the_profile():
    # Five generation units over one flat day: counts by minute show neither their edges nor a grid.
    flow = make_flow({"profile": [1], "trades_per_day": 300_000, "hours": "10:00–11:00"}, days=2)
    time = np.concatenate([chunk.time % (24 * HOUR) - 10 * HOUR for chunk in flow.chunks()])
    assert stats.kstest(time / HOUR, "uniform").pvalue > UNLIKELY
    counts = np.bincount(time // MINUTE, minlength=60)
    assert UNLIKELY < stats.chisquare(counts).pvalue < 1 - UNLIKELY
    gaps = np.diff(np.sort(time[:300_000]))
    # Memoryless gaps: standard deviation equal to the mean, √(2/n) relative error (plus the µs grid).
    assert np.std(gaps) / np.mean(gaps) == pytest.approx(1, abs=5 * np.sqrt(2 / 300_000))


def test_securities_trade_by_their_zipf_shares_whatever_their_price():
    flow = make_flow({"securities": {"count": 100, "concentration": 0.9}}, days=10)
    traded = sum(np.bincount(chunk.security, minlength=100) for chunk in flow.chunks())
    shares = np.arange(1, 101) ** -0.9
    assert stats.chisquare(traded, shares / shares.sum() * traded.sum()).pvalue > UNLIKELY
    assert stats.spearmanr(flow.prices, np.arange(100)).pvalue > UNLIKELY


def test_prices_are_lognormal():
    flow = make_flow({"securities": {"count": 20_000}, "prices": {"median": 50, "sigma": 0.8}})
    assert stats.kstest(np.log(flow.prices / 5_000) / 0.8, "norm").pvalue > UNLIKELY


def test_pairs_trade_by_the_weights_of_the_network():
    flow = make_flow({}, {**ALL_ALIKE, "count": 10, "core": "30 %", "concentration": 1.15}, days=20)
    traded = np.zeros((10, 10))
    for chunk in flow.chunks():
        np.add.at(traded, (np.minimum(chunk.buyer, chunk.seller), np.maximum(chunk.buyer, chunk.seller)), 1)
    place = {name: at for at, name in enumerate(flow.members)}
    edges = [(place[one], place[other], weight) for one, other, weight in flow.graph.edges(data="weight")]
    counts = [traded[min(one, other), max(one, other)] for one, other, _ in edges]
    assert sum(counts) == traded.sum()
    expected = np.array([weight for *_, weight in edges]) * traded.sum()
    assert stats.chisquare(counts, expected, sum_check=False).pvalue > UNLIKELY


def test_members_trade_by_their_zipf_shares():
    flow = make_flow({}, {**ALL_ALIKE, "count": 150, "core": "20 %", "concentration": 1.15}, days=10)
    sides = sum(
        np.bincount(chunk.buyer, minlength=150) + np.bincount(chunk.seller, minlength=150)
        for chunk in flow.chunks()
    )
    shares = np.arange(1, 151) ** -1.15
    expected = shares / shares.sum() * sides.sum()
    # A member is on a trade at most once: binomial, a little narrower than Poisson.
    errors = (sides - expected) / np.sqrt(expected * (1 - expected / sides.sum() * 2))
    assert np.mean(errors**2) == pytest.approx(1, abs=5 * np.sqrt(2 / 150))


def test_random_direction_nets_to_the_closed_form():
    # DOMAIN 5.5: net/gross = √(N(1+cv²)/(πn)). A day's error is about √((π/2 − 1)/N) of it.
    days, members, trades, cv = 200, 50, 20_000, 1.0
    bought, sold = sides_by_day(make_flow({"size_cv": cv}, {**ALL_ALIKE, "count": members}, days=days))
    ratio = np.maximum(bought - sold, 0).sum() / bought.sum()
    expected = np.sqrt(members * (1 + cv**2) / (np.pi * trades))
    assert ratio == pytest.approx(expected, rel=4 * np.sqrt((np.pi / 2 - 1) / (members * days)))


def test_random_direction_nets_to_the_closed_form_of_a_concentrated_network():
    # Member by member: half of E|net|, net normal with variance 2·activity·n(1+cv²).
    participants = {**ALL_ALIKE, "count": 50, "core": "20 %", "concentration": 1.15}
    days, trades, cv = 200, 20_000, 1.0
    flow = make_flow({"size_cv": cv}, participants, days=days)
    bought, sold = sides_by_day(flow)
    variance = 2 * flow.network.activity * trades * (1 + cv**2)
    expected = np.sqrt(variance / (2 * np.pi)).sum() / trades
    error = np.sqrt((variance * (0.25 - 0.5 / np.pi)).sum() / days) / trades
    assert np.maximum(bought - sold, 0).sum() / bought.sum() == pytest.approx(expected, abs=5 * error)


def test_imbalances_are_drawn_with_the_spread_asked_for():
    # Equal members less their mean: variance s²(1 − 1/N).
    flow = make_flow({}, {**ALL_ALIKE, "imbalance": "7 %"})
    drawn = np.array([flow.imbalances(day) for day in range(500)])
    assert np.var(drawn) == pytest.approx(0.07**2 * 19 / 20, rel=4 * np.sqrt(2 / (500 * 19)))
    assert np.abs(drawn.sum(axis=1)).max() < 1e-12


@pytest.mark.parametrize("core", ["10 %", "20 %", "100 %"])
def test_members_lean_by_their_imbalance(core):
    participants = {**ALL_ALIKE, "core": core, "concentration": 1.15, "imbalance": "7 %"}
    flow = make_flow({"size_cv": 1}, participants, days=100)
    bought, sold = sides_by_day(flow)
    trades = 2 * flow.network.activity * flow.trades_per_day
    leaned = (bought - sold) / flow.mean_cash
    expected = np.array([flow.imbalances(day) for day in range(100)]) * trades
    errors = (leaned - expected) / np.sqrt(trades * 2)
    assert np.mean(errors) == pytest.approx(0, abs=4 / np.sqrt(100 * 20))
    # The variance is less by the squared tilts, a few per cent at most.
    assert np.mean(errors**2) == pytest.approx(0.99, abs=4 * np.sqrt(2 / (100 * 20)))


def test_members_lean_by_their_imbalance_beside_market_makers():
    flow = make_flow({"size_cv": 1}, {"imbalance": "7 %", "count": 20}, days=100)
    bought, sold = sides_by_day(flow)
    leaning = np.array([kind != "market_maker" for kind in flow.member_types])
    expected = np.array([flow.imbalances(day) for day in range(100)])
    realised = (bought - sold) / (bought + sold)
    trades = 2 * flow.network.activity * flow.trades_per_day
    errors = (realised - expected)[:, leaning] / np.sqrt(2 / trades[leaning])
    assert np.mean(errors) == pytest.approx(0, abs=4 / np.sqrt(100 * leaning.sum()))
    assert np.mean(errors**2) < 1.1
    assert (expected[:, ~leaning] == 0).all()


@pytest.mark.parametrize(
    ("trades", "cv", "days"), [(50_000, 2.0, 40), (1_000_000, 2.0, 2), (1_000_000, 10, 2)]
)
def test_market_makers_end_the_day_within_one_per_cent_of_their_activity(trades, cv, days):
    flow = make_flow(
        {"trades_per_day": trades, "size_cv": cv, "daily_value": "798 bn"}, {"count": 150}, days=days
    )
    bought, sold = sides_by_day(flow)
    makers = np.array([kind == "market_maker" for kind in flow.member_types])
    assert makers.sum() == 30
    assert (np.abs(bought - sold) / (bought + sold))[:, makers].max() < 0.01


def test_a_market_maker_with_few_trades_ends_within_one_of_them():
    # About 20 trades a day of one size each: an odd number of them cannot be flat.
    flow = make_flow(
        {"trades_per_day": 2_000, "size_cv": 0, **UNIT_PRICE}, {"count": 200, "concentration": 0}, days=20
    )
    bought, sold = sides_by_day(flow)
    makers = np.array([kind == "market_maker" for kind in flow.member_types])
    left = np.abs(bought - sold)[:, makers] / flow.mean_cash
    assert np.mean(left <= 1) > 0.95


def test_market_makers_carry_the_inventory_of_a_brownian_bridge():
    # DOMAIN 5.4: flat at the close, E[peak] = σ√n·√(π/8), less 0.5826 σ for reading it trade by trade.
    days, trades = 200, 2_000
    flow = make_flow(
        {"size_cv": 0, "trades_per_day": 10 * trades, **UNIT_PRICE},
        {"concentration": 0, "core": "100 %", "imbalance": 0},
        days=days,
    )
    makers = [at for at, kind in enumerate(flow.member_types) if kind == "market_maker"]
    peaks = [outflows(chunk, maker).max() for chunk in days_of(flow) for maker in makers]
    assert len(peaks) == 4 * days
    expected = np.sqrt(trades) * np.sqrt(np.pi / 8) - 0.5826
    # The peak of a bridge has a standard deviation of 0.52 of its mean.
    assert np.mean(peaks) / flow.mean_cash == pytest.approx(expected, rel=4 * 0.52 / np.sqrt(len(peaks)))


def test_peak_of_a_day_is_that_of_a_random_walk():
    # DOMAIN 5.1 (Spitzer): E[peak] = Σ E[S_k⁻]/k; of a walk of ±1 it is E|S_n| − ½ + O(1/√n).
    days, trades = 200, 2_000
    flow = make_flow({"size_cv": 0, "trades_per_day": 10 * trades, **UNIT_PRICE}, ALL_ALIKE, days=days)
    paths = [outflows(chunk, member) / flow.mean_cash for chunk in days_of(flow) for member in range(20)]
    peak = np.mean([max(path.max(), 0) for path in paths])
    net = np.mean([max(path[-1], 0) for path in paths])
    walk = np.sqrt(2 * trades / np.pi)
    # The peak is distributed as |S_n|: standard deviation 0.755 of its mean; half of it for the net.
    error = np.sqrt((np.pi / 2 - 1) / len(paths))
    assert peak == pytest.approx(walk - 0.5, rel=5 * error)
    assert peak / net == pytest.approx(2 * (walk - 0.5) / walk, rel=5 * error)


def test_batches_of_a_day_need_what_the_square_root_law_says():
    # DOMAIN 5.6: peak(k)/net(1) = k^−½ Σ_{j≤k} j^−½, for k batches of equal count.
    flow = make_flow({"size_cv": 1, "trades_per_day": 20_000}, ALL_ALIKE, days=200)
    peaks = {1: [], 2: [], 4: [], 8: []}
    for chunk in days_of(flow):
        nets = np.zeros((9, 20))
        for part, (start, stop) in enumerate(pairwise(range(0, 20_001, 2_500))):
            batch = slice(start, stop)
            bought = np.bincount(chunk.buyer[batch], chunk.cash[batch], 20)
            nets[part + 1] = nets[part] + bought - np.bincount(chunk.seller[batch], chunk.cash[batch], 20)
        for count, found in peaks.items():
            found.append(np.maximum(nets[:: 8 // count].max(axis=0), 0).sum())
    error = np.sqrt((np.pi / 2 - 1) / (200 * 20))
    for count, found in peaks.items():
        law = sum(j**-0.5 for j in range(1, count + 1)) / count**0.5
        assert np.mean(found) / np.mean(peaks[1]) == pytest.approx(law, rel=5 * error)
