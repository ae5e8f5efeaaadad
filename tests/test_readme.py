"""The README, followed to the letter: its commands, its Python, its configs and its links."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import simulator
from simulator.api import read_any
from simulator.report.folder import COSTS, DEFAULTS, EVENTS, FAILS, PILOT, REPO, RESULT_FILES

HOME = Path(__file__).parents[1]
README = (HOME / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- ([^>]+?) -->\n```\w+\n(.*?)```", README, re.DOTALL))
MEMBERS = ("Ash", "Birch", "Cedar")

TAPE = ["executed_at,trade_id,buy_broker,sell_broker,symbol,shares,amount"] + [
    f"2025-03-03 {10 + k // 12}:{5 * k % 60:02d}:00,{k},{MEMBERS[k % 3]},{MEMBERS[(k + 1 + k % 2) % 3]},"
    f"{'XY'[k % 2]},{100 + k},{1000 + 10 * k}.00"
    for k in range(48)
]


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Path:
    """A reader's folder: a tape, and the config that the README has its reader save beside it."""
    folder = tmp_path_factory.mktemp("reader")
    mine = BLOCKS["file: mine.yaml"].replace("trades.csv.gz", "trades.csv")
    (folder / "mine.yaml").write_text(mine, encoding="utf-8")
    (folder / "trades.csv").write_text("\n".join(TAPE) + "\n", encoding="utf-8")
    return folder


