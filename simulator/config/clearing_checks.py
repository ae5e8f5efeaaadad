"""What must hold between the keys of clearing: fails that are carried, the night cycle, the calendar."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.clearing import LAYER_2_ONLY
from simulator.config.faults import Fault
from simulator.config.schema import Arrangement, Config
from simulator.config.shapes import write_hours
from simulator.config.tree import KeyPath
from simulator.config.units import write_time

NEEDS_CARRY = {
    "night_cycle": "without it fails are not carried from the night into the day",
    "delivery_priority": "without it longs are filled in member order",
    "buy_in": "without it nothing stays open",
}


def check_clearing(config: Config) -> Iterator[Fault]:
    """Faults of what arrangements say of clearing, and the flow of its calendar."""
    flow = config.flow
    yield from _class_settlement(config)
    if flow.calendar is not None and flow.start is None and flow.kind != "tape":
        message = "needs the date of the first trade day; give flow.start, such as start: 2026-11-25"
        yield Fault(("flow", "calendar"), message, (("flow", "start"), ("flow", "tape")))
    for name, arrangement in config.arrangements.items():
        path: KeyPath = ("arrangements", name)
        if arrangement.layer == 3:
            for key in LAYER_2_ONLY:
                if key in arrangement.model_fields_set:
                    yield Fault((*path, key), "needs layer 2; gross settlement has no clearing house")
        else:
            yield from _carrying(path, arrangement)
            yield from _night(path, config, arrangement)


def _carrying(path: KeyPath, arrangement: Arrangement) -> Iterator[Fault]:
    for key, why in NEEDS_CARRY.items():
        if getattr(arrangement, key) not in (None, {}) and not arrangement.carry:
            yield Fault((*path, key), f"needs carry: true; {why}", ((*path, "carry"),))
    if arrangement.exemptions and arrangement.night_cycle is None:
        message = 'needs night_cycle, such as night_cycle: "01:30"; it is what they are exempt from'
        yield Fault((*path, "exemptions"), message, ((*path, "night_cycle"),))


def _night(path: KeyPath, config: Config, arrangement: Arrangement) -> Iterator[Fault]:
    """The night cycle stands before the open and before the cut-off."""
    night, hours, cut_off = arrangement.night_cycle, config.flow.hours, arrangement.cut_off
    if night is None:
        return
    here = (*path, "night_cycle")
    if hours is not None and night >= hours.opens:
        message = f"{write_time(night)} is not allowed; the hours are {write_hours(hours)}"
        rests_on = (("flow", "hours"), ("flow", "tape"), ("flow", "instructions"))
        yield Fault(here, f"{message}, and a night cycle is before the open", rests_on)
    elif cut_off is not None and night >= cut_off:
        message = f"{write_time(night)} is not allowed; cut_off is {write_time(cut_off)}"
        yield Fault(here, f"{message}, and a night cycle is before it", ((*path, "cut_off"),))


def members_of_clearing(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Members that arrangements name for clearing, and where."""
    for name, one in config.arrangements.items():
        path: KeyPath = ("arrangements", name)
        for key in ("exemptions", "delivery_priority"):
            yield from (((*path, key, member), member) for member in getattr(one, key))
        for bank, members in one.settling_banks.items():
            yield from (((*path, "settling_banks", bank, at), member) for at, member in enumerate(members))


def securities_of_clearing(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Securities that arrangements exempt from the night cycle, and where."""
    for name, one in config.arrangements.items():
        for member, kept in one.exemptions.items():
            path: KeyPath = ("arrangements", name, "exemptions", member)
            yield from (((*path, at), security) for at, security in enumerate(kept or ()))


def _class_settlement(config: Config) -> Iterator[Fault]:
    """Where days settle together, each class has one cycle, and nothing stays open after it."""
    if config.flow.class_days == 1:
        return
    for name, one in config.arrangements.items():
        for key in ("cycles", "carry", "book_entry", "pilot"):
            if one.netted and getattr(one, key):
                message = f"goes with class_days: 1 alone; here {config.flow.class_days} days settle together"
                yield Fault(("arrangements", name, key), message, (("flow", "class_days"),))
