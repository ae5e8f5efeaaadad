"""What a config says of faults: what breaks on a chain, when, and for how long.

One frozen model, one line a key with its unit and reason. The config's key is ``faults``.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from simulator.config import fields, units
from simulator.config.credit import ExactShare
from simulator.config.errors import NotAllowedError
from simulator.config.fields import bare
from simulator.config.market import MemberName, Section, TimeOfDay
from simulator.config.wallets import TradeDay

KindOfFault = Literal["chain_outage", "congestion", "cash_leg_frozen", "wallet_frozen", "member_silent"]
FAULT_KINDS: tuple[str, ...] = get_args(KindOfFault)

MOST_A_DAY = 1_000


def parse_rate(value: Any) -> Fraction:
    """A number a day.

    Examples
    --------
    >>> parse_rate("0.5 a day")
    Fraction(1, 2)
    """
    match = re.fullmatch(r"(.+?)\s+(?:a|per)\s+day", value.strip()) if isinstance(value, str) else None
    try:
        rate = units.parse_quantity(match[1]) if match else Fraction(-1)
    except NotAllowedError:
        rate = Fraction(-1)
    if not 0 <= rate <= MOST_A_DAY:
        raise NotAllowedError(value, f"give a number a day, such as 0.5 a day, up to {MOST_A_DAY:_} a day")
    return rate


class Disruption(Section):
    """Something that breaks: at a time that is given, or drawn."""

    kind: Annotated[KindOfFault, fields.choice(FAULT_KINDS)] = Field(
        description=f"What breaks: {', '.join(FAULT_KINDS)}."
    )
    start: TimeOfDay | None = Field(
        default=None, description="From when, a time of the day. Default: none, drawn by rate."
    )
    end: TimeOfDay | None = Field(
        default=None, description="Until when, a time of the day. Default: the close."
    )
    day: TradeDay | None = Field(
        default=None, description="On which trade day, counted from 0. Default: every day."
    )
    capacity: ExactShare | None = Field(
        default=None, description="Of congestion: share of the chain's capacity that is left, such as 20 %."
    )
    leg: Annotated[str, fields.text("the name of a cash leg")] | None = Field(
        default=None, description="Of cash_leg_frozen: which cash leg. Default: the only one."
    )
    member: MemberName | None = Field(
        default=None, description="Of wallet_frozen and member_silent: which member."
    )
    rate: Annotated[Fraction, fields.parsed(parse_rate)] | None = Field(
        default=None,
        description="In place of start and end: how many are expected a day, such as 0.5 a day; their number "
        "is Poisson, their times uniform over the open hours.",
    )
    lasts: Annotated[int, fields.duration(least=fields.MILLISECOND)] | None = Field(
        default=None, description="With rate: how long each lasts, a duration. Default: until the close."
    )


def listed_faults(given: Any) -> Any:
    """A list of faults; one mapping stands for a list of it, an empty one for none."""
    value = bare(given)
    if isinstance(value, dict):
        return [value] if value else []
    return given
