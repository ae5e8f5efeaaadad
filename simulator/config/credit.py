"""What a config says of credit within the day, in cash and in securities.

One frozen model a section, one line a key with its unit, reason and source. Rates and shares are kept
as exact fractions, so that interest and collateral round once, at the minor unit.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo

from simulator.config import fields, units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.market import Section, TimeOfDay
from simulator.config.shapes import Shape

COLLATERAL = ("nothing", "pledge", "stock", "flow")

RESERVED_FACILITY = "credit_limit"
"""The facility that ``funding.credit_limit`` is, drawn before all others."""


class Haircut(Shape):
    """What is taken off the price of collateral: one share, or one by security and a default."""

    default: Fraction = Fraction(0)
    securities: dict[str, Fraction] = Field(default_factory=dict)

    def of(self, security: str) -> Fraction:
        """The haircut of a security, by its name."""
        return self.securities.get(security, self.default)


class LendingLimit(Shape):
    """What may be borrowed of a security: days of expected sales, or a share of the opening holding."""

    kind: Literal["days", "share"]
    amount: Fraction


def parse_haircut(given: Any) -> Haircut:
    """``10 %``, or a mapping of securities to shares with ``default``.

    Examples
    --------
    >>> parse_haircut("10 %").of("X"), parse_haircut({"default": "10 %", "X": "0.5"}).of("X")
    (Fraction(1, 10), Fraction(1, 2))
    """
    value = fields.bare(given)
    if isinstance(value, Haircut):
        return value
    if not isinstance(value, dict):
        return Haircut(default=_exact(value))
    if not value:
        raise NotAllowedError("an empty mapping", "give one share, or {default: 10 %, X: 50 %}")
    shares = {str(name): share for name, share in fields.parse_each(value.items(), _exact).items()}
    if "default" not in shares:
        raise FaultsError([((), "no default; give one for the securities not listed, such as default: 10 %")])
    return Haircut(default=shares.pop("default"), securities=shares)


def parse_cap(given: Any, info: ValidationInfo) -> int | str:
    """Money, or the ``package.module:name`` of a rule."""
    value = fields.bare(given)
    if isinstance(value, str) and re.fullmatch(fields.OWN_RULE, value):
        return value
    try:
        return units.parse_money(value, fields.currency_of(info))
    except NotAllowedError as error:
        raise FaultsError([((), f"{error}; or package.module:name of a rule of your own")]) from None


def parse_lending_limit(given: Any) -> LendingLimit:
    """``0.5 days`` of expected sales, or ``20 %`` of the opening holding.

    Examples
    --------
    >>> parse_lending_limit("0.5 days")
    LendingLimit(kind='days', amount=Fraction(1, 2))
    """
    allowed = "give 0.5 days (of expected sales), or 20 % (of the opening holding)"
    value = fields.bare(given)
    if isinstance(value, LendingLimit):
        return value
    text = value.strip() if isinstance(value, str) else ""
    days = re.fullmatch(r"(\S+)\s*(days?)", text)
    if days is None and not text.endswith(("%", "bp")):
        raise NotAllowedError(value, f"{allowed}{nearest(text.partition(' ')[2], ['days'])}")
    try:
        if days is None:
            return LendingLimit(kind="share", amount=Fraction(units.parse_share(value, 10)))
        return LendingLimit(kind="days", amount=Fraction(units.parse_decimal(days[1], 10_000)))
    except NotAllowedError:
        raise NotAllowedError(value, allowed) from None


def _exact(value: Any) -> Fraction:
    return Fraction(units.parse_share(value))


def _parse_day_count(value: Any) -> int:
    if isinstance(value, bool) or str(value).strip() not in ("360", "365"):
        raise NotAllowedError(value, "give 360 or 365")
    return int(str(value))


def _parse_whole_minutes(value: Any) -> int:
    duration = units.parse_duration(value, MINUTE, fields.DAY)
    if duration % MINUTE:
        raise NotAllowedError(value, "give whole minutes")
    return duration


MINUTE = units.MICROSECONDS["min"]

ExactShare = Annotated[Fraction, fields.parsed(_exact)]
DayCount = Annotated[Literal[360, 365], fields.parsed(_parse_day_count)]
CREDIT_DAYS = "Days of a year for the rate: 360 (default, the money market's in USD and EUR) or 365."


class Facility(Section):
    """A line of intraday credit, the same for every member, drawn when cash falls below zero."""

    against: Annotated[Literal["nothing", "pledge", "stock", "flow"], fields.choice(COLLATERAL)] = Field(
        default="nothing",
        description="Collateral: nothing; pledge, a share of the opening holdings set aside; stock, whatever "
        "is held free; flow, what was bought today and not resold (auto-collateralisation).",
    )
    cap: Annotated[int | str, BeforeValidator(parse_cap)] | None = Field(
        default=None,
        description="Most that a member may draw, money, or package.module:name of a rule that gives it by "
        "member. Needed against nothing; against pledge it bounds the collateral. Default: none.",
    )
    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] | None = Field(
        default=None,
        description="Interval at which a rule for the cap is asked again, a duration from the open. Default: "
        "at the open alone.",
    )
    pledge: ExactShare = Field(
        default=Fraction(0),
        description="Share of every opening holding that is pledged; needs against: pledge.",
    )
    haircut: Annotated[Haircut, BeforeValidator(parse_haircut)] = Field(
        default_factory=Haircut,
        description="Share taken off the opening price of collateral, or {default: 10 %, X: 50 %} by "
        "security. Default 0 %, the most that collateral can be worth.",
    )
    rate: ExactShare = Field(
        default=Fraction(0),
        description="Interest a year on what is drawn, such as 50 bp, by the microsecond. Default 0 %, as "
        "the Eurosystem lends within the day.",
    )
    day_count: DayCount = Field(default=360, description=CREDIT_DAYS)
    repay: Annotated[Literal["by_inflow", "at_close"], fields.choice(("by_inflow", "at_close"))] = Field(
        default="by_inflow",
        description="When what is drawn is repaid: by_inflow (default), as cash comes in, or at_close.",
    )
    tenor: Annotated[int, fields.parsed(_parse_whole_minutes)] | None = Field(
        default=None,
        description="Term of each draw, a duration of whole minutes, as of an intraday repo: repaid when "
        "due, not before. Default: none, repaid as repay says.",
    )


class SecuritiesLending(Section):
    """Units borrowed from lenders outside where a delivery lacks them, returned as units come in."""

    limit: Annotated[LendingLimit, BeforeValidator(parse_lending_limit)] = Field(
        description="Most that a member may borrow of a security: 0.5 days (of expected sales), or 20 % of "
        "its opening holding."
    )
    fee: ExactShare = Field(
        default=Fraction(0),
        description="Fee a year on the value borrowed at opening prices, such as 50 bp. Default 0 %, for "
        "want of a public figure.",
    )
    recall: TimeOfDay | None = Field(
        default=None,
        description="Time of the day from which nothing more is lent and what comes in is returned. Default: "
        "never.",
    )
    day_count: DayCount = Field(default=360, description=CREDIT_DAYS.replace("rate", "fee"))


def write_fraction(share: Fraction) -> Decimal:
    """A fraction read from decimal digits, as those digits.

    Examples
    --------
    >>> write_fraction(Fraction(41, 1000))
    Decimal('0.041')
    """
    return units.EXACT.divide(Decimal(share.numerator), Decimal(share.denominator))
