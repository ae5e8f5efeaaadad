"""``netgross sweep`` and ``netgross size``: what they print, where they write, how they end."""

from __future__ import annotations

import pytest
import yaml

from simulator.cli import app
from tests.study.sweeps import swept

SIX = {"vary": {"participants.count": [5, 6]}, "seeds": 3}


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a command in a folder of its own; gives its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str):
        with pytest.raises(SystemExit) as end:
            app(list(words))
        told = capsys.readouterr()
        return end.value.code, told.out, told.err

    def write(sweep, **changes):
        (tmp_path / "a.yaml").write_text(yaml.safe_dump(swept(sweep, **changes)), encoding="utf-8")

    run.write = write
    return run


def test_a_sweep_prints_its_means_and_where_they_are_and_then_that_it_is_finished(command, tmp_path):
    command.write(SIX)
    code, out, err = command("sweep", "a.yaml", "--workers", "1")
    assert (code, err) == (0, "")
    assert out.startswith("small: 6 runs, 2 variants, 3 seeds")
    assert "participants.count 6" in out
    assert out.endswith("Results: results/small\nPage: results/small/report.html\n")
    assert (tmp_path / "results" / "small" / "sweep.parquet").is_file()
    code, out, err = command("sweep", "a.yaml", "--workers", "1")
    assert (code, err) == (0, "")
    assert "All runs were finished already; nothing was run.\n" in out


def test_check_tells_what_a_sweep_would_run_and_checks_every_variant(command):
    command.write(SIX)
    code, out, _ = command("check", "a.yaml")
    assert code == 0
    assert "netgross sweep would run 6 runs: 2 variants, 3 seeds each" in out
    code, _, err = command("check", "a.yaml", "--set", 'sweep.vary."participants.count"=[5, 0]')
    assert code == 2
    assert "participants.count: 0 is not allowed" in err


def test_quiet_prints_nothing(command):
    command.write(SIX)
    assert command("sweep", "a.yaml", "--workers", "1", "--quiet", "--out", "s") == (0, "", "")


def test_what_is_wrong_with_a_variant_ends_with_2_and_writes_nothing(command, tmp_path):
    command.write({"vary": {"participants.count": [5, 0]}})
    code, out, err = command("sweep", "a.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("a.yaml:")
    assert "participants.count: 0 is not allowed; give at least" in err
    assert not (tmp_path / "results").exists()


def test_failed_runs_end_with_1_and_are_told(command, monkeypatch):
    def failing(config, flow):
        if config.seed == 4:
            raise ValueError("seed 4 is not liked")
        return simulate(config, flow)

    from simulator.simulation import simulate

    monkeypatch.setattr("simulator.simulation.simulate", failing)
    command.write(SIX)
    code, out, err = command("sweep", "a.yaml", "--workers", "1")
    assert code == 1
    assert "6 runs, 2 variants, 3 seeds, 2 failed" in out
    assert "run 1 (participants.count 5, seed 4): ValueError: seed 4 is not liked\n" in err
    assert "2 runs of 6 failed; failures.json has each with its config. --retry-failed runs them" in err
    monkeypatch.setattr("simulator.simulation.simulate", simulate)
    assert command("sweep", "a.yaml", "--workers", "1", "--quiet")[0] == 1
    code, out, err = command("sweep", "a.yaml", "--workers", "1", "--retry-failed")
    assert (code, err) == (0, "")


def test_a_folder_that_holds_a_run_is_left_as_it_is(command):
    command.write(SIX)
    assert command("run", "a.yaml", "--quiet")[0] == 0
    code, _, err = command("sweep", "a.yaml", "--workers", "1")
    assert code == 2
    assert (
        "holds the results of a run, not a sweep; it is left as it is; give another folder, with --out" in err
    )


def test_size_prints_the_least_funding(command):
    code, out, err = command(
        "size", "ring", "--set", "size.by=amount", "--set", "size.precision=0", "--quiet"
    )
    assert (code, err) == (0, "")
    assert out == (
        "gross: prefunding of 500.00 USD in all, 100.00 USD each is enough so that 100 % of value settles "
        "by the close on 100 % of days.\n"
    )


def test_size_needs_a_section(command):
    code, _, err = command("size", "ring")
    assert code == 2
    assert "size: missing; say what must hold" in err
