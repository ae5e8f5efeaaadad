"""Business days: trade days and settlement days of a market, held against the exchange's own list."""

import datetime

import pytest

import simulator
from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.layers.schedule import settlement_day
from simulator.market.calendar import BusinessDays, open_calendar
from simulator.market.flow import DAY, HOUR
from simulator.market.open import open_flow

# NYSE, Holidays and Trading Hours, 2026.
HOLIDAYS_2026 = ("01-01", "01-19", "02-16", "04-03", "05-25", "06-19", "07-03", "09-07", "11-26", "12-25")
PAYMENT = {"time": "10:00", "buyer": "A", "seller": "B", "cash": 1}


def typed(*days: int, **flow: object) -> dict:
    return {
        "flow": {"instructions": [{**PAYMENT, "day": day} for day in days], **flow},
        "arrangements": {"net": {"layer": 2}},
    }


def test_the_exchange_is_closed_on_weekends_and_its_holidays():
    nyse = BusinessDays("NYSE", datetime.date(2026, 1, 1))
    dates = [datetime.date(2026, 1, 1) + datetime.timedelta(day) for day in range(365)]
    closed = {str(date)[5:] for date in dates if date.weekday() < 5 and not nyse.is_open(date)}
    assert closed == set(HOLIDAYS_2026)
    assert not any(nyse.is_open(date) for date in dates if date.weekday() >= 5)


@pytest.mark.parametrize("kind", ["typed", "synthetic"])
def test_trade_days_are_business_days_and_what_lies_between_is_a_gap(kind):
    source = typed(0, 1, 2, start="2026-11-25", calendar="NYSE")
    if kind == "synthetic":
        source = {
            "days": 3,
            "flow": {"daily_value": "1 M", "trades_per_day": 30, "start": "2026-11-25", "calendar": "XNYS"},
            "participants": {"count": 3},
            "arrangements": {"net": {"layer": 2}},
        }
    flow = open_flow(load_config(source))
    assert [day.label for day in flow.days] == ["2026-11-25", "2026-11-27", "2026-11-30"]
    assert [day.midnight // DAY for day in flow.days] == [0, 2, 5]
    assert [day.index for day in flow.days] == [0, 1, 2]
    times = [int(time) for chunk in flow.chunks() for time in chunk.time]
    assert {time // DAY for time in times} == {0, 2, 5}
    assert all(
        day.opens <= time <= day.closes
        for day in flow.days
        for time in times
        if time // DAY == day.midnight // DAY
    )


def test_past_the_last_trade_day_settlement_is_on_business_days():
    config = load_config(typed(0, start="2026-11-25", calendar="NYSE", hours="09:00–10:00"))
    flow = open_flow(config)
    calendar = open_calendar(config, flow.days)
    days = [settlement_day(flow.days, index, calendar) for index in range(4)]
    assert [day.label for day in days] == ["2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"]
    assert [day.opens for day in days] == [date * DAY + 9 * HOUR for date in (0, 2, 5, 6)]


def test_a_deadline_stands_on_the_date_of_its_trade_day():
    source = typed(0, 1, start="2026-11-25", calendar="NYSE")
    source["flow"]["instructions"][1]["deadline"] = "11:00"
    (_, friday) = open_flow(load_config(source)).chunks()
    assert friday.deadline.tolist() == [2 * DAY + 11 * HOUR]


def test_a_start_on_a_holiday_is_refused_with_the_next_business_day():
    with pytest.raises(InputError) as caught:
        open_flow(load_config(typed(0, start="2026-11-26", calendar="NYSE")))
    assert str(caught.value) == (
        "flow.start: 2026-11-26 is not allowed; NYSE is closed that day and next open on 2026-11-27"
    )


def tape(tmp_path, *times: str, **flow: object) -> dict:
    rows = ["time,buyer,seller,cash", *(f"{time},A,B,5" for time in times)]
    (tmp_path / "tape.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    columns = {name: name for name in ("time", "buyer", "seller", "cash")}
    return {
        "flow": {"tape": {"path": str(tmp_path / "tape.csv"), "columns": columns}, **flow},
        "arrangements": {"net": {"layer": 2}},
    }


def test_a_tape_with_trades_on_a_holiday_says_so_and_settles_past_its_end_on_business_days(tmp_path):
    source = tape(tmp_path, "2026-11-25T10:00:00", "2026-11-26T10:00:00", calendar="NYSE")
    result = simulator.run(source)
    assert "there are trades on 2026-11-26, when NYSE is closed" in result.notices
    assert result.days["label"].to_list() == ["2026-11-26", "2026-11-27"]
    quiet = simulator.run(tape(tmp_path, "2026-11-25T10:00:00", "2026-11-27T10:00:00", calendar="NYSE"))
    assert quiet.notices == ()
    assert quiet.days["label"].to_list() == ["2026-11-27", "2026-11-30"]


def test_a_calendar_needs_a_tape_with_dates(tmp_path):
    with pytest.raises(
        InputError, match=r"flow\.calendar: needs a tape with dates, and its times are of the day"
    ):
        open_flow(load_config(tape(tmp_path, "10:00:00", calendar="NYSE")))
