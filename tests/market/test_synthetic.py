"""A synthetic flow keeps the contract of a flow, whatever its size and however it is cut."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.flow import HOUR, MINUTE
from simulator.market.participants import assign_types, count_types, draw_imbalances, zipf_shares
from simulator.market.streams import stream
from simulator.market.synthetic import SyntheticFlow
from simulator.market.terms import TradeSize, fit_size

COLUMNS = ("time", "buyer", "seller", "security", "units", "cash")
BROKERS = {"types": {"client_broker": "100 %"}}


def make_flow(flow=None, participants=None, seed=1, days=1, **cutting):
    config = load_config(
        {
            "seed": seed,
            "days": days,
            "flow": {"daily_value": "1 bn", "trades_per_day": 20_000, **(flow or {})},
            "participants": {"count": 20, **(participants or {})},
            "arrangements": {"net": {"layer": 2}},
        }
    )
    return SyntheticFlow(config, **cutting)


def columns(flow):
    chunks = list(flow.chunks())
    return {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in COLUMNS}


def equal(left, right, names=COLUMNS):
    return all(np.array_equal(left[name], right[name]) for name in names)


def check_contract(flow):
    position, last, total_cash, total_units, by_day = 0, 0, 0, 0, [0] * len(flow.days)
    for chunk in flow.chunks():
        day = flow.days[chunk.day]
        assert chunk.first == position
        assert len(chunk) > 0
        assert [getattr(chunk, name).dtype for name in COLUMNS] == [
            np.int64, np.int32, np.int32, np.int32, np.int64, np.int64
        ]  # fmt: skip
        assert not any(getattr(chunk, name).flags.writeable for name in COLUMNS)
        assert last <= chunk.time[0]
        assert (np.diff(chunk.time) >= 0).all()
        assert day.opens <= chunk.time[0]
        assert chunk.time[-1] <= day.closes
        assert (chunk.buyer != chunk.seller).all()
        for side in (chunk.buyer, chunk.seller):
            assert side.min() >= 0
            assert side.max() < len(flow.members)
        core = flow.network.core
        assert ((chunk.buyer < core) | (chunk.seller < core)).all()
        assert chunk.security.min() >= 0
        assert chunk.security.max() < len(flow.securities)
        assert chunk.units.min() >= 1
        assert np.array_equal(chunk.cash, chunk.units * flow.prices[chunk.security])
        position, last = position + len(chunk), chunk.time[-1]
        total_cash += int(chunk.cash.sum())
        total_units += int(chunk.units.sum())
        by_day[chunk.day] += len(chunk)
    assert by_day == [flow.trades_per_day] * len(flow.days)
    assert flow.size.trades == position
    assert total_cash <= flow.size.total_cash < 2**62
    assert total_units <= flow.size.total_units
    assert flow.identifiers(3, 6).tolist() == [3, 4, 5]


def test_an_ordinary_market_keeps_the_contract():
    flow = make_flow(days=3)
    check_contract(flow)
    assert flow.members[:2] == ("M001", "M002")
    assert flow.securities[-1] == "S5000"
    assert flow.days[2].midnight == 48 * HOUR
    assert flow.days[2].opens == 57 * HOUR + 30 * MINUTE
    assert flow.days[2].closes == 64 * HOUR


@pytest.mark.parametrize("members", [2, 3, 150, 5000])
@pytest.mark.parametrize("trades", [1, 3, 5_000])
@pytest.mark.parametrize("cv", [0, 10])
def test_the_smallest_and_the_widest_markets_keep_the_contract(members, trades, cv):
    flow = {"trades_per_day": trades, "size_cv": cv}
    check_contract(make_flow({**flow, "securities": {"count": 1}}, {"count": members}, days=2))


@pytest.mark.parametrize("kind", ["client_broker", "market_maker", "custodian"])
def test_members_may_all_be_of_one_type(kind):
    check_contract(make_flow({}, {"types": {kind: "100 %"}}))


@pytest.mark.parametrize("concentration", [0, 1.15, 10])
@pytest.mark.parametrize("core", ["0 %", "20 %", "100 %"])
@pytest.mark.parametrize("members", [2, 3, 40])
def test_any_concentration_and_core_keeps_the_contract(members, core, concentration):
    participants = {"count": members, "core": core, "concentration": concentration}
    check_contract(make_flow({"trades_per_day": 2_000}, participants))


def test_no_trades_fall_where_the_profile_is_zero():
    flow = make_flow({"profile": [1, 0, 0, 1], "hours": "10:00–14:00"})
    check_contract(flow)
    time = columns(flow)["time"]
    assert not ((time >= 11 * HOUR) & (time < 13 * HOUR)).any()


def test_cutting_and_drawing_ahead_change_no_trade():
    wide = {"trades_per_day": 300_000, "profile": [1]}  # five generation units
    whole = columns(make_flow(wide, days=2))
    for trades, ahead in itertools.product((999, 65_536, 140_000), (False, True)):
        cut = make_flow(wide, days=2, chunk_trades=trades, ahead=ahead)
        assert max(len(chunk) for chunk in cut.chunks()) <= trades
        assert equal(columns(cut), whole)


def test_the_same_flow_is_read_twice():
    flow = make_flow()
    assert equal(columns(flow), columns(flow))


def test_a_flow_left_half_read_leaves_nothing_running():
    flow = make_flow(chunk_trades=1_000)
    chunks = flow.chunks()
    first = next(chunks)
    chunks.close()
    assert np.array_equal(first.time, next(flow.chunks()).time)


def test_another_seed_gives_other_trades_and_other_types():
    left, right = make_flow(seed=1), make_flow(seed=2)
    assert not equal(columns(left), columns(right))
    assert left.member_types != right.member_types


def test_a_day_does_not_depend_on_the_days_around_it():
    alone, many = columns(make_flow()), columns(make_flow(days=3))
    first = {name: values[: len(alone[name])] for name, values in many.items()}
    assert equal(first, alone)
    assert not np.array_equal(many["buyer"][20_000:40_000], alone["buyer"])


def test_what_is_drawn_for_one_purpose_moves_nothing_drawn_for_another():
    plain = columns(make_flow({}, BROKERS))
    sizes = columns(make_flow({"size_cv": 5}, BROKERS))
    assert equal(plain, sizes, ("time", "buyer", "seller", "security"))
    leaning = columns(make_flow({}, {**BROKERS, "imbalance": "40 %"}))
    assert equal(plain, leaning, ("time", "security", "units", "cash"))
    assert np.array_equal(plain["buyer"] + plain["seller"], leaning["buyer"] + leaning["seller"])
    assert not equal(plain, leaning, ("buyer",))
    members = columns(make_flow({}, {**BROKERS, "count": 50}))
    assert equal(plain, members, ("time", "security", "units", "cash"))
    securities = columns(make_flow({"securities": {"count": 7}}, BROKERS))
    assert equal(plain, securities, ("time", "buyer", "seller"))


def test_market_makers_change_neither_the_terms_of_a_day_nor_its_times():
    without = columns(make_flow({}, BROKERS))
    steered = columns(make_flow({}, {"types": {"client_broker": "50 %", "market_maker": "50 %"}}))
    assert np.array_equal(without["time"], steered["time"])
    assert np.array_equal(np.sort(without["cash"]), np.sort(steered["cash"]))


def test_streams_are_told_apart_by_seed_purpose_day_and_unit():
    keys = [(1, "a", 0, 0), (2, "a", 0, 0), (1, "b", 0, 0), (1, "a", 1, 0), (1, "a", 0, 1), (1, "a", 0)]
    assert len({stream(*key).random() for key in keys}) == len(keys)


def test_streams_are_the_same_on_every_machine():
    # printf "trade sizes" | b2sum -l 64, read from its last byte to its first
    name = 0x503469EA91AD6250
    expected = np.random.SFC64(np.random.SeedSequence(7, spawn_key=(name & 0xFFFFFFFF, name >> 32, 2)))
    assert stream(7, "trade sizes", 2).random() == np.random.Generator(expected).random()


def test_types_get_exact_counts_without_regard_to_rank():
    shares = {"client_broker": 0.6, "market_maker": 0.2, "custodian": 0.2}
    assert count_types(shares, 150) == {"client_broker": 90, "market_maker": 30, "custodian": 30}
    assert count_types(shares, 2) == {"client_broker": 1, "market_maker": 1, "custodian": 0}
    seeds = [assign_types(shares, 10, stream(seed, "member types")) for seed in range(300)]
    assert all(types.count("market_maker") == 2 for types in seeds)
    first = sum(types[0] == "market_maker" for types in seeds)
    assert abs(first - 60) <= 4 * np.sqrt(300 * 0.2 * 0.8)


def test_imbalances_sum_to_nothing_and_leave_market_makers_at_zero():
    activity = zipf_shares(5, 1.0)
    types = ("market_maker", "client_broker", "custodian", "market_maker", "client_broker")
    imbalances = draw_imbalances(0.1, activity, types, np.random.default_rng(1))
    assert imbalances[[0, 3]].tolist() == [0.0, 0.0]
    assert (imbalances[[1, 2, 4]] != 0).all()
    assert (imbalances * activity).sum() == pytest.approx(0.0, abs=1e-15)


def test_a_lone_directional_member_has_nobody_to_lean_against():
    types = ("client_broker", "market_maker")
    assert draw_imbalances(0.1, zipf_shares(2, 1.0), types, np.random.default_rng(1)).tolist() == [0, 0]


def test_trades_of_one_unit_at_least_still_average_the_value_asked_for():
    # By quadrature over the lognormal: half of the trades at a price of 50, half at 1200.
    size = fit_size(1000.0, 2.0, np.array([50, 1200]), np.array([0.5, 0.5]))
    deviates = np.linspace(-9, 9, 400_001)
    density = np.exp(-(deviates**2) / 2) / np.sqrt(2 * np.pi) * (deviates[1] - deviates[0])
    values = size.mean * np.exp(size.sigma * deviates - size.sigma**2 / 2)
    mean = 0.5 * sum((np.maximum(values, price) * density).sum() for price in (50, 1200))
    assert mean == pytest.approx(1000.0, rel=1e-6)
    assert size.mean < 1000.0


def test_a_size_without_spread_is_the_mean_itself():
    assert fit_size(1000.0, 0.0, np.array([7]), np.array([1.0])) == TradeSize(1000.0, 0.0)


def test_priorities_follow_their_shares_and_change_no_other_draw():
    plain, ranked = make_flow(), make_flow({"priorities": {1: "5 %", 3: "20 %"}})
    assert equal(columns(plain), columns(ranked))
    assert (plain.priorities, ranked.priorities) == ((5,), (1, 3, 5))
    assert all(chunk.priority is None for chunk in plain.chunks())
    drawn = np.concatenate([chunk.priority for chunk in ranked.chunks()])
    # 20,000 independent draws: each count within five standard deviations of its expectation.
    for priority, share in {1: 0.05, 3: 0.2, 5: 0.75}.items():
        assert abs(np.sum(drawn == priority) - 20_000 * share) < 5 * np.sqrt(20_000 * share * (1 - share))
    assert set(drawn.tolist()) == {1, 3, 5}


def test_priorities_do_not_depend_on_how_the_flow_is_cut():
    shares = {"trades_per_day": 150_000, "priorities": {1: "50 %"}}
    whole, cut = make_flow(shares), make_flow(shares, chunk_trades=7_001, ahead=False)
    drawn = [np.concatenate([chunk.priority for chunk in flow.chunks()]) for flow in (whole, cut)]
    assert np.array_equal(*drawn)
    assert not any(chunk.priority.flags.writeable for flow in (whole, cut) for chunk in flow.chunks())


def test_the_opening_prices_are_those_drawn():
    flow = make_flow()
    trades = columns(flow)
    assert np.array_equal(trades["cash"], trades["units"] * flow.opening_prices[trades["security"]])
    assert not flow.opening_prices.flags.writeable


def test_expected_sales_are_half_of_what_a_member_trades_in_each_security():
    flow = make_flow(
        {"size_cv": 0, "securities": {"count": 2, "concentration": 1}, "prices": {"sigma": 0}},
        {"count": 2},
    )
    # 50,000.00 a trade at 50.00; each member is on every trade and sells half; shares 2/3 and 1/3.
    assert flow.expected_sales(0).tolist() == [6_666_667, 3_333_333]


def test_a_notice_tells_when_activity_had_to_move():
    assert make_flow({"size_cv": 10}).notices == ()
    notices = make_flow({"size_cv": 10}, {"count": 2, "concentration": 1}).notices
    # Zipf shares 2/3 and 1/3 of two members become halves.
    assert notices == ("16.7% of activity moves to other members, so that all have somebody to trade with",)


def test_a_trade_worth_less_than_one_unit_is_an_error():
    with pytest.raises(InputError, match=r"flow.daily_value: a trade is worth 1.00 USD on average"):
        make_flow({"daily_value": "20 k"})


def test_totals_that_could_pass_the_integers_are_an_error():
    with pytest.raises(InputError, match=r"flow.daily_value: .*2\^62"):
        make_flow({"daily_value": "4000 tn"}, days=10)


def test_the_shipped_us_market_is_scaled_and_priced_as_its_header_says():
    market = Path(__file__).parents[2] / "configs" / "markets" / "us_equities.yaml"
    config = load_config({"extends": str(market), "arrangements": {"net": {"layer": 2}}})
    flow, participants = config.flow, config.participants
    assert (flow.daily_value, flow.trades_per_day, participants.count) == (798 * 10**11, 5_000_000, 150)
    # 5 m trades at cv 2 stand for about 100 m at cv 10.
    assert (1 + flow.size_cv**2) / 5e6 == pytest.approx((1 + 10**2) / 100e6, rel=0.02)
    # 798 bn over 17.6 bn shares: a lognormal price averages median·exp(−sigma²/2) over cash spent.
    shares = 798e9 / (flow.prices.median / 100 * np.exp(-(flow.prices.sigma**2) / 2))
    assert shares == pytest.approx(17.6e9, rel=0.01)
    ten_largest = zipf_shares(participants.count, participants.concentration)[:10].sum()
    assert ten_largest == pytest.approx(0.6, abs=0.05)
    # (1 + 2²) / 5 m = (1 + 10²) / 101 m.
    stands = "5_000_000 trades a day of size cv 2 net as 101_000_000 of cv 10 would: (1 + cv²)/n is the same"
    assert SyntheticFlow(config).notices == (stands,)
