"""What a config says of clearing as it is today: fails carried on, a night cycle, buy-ins, settling banks.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field

from simulator.config import fields, units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import bare
from simulator.config.gross import parse_members
from simulator.config.market import MemberName, Section

T = TypeVar("T")

LAYER_2_ONLY = (
    "carry",
    "night_cycle",
    "exemptions",
    "delivery_priority",
    "buy_in",
    "settling_banks",
)
USUAL_GROUP = 5
"""The priority group of whoever ``delivery_priority`` does not name."""

LONGEST_WAIT = 1_000


def parse_settlement_days(given: Any) -> int:
    """``2 days``: a number of settlement days, at least one.

    Examples
    --------
    >>> parse_settlement_days("2 days"), parse_settlement_days("1 day")
    (2, 1)
    """
    value = bare(given)
    allowed = f"give a number of settlement days from 1 to {LONGEST_WAIT:_}, such as 2 days"
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value} days"
    written = re.fullmatch(r"(\S+)\s+(\w+)", value.strip()) if isinstance(value, str) else None
    if written is None:
        raise NotAllowedError(value, allowed)
    if written[2] not in ("day", "days"):
        raise NotAllowedError(value, f"{allowed}{nearest(written[2], ['days'])}")
    try:
        return units.parse_count(written[1], 1, LONGEST_WAIT, "a number of settlement days")
    except NotAllowedError:
        raise NotAllowedError(value, allowed) from None


class BuyIn(Section):
    """When what a member has waited for is bought outside, at the cost of those who owe it."""

    after: Annotated[int, BeforeValidator(parse_settlement_days)] = Field(
        description="Age from which an open long position is bought in, in settlement days, such as 2 days."
    )
    premium: Annotated[Fraction, fields.parsed(lambda value: Fraction(units.parse_share(value, 10)))] = Field(
        default=Fraction(0),
        description="What is paid over the settlement price, a share of it, such as 1 %, borne by the "
        "shorts. Default 0 %, for want of a public figure.",
    )


def parse_exemptions(given: Any) -> dict[str, tuple[str, ...] | None]:
    """By member the securities it keeps out of the night cycle; None is all of them.

    Examples
    --------
    >>> parse_exemptions({"North": ["X"], "South": "all"})
    {'North': ('X',), 'South': None}
    """
    allowed = "give securities by member, such as {North: [X], South: all}"
    value = bare(given)
    if not isinstance(value, dict):
        raise NotAllowedError(value, allowed)
    return _by_name(value, _parse_securities)


def _parse_securities(given: Any) -> tuple[str, ...] | None:
    value = bare(given)
    if isinstance(value, str) and value.strip() == "all":
        return None
    if value is None or isinstance(value, tuple):
        return value
    if not isinstance(value, list) or not value:
        raise NotAllowedError(value, "give all, or a list of securities such as [X, Y]")
    names = fields.parse_each(
        enumerate(value), lambda name: fields.parse_text(bare(name), "the name of a security")
    )
    return tuple(dict.fromkeys(names.values()))


def parse_banks(given: Any) -> dict[str, tuple[str, ...]]:
    """By settling bank the members it settles for, each in one bank at most.

    Examples
    --------
    >>> parse_banks({"Big Bank": ["A", "B"]})
    {'Big Bank': ('A', 'B')}
    """
    value = bare(given)
    if not isinstance(value, dict):
        raise NotAllowedError(value, "give members by bank, such as {Big Bank: [A, B]}")
    banks = _by_name(value, _parse_bank)
    bank_of: dict[str, str] = {}
    twice: list[tuple[tuple[str | int, ...], str]] = []
    for bank, members in banks.items():
        for at, member in enumerate(members):
            if bank_of.setdefault(member, bank) != bank:
                said = f"{member} settles through {bank_of[member]} already; a member has one settling bank"
                twice.append(((bank, at), said))
    if twice:
        raise FaultsError(twice)
    return banks


def _parse_bank(given: Any) -> tuple[str, ...]:
    value = bare(given)
    members = None if isinstance(value, str) else parse_members(value)
    if members is None:
        raise NotAllowedError(value, "give a list of members such as [A, B]")
    return members


def _by_name(given: dict[Any, Any], parse: Callable[[Any], T]) -> dict[str, T]:
    """Every entry of a mapping parsed; what is wrong in any of them is raised together."""
    parsed: dict[str, T] = {}
    faults: list[tuple[tuple[str | int, ...], str]] = []
    for name, value in given.items():
        try:
            parsed[fields.parse_text(bare(name), "a name")] = parse(value)
        except NotAllowedError as error:
            faults.append(((str(name),), str(error)))
        except FaultsError as error:
            faults += [((str(name), *path), message) for path, message in error.faults]
    if faults:
        raise FaultsError(faults)
    return parsed


Exemptions: TypeAlias = Annotated[dict[str, tuple[str, ...] | None], BeforeValidator(parse_exemptions)]
Banks: TypeAlias = Annotated[dict[str, tuple[str, ...]], BeforeValidator(parse_banks)]
Groups: TypeAlias = dict[
    MemberName, Annotated[int, fields.count(1, 9, "a priority group, 1 (receives first) to 9,")]
]
