"""Same config, seed and versions: the same bytes in every result file but provenance.json.

The page is compared without its own part of provenance.

However the flow is cut into chunks, whatever number of threads and however Python hashes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import simulator
from simulator.market.synthetic import SyntheticFlow
from simulator.report.folder import COSTS, DEFAULTS, FAILS, PILOT, REPO, RESULT_FILES

ARRANGEMENTS = {
    "net_t1": {"layer": 2},
    "net_cycles": {"layer": 2, "settles": "T+0", "cycles": "every 45 min"},
    "carried": {"layer": 2, "carry": True, "night_cycle": "01:30", "buy_in": {"after": "1 day"}},
    "pilot": {
        "layer": 2,
        "settles": "T+0",
        "cycles": 3,
        "carry": True,
        "pilot": {
            "eligible": {"share": "60 %"},
            "tokenize": {"share": "30 %", "at": "09:40", "every_day": True},
            "detokenize": {"share": "50 %", "at": "12:00", "every_day": True},
            "orders": {"share": "20 %"},
        },
    },
    "blocks": {
        "layer": 3,
        "block": "12 s",
        "reuse": "next_block",
        "liquidity_saving": {"rule": "multilateral_offset", "every": "10 min"},
    },
    "strict": {"layer": 3, "queue": "fifo_strict", "holdings": "ample", "funding": {"prefunding": "500 k"}},
    "locked": {"layer": 3, "reuse": "at_close", "block": "5 min"},
    "free": {"layer": 3, "funding": "unlimited", "holdings": "ample"},
    "faulty": {
        "layer": 3,
        "block": "5 min",
        "faults": [
            {"kind": "chain_outage", "start": "11:30", "end": "12:00"},
            {"kind": "chain_outage", "rate": "2 a day", "lasts": "20 min"},
        ],
    },
}
SYNTHETIC = {
    "name": "cut",
    "seed": 5,
    "days": 3,
    "flow": {"daily_value": "30 M", "trades_per_day": 700, "securities": {"count": 12}},
    "participants": {
        "count": 11,
        "funding": {"prefunding": "1 M", "credit_limit": "100 k"},
        "holdings": "1 days",
    },
    "arrangements": ARRANGEMENTS,
    "costs": {"default_fund": {"amount": "1 M", "rate": "1 %"}},
}
TYPED = {
    "flow": {
        "instructions": [
            {
                "time": f"{9 + k % 5}:{7 * k % 60:02d}",
                "day": k % 2,
                "buyer": f"B{k % 4}",
                "seller": f"B{(k + 1 + k % 3) % 4}",
                "security": f"S{k % 3}",
                "units": 1 + k % 4,
                "cash": f"{3 + 5 * k % 17}.00",
            }
            for k in range(60)
        ]
    },
    "participants": {
        "members": {f"B{m}": {"cash": "25.00", "holdings": {"S0": 6, "S1": 9}} for m in range(4)}
    },
    "arrangements": ARRANGEMENTS,
}
# What members of the shipped floorsheet lack, so that some of it waits, and a fault.
SHORT = {
    "participants.funding": {"prefunding": "300 k"},
    "participants.holdings": "0.5 days",
    "faults": [{"kind": "chain_outage", "start": "11:30", "end": "12:00"}],
}


def files_of(source, place: Path) -> dict[str, bytes]:
    overrides = SHORT if isinstance(source, str) else {}
    simulator.run(source, out=place, instructions=True, overrides=overrides)
    return bytes_in(place)


def bytes_in(place: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in place.iterdir()}
    assert set(found) | {COSTS, DEFAULTS, FAILS, PILOT, REPO} == set(RESULT_FILES)
    del found["provenance.json"]
    before, _, after = found["report.html"].partition(b'<section id="provenance"')
    found["report.html"] = before + after.partition(b"</section>")[2]
    assert len(found["report.html"]) > 500_000
    return found


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return [name for name in one if one[name] != other[name]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, dict[str, bytes]]:
    """The result files with the chunks of every day."""
    sources = {"synthetic": SYNTHETIC, "typed": TYPED, "tape": "floorsheet"}
    return {name: files_of(source, tmp_path_factory.mktemp(name)) for name, source in sources.items()}


@pytest.mark.parametrize("chunk", [1, 37])
@pytest.mark.parametrize(("name", "source"), [("typed", TYPED), ("tape", "floorsheet")])
def test_how_a_recorded_flow_is_cut_changes_no_byte(whole, tmp_path, monkeypatch, name, source, chunk):
    monkeypatch.setattr("simulator.market.recorded.CHUNK", chunk)
    monkeypatch.setattr("simulator.market.table.BATCH", 100 * chunk)
    monkeypatch.setattr("simulator.layers.chain.JOURNAL_ROWS", chunk)
    monkeypatch.setattr("simulator.report.journal.IDENTIFIERS_AT_A_TIME", chunk + 50)
    assert not differing(whole[name], files_of(source, tmp_path / "out"))


@pytest.mark.parametrize(("chunk", "ahead"), [(1, False), (37, True), (699, False)])
def test_how_a_synthetic_flow_is_cut_changes_no_byte(whole, tmp_path, monkeypatch, chunk, ahead):
    cut = partial(SyntheticFlow, chunk_trades=chunk, ahead=ahead)
    monkeypatch.setattr("simulator.market.synthetic.SyntheticFlow", cut)
    monkeypatch.setattr("simulator.layers.chain.JOURNAL_ROWS", 100)
    assert not differing(whole["synthetic"], files_of(SYNTHETIC, tmp_path / "out"))


@pytest.mark.parametrize(
    ("name", "threads", "hash_seed"), [("synthetic", 1, 0), ("synthetic", 2, 4), ("tape", 1, 7)]
)
def test_threads_and_hash_seed_change_no_byte(whole, tmp_path, name, threads, hash_seed):
    """From the command, in a process of its own; the config is the one that the run in here wrote."""
    config = tmp_path / f"{'cut' if name == 'synthetic' else 'floorsheet'}.yaml"
    config.write_bytes(whole[name]["config.yaml"])
    numbers = {"NUMBA_NUM_THREADS": threads, "POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": hash_seed}
    command = ["run", str(config), "--out", str(tmp_path / "out"), "--instructions", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *command],
        env={**os.environ, **{key: str(value) for key, value in numbers.items()}},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not differing(whole[name], bytes_in(tmp_path / "out"))


def test_the_flows_are_worth_cutting(whole):
    """Under every limit something waits and settles later, and something is left."""
    for name in ("synthetic", "tape"):
        arrangements = json.loads(whole[name]["summary.json"])["arrangements"]
        limited = [name for name in arrangements if name in ("blocks", "strict", "gross", "gross_now")]
        assert len(limited) == 2
        for each in limited:
            assert arrangements[each]["queued_count"] > arrangements[each]["unsettled_count"] > 0
