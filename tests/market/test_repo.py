"""Repo: what opens closes, the exposure is what stands open at every moment, interest is right to the cent.

The legs are read as anybody would who sees the instructions alone, and held against the book.
"""

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import polars as pl
import pytest

import simulator
from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.flow import DAY, HOUR
from simulator.market.open import open_flow
from simulator.market.part import PartOfFlow

OPENS, CLOSES, UNWIND = 9 * HOUR, 15 * HOUR, 8 * HOUR + 30 * 60_000_000
SEGMENT = {
    "share": "100 %",
    "lenders": ["custodian", "market_maker"],
    "borrowers": ["market_maker", "client_broker"],
    "rate": "3.87 %",
    "haircut": "2 %",
    "opens": "09:00–15:00",
    "unwind": "08:30",
}


def config(
    days: int = 6, exposure: str = "1 bn", repo: dict | None = None, flow: dict | None = None, **segment
):
    return {
        "seed": 8,
        "days": days,
        "flow": {
            "hours": "08:00–17:00",
            "settles": "T+0",
            "securities": {"count": 20},
            "prices": {"median": 98, "sigma": 0.05},
            "repo": {
                "exposure": exposure,
                "size": "5 M",
                "segments": {"cleared": {**SEGMENT, **segment}},
                **(repo or {}),
            },
            **(flow or {}),
        },
        "participants": {"count": 15},
    }


def legs(flow):
    """Instructions by repo, in order: (time, buyer, seller, security, units, cash)."""
    found = defaultdict(list)
    for chunk in flow.chunks():
        columns = (chunk.time, chunk.buyer, chunk.seller, chunk.security, chunk.units, chunk.cash)
        deals = flow.deals[chunk.first : chunk.first + len(chunk)].tolist()
        for deal, *leg in zip(deals, *(column.tolist() for column in columns), strict=True):
            found[deal].append(tuple(leg))
    return found


def is_interest(paid: int, cash: int, rate: str, days: Decimal) -> bool:
    owed = (Decimal(cash) * Decimal(rate) * days / 360).quantize(Decimal(1), ROUND_HALF_EVEN)
    return paid - cash == int(owed)


def test_exposure_is_the_sum_of_open_cash_legs_at_every_moment():
    # Without interest and term, day 0 closes all that was open before: so the legs alone tell the exposure.
    flow = open_flow(load_config(config(rate="0 %", rolls="40 %", intraday="20 %")))
    events = []  # (time, change of what is lent)
    opening = 0
    for mine in legs(flow).values():
        lent = None
        for leg, (time, buyer, seller, _, _, cash) in enumerate(mine):
            if leg == 0 and time == UNWIND:  # it was open before the run
                opening += cash
                lent = (cash, seller, buyer)
            if lent is None:
                lent = (cash, buyer, seller)
                events.append((time, cash))
            else:
                assert lent == (cash, seller, buyer)  # the same cash back, between the same two
                lent = None
                events.append((time, -cash))
    assert int(flow.book.opening.sum()) == opening
    times = np.unique([time for time, _ in events])
    order = sorted(events)
    told = {}
    standing = opening
    for time, change in order:
        standing += change
        told[time] = standing
    assert flow.book.exposure(times).sum(axis=1).tolist() == [told[time] for time in times.tolist()]
    assert min(told.values()) >= 0


def test_what_opens_closes_at_its_unwind_with_interest_to_the_cent_and_its_collateral():
    tenors = {"overnight": "50 %", "3 days": "50 %"}
    flow = open_flow(load_config(config(tenors=tenors)))
    lasted = defaultdict(int)
    for mine in legs(flow).values():
        first = mine[0]
        if first[0] % DAY == UNWIND:  # opened before the run
            assert len(mine) == 1
            continue
        assert OPENS <= first[0] % DAY < CLOSES
        if len(mine) == 1:
            assert first[0] // DAY > 2  # a term that ends after the run, or a night that does
            continue
        (opened, lender, borrower, security, units, cash), (closed, *back, paid) = mine
        assert back == [borrower, lender, security, units]
        assert closed % DAY == UNWIND
        nights = closed // DAY - opened // DAY
        lasted[nights] += 1
        assert is_interest(paid, cash, "0.0387", Decimal(nights))
    assert set(lasted) == {1, 3}
    # Half of the stock each, so three times as many nights as terms are opened.
    assert lasted[1] / lasted[3] == pytest.approx(3 * 5 / 3, rel=4 * np.sqrt(1 / lasted[1] + 1 / lasted[3]))


