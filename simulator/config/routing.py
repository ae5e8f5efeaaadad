"""What a config says of hybrid settlement: which instructions leave the netted pool for the chain.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.config import fields
from simulator.config.credit import ExactShare
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.market import MEMBER_TYPES, MemberName, Money, Section, SecurityName, TimeOfDay
from simulator.config.pilot import Latency

CRITERIA = (
    "share",
    "members",
    "pairs",
    "types",
    "securities",
    "markets",
    "above",
    "below",
    "since",
    "until",
    "rule",
)
"""What an instruction is sent by; where several are given, all must hold."""


def parse_pairs(given: Any) -> Any:
    """``[[A, B], [A, C]]``: pairs of members, whichever of them buys.

    Examples
    --------
    >>> parse_pairs([["A", "B"]])
    (('A', 'B'),)
    """
    allowed = "give pairs of members, such as [[A, B], [A, C]]"
    value = fields.bare(given)
    if isinstance(value, tuple):
        return value
    if not isinstance(value, list) or not value:
        raise NotAllowedError(value, allowed)
    pairs, faults = [], []
    for at, pair in enumerate(value):
        members = (
            [fields.bare(each) for each in fields.bare(pair)] if isinstance(fields.bare(pair), list) else []
        )
        if len(members) != 2 or members[0] == members[1] or not all(isinstance(one, str) for one in members):
            faults.append(((at,), "give two members, such as [A, B]"))
        else:
            pairs.append((members[0], members[1]))
    if faults:
        raise FaultsError(faults)
    return tuple(pairs)


def _parse_names(what: str) -> BeforeValidator:
    return fields.one_or_many(f"{what}, or a list of such")


class Crossing(Section):
    """Entitlements that cross between the book and the chain within the day, where one side lacks them."""

    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] = Field(
        description="Interval from the open at which members look what either side lacks, a duration."
    )
    latency: Latency = Field(
        default_factory=Latency, description="How long units are between the book and the chain."
    )


class Routing(Section):
    """Which instructions leave the netted pool and settle gross on chain; all that is said must hold."""

    to: Annotated[str, fields.text("the name of an arrangement", slash=False)] = Field(
        description="The arrangement of layer 3 by whose settings they settle, with its own funding."
    )
    share: ExactShare | None = Field(
        default=None, description="Share of the instructions, drawn one by one from a stream of its own."
    )
    members: Annotated[tuple[MemberName, ...], _parse_names("the name of a member")] | None = Field(
        default=None, description="Members: what either side of is one of them."
    )
    pairs: Annotated[tuple[tuple[str, str], ...], BeforeValidator(parse_pairs)] | None = Field(
        default=None, description="Pairs of members, such as [[A, B]]: what they trade with each other."
    )
    types: (
        Annotated[tuple[Annotated[str, fields.choice(MEMBER_TYPES)], ...], _parse_names("a type of members")]
        | None
    ) = Field(default=None, description="Types of members, synthetic: what either side of is of one.")
    securities: Annotated[tuple[SecurityName, ...], _parse_names("the name of a security")] | None = Field(
        default=None, description="Securities by name."
    )
    markets: Annotated[tuple[SecurityName, ...], _parse_names("the name of a market")] | None = Field(
        default=None, description="Markets of flow.markets: what is traded in one of them."
    )
    above: Money | None = Field(default=None, description="Cash above which one is sent, money.")
    below: Money | None = Field(default=None, description="Cash below which one is sent, money.")
    since: TimeOfDay | None = Field(default=None, description="Time of the day from which on one is sent.")
    until: TimeOfDay | None = Field(default=None, description="Time of the day before which one is sent.")
    rule: Annotated[str, fields.rule(())] | None = Field(
        default=None,
        description="package.module:name of a rule of your own that says of each whether it is sent.",
    )
    cash: Annotated[Literal["separate", "shared"], fields.choice(("separate", "shared"))] = Field(
        default="separate",
        description="Pools of cash: separate (default), each with what members bring to it; or shared, at "
        "T+0 with unlimited funding: what is on the chain pays the cycle too.",
    )
    transfer: Annotated[int, fields.duration(least=0)] = Field(
        default=0,
        description="Shared cash: how long it takes from the chain to the clearing house and back, a "
        "duration. Default 0 s.",
    )
    on_chain: ExactShare = Field(
        default=Fraction(0),
        description="Share of every opening holding that stands on chain as tokens and delivers there; the "
        "rest delivers to the clearing house. Default 0 %; says nothing where holdings are ample.",
    )
    crossing: Crossing | None = Field(
        default=None,
        description="With limited holdings: tokens are minted for what waits on chain for units that stand "
        "free in the book, and burnt the other way. Default: nothing crosses.",
    )
