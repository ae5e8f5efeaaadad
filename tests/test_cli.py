"""The command: exit codes, messages, what is printed and what is written."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from simulator.cli import app

SMALL = """
flow: {daily_value: 10 M, trades_per_day: 500, securities: {count: 5}}
participants: {count: 8}
arrangements:
  net: {layer: 2}
  gross: {layer: 3, block: 1 min}
"""

LARGE = SMALL.replace("10 M", "100 bn").replace("500", "3_000_000")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETGROSS_TRACEBACK", raising=False)
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def netgross(here):  # noqa: ARG001 - the command runs in this folder
    return lambda *arguments: CliRunner().invoke(app, arguments)


def entries(path):
    return sorted(entry.name for entry in path.iterdir())


def test_run_prints_the_comparison_and_writes_the_results(netgross, here):
    done = netgross("run", "small.yaml")
    assert done.exit_code == 0
    assert "Liquidity need" in done.stdout
    assert "Settling gross (gross: 1 min blocks) needs" in done.stdout.replace("\n", " ")
    assert done.stdout.endswith("Results: results/small\nPage: results/small/report.html\n")
    assert (here / "results" / "small" / "report.html").is_file()
    assert json.loads((here / "results" / "small" / "summary.json").read_text())["experiment"] == "small"


def test_run_takes_the_options_of_the_contract(netgross, here):
    done = netgross(
        *("run", "small", "--out", "there", "--seed", "7", "--instructions", "--quiet"),
        *("--set", "arrangements.gross.block=1 h", "--set", "days=2"),
    )
    assert (done.exit_code, done.output) == (0, "")
    assert entries(here) == ["small.yaml", "there"]
    assert "instructions.parquet" in entries(here / "there")
    summary = json.loads((here / "there" / "summary.json").read_text())
    assert (summary["seed"], summary["flow"]["days"]) == (7, 2)


def test_a_second_run_replaces_the_first(netgross, here):
    netgross("run", "small.yaml", "--instructions")
    assert netgross("run", "small.yaml", "--seed", "3").exit_code == 0
    assert "instructions.parquet" not in entries(here / "results" / "small")
    assert json.loads((here / "results" / "small" / "summary.json").read_text())["seed"] == 3


def test_every_problem_of_the_input_is_told_and_nothing_is_written(netgross, here):
    (here / "bad.yaml").write_text(SMALL.replace("1 min", "0 s").replace("count: 8", "cuont: 8"))
    done = netgross("run", "bad.yaml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "bad.yaml:6: arrangements.gross.block: 0 s is not allowed" in done.stderr
    assert 'did you mean "count"?' in done.stderr
    assert "Traceback" not in done.output
    assert entries(here) == ["bad.yaml", "small.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "smal"], "neither a file nor a shipped config"),
        (["run", "small.yaml", "--set", "nonsense"], "write PATH=VALUE"),
        (["run", "small.yaml", "--seed", "-1"], "--seed: seed: -1 is not allowed"),
        (["run", "small.yaml", "--seed", "x"], "seed"),
        (["run"], "CONFIG"),
        (["run", "small.yaml", "--nonsense"], "nonsense"),
        (["check", "small.yaml", "--set", "baseline=x"], "x is not allowed"),
        (["nonsense"], "nonsense"),
    ],
)
def test_whatever_is_wrong_with_the_call_ends_with_2_and_a_message(netgross, here, arguments, said):
    done = netgross(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert entries(here) == ["small.yaml"]


def test_results_are_never_written_over_something_else(netgross, here):
    (here / "thesis").mkdir()
    (here / "thesis" / "thesis.tex").write_text("mine")
    done = netgross("run", "small.yaml", "--out", "thesis")
    assert done.exit_code == 2
    assert "thesis is a folder that holds something other than results" in done.stderr
    assert entries(here / "thesis") == ["thesis.tex"]


def test_a_fault_of_the_program_is_a_short_message_and_1(netgross, here, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr("simulator.study.run.measure", fail)
    done = netgross("run", "small.yaml")
    assert done.exit_code == 1
    assert "ZeroDivisionError: by zero\n" in done.stderr
    assert "NETGROSS_TRACEBACK=1" in done.stderr
    assert entries(here) == ["small.yaml"]
    monkeypatch.setenv("NETGROSS_TRACEBACK", "1")
    assert isinstance(netgross("run", "small.yaml").exception, ZeroDivisionError)


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(netgross, here, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.study.run.measure", interrupt)
    done = netgross("run", "small.yaml", "--quiet")
    assert (done.exit_code, done.stderr) == (130, "Interrupted.\n")
    assert entries(here) == ["small.yaml"]


def test_check_says_what_would_run_and_writes_nothing(netgross, here):
    done = netgross("check", "small.yaml")
    assert done.exit_code == 0
    assert "500 trades worth about 10.0 M USD" in done.stdout
    assert "gross, 1 min blocks; 391 blocks a day" in done.stdout
    assert entries(here) == ["small.yaml"]


def test_report_rebuilds_the_page_and_charts_from_results(netgross, here):
    netgross("run", "small.yaml", "--quiet")
    page = here / "results" / "small" / "report.html"
    first = page.read_bytes()
    page.unlink()
    done = netgross("report", "results/small", "--charts", "charts")
    assert (done.exit_code, done.output) == (0, "Page: results/small/report.html\n")
    assert page.read_bytes() == first
    assert {"cash_in_use.png", "cash_in_use.svg"} <= set(entries(here / "charts"))


def test_report_sets_several_runs_side_by_side(netgross, here):
    netgross("run", "small.yaml", "--quiet")
    netgross("run", "small.yaml", "--quiet", "--seed", "3", "--out", "other")
    assert netgross("report", "results/small", "other").output == "Page: report.html\n"
    assert (here / "report.html").read_text(encoding="utf-8").count('<th scope="colgroup"') == 4
    done = netgross("report", "results/small", "other", "--out", "both.html", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert (here / "both.html").read_bytes() == (here / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["results/none"], "results/none is not allowed; give a folder of results"),
        (["results"], "results holds no results of netgross: it has no summary.json"),
        (["results/small", "results"], "results holds no results of netgross"),
        (
            ["results/small", "--out", "small.yaml"],
            "small.yaml is not a page of netgross; it is left as it is",
        ),
        (
            ["results/small", "--out", "none/report.html"],
            "none/report.html: the page cannot be written there",
        ),
        (["results/small", "--charts", "small.yaml"], "small.yaml: charts cannot be written there"),
        ([], "DIR..."),
    ],
)
def test_what_cannot_be_reported_ends_with_2_and_a_message(netgross, here, arguments, said):
    netgross("run", "small.yaml", "--quiet")
    done = netgross("report", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert entries(here) == ["results", "small.yaml"]


def test_trace_tells_one_instructions_life(netgross, here):
    netgross("run", "small.yaml", "--instructions", "--quiet")
    done = netgross("trace", "results/small", "17", "--arrangement", "gross")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Instruction 17: M0")
    assert lines[2] == "gross (gross, 1 min blocks)"
    assert lines[-1].endswith("It settled in that block, and was final with that.")
    assert "net (netting T+1)" in netgross("trace", "results/small", "17").stdout
    assert entries(here) == ["results", "small.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["results/small", "500"], "there is no instruction 500; ids run from 0 to 499"),
        (["results/small", "x"], "there is no instruction x: ids of this run are whole numbers"),
        (
            ["results/small", "1", "--arrangement", "gros"],
            'gros is not one of this run: net, gross (did you mean "gross"?)',
        ),
        (["results/small", "1", "--day", "2"], "--day: trade day 2 has no instruction 1; it stands on 0"),
        (["results/small", "1", "--day", "x"], "--day"),
        (["results/none", "1"], "results/none is not allowed; give a folder of results"),
        (["results", "1"], "results holds no results of netgross"),
        (["results/small"], "ID"),
    ],
)
def test_what_cannot_be_traced_ends_with_2_and_a_message(netgross, arguments, said):
    netgross("run", "small.yaml", "--instructions", "--quiet")
    done = netgross("trace", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_kept_no_instructions_says_how_to_keep_them(netgross):
    netgross("run", "small.yaml", "--quiet")
    done = netgross("trace", "results/small", "1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "results/small has no instructions.parquet" in done.stderr
    assert "--instructions" in done.stderr


@pytest.mark.parametrize("name", ["instructions.parquet", "days.parquet"])
def test_results_that_are_broken_are_the_inputs_fault(netgross, here, name):
    netgross("run", "small.yaml", "--instructions", "--quiet")
    (here / "results" / "small" / name).write_bytes(b"broken")
    done = netgross("trace", "results/small", "1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{name} cannot be read" in done.stderr


def test_list_shows_configs_rules_and_measures(netgross):
    done = netgross("list")
    assert done.exit_code == 0
    for name in ("two_banks", "multilateral_offset", "fifo_strict", "next_block", "liquidity_need"):
        assert f"\n  {name} " in done.stdout


def test_help_names_the_commands_and_no_stub(netgross):
    done = netgross("--help")
    assert done.exit_code == 0
    commands = [line.split()[0] for line in done.stdout.split("Commands:")[1].splitlines() if line.strip()]
    assert commands == ["run", "sweep", "size", "check", "trace", "report", "break-even", "list"]


def command(*arguments, **environment):
    """The command as its users start it."""
    return {"args": [sys.executable, "-m", "simulator", *arguments], "env": {**os.environ, **environment}}


def test_the_module_runs_as_the_command():
    done = subprocess.run(**command("--version"), capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("netgross ")


def test_names_of_any_script_are_printed_in_a_plain_locale(here):
    (here / "names.yaml").write_text(SMALL.replace("gross:", "größer 🏦:"), encoding="utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(**command("run", "names.yaml", **plain), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"gr\\xf6\\xdfer" in done.stdout
    assert b"x 1." in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error():
    process = subprocess.Popen(**command("list"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_killed_in_the_middle_leaves_nothing(here, number, code):
    (here / "large.yaml").write_text(LARGE)
    process = subprocess.Popen(**command("run", "large.yaml", "--instructions", "--quiet"))
    deadline = time.monotonic() + 120
    while not list(here.glob("results/.netgross-*/rows-*")):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait() == code
    assert entries(here) == ["large.yaml", "small.yaml"]


@pytest.mark.slow
def test_threads_and_hash_seed_change_no_byte(here):
    for threads in ("1", "4"):
        limits = {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads}
        arguments = ("run", "small.yaml", "--quiet", "--instructions", "--out", threads)
        subprocess.run(**command(*arguments, PYTHONHASHSEED=threads, **limits), check=True)
    assert entries(here / "1") == entries(here / "4")
    for name in entries(here / "1"):
        # What says when and how long stands in these two; test_same_bytes looks at the rest of the page.
        if name not in ("provenance.json", "report.html"):
            assert (here / "1" / name).read_bytes() == (here / "4" / name).read_bytes(), name
