"""Break-even maps: closed forms of two parameters, minimums by member, the run's own place in the map."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

import simulator
from simulator.config.costs import Costs
from simulator.config.errors import InputError
from simulator.report.break_even import minimums_of, say_break_even, write_break_even
from simulator.report.folder import BREAK_EVEN_FILES, CONFIG, SUMMARY, ResultFolder
from simulator.study.break_even import SPREADS, VOLATILITIES, break_even

DAY = 86_400_000_000
BP = Fraction(1, 10_000)
MARGIN, CASH = 720_000_00, 1_440_000_00  # at risk netted, brought gross; money in cents
EXACT = pl.Decimal(38, 0)
COLUMNS = ("cost_liquidity", "cost_margin", "cost", "at_risk", "gap", "marks", "required")


def rates(**stated: Any) -> Costs:
    given = {
        "flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": 1}]},
        "arrangements": {"net": {"layer": 2}},
        "costs": stated,
    }
    found = simulator.load(given).costs
    assert found is not None
    return found


def table(rows: list[dict[str, Any]], costs: Costs) -> pl.DataFrame:
    """Rows with what they state, costs of cash and margin at the rates given, ``fixed`` beside them."""
    filled = []
    for at, row in enumerate(rows):
        one = {"day": 0, "participant": f"M{at}", "brought": 0, "held": None, "fixed": 0, **row}
        one = {**dict.fromkeys(COLUMNS, 0), **one}
        held = one.pop("held")
        one["held_time"] = (one["required"] if held is None else held) * DAY
        one["brought_time"] = one.pop("brought") * DAY
        one["cost_liquidity"] = round(one["brought_time"] * costs.liquidity / (costs.day_count * DAY))
        one["cost_margin"] = round(one["held_time"] * costs.margin / (costs.day_count * DAY))
        one["cost"] = one["cost_liquidity"] + one["cost_margin"] + one.pop("fixed")
        filled.append(one)
    return pl.DataFrame(filled, schema_overrides={"held_time": EXACT, "brought_time": EXACT})


def two(costs: Costs, **more: Any) -> pl.DataFrame:
    """One member: netted, margin of what is at risk; gross, cash brought."""
    return table(
        [
            {"arrangement": "net", "at_risk": MARGIN, "required": MARGIN, **more},
            {"arrangement": "gross", "brought": CASH},
        ],
        costs,
    )


def test_margin_and_cash_at_one_spread_break_even_at_one_volatility():
    """v · m · s = L · s: at v = L / m = 2, whatever the spread."""
    costs = rates(liquidity="2 %", margin="2 %")
    found = break_even(two(costs), costs)
    assert {one.volatility for one in found.lines} == {2}
    assert {one.spread for one in found.lines} == set(SPREADS)
    assert {(one.below, one.above) for one in found.lines} == {("net", "gross")}
    for i in range(len(SPREADS)):
        for j, volatility in enumerate(VOLATILITIES):
            assert found.costs[i, j] == (
                MARGIN * volatility * SPREADS[i] / 360,
                CASH * SPREADS[i] / 360,
            )


def test_cash_that_earns_nothing_breaks_even_at_a_wider_spread():
    """v · m · s = L · (s + 1 %): at s = 1 % · L / (v · m − L), which is 2 / (v − 2) per cent."""
    costs = rates(liquidity="3 %", margin="2 %")
    found = break_even(two(costs), costs)
    along = {one.volatility: one.spread for one in found.lines if one.along == "spread"}
    wanted = {v: Fraction(2, 100) / (v - 2) for v in VOLATILITIES if v > 2}
    assert along == {v: s for v, s in wanted.items() if SPREADS[0] < s <= SPREADS[-1]}
    assert len(along) == 17
    across = {one.spread: one.volatility for one in found.lines if one.along == "volatility"}
    for spread in SPREADS:
        volatility = 2 + Fraction(2, 100) / spread
        if volatility <= VOLATILITIES[-1]:
            assert across[spread] == volatility


def test_the_spread_can_price_cash_alone():
    """Margin at its 2 %: v · m · 2 % = L · s, at s = v %; where margin is priced alone, at s = 4 % / v."""
    costs = rates(liquidity="2 %", margin="2 %")
    cash = break_even(two(costs), costs, prices=("liquidity",))
    assert {one.volatility: one.spread for one in cash.lines if one.along == "spread"} == {
        v: v / 100 for v in VOLATILITIES if v / 100 > SPREADS[0]
    }
    margin = break_even(two(costs), costs, prices=("margin",))
    assert {one.volatility: one.spread for one in margin.lines if one.along == "spread"} == {
        v: Fraction(4, 100) / v for v in VOLATILITIES if Fraction(4, 100) / v <= SPREADS[-1]
    }


def test_cash_never_costs_less_than_nothing():
    """At 0.5 % in a run whose spread is 2 %, cash is free below 1.5 %: then gross costs its 5.00 alone."""
    costs = rates(liquidity="0.5 %", margin="2 %")
    rows = [
        {"arrangement": "net", "at_risk": MARGIN, "required": MARGIN},
        {"arrangement": "gross", "brought": CASH, "fixed": 5_00},
    ]
    found = break_even(table(rows, costs), costs)
    for i, spread in enumerate(SPREADS):
        priced = max(0, CASH * (spread - 150 * BP) / 360)
        assert found.costs[i, 9] == (MARGIN * spread / 360, priced + 5_00)
    # 2,000.00 · s at × 1 is 5.00 at 25 bp, where cash is still free; gross is back above netting at
    # 4,000.00 · (s − 1.5 %) + 5.00 = 2,000.00 · s, at 2.75 %.
    at_own = [one for one in found.lines if one.volatility == 1 and one.along == "spread"]
    assert [(one.spread, one.below, one.above) for one in at_own] == [
        (25 * BP, "net", "gross"),
        (275 * BP, "gross", "net"),
    ]


def test_a_minimum_binds_member_by_member():
    """Minimum 10 k: of members at risk for 4 k and 25 k, with marks of 1 k and none, one is above it from
    v = 2.25 on, the other from 0.4. At 3.6 % over 360 days 10 k cost 1.00 a day."""
    costs = rates(margin="3.6 %")
    rows = [
        {"arrangement": "net", "at_risk": 4_000_00, "marks": 1_000_00, "required": 10_000_00},
        {"arrangement": "net", "at_risk": 25_000_00, "required": 25_000_00},
        {"arrangement": "net", "participant": "asked for nothing"},
        {"arrangement": "gross", "brought": 1},
    ]
    volatilities = [Fraction(1, 10), Fraction(4, 10), Fraction(1), Fraction(9, 4), Fraction(4)]
    found = break_even(
        table(rows, costs), costs, {"net": 10_000_00}, spreads=[36 * BP * 10], volatilities=volatilities
    )
    told = [found.costs[0, j][0] for j in range(5)]
    assert told == [2_00, 2_00, 3_50, 1_00 + Fraction(5625_00, 1000), 1_70 + 10_00]


def test_what_is_held_beyond_what_is_required_stays():
    """A call of 5,000.00 held half the day is 2,500.00 whatever the volatility; 10,000.00 grow with it."""
    costs = rates(margin="3.6 %")
    rows = [
        {"arrangement": "net", "at_risk": 100_00_00, "required": 100_00_00, "held": 125_00_00},
        {"arrangement": "gross"},
    ]
    found = break_even(table(rows, costs), costs, spreads=[360 * BP], volatilities=[Fraction(1), Fraction(3)])
    assert [found.costs[0, j][0] for j in range(2)] == [1_25, 3_25]


@pytest.mark.parametrize("seed", range(4))
def test_random_tables_cost_in_every_field_what_their_members_do(seed):
    """Each field anew, member by member in fractions; at every point of the line two cost least."""
    draw = random.Random(seed)
    costs = rates(liquidity=f"{draw.randint(200, 500)} bp", margin="2 %")
    scale = 10 ** draw.choice([7, 9, 14])
    minimums = {"a": draw.randint(0, scale // 2), "b": draw.randint(0, scale // 2)}
    rows = []
    for name in "abc":
        for day in range(2):
            for member in range(5):
                one: dict[str, Any] = {"arrangement": name, "day": day, "participant": f"M{member}"}
                if name == "c":
                    one["brought"] = draw.randint(0, scale)
                else:
                    one |= {key: draw.randint(0, scale) // 3 for key in ("at_risk", "gap", "marks")}
                    needed = one["at_risk"] + one["gap"] + one["marks"]
                    one["required"] = max(minimums[name], needed)
                rows.append({**one, "fixed": draw.randint(0, scale // 10_000)})
    priced = table(rows, costs)
    spreads, volatilities = SPREADS[::8], VOLATILITIES[::8]

    def cost(name: str, spread: Fraction, volatility: Fraction) -> Fraction:
        total = Fraction(0)
        for row in priced.filter(arrangement=name).to_dicts():
            total += row["cost"] - row["cost_margin"] - row["cost_liquidity"]
            total += row["cost_liquidity"] + (spread - costs.margin) * int(row["brought_time"]) / DAY / 360
            needed = volatility * row["at_risk"] + row["gap"] + row["marks"]
            if row["required"]:
                deposited = max(minimums[name], needed)
                total += row["cost_margin"] + (spread * deposited - costs.margin * row["required"]) / 360
        return total / 2

    found = break_even(priced, costs, minimums, spreads=spreads, volatilities=volatilities)
    for i, spread in enumerate(spreads):
        for j, volatility in enumerate(volatilities):
            assert found.costs[i, j] == tuple(cost(name, spread, volatility) for name in "abc")
    for line in found.lines:
        here = {name: cost(name, line.spread, line.volatility) for name in "abc"}
        assert here[line.below] == here[line.above] == min(here.values())
    for j, volatility in enumerate(volatilities):
        for i, ends in enumerate(pairwise(spreads)):
            if found.cheapest(i, j) != found.cheapest(i + 1, j):
                assert any(
                    ends[0] <= one.spread <= ends[1] for one in found.lines if one.volatility == volatility
                )


SMALL = {
    "name": "small",
    "days": 2,
    "seed": 4,
    "flow": {"daily_value": "50 M", "trades_per_day": 300, "securities": {"count": 3}},
    "participants": {"count": 6, "holdings": "ample"},
    "arrangements": {
        "net": {"layer": 2},
        "gross": {"layer": 3, "funding": {"prefunding": "5 M", "credit_limit": "50 M"}},
        "coins": {"layer": 3, "cash_leg": "stablecoin"},
    },
    "costs": {"committed_lines": {"amount": "40 bn"}},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> simulator.Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.report.files.write_page", lambda *_: None)  # nothing here reads it
        return simulator.run(SMALL, out=tmp_path_factory.mktemp("small") / "results")


def test_where_the_run_stands_the_map_says_what_it_cost(small):
    found = small.break_even
    own = found.costs[found.spreads.index(Fraction(2, 100)), found.volatilities.index(1)]
    told = [small.summary["arrangements"][name]["cost"] for name in found.arrangements]
    assert list(found.arrangements) == list(small.summary["arrangements"])
    assert [round(each) for each in own] == told
    assert min(told) > 0


def test_a_wider_spread_costs_what_was_brought(small):
    """A hundred basis points more on 6 × 5 M of prefunding, over 360 days: 833.33 a day."""
    found = small.break_even
    at = found.volatilities.index(1), found.arrangements.index("gross")
    two, three = (found.costs[found.spreads.index(Fraction(n, 100)), at[0]][at[1]] for n in (2, 3))
    assert three - two == Fraction(30_000_000_00, 100 * 360)


def test_results_read_back_have_the_same_map(small):
    read = simulator.read(small.saved_in)
    assert read.costs.equals(small.costs)
    assert simulator.break_even(small.saved_in) == small.break_even == read.break_even
    assert say_break_even(read) == say_break_even(small)


def test_the_files_hold_every_field(small, tmp_path):
    written = write_break_even(small, tmp_path / "map")
    assert {path.name for path in written} == {path.name for path in (tmp_path / "map").iterdir()}
    assert {path.name for path in written} == set(BREAK_EVEN_FILES)
    cells = pl.read_parquet(tmp_path / "map" / "break_even.parquet")
    assert cells.height == 40 * 40 * 3
    assert cells.filter("cheapest").height == 40 * 40
    assert cells.equals(small.break_even.table)


def test_new_results_leave_no_map_of_earlier_ones_behind(tmp_path):
    place = tmp_path / "results"
    place.mkdir()
    for name in (SUMMARY, CONFIG, *BREAK_EVEN_FILES, "notes.txt"):
        (place / name).touch()
    with ResultFolder(place) as folder:
        (folder.path / SUMMARY).touch()
        folder.land()
    assert {path.name for path in place.iterdir()} == {SUMMARY, "notes.txt"}


def test_without_costs_there_is_no_map():
    plain = simulator.run({key: value for key, value in SMALL.items() if key != "costs"} | {"days": 1})
    assert plain.costs is None
    with pytest.raises(InputError, match="nothing was priced in this run; run it again with costs"):
        _ = plain.break_even


def test_the_least_margin_is_what_the_config_states(small, monkeypatch):
    """An arrangement's own, else that of all; nothing where there is no margin."""
    stated = small.config.resolved()
    stated["margin"] = {"minimum": "250000.00 USD"}
    stated["arrangements"]["gross"]["margin"] = {"minimum": "1000.00 USD"}
    monkeypatch.setattr(type(small.config), "resolved", lambda _: stated)
    assert minimums_of(small) == {"net": 25_000_000, "gross": 100_000, "coins": 25_000_000}
    stated.pop("margin")
    assert minimums_of(small) == {"gross": 100_000}
