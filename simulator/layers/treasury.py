"""Treasurers: every so often each member looks at its cash and asks for more, gives back, or keeps some."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from simpy import Event

from simulator.config.errors import InputError, Problem
from simulator.config.units import write_time
from simulator.kernels import state as st
from simulator.market.flow import Flow, TradeDay
from simulator.market.pools import Pools
from simulator.rules import TreasuryPolicy, TreasuryView
from simulator.rules.treasury_view import read_actions

from .clock import Clock
from .mint import Mint

if TYPE_CHECKING:
    from .chain import Chain


class Treasury:
    """The process in which all treasurers of one arrangement act, at open + j · every before the close.

    ``problem`` makes of a message one that says where the config names the policy.
    """

    def __init__(
        self,
        chain: Chain,
        flow: Flow,
        pools: Pools,
        mint: Mint,
        policy: TreasuryPolicy,
        every: int,
        problem: Callable[[str], Problem],
    ) -> None:
        self.chain, self.flow, self.pools, self.mint = chain, flow, pools, mint
        self.policy, self.every, self.problem = policy, every, problem

    def run(self, clock: Clock) -> Generator[Event]:
        """Each time they act."""
        for day in self.flow.days:
            for now in range(day.opens, day.closes, self.every):
                yield clock.at(now, "treasury")
                self.chain.act(partial(self._act, clock, day, now), now)

    def _act(self, clock: Clock, day: TradeDay, now: int) -> None:
        """All look before any acts; then they top up, give back, and set what they keep."""
        ledger = self.chain.ledger
        view = self._view(day, now)
        fault, amounts = read_actions(self.policy(view), view)
        if fault:
            when = f"{write_time(now - day.midnight)} of day {day.index}"
            raise InputError(self.problem(f"the policy answered wrongly at {when}: {fault}"))
        top_up, withdraw, reserve = amounts
        self.mint.ask(clock, top_up, now)
        self.mint.redeem(np.minimum(withdraw, np.maximum(0, ledger.state.members[:, st.CASH])), now)
        self.mint.deliver_held(now)
        if ledger.gates.urgent:
            ledger.keep(reserve, now)

    def _view(self, day: TradeDay, now: int) -> TreasuryView:
        ledger = self.chain.ledger
        rows = ledger.state.members
        accounts = np.arange(len(rows))
        view = TreasuryView(
            members=tuple(self.flow.members),
            member=accounts % self.pools.members,
            pool=accounts // self.pools.members,
            cash=rows[:, st.CASH].copy(),
            locked=rows[:, st.LOCKED_CASH].copy(),
            in_transit=self.mint.in_transit,
            opening=rows[:, st.OPENING].copy(),
            credit_left=np.maximum(0, rows[:, st.LIMIT] + np.minimum(0, rows[:, st.CASH])),
            queue=ledger.owed,
            now=now,
            opens=day.opens,
            closes=day.closes,
            day=day.index,
        )
        view.freeze()
        return view
