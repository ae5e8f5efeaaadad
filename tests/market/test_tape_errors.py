"""Every bad tape is refused in words, with the line where it goes wrong."""

import datetime
import gzip
from pathlib import Path

import polars as pl
import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.open import open_flow

COLUMNS = {
    "time": "when",
    "order": "id",
    "buyer": "to",
    "seller": "from",
    "security": "what",
    "units": "many",
    "cash": "price",
}
HEADER = "id,when,to,from,what,many,price"
GOOD = "0,2024-07-16 09:00:00,A,B,X,1,1.00"
CELLS = {
    "id": "1",
    "when": "2024-07-16 10:00:00",
    "to": "A",
    "from": "B",
    "what": "X",
    "many": "5",
    "price": "1.00",
}
NO_ZONE = "times are market-local: convert them and leave the zone away"
CASH = "give 0 or more, in whole steps of 0.01 NPR, such as 1234.50"
FLOATS = "the column is floating point: store decimals, whole numbers or text"
UNITS = "give 0 or more whole units, such as 250"
TIME = "give a local time such as 2024-07-16T14:59:42.692188, or 14:59:42 for a tape of one day"


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def complaint(path: str, columns: dict[str, str] | None = None) -> str:
    tape = {"path": path, "currency": "NPR", "columns": columns or COLUMNS}
    with pytest.raises(InputError) as caught:
        open_flow(load_config({"flow": {"tape": tape}, "arrangements": {"net": {"layer": 2}}}))
    return str(caught.value)


def write(*rows: str, header: str = HEADER, name: str = "t.csv") -> str:
    Path(name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return name


def row(**cells: str) -> str:
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in {**CELLS, **cells}.values())


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1.005", f'price: "1.005" is a fraction of 0.01 NPR; {CASH}'),
        ("0.001", f'price: "0.001" is a fraction of 0.01 NPR; {CASH}'),
        ("1e-3", f'price: "1e-3" is a fraction of 0.01 NPR; {CASH}'),
        ("-1", f'price: "-1" is negative; {CASH}'),
        ("-1.5e3", f'price: "-1.5e3" is negative; {CASH}'),
        ("NaN", f'price: "NaN" is not an amount; {CASH}'),
        ("-inf", f'price: "-inf" is not an amount; {CASH}'),
        ("Infinity", f'price: "Infinity" is not an amount; {CASH}'),
        ("abc", f'price: "abc" is not an amount; {CASH}'),
        ("1.2.3", f'price: "1.2.3" is not an amount; {CASH}'),
        ("12 NPR", f'price: "12 NPR" is not an amount; {CASH}'),
        ("1__0", f'price: "1__0" is not an amount; {CASH}'),
        ("٣", f'price: "٣" is not an amount; {CASH}'),
        ("0x10", f'price: "0x10" is not an amount; {CASH}'),
        (
            "1,234.50",
            'price: "1,234.50" has a comma; decimals follow a point, and thousands may be grouped by _',
        ),
        (
            "46116860184273879.04",
            'price: "46116860184273879.04" is too large; amounts stay below 2^62 times 0.01 NPR',
        ),
        ("1e999999999", 'price: "1e999999999" is too large; amounts stay below 2^62 times 0.01 NPR'),
    ],
)
def test_an_amount_that_is_not_exact_money_is_refused(cell, message):
    assert complaint(write(GOOD, row(price=cell))) == f"t.csv:3: {message}"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"many": "0.5"}, f'many: "0.5" is a fraction of a unit; {UNITS}'),
        ({"many": "-3"}, f'many: "-3" is negative; {UNITS}'),
        ({"many": "nan"}, f'many: "nan" is not an amount; {UNITS}'),
        ({"many": ""}, f"many: empty; {UNITS}"),
        ({"many": "  "}, f"many: empty; {UNITS}"),
        ({"what": ""}, "what: empty, and the row has units; name it, or give no units"),
        ({"many": "0", "price": "0.00"}, "many, price: nothing moves; give units, cash or both"),
        ({"many": "0", "price": ""}, "many, price: nothing moves; give units, cash or both"),
        ({"what": "", "many": "", "price": ""}, "many, price: nothing moves; give units, cash or both"),
        ({"to": ""}, "to: empty; name the buyer"),
        ({"from": " "}, "from: empty; name the seller"),
        ({"id": ""}, "id: empty; it orders trades of one time"),
        ({"id": "0"}, 'id: "0" stands in line 2 too; ids are unique within a day'),
    ],
)
def test_a_row_that_says_no_trade_is_refused(cells, message):
    assert complaint(write(GOOD, row(**cells))) == f"t.csv:3: {message}"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", f"empty; {TIME}"),
        ("2024-07-16", f'"2024-07-16" is not a time; {TIME}'),
        ("16.07.2024 10:00", f'"16.07.2024 10:00" is not a time; {TIME}'),
        ("2024-02-30 10:00:00", f'"2024-02-30 10:00:00" has no such date; {TIME}'),
        ("2024-07-16 24:00:00", f'"2024-07-16 24:00:00" is not a time; {TIME}'),
        ("2024-07-16 10:00:60", f'"2024-07-16 10:00:60" is not a time; {TIME}'),
        ("2024-07-16 9:30:00", f'"2024-07-16 9:30:00" is not a time; {TIME}'),
        (
            "2024-07-16T10:00:00.1234567",
            '"2024-07-16T10:00:00.1234567" is finer than 1 µs; give at most 6 decimals of a second',
        ),
        (
            "10:00:00",
            '"10:00:00" has no date and the first time has one; give all a date, or none',
        ),
        *(
            (
                f"2024-07-16T10:00:00{zone}",
                f'"2024-07-16T10:00:00{zone}" has a zone; {NO_ZONE}',
            )
            for zone in ("Z", "z", "+05:45", "-0400", "+05", " UTC")
        ),
    ],
)
def test_a_time_that_is_not_market_local_to_the_microsecond_is_refused(cell, message):
    assert complaint(write(GOOD, row(when=cell))) == f"t.csv:3: when: {message}"


