"""What an instruction that waited lacked, from when it had enough, and who stood before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from .balances import AT_CLOSE, AT_ONCE, NEXT_BLOCK, Moves, Path, follow, read_moves
from .rows import PLACE, Row
from .setting import Opening, Setting

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement

NAMED = ("buyer", "seller", "security", "units", "cash", "settled_at")


@dataclass
class Waiting:
    """One row of layer 3; what takes reading is read when it is asked for."""

    setting: Setting
    row: Row

    @cached_property
    def arrangement(self) -> Arrangement:
        return self.setting.config.arrangements[self.row.arrangement]

    @cached_property
    def first(self) -> int:
        """The first event that could settle it, µs."""
        return self.setting.first_event(self.arrangement, self.row)

    @cached_property
    def closes(self) -> int:
        """The last event of its day, µs."""
        return self.setting.hours(self.row)[1]

    @cached_property
    def finality(self) -> int:
        """µs from settlement until it is final."""
        return self.setting.config.chain_of(self.row.arrangement).finality

    @property
    def reuse(self) -> str:
        """When receipts of what it waited for are free; continuous settlement knows no next block."""
        stated = self.arrangement.reuse
        reuse = stated.units if self.row.waited_for == "securities" else stated.cash
        return AT_ONCE if self.arrangement.block is None and reuse == NEXT_BLOCK else reuse

    @cached_property
    def moves(self) -> Moves | None:
        """What moved its buyer's cash and seller's units before it settled; None where that tells nothing."""
        opening = self.setting.opening(self.arrangement, self.row)
        if opening is None:
            return None
        before = None if self.row.settled_at is None else self.row.place
        return read_moves(self.setting.rows, self.row, opening, before)

    @cached_property
    def path(self) -> Path | None:
        """What its buyer could spend and its seller deliver; None where that cannot be told."""
        return None if self.moves is None else follow(self.moves, self.reuse, self.row.day)

    @cached_property
    def had(self) -> Opening | None:
        """What there was once the first event was over, or until it was freed in that very event."""
        if self.path is None:
            return None
        step = self.path.at_end_of(self.first)
        return self.path.after(step if self.freeing is None else min(step, self.freeing - 1))

    @cached_property
    def turn(self) -> int | None:
        """The step since which there was enough of both: −1 if always, None if never or if not known."""
        return None if self.path is None else self.path.last_turn(self.row.cash, self.row.units)

    @cached_property
    def freeing(self) -> int | None:
        """That step, unless there was enough when it came already."""
        if self.path is None or self.turn is None or self.turn < 0:
            return None
        return self.turn if self.path.time[self.turn] >= self.first else None

    @property
    def never_enough(self) -> bool:
        """Whether it settled although there was never enough for it alone, so on net effect with others."""
        return self.path is not None and self.turn is None

    @cached_property
    def lacking(self) -> tuple[int, int] | None:
        """Cash and units still lacking once the last event of the day was over."""
        if self.path is None:
            return None
        end, row = self.path.after(self.path.at_end_of(self.closes)), self.row
        cash, units = (
            0 if free is None else max(0, needed - free)
            for free, needed in ((end.cash, row.cash), (end.units, row.units))
        )
        return cash, units

    @cached_property
    def ahead(self) -> tuple[int, bool] | None:
        """Strict FIFO: the last one before it in its queues, as (place, whether that settled before it)."""
        if self.arrangement.queue != "fifo_strict":
            return None
        table = self._alike(self.row.place)
        still = table[PLACE].to_numpy()[pc.is_null(table["settled_at"]).to_numpy()]
        if len(still):
            return int(still[-1]), False
        # Nobody passes: whoever of its queues settled while it waited stood before it.
        left = table[PLACE].to_numpy()[table["settled_at"].to_numpy() >= self.first]
        return (int(left[-1]), True) if len(left) else None

    def _alike(self, before: int) -> pa.Table:
        """Rows of the day before ``before`` that need the same buyer's cash, or the seller's same units."""
        row = self.row

        def alike(table: pa.Table) -> pa.ChunkedArray:
            pays = pc.and_(pc.equal(table["buyer"], row.buyer), pc.greater(table["cash"], 0))
            gives = pc.and_(pc.equal(table["seller"], row.seller), pc.greater(table["units"], 0))
            gives = pc.and_(gives, pc.fill_null(pc.equal(table["security"], row.security), False))
            found = pa.chunked_array([pa.array([False] * len(table), pa.bool_())])
            for each, needed in ((pays, row.cash), (gives, row.units)):
                found = pc.or_(found, each) if needed else found
            return pc.and_(found, different(table))

        return self.setting.rows.pick(row.arrangement, NAMED, alike, (row.day, row.day), before)

    def last_receipt(self) -> int | None:
        """The place of the last settlement before it that gave what it first waited for, free by then."""
        row, cash = self.row, self.row.waited_for == "cash"
        side, member, amount = ("seller", row.buyer, "cash") if cash else ("buyer", row.seller, "units")

        def gave(table: pa.Table) -> pa.ChunkedArray:
            found = pc.and_(pc.equal(table[side], member), pc.greater(table[amount], 0))
            if not cash:
                found = pc.and_(found, pc.fill_null(pc.equal(table["security"], row.security), False))
            return pc.and_(found, different(table))

        table = self.setting.rows.pick(row.arrangement, NAMED, gave, (row.day, row.day), row.place)
        places = table[PLACE].to_numpy()
        if self.reuse == "at_finality":
            places = places[table["settled_at"].to_numpy() + self.finality <= (row.settled_at or 0)]
        elif self.reuse != AT_ONCE:
            free_from = row.settled_at if self.reuse != AT_CLOSE else 0
            places = places[table["settled_at"].to_numpy() < free_from]
        return int(places[-1]) if len(places) else None


def different(table: pa.Table) -> pa.ChunkedArray:
    """Whether buyer and seller are two."""
    return pc.not_equal(table["buyer"].cast(pa.string()), table["seller"].cast(pa.string()))
