"""What every source of trades hands to a run: members, securities, days, and chunks of instructions.

A *flow* is a stream of settlement instructions in queue order, (time, order). Tapes, typed
instructions and synthetic days are three flows; nothing behind this page knows which one it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

NO_SECURITY = -1
NO_DEADLINE = 1 << 62
DEFAULT_PRIORITY = 5
MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of consecutive instructions of one trade day, in queue order.

    Where a chunk begins and ends carries no meaning: cutting a flow elsewhere changes no result.
    All arrays have one entry an instruction and are read-only. The last four say more of how an
    instruction wants to settle; each is None where no instruction of the whole flow says anything else
    than the default.

    Attributes
    ----------
    first : position of the first instruction in the whole flow, counted from 0
    day : trade day, 0 … D−1
    time : int64, µs since the first day's midnight, non-decreasing, within the day's open and close
    buyer, seller : int32, index into the flow's members; equal when internalised
    security : int32, index into the flow's securities, ``NO_SECURITY`` for a payment
    units : int64, units of the security, ≥ 0
    cash : int64, minor units, ≥ 0; never both units and cash 0
    priority : int64, 1 (settles first) … 9; default 5
    deadline : int64, µs since the first day's midnight by which it should settle; default ``NO_DEADLINE``
    hold_until : int64, µs since the first day's midnight from which it may settle; default 0
    partial : bool, whether it may settle in parts; default yes
    places : int64, ascending positions in the whole flow, of some of a chunk's instructions by themselves;
        None where they follow one another from ``first`` on
    """

    first: int
    day: int
    time: Int64
    buyer: Int32
    seller: Int32
    security: Int32
    units: Int64
    cash: Int64
    priority: Int64 | None = field(default=None, kw_only=True)
    deadline: Int64 | None = field(default=None, kw_only=True)
    hold_until: Int64 | None = field(default=None, kw_only=True)
    partial: Bools | None = field(default=None, kw_only=True)
    places: Int64 | None = field(default=None, kw_only=True)

    def positions(self, start: int, stop: int) -> Int64:
        """Where instructions ``start … stop − 1`` stand in the whole flow."""
        if self.places is not None:
            return self.places[start:stop]
        return np.arange(self.first + start, self.first + stop)

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Captured(Chunk):
    """A chunk whose positions are numbered: the slots of buyers and sellers, int32, −1 for payments."""

    buyer_slot: Int32
    seller_slot: Int32


@dataclass(frozen=True, slots=True)
class TradeDay:
    """One trade day: ``midnight``, ``opens`` and ``closes`` in µs since the first day's midnight.

    ``moved`` is by how many µs late instructions have moved the close beyond the given hours.
    """

    index: int
    midnight: int
    opens: int
    closes: int
    label: str
    moved: int = 0


@dataclass(frozen=True, slots=True)
class FlowSize:
    """How large a flow is; ``total_cash`` and ``total_units`` are upper bounds over the whole run."""

    trades: int
    total_cash: int
    total_units: int


class Flow(Protocol):
    """A source of settlement instructions, read once, in order, as chunks.

    ``members`` stand in the order in which they are listed, else by name. ``member_types`` is
    aligned with ``members`` (``""`` where unknown).
    """

    members: tuple[str, ...]
    member_types: tuple[str, ...]
    securities: tuple[str, ...]
    days: tuple[TradeDay, ...]
    size: FlowSize
    notices: tuple[str, ...]

    @property
    def priorities(self) -> tuple[int, ...]:
        """The priorities that instructions may have, ascending; the default alone where none is stated."""
        ...

    @property
    def holds(self) -> bool:
        """Whether an instruction may be on hold, so that the order of entry is not that of the flow."""
        ...

    @property
    def states_wishes(self) -> bool:
        """Whether instructions state a priority, a deadline, a hold, or whether they settle in parts."""
        ...

    @property
    def settles_whole(self) -> bool:
        """Whether an instruction may say that it does not settle in parts."""
        ...

    @property
    def opening_prices(self) -> Int64:
        """Minor units a unit of each security as the run opens, read-only; worked out when first asked.

        Of a synthetic market the price drawn; else floor(cash / units) of the security's first
        instruction with both legs, in queue order over the run, and 0 if there is none.
        """
        ...

    def chunks(self) -> Iterator[Chunk]:
        """The instructions in queue order; a chunk never spans two days. Same chunks at every call."""
        ...

    def identifiers(self, first: int, stop: int) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
        """The id of instructions ``first … stop − 1``: the tape's order column or the position typed."""
        ...

    def expected_sales(self, member: int) -> Int64:
        """Units a day that ``member`` is expected to sell, one entry a security, rounded half to even."""
        ...

    def expected_payments(self) -> Int64:
        """Minor units a day that each member is expected to pay to others for what it buys, rounded down."""
        ...