def test_interest_over_a_weekend_is_for_three_days():
    friday = {"start": "2026-10-09", "calendar": "NYSE"}
    flow = open_flow(load_config(config(days=2, flow=friday)))
    assert [day.label for day in flow.days] == ["2026-10-09", "2026-10-12"]
    pairs = [mine for mine in legs(flow).values() if len(mine) == 2]
    assert len(pairs) > 100
    for first, last in pairs:
        assert is_interest(last[-1], first[-1], "0.0387", Decimal(3))


def test_intraday_repos_end_after_their_time_or_at_the_close_and_pay_by_the_minute():
    flow = open_flow(load_config(config(tenors={"300 days": "100 %"}, intraday="50 %", lasts="4 h")))
    within = [
        mine for mine in legs(flow).values() if len(mine) == 2 and mine[0][0] // DAY == mine[1][0] // DAY
    ]
    at_close = 0
    for (opened, lender, borrower, *first, cash), (closed, *sides, security, units, paid) in within:
        assert sides == [borrower, lender]
        assert first == [security, units]
        assert closed == min(opened + 4 * HOUR, opened // DAY * DAY + 17 * HOUR)
        at_close += closed % DAY == 17 * HOUR
        minutes = Decimal((closed - opened) // 60_000_000)
        assert is_interest(paid, cash, "0.0387", minutes / (24 * 60))
    assert 0 < at_close < len(within)


def test_collateral_is_the_fewest_units_that_cover_the_cash_after_the_haircut():
    flow = open_flow(load_config(config()))
    for mine in legs(flow).values():
        if mine[0][0] % DAY != UNWIND:
            *_, security, units, cash = mine[0]
            price = Decimal(int(flow.prices[security])) * Decimal("0.98")
            assert (units - 1) * price < cash <= units * price


def test_what_rolls_is_opened_anew_at_the_unwind_or_pays_its_interest_alone():
    both = open_flow(load_config(config(rolls="100 %")))
    assert not [leg for mine in legs(both).values() for leg in mine if leg[0] % DAY != UNWIND]
    for mine in legs(both).values():
        assert len(mine) == 12  # six days, closed and opened each
        for (closed, _, _, _, units, paid), (opened, _, _, _, again, cash) in zip(
            mine[::2], mine[1::2], strict=True
        ):
            assert (closed, units) == (opened, again)
            assert is_interest(paid, cash, "0.0387", Decimal(1))
    net = open_flow(load_config(config(rolls="100 %", roll_net="yes")))
    assert (
        net.book.exposure(np.array([0, 6 * DAY])).tolist()
        == both.book.exposure(np.array([0, 6 * DAY])).tolist()
    )
    paid = {deal: [leg[-1] for leg in mine] for deal, mine in legs(net).items()}
    for deal, mine in legs(both).items():
        assert paid[deal] == [
            closed[-1] - opened[-1] for closed, opened in zip(mine[::2], mine[1::2], strict=True)
        ]
    assert all(leg[3:5] == (-1, 0) for mine in legs(net).values() for leg in mine)


def test_collateral_is_replaced_free_and_what_stands_comes_back():
    flow = open_flow(load_config(config(tenors={"4 days": "100 %"}, substitution="50 %")))
    replaced = 0
    for mine in legs(flow).values():
        if mine[0][5] == 0 or mine[0][0] % DAY == UNWIND:
            continue  # opened before the run
        _, lender, borrower, security, units, _ = mine[0]
        for at, (_, buyer, seller, what, number, cash) in enumerate(mine[1:], 1):
            if cash == 0 and (buyer, seller) == (lender, borrower):  # new units come first
                following = mine[at + 1]
                assert following[1:] == (borrower, lender, security, units, 0)
                security, units = what, number
                replaced += 1
            elif cash:
                assert (buyer, seller, what, number) == (borrower, lender, security, units)
    assert replaced > 50


def test_the_stock_stands_about_where_it_is_told_and_the_turnover_follows_from_the_tenors():
    exposure = 40 * 10**11
    tenors = {"overnight": "60 %", "5 days": "40 %"}
    flow = open_flow(load_config(config(days=10, exposure="40 bn", tenors=tenors, rolls="30 %")))
    closes = np.array([day.closes for day in flow.days])
    stock = flow.book.exposure(closes).sum(axis=1)
    # 8 000 repos of cv 1.5 stand at a time: a standard error of √((1 + cv²)/n), Poisson.
    error = np.sqrt(3.25 / 8_000)
    assert stock / exposure == pytest.approx(np.ones(10), abs=4 * error)
    # 0.6 a night and 0.4 every five; what rolls keeps its cash, so days are as one day for the error.
    opened = flow.book.cash[flow.book.cash > 0].sum() / 10
    assert opened / exposure == pytest.approx(0.6 + 0.4 / 5, rel=4 * np.sqrt(3.25 / 5_440))


def test_all_legs_of_a_repo_move_together_to_a_part_of_the_flow():
    flow = open_flow(load_config(config(rolls="30 %", intraday="20 %")))
    whole = legs(flow)
    moving = PartOfFlow(flow, 8, 0.25).moves(0, flow.size.trades)
    by_deal = defaultdict(set)
    for deal, moves in zip(flow.deals.tolist(), moving.tolist(), strict=True):
        by_deal[deal].add(moves)
    assert set(by_deal) == set(whole)
    assert all(len(one) == 1 for one in by_deal.values())
    assert 0.15 < np.mean([True in one for one in by_deal.values()]) < 0.35


def test_a_run_tells_the_exposure_as_a_stock_beside_the_turnover():
    result = simulator.run(config(days=2))
    told = result.summary["flow"]
    table = result.repo
    last = table.filter(pl.col("time") == pl.col("time").max())
    assert told["exposure_closing"] == last["exposure"].sum()
    assert told["opened_a_day"] == table["opened"].sum() // 2
    # Stock at the end = stock at the start + opened − closed.
    assert (
        told["exposure_closing"] - told["exposure_opening"] == table["opened"].sum() - table["closed"].sum()
    )
    assert told["interest_a_day"] == table["interest"].sum() // 2
    # All is repaid at 08:30, before anything is opened.
    assert told["exposure_trough"] == 0
    assert told["exposure_peak"] >= max(told["exposure_opening"], told["exposure_closing"])
    loaded = load_config(config(days=2))
    assert load_config(loaded.resolved()) == loaded


def test_repo_settles_beside_other_markets():
    repo = config(days=2)
    markets = {
        "repo": {"flow": repo["flow"], "participants": repo["participants"]},
        "bonds": {"extends": "markets/corporate_bonds", "flow": {"trades_per_day": 100}},
    }
    result = simulator.run({"days": 2, "seed": 8, "flow": {"markets": markets}})
    alone = simulator.run(repo)
    assert result.repo.filter(market="repo")["exposure"].max() == alone.repo["exposure"].max()
    assert result.summary["flow"]["trades"] == alone.summary["flow"]["trades"] + 200
    assert result.summary["flow"]["opened_a_day"] == alone.summary["flow"]["opened_a_day"]


def test_two_percent_of_the_market_is_252_billion_on_chain():
    assert load_config("repo_on_chain").flow.repo.exposure == 252 * 10**11
    preset = load_config("markets/repo").flow.repo
    assert preset.exposure == 126 * 10**13  # OFR; 2 % of it is 252 bn
    assert preset.exposure * 2 // 100 == 252 * 10**11


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"share": "90 %"}, r"segments: the shares of the segments add up to 90 %; make them 100 %"),
        ({"tenors": {"overnight": "80 %"}}, r"tenors: the shares add up to 80 %; make them 100 %"),
        (
            {"tenors": {"weekly": "100 %"}},
            r"tenors\.weekly: not a tenor; give overnight, or days from 2 to 366",
        ),
        (
            {"lenders": "bank"},
            r"lenders: bank is not allowed; give one or several of client_broker, market_maker",
        ),
        ({"unwind": "07:00"}, r"unwind: 07:00 is not allowed; the hours are 08:00–17:00"),
        ({"opens": "09:00–18:00"}, r"opens: 09:00–18:00 is not allowed; the hours are 08:00–17:00"),
        ({"haircut": "100 %"}, r"haircut: 100 % is not allowed; collateral would be worth nothing"),
        ({"haircutt": "2 %"}, r'haircutt: not a known key.*did you mean "haircut"'),
    ],
)
def test_repos_that_cannot_be_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        load_config(config(**changed))


def test_what_repos_have_not_is_refused():
    with pytest.raises(
        InputError, match=r"flow\.daily_value: repos have none; delete it with daily_value: null"
    ):
        load_config(config(flow={"daily_value": "1 bn"}))
    with pytest.raises(InputError, match="repos and instructions are both given"):
        load_config(config(flow={"instructions": []}))
    few = {**config(), "participants": {"count": 2, "types": {"client_broker": "50 %", "custodian": "50 %"}}}
    with pytest.raises(
        InputError, match=r"lenders: market_maker is not allowed; participants.types has none"
    ):
        load_config(few)
