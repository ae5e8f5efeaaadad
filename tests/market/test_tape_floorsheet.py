"""The shipped tape: invented, repeatable, read as it was written."""

import gzip
import subprocess
import sys
from pathlib import Path

import polars as pl

from simulator.config.load import load_config
from simulator.market.flow import HOUR, MINUTE
from simulator.market.open import open_flow

ROOT = Path(__file__).parents[2]
TAPE = ROOT / "configs" / "tapes" / "floorsheet.csv.gz"
SCRIPT = ROOT / "experiments" / "make_floorsheet.py"


def test_the_shipped_tape_is_what_its_script_writes(tmp_path):
    outputs = [tmp_path / "first.csv.gz", tmp_path / "second.csv.gz"]
    for output in outputs:
        subprocess.run([sys.executable, SCRIPT, output], check=True)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    # The packed bytes depend on the build of zlib, the text does not.
    assert gzip.decompress(outputs[0].read_bytes()) == gzip.decompress(TAPE.read_bytes())


def test_every_amount_is_quantity_times_rate():
    frame = pl.read_csv(TAPE, infer_schema=False)
    cents = {
        name: frame[name].str.replace(".", "", literal=True).cast(pl.Int64) for name in ("rate", "amount")
    }
    assert (frame["quantity"].cast(pl.Int64) * cents["rate"] == cents["amount"]).all()


def test_the_floorsheet_config_replays_it():
    flow = open_flow(load_config(ROOT / "configs" / "floorsheet.yaml"))
    (day,) = flow.days
    assert (len(flow.members), len(flow.securities), flow.size.trades) == (20, 36, 2_000)
    assert (day.label, day.opens, day.closes) == ("2031-03-04", 10 * HOUR + 45 * MINUTE, 15 * HOUR)
    assert flow.identifiers(0, 3).tolist() == [20310304000001, 20310304000002, 20310304000003]
