"""Random small books for the ledger itself: instructions as arrays, and what each member brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.kernels import state as st
from simulator.layers.capture import Capture, Captured
from simulator.ledger import Ledger
from simulator.market.flow import SECOND
from simulator.market.members import Endowment, OpeningHoldings

from .flows import OPENS, ArrayFlow

Int64 = npt.NDArray[np.int64]
LOCKS = {
    "at_once": (st.AT_ONCE, st.AT_ONCE),
    "next_block": (st.NEXT_BLOCK, st.NEXT_BLOCK),
    "at_close": (st.AT_DAY_CLOSE, st.AT_DAY_CLOSE),
}


@dataclass(frozen=True)
class LedgerBook:
    """A flow in one chunk of one day; ``held`` (members, securities) is None where holdings are ample."""

    flow: ArrayFlow
    cash: Int64 | None
    credit_limit: Int64
    held: Int64 | None

    def ledger(self, **mode) -> tuple[Ledger, Captured]:
        """A funded ledger, its day open, with the flow captured for it."""
        capture = Capture(self.flow)
        holdings = None
        if self.held is not None:
            member, security = np.nonzero(self.held)
            units = self.held[member, security]
            holdings = OpeningHoldings(member.astype(np.int32), security.astype(np.int32), units)
        endowment = Endowment(self.cash, self.credit_limit, holdings)
        ledger = Ledger(len(self.flow.members), len(self.flow.securities), capture.slots, endowment, **mode)
        captured = capture.take(next(self.flow.chunks()))
        ledger.fit_slots()
        ledger.open_day(OPENS)
        return ledger, captured


def random_ledger_book(seed: int, *, unlimited: bool = False, ample: bool = False) -> LedgerBook:
    """2–5 members, 1–3 securities, 1–30 instructions that tie in time; resources mostly short."""
    draw = np.random.default_rng([7, seed])
    members, securities = int(draw.integers(2, 6)), int(draw.integers(1, 4))
    count = int(draw.integers(1, 31))
    largest = int(draw.choice([1, 5, 40]))
    buyer = draw.integers(members, size=count)
    seller = (buyer + draw.integers(1, members, size=count)) % members
    seller = np.where(draw.random(count) < 0.05, buyer, seller)
    cash, units = draw.integers(1, largest + 1, size=count), draw.integers(1, 6, size=count)
    kind = draw.random(count)
    payment, free = kind < 0.2, kind > 0.85
    cash[free], units[payment] = 0, 0
    security = draw.integers(securities, size=count)
    security[0] = securities - 1  # so that all are counted
    units[0] = max(1, int(units[0]))
    security[payment & (np.arange(count) > 0)] = -1
    time = OPENS + np.sort(draw.integers(0, int(draw.choice([1, 5, 200])), size=count)) * SECOND
    flow = ArrayFlow(time, buyer, seller, cash=cash, units=units, security=security, members=members)
    rich = float(draw.choice([0, 0.3, 1, 3]))
    most = int(2 * rich * largest) + 1
    money = draw.integers(0, most, size=members)
    limits = draw.integers(0, most, size=members) * (draw.random(members) < 0.3)
    holdings = draw.integers(0, int(6 * rich) + 1, size=(members, securities))
    return LedgerBook(
        flow,
        None if unlimited else money,
        np.zeros(members, np.int64) if unlimited else limits,
        None if ample else holdings,
    )


def more_of(priorities: tuple[int, ...], linked: bool) -> st.More:
    """What a ledger tells its kernels of a queue in the order of these priorities, ``linked`` by keys too."""
    ledger, _ = random_ledger_book(0).ledger(
        ordered=True, keyed=linked, priorities=priorities, says_more=True
    )
    assert ledger.more.linked == linked
    return ledger.more


def journal(ledger: Ledger) -> list[tuple[int, int]]:
    """(identifier, settled at) of what has settled, in settlement order."""
    rows = ledger.state.journal[: ledger.state.totals[st.JOURNAL_ROWS]]
    return [(int(row[st.JOURNAL_ID]), int(row[st.JOURNAL_SETTLED])) for row in rows]


def balances(ledger: Ledger) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Cash by member, and units by (member, security) where not 0, with what is locked counted in."""
    members, slots = ledger.state.members, ledger.state.slots
    cash = members[:, st.CASH] + members[:, st.LOCKED_CASH]
    units = slots[:, st.UNITS].copy()
    if ledger.mode.lock.units != st.AT_ONCE:
        units += slots[:, st.LOCKED_UNITS]
    security, member = ledger.slot_owners()
    held = {(int(member[p]), int(security[p])): int(units[p]) for p in range(len(security)) if units[p]}
    return cash.tolist(), held


def events(flow: ArrayFlow, block: int | None) -> list[tuple[int, int, int]]:
    """(start, stop, now) of each event: every instruction its own, or one a block of ``block`` µs."""
    if block is None:
        return [(i, i + 1, int(time)) for i, time in enumerate(flow.time)]
    closes = flow.days[0].closes
    due = np.minimum(OPENS + -(-(flow.time - OPENS) // block) * block, closes)
    starts = np.flatnonzero(np.diff(due, prepend=-1))
    stops = [*starts[1:].tolist(), len(due)]
    return [(start, stop, int(due[start])) for start, stop in zip(starts.tolist(), stops, strict=True)]
