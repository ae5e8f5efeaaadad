"""Results land whole or not at all, and never over something else."""

import os

import pytest

from simulator.config.errors import InputError
from simulator.report.folder import ResultFolder


def fill(place, text="new"):
    """Land a folder that looks like results."""
    with ResultFolder(place) as folder:
        for name in ("summary.json", "config.yaml"):
            (folder.path / name).write_text(text)
        folder.land()


def break_off(place, error):
    """Begin to fill a folder, and end by an error."""
    with ResultFolder(place) as folder:
        (folder.path / "summary.json").write_text("half")
        raise error


def entries(path):
    return sorted(entry.name for entry in path.iterdir())


def test_results_land_with_the_parents_they_need(tmp_path):
    fill(tmp_path / "results" / "deep" / "run")
    assert entries(tmp_path / "results" / "deep") == ["run"]
    assert entries(tmp_path / "results" / "deep" / "run") == ["config.yaml", "summary.json"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
def test_nothing_is_left_of_a_run_that_breaks_off(tmp_path, error):
    with pytest.raises(error):
        break_off(tmp_path / "results" / "run", error)
    assert entries(tmp_path) == []


def test_earlier_results_stay_as_they_are_when_a_run_breaks_off(tmp_path):
    fill(tmp_path / "run", "old")
    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path / "run", KeyboardInterrupt)
    assert entries(tmp_path) == ["run"]
    assert (tmp_path / "run" / "summary.json").read_text() == "old"


def test_earlier_results_are_replaced_and_what_else_lies_there_stays(tmp_path):
    fill(tmp_path / "run", "old")
    (tmp_path / "run" / "instructions.parquet").write_text("old")
    (tmp_path / "run" / "notes.md").write_text("mine")
    fill(tmp_path / "run")
    assert entries(tmp_path) == ["run"]
    assert entries(tmp_path / "run") == ["config.yaml", "notes.md", "summary.json"]
    assert (tmp_path / "run" / "summary.json").read_text() == "new"
    assert (tmp_path / "run" / "notes.md").read_text() == "mine"


def test_earlier_results_come_back_when_the_new_ones_cannot_be_renamed(tmp_path, monkeypatch):
    fill(tmp_path / "run", "old")
    rename = os.rename

    def fail(source, target):
        if str(target).endswith("run") and not str(source).endswith("-earlier"):
            raise OSError(28, "No space left on device")
        rename(source, target)

    with ResultFolder(tmp_path / "run") as folder:
        (folder.path / "summary.json").write_text("new")
        monkeypatch.setattr(os, "rename", fail)
        with pytest.raises(InputError, match="No space left on device"):
            folder.land()
    assert entries(tmp_path) == ["run"]
    assert (tmp_path / "run" / "summary.json").read_text() == "old"


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "run").mkdir()
    fill(tmp_path / "run")
    assert entries(tmp_path / "run") == ["config.yaml", "summary.json"]


def test_a_link_to_results_stays_a_link(tmp_path):
    fill(tmp_path / "run", "old")
    (tmp_path / "link").symlink_to("run")
    fill(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "run" / "summary.json").read_text() == "new"


def test_a_folder_of_something_else_is_refused_and_untouched(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="something other than results"):
        fill(tmp_path / "run")
    assert entries(tmp_path / "run") == ["thesis.tex"]
    assert entries(tmp_path) == ["run"]


def test_a_folder_that_became_something_else_meanwhile_is_refused(tmp_path):
    with ResultFolder(tmp_path / "run") as folder:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "thesis.tex").write_text("mine")
        with pytest.raises(InputError, match="something other"):
            folder.land()
    assert entries(tmp_path) == ["run"]


def test_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        fill(tmp_path / "run")
    with pytest.raises(InputError, match="cannot be written"):
        fill(tmp_path / "run" / "below")
    assert (tmp_path / "run").read_text() == "mine"


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="current directory"):
        fill(".")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="cannot be written"):
        fill(tmp_path / "results" / name)
    assert entries(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_to_is_told_before_the_run(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"), ResultFolder(tmp_path / "run"):
        pytest.fail("the run must not begin")
