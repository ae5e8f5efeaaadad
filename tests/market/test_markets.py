"""Several markets at once: the same trades as alone, in one order of time, with members shared or apart."""

from functools import partial

import numpy as np
import pytest

import simulator
from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market import markets
from simulator.market.flow import Chunk
from simulator.market.open import open_flow

SMALL = {
    "bonds": {
        "extends": "markets/corporate_bonds",
        "flow": {"trades_per_day": 400, "securities": {"classes": {"high_yield": {"count": 5}}}},
        "participants": {"count": 12},
    },
    "cash": {
        "extends": "markets/tokenized_treasuries",
        "flow": {"trades_per_day": 300},
        "participants": {"count": 20},
    },
}
CONTINUOUS = {"net": {"layer": 2, "settles": "T+0"}, "gross": {"layer": 3, "block": "continuous"}}
COLUMNS = ("time", "buyer", "seller", "security", "units", "cash")


def together(members: str = "shared", days: int = 2, **flow: object) -> dict:
    return {
        "seed": 9,
        "days": days,
        "flow": {"markets": SMALL, "members": members, **flow},
        "arrangements": CONTINUOUS,
    }


def alone(name: str, days: int = 2) -> dict:
    return {**SMALL[name], "seed": 9, "days": days, "arrangements": CONTINUOUS}


def rows(flow) -> list[tuple]:
    """(time, buyer, seller, security, units, cash) of every trade, by name."""
    found = []
    for chunk in flow.chunks():
        for time, buyer, seller, security, *terms in zip(
            *(getattr(chunk, name).tolist() for name in COLUMNS), strict=True
        ):
            found.append((time, flow.members[buyer], flow.members[seller], flow.securities[security], *terms))
    return found


def expected(separate: bool) -> list[tuple]:
    """The trades of each market alone, by time and then market: sorting keeps what stands first."""
    found = []
    for name in SMALL:
        own = f"{name}:" if separate else ""
        for time, buyer, seller, security, *terms in rows(open_flow(load_config(alone(name)))):
            found.append((time, own + buyer, own + seller, f"{name}:{security}", *terms))
    return sorted(found, key=lambda row: row[0])


@pytest.mark.parametrize("members", ["shared", "separate"])
def test_a_market_trades_the_same_alone_and_beside_others(members):
    flow = open_flow(load_config(together(members)))
    assert rows(flow) == expected(members == "separate")
    assert len(flow.members) == (20 if members == "shared" else 32)
    assert (flow.days[0].opens, flow.days[0].closes) == (0, 86_399_000_000)


def test_how_markets_cut_their_trades_changes_nothing(monkeypatch):
    whole = rows(open_flow(load_config(together())))
    monkeypatch.setattr(markets, "SyntheticFlow", partial(markets.SyntheticFlow, chunk_trades=7, ahead=False))
    flow = open_flow(load_config(together()))
    assert rows(flow) == whole
    chunks = list(flow.chunks())
    assert len(chunks) > 50
    assert [one.first for one in chunks] == np.cumsum([0, *map(len, chunks)])[:-1].tolist()


def test_trades_of_one_instant_come_in_the_order_of_the_markets_wherever_chunks_end():
    def chunk(first, *times):
        columns = {name: np.zeros(len(times), np.int32) for name in COLUMNS[1:4]}
        numbers = np.arange(first, first + len(times))
        return Chunk(first, 0, np.array(times), **columns, units=numbers, cash=numbers + 100)

    class Flow(markets.MarketsFlow):
        def __init__(self, *flows):
            self.flows, self._places, self._starts = flows, [np.arange(1)] * 2, np.array([0, 1])

    class One:
        states_wishes = False

        def __init__(self, *chunks):
            self.chunks = lambda: iter(chunks)

    flow = Flow(One(chunk(0, 5, 5), chunk(2, 5), chunk(3, 5, 8)), One(chunk(0, 4, 5), chunk(2, 5, 9)))
    flow.days = (markets.TradeDay(0, 0, 0, 10, "0"),)
    found = [
        row
        for one in flow.chunks()
        for row in zip(*(getattr(one, k).tolist() for k in ("time", "security", "units")), strict=True)
    ]
    assert found == [
        (4, 1, 0),
        *((5, 0, unit) for unit in range(4)),
        *((5, 1, unit) for unit in (1, 2)),
        (8, 0, 4),
        (9, 1, 3),
    ]


