"""Net receipts that wait to be used, each until its rule frees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .book import Account, Arrangement

Position = tuple[str, str]


@dataclass(frozen=True)
class Receipt:
    """Of ``cash`` by an account or of ``units`` by a position; ``final`` is settlement + finality."""

    kind: str
    key: Account | Position
    amount: int
    final: int


class Receipts:
    """All that is locked, of one arrangement."""

    def __init__(self, arrangement: Arrangement) -> None:
        self.arrangement = arrangement
        self.locked: list[Receipt] = []

    def take(self, kind: str, key: Account | Position, amount: int, settled_at: int) -> None:
        self.locked.append(Receipt(kind, key, amount, settled_at + self.arrangement.finality))

    def of(self, kind: str) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for one in self.locked:
            if one.kind == kind:
                found[one.key] += one.amount
        return found

    def next_final(self) -> int | None:
        """When the next receipt is freed that is freed by an event of its own."""
        return min((one.final for one in self.locked if self.waits_for_finality(one)), default=None)

    def waits_for_finality(self, one: Receipt) -> bool:
        return self.arrangement.frees(one.kind) == "at_finality"

    def freed_by_block(self, time: int) -> list[Receipt]:
        """What was received before this block, and is final by now where it must be."""
        return self.part_with(
            lambda one: (
                self.arrangement.frees(one.kind) == "next_block"
                or (self.waits_for_finality(one) and one.final <= time)
            )
        )

    def freed_by_finality(self, time: int) -> list[Receipt]:
        return self.part_with(lambda one: self.waits_for_finality(one) and one.final <= time)

    def freed_by_the_close(self) -> list[Receipt]:
        return self.part_with(lambda _: True)

    def part_with(self, freed: Callable[[Receipt], bool]) -> list[Receipt]:
        found = [one for one in self.locked if freed(one)]
        self.locked = [one for one in self.locked if not freed(one)]
        return found
