"""What saves liquidity on a chain: rules that choose groups of what waits, and windows for parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.ledger import InfeasibleGroupError
from simulator.market.flow import Int64
from simulator.rules import Grouping


@dataclass(frozen=True, slots=True)
class Saving:
    """A liquidity-saving mechanism: its rule, the interval (None: every block) and the queue it asks for.

    ``key`` is where the config names it, for messages.
    """

    rule: Grouping
    every: int | None
    longer_than: int | None
    key: str

    @property
    def before_loop(self) -> bool:
        """Whether it chooses among all that has arrived before anything settles by itself."""
        return bool(getattr(self.rule, "before_loop", False))


@dataclass(frozen=True, slots=True)
class Parts:
    """Partial settlement: the interval of its windows, cash of the smallest part, who takes part (0 or 1)."""

    every: int
    minimum: int
    members: Int64


def places_chosen(answer: object, waiting: int) -> list[Int64]:
    """The groups that a rule chose, each as places among the ``waiting`` of the queue.

    Raises InfeasibleGroupError where they are no groups, or name what is not in the queue.
    """
    groups = [_places(group) for group in _groups(answer)]
    if any(np.any((places < 0) | (places >= waiting)) for places in groups):
        raise InfeasibleGroupError("a group names a place that is not in the queue")
    return groups


def _groups(answer: object) -> Iterable[npt.ArrayLike]:
    """What a rule chose, if it is groups at all."""
    if not isinstance(answer, Iterable):
        raise InfeasibleGroupError(f"the rule must give groups, a list of arrays of places, not {answer!r}")
    return answer


def _places(group: npt.ArrayLike) -> Int64:
    """A group's places in the queue; a mask or fractions would be misread, so only integers are taken."""
    places = np.asarray(group)
    if places.size and not np.issubdtype(places.dtype, np.integer):
        raise InfeasibleGroupError("a group is not an array of places in the queue, which are integers")
    return places.astype(np.int64).reshape(-1)
