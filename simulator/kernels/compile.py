"""How kernels are compiled: one decorator, so that every kernel is cached, exact and free of the GIL."""

from __future__ import annotations

from typing import Any

from numba import njit

# No fastmath and no parallel reductions: results must be the same bytes on every run.
kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
