"""Columns of a tape that say more of an instruction: priority, deadline, hold, parts."""

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.flow import DAY, HOUR, NO_DEADLINE
from simulator.market.open import open_flow

WISHES = {"priority": "class", "deadline": "by", "hold_until": "from_when", "partial": "parts"}
COLUMNS = {"time": "when", "order": "id", "buyer": "to", "seller": "from", "cash": "price", **WISHES}
HEADER = "id,when,to,from,price,class,by,from_when,parts"
TIME = "give a local time of the trade day such as 15:00, or 2024-07-16T15:00:00, or nothing for none"

NO_ZONE = "times are market-local: convert them and leave the zone away"


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(*rows: str, header: str = HEADER) -> str:
    Path("t.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return "t.csv"


def open_tape(path: str, columns: dict[str, str] | None = None):
    tape = {"path": path, "columns": COLUMNS if columns is None else columns}
    return open_flow(load_config({"flow": {"tape": tape}, "arrangements": {"net": {"layer": 2}}}))


def complaint(*arguments: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        open_tape(*arguments)
    return str(caught.value).split("\n")


def stated(flow, name: str) -> list | None:
    """A column over the whole flow; None where every chunk has none."""
    parts = [getattr(chunk, name) for chunk in flow.chunks()]
    assert len({part is None for part in parts}) == 1
    assert parts[0] is None or not any(part.flags.writeable for part in parts)
    return None if parts[0] is None else np.concatenate(parts).tolist()


def test_what_a_tape_says_more_is_read_in_queue_order():
    flow = open_tape(
        write(
            "2,2024-07-18 10:00:00,A,B,1,,15:00,,no",
            "1,2024-07-16 11:00:00,A,B,1,9,,12:30:00.000001,YES",
            "0,2024-07-16 11:00:00,A,B,1, 1 ,11:00, ,0",
        )
    )
    assert flow.identifiers(0, 3).tolist() == [0, 1, 2]
    assert stated(flow, "priority") == [1, 9, 5]
    assert stated(flow, "deadline") == [11 * HOUR, NO_DEADLINE, 2 * DAY + 15 * HOUR]
    assert stated(flow, "hold_until") == [0, 12 * HOUR + HOUR // 2 + 1, 0]
    assert stated(flow, "partial") == [False, True, False]
    assert (flow.priorities, flow.holds) == ((1, 5, 9), True)


def test_dates_of_deadlines_and_holds_are_those_of_the_trade():
    flow = open_tape(
        write(
            "0,2024-07-16 11:00:00,A,B,1,,2024-07-16T15:00:00,,",
            "1,2024-07-17 11:00:00,A,B,1,,2024-07-17 16:00:00,12:00,",
        )
    )
    assert stated(flow, "deadline") == [15 * HOUR, DAY + 16 * HOUR]
    assert stated(flow, "hold_until") == [0, DAY + 12 * HOUR]


def test_a_tape_without_dates_takes_clock_times():
    flow = open_tape(write("0,11:00,A,B,1,,15:00,,", "1,10:00,A,B,1,,,10:30,"))
    assert stated(flow, "deadline") == [NO_DEADLINE, 15 * HOUR]
    assert stated(flow, "hold_until") == [10 * HOUR + HOUR // 2, 0]


def test_columns_that_say_nothing_but_the_default_are_none():
    flow = open_tape(write("0,11:00,A,B,1,5,,,yes", "1,10:00,A,B,1,,,,"))
    assert [stated(flow, name) for name in WISHES] == [None] * 4
    assert (flow.priorities, flow.holds) == ((5,), False)


def test_a_deadline_or_parts_alone_do_not_move_the_queue():
    flow = open_tape(write("0,11:00,A,B,1,,12:00,,no"))
    assert (flow.priorities, flow.holds) == ((5,), False)


def test_parquet_columns_of_their_own_types_say_the_same():
    when = datetime.datetime(2024, 7, 16, 11)
    frame = {
        "when": [when, when],
        "to": ["A", "A"],
        "from": ["B", "B"],
        "price": ["1", "1"],
        "id": [0, 1],
        "class": [1.0, None],  # a library that met an empty cell wrote a float
        "by": [datetime.time(15), None],
        "from_when": [None, when + datetime.timedelta(hours=1)],
        "parts": [None, False],
    }
    pl.DataFrame(frame).write_parquet("t.parquet")
    flow = open_tape("t.parquet")
    assert stated(flow, "priority") == [1, 5]
    assert stated(flow, "deadline") == [15 * HOUR, NO_DEADLINE]
    assert stated(flow, "hold_until") == [0, 12 * HOUR]
    assert stated(flow, "partial") == [True, False]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("0,,,", 'class: "0" is not a priority; give 1 (settles first) to 9, or nothing for 5'),
        ("1.5,,,", 'class: "1.5" is not a priority; give 1 (settles first) to 9, or nothing for 5'),
        ("high,,,", 'class: "high" is not a priority; give 1 (settles first) to 9, or nothing for 5'),
        (",noon,,", f'by: "noon" is not a time; {TIME}'),
        (",,12:00Z,", f'from_when: "12:00Z" has a zone; {NO_ZONE}'),
        (
            ",2024-07-16 15:00:00,,",
            'by: "2024-07-16 15:00:00" has a date and the first time has none; give all a date, or none',
        ),
        (",,,maybe", 'parts: "maybe" is neither yes nor no; give yes or no, or nothing for yes'),
    ],
)
def test_a_cell_that_says_nothing_clear_is_refused_by_its_line(cells, message):
    good = "0,2024-07-16 10:00:00,A,B,1,1,11:00,11:00,no"
    assert complaint(write(good, f"1,2024-07-16 11:00:00,A,B,1,{cells}")) == [f"t.csv:3: {message}"]


def test_a_deadline_on_another_day_than_the_trade_is_refused():
    rows = [f"{day},2024-07-{day} 10:00:00,A,B,1,,2024-07-16 11:00:00,," for day in (16, 17)]
    assert complaint(write(*rows)) == [
        (
            't.csv:3: by: "2024-07-16 11:00:00" is not on the day of the row\'s time; '
            "give one of that day, such as 15:00"
        )
    ]


def test_a_row_whose_time_is_at_fault_is_told_once():
    assert complaint(write("0,10:00,A,B,1,,,,", "1,noon,A,B,1,,15:00,,")) == [
        (
            't.csv:3: when: "noon" is not a time; give a local time such as 2024-07-16T14:59:42.692188, '
            "or 14:59:42 for a tape of one day"
        )
    ]


def test_a_column_that_is_not_there_or_cannot_say_it_is_refused():
    write("0,10:00,A,B,1", header="id,when,to,from,price")
    columns = {"time": "when", "buyer": "to", "seller": "from", "cash": "price", "priority": "clas"}
    assert complaint("t.csv", columns) == [
        'flow.tape.columns.priority: t.csv has no column "clas"; its columns are id, when, to, from, price'
    ]
    frame = {"when": ["10:00"], "to": ["A"], "from": ["B"], "price": ["1"], "by": [5]}
    pl.DataFrame(frame).write_parquet("t.parquet")
    del columns["priority"]
    assert complaint("t.parquet", {**columns, "deadline": "by"}) == [
        f"t.parquet: by: holds Int64 values; {TIME}"
    ]


def test_the_opening_price_is_that_of_the_first_instruction_with_both_legs():
    columns = {"time": "t", "buyer": "b", "seller": "s", "security": "x", "units": "u", "cash": "c"}
    rows = [
        "11:00,A,B,X,1,9.00",
        "10:00,A,B,X,3,10.00",  # first in time: floor(1000 / 3)
        "10:00,B,A,X,1,8.00",
        "09:00,A,B,X,5,",  # free
        "09:00,A,B,,,7.00",
        "09:00,A,B,Y,5,",
        "09:00,A,B,Z,300,2.99",  # less than a cent a unit
    ]
    flow = open_tape(write(*rows, header="t,b,s,x,u,c"), columns)
    assert dict(zip(flow.securities, flow.opening_prices.tolist(), strict=True)) == {"X": 333, "Y": 0, "Z": 0}
