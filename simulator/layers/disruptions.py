"""Faults: the chain stands still or is congested, a leg or a wallet is frozen, a member falls silent."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from simpy import Event

from simulator.kernels import state as st
from simulator.market.flow import Flow, TradeDay
from simulator.market.pools import Pools
from simulator.market.streams import stream

from .clock import Clock
from .mint import Mint
from .wallets import Bars

if TYPE_CHECKING:
    from simulator.config.schema import Disruption

    from .chain import Chain


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One fault of one day: in force after the blocks of ``start`` up to and with those of ``end``."""

    number: int
    fault: Disruption
    start: int
    end: int


class Disruptions:
    """The process that brings faults and lifts them again. Drawn ones come from a stream of their own."""

    def __init__(
        self,
        chain: Chain,
        faults: tuple[Disruption, ...],
        flow: Flow,
        pools: Pools,
        bars: Bars,
        mint: Mint | None,
        seed: int,
    ) -> None:
        self.chain, self.faults, self.flow, self.pools = chain, faults, flow, pools
        self.bars, self.mint, self.seed = bars, mint, seed
        self._members = {name: at for at, name in enumerate(flow.members)}

    def of_day(self, day: TradeDay) -> list[Occurrence]:
        """What happens on a day, in the order listed."""
        occurrences = []
        for number, fault in enumerate(self.faults):
            if fault.day is None or fault.day == day.index:
                for start, end in self._spans(number, fault, day):
                    start, end = max(start, day.opens), min(end, day.closes)
                    if start < end:
                        occurrences.append(Occurrence(number, fault, start, end))
        return occurrences

    def _spans(self, number: int, fault: Disruption, day: TradeDay) -> Iterator[tuple[int, int]]:
        if fault.rate is None:
            end = day.closes if fault.end is None else day.midnight + fault.end
            yield day.opens if fault.start is None else day.midnight + fault.start, end
            return
        random = stream(self.seed, "faults", day.index, number)
        for _ in range(int(random.poisson(float(fault.rate)))):
            start = int(random.integers(day.opens, day.closes))
            yield start, day.closes if fault.lasts is None else start + fault.lasts

    def run(self, clock: Clock) -> Generator[Event]:
        """At one instant what ends, then what begins, as listed, is one event.

        What ends with the day ends after its last event: nothing settles for it.
        """
        for day in self.flow.days:
            occurrences = self.of_day(day)
            turns = [(one.end, 0, at, one) for at, one in enumerate(occurrences) if one.end < day.closes]
            turns += [(one.start, 1, at, one) for at, one in enumerate(occurrences)]
            turns.sort(key=lambda turn: turn[:3])
            for time, at_once in groupby(turns, key=lambda turn: turn[0]):
                yield clock.at(time, "faults")
                self.chain.act(partial(self._change, day, list(at_once), time), time, after_blocks=True)
            yield clock.at(day.closes, "day ends")
            for one in occurrences:
                if one.end == day.closes:
                    self._note(day, one, "ends", day.closes)
                    self._end(one, day.closes)

    def _note(self, day: TradeDay, one: Occurrence, change: str, now: int) -> None:
        fault = one.fault
        leg = list(self.pools.legs)[self._leg(fault)] if fault.kind == "cash_leg_frozen" else None
        self.chain.note(day, now, fault.kind, change, member=fault.member, leg=leg)

    def _change(self, day: TradeDay, turns: list[tuple[int, int, int, Occurrence]], now: int) -> None:
        for _, begins, _, one in turns:
            self._note(day, one, "begins" if begins else "ends", now)
            (self._begin if begins else self._end)(one, now)
        if self.mint is not None:
            self.mint.deliver_held(now)

    def _begin(self, one: Occurrence, now: int) -> None:
        room, fault = self.chain.room, one.fault
        if fault.kind == "chain_outage":
            room.outages.add(one)
            room.close_block()
        elif fault.kind == "congestion":
            room.congestion[one] = fault.capacity if fault.capacity is not None else Fraction(0)
        else:
            accounts, what = self._barred(fault)
            self.bars.raise_on(accounts, what, one, now)
            if fault.kind == "cash_leg_frozen" and self.mint is not None:
                self.mint.freeze(self._leg(fault), one)

    def _end(self, one: Occurrence, now: int) -> None:
        room, fault = self.chain.room, one.fault
        if fault.kind == "chain_outage":
            room.outages.discard(one)
            room.close_block()
        elif fault.kind == "congestion":
            room.congestion.pop(one, None)
        else:
            accounts, what = self._barred(fault)
            if fault.kind == "cash_leg_frozen" and self.mint is not None:
                self.mint.unfreeze(self._leg(fault), one)
            self.bars.lift(accounts, what, one, now)

    def _leg(self, fault: Disruption) -> int:
        return list(self.pools.legs).index(fault.leg) if fault.leg else 0

    def _barred(self, fault: Disruption) -> tuple[list[int], int]:
        """The accounts that a fault bars, and how."""
        if fault.kind == "cash_leg_frozen":
            return self.pools.paid_in(self._leg(fault)).tolist(), st.LEG_FROZEN
        member = self._members.get(fault.member or "")
        accounts = [] if member is None else self.pools.accounts_of_member(member).tolist()
        return accounts, st.FROZEN if fault.kind == "wallet_frozen" else st.SILENT
