"""What adoption brings, year by year: each market settled at the share that its path gives.

At a share of a market on chain, that share of its trades settles gross and the rest stays netted. How much
cash the one needs, how much the other still nets, and how much margin goes with it is measured on the
trades of the market's preset, never assumed: a small part nets badly, and the rest nets almost as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simulator.config.load import load_config
from simulator.market.flow import Flow, Int64
from simulator.market.margin import MarginTerms
from simulator.market.open import open_flow
from simulator.market.part import PartOfFlow
from simulator.market.participants import Float64
from simulator.rules.margin import deviation, value_at_risk
from simulator.study.adoption import SCENARIOS, Adoption

GROSS = {"gross": {"layer": 3, "block": "12 s", "reuse": "next_block"}}

TERMS = MarginTerms(correlation=Fraction(1, 2))  # of any two securities of a market; source: unverified


@dataclass(frozen=True, slots=True)
class Ratios:
    """What was simulated of a market at one share of its trades on chain, means over days.

    Attributes
    ----------
    need, credit : cash that members need on chain, and what one common lender would have outstanding at the
        worst moment, over the value settled there
    net_all, net_rest : net debit of all trades, and of those that stay netted, over the value of all
    margin_all, margin_rest : 99 % value at risk over three days of the same net positions, likewise
    value : of all trades, currency a day
    """

    need: float
    credit: float
    net_all: float
    net_rest: float
    margin_all: float
    margin_rest: float
    value: float


def margin_of(positions: Float64, volatility: float) -> int:
    """Margin of members' net positions: value at risk as a clearing house has it, nothing added.

    Parameters
    ----------
    positions : float64, members × securities, net value, minor units
    volatility : of each security, a day

    Examples
    --------
    One position of 100.00 at 1 % a day, and two equal ones that hedge each other by half: 4.03 each.

    >>> margin_of(np.array([[10_000.0, 0.0], [10_000.0, -10_000.0]]), 0.01)
    806
    """
    owner, security = np.nonzero(positions)
    value = np.rint(positions[owner, security]).astype(np.int64)
    each = np.full(len(owner), volatility)
    deviations = deviation(owner, value, each, len(positions), TERMS.correlation)
    return int(value_at_risk(deviations, TERMS).sum())


def settle_at(config: dict[str, Any], share: float, volatility: float) -> Ratios:
    """A market with ``share`` of its trades on chain; beyond 1 all of it is, and so many times as large."""
    from simulator.measures.summary import over_run
    from simulator.simulation import simulate

    loaded = load_config({**grown(config, share), "arrangements": GROSS})
    flow = open_flow(loaded)
    part = PartOfFlow(flow, loaded.seed, min(share, 1.0))
    nets, margins, value = _netted(flow, part, volatility)
    run = simulate(loaded, part)
    found = over_run(run)["gross"]
    settled = float(found["gross_value"] or 0)
    peaks = [day.system_peak for day in run.records["gross"]]
    return Ratios(
        need=float(found["liquidity_need"] or 0) / settled if settled else 0.0,
        credit=sum(peaks) / len(peaks) / settled if settled else 0.0,
        net_all=nets[0] / value,
        net_rest=nets[1] / value,
        margin_all=margins[0] / value,
        margin_rest=margins[1] / value,
        value=value / 100,
    )


def grown(config: dict[str, Any], share: float) -> dict[str, Any]:
    """The market, of as many times the value and trades as a share beyond 1 says."""
    if share <= 1.0:
        return config
    flow = load_config(config).flow
    assert flow.daily_value is not None
    assert flow.trades_per_day is not None
    grown = {
        "daily_value": flow.daily_value * share / 100,
        "trades_per_day": round(flow.trades_per_day * share),
    }
    return {**config, "flow": {**config.get("flow", {}), **grown}}


def _netted(flow: Flow, part: PartOfFlow, volatility: float) -> tuple[list[float], list[float], float]:
    """Net debit and margin of all trades and of the rest, and the value of all, means over days."""
    members, securities, days = len(flow.members), len(flow.securities), len(flow.days)
    cash = np.zeros((2, days, members))
    units = np.zeros((2, days, members * securities))
    value = 0.0
    for chunk in flow.chunks():
        value += float(chunk.cash.sum())
        rest = ~part.moves(chunk.first, chunk.first + len(chunk))
        for which, some in enumerate((np.ones(len(chunk), bool), rest)):
            # float64 sums of whole units are exact up to 2^53.
            amounts, numbers, security = chunk.cash[some], chunk.units[some], chunk.security[some]
            for sign, side in ((1, chunk.buyer[some]), (-1, chunk.seller[some])):
                cash[which, chunk.day] += sign * np.bincount(side, amounts, members)
                # A payment has no security and no units: where it counts nothing is all the same.
                places = side.astype(np.int64) * securities + np.maximum(security, 0)
                units[which, chunk.day] += sign * np.bincount(places, numbers, members * securities)
    nets = np.maximum(cash, 0.0).sum(axis=(1, 2)) / days
    prices = _as_floats(flow.opening_prices)
    worth = units.reshape(2, days, members, securities) * prices
    margins = [sum(margin_of(day, volatility) for day in worth[which]) / days for which in (0, 1)]
    return [float(net) for net in nets], margins, value / days


def _as_floats(prices: Int64) -> Float64:
    return prices.astype(np.float64)


def project(adoption: Adoption, markets: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a market, scenario and year: shares by its path, ratios simulated at that very share.

    Parameters
    ----------
    markets : the config of each market that is settled, its size for this purpose; a market with a path and
        without a config appears with its value on chain alone

    Returns
    -------
    rows, US dollars a day where not a stock: share, on_chain_value, usable_collateral (stocks), gross_flow,
    liquidity_need, credit, net_debit_less (what netting alone no longer needs), liquidity_more (on balance),
    margin_saved, and the ratios; None where nothing is settled
    """
    rows = []
    for market, path in adoption.paths.items():
        figure = adoption.figures[market]
        assert figure.outstanding is not None
        stock = sum(figure.outstanding) / 200  # the middle of low and high, dollars
        traded = None if figure.traded_a_day is None else sum(figure.traded_a_day) / 200
        known: dict[float, Ratios] = {}
        for scenario in SCENARIOS:
            for year in adoption.years:
                share = path.of(scenario).share(year)
                row: dict[str, Any] = {"market": market, "scenario": scenario, "year": year, "share": share}
                row["on_chain_value"] = share * stock
                row["usable_collateral"] = float(path.postable_in(scenario)) * share * stock
                if market in markets:
                    moved = share * path.turnover
                    if moved not in known:
                        known[moved] = settle_at(markets[market], moved, path.volatility)
                    # Of repo no turnover is published: it is what the exposure turns over in the flow.
                    turnover = known[moved].value if traded is None else traded
                    row |= _amounts(known[moved], moved, turnover)
                rows.append(row)
    return rows


def _amounts(ratios: Ratios, moved: float, traded: float) -> dict[str, float]:
    """Dollars a day of what was simulated as ratios."""
    whole = traded * max(moved, 1.0)  # a market that is wholly on chain already grows
    flow = traded * moved
    less = (ratios.net_all - ratios.net_rest) * whole
    return {
        "gross_flow": flow,
        "liquidity_need": ratios.need * flow,
        "credit": ratios.credit * flow,
        "net_debit_less": less,
        "liquidity_more": ratios.need * flow - less,
        "margin_saved": (ratios.margin_all - ratios.margin_rest) * whole,
        "need_of_flow": ratios.need,
        "credit_of_flow": ratios.credit,
        "net_of_value": ratios.net_all,
    }
