"""What a config says of repo: how much is lent at a time, in which segments, for how long, on which terms."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from simulator.config import fields, shapes, units
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.section import MEMBER_TYPES, Section
from simulator.config.shapes import Hours

LONGEST_TENOR = 366

Share = Annotated[Fraction, BeforeValidator(lambda given: Fraction(units.parse_share(fields.bare(given))))]


def parse_tenors(given: Any) -> dict[int, Fraction]:
    """Shares of the exposure by tenor in trade days, of 100 % in all: ``{overnight: 80 %, 7 days: 20 %}``.

    >>> parse_tenors({"overnight": "80 %", "7 days": "20 %"})
    {1: Fraction(4, 5), 7: Fraction(1, 5)}
    """
    allowed = "give shares of the exposure by tenor, such as {overnight: 80 %, 7 days: 20 %}"
    if not isinstance(given, dict) or not given:
        raise NotAllowedError(given, allowed)
    tenors: dict[int, Fraction] = {}
    faults: list[tuple[tuple[str | int, ...], str]] = []
    for key, value in given.items():
        match = re.fullmatch(r"([1-9][0-9]{0,2}) ?days?", str(key).strip())
        days = 1 if str(key).strip() == "overnight" else int(match[1]) if match else 0
        if not 1 <= days <= LONGEST_TENOR or days in tenors:
            said = "given twice" if days in tenors else "not a tenor"
            faults.append(
                ((key,), f"{said}; give overnight, or days from 2 to {LONGEST_TENOR} such as 7 days")
            )
            continue
        try:
            tenors[days] = Fraction(units.parse_share(fields.bare(value)))
        except NotAllowedError as error:
            faults.append(((key,), str(error)))
    total = sum(tenors.values(), Fraction(0))
    if not faults and total != 1:
        faults.append(((), f"the shares add up to {float(100 * total):g} %; make them 100 %"))
    if faults:
        raise FaultsError(faults)
    return tenors


def _types(given: Any) -> tuple[str, ...]:
    """One type of members, or a list of them."""
    names = given if isinstance(given, list | tuple) else [given]
    words = tuple(str(fields.bare(name)) for name in names)
    if not words or not set(words) <= set(MEMBER_TYPES):
        raise NotAllowedError(", ".join(words), f"give one or several of {', '.join(MEMBER_TYPES)}")
    return words


class RepoSegment(Section):
    """A segment of the repo market: cleared, tri-party or bilateral, or by any name."""

    share: Share = Field(description="Share of the exposure; 100 % over all segments.")
    lenders: Annotated[tuple[str, ...], BeforeValidator(_types)] = Field(
        description="Types of members that lend cash: one or a list."
    )
    borrowers: Annotated[tuple[str, ...], BeforeValidator(_types)] = Field(
        description="Types of members that borrow cash against collateral: one or a list."
    )
    tenors: Annotated[dict[int, Fraction], BeforeValidator(parse_tenors)] = Field(
        default_factory=lambda: {1: Fraction(1)},
        description="Shares of the exposure by tenor, such as {overnight: 80 %, 7 days: 20 %}, 100 % in all. "
        "Default: all overnight.",
    )
    intraday: Share = Field(
        default=Fraction(0),
        description="Opened and closed within a day, as a share of the exposure and beside it.",
    )
    lasts: Annotated[int, fields.duration(1)] = Field(
        default=3 * 3_600_000_000,
        description="How long an intraday repo lasts, up to the close. Default 3 h.",
    )
    rate: Share = Field(description="Rate a year, actual days / 360; intraday by the whole minute.")
    haircut: Share = Field(default=Fraction(0), description="Haircut of the collateral.")
    opens: Annotated[Hours, BeforeValidator(shapes.parse_hours)] = Field(
        description="When opening legs settle, spread evenly: such as 08:00–15:00."
    )
    unwind: Annotated[int, fields.time_of_day] = Field(
        description="When closing legs settle on the last day, and what rolls is opened anew."
    )
    rolls: Share = Field(
        default=Fraction(0),
        description="Share of what ends on a day that is opened anew at the unwind: same parties, cash and "
        "collateral.",
    )
    roll_net: Annotated[bool, fields.yes_no] = Field(
        default=False,
        description="Whether of what rolls only interest is paid, yes or no; default no: both legs settle.",
    )
    substitution: Share = Field(
        default=Fraction(0),
        description="Chance a day that collateral is replaced between a repo's first and last day.",
    )


class Repo(Section):
    """Repos as a flow: told from the exposure, the cash lent at a time, which is a stock."""

    exposure: Annotated[int, fields.money(least=1)] = Field(
        description="Cash lent overnight, money: a stock. What is opened a day follows from the tenors."
    )
    size: Annotated[int, fields.money(least=100)] = Field(description="Mean cash of a repo, money.")
    size_cv: Annotated[float, fields.number(0, 1000)] = Field(
        default=1.5, description="Coefficient of variation of that, lognormal. Unverified, a round figure."
    )
    segments: dict[Annotated[str, fields.text("the name of a segment", slash=False)], RepoSegment] = Field(
        description="Segments by name, 100 % of the exposure in all."
    )
