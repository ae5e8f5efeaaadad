"""Whether the kernels are compiled already, told from the files of Numba's cache without importing it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

KERNELS = Path(__file__).absolute().parents[1] / "kernels"

LAYERS = {2: "netting", 3: "arrivals"}
"""The kernel module that only runs of that layer need."""

SUFFIX = f".py{sys.version_info.major}{sys.version_info.minor}.nbi"


def kernels_cached(layers: Iterable[int], folders: Sequence[Path] | None = None) -> bool:
    """Whether an earlier run compiled what these layers need; a guess that costs a look at one folder."""
    needed = ["capture", *(LAYERS[layer] for layer in set(layers))]
    return any(
        all(_holds(folder, module) for module in needed)
        for folder in (cache_folders() if folders is None else folders)
    )


def cache_folders() -> list[Path]:
    """Where Numba keeps what it compiles of the kernels: as told, else beside them or in the user's cache."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    if told:
        return list(Path(told).glob("kernels_*"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [KERNELS / "__pycache__", *(cache / "numba").glob("kernels_*")]


def _holds(folder: Path, module: str) -> bool:
    """Whether some index was written for a module as it now stands, so not before its last change."""
    try:
        changed = (KERNELS / f"{module}.py").stat().st_mtime
        return any(index.stat().st_mtime >= changed for index in folder.glob(f"{module}.*{SUFFIX}"))
    except OSError:
        return False
