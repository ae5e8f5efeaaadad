"""Tapes of a few rows, whose flow can be read off by eye."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simulator.config.load import load_config
from simulator.market import recorded, table
from simulator.market.flow import DAY, HOUR, MINUTE, NO_SECURITY, SECOND
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
HEADER = "note,id,when,to,from,what,many,price"
ROWS = [
    "x,7,2024-07-16T11:00:00.5,Bank B,Bank A,NTC,40,34560.00",
    "x,9,2024-07-16T11:00:00.500000,Bank A,Bank C,ABC,10,8640.5",
    "x,10,2024-07-16T11:00:00.5,Bank C,Bank C,NTC,1,0.01",
    "x,8,2024-07-16T14:59:59.999999,Bank B,Bank A,,,700",
    "x,1,2024-07-18 10:15:30,Bank A,Bank B,ABC,5,",
]


def open_tape(path: Path, columns: dict[str, str] | None = None, **flow: object):
    tape = {"path": str(path), "currency": "NPR", "columns": columns or COLUMNS}
    return open_flow(load_config({"flow": {"tape": tape, **flow}, "arrangements": {"net": {"layer": 2}}}))


def write(folder: Path, rows: list[str], header: str = HEADER, name: str = "tape.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def contents(flow):
    """Everything a flow says, in plain lists."""
    chunks = list(flow.chunks())
    parts = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks]).tolist()
        for name in ("time", "buyer", "seller", "security", "units", "cash")
    }
    ids = flow.identifiers(0, flow.size.trades).tolist()
    return parts, ids, flow.members, flow.securities, flow.days, flow.size, flow.notices


def test_rows_become_instructions_in_order_of_time_and_then_order(tmp_path):
    parts, ids, members, securities, _, size, notices = contents(open_tape(write(tmp_path, ROWS)))
    assert members == ("Bank A", "Bank B", "Bank C")
    assert securities == ("ABC", "NTC")
    assert ids == [7, 9, 10, 8, 1]
    assert parts["buyer"] == [1, 0, 2, 1, 0]
    assert parts["seller"] == [0, 2, 2, 0, 1]
    assert parts["security"] == [1, 0, 1, NO_SECURITY, 0]
    assert parts["units"] == [40, 10, 1, 0, 5]
    assert parts["cash"] == [3456000, 864050, 1, 70000, 0]
    eleven = 11 * HOUR + 500_000
    assert parts["time"] == [
        *[eleven] * 3,
        15 * HOUR - 1,
        2 * DAY + 10 * HOUR + 15 * MINUTE + 30 * SECOND,
    ]
    assert (size.trades, size.total_cash, size.total_units) == (5, 3456000 + 864050 + 1 + 70000, 56)
    assert notices == ()


def test_days_are_the_dates_and_their_hours_are_widened_to_the_minute(tmp_path):
    first, second = open_tape(write(tmp_path, ROWS)).days
    assert (first.index, first.midnight, first.label) == (0, 0, "2024-07-16")
    assert (first.opens, first.closes) == (11 * HOUR, 15 * HOUR)
    assert (second.index, second.midnight, second.label) == (1, 2 * DAY, "2024-07-18")
    assert (second.opens, second.closes) == (
        2 * DAY + 10 * HOUR + 15 * MINUTE,
        2 * DAY + 10 * HOUR + 16 * MINUTE,
    )


def test_a_day_of_one_instant_on_the_minute_has_no_length(tmp_path):
    (day,) = open_tape(write(tmp_path, ["x,1,2024-07-16T11:00:00,A,B,X,1,1"])).days
    assert (day.opens, day.closes) == (11 * HOUR, 11 * HOUR)


def test_rows_in_any_order_give_the_same_flow(tmp_path):
    expected = contents(open_tape(write(tmp_path, ROWS)))
    for seed in range(5):
        shuffled = [ROWS[at] for at in np.random.default_rng(seed).permutation(len(ROWS))]
        assert contents(open_tape(write(tmp_path, shuffled))) == expected


def test_csv_packed_csv_and_parquet_give_the_same_flow(tmp_path):
    plain = write(tmp_path, ROWS)
    packed = tmp_path / "tape.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    parquet = tmp_path / "tape.parquet"
    pl.read_csv(plain, infer_schema=False).write_parquet(parquet)
    expected = contents(open_tape(plain))
    assert contents(open_tape(packed)) == expected
    assert contents(open_tape(parquet)) == expected


def test_parquet_types_are_read_exactly(tmp_path):
    path = tmp_path / "tape.parquet"
    texts = pl.read_csv(write(tmp_path, ROWS), infer_schema=False)
    when = pl.col("when").str.replace(" ", "T").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f")
    expected = contents(open_tape(write(tmp_path, ROWS)))
    for unit in ("us", "ns"):
        for price in (pl.Float64, pl.Decimal(20, 4)):
            for many in (pl.Int64, pl.UInt16, pl.Float32):
                texts.with_columns(
                    when.dt.cast_time_unit(unit),
                    pl.col("price").cast(pl.Float64).cast(price),
                    pl.col("many").cast(many),
                    pl.col("id").cast(pl.Int32),
                    pl.col("to").cast(pl.Categorical),
                ).write_parquet(path)
                assert contents(open_tape(path)) == expected


def test_floats_count_as_their_shortest_text(tmp_path):
    path = tmp_path / "tape.parquet"
    frame = {"id": [1, 2], "when": ["10:00:00"] * 2, "to": ["A"] * 2, "from": ["B"] * 2}
    pl.DataFrame({**frame, "price": [0.29, 1e15]}).write_parquet(path)
    columns = {key: COLUMNS[key] for key in ("time", "order", "buyer", "seller", "cash")}
    assert contents(open_tape(path, columns))[0]["cash"] == [29, 10**17]


def test_names_and_ids_that_are_numbers_in_parquet_read_as_in_csv(tmp_path):
    rows = ["x,1,10:00:00,18,9,5,1,1", "x,2,10:00:00,9,18,5,1,1"]
    path = tmp_path / "tape.parquet"
    texts = pl.read_csv(write(tmp_path, rows), infer_schema=False)
    texts.with_columns(pl.col("to", "from", "id").cast(pl.Float64)).write_parquet(path)
    assert contents(open_tape(path)) == contents(open_tape(write(tmp_path, rows)))
    assert open_tape(path).members == ("18", "9")


def test_clock_times_alone_are_one_day_without_a_date(tmp_path):
    flow = open_tape(write(tmp_path, ["x,1,10:00:00.25,A,B,X,1,1", "x,2,09:30,A,B,X,1,1"]))
    parts, ids, *_ = contents(flow)
    assert ids == [2, 1]
    assert parts["time"] == [9 * HOUR + 30 * MINUTE, 10 * HOUR + 250_000]
    assert len(flow.days) == 1


def test_zeros_beyond_a_microsecond_are_allowed(tmp_path):
    flow = open_tape(write(tmp_path, ["x,1,2024-07-16T10:00:00.123456000,A,B,X,1,1"]))
    assert contents(flow)[0]["time"] == [10 * HOUR + 123_456]


def test_without_an_order_column_ties_keep_the_order_of_the_rows_and_ids_count_them(tmp_path):
    columns = {key: value for key, value in COLUMNS.items() if key != "order"}
    _, ids, *_ = contents(open_tape(write(tmp_path, ROWS[::-1]), columns))
    assert ids == [2, 3, 4, 1, 0]


@pytest.mark.parametrize(
    ("written", "ordered"),
    [
        (["10", "9", "2"], [2, 9, 10]),
        (["-1", "3", "0"], [-1, 0, 3]),
        (["b", "a10", "a9"], ["a10", "a9", "b"]),
        (["10", "x", "9"], ["10", "9", "x"]),
        (["010", "9", "0002"], ["0002", "9", "010"]),
        (["92233720368547758070", "3", "12"], ["3", "12", "92233720368547758070"]),
    ],
)
@pytest.mark.parametrize("batch", [1, 1000])
def test_ids_order_ties_as_numbers_if_all_are_integers_else_as_text(
    tmp_path, monkeypatch, written, ordered, batch
):
    monkeypatch.setattr(table, "BATCH", batch)
    rows = [f"x,{name},10:00:00,A,B,X,1,1" for name in written]
    assert contents(open_tape(write(tmp_path, rows)))[1] == ordered


def test_a_counter_may_begin_again_every_day(tmp_path):
    rows = ["x,1,2024-07-16 10:00:00,A,B,X,1,1", "x,1,2024-07-17 10:00:00,A,B,X,1,1"]
    assert contents(open_tape(write(tmp_path, rows)))[1] == [1, 1]


def test_a_byte_order_mark_quotes_blank_lines_and_blanks_around_names_do_not_matter(tmp_path):
    path = tmp_path / "tape.csv"
    rows = (
        '\ufeffnote, id ,when,to,from,what,many,price\r\n\r\n"a\nb","1",10:00:00," A ",B,"X, Y",1, 5 \r\n\r\n'
    )
    path.write_text(rows, encoding="utf-8", newline="")
    parts, ids, members, securities, *_ = contents(open_tape(path))
    assert (ids, members, securities, parts["cash"]) == ([1], ("A", "B"), ("X, Y",), [500])


def test_chunks_never_span_two_days_and_their_size_changes_nothing(tmp_path, monkeypatch):
    rows = [f"x,{at},2024-07-{16 + at // 5} 10:00:{at:02d},A,B,X,{at + 1},1" for at in range(15)]
    expected = contents(open_tape(write(tmp_path, rows)))
    for size, lengths in ((4, [4, 1] * 3), (5, [5] * 3), (100, [5] * 3)):
        monkeypatch.setattr(recorded, "CHUNK", size)
        monkeypatch.setattr(table, "BATCH", size)
        flow = open_tape(write(tmp_path, rows))
        chunks = list(flow.chunks())
        assert [len(chunk) for chunk in chunks] == lengths
        assert [chunk.first for chunk in chunks] == [0, *np.cumsum(lengths)[:-1].tolist()]
        for chunk in chunks:
            day = flow.days[chunk.day]
            assert day.opens <= chunk.time[0] <= chunk.time[-1] <= day.closes
        assert contents(flow) == expected


def test_chunks_are_the_same_at_every_call_and_cannot_be_written_to(tmp_path):
    flow = open_tape(write(tmp_path, ROWS))
    assert contents(flow) == contents(flow)
    with pytest.raises(ValueError, match="read-only"):
        next(flow.chunks()).cash[0] = 1


def test_given_hours_hold_early_instructions_back_and_later_ones_move_the_close(tmp_path):
    rows = [
        "x,1,2024-07-16 10:45:00,A,B,X,1,1",
        "x,3,2024-07-16 10:44:59,A,B,X,2,1",
        "x,2,2024-07-16 11:00:00,A,B,X,3,1",
        "x,4,2024-07-16 15:00:00.000001,A,B,X,4,1",
        "x,5,2024-07-17 15:00:00,A,B,X,5,1",
    ]
    flow = open_tape(write(tmp_path, rows), hours="11:00–15:00")
    parts, ids, *_ = contents(flow)
    assert ids == [3, 1, 2, 4, 5]  # what is early keeps the order of the tape
    assert parts["time"] == [11 * HOUR] * 3 + [15 * HOUR + 1, DAY + 15 * HOUR]
    assert [(day.opens - day.midnight, day.closes - day.midnight) for day in flow.days] == [
        (11 * HOUR, 15 * HOUR + MINUTE),
        (11 * HOUR, 15 * HOUR),
    ]
    (notice,) = flow.notices
    assert notice == (
        "flow.hours 11:00–15:00: 2 earlier instructions enter at the open; "
        "1 later ones move their day's close, to 15:01 at most"
    )


def test_expected_sales_are_means_over_days_half_to_even_without_internalised(tmp_path):
    rows = [
        "x,1,2024-07-16 10:00:00,B,A,X,3,1",
        "x,2,2024-07-16 10:00:00,B,A,Y,5,1",
        "x,3,2024-07-17 10:00:00,B,A,X,4,1",
        "x,4,2024-07-17 10:00:00,A,A,X,100,1",
        "x,5,2024-07-17 10:00:00,A,B,,,9",
    ]
    flow = open_tape(write(tmp_path, rows))
    assert flow.expected_sales(0).tolist() == [4, 2]  # 7/2 and 5/2
    assert flow.expected_sales(1).tolist() == [0, 0]


def test_a_tape_of_payments_needs_neither_securities_nor_units(tmp_path):
    columns = {key: COLUMNS[key] for key in ("time", "buyer", "seller", "cash")}
    path = write(tmp_path, ["10:00:00,A,B,5"], header="when,to,from,price")
    parts, _, _, securities, *_ = contents(open_tape(path, columns))
    assert (parts["security"], parts["units"], parts["cash"], securities) == ([NO_SECURITY], [0], [500], ())


def test_a_tape_of_free_deliveries_needs_no_cash(tmp_path):
    columns = {key: value for key, value in COLUMNS.items() if key != "cash"}
    parts, *_ = contents(open_tape(write(tmp_path, ROWS[:2]), columns))
    assert (parts["units"], parts["cash"]) == ([40, 10], [0, 0])


def test_members_stand_as_listed_if_participants_lists_them(tmp_path):
    tape = {"path": str(write(tmp_path, ROWS)), "columns": COLUMNS}
    source = {
        "flow": {"tape": tape, "currency": "NPR"},
        "participants": {"members": {"Bank C": {}, "Idle": {}, "Bank A": {}, "Bank B": {}}},
        "arrangements": {"net": {"layer": 2}},
    }
    parts, _, members, *_ = contents(open_flow(load_config(source)))
    assert members == ("Bank C", "Bank A", "Bank B")
    assert parts["buyer"] == [2, 1, 0, 2, 1]


def test_a_currency_without_decimals_counts_whole_ones(tmp_path):
    path = write(tmp_path, ["x,1,10:00:00,A,B,X,1,500.0"])
    tape = {"path": str(path), "currency": "JPY", "columns": COLUMNS}
    flow = open_flow(load_config({"flow": {"tape": tape}, "arrangements": {"net": {"layer": 2}}}))
    assert flow.size.total_cash == 500
