"""Instructions typed in the config as a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.market.calendar import trade_dates
from simulator.market.flow import DAY, NO_DEADLINE, NO_SECURITY
from simulator.market.hours import open_days
from simulator.market.members import order_members
from simulator.market.recorded import Instructions, RecordedFlow, encode_names

if TYPE_CHECKING:
    from simulator.config.schema import Config


class TypedFlow(RecordedFlow):
    """The instructions of ``flow.instructions`` in queue order (time, position typed).

    Ids are the position typed, from 0. Trade day k is calendar day k, or business day k of a calendar. What
    one instruction may say is checked when the config is read.

    Raises
    ------
    InputError : a member that its funding file does not list, or totals that reach 2^62.
    """

    def __init__(self, config: Config) -> None:
        typed = config.flow.instructions
        assert typed
        members = order_members(config, {name for one in typed for name in (one.buyer, one.seller)})
        places = {name: at for at, name in enumerate(members)}
        securities, codes = encode_names([one.security for one in typed if one.security is not None])
        security = np.full(len(typed), NO_SECURITY, np.int32)
        security[[one.security is not None for one in typed]] = codes
        midnights, labels = trade_dates(config)
        held = Instructions(
            np.array([midnights[one.day] + one.time for one in typed], np.int64),
            np.array([places[one.buyer] for one in typed], np.int32),
            np.array([places[one.seller] for one in typed], np.int32),
            security,
            np.array([one.units for one in typed], np.int64),
            np.array([one.cash for one in typed], np.int64),
            np.array([one.priority for one in typed], np.int64),
            np.array([_moment(midnights[one.day], one.deadline, NO_DEADLINE) for one in typed], np.int64),
            np.array([_moment(midnights[one.day], one.hold_until, 0) for one in typed], np.int64),
            np.array([one.partial for one in typed], np.bool_),
        )
        ids = np.argsort(held.time, kind="stable")
        held.reorder(ids)
        bounds = np.searchsorted(held.time, [*midnights, midnights[-1] + DAY])
        opened, notices = open_days(held.time, bounds, midnights, labels, config.flow.hours)
        super().__init__(held, bounds, opened, members, securities, ids, notices, "flow.instructions")


def _moment(midnight: int, time: int | None, none: int) -> int:
    """A time of the day that begins at ``midnight``, µs since the first midnight."""
    return none if time is None else midnight + time
