"""Whether kernels are compiled is told from files alone."""

import os

from simulator.study.compiled import KERNELS, SUFFIX, kernels_cached


def index(folder, module, changed=0.0):
    """An index as Numba names it, written ``changed`` seconds after its module."""
    path = folder / f"{module}.kernel-1{SUFFIX}"
    path.touch()
    at = max(source.stat().st_mtime for source in KERNELS.glob("*.py")) + changed
    os.utime(path, (at, at))


def test_nothing_is_cached_in_an_empty_folder_or_in_none(tmp_path):
    assert not kernels_cached({2, 3}, [tmp_path, tmp_path / "none"])


def test_a_layer_is_cached_once_its_own_kernels_are(tmp_path):
    index(tmp_path, "capture")
    index(tmp_path, "netting")
    assert kernels_cached({2}, [tmp_path])
    assert not kernels_cached({2, 3}, [tmp_path])
    index(tmp_path, "arrivals")
    assert kernels_cached({2, 3}, [tmp_path])


def test_what_was_compiled_of_an_older_source_does_not_count(tmp_path):
    index(tmp_path, "capture")
    index(tmp_path, "netting", changed=-10.0)
    assert not kernels_cached({2}, [tmp_path])
