"""What must hold between the keys of margin and the arrangements that it is of."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.margin import LARGEST, Margin
from simulator.config.schema import Config
from simulator.config.shapes import write_hours
from simulator.config.tree import KeyPath
from simulator.config.units import write_time

OF_CLEARING = ("gap", "minimum", "calls", "collateral", "resources")
"""Keys of margin that say nothing where there is no clearing house."""


def sections_of_margin(config: Config) -> Iterator[tuple[KeyPath, Margin]]:
    """Margin everywhere that it is written, and where."""
    if config.margin is not None:
        yield ("margin",), config.margin
    for name, one in config.arrangements.items():
        if one.margin is not None:
            yield ("arrangements", name, "margin"), one.margin


def check_margin(config: Config) -> Iterator[Fault]:
    """Faults of what a config says of margin."""
    for path, margin in sections_of_margin(config):
        one = config.arrangements.get(str(path[1])) if len(path) > 1 else None
        if one is not None and one.book_entry is not None:
            message = "is of what is netted; of book-entry deliveries a collateral monitor takes its place"
            yield Fault(path, message, ((*path[:2], "book_entry"),))
        if one is not None and one.layer == 3:
            for key in OF_CLEARING:
                if key in margin.model_fields_set:
                    message = "needs layer 2; in gross settlement nobody asks for a deposit"
                    yield Fault((*path, key), message)
        yield from _when(path, margin, config)
        yield from _pledged(path, margin, config)


def _when(path: KeyPath, margin: Margin, config: Config) -> Iterator[Fault]:
    """A member fails while the market is open."""
    default, hours = margin.default, config.flow.hours
    if default is None or default.time is None or hours is None:
        return
    if not hours.opens <= default.time <= hours.closes:
        message = f"{write_time(default.time)} is not allowed; the hours are {write_hours(hours)}"
        yield Fault((*path, "default", "time"), message, (("flow", "hours"), ("flow", "tape")))


def _pledged(path: KeyPath, margin: Margin, config: Config) -> Iterator[Fault]:
    """Facilities that serve margin are there, and stand against a pledge of their own."""
    collateral = margin.collateral
    for key in ("haircut", "settlement_value"):
        if collateral.pledged and key in collateral.model_fields_set:
            message = "is that of the facilities where their collateral is pledged; delete it here"
            yield Fault((*path, "collateral", key), message, ((*path, "collateral", "pledged"),))
    of = (
        [str(path[1])] if len(path) > 1 else [name for name, one in config.arrangements.items() if one.netted]
    )
    for name in of:
        facilities = config.credit_of(name)
        for at, facility in enumerate(collateral.pledged):
            here = (*path, "collateral", "pledged", at)
            if facility not in facilities:
                said = f"{facility} is not a facility of credit of {name}{nearest(facility, facilities)}"
                yield Fault(here, said, (("credit",), ("arrangements", name, "credit")))
            elif facilities[facility].against != "pledge" or isinstance(facilities[facility].cap, str):
                said = f"{facility} is not against a pledge of worth known beforehand; give one that is"
                yield Fault(here, said, (("credit",), ("arrangements", name, "credit")))


def members_failing(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Members that margin lets fail, and where."""
    for path, margin in sections_of_margin(config):
        if margin.default is not None and margin.default.member != LARGEST:
            yield (*path, "default", "member"), margin.default.member
