"""What was compiled before a kernel changed is compiled anew."""

import os

from simulator.kernels.cache import KERNELS, forget_stale


def test_what_was_compiled_before_the_last_change_of_any_kernel_is_forgotten(tmp_path):
    changed = max(source.stat().st_mtime for source in KERNELS.glob("*.py"))
    for name, after in (("arrivals.take-1.nbi", -1), ("queue.offer-1.nbi", 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (changed + after, changed + after))
    forget_stale([tmp_path, tmp_path / "none"])
    assert [path.name for path in tmp_path.iterdir()] == ["queue.offer-1.nbi"]
