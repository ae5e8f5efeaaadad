"""What happens on a settlement day of a chain, in order: what is known at the open, and what comes up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from .book import DAY, Arrangement, Instruction, Saving
from .hours import blocks_of, instants
from .room import hours_in_force
from .terms import Fault, WalletEvent
from .wallets import Wallets


class Phase(IntEnum):
    """The order at one instant. Loans fall due between a release and the wallets."""

    RELEASE = 0
    WALLETS = 1
    MINT = 2
    TREASURY = 3
    BLOCK = 4
    FAULTS = 5


@dataclass
class Event:
    """A block: new instructions, the liquidity-saving rules that are due, a window for parts if one is.

    Continuous, every instruction has one of its own, and so have the rules and windows of an instant. Of
    the other phases an event is all that the phase does at its instant.
    """

    time: int
    phase: Phase = Phase.BLOCK
    new: list[Instruction] = field(default_factory=list)
    due: tuple[Saving, ...] = ()
    window: bool = False
    wallets: list[WalletEvent] = field(default_factory=list)
    ends: list[Fault] = field(default_factory=list)
    begins: list[Fault] = field(default_factory=list)


def blocks(arrangement: Arrangement, today: list[Instruction], opens: int, closes: int) -> list[Event]:
    """The day's blocks: each instruction its own, or blocks; and where rules and windows are due.

    What is held past the close is in none of them.
    """
    today = [one for one in today if one.time <= closes]
    windows = instants(arrangement.partials.every, opens, closes) if arrangement.partials else []
    if not arrangement.in_blocks:
        # At one instant: what was never held as in the flow, then what is released, in queue order.
        turns = [(one.time, one.released, one.place if one.released else one.arrival, one) for one in today]
        arrivals = [Event(one.time, new=[one]) for *_, one in sorted(turns, key=lambda turn: turn[:3])]
        due = {saving: set(instants(saving.every, opens, closes)) for saving in arrangement.saving}
        times = sorted(set(windows).union(*due.values()))
        rules = [
            Event(
                time,
                due=tuple(one for one in arrangement.saving if time in due[one]),
                window=time in windows,
            )
            for time in times
        ]
        # A stable sort: rules and windows come after the arrivals of their instant.
        return sorted(arrivals + rules, key=lambda event: event.time)
    times = blocks_of(arrangement, opens, closes)

    def first_at_or_after(moments: list[int]) -> set[int]:
        return {min(block for block in times if block >= time) for time in moments}

    due = {
        saving: first_at_or_after(instants(saving.every, opens, closes)) if saving.every else set(times)
        for saving in arrangement.saving
    }
    with_window = first_at_or_after(windows)
    events, previous = [], -1
    for block in times:
        # A block takes entries with time in (previous block, this block].
        new = [one for one in today if previous < one.time <= block]
        rules = tuple(one for one in arrangement.saving if block in due[one])
        events.append(Event(block, new=new, due=rules, window=block in with_window))
        previous = block
    return events


def wallet_events(arrangement: Arrangement, opens: int, closes: int) -> list[Event]:
    """What is earlier than the open is of the open."""
    at: dict[int, Event] = {}
    for time, one in wallet_changes(arrangement, opens):
        if time <= closes:
            time = max(opens, time)
            at.setdefault(time, Event(time, Phase.WALLETS)).wallets.append(one)
    return [*at.values()]


def after_the_close(arrangement: Arrangement, opens: int, closes: int) -> list[WalletEvent]:
    """Wallet events that nothing waits for; tomorrow knows them."""
    late = [(time, one) for time, one in wallet_changes(arrangement, opens) if time > closes]
    return [one for _, one in sorted(late, key=lambda change: change[0])]


def wallet_changes(arrangement: Arrangement, opens: int) -> list[tuple[int, WalletEvent]]:
    """Those of a day, as listed, with their times."""
    day = opens // DAY
    listed = arrangement.wallets.events if arrangement.wallets else ()
    return [(day * DAY + one.time, one) for one in listed if one.day in (None, day)]


def fault_events(arrangement: Arrangement, opens: int, closes: int) -> list[Event]:
    at: dict[int, Event] = {}
    for fault in arrangement.faults:
        hours = hours_in_force(fault, opens // DAY, opens, closes)
        if hours is not None:
            begins, ends = hours
            at.setdefault(begins, Event(begins, Phase.FAULTS)).begins.append(fault)
            if ends is not None:
                at.setdefault(ends, Event(ends, Phase.FAULTS)).ends.append(fault)
    return [*at.values()]


def treasury_events(arrangement: Arrangement, opens: int, closes: int) -> list[Event]:
    if arrangement.treasury is None:
        return []
    return [Event(time, Phase.TREASURY) for time in range(opens, closes, arrangement.treasury.every)]


def known_events(arrangement: Arrangement, today: list[Instruction], opens: int, closes: int) -> list[Event]:
    """All that is known at the open; blocks of one instant in their own order."""
    found = [
        *blocks(arrangement, today, opens, closes),
        *wallet_events(arrangement, opens, closes),
        *treasury_events(arrangement, opens, closes),
        *fault_events(arrangement, opens, closes),
    ]
    return sorted(found, key=lambda event: (event.time, event.phase))


def events_of(
    arrangement: Arrangement, wallets: Wallets, today: list[Instruction], opens: int, closes: int
) -> Iterator[Event]:
    """What is known, and between it what earlier events bring up: what is final, and mints that come."""

    def next_of(moment: Callable[[], int | None], phase: Phase) -> Event | None:
        time = moment()
        return None if time is None or time > closes else Event(max(time, opens), phase)

    known = known_events(arrangement, today, opens, closes)
    while True:
        upcoming = known[:1]
        if arrangement.frees_between:
            upcoming += [next_of(wallets.receipts.next_final, Phase.RELEASE)]
        upcoming += [next_of(wallets.minting.next_arrival, Phase.MINT)]
        upcoming = [event for event in upcoming if event is not None]
        if not upcoming:
            return
        first = min(upcoming, key=lambda event: (event.time, event.phase))
        if known and first is known[0]:
            known = known[1:]
        yield first
