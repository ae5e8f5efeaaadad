"""What a grouping rule sees of the queue: read-only arrays over the waiting instructions, in queue order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from simulator.market.flow import DEFAULT_PRIORITY, NO_DEADLINE

Int64 = npt.NDArray[np.int64]

NOT_GIVEN: Int64 = np.empty(0, dtype=np.int64)


def _not_given() -> Int64:
    return NOT_GIVEN


COLUMNS = (
    "buyer",
    "seller",
    "security",
    "units",
    "cash",
    "entered",
    "buyer_position",
    "seller_position",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue at one instant. Money in minor units, time in µs; one entry an instruction.

    Attributes
    ----------
    buyer, seller, security : member and security numbers, −1 for no security
    units, cash : what the seller delivers and the buyer pays
    entered : the instruction's own time
    buyer_position, seller_position : numbers of (member, security) pairs, −1 for payments; 0 … P − 1 as
        they appear in the queue, the buyer's first
    cash_available : by member, cash and undrawn credit
    units_available : by position, units free to deliver
    now : the time of the event
    priority : 1 (settles first) … 9; 5 where nothing is said
    deadline : by when it should settle; ``NO_DEADLINE`` where nothing is said
    credit_value : what the buyer can raise on the very units it buys, so that it needs
        cash − credit_value; 0 without auto-collateralisation. The seller may lose as much collateral, so
        cash − credit_value is what it surely gains.
    reuse_at_once : whether cash received can be used as soon as it is settled
    cap_available : by member, how much more its net debit cap lets it pay; empty where there are no caps

    A group is feasible on its net effect if no member pays out, and no position delivers, more than is
    available, and no member pays more cash than its cap allows. Where receipts are locked, cash received in
    a group still meets what is paid in it, but not the collateral that a member gives up in it.
    """

    buyer: Int64
    seller: Int64
    security: Int64
    units: Int64
    cash: Int64
    entered: Int64
    buyer_position: Int64
    seller_position: Int64
    cash_available: Int64
    units_available: Int64
    now: int
    priority: Int64 = field(default_factory=_not_given)
    deadline: Int64 = field(default_factory=_not_given)
    credit_value: Int64 = field(default_factory=_not_given)
    reuse_at_once: bool = True
    cap_available: Int64 = field(default_factory=_not_given)

    def __post_init__(self) -> None:
        """Columns that nobody gave are one value throughout, which takes no room."""
        for name, value in (("priority", DEFAULT_PRIORITY), ("deadline", NO_DEADLINE), ("credit_value", 0)):
            if getattr(self, name) is NOT_GIVEN:
                object.__setattr__(self, name, np.broadcast_to(np.int64(value), len(self.buyer)))

    @classmethod
    def of(
        cls,
        buyer: npt.ArrayLike,
        seller: npt.ArrayLike,
        *,
        cash: npt.ArrayLike = 0,
        units: npt.ArrayLike = 0,
        security: npt.ArrayLike = 0,
        cash_available: npt.ArrayLike,
        held: Mapping[tuple[int, int], int] | None = None,
        now: int = 0,
        reuse_at_once: bool = True,
        cap_available: npt.ArrayLike = (),
        **more: npt.ArrayLike,
    ) -> Waiting:
        """A read-only queue made by hand, to try a rule on.

        One value stands for all; ``held`` gives the units of (member, security), 0 where it gives none,
        and ``more`` any other column.

        >>> swap = Waiting.of([0, 1], [1, 0], cash=5, units=[3, 0], cash_available=[0, 5], held={(1, 0): 3})
        >>> swap.buyer_position.tolist(), swap.seller_position.tolist(), swap.units_available.tolist()
        ([0, -1], [1, -1], [0, 3])
        """
        count = max(np.size(buyer), np.size(seller))
        buyers, sellers = _column(buyer, count), _column(seller, count)
        columns = {"cash": cash, "units": units, "security": security, "entered": 0, **more}
        full = {name: _column(value, count) for name, value in columns.items()}
        full["security"] = np.where(full["units"] > 0, full["security"], -1)
        numbers: dict[tuple[int, int], int] = {}
        places = np.full((2, count), -1, dtype=np.int64)
        for i in np.flatnonzero(full["units"] > 0).tolist():
            for side, member in enumerate((buyers[i], sellers[i])):
                place = int(member), int(full["security"][i])
                places[side, i] = numbers.setdefault(place, len(numbers))
        waiting = cls(
            buyer=buyers,
            seller=sellers,
            buyer_position=places[0],
            seller_position=places[1],
            cash_available=np.array(cash_available, dtype=np.int64),
            units_available=np.array([(held or {}).get(place, 0) for place in numbers], dtype=np.int64),
            now=now,
            reuse_at_once=reuse_at_once,
            cap_available=np.array(cap_available, dtype=np.int64),
            **full,
        )
        waiting.freeze()
        return waiting

    def __len__(self) -> int:
        return len(self.buyer)

    def freeze(self) -> None:
        """Make every array read-only."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def _column(value: npt.ArrayLike, count: int) -> Int64:
    """One int64 an instruction."""
    return np.broadcast_to(np.asarray(value, dtype=np.int64), (count,)).copy()


Grouping = Callable[[Waiting], Sequence[npt.NDArray[np.int64]]]
"""A grouping rule: the queue in, groups out, each an array of places in the queue. It moves nothing:
the ledger verifies each group on its net effect, after those before it, and settles all of it."""

Rule = TypeVar("Rule", bound=Callable[..., object])


def before_loop(rule: Rule) -> Rule:
    """Mark a grouping rule to run before anything settles by itself at an event, on all that has arrived."""
    vars(rule)["before_loop"] = True
    return rule
