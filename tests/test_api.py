"""The simulator from Python."""

import subprocess
import sys

import pytest

import simulator

SMALL = {
    "name": "small",
    "flow": {"daily_value": "10 M", "trades_per_day": 500, "securities": {"count": 5}},
    "participants": {"count": 8},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "1 min"}},
}


def test_everything_public_can_be_imported():
    for name in simulator.__all__:
        assert getattr(simulator, name) is not None
    assert set(simulator.__all__) <= set(dir(simulator))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        simulator.nothing  # noqa: B018


def test_a_run_is_the_same_from_a_mapping_a_file_a_config_and_a_name(tmp_path):
    config = simulator.load("two_banks")
    path = tmp_path / "run" / "config.yaml"
    first = simulator.run(config, out=path.parent)
    for source in ("two_banks", path, str(path), config, config.resolved()):
        assert simulator.run(source).summary == first.summary


def test_seed_and_overrides_reach_the_run():
    base = simulator.run(SMALL)
    assert simulator.run(SMALL, seed=1).summary["seed"] == 1
    assert simulator.run(simulator.load(SMALL), seed=1).summary == simulator.run(SMALL, seed=1).summary
    assert simulator.run(SMALL, seed=1).summary["arrangements"] != base.summary["arrangements"]
    overrides = {"arrangements.gross.block": "1 h"}
    assert simulator.run(SMALL, overrides=overrides).config.arrangements["gross"].block == 3_600_000_000
    loaded = simulator.load(SMALL, "arrangements.gross.block=1 h", "days=2", seed=5)
    assert (loaded.arrangements["gross"].block, loaded.days, loaded.seed) == (3_600_000_000, 2, 5)


def test_a_run_without_a_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulator.run(SMALL, instructions=True)
    assert list(tmp_path.iterdir()) == []


def test_a_watched_run_tells_how_far_it_has_come():
    told = []
    simulator.run(SMALL, watch=lambda done, total: told.append((done, total)))
    assert told[-1] == (500, 500)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_breaks_off_leaves_nothing(tmp_path, error):
    def stop(done, total):
        assert (done, total) == (500, 500)
        raise error

    with pytest.raises(error):
        simulator.run(SMALL, out=tmp_path / "results" / "run", instructions=True, watch=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simulator.report.files.save_frame", full)
    with pytest.raises(simulator.InputError, match="No space left on device"):
        simulator.run(SMALL, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_importing_and_checking_load_no_kernels():
    script = (
        "import sys, simulator\n"
        "assert 'numpy' not in sys.modules\n"
        "simulator.check('two_banks'), simulator.check('floorsheet'), simulator.check('markets/us_equities',"
        " overrides={'arrangements.net.layer': 2, 'arrangements.gross.layer': 3})\n"
        "assert 'numba' not in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('simulator.kernels.')]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
