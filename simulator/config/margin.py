"""What a config says of margin: how the clearing house values what is unsettled, calls, and stands a default.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from simulator.config import fields, units
from simulator.config.credit import ExactShare, Haircut, parse_haircut
from simulator.config.errors import NotAllowedError, nearest
from simulator.config.market import Money, Section, TimeOfDay

LONGEST_HORIZON = 100
NEXT_OPEN = "next_open"
LARGEST = "largest"


def parse_horizon(given: Any) -> int:
    """``3 days``: whole days of a close-out.

    Examples
    --------
    >>> parse_horizon("3 days"), parse_horizon(1)
    (3, 1)
    """
    value = fields.bare(given)
    allowed = f"give whole days from 1 to {LONGEST_HORIZON}, such as 3 days"
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value} days"
    written = re.fullmatch(r"(\S+)\s+(\w+)", value.strip()) if isinstance(value, str) else None
    if written is None or written[2] not in ("day", "days"):
        hint = "" if written is None else nearest(written[2], ["days"])
        raise NotAllowedError(value, allowed + hint)
    try:
        return units.parse_count(written[1], 1, LONGEST_HORIZON, "a number of days")
    except NotAllowedError:
        raise NotAllowedError(value, allowed) from None


def parse_arrival(given: Any) -> int | None:
    """``next_open``, None, or a duration after the call.

    Examples
    --------
    >>> parse_arrival("next_open"), parse_arrival("1 min")
    (None, 60000000)
    """
    value = fields.bare(given)
    if value is None or (isinstance(value, str) and value.strip() == NEXT_OPEN):
        return None
    try:
        return units.parse_duration(value, 0, fields.DAY)
    except NotAllowedError as error:
        raise NotAllowedError(value, f"give next_open, or {str(error).partition('; ')[2]}") from None


def parse_confidence(given: Any) -> Fraction:
    """A share from 50 %, below 100 %.

    Examples
    --------
    >>> parse_confidence("99 %")
    Fraction(99, 100)
    """
    share = Fraction(units.parse_share(fields.bare(given)))
    if not Fraction(1, 2) <= share < 1:
        raise NotAllowedError(fields.bare(given), "give a share from 50 % to less than 100 %, such as 99 %")
    return share


def parse_none(given: Any) -> Any:
    """``none`` is nothing; anything else stays what it is.

    Examples
    --------
    >>> parse_none("none") is None, parse_none({"above": "10 %"})
    (True, {'above': '10 %'})
    """
    value = fields.bare(given)
    return None if isinstance(value, str) and value.strip() == "none" else given


def parse_name_or_largest(given: Any) -> str:
    """The name of a member, or ``largest``."""
    return fields.parse_text(fields.bare(given), "the name of a member, or largest")


class Gap(Section):
    """Gap risk: a jump in what a concentrated member holds most of."""

    above: ExactShare = Field(
        default=Fraction(1, 10),
        description="Share of a member's positions, by value, above which its largest is concentrated. "
        "Unverified.",
    )
    first: ExactShare = Field(
        default=Fraction(1, 10), description="Share of the largest position that is charged. NSCC's 10 %."
    )
    second: ExactShare = Field(
        default=Fraction(1, 20), description="Share of the second largest that is charged. NSCC's 5 %."
    )


class Calls(Section):
    """Margin called within the day."""

    above: ExactShare = Field(
        default=Fraction(0),
        description="Share of its deposit by which a member's requirement must exceed it to be called. "
        "Default 0 %: every shortfall is.",
    )


class MarginCollateral(Section):
    """What members post, and how fast it arrives."""

    arrives: Annotated[int | None, BeforeValidator(parse_arrival)] = Field(
        default=None,
        description="When what is called within the day arrives: next_open (default), or a duration after "
        "the call, such as 2 h by wire or 1 min on chain.",
    )
    haircut: ExactShare = Field(
        default=Fraction(0),
        description="Share taken off the value of what is posted. Default 0 %, cash.",
    )
    settlement_value: ExactShare = Field(
        default=Fraction(1),
        description="Share of its value after haircut that counts, from 0 % (as tokens in DTC's pilot: cash "
        "is posted instead, and arrives at the next open) to 100 %. Default 100 %.",
    )
    pledged: Annotated[
        tuple[Annotated[str, fields.text("the name of a facility of credit")], ...],
        fields.one_or_many("the name of a facility of credit, or a list of such"),
    ] = Field(
        default=(),
        description="Facilities of credit against pledge whose collateral is posted first, in this order, at "
        "the haircuts of theirs; what is posted cannot be drawn on, nor the other way round. Default: none, "
        "what is posted serves margin alone.",
    )


class Resources(Section):
    """What the clearing house can pay with if a member does not."""

    committed: Money = Field(
        default=0, description="Committed lines of the clearing house, money. Default 0, all in deposits."
    )
    own: Money = Field(
        default=0,
        description="Money of the clearing house that bears a loss after the failed member's deposit and "
        "before those of others. Default 0.",
    )
    supplemental: Annotated[int, fields.count(0, 1_000_000, "a number of members")] = Field(
        default=30,
        description="How many members with the largest obligations make supplemental liquidity deposits, pro "
        "rata, for what is lacking. About 30 at NSCC.",
    )


class Default(Section):
    """A member fails, and what that takes: a reading at one moment, the run goes on as if it had not."""

    member: Annotated[str, BeforeValidator(parse_name_or_largest)] = Field(
        default=LARGEST,
        description="Who fails: a member, or largest (default), the one whose obligations are largest then.",
    )
    day: Annotated[int, fields.count(0, 100_000, "a day")] = Field(
        default=0, description="Day on which it fails, counted from 0, as trade days are."
    )
    time: TimeOfDay | None = Field(
        default=None, description="Time of that day. Default: the close, before its cycles."
    )
    shock: Annotated[float, fields.number(0, 100)] = Field(
        default=4.0,
        description="How far prices move against its positions over the close-out, in standard deviations "
        "of their value. Default 4: beyond the confidence that margin covers.",
    )


class Margin(Section):
    """Margin of what is unsettled, and what the clearing house needs if a member fails."""

    confidence: Annotated[Fraction, BeforeValidator(parse_confidence)] = Field(
        default=Fraction(99, 100), description="Confidence of value at risk. NSCC's 99 %."
    )
    horizon: Annotated[int, BeforeValidator(parse_horizon)] = Field(
        default=3, description="Days a close-out takes, the margin period of risk. NSCC's 3 days."
    )
    volatility: Annotated[Haircut, BeforeValidator(parse_haircut)] = Field(
        default=Haircut(default=Fraction(1, 50)),
        description="Standard deviation of a day's return, a share, or {default: 2 %, X: 1.5 %} by security. "
        "Default 2 %, equities; unverified.",
    )
    correlation: ExactShare = Field(
        default=Fraction(3, 10),
        description="Correlation of the returns of any two securities: one factor moves them all. Default "
        "30 %; unverified.",
    )
    gap: Annotated[Gap | None, BeforeValidator(parse_none)] = Field(
        default_factory=Gap, description="Gap risk, or none."
    )
    minimum: Money = Field(
        default="250 k",
        validate_default=True,
        description="Least deposit of a member, money. Default 250 k; unverified.",
    )
    every: Annotated[int, fields.duration(least=1_000_000)] = Field(
        default=3_600_000_000,
        description="Interval from the open at which what is unsettled is read, just before cycles and "
        "blocks, a duration. Default 1 h.",
    )
    calls: Calls | None = Field(
        default=None, description="Margin called within the day, at those readings. Default: not called."
    )
    collateral: MarginCollateral = Field(
        default_factory=MarginCollateral, description="What members post, and how fast."
    )
    resources: Resources = Field(
        default_factory=Resources, description="What the clearing house can pay with."
    )
    default: Default | None = Field(default=None, description="A member fails. Default: nobody does.")
