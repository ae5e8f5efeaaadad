"""Position slots: the number of one member's position in one security.

Where members × securities is small a slot is ``security * members + member``; where it is large,
slots are numbered as pairs first appear and found through a hash table, so that 5,000 members ×
50,000 securities cost what is used.
"""

from __future__ import annotations

import numpy as np

from .compile import kernel
from .state import Int32

DENSE_SLOTS = 1 << 22  # 128 MiB a ledger; beyond it, hashed
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@kernel
def dense_slots(members, buyers, sellers, securities, buyer_slots, seller_slots):
    """Fill the slots of a chunk where every pair has its place; −1 for payments."""
    for i in range(len(buyers)):
        security = np.int64(securities[i])
        if security < 0:
            buyer_slots[i] = -1
            seller_slots[i] = -1
        else:
            buyer_slots[i] = security * members + buyers[i]
            seller_slots[i] = security * members + sellers[i]


@kernel
def find_or_add(table, keys, used, key):
    """The slot of a (security, member) key, ``used`` itself if it is new and now takes that number."""
    mask = np.uint64(len(table) - 1)
    at = (np.uint64(key) * MULTIPLIER) >> np.uint64(20) & mask
    while True:
        slot = table[at]
        if slot < 0:
            table[at] = used
            keys[used] = key
            return used
        if keys[slot] == key:
            return slot
        at = (at + np.uint64(1)) & mask


@kernel
def hashed_slots(members, table, keys, used, buyers, sellers, securities, buyer_slots, seller_slots, start):
    """Fill slots from ``start`` on; (slots used, next instruction), short of the end if keys are full."""
    for i in range(start, len(buyers)):
        security = np.int64(securities[i])
        if security < 0:
            buyer_slots[i] = -1
            seller_slots[i] = -1
            continue
        if used + 2 > len(keys):
            return used, i
        slot = find_or_add(table, keys, used, security * members + buyers[i])
        used = max(used, slot + 1)
        buyer_slots[i] = slot
        slot = find_or_add(table, keys, used, security * members + sellers[i])
        used = max(used, slot + 1)
        seller_slots[i] = slot
    return used, len(buyers)


@kernel
def fill_table(table, keys, used):
    """Enter the first ``used`` keys into an empty table."""
    for slot in range(used):
        find_or_add(table, keys, slot, keys[slot])


class PositionSlots:
    """Numbers the positions of a run; shared by all arrangements.

    Attributes
    ----------
    count : slots so far
    keys : int64, ``security * members + member`` of each slot, in slot order
    """

    def __init__(self, members: int, securities: int, dense_slots: int = DENSE_SLOTS) -> None:
        self.members = members
        self.dense = members * securities <= dense_slots
        if self.dense:
            self.count = members * securities
            self.keys = np.arange(self.count, dtype=np.int64)
        else:
            self.count = 0
            self.keys = np.empty(1 << 16, dtype=np.int64)
            self._table = np.full(1 << 18, -1, dtype=np.int64)

    def number(self, buyers: Int32, sellers: Int32, securities: Int32) -> tuple[Int32, Int32]:
        """The slots of buyers and sellers of a chunk, −1 for payments."""
        buyer_slots = np.empty(len(buyers), dtype=np.int32)
        seller_slots = np.empty(len(buyers), dtype=np.int32)
        if self.dense:
            dense_slots(self.members, buyers, sellers, securities, buyer_slots, seller_slots)
            return buyer_slots, seller_slots
        at = 0
        while True:
            self.count, at = hashed_slots(
                self.members,
                self._table,
                self.keys,
                self.count,
                buyers,
                sellers,
                securities,
                buyer_slots,
                seller_slots,
                at,
            )
            if at == len(buyers):
                return buyer_slots, seller_slots
            self._grow()

    def _grow(self) -> None:
        keys = np.empty(2 * len(self.keys), dtype=np.int64)
        keys[: self.count] = self.keys[: self.count]
        self.keys = keys
        self._table = np.full(4 * len(keys), -1, dtype=np.int64)
        fill_table(self._table, self.keys, self.count)

    def slot_security(self) -> Int32:
        """The security of each slot."""
        return (self.keys[: self.count] // self.members).astype(np.int32)

    def slot_member(self) -> Int32:
        """The member of each slot."""
        return (self.keys[: self.count] % self.members).astype(np.int32)
