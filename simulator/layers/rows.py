"""Journal rows of what never settled: what waited until the close, and what was on hold past it."""

from __future__ import annotations

import numpy as np

from simulator.kernels import state as st
from simulator.ledger import Ledger
from simulator.market.flow import Int64

from .incoming import Incoming


def unsettled_rows(ledger: Ledger, members: int) -> Int64:
    """What stands in the queue, or was refused, in queue order; accounts become members."""
    pool = ledger.unsettled_rows()
    rows = _rows(len(pool))
    rows[:, st.JOURNAL_ID] = pool[:, st.IDENTIFIER]
    rows[:, st.JOURNAL_TIME] = pool[:, st.ENTERED]
    rows[:, st.JOURNAL_BUYER] = pool[:, st.BUYER] % members
    rows[:, st.JOURNAL_SELLER] = pool[:, st.SELLER] % members
    rows[:, st.JOURNAL_SECURITY] = pool[:, st.SECURITY]
    rows[:, st.JOURNAL_UNITS] = pool[:, st.ENTRY_UNITS]
    rows[:, st.JOURNAL_CASH] = pool[:, st.ENTRY_CASH]
    rows[:, st.JOURNAL_WAITED] = pool[:, st.WAITED_FOR]
    return rows


def never_rows(never: Incoming, members: int) -> Int64:
    """What was on hold to the end of the day."""
    rows = _rows(len(never))
    rows[:, st.JOURNAL_ID] = never.place
    rows[:, st.JOURNAL_TIME] = never.enters
    rows[:, st.JOURNAL_BUYER] = never.buyer % members
    rows[:, st.JOURNAL_SELLER] = never.seller % members
    rows[:, st.JOURNAL_SECURITY] = never.security
    rows[:, st.JOURNAL_UNITS] = never.units
    rows[:, st.JOURNAL_CASH] = never.cash
    rows[:, st.JOURNAL_WAITED] = st.HELD
    return rows


def _rows(count: int) -> Int64:
    """Journal rows of what never settled."""
    rows = np.zeros((count, st.JOURNAL_COLUMNS), dtype=np.int64)
    rows[:, st.JOURNAL_SETTLED] = -1
    return rows