def test_separate_markets_need_what_each_needs_alone_and_shared_ones_less():
    apart, shared = (simulator.run(together(one)).summary["arrangements"] for one in ("separate", "shared"))
    single = [simulator.run(alone(name)).summary["arrangements"] for name in SMALL]
    for arrangement in ("net", "gross"):
        for measure in ("gross_value", "net_debit", "liquidity_need", "value_moved"):
            total = sum(one[arrangement][measure] for one in single)
            # Each is a mean over two days, rounded by itself.
            assert abs(apart[arrangement][measure] - total) <= 1
    assert shared["gross"]["gross_value"] == apart["gross"]["gross_value"]
    # What a member owes in one market and is owed in the other nets, by hand:
    nets: dict[tuple[int, str], int] = {}
    for time, buyer, seller, _, _, cash in expected(separate=False):
        day = time // 86_400_000_000
        nets[day, buyer] = nets.get((day, buyer), 0) + cash
        nets[day, seller] = nets.get((day, seller), 0) - cash
    debit = sum(max(0, net) for net in nets.values()) / 2
    assert abs(shared["net"]["net_debit"] - debit) <= 0.5
    assert shared["net"]["net_debit"] < apart["net"]["net_debit"]
    assert shared["gross"]["liquidity_need"] < apart["gross"]["liquidity_need"]


def test_what_is_expected_of_members_is_that_of_all_their_markets():
    config = load_config(together())
    flow, single = open_flow(config), [open_flow(load_config(alone(name))) for name in SMALL]
    payments = flow.expected_payments()
    assert payments[3] == sum(int(one.expected_payments()[3]) for one in single)
    assert payments[15] == single[1].expected_payments()[15]  # the bonds have 12 members
    assert flow.expected_sales(3).tolist() == [
        *single[0].expected_sales(3).tolist(),
        *single[1].expected_sales(3).tolist(),
    ]
    assert flow.opening_prices.tolist() == [one for part in single for one in part.opening_prices.tolist()]
    assert load_config(config.resolved()) == config


def test_keys_of_a_market_are_set_and_the_latest_settlement_is_that_of_all():
    config = load_config(
        {"flow": {"markets": {"a": "markets/treasuries", "b": "markets/money_market_funds"}}},
        ["flow.markets.a.flow.trades_per_day=77"],
    )
    assert config.flow.markets["a"].flow.trades_per_day == 77
    assert config.arrangements["net"].settles == 1
    assert config.flow.expected_value == (1_047 + 312) * 10**11


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ({"markets": {}}, r"flow\.markets: empty; give at least one market"),
        ({"markets": {"a": "markets/treasury"}}, r"flow\.markets\.a: markets/treasury is neither a file nor"),
        (
            {"markets": {"a": "markets/us_equities", "b": "markets/us_equities_slice"}},
            r"flow\.markets\.b\.flow\.market: both it and a are without a name of its own",
        ),
        (
            {"markets": {"a": "markets/treasuries", "b": "markets/treasuries"}},
            r"flow\.markets\.b\.flow\.market: both it and a are named treasuries",
        ),
        (
            {"markets": {"a": "two_banks"}},
            r"flow\.markets\.a\.flow\.instructions: several markets at once are",
        ),
        (
            {
                "markets": {
                    "a": {"extends": "markets/treasuries", "participants": {"funding": {"prefunding": 5}}}
                }
            },
            r"flow\.markets\.a\.participants\.funding: what members bring is for all markets",
        ),
        (
            {"markets": {"a": "markets/treasuries"}, "currency": "EUR"},
            r"flow\.markets\.a\.flow\.currency: USD is not the currency of flow\.currency, EUR",
        ),
        (
            {"markets": {"a": "markets/treasuries"}, "hours": "09:00–10:00"},
            r"flow\.hours: each market has its own",
        ),
        ({"markets": {"a": "markets/treasuries"}, "daily_value": "1 bn"}, r"several markets and a synthetic"),
        (
            {"markets": {"a": {"extends": "markets/treasuries", "flow": {"tradesperday": 5}}}},
            r'flow\.markets\.a\.flow\.tradesperday: not a known key.*did you mean "trades_per_day"',
        ),
        (
            {"markets": {"a": {"flow": {"daily_value": "1 bn"}}}},
            r"flow\.markets\.a\.participants\.count: missing; a synthetic market needs it",
        ),
    ],
)
def test_markets_that_cannot_be_settled_together_are_refused(flow, message):
    with pytest.raises(InputError, match=message):
        load_config({"flow": flow})


def test_what_is_wrong_with_a_market_is_told_at_its_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "flow:\n  markets:\n    a:\n      extends: markets/corporate_bonds\n      flow:\n"
        "        daily_value: 1 M\n"
    )
    with pytest.raises(
        InputError, match=r"mine.yaml:6: flow.daily_value: a trade is worth 10.00 USD on average"
    ):
        open_flow(load_config(path))
