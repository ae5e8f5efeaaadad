"""The shipped case of fails carried, marked and bought in, against the hand in its opening comment."""

import pytest

from .shipped import cents, settle

DAYS = ("2026-11-27", "2026-11-30", "2026-12-01")


@pytest.fixture(scope="module")
def result():
    return settle("fails")


def by_day(result, arrangement, *columns):
    """Columns of the settlement days, in cents where they are money."""
    return result.days.filter(arrangement=arrangement).select(columns).rows()


def open_at(result, arrangement, day):
    """Units and age of what is open at the close of a settlement day."""
    rows = result.fails.filter(arrangement=arrangement, day=day).to_dicts()
    return {(row["participant"], row["security"]): (row["units"], row["age"]) for row in rows}


def test_trades_around_thanksgiving_settle_on_the_next_business_day(result):
    for name in ("net", "carried", "bought_in", "night", "banks"):
        assert [label for (label,) in by_day(result, name, "label")] == list(DAYS)
    settled = result.instructions.filter(arrangement="carried")["settled_at"].to_list()
    day, close = 86_400_000_000, 16 * 3_600_000_000
    assert settled == [2 * day + close, 2 * day + close, 5 * day + close, 5 * day + close, 6 * day + close]


def test_without_carrying_a_fail_is_reported_on_its_day_and_gone(result):
    assert by_day(result, "net", "unsettled_value", "unsettled_count", "oldest_fail") == [
        (cents(40), 1, 0),
        (cents(153), 1, 0),
        (0, 0, 0),
    ]
    assert result.fails.filter(arrangement="net").is_empty()


FRIDAY = {("North", "X"): (-4, 0), ("South", "X"): (4, 0)}
MONDAY = {
    ("North", "X"): (-4, 1),
    ("South", "X"): (1, 1),
    ("East", "X"): (3, 0),
    ("North", "Y"): (3, 0),
    ("East", "Y"): (-3, 0),
}
Y_TUESDAY = {("North", "Y"): (3, 1), ("East", "Y"): (-3, 1)}
CARRIED = {("North", "X"): (-2, 2), ("South", "X"): (1, 2), ("East", "X"): (1, 1), **Y_TUESDAY}
BOUGHT = {("North", "X"): (-1, 2), ("East", "X"): (1, 1), **Y_TUESDAY}


@pytest.mark.parametrize(
    ("arrangement", "tuesday"),
    [("carried", CARRIED), ("night", CARRIED), ("bought_in", BOUGHT), ("banks", BOUGHT)],
)
def test_what_stays_open_and_how_old_it_is(result, arrangement, tuesday):
    assert [open_at(result, arrangement, day) for day in (1, 2, 3)] == [FRIDAY, MONDAY, tuesday]


def test_open_positions_stand_at_the_price_of_the_day(result):
    """Nobody trades Y on the last day: it keeps its price."""
    rows = result.fails.filter(arrangement="bought_in", day=3).to_dicts()
    assert {(row["security"], row["price"]) for row in rows} == {("X", cents(11)), ("Y", cents(51))}
    assert [row["value"] for row in rows] == [cents(-11), cents(11), cents(153), cents(-153)]


@pytest.mark.parametrize(
    ("arrangement", "days"),
    [
        ("carried", [(250, 310, 40, 0, 0), (263, 291, 201, 8, 48), (4, 44, 175, 4, 197)]),
        ("night", [(250, 310, 40, 0, 0), (263, 291, 201, 8, 48), (4, 44, 175, 4, 197)]),
        ("bought_in", [(250, 310, 40, 0, 0), (263, 291, 201, 8, 48), (15, 55, 164, 4, 197)]),
    ],
)
def test_cash_follows_units_and_marks(result, arrangement, days):
    columns = ("value_moved", "settled_value", "unsettled_value", "marks", "carried_value")
    assert by_day(result, arrangement, *columns) == [tuple(map(cents, day)) for day in days]


def test_who_pays_for_marks_and_buy_ins(result):
    rows = result.participants.filter(arrangement="bought_in", day=3).to_dicts()
    columns = ("value_moved", "marks", "carried_value", "bought_in_value", "buy_in_cost", "unsettled_value")
    paid = {row["participant"]: tuple(row[name] for name in columns) for row in rows}
    assert paid == {
        "North": (0, 0, cents(44), cents(11), cents(1.10), cents(11)),
        "South": (cents(12), cents(1), 0, 0, 0, 0),
        "East": (cents(3), cents(3), cents(153), 0, 0, cents(153)),
    }


def test_a_settling_bank_pays_one_figure_for_its_members(result):
    assert by_day(result, "banks", "settling_bank_debit") == [(cents(250),), (cents(255),), (cents(12.10),)]
    assert by_day(result, "bought_in", "settling_bank_debit") == [(cents(250),), (cents(263),), (cents(15),)]


def test_the_calendar_decides_when_it_settles():
    """Without the calendar Wednesday's trades settle on Thanksgiving, on the same figures."""
    anyday = settle("fails", {"flow.calendar": None})
    labels = [label for (label,) in by_day(anyday, "carried", "label")]
    assert labels == ["2026-11-26", "2026-11-27", "2026-11-27 + 1"]
    assert by_day(anyday, "carried", "marks") == [(0,), (cents(8),), (cents(4),)]
