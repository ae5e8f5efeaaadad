"""How kernels are compiled: one decorator, so that every kernel is cached, exact and free of the GIL.

No fastmath and no parallel reductions: results must be the same bytes on every run. ``_nrt=False``
leaves out Numba's reference counts, one atomic operation an array, call and return, which cost
200 ns an instruction in the settlement loop; a kernel that allocates says ``allocating`` instead.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from .cache import forget_stale

forget_stale()

kernel: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
inlined: Any = njit(cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True)
allocating: Any = njit(cache=True, nogil=True, error_model="numpy")

AHEAD = 12  # instructions by which positions are fetched early: twice as fast where they miss the cache


@intrinsic
def prefetch(typing_context, array, row):  # noqa: ARG001
    """Ask for ``array[row, 0]``'s cache line ahead of its use; any row, no result, never faults."""

    def generate(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = builder.extract_value(view.strides, 0)
        row = builder.sext(arguments[1], stride.type) if arguments[1].type != stride.type else arguments[1]
        bytes_ = ir.IntType(8).as_pointer()
        address = builder.gep(builder.bitcast(view.data, bytes_), [builder.mul(row, stride)])
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [bytes_, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [bytes_], fnty=kind)
        builder.call(function, [address, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, row), generate
