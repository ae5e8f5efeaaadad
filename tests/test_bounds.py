"""No kernel reads or writes outside its arrays: compiled code does not look unless told to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Small books that take every path: growth from nothing, all arrangements against the reference, groups.
BOOKS = ("test_growth.py", "rules/test_offsets.py", "measures/test_hand_worked_day.py")


@pytest.mark.slow
@pytest.mark.long
def test_kernels_stay_within_their_arrays(tmp_path):
    """The same tests in a process of their own, every index checked; compiling that takes a minute."""
    command = [sys.executable, "-m", "pytest", *(str(HERE / name) for name in BOOKS)]
    done = subprocess.run(
        command,
        cwd=HERE.parent,
        # Unoptimised code compiles in half the time, and looks at as many indexes.
        env={
            **os.environ,
            "NUMBA_BOUNDSCHECK": "1",
            "NUMBA_OPT": "0",
            "NUMBA_CACHE_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
