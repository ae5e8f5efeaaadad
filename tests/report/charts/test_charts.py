"""The charts: each is Vega-Lite by its schema, says what it shows, and shows what can be worked by hand."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import simulator
from simulator.report import charts
from simulator.report.charts.chart import Cell, Drawing, Nothing
from simulator.report.charts.pictures import picture

# A pays B 60 at 09:00, B pays A 100 at 10:00, A pays C 50 at 11:00; X is sold the other way.
BY_HAND = {
    "name": "by hand",
    "flow": {
        "instructions": [
            {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 6, "cash": "60.00"},
            {"time": "10:00", "buyer": "B", "seller": "A", "security": "X", "units": 10, "cash": "100.00"},
            {"time": "11:00", "buyer": "A", "seller": "C", "security": "X", "units": 5, "cash": "50.00"},
        ]
    },
    "participants": {"funding": "unlimited", "holdings": "ample"},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}},
}


@pytest.fixture(scope="module")
def by_hand() -> simulator.Result:
    return simulator.run(BY_HAND)


@pytest.fixture(scope="module")
def limited() -> simulator.Result:
    """Two days of a market with limits that bind, so that every chart has something to draw."""
    return simulator.run(
        {
            "seed": 1,
            "days": 2,
            "flow": {"daily_value": "1 bn", "trades_per_day": 3000, "securities": {"count": 5}},
            "participants": {
                "count": 40,
                "types": {"client_broker": "50 %", "market_maker": "50 %"},
                "funding": {"prefunding": "500 k", "credit_limit": "500 k"},
            },
            "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "1 min"}},
            "costs": {},
        }
    )


def draw(result: simulator.Result, name: str) -> Drawing:
    drawing = import_module(f"simulator.report.charts.{name}").draw(result)
    assert isinstance(drawing, Drawing), drawing
    return drawing


def values(drawing: Drawing) -> list[list[float | None]]:
    """The exact figures of the table behind a chart."""
    return [[each.value for each in row if isinstance(each, Cell)] for row in drawing.table.rows]


@pytest.mark.parametrize("name", charts.CHARTS)
def test_a_chart_of_altair_draws_the_marks_of_the_picture(limited, tmp_path, name):
    """Altair rearranges what it is given; what it makes of it must still draw, and the same."""
    getattr(limited.charts, name)().save(tmp_path / "altair.svg")
    theirs = (tmp_path / "altair.svg").read_text(encoding="utf-8")
    ours = picture(limited, name)["svg"].decode()
    assert ours.count("<path aria-label") == theirs.count("<path aria-label") > 0


@pytest.mark.parametrize("name", charts.CHARTS)
def test_a_chart_is_vega_lite_by_its_schema_and_says_what_it_shows(limited, name):
    drawing = draw(limited, name)
    getattr(limited.charts, name)().to_dict(validate=True)
    assert drawing.says.endswith(".")
    assert drawing.table.rows
    assert all(len(row) == len(drawing.table.columns) for row in drawing.table.rows)
    module = import_module(f"simulator.report.charts.{name}")
    assert module.TITLE
    assert module.READING.endswith(".")


def test_the_charts_are_those_that_are_named(limited):
    """A module that draws is named, what is named draws, and ``dir`` lists it."""
    folder = Path(charts.__file__).parent
    drawing = {
        path.stem
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "draw"
    }
    assert drawing == set(charts.CHARTS) == set(dir(limited.charts))
    with pytest.raises(AttributeError, match="there are cash_in_use"):
        _ = limited.charts.cash


def test_cash_in_use_follows_the_payments(by_hand):
    """Gross: A is out 60, then B 40 net, then A 10 and B 40. Netted: A owes 10 and B 40 on the next day."""
    drawing = draw(by_hand, "cash_in_use")
    rows = {
        (row["arrangement"], row["time"] // 60_000): row["mean"] for row in drawing.spec["data"]["values"]
    }
    assert rows["gross", 9 * 60 + 5] == 60
    assert rows["gross", 10 * 60 + 5] == 40
    assert rows["gross", 11 * 60] == 50
    assert rows["net", 11 * 60] == 50
    assert rows["net", 10 * 60 + 55] == 0
    assert "50.00 USD under net (11:00)" in drawing.says


def test_netting_efficiency_is_what_need_not_be_paid(by_hand):
    """Of 210 traded 50 is paid; units: 21 traded, A gives 10 and gets 11, so B gives 4 … 1 and 5 move."""
    net, gross = values(draw(by_hand, "netting_efficiency"))
    assert net[0] == pytest.approx(160 / 210)
    assert gross[0] == 0


def test_each_members_need_stands_against_the_baseline(by_hand):
    """A needs 10 netted and 60 gross, B 40 either way; C needs nothing."""
    drawing = draw(by_hand, "net_against_gross")
    marks = {row["member"]: (row["base"], row["need"]) for row in drawing.spec["data"]["values"]}
    assert marks == {"A": (10, 60), "B": (40, 40)}
    assert drawing.says == "1 of 3 members need more under gross than under net."
    assert "Left out: 1 mark" in drawing.note


def test_the_star_has_what_each_member_owes_or_is_owed(by_hand):
    drawing = draw(by_hand, "network_after")
    owed = {str(row[0]): [cell.value for cell in row[1:3]] for row in drawing.table.rows}
    assert owed == {"A": [21000, 1000], "B": [16000, 4000], "C": [5000, 5000]}
    assert "50.00 USD to be paid, 23.8 %" in drawing.says


def test_lines_of_the_network_are_what_two_members_trade_with_each_other(by_hand):
    lines = draw(by_hand, "network_before").spec["layer"][0]["data"]["values"]
    assert {line["ends"]: line["value"] for line in lines} == {"A and B": 160, "A and C": 50}


def test_waits_are_the_shares_of_value_still_waiting():
    """B has 40: 60 of value settles at once; 100 waits from 09:00 for 30 minutes; 40 never settles."""
    result = simulator.run(
        {
            "flow": {
                "instructions": [
                    {"time": "09:00", "buyer": "B", "seller": "A", "cash": "100.00"},
                    {"time": "09:30", "buyer": "A", "seller": "B", "cash": "60.00"},
                    {"time": "10:00", "buyer": "C", "seller": "A", "cash": "40.00"},
                    {"time": "11:00", "buyer": "A", "seller": "A", "cash": "1.00"},
                ]
            },
            "participants": {"members": {"A": {"cash": 60}, "B": {"cash": 40}, "C": {}}},
            "arrangements": {"gross": {"layer": 3}},
        }
    )
    drawing = draw(result, "delays")
    after = {str(row[0]): row[1].value for row in drawing.table.rows}
    assert after["0 s"] == pytest.approx(140 / 201)
    assert after["10 min"] == pytest.approx(140 / 201)
    halves = [row for row in drawing.spec["data"]["values"] if 1800 <= row["seconds"] <= 1800 * (1 + 1 / 32)]
    assert [row["share"] for row in halves] == [pytest.approx(40 / 201)]
    assert after["4 h"] == 0


def test_what_there_is_nothing_to_draw_of_says_why(by_hand):
    queue = import_module("simulator.report.charts.queue").draw(by_hand)
    assert isinstance(queue, Nothing)
    assert "nothing waits" in queue.why
    with pytest.raises(ValueError, match="queue: nothing waits"):
        by_hand.charts.queue()


def test_days_with_other_hours_are_read_at_the_same_times():
    """One day from 09:00 to 11:00, one from 10:00 to 12:00: no reading mixes with another time's."""
    instructions = [
        {"day": day, "time": f"{hour:02d}:00", "buyer": "A", "seller": "B", "cash": "10.00"}
        for day, hours in ((0, (9, 10, 11)), (1, (10, 11, 12)))
        for hour in hours
    ]
    result = simulator.run(
        {
            "flow": {"instructions": instructions},
            "participants": {"funding": "unlimited", "holdings": "ample"},
            "arrangements": {"gross": {"layer": 3}},
        }
    )
    rows = {row["time"] // 60_000: row for row in draw(result, "cash_in_use").spec["data"]["values"]}
    assert (rows[9 * 60 + 30]["least"], rows[9 * 60 + 30]["most"]) == (0, 10)
    assert (rows[10 * 60 + 30]["least"], rows[10 * 60 + 30]["most"]) == (10, 20)
    assert (rows[12 * 60]["least"], rows[12 * 60]["most"]) == (30, 30)


def test_charts_are_saved_as_svg_and_png(by_hand, tmp_path):
    written = by_hand.save_charts(tmp_path / "charts")
    names = {path.name for path in written}
    assert {"cash_in_use.svg", "cash_in_use.png", "network_after.svg"} <= names
    assert "queue.svg" not in names
    for path in written:
        begins = b"\x89PNG" if path.suffix == ".png" else b"<svg"
        assert path.read_bytes().startswith(begins)


def test_a_notebook_shows_table_and_charts_by_itself(by_hand):
    shown = by_hand._repr_html_()
    assert "<table>" in shown
    assert shown.count('src="data:image/svg+xml;base64,') >= 7
    assert "http" not in shown.replace("data:image", "")


def test_a_market_with_one_arrangement_has_no_switches():
    result = simulator.run({**BY_HAND, "arrangements": {"gross": {"layer": 3}}})
    drawing = draw(result, "cash_in_use")
    assert drawing.legend is None
    assert "shown" not in str(drawing.spec["layer"])


def test_members_that_are_not_shown_are_drawn_together_and_nothing_is_lost():
    """Sixty members on a chain of payments: all value is in the picture, twenty members in one dot."""
    network = pl.DataFrame(
        {
            "buyer": [f"M{k:02d}" for k in range(59)],
            "seller": [f"M{k + 1:02d}" for k in range(59)],
            "value": [100 * (60 - k) for k in range(59)],
            "trades": [1] * 59,
        }
    )
    names = [f"M{k:02d}" for k in range(60)]
    bought, sold = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for buyer, seller, value, _ in network.iter_rows():
        bought[buyer] += value
        sold[seller] += value
    participants = pl.DataFrame(
        {
            "arrangement": ["net"] * 60,
            "day": [0] * 60,
            "participant": names,
            "type": [""] * 60,
            "bought_value": list(bought.values()),
            "sold_value": list(sold.values()),
        }
    )
    result = simulator.run({**BY_HAND, "arrangements": {"net": {"layer": 2}}})
    result.network, result.participants = network, participants
    drawing = draw(result, "network_before")
    dots = drawing.spec["data"]["values"]
    assert [dot["member"] for dot in dots][-1] == "20 others"
    assert len(dots) == 41
    assert sum(dot["traded"] for dot in dots) == pytest.approx(2 * network["value"].sum() / 100)
    inside = sum(network["value"][40:]) / 100  # between two of those drawn together
    lines = drawing.spec["layer"][0]["data"]["values"]
    assert sum(line["value"] for line in lines) == pytest.approx(network["value"].sum() / 100 - inside)
    assert "the 40 members that trade most, of 60" in drawing.note
