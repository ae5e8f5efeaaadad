"""Numba's cache of compiled kernels: where it is, and what of it must be forgotten.

A compiled kernel holds the kernels that it calls, but Numba looks only at the kernel's own file to see
whether it changed. So whatever was compiled before the newest change of any kernel goes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

KERNELS = Path(__file__).absolute().parent


def cache_folders() -> list[Path]:
    """Where Numba keeps what it compiles of the kernels: as told, else beside them or in the user's cache."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    if told:
        return list(Path(told).glob("kernels_*"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [KERNELS / "__pycache__", *(cache / "numba").glob("kernels_*")]


def forget_stale(folders: Sequence[Path] | None = None) -> None:
    """Remove the indexes of what was compiled before any kernel's last change; Numba compiles it anew."""
    changed = max(source.stat().st_mtime for source in KERNELS.glob("*.py"))
    for folder in cache_folders() if folders is None else folders:
        for index in folder.glob("*.nbi"):
            # A cache that cannot be written is not Numba's to write either; one gone already is gone.
            with contextlib.suppress(OSError):
                if index.stat().st_mtime < changed:
                    index.unlink()
