"""How kernels are compiled: one decorator, so that every kernel is cached, exact and free of the GIL.

No fastmath and no parallel reductions: results must be the same bytes on every run. ``_nrt=False``
leaves out Numba's reference counts, one atomic operation an array, call and return, which cost
200 ns an instruction in the settlement loop; a kernel that allocates says ``allocating`` instead.
"""

from __future__ import annotations

from typing import Any

from numba import njit

kernel: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
allocating: Any = njit(cache=True, nogil=True, error_model="numpy")