def test_a_date_where_the_first_time_has_none_is_refused():
    path = write(row(when="10:00:00"), row(id="2"))
    assert complaint(path) == (
        't.csv:3: when: "2024-07-16 10:00:00" has a date and the first time has none; '
        "give all a date, or none"
    )


def test_the_first_ten_faulty_cells_are_told_by_line_and_the_rest_counted(monkeypatch):
    monkeypatch.setattr("simulator.market.table.BATCH", 3)
    rows = [row(id=str(at), price="x", many="y" if at == 4 else "1") for at in range(1, 14)]
    told = complaint(write(*rows)).split("\n")
    assert [line.split(": ")[0:2] for line in told[:10]] == [
        ["t.csv:2", "price"],
        ["t.csv:3", "price"],
        ["t.csv:4", "price"],
        ["t.csv:5", "many"],
        ["t.csv:5", "price"],
        *([f"t.csv:{line}", "price"] for line in range(6, 11)),
    ]
    assert told[10:] == ["t.csv: and 4 more such problems"]


def test_ids_met_twice_are_told_with_both_their_lines():
    path = write(row(id="5"), row(id="6"), row(id="6", when="2024-07-16 09:00:00"), row(id="5"))
    assert complaint(path).split("\n") == [
        't.csv:4: id: "6" stands in line 3 too; ids are unique within a day',
        't.csv:5: id: "5" stands in line 2 too; ids are unique within a day',
    ]


def test_lines_are_counted_through_quoted_line_breaks():
    header, note = f"{HEADER},note", ',"two\nlines"'
    path = write(GOOD + note, row() + note, row(id="2", price="x") + note, header=header)
    assert complaint(path) == f't.csv:6: price: "x" is not an amount; {CASH}'


def test_in_parquet_the_row_is_told():
    frame = pl.read_csv(write(GOOD, row()), infer_schema=False)
    prices = pl.Series("price", [1.0, float("nan")])
    frame.with_columns(prices).write_parquet("t.parquet")
    assert complaint("t.parquet") == f't.parquet:2: price: "NaN" is not an amount; {CASH}; {FLOATS}'
    frame.with_columns(pl.Series("price", [None, 0.1 + 0.2])).write_parquet("t.parquet")
    assert complaint("t.parquet") == (
        f't.parquet:2: price: "0.30000000000000004" is a fraction of 0.01 NPR; {CASH}; {FLOATS}'
    )


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "when",
            pl.Series([datetime.datetime(2024, 7, 16, 10)], dtype=pl.Datetime("us", "Asia/Kathmandu")),
            f"has the zone Asia/Kathmandu; {NO_ZONE}",
        ),
        ("when", pl.Series([datetime.date(2024, 7, 16)]), f"holds Date values; {TIME}"),
        ("when", pl.Series([1721120400]), f"holds Int64 values; {TIME}"),
        ("price", pl.Series([True]), "holds Boolean values; give text or numbers"),
        ("to", pl.Series([[1]]), "holds List(Int64) values; give text or numbers"),
    ],
)
def test_a_parquet_column_of_another_kind_is_refused(column, values, message):
    frame = pl.read_csv(write(GOOD), infer_schema=False)
    frame.with_columns(values.alias(column)).write_parquet("t.parquet")
    assert complaint("t.parquet") == f"t.parquet: {column}: {message}"


def test_nanoseconds_in_parquet_must_be_whole_microseconds():
    frame = pl.read_csv(write(GOOD), infer_schema=False)
    times = pl.Series("when", [1_721_120_400_000_000_001]).cast(pl.Datetime("ns"))
    frame.with_columns(times).write_parquet("t.parquet")
    assert complaint("t.parquet") == (
        't.parquet:1: when: "2024-07-16 09:00:00.000000001" is finer than 1 µs; '
        "give at most 6 decimals of a second"
    )


