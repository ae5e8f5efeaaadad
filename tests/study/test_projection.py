"""A projection settles what it says it settles; parts of a flow are nested and hang on no chunk."""

import numpy as np
import pytest

from simulator.config.load import load_config
from simulator.market.part import PartOfFlow
from simulator.market.synthetic import SyntheticFlow
from simulator.study.adoption import load_adoption
from simulator.study.projection import grown, margin_of, project, settle_at

SMALL = {
    "extends": "markets/corporate_bonds",
    "days": 2,
    "flow": {"trades_per_day": 3_000, "securities": {"classes": {"high_yield": {"count": 50}}}},
    "participants": {"count": 20},
}


def positions(chunks) -> list[tuple[int, int, int, int]]:
    return [
        row
        for one in chunks
        for row in zip(*(getattr(one, k).tolist() for k in ("time", "buyer", "seller", "cash")), strict=True)
    ]


def test_a_part_and_the_rest_are_the_whole_and_a_larger_part_holds_a_smaller():
    config = load_config({**SMALL, "seed": 4})
    flow = SyntheticFlow(config)
    whole = positions(flow.chunks())
    parts = {share: positions(PartOfFlow(flow, 4, share).chunks()) for share in (0, 0.1, 0.3, 1)}
    rest = positions(PartOfFlow(flow, 4, 0.3, rest=True).chunks())
    assert parts[0] == []
    assert parts[1] == whole
    assert sorted(parts[0.3] + rest) == sorted(whole)
    assert set(parts[0.1]) < set(parts[0.3])
    # 6 000 trades at 10 %: 600, give or take four standard errors of a binomial.
    assert len(parts[0.1]) == pytest.approx(600, abs=4 * np.sqrt(600 * 0.9))


def test_a_part_hangs_on_no_chunk():
    config = load_config({**SMALL, "seed": 4, "flow": {**SMALL["flow"], "trades_per_day": 70_000}, "days": 1})
    cut = [
        positions(PartOfFlow(SyntheticFlow(config, chunk_trades=size), 4, 0.05).chunks())
        for size in (1_000, 1 << 20)
    ]
    assert cut[0] == cut[1]
    numbered = list(PartOfFlow(SyntheticFlow(config, chunk_trades=1_000), 4, 0.05).chunks())
    starts = np.cumsum([0, *map(len, numbered)])[:-1]
    assert [one.first for one in numbered] == starts.tolist()


def test_margin_of_positions_by_hand():
    # 2.32635 × √3 × 2 % × 100.00 = 8.06; √(½ (100² + 100²) + ½ 200²) = √30 000 for the two of 100: 13.96.
    assert margin_of(np.array([[10_000.0, 0.0], [10_000.0, 10_000.0]]), 0.02) == 806 + 1396


def test_nothing_on_chain_changes_nothing_and_all_of_it_leaves_nothing_to_net():
    none, everything = (settle_at(SMALL, share, 0.01) for share in (0.0, 1.0))
    assert (none.need, none.credit) == (0, 0)
    assert (none.net_rest, none.margin_rest) == (none.net_all, none.margin_all)
    assert (everything.net_rest, everything.margin_rest) == (0, 0)
    assert everything.net_all == none.net_all
    # Gross needs at least what is owed at the close.
    assert everything.need >= everything.net_all > 0


def test_a_share_beyond_all_is_a_larger_market():
    flow = load_config(grown(SMALL, 2.5)).flow
    assert (flow.daily_value, flow.trades_per_day) == (69 * 10**11, 7_500)  # 27.6 bn × 2.5
    assert flow.size_cv == 4
    assert settle_at(SMALL, 2.5, 0.01).net_rest == 0


def test_markets_without_a_config_have_value_alone_and_others_what_was_settled():
    shipped = load_adoption()
    paths = {name: shipped.paths[name] for name in ("corporate_bonds", "private_credit")}
    adoption = shipped.model_copy(update={"paths": paths, "years": (2030,)})
    rows = project(adoption, {"corporate_bonds": SMALL})
    assert [(row["market"], row["scenario"]) for row in rows] == [
        (market, scenario) for market in paths for scenario in ("low", "central", "high")
    ]
    high = rows[2]
    # 3 % × ½ in 2030, of 11.5 tn; half of that share of 27.6 bn a day.
    assert high["on_chain_value"] == pytest.approx(0.015 * 11.5e12)
    assert high["gross_flow"] == pytest.approx(0.0075 * 27.6e9)
    ratios = settle_at(SMALL, 0.0075, 0.0035)
    assert high["liquidity_need"] == ratios.need * high["gross_flow"]
    assert high["liquidity_more"] == high["liquidity_need"] - high["net_debit_less"]
    assert high["net_debit_less"] == pytest.approx((ratios.net_all - ratios.net_rest) * 27.6e9)
    # 5 % × ½ of the middle of 1.7 and 2.28 tn, and nothing that settles.
    assert rows[-1]["on_chain_value"] == pytest.approx(0.025 * 1.99e12)
    assert "gross_flow" not in rows[-1]
