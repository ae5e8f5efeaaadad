"""Net settlement: what a cycle delivers, withholds and pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernels import state as st
from simulator.kernels.credit import balance_all
from simulator.kernels.netting import deliver_all, deliver_held, deliver_open, follow_deliveries
from simulator.kernels.state import Int64
from simulator.market.flow import Bools

from .accounts import Accounts


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a cycle withholds because shorts hold too little; int64 arrays.

    ``cash`` by member is taken off a long's payable (positive) or a short's receivable (negative);
    ``value`` and ``fails`` by member are undelivered short positions at the settlement price, and
    their count; ``units`` by security is what was not delivered.
    """

    cash: Int64
    value: Int64
    fails: Int64
    units: Int64

    @classmethod
    def nothing(cls, members: int, securities: int) -> Withheld:
        """Zeros for every member and security."""
        cash, value, fails = (np.zeros(members, dtype=np.int64) for _ in range(3))
        return cls(cash, value, fails, np.zeros(securities, dtype=np.int64))

    def add(self, other: Withheld) -> None:
        """Add another cycle's, in place."""
        for mine, theirs in (
            (self.cash, other.cash),
            (self.value, other.value),
            (self.fails, other.fails),
            (self.units, other.units),
        ):
            mine += theirs


class NetSettlement(Accounts):
    """Pays and delivers the nets of a cycle, pay-ins before pay-outs."""

    def follow_delivery(self, obligations: Int64, touched: Int64) -> None:
        """The unconstrained path of a cycle's units: all nets delivered."""
        follow_deliveries(self.state.slots, obligations, touched)

    def follow_payment(self, net_cash: Int64) -> None:
        """The unconstrained path of a cycle's cash: all nets paid, read after the whole cycle."""
        rows, totals = self.state.members, self.state.totals
        rows[:, st.OUT] += net_cash
        np.maximum(rows[:, st.PEAK], rows[:, st.OUT], out=rows[:, st.PEAK])
        totals[st.SYSTEM_OUT] = np.maximum(0, rows[:, st.OUT]).sum()
        totals[st.SYSTEM_PEAK] = max(totals[st.SYSTEM_PEAK], totals[st.SYSTEM_OUT])

    def deliver(
        self, obligations: Int64, touched: Int64, settlement_price: Int64, units_moved: Int64
    ) -> Withheld:
        """Deliver a cycle's net positions as far as shorts hold them; say what stays undelivered."""
        security, member = self.slot_owners()
        withheld = Withheld.nothing(len(self.state.members), len(self.issued_units))
        if self.ample:
            deliver_all(self.state.slots, obligations, touched, units_moved)
            return withheld
        deliver_held(
            self.state.slots,
            obligations,
            touched[np.argsort(self.slots.keys[touched])],
            security,
            member,
            settlement_price,
            withheld.cash,
            units_moved,
            withheld.units,
            withheld.value,
            withheld.fails,
        )
        self.secure_anew()
        return withheld

    def deliver_positions(
        self,
        positions: Int64,
        ages: Int64,
        active: Int64,
        kept_back: Bools,
        longs: Int64,
        units_moved: Int64,
    ) -> None:
        """Deliver open positions as far as shorts hold them; what stays open stays in ``positions``.

        Parameters
        ----------
        positions, ages : int64 by slot, units to receive (negative: to deliver) and days open; changed in
            place
        active : slots with an open position, ordered by security, then member
        kept_back : of each of them, whether it delivers nothing this time
        longs : slots to receive, in the order in which they are filled
        """
        security, _ = self.slot_owners()
        delivered = np.zeros(len(self.issued_units), dtype=np.int64)
        deliver_open(
            self.state.slots, positions, ages, active, kept_back, longs, security, delivered, units_moved
        )
        self.secure_anew()

    def bring_in(self, slots: Int64, units: Int64) -> None:
        """Units bought outside come to positions (each slot once); their cash is paid with the cycle."""
        security, _ = self.slot_owners()
        self.state.slots[slots, st.UNITS] += units
        np.subtract.at(self.issued_units, security[slots], units)
        self.secure_anew()

    def pay_cycle(self, payable: Int64, now: int) -> Int64:
        """Pay a cycle's net cash (paid less received), pay-ins before pay-outs.

        Σ is 0, or what the outside is paid for units that it brought in. Funding limits stop no pay-in: what
        a member lacks comes from the outside account, unless it is owed on account. Returns that shortfall
        by member.
        """
        self.advance(now)
        rows, totals = self.state.members, self.state.totals
        lacking = np.maximum(0, payable - (rows[:, st.CASH] + rows[:, st.LIMIT]))
        shortfall = np.where(payable > 0, lacking, 0)
        if self.on_account:
            self.overdrawn = True
            shortfall[:] = 0
        rows[:, st.CASH] += shortfall - payable
        self.outside_cash += int(payable.sum()) - int(shortfall.sum())
        np.minimum(rows[:, st.LOW], rows[:, st.CASH], out=rows[:, st.LOW])
        totals[st.DRAWN] = np.maximum(0, -rows[:, st.CASH]).sum()
        totals[st.DRAWN_PEAK] = max(totals[st.DRAWN_PEAK], totals[st.DRAWN])
        totals[st.IN_USE] = np.maximum(0, rows[:, st.OPENING] - rows[:, st.CASH]).sum()
        totals[st.IN_USE_PEAK] = max(totals[st.IN_USE_PEAK], totals[st.IN_USE])
        if self.keeps_loans:
            balance_all(rows, totals, self.more, now)
        return shortfall
