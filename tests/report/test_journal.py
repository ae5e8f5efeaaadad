"""Every instruction with what became of it, in an order and in bytes that hang on the run alone."""

import polars as pl
import pyarrow.parquet as pq
import pytest

import simulator
from simulator.market.synthetic import SyntheticFlow

MINUTE = 60_000_000
NINE = 9 * 60 * MINUTE

BY_HAND = {
    "name": "by_hand",
    "flow": {
        "instructions": [
            # A has 50 of the 100 it owes: waits until B has paid it 60.
            {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 5, "cash": 100},
            {"time": "09:10", "buyer": "B", "seller": "A", "cash": 60},
            # A will never hold 100 X.
            {"time": "09:20", "buyer": "B", "seller": "A", "security": "X", "units": 100, "cash": 1},
        ]
    },
    "participants": {"members": {"A": {"cash": 50}, "B": {"cash": 60, "holdings": {"X": 5}}}},
    "arrangements": {"gross": {"layer": 3}, "net": {"layer": 2, "settles": "T+0", "holdings": "ample"}},
}

SYNTHETIC = {
    "name": "synthetic",
    "days": 2,
    "flow": {"daily_value": "100 M", "trades_per_day": 3000, "securities": {"count": 20}},
    "participants": {"count": 12},
    "arrangements": {
        "net": {"layer": 2},
        "now": {"layer": 3, "funding": {"prefunding": "500 k"}},
        "blocks": {"layer": 3, "block": "10 min", "reuse": "next_block"},
    },
}


def test_settled_instructions_stand_in_settlement_order_and_the_rest_after_them():
    rows = simulator.run(BY_HAND, instructions=True).instructions
    gross = rows.filter(pl.col("arrangement") == "gross").drop("arrangement", "time").rows()
    assert gross == [
        (0, 1, "B", "A", None, 0, 6000, NINE + 10 * MINUTE, None, None),
        (0, 0, "A", "B", "X", 5, 10000, NINE + 10 * MINUTE, "cash", None),
        (0, 2, "B", "A", "X", 100, 100, None, "securities", None),
    ]


def test_what_settled_as_one_group_bears_its_number_and_all_else_none():
    """Nobody has a cent: two there and back, then three around, settle only as groups; 1 more never does."""
    owed = [("A", "B", 5), ("B", "A", 5), ("C", "D", 7), ("D", "E", 7), ("E", "C", 7), ("A", "E", 1)]
    config = {
        "flow": {
            "hours": "09:00–16:00",
            "instructions": [
                {"time": f"09:0{at}", "buyer": buyer, "seller": seller, "cash": cash}
                for at, (buyer, seller, cash) in enumerate(owed)
            ],
        },
        "participants": {"members": {name: {} for name in "ABCDE"}},
        "arrangements": {
            "pairs_then_rings": {
                "layer": 3,
                "block": "10 min",
                "liquidity_saving": [
                    {"rule": "bilateral_offset", "every": "10 min"},
                    {"rule": "ring_offset", "every": "10 min"},
                ],
            }
        },
    }
    rows = simulator.run(config, instructions=True).instructions
    group = dict(zip(rows["id"], rows["group"], strict=True))
    assert group[0] == group[1] is not None
    assert group[2] == group[3] == group[4] is not None
    assert group[0] < group[2]
    assert group[5] is None


