"""What a config says of cash on the chain: its legs, each with an issuer, its hours and its price.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BeforeValidator, Field, model_validator

from simulator.config import fields, shapes
from simulator.config.credit import CREDIT_DAYS, DayCount, ExactShare
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import bare
from simulator.config.gross import parse_members
from simulator.config.market import Money, Section
from simulator.config.shapes import Hours

Kind = Literal["stablecoin", "tokenized_deposit", "wholesale_cbdc"]
KINDS: tuple[str, ...] = get_args(Kind)


class KindOfLeg(NamedTuple):
    """What is usual of a kind of cash, in people's units."""

    meaning: str
    hours: str
    days: str
    mint: str
    redeem: str
    rate: str
    lends: bool


CASH_LEG_KINDS = {
    "stablecoin": KindOfLeg(
        "Minted for a wire in bank hours, 30 min, and redeemed in 1 h, both unverified; costs all of SOFR, "
        "3.87 % on 8 October 2026 (New York Fed); lends nothing.",
        hours="09:00–17:00",
        days="weekdays",
        mint="30 min",
        redeem="1 h",
        rate="3.87 %",
        lends=False,
    ),
    "tokenized_deposit": KindOfLeg(
        "Booked at the issuing bank, at once and at any hour; costs 25 bp (of 0 to 25 bp, unverified); the "
        "bank lends.",
        hours="00:00–23:59:59.999999",
        days="all",
        mint="0 s",
        redeem="0 s",
        rate="25 bp",
        lends=True,
    ),
    "wholesale_cbdc": KindOfLeg(
        "From the reserve account in Fedwire's hours, which end at 19:00 New York time; 1 min (of 0 s to 1 "
        "min) and 10 bp (of 0 to 10 bp) unverified; the central bank lends.",
        hours="00:00–19:00",
        days="weekdays",
        mint="1 min",
        redeem="1 min",
        rate="10 bp",
        lends=True,
    ),
}
"""Kinds of cash by name; of each leg, the keys given win."""

_USUAL = CASH_LEG_KINDS["stablecoin"]


def parse_payers(given: Any) -> tuple[str, ...]:
    """A list of names."""
    value = bare(given)
    if not isinstance(value, list | tuple) or not value:
        raise NotAllowedError(value, "give a list of members such as [A, B]")
    return parse_members(value) or ()


class CashLeg(Section):
    """One kind of money on the chain."""

    kind: Annotated[Kind, fields.choice(KINDS)] = Field(
        description=f"What it is: {', '.join(KINDS)}; gives the defaults of hours, days, mint, redeem, rate."
    )
    issuer: Annotated[str, fields.text("the name of an issuer")] = Field(
        default="", description="Who issues it, for reports. Default: the name of the leg."
    )
    share: ExactShare | None = Field(
        default=None,
        description="Share of the instructions of buyers in no leg's payers, 100 % over all legs. Default: "
        "where no leg states one, equal shares among those without payers.",
    )
    payers: Annotated[tuple[str, ...], BeforeValidator(parse_payers)] = Field(
        default=(), description="Buyers that pay in this leg alone, a list of members. Default: none."
    )
    pool: Annotated[str, fields.text("the name of a pool")] = Field(
        default="",
        description="Legs of one pool are one money, and members have one account in it. Default: the name "
        "of the leg, so that no bank's deposits are another's.",
    )
    hours: Annotated[Hours, BeforeValidator(shapes.parse_hours)] = Field(
        default=_USUAL.hours,
        validate_default=True,
        description="When it is minted and redeemed, 09:00–17:00. Default: by kind.",
    )
    days: Annotated[Literal["weekdays", "all"], fields.choice(("weekdays", "all"))] = Field(
        default="weekdays",
        description="Days on which it is minted and redeemed: weekdays, or all. Default: by kind.",
    )
    mint: Annotated[int, fields.duration(least=0)] = Field(
        default=_USUAL.mint,
        validate_default=True,
        description="From being asked for, in its hours, to being there, a duration. Default: by kind.",
    )
    redeem: Annotated[int, fields.duration(least=0)] = Field(
        default=_USUAL.redeem,
        validate_default=True,
        description="From being given back, in its hours, to bank money, a duration. Default: by kind.",
    )
    rate: ExactShare = Field(
        default=_USUAL.rate,
        validate_default=True,
        description="What holding it costs, a share a year. Default: by kind.",
    )
    day_count: DayCount = Field(default=360, description=CREDIT_DAYS)
    supply: Money | None = Field(
        default=None, description="Most of it that can be out, money. Default: no limit."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Keys not given are those of its kind."""
        kind = bare(given.get("kind")) if isinstance(given, dict) else None
        usual = CASH_LEG_KINDS.get(kind) if isinstance(kind, str) else None
        if usual is None:
            return given
        known = {key: getattr(usual, key) for key in ("hours", "days", "mint", "redeem", "rate")}
        return {**known, **given}

    @property
    def lends(self) -> bool:
        """Whether its issuer gives intraday credit in it."""
        return CASH_LEG_KINDS[self.kind].lends


def fill_legs(given: Any) -> Any:
    """Legs by name, each with its pool and its issuer; a kind alone stands for one leg of that name."""
    value = bare(given)
    if isinstance(value, str) and value in KINDS:
        value = {value: {"kind": value}}
    if not isinstance(value, dict):
        allowed = f"give {', '.join(KINDS)}, or legs by name such as {{usdc: {{kind: stablecoin}}}}"
        raise NotAllowedError(value, f"{allowed}{nearest(value, KINDS) if isinstance(value, str) else ''}")
    if "kind" in value and not isinstance(value["kind"], dict):
        kind = bare(value["kind"])
        raise FaultsError([((), f"a leg without its name; write {{{kind}: {{kind: {kind}, …}}}}")])
    return {
        name: {"issuer": name, "pool": name, **leg} if isinstance(leg, dict) else leg
        for name, leg in value.items()
    }


def shares_of(legs: Mapping[str, CashLeg]) -> dict[str, Fraction]:
    """Share of each leg in what is bought by those in no leg's payers; legs without one are left out.

    Examples
    --------
    >>> one = {"kind": "stablecoin"}
    >>> legs = {"a": CashLeg(**one), "b": CashLeg(**one), "c": CashLeg(**one, payers=["A"])}
    >>> shares_of(legs)
    {'a': Fraction(1, 2), 'b': Fraction(1, 2)}
    """
    stated = {name: leg.share for name, leg in legs.items() if leg.share is not None}
    if stated:
        return {name: share for name, share in stated.items() if share > 0}
    open_to_all = [name for name, leg in legs.items() if not leg.payers]
    return {name: Fraction(1, len(open_to_all)) for name in open_to_all}