def followed(here: Path, *command: str) -> str:
    """What a command prints, which must end well and complain of nothing."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=here,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("First run: compiling")]
    assert (done.returncode, complaints) == (0, []), command
    return done.stdout


def test_every_command_runs_as_it_is_written(here):
    lines = [shlex.split(line, comments=True) for line in BLOCKS["shell"].splitlines()]
    assert [line[:2] for line in lines] == [
        ["netgross", each] for each in ("check", "run", "trace", "run", "report", "list")
    ]
    told = [followed(here, "-m", "simulator", *line[1:]) for line in lines]
    assert "\nInstruction 7: " in "\n" + told[2]
    # Nothing is priced, fails, breaks, stays open, is tokenized or lent.
    sometimes = {COSTS, DEFAULTS, EVENTS, FAILS, PILOT, REPO}
    assert {path.name for path in (here / "results" / "mine").iterdir()} == {*RESULT_FILES} - sometimes
    assert "1 min blocks" in told[3]
    assert (here / "report.html").is_file()
    for run in ("mine", "minute"):
        assert {path.suffix for path in (here / "charts" / run).iterdir()} == {".png", ".svg"}


def test_every_result_file_is_named():
    for name in RESULT_FILES:
        assert name in README


def test_the_python_example_runs_and_prints_what_it_says(here):
    printed = followed(here, "-c", BLOCKS["python"])
    told = simulator.read(here / "results" / "two_banks")
    assert printed.startswith(told.finding + "\n")
    assert str(told.summary["comparison"]["gross"]["liquidity_need"]["ratio"]) in printed.splitlines()
    assert "Instruction 7: " in printed
    assert (here / "cash.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_sweep_is_run_sized_and_queried_as_it_is_written(here):
    pytest.importorskip("duckdb")
    (here / "blocks.yaml").write_text(BLOCKS["file: blocks.yaml"], encoding="utf-8")
    less = ("--set", "flow.trades_per_day=400")
    less += ("--set", "sweep.seeds=2", "--quiet")  # lines of progress would be told on standard error
    followed(here, "-m", "simulator", "sweep", "blocks.yaml", "--workers", "1", *less)
    assert read_any(here / "results" / "blocks").frame.height == 6 * 2 * 2
    told = followed(here, "-m", "simulator", "size", "blocks.yaml", *less)
    assert "is enough so that 99.9 % of value settles within 5 min on 100 % of days" in told
    printed = followed(here, "-c", BLOCKS["query"])
    assert "arrangements.gross.block" in printed
    assert "max(liquidity_need)" in printed


TOLD = {
    "saved": (
        "by deadline",
        "bilateral_offset every 5 min",
        "multilateral_offset if more than 1000 wait",
        "parts from 100 k USD every 30 min",
        "overdraft 20.0 M USD",
        "borrowing up to 0.5 days",
    ),
    "on_chain": (
        "12 s blocks",
        "re-use at_finality (cash), at_once (units)",
        "on ethereum, memoryless blocks, final after 12.8 min, room for 33 a second",
        "cash coin (stablecoin), bank (tokenized_deposit)",
        "treasurers top up below 20.0 M USD to 80.0 M USD",
        "faults: chain outage, cash leg frozen",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_an_arrangement_with_everything_on_runs_beside_the_others(here, name):
    """On 48 trades no limit binds; it is each of its keys that must be taken, and told."""
    config = yaml.safe_load((here / "mine.yaml").read_text(encoding="utf-8"))
    config["flow"]["tape"]["path"] = str(here / "trades.csv")
    config["arrangements"] |= yaml.safe_load(BLOCKS[f"arrangement: {name}"])
    result = simulator.run(config)
    assert all(told in result.words[name] for told in TOLD[name]), result.words[name]
    assert result.summary["arrangements"][name]["gross_value"] == sum(1000_00 + 10_00 * k for k in range(48))


def test_netting_as_it_is_today_runs_beside_the_others(here):
    """Each of its keys is taken, and told, and what is open is written."""
    config = yaml.safe_load((here / "mine.yaml").read_text(encoding="utf-8"))
    config["flow"]["tape"]["path"] = str(here / "trades.csv")
    config["arrangements"] |= yaml.safe_load(BLOCKS["netted"] + BLOCKS["netted: pilot"])
    result = simulator.run(config)
    words = result.words["netted"]
    for told in ("T+1", "night cycle 01:30", "fails carried", "after 2 days at 1 % more", "1 settling bank"):
        assert told in words
    assert result.fails is not None
    assert "pilot on ethereum for 2 securities, 30 % tokenized at 09:30, 5 % of trades for tokens" in words
    assert result.pilot is not None
    assert result.summary["arrangements"]["netted"]["oldest_fail"] == 0


def test_margin_is_of_all_arrangements(here):
    config = yaml.safe_load((here / "mine.yaml").read_text(encoding="utf-8"))
    config["flow"]["tape"]["path"] = str(here / "trades.csv")
    result = simulator.run(config | yaml.safe_load(BLOCKS["margin"]))
    assert result.summary["arrangements"]["net"]["margin"] > 0
    assert result.summary["arrangements"]["gross"]["margin"] == 0
    assert result.defaults is not None
    assert set(result.defaults["arrangement"]) == {"net", "gross"}


def test_deliveries_by_book_entry_run_beside_the_others(here):
    config = yaml.safe_load((here / "mine.yaml").read_text(encoding="utf-8"))
    config["flow"]["tape"]["path"] = str(here / "trades.csv")
    config["arrangements"] |= yaml.safe_load(BLOCKS["delivered"])
    result = simulator.run(config)
    words = result.words["delivered"]
    told = (
        "netting T+1",
        "book entry of 30 %",
        "net debit cap 2.15 bn USD",
        "after 10 % with fund 10.0 M USD",
    )
    told += (
        "look-ahead every 2 min",
        "approval above 15.0 M USD",
        "until 10:10",
        "progress payments every 15 min",
    )
    for each in told:
        assert each in words
    found = result.summary["arrangements"]["delivered"]
    assert 0 < found["money_settlement"] <= found["value_moved"]


def test_the_costs_that_are_written_are_taken_and_every_arrangement_is_priced(here):
    config = yaml.safe_load((here / "mine.yaml").read_text(encoding="utf-8"))
    config["flow"]["tape"]["path"] = str(here / "trades.csv")
    stated = yaml.safe_load(BLOCKS["costs"])["costs"]
    result = simulator.run(config | {"costs": stated})
    assert set(stated) | {"days_a_year", "day_count"} == set(result.config.resolved()["costs"])
    assert all(one["cost_bp"] is not None for one in result.summary["arrangements"].values())
    assert result.break_even.arrangements == ("net", "gross")


def test_what_is_linked_or_drawn_is_there():
    places = re.findall(r"\]\(([^)#]+)\)", README)
    assert "experiments/figures/cash_in_use.svg" in places
    missing = [place for place in places if not place.startswith("http") and not (HOME / place).exists()]
    assert not missing


def test_every_shipped_config_that_is_named_is_there():
    named = re.search(r"Configs to start from are in `configs/`: (.*?)\.\n", README, re.DOTALL)
    assert named
    names = re.findall(r"`(\w+)`", named[1])
    assert len(names) >= 5
    assert all((HOME / "configs" / f"{name}.yaml").is_file() for name in names)