def test_an_instruction_has_one_row_a_part_and_one_of_what_never_settled():
    """A owes 100 for 10 units: of its 50 it pays five at 10:00, of the next 20 two at 11:00, three never."""
    config = {
        "flow": {
            "hours": "09:00–16:00",
            "instructions": [
                {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": 100},
                {"time": "10:30", "buyer": "C", "seller": "A", "cash": 20},
            ],
        },
        "participants": {"members": {"A": {"cash": 50}, "B": {"holdings": {"X": 10}}, "C": {"cash": 20}}},
        "arrangements": {"parts": {"layer": 3, "partial_settlement": {"every": "1 h"}}},
    }
    rows = simulator.run(config, instructions=True).instructions
    parts = rows.filter(pl.col("id") == 0).select("units", "cash", "settled_at", "waited_for", "group").rows()
    assert parts == [
        (5, 5000, NINE + 60 * MINUTE, "cash", None),
        (2, 2000, NINE + 120 * MINUTE, "cash", None),
        (3, 3000, None, "cash", None),
    ]


def test_netted_instructions_settle_in_their_cycle():
    rows = simulator.run(BY_HAND, instructions=True).instructions
    net = rows.filter(pl.col("arrangement") == "net")
    assert net["id"].to_list() == [0, 1, 2]
    assert net["settled_at"].to_list() == [NINE + 20 * MINUTE] * 3
    assert net["time"].to_list() == [NINE, NINE + 10 * MINUTE, NINE + 20 * MINUTE]


def test_the_columns_are_those_of_the_contract(tmp_path):
    simulator.run(BY_HAND, instructions=True, out=tmp_path / "run")
    schema = pq.read_schema(tmp_path / "run" / "instructions.parquet")
    assert schema.names == [
        "arrangement",
        "day",
        "id",
        "time",
        "buyer",
        "seller",
        "security",
        "units",
        "cash",
        "settled_at",
        "waited_for",
        "group",
    ]
    whole = ("day", "time", "units", "cash", "settled_at", "group")
    assert {str(schema.field(name).type) for name in whole} == {"int64"}


def test_nothing_is_kept_unless_asked_for(tmp_path):
    result = simulator.run(BY_HAND, out=tmp_path / "run")
    assert result.instructions is None
    assert not (tmp_path / "run" / "instructions.parquet").exists()


@pytest.mark.parametrize("config", [BY_HAND, SYNTHETIC])
def test_file_and_memory_hold_the_same(tmp_path, config):
    kept = simulator.run(config, instructions=True)
    streamed = simulator.run(config, instructions=True, out=tmp_path / "streamed")
    assert streamed.instructions.equals(kept.instructions)
    kept.write(tmp_path / "kept")
    streamed.write(tmp_path / "copied")
    files = [
        (tmp_path / name / "instructions.parquet").read_bytes() for name in ("kept", "streamed", "copied")
    ]
    assert files[0] == files[1] == files[2]


def test_row_groups_have_a_fixed_size_and_never_hold_two_arrangements(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.report.journal.ROW_GROUP", 2500)
    kept = simulator.run(SYNTHETIC, instructions=True)
    kept.write(tmp_path / "kept")
    file = pq.ParquetFile(tmp_path / "kept" / "instructions.parquet")
    groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert groups == [2500, 2500, 1000] * 3
    held = [set(file.read_row_group(at)["arrangement"].to_pylist()) for at in range(9)]
    assert held == [{name} for name in ("net", "now", "blocks") for _ in range(3)]


@pytest.mark.parametrize("chunk", [1, 7, 1000, 1 << 20])
def test_the_size_of_chunks_changes_no_byte(tmp_path, monkeypatch, chunk):
    config = {**SYNTHETIC, "days": 1, "flow": {**SYNTHETIC["flow"], "trades_per_day": 400}}
    simulator.run(config, instructions=True, out=tmp_path / "whole")
    monkeypatch.setattr("simulator.report.journal.ROW_GROUP", 1 << 18)
    monkeypatch.setattr(
        "simulator.market.open.open_flow", lambda config: SyntheticFlow(config, chunk_trades=chunk)
    )
    monkeypatch.setattr("simulator.layers.chain.JOURNAL_ROWS", 50)
    simulator.run(config, instructions=True, out=tmp_path / "cut")
    for name in ("summary.json", "days.parquet", "participants.parquet", "timeline.parquet", "config.yaml"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes(), name
    whole, cut = (tmp_path / run / "instructions.parquet" for run in ("whole", "cut"))
    assert whole.read_bytes() == cut.read_bytes()


def test_ids_of_a_tape_are_its_order_column_be_they_text(tmp_path):
    tape = "time,order,buyer,seller,cash\n10:00:00,t-9,B,A,5\n09:00:00,t-1,A,B,4\n10:00:00,t-10,A,B,3\n"
    (tmp_path / "tape.csv").write_text(tape)
    columns = {name: name for name in ("time", "order", "buyer", "seller", "cash")}
    config = {
        "flow": {"tape": {"path": str(tmp_path / "tape.csv"), "columns": columns}},
        "arrangements": {"gross": {"layer": 3}},
    }
    rows = simulator.run(config, instructions=True).instructions
    assert dict(zip(rows["id"], rows["cash"], strict=True)) == {"t-1": 400, "t-9": 500, "t-10": 300}


def test_ids_are_looked_up_a_stretch_at_a_time(monkeypatch):
    whole = simulator.run(SYNTHETIC, instructions=True).instructions
    monkeypatch.setattr("simulator.report.journal.IDENTIFIERS_AT_A_TIME", 13)
    assert simulator.run(SYNTHETIC, instructions=True).instructions.equals(whole)
    ids = whole.filter(pl.col("arrangement") == "blocks")["id"]
    assert sorted(ids) == list(range(6000))
