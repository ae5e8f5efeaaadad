"""What a config says of costs: the same rates for every arrangement, each a share a year with its source.

One frozen model a section, one line a key with its unit, reason and source. Rates are kept as exact
fractions, so that each cost rounds once, at the minor unit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from simulator.config import fields, units
from simulator.config.chain import MILLIONTHS
from simulator.config.credit import CREDIT_DAYS, DayCount, ExactShare, write_fraction
from simulator.config.market import Money, Section

SOFR = Fraction(387, 10_000)
"""8 October 2026."""


def parse_fee(given: Any, info: ValidationInfo) -> Fraction:
    """Money down to millionths of the currency unit, in minor units."""
    currency = fields.currency_of(info)
    millionths = units.parse_money(fields.bare(given), currency, MILLIONTHS)
    return Fraction(millionths, 10 ** (MILLIONTHS - units.minor_digits(currency or "USD")))


class DefaultFund(Section):
    """What members keep for the clearing house beside margin."""

    amount: Money = Field(
        default=0, description="What all members together keep for the clearing house, money."
    )
    rate: ExactShare = Field(
        default=Fraction(0),
        description="What that costs them a year over what it earns. Default 0 %: none is kept unless asked "
        "for.",
    )


class CommittedLines(Section):
    """Lines of credit that banks commit to the clearing house, whose fee it passes on to its members."""

    amount: Money = Field(default=0, description="Lines committed to the clearing house, money.")
    rate: ExactShare = Field(
        default=Fraction(20, 10_000), description="Commitment fee a year. Default 20 bp, unverified."
    )


class Costs(Section):
    """What cash, credit, collateral, securities and fails cost; rates a year, the same for everybody."""

    liquidity: ExactShare = Field(
        default=SOFR,
        description="Rate on cash brought, prefunding and top-ups, over 24 hours; where cash legs are stated "
        "their own rates count. Default 3.87 %, all of SOFR, which idle cash forgoes (8 October 2026).",
    )
    credit: ExactShare = Field(
        default=Fraction(50, 10_000),
        description="Rate on intraday credit of which no facility states one: credit limits, unlimited "
        "funding, balances of book entry. Default 50 bp, the Fed's uncollateralised daylight overdraft.",
    )
    margin: ExactShare = Field(
        default=Fraction(2, 100),
        description="Rate on margin deposited, over what the clearing house pays on it. Default 2 %, "
        "unverified.",
    )
    default_fund: DefaultFund = Field(
        default_factory=DefaultFund, description="Layers 1 and 2: what members keep for the clearing house."
    )
    committed_lines: CommittedLines = Field(
        default_factory=CommittedLines, description="Layers 1 and 2: lines committed to the clearing house."
    )
    securities: ExactShare = Field(
        default=Fraction(50, 10_000),
        description="Where holdings are ample, fee on what must be borrowed to deliver at its time, for a "
        "day; securities_lending states its own. Default 50 bp, unverified.",
    )
    fails: ExactShare = Field(
        default=Fraction(3, 100),
        description="Charge on value unsettled at the close, for a day. Default 3 %, the shape of the "
        "Treasury Market Practices Group's fails charge; unverified for equities.",
    )
    clearing_fee: Annotated[Fraction, BeforeValidator(parse_fee)] = Field(
        default=Fraction(0),
        description="Layers 1 and 2: fee a trade and side, money down to a millionth. Default 0, for want of "
        "a public figure by trade; fees of a chain are measured.",
    )
    principal: ExactShare = Field(
        default=SOFR,
        description="Rate on what members pay on balance, for the days before T+1 that it is paid. Default "
        "3.87 %, SOFR (8 October 2026).",
    )
    days_a_year: Annotated[int, fields.count(1, 366, "a number of trading days")] = Field(
        default=252, description="Trading days of a year, for cost_year."
    )
    day_count: DayCount = Field(default=360, description=CREDIT_DAYS)


def resolved_costs(costs: Costs | None, currency: str) -> dict[str, Any] | None:
    """The section in full, as it is read back."""
    if costs is None:
        return None

    def share(rate: Fraction) -> str:
        return units.write_share(write_fraction(rate))

    def standing(one: DefaultFund | CommittedLines) -> dict[str, str]:
        return {"amount": units.write_money(one.amount, currency), "rate": share(one.rate)}

    scale = 10 ** (MILLIONTHS - units.minor_digits(currency))
    return {
        "liquidity": share(costs.liquidity),
        "credit": share(costs.credit),
        "margin": share(costs.margin),
        "default_fund": standing(costs.default_fund),
        "committed_lines": standing(costs.committed_lines),
        "securities": share(costs.securities),
        "fails": share(costs.fails),
        "clearing_fee": units.write_money(int(costs.clearing_fee * scale), currency, MILLIONTHS),
        "principal": share(costs.principal),
        "days_a_year": costs.days_a_year,
        "day_count": costs.day_count,
    }