def test_missing_columns_are_told_together_with_what_there_is():
    there = "its columns are id, when, to, from, what, many, price"
    assert complaint(write(GOOD), {**COLUMNS, "cash": "prize", "buyer": "xyz"}).split("\n") == [
        f'flow.tape.columns.buyer: t.csv has no column "xyz"; {there}',
        'flow.tape.columns.cash: t.csv has no column "prize" (did you mean "price"?)',
    ]


def test_cells_that_are_not_separated_by_commas_are_noticed():
    path = write(GOOD.replace(",", ";"), header=HEADER.replace(",", ";"))
    assert complaint(path).split("\n")[0] == (
        'flow.tape.columns.time: t.csv has no column "when"; '
        'its one column is "id;when;to;from;what;many;price"; cells are separated by commas'
    )


def test_a_column_named_twice_is_refused():
    path = write(f"{GOOD},9", header=f"{HEADER},price")
    assert complaint(path) == ('flow.tape.columns.cash: t.csv has 2 columns named "price"; name each once')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "t.csv: is empty; its first line names the columns"),
        (b"\n", "t.csv: is empty; its first line names the columns"),
        (f"{HEADER}\n".encode(), "t.csv: has no rows, so there is nothing to settle"),
        (f"{HEADER}\n\n\n".encode(), "t.csv: has no rows, so there is nothing to settle"),
        (
            f"{HEADER}\n{GOOD}\n{GOOD},9\n".encode(),
            "t.csv:3: 8 cells in this line, and 7 columns in the first",
        ),
        (f"{HEADER}\n{GOOD}\n".encode() + b"1,\xff\n", "t.csv:3: is not UTF-8 text; save it as UTF-8"),
        (
            f'{HEADER}\n{GOOD}\n1,10:00:00,"A,B,X,1,1\n{GOOD}\n'.encode(),
            "t.csv:3: a quotation mark in this line has no partner",
        ),
        (b"\xff\xfei\x00d\x00", "t.csv:1: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, message):
    Path("t.csv").write_bytes(content)
    assert complaint("t.csv") == message


def test_a_line_cut_short_lacks_cells():
    assert complaint(write(GOOD, "1,2024-07-16 10:00:00,A,B,X,5", "2,2024-07-16 10:00:00,A")).startswith(
        "t.csv:4: from: empty; name the seller"
    )


def test_packed_text_that_is_cut_off_or_damaged_is_refused():
    rows = "\n".join([HEADER, *(row(id=str(at)) for at in range(20_000))])
    packed = gzip.compress(rows.encode(), mtime=0)
    Path("t.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert complaint("t.csv.gz") == "t.csv.gz: ends in the middle of its compressed text: it is cut off"
    Path("t.csv.gz").write_bytes(packed[:2000] + b"\0" * 500 + packed[2500:])
    assert complaint("t.csv.gz").startswith("t.csv.gz: cannot be unpacked: its compressed text is damaged")


def test_a_file_that_is_not_parquet_is_refused():
    for content in (b"", b"hello", b"PAR1" + b"\0" * 100):
        Path("t.parquet").write_bytes(content)
        assert complaint("t.parquet").startswith("t.parquet: cannot be read as Parquet (")


def test_a_tape_that_is_not_there_or_a_directory_is_refused():
    write(GOOD, name="tape_1.csv")
    Path("folder.csv").mkdir()
    assert complaint("tape_2.csv").startswith("flow.tape.path: tape_2.csv ")
    assert 'did you mean "tape_1.csv"?' in complaint("tape_2.csv")
    assert "directory" in complaint("folder.csv")


def test_totals_that_could_wrap_around_are_refused():
    half = str(2**61)
    path = write(row(many=half), row(id="2", many=half))
    assert complaint(path) == (
        "t.csv: the units add up to 4_611_686_018_427_387_904; a run's totals must stay below 2^62"
    )
    path = write(*(row(id=str(at), price="46116860184273879.03") for at in range(5)))
    assert complaint(path) == (
        "t.csv: the cash, in minor units, add up to 23_058_430_092_136_939_515; "
        "a run's totals must stay below 2^62"
    )


def test_a_member_that_a_given_list_lacks_is_told_with_the_nearest_name():
    tape = {"path": write(row(to="Bank 1")), "columns": COLUMNS}
    source = {
        "flow": {"tape": tape},
        "participants": {"members": {"Bank_1": {}, "B": {}}},
        "arrangements": {"net": {"layer": 2}},
    }
    with pytest.raises(InputError) as caught:
        open_flow(load_config(source))
    assert str(caught.value) == (
        'participants.members: "Bank 1" trades, but participants.members does not list it '
        '(did you mean "Bank_1"?)'
    )
