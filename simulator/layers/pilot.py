"""The tokenized-entitlement pilot: units leave book accounts for wallets, move there, and come back.

It stands beside the clearing house and the depository and changes nothing of how they settle: only what
stands in book accounts can be delivered. Source: SEC staff, letter to The Depository Trust Company, 11
December 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from simpy import Event

from simulator.config.pilot import PilotEvent, ShareRule
from simulator.kernels import state as st
from simulator.market.amounts import take_share
from simulator.market.flow import DAY, Bools, Captured, Int64, TradeDay
from simulator.market.pilot import PilotTerms

from .arrangement import OneLedger
from .clock import Clock
from .happenings import Happening
from .pilot_day import PilotDay

if TYPE_CHECKING:
    from simulator.config.pilot import Pilot as PilotSection

DAY_ENDS, ARRIVES, SHARED, BY_HAND = range(4)  # order at one instant
Act = Callable[[int], None]


@dataclass(order=True, slots=True)
class Due:
    """What happens at ``time`` (µs), in its turn: by rank, by when it was due at first, as planned."""

    time: int
    rank: int
    since: int
    number: int
    act: Act = field(compare=False)
    on_chain: bool = field(compare=False)


class Pilot:
    """Moves units between book accounts and wallets as the config says, and as orders ask for.

    ``days`` are all trade and settlement days; what happens between two of them counts for the earlier.
    ``settles`` is the n of T+n.
    """

    def __init__(
        self,
        house: OneLedger,
        stated: PilotSection,
        terms: PilotTerms,
        days: Sequence[TradeDay],
        settles: int,
    ) -> None:
        self.house, self.stated, self.terms, self.days, self.settles = house, stated, terms, days, settles
        self.ledger, flow = house.ledger, house.flow
        self.ledger.value_tokens(stated.settlement_value)
        wallets, securities = int(np.count_nonzero(terms.registered)), len(flow.securities)
        self.records = [PilotDay(day, securities, wallets) for day in days]
        self._members = {name: at for at, name in enumerate(flow.members)}
        self._securities = {name: at for at, name in enumerate(flow.securities)}
        self._prices = np.stack([flow.opening_prices, np.ones(securities, dtype=np.int64)], axis=1)
        self._today = 0
        self._stands_until = -1
        self._due: list[Due] = []
        self._numbers = count()
        self._wanted: dict[int, list[tuple[Int64, Int64]]] = {}
        self._not_yet = np.zeros(0, dtype=np.int64)  # by slot, wanted as tokens and still to be received

    # -- when ----------------------------------------------------------------------------------------

    def start(self, clock: Clock) -> None:
        """Plan what is known as the run begins: ends of days, rules and events."""
        self._clock = clock
        ends = [*(day.midnight for day in self.days[1:]), self.days[-1].midnight + DAY]
        for day, end in zip(self.days, ends, strict=True):
            self._plan(end, DAY_ENDS, self._end_day, on_chain=False)
            for rule, act in ((self.stated.tokenize, self._all_in), (self.stated.detokenize, self._all_out)):
                if rule is not None and (rule.every_day or day.index == 0):
                    self._plan(day.midnight + rule.at, SHARED, partial(act, rule))
            for one in self.stated.events:
                if one.day is None or one.day == day.index:
                    outage = one.action == "outage"
                    act = partial(self._stand_still if outage else self._do, one)
                    self._plan(day.midnight + one.time, BY_HAND, act, on_chain=not outage)

    def _plan(
        self, time: int, rank: int, act: Act, *, on_chain: bool = True, since: int | None = None
    ) -> None:
        due_first = time if since is None else since
        self._push(Due(time, rank, due_first, next(self._numbers), act, on_chain))

    def _push(self, due: Due) -> None:
        heappush(self._due, due)
        if due.time < self._clock.environment.now:
            return  # minted before whatever looks at it next, which finds it first
        wake = self._clock.at(due.time, "wallets")
        assert wake.callbacks is not None
        wake.callbacks.append(self._wake)

    def _wake(self, event: Event) -> None:
        """Everything that is due, in its order; while the chain stands still, its part waits for the end."""
        now = int(event.env.now)
        if self._due and self._due[0].time <= now:
            self.house.act(partial(self._do_due, now), now)

    def _do_due(self, now: int) -> None:
        while self._due and self._due[0].time <= now:
            due = heappop(self._due)
            if due.on_chain and now < self._stands_until:
                due.time = self._stands_until
                self._push(due)
            else:
                due.act(now)

    @property
    def today(self) -> PilotDay:
        """The day that has not ended."""
        return self.records[min(self._today, len(self.records) - 1)]

    def _end_day(self, now: int) -> None:  # noqa: ARG002
        today = self.today
        security, _ = self.ledger.slot_owners()
        np.add.at(today.on_the_way, security[: len(self.ledger.on_the_way)], self.ledger.on_the_way)
        today.tokens[:] = self.ledger.omnibus
        traded = today.day.index - self.settles
        if traded >= 0:
            flow = self.house.capture.days[traded]
            priced = (flow.units > 0) & (flow.value > 0)
            self._prices[priced] = np.stack([flow.value, flow.units], axis=1)[priced]
        today.prices[:] = self._prices
        self._today += 1
        if self._today == len(self.days):
            self._due.clear()  # what would still arrive stays on its way

    # -- by hand -------------------------------------------------------------------------------------

    def _stand_still(self, one: PilotEvent, now: int) -> None:
        assert one.lasts is not None
        end = now + one.lasts
        self.today.outages += 1
        self.today.outage_time += max(0, end - max(now, self._stands_until))
        self._stands_until = max(self._stands_until, end)
        self._note(now, one.action, "begins")
        self._plan(end, ARRIVES, lambda then: self._note(then, one.action, "ends"), on_chain=False)

    def _do(self, one: PilotEvent, now: int) -> None:
        """One event: what of it can be done, and if it is not all of it, why."""
        told: dict[str, Any] = {"member": one.member, "to": one.to, "security": one.security}
        told["asked"] = one.units
        if one.action == "detokenize" and self._put_off(now, partial(self._do, one), BY_HAND):
            self._note(now, one.action, units=0, reason="cut_off", **told)
            return
        moved, reason = 0, self._refused(one)
        if reason is None:
            there = self._there(one)
            moved = self._move(one, now, told)
            reason = self._why_cut(one, moved, there) if moved < one.units else None
        if moved == 0:
            assert reason is not None
            self.today.refused[reason] += 1
        follows = moved > 0 and one.action in ("tokenize", "detokenize")
        self._note(now, one.action, "begins" if follows else "", units=moved, reason=reason, **told)

    def _refused(self, one: PilotEvent) -> str | None:
        """Why an event can move nothing; None if it may move what there is."""
        security, member = self._securities.get(one.security or ""), self._members.get(one.member or "")
        if security is None or member is None:
            return "units"  # what nobody trades, or who does not trade, has no account here
        if not self.terms.eligible[security]:
            return "not_eligible"
        wallets = [member]
        if one.to is not None:
            if one.to not in self._members:
                return "no_wallet"
            wallets.append(self._members[one.to])
        return None if self.terms.registered[wallets].all() else "no_wallet"

    def _there(self, one: PilotEvent) -> int:
        """Units, or tokens, of which an event can take some."""
        slot = self.ledger.position(self._members[one.member or ""], self._securities[one.security or ""])
        if one.action == "tokenize":
            return int(self.ledger.state.slots[slot, st.UNITS])
        return int(self.ledger.tokens[slot])

    @staticmethod
    def _why_cut(one: PilotEvent, moved: int, there: int) -> str:
        """What an event that moves less than asked lacked: units, or collateral beside them."""
        return "collateral" if moved < min(one.units, there) else "units"

    def _move(self, one: PilotEvent, now: int, told: dict[str, Any]) -> int:
        security, member = self._securities[one.security or ""], self._members[one.member or ""]
        source = self.ledger.position(member, security)
        slots, units = np.array([source]), np.array([one.units])
        if one.action == "tokenize":
            return int(self._tokenize(slots, units, now, told).sum())
        if one.action == "detokenize":
            return int(self._detokenize(slots, units, now, told).sum())
        target = self.ledger.position(self._members[one.to or ""], security)
        moved = self.ledger.move_tokens(source, target, one.units, forced=one.action == "reverse")
        self._count(one.action, slots, np.array([moved]))
        return moved

    # -- all members alike ---------------------------------------------------------------------------

    def _all_in(self, rule: ShareRule, now: int) -> None:
        """Every registered member tokenizes a share of what it holds free of what is eligible."""
        self.ledger.fit_tokens()
        security, member = self.ledger.slot_owners()
        slots = np.flatnonzero(self.terms.eligible[security] & self.terms.registered[member])
        units = take_share(np.maximum(0, self.ledger.state.slots[slots, st.UNITS]), rule.share)
        moved = self._tokenize(slots[units > 0], units[units > 0], now, {})
        if moved.any():
            self._note(now, "tokenize", "begins", units=int(moved.sum()))

    def _all_out(self, rule: ShareRule, now: int) -> None:
        """Every member de-tokenizes a share of its tokens."""
        if self._put_off(now, partial(self._all_out, rule), SHARED):
            return
        units = take_share(self.ledger.tokens, rule.share)
        slots = np.flatnonzero(units)
        moved = self._detokenize(slots, units[slots], now, {})
        if moved.any():
            self._note(now, "detokenize", "begins", units=int(moved.sum()))

    def _put_off(self, now: int, act: Act, rank: int) -> bool:
        """Whether it is past the cut-off, so that ``act`` waits for the next day's open, if one comes."""
        day, cut_off = self.today.day, self.stated.cut_off
        if cut_off is None or now <= day.midnight + cut_off:
            return False
        if self._today + 1 < len(self.days):
            self._plan(self.days[self._today + 1].opens, rank, act)
        return True

    # -- orders that want tokens ---------------------------------------------------------------------

    def flag(self, chunk: Captured, start: int, stop: int) -> None:
        """Draw which of netted instructions ``start … stop − 1`` carry the flag; what cannot falls back."""
        supported = self.supported(chunk, start, stop)
        buyer_slot, units = chunk.buyer_slot[start:stop], chunk.units[start:stop]
        wanted = buyer_slot[supported].astype(np.int64), units[supported]
        self._wanted.setdefault(chunk.day, []).append(wanted)

    def supported(self, chunk: Captured, start: int, stop: int) -> Bools:
        """Draw which of instructions ``start … stop − 1`` carry the flag; of those, which can have tokens."""
        part = slice(start, stop)
        buyer, security, units = chunk.buyer[part], chunk.security[part], chunk.units[part]
        flagged = self.terms.orders(chunk, start, stop) & (units > 0) & (buyer != chunk.seller[part])
        supported = flagged & self.terms.eligible[security] & self.terms.registered[buyer]
        record = self.records[chunk.day]
        record.flagged += int(np.count_nonzero(flagged))
        record.fallen_back += int(np.count_nonzero(flagged & ~supported))
        return supported

    def held(self) -> Int64 | None:
        """Units in book accounts, a copy; None where no order wants tokens."""
        return self.ledger.state.slots[:, st.UNITS].copy() if self.terms.flagged else None

    def deliver_orders(self, trade_day: int, before: Int64, still_open: Int64 | None, now: int) -> None:
        """After a cycle: of what a position received, units bought under the flag are tokenized at once.

        ``before`` are units held before it; ``still_open`` what positions have still to receive, by slot,
        None where nothing stays open: so much can still be wanted of later cycles.
        """
        self.ledger.fit_tokens()
        slots = self.ledger.slots.count
        wanted = np.zeros(slots, dtype=np.int64)
        wanted[: len(self._not_yet)] = self._not_yet
        for where, units in self._wanted.pop(trade_day, []):
            np.add.at(wanted, where, units)
        received = self.ledger.state.slots[:slots, st.UNITS].copy()
        received[: len(before)] -= before[:slots]
        taken = np.minimum(wanted, np.maximum(0, received))
        self._not_yet = np.zeros(slots, dtype=np.int64)
        if still_open is not None:
            self._not_yet = np.minimum(wanted - taken, np.maximum(0, still_open[:slots]))
        at = np.flatnonzero(taken)
        self.tokenize_bought(at, taken[at], now)

    def tokenize_bought(self, slots: Int64, units: Int64, now: int) -> None:
        """Units bought under the flag leave the book as they are delivered, or as the chain runs again."""
        if now < self._stands_until:
            late = partial(self._tokenize_orders, slots, units)
            self._plan(self._stands_until, SHARED, late, since=now)
        else:
            self._tokenize_orders(slots, units, now)

    def _tokenize_orders(self, slots: Int64, units: Int64, now: int) -> None:
        self._tokenize(slots, units, now, None)

    # -- between account and wallet ------------------------------------------------------------------

    def _tokenize(self, slots: Int64, units: Int64, now: int, told: dict[str, Any] | None) -> Int64:
        """Units leave the book, to be minted after the latency; ``told`` is what the journal of events says
        of them as they arrive, None for nothing."""
        moved = self.ledger.leave_book(slots, units)
        self._count("tokenize", slots, moved)
        self._arrive(self.ledger.mint, "tokenize", slots, moved, now + self.stated.latency.tokenize, told)
        return moved

    def _detokenize(self, slots: Int64, units: Int64, now: int, told: dict[str, Any] | None) -> Int64:
        """Tokens are burnt; their units stand in the book after the latency."""
        moved = self.ledger.burn(slots, units)
        self._count("detokenize", slots, moved)
        late = now + self.stated.latency.detokenize
        self._arrive(self.ledger.enter_book, "detokenize", slots, moved, late, told)
        return moved

    def _arrive(
        self,
        land: Callable[[Int64, Int64], None],
        movement: str,
        slots: Int64,
        units: Int64,
        time: int,
        told: dict[str, Any] | None,
    ) -> None:
        slots, units = slots[units > 0], units[units > 0]
        if len(slots) == 0:
            return

        def arrive(now: int) -> None:
            land(slots, units)
            if told is not None:
                self._note(now, movement, "ends", units=int(units.sum()), **told)

        self._plan(time, ARRIVES, arrive)

    def _count(self, movement: str, slots: Int64, units: Int64) -> None:
        security, _ = self.ledger.slot_owners()
        np.add.at(self.today.units[movement], security[slots], units)
        self.today.counts[movement] += int(np.count_nonzero(units))

    def _note(self, now: int, event: str, change: str = "", **told: Any) -> None:
        totals = self.ledger.state.totals
        count, value = int(totals[st.QUEUE_COUNT]), int(totals[st.QUEUE_VALUE])
        day = self.today.day.index
        self.house.happenings.append(
            Happening(self.house.name, day, now, event, change, count, value, **told)
        )
