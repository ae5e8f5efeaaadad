"""The files of a run: what they hold, that they load back, that the same run is the same bytes."""

import hashlib
import json
import re

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

import simulator
from simulator.measures.catalogue import MEASURES

ALWAYS = {
    "summary.json",
    "days.parquet",
    "participants.parquet",
    "timeline.parquet",
    "network.parquet",
    "delays.parquet",
    "credit.parquet",
    "cash_legs.parquet",
    "config.yaml",
    "provenance.json",
    "report.html",
}

CONFIG = {
    "name": "Größe 🏦",
    "flow": {
        "instructions": [
            {"time": "09:00", "buyer": "NO", "seller": "10:30", "security": "~", "units": 5, "cash": "0.07"},
            {"time": "09:10", "buyer": "10:30", "seller": "NO", "cash": 60},
        ]
    },
    "participants": {"members": {"NO": {"cash": 50}, "10:30": {"holdings": {"~": 5}}, "بنك": {}}},
    "arrangements": {
        "null": {"layer": 2, "settles": "T+0", "cycles": ["09:05"]},
        "gross": {
            "layer": 3,
            "block": "250 ms",
            "liquidity_saving": {"rule": "multilateral_offset", "every": "1 s"},
        },
    },
}


def without_provenance(path):
    """The bytes of a file; of the page without the part that says when and where."""
    before, _, after = path.read_bytes().partition(b'<section id="provenance"')
    return before + after.partition(b"</section>")[2] if path.suffix == ".html" else before


@pytest.fixture
def written(tmp_path):
    return simulator.run(CONFIG, out=tmp_path / "run"), tmp_path / "run"


def test_a_run_writes_the_files_of_the_contract_and_no_other(written, tmp_path):
    _, folder = written
    assert {path.name for path in folder.iterdir()} == ALWAYS
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_summary_reads_back_as_it_was(written):
    result, folder = written
    text = (folder / "summary.json").read_text(encoding="utf-8")
    assert json.loads(text) == result.summary
    assert text.startswith('{\n  "experiment": "Größe 🏦",\n  "seed": 0,\n  "currency": "USD",\n')
    assert result.summary["flow"]["gross_value"] == 6007
    assert isinstance(result.summary["arrangements"]["gross"]["liquidity_need"], int)


def test_the_tables_read_back_as_they_were(written):
    result, folder = written
    for name in ("days", "participants", "timeline", "network", "delays", "credit", "cash_legs"):
        frame = pl.read_parquet(folder / f"{name}.parquet")
        assert frame.equals(getattr(result, name)), name


def test_the_tables_have_the_columns_of_the_contract(written):
    _, folder = written
    names = {path.name: pq.read_schema(path).names for path in folder.glob("*.parquet")}
    assert names["network.parquet"] == ["buyer", "seller", "value", "trades"]
    assert names["delays.parquet"] == ["arrangement", "day", "from_seconds", "to_seconds", "value"]
    assert names["credit.parquet"] == [
        "arrangement",
        "day",
        "facility",
        "rate",
        "peak",
        "mean",
        "interest",
        "not_repaid",
    ]
    assert names["timeline.parquet"] == [
        "arrangement",
        "day",
        "time",
        "credit",
        "liquidity_in_use",
        "liquidity_in_use_peak",
        "queue_count",
        "queue_value",
        "settled_value",
        "locked_value",
    ]
    by_member = {measure.name for measure in MEASURES if measure.by_member is not None}
    assert {"arrangement", "day", "participant", "type", *by_member} <= set(names["participants.parquet"])
    keys = {"arrangement", "layer", "day", "label", "trade_day", "trades"}
    assert keys | {measure.name for measure in MEASURES} <= set(names["days.parquet"])


def test_credit_has_a_row_a_facility_in_the_order_of_drawing(tmp_path):
    """A pays 90 from 09:00 with 50 of its own: 30 of the line, 10 of the second; B gives 25 back at 10:00.

    The second is repaid first, then 15 of the line, so 15 are owed to the close at 16:00. The line at 36 %:
    (30 × 1 h + 15 × 6 h) × 0.36 / 8640 h = 0.005, half a cent, to the even 0.00; the second is free.
    """
    config = {
        "flow": {
            "hours": "09:00–16:00",
            "instructions": [
                {"time": "09:00", "buyer": "A", "seller": "B", "cash": 90},
                {"time": "10:00", "buyer": "B", "seller": "A", "cash": 25},
            ],
        },
        "participants": {"members": {"A": {"cash": 50}, "B": {}}},
        "credit": {"line": {"cap": 30, "rate": "36 %"}, "second": {"cap": 20}},
        "arrangements": {"gross": {"layer": 3}, "own": {"layer": 3, "credit": {"own": {"cap": 40}}}},
    }
    simulator.run(config, out=tmp_path / "run")
    rows = pl.read_parquet(tmp_path / "run" / "credit.parquet").drop("mean").rows()
    assert rows == [
        ("gross", 0, "line", 0.36, 3000, 0, 1500),
        ("gross", 0, "second", 0.0, 1000, 0, 0),
        ("own", 0, "own", 0.0, 4000, 0, 1500),
    ]


def test_the_config_loads_back_to_an_equal_one_with_the_same_results(written, tmp_path):
    result, folder = written
    config = simulator.load(folder / "config.yaml")
    assert config == result.config
    assert yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["name"] == "Größe 🏦"
    simulator.run(config, out=tmp_path / "again")
    for name in ALWAYS - {"provenance.json"}:
        assert without_provenance(folder / name) == without_provenance(tmp_path / "again" / name), name


def test_a_result_written_later_is_the_same_bytes(written, tmp_path):
    result, folder = written
    assert result.write(tmp_path / "later") == tmp_path / "later"
    for name in ALWAYS:
        assert (folder / name).read_bytes() == (tmp_path / "later" / name).read_bytes(), name


def test_provenance_tells_versions_hashes_machine_and_time(written):
    _, folder = written
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert told["netgross"] == simulator.__version__
    assert told["libraries"].keys() >= {"numba", "numpy", "polars", "simpy"}
    assert told["sha256"]["config"] == hashlib.sha256((folder / "config.yaml").read_bytes()).hexdigest()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["started"])
    assert told["wall_seconds"] >= 0
    assert told["machine"]["cpus"] >= 1
    assert told["seed"] == 0


def test_provenance_hashes_every_table_that_was_read(tmp_path):
    tape, funding = tmp_path / "tape.csv", tmp_path / "funding.csv"
    tape.write_text("time,buyer,seller,cash\n09:00:00,A,B,5\n")
    funding.write_text("member,cash,credit_limit\nA,5,0\nB,0,0\n")
    columns = {name: name for name in ("time", "buyer", "seller", "cash")}
    config = {
        "flow": {"tape": {"path": str(tape), "columns": columns}},
        # An arrangement may be called like a section.
        "arrangements": {"participants": {"layer": 3, "funding": str(funding)}},
    }
    simulator.run(config, out=tmp_path / "run")
    told = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))["sha256"]
    assert told["flow.tape"] == hashlib.sha256(tape.read_bytes()).hexdigest()
    assert told["arrangements.participants.funding"] == hashlib.sha256(funding.read_bytes()).hexdigest()
