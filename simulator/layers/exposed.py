"""Where the margin desk reads: what a clearing house has novated, what a chain has not settled yet."""

from __future__ import annotations

import numpy as np

from simulator.kernels import state as st
from simulator.market.flow import Int64, TradeDay
from simulator.market.margin import MarginBook

from .chain import Chain
from .clearing_house import ClearingHouse
from .collateral_pool import CollateralPool
from .margin import MarginDesk
from .schedule import settlement_day
from .unsettled import Unsettled, net_positions, pair_positions


def desk_of_house(house: ClearingHouse, book: MarginBook) -> MarginDesk:
    """Members' net positions against the clearing house, until each settlement date's last cycle."""
    house.priced = True
    prices = np.zeros(len(house.flow.securities), dtype=np.int64)
    days = house.flow.days
    both = [settlement_day(days, at, house.calendar) for at in range(len(days) + house.settles)]

    def unsettled(now: int) -> Unsettled:
        house.take_until(now)
        units, payable, obligations = house.open_obligations(prices)
        security, member = house.ledger.slot_owners()
        return net_positions(
            units, security[: len(units)], member[: len(units)], prices, payable, obligations
        )

    def cycles(day: TradeDay) -> tuple[int, ...]:
        return house.cycles_of(day) if day.index >= house.settles else ()

    desk = MarginDesk(
        book,
        both,
        nets=True,
        unsettled=unsettled,
        hours=lambda day: (min((day.opens, *cycles(day))), max((day.closes, *cycles(day)))),
        settles_at=lambda day, time: time in cycles(day),
    )
    facilities = house.ledger.facilities
    if book.pledged and facilities is not None:
        numbers = [facilities.names.index(name) for name in book.pledged]
        desk.pool = CollateralPool(house.ledger, numbers, facilities.caps[numbers])
    return desk


def desk_of_chain(chain: Chain, book: MarginBook) -> MarginDesk:
    """What pairs of members have traded and not settled: in the queue, on hold, or before the next block."""
    members, securities = len(chain.flow.members), len(chain.flow.securities)

    def unsettled(now: int) -> Unsettled:
        chain.catch_up(now, before=True)
        rows = chain.ledger.unsettled_rows()
        # What was refused is kept to be told, and nobody is to pay or deliver for it.
        parts = [rows[rows[:, st.BLOCKED_BY] != st.REFUSED][:, QUEUED].T]
        if chain.gate is not None:
            outside = chain.gate.traded_until(now - 1 if chain.eager else now)
            if outside is not None:
                parts.append(
                    np.array([outside.buyer, outside.seller, outside.security, outside.cash], np.int64)
                )
        elif not chain.eager:
            for chunk, start, stop in chain.traded_until(now):
                columns = (chunk.buyer, chunk.seller, chunk.security, chunk.cash)
                parts.append(np.array([each[start:stop] for each in columns], np.int64))
        buyer, seller, security, cash = np.concatenate(parts, axis=1)
        return pair_positions(buyer % members, seller % members, security, cash, members, securities)

    return MarginDesk(
        book,
        chain.flow.days,
        nets=False,
        unsettled=unsettled,
        hours=lambda day: (day.opens, day.closes),
        settles_at=lambda _day, _time: not chain.eager,
    )


QUEUED: Int64 = np.array([st.BUYER, st.SELLER, st.SECURITY, st.ENTRY_CASH])
