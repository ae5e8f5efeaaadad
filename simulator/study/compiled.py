"""Whether the kernels are compiled already, told from the files of Numba's cache without importing it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from simulator.kernels.cache import KERNELS, cache_folders

LAYERS = {1: "netting", 2: "netting", 3: "arrivals"}
"""The kernel module that only runs of that layer need."""

SUFFIX = f".py{sys.version_info.major}{sys.version_info.minor}.nbi"


def kernels_cached(layers: Iterable[int], folders: Sequence[Path] | None = None) -> bool:
    """Whether an earlier run compiled what these layers need; a guess that costs a look at one folder."""
    needed = ["capture", *(LAYERS[layer] for layer in set(layers))]
    return any(
        all(_holds(folder, module) for module in needed)
        for folder in (cache_folders() if folders is None else folders)
    )


def _holds(folder: Path, module: str) -> bool:
    """Whether some index of a module was written for the kernels as they now stand."""
    try:
        changed = max(source.stat().st_mtime for source in KERNELS.glob("*.py"))
        return any(index.stat().st_mtime >= changed for index in folder.glob(f"{module}.*{SUFFIX}"))
    except OSError:
        return False
