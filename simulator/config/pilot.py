"""What a config says of the tokenized-entitlement pilot: what may be tokenized, by whom, and what happens.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.config import fields, units
from simulator.config.credit import ExactShare
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.fields import bare, unknown_key
from simulator.config.market import MemberName, Section, SecurityName, TimeOfDay
from simulator.config.shapes import Shape
from simulator.config.wallets import Registered, TradeDay, parse_registered

MINUTE = units.MICROSECONDS["min"]

PILOT_ACTIONS = {
    "tokenize": "Units leave the book account and are minted to the member's wallet after a latency.",
    "transfer": "Tokens move between registered wallets, free of payment, at any hour.",
    "reverse": "The root wallet moves tokens back, whoever agrees.",
    "detokenize": "Tokens are burnt, and their units stand in the book account after a latency.",
    "outage": "The chain stands still: what would happen in it happens at its end.",
}
"""Values of ``arrangements.*.pilot.events.*.action``."""


class Eligible(Shape):
    """The securities that may be tokenized: all, those listed, or a share of them that is drawn."""

    kind: Literal["all", "only", "share"] = "all"
    securities: tuple[str, ...] = ()
    share: Fraction = Fraction(1)


def parse_eligible(given: Any) -> Eligible:
    """``all``, a list of securities, or ``{share: 40 %}``.

    Examples
    --------
    >>> parse_eligible(["X"]).securities, parse_eligible({"share": "40 %"}).share
    (('X',), Fraction(2, 5))
    """
    value = bare(given)
    allowed = "give all, a list of securities such as [X, Y], or {share: 40 %}"
    if isinstance(value, Eligible):
        return value
    if value == "all":
        return Eligible()
    if isinstance(value, list | tuple):
        return Eligible(kind="only", securities=_parse_names(value, "the name of a security"))
    if not isinstance(value, dict) or not value:
        raise NotAllowedError(value, allowed)
    unknown = [((key,), unknown_key(key, ["share"])) for key in value if key != "share"]
    if unknown:
        raise FaultsError(unknown)
    shares = fields.parse_each(value.items(), units.parse_share)
    return Eligible(kind="share", share=Fraction(shares["share"]))


def parse_chains(given: Any) -> tuple[str, ...]:
    """A list of chains, or one.

    Examples
    --------
    >>> parse_chains("ethereum"), parse_chains(["ethereum", "avalanche"])
    (('ethereum',), ('ethereum', 'avalanche'))
    """
    value = bare(given)
    if isinstance(value, list | tuple):
        return _parse_names(value, "the name of a chain")
    if not isinstance(value, str):
        raise NotAllowedError(value, "give a list of chains such as [ethereum]")
    return (fields.parse_text(value, "the name of a chain"),)


def _parse_names(given: list[Any] | tuple[Any, ...], what: str) -> tuple[str, ...]:
    names = fields.parse_each(enumerate(given), lambda name: fields.parse_text(name, what))
    seen: set[str] = set()
    twice: list[tuple[tuple[str | int, ...], str]] = []
    for at, name in names.items():
        if name in seen:
            twice.append(((at,), f"{name} is listed twice; keep one"))
        seen.add(name)
    if twice:
        raise FaultsError(twice)
    return tuple(names.values())


class Latency(Section):
    """How long units are between account and wallet."""

    tokenize: Annotated[int, fields.duration(least=0)] = Field(
        default=MINUTE,
        description="From the book account to the wallet, a duration. Default 1 min, unverified.",
    )
    detokenize: Annotated[int, fields.duration(least=0)] = Field(
        default=15 * MINUTE,
        description="From the wallet back to the book account, a duration. Default 15 min, about a finality "
        "of Ethereum, unverified.",
    )


class ShareRule(Section):
    """What all registered members do alike, at a time of the day."""

    share: ExactShare = Field(description="Share of each position, rounded down to whole units.")
    at: TimeOfDay = Field(description="When, a time of the day.")
    every_day: Annotated[bool, fields.yes_no] = Field(
        default=False, description="Whether on every day, yes or no; default no, on day 0 alone."
    )


class TokenOrders(Section):
    """Trades whose buyer wants tokens."""

    share: ExactShare = Field(description="Share of trades that carry the flag, drawn a trade.")


class PilotEvent(Section):
    """What a member, the root wallet or the chain does at a time of the day, at any hour."""

    time: TimeOfDay = Field(description="When, a time of the day.")
    day: TradeDay | None = Field(
        default=None,
        description="On which day, counted from 0, settlement days past the last trade day among them. "
        "Default: every day.",
    )
    action: Annotated[
        Literal["tokenize", "transfer", "reverse", "detokenize", "outage"], fields.choice(PILOT_ACTIONS)
    ] = Field(description="tokenize, transfer, reverse (by the root wallet), detokenize, or outage.")
    member: MemberName | None = Field(default=None, description="Whose units or tokens; none of an outage.")
    to: MemberName | None = Field(
        default=None, description="Of transfer and reverse: the member that receives."
    )
    security: SecurityName | None = Field(default=None, description="Which security; none of an outage.")
    units: Annotated[int, fields.count(0, of="whole units")] = Field(
        default=0, description="How many, whole; cut to what there is. None of an outage."
    )
    lasts: Annotated[int, fields.duration(least=fields.MILLISECOND)] | None = Field(
        default=None, description="Of an outage: how long the chain stands still, a duration."
    )


class Pilot(Section):
    """Entitlements on chain beside the book, as the SEC staff's letter to DTC of 11 December 2025 allows."""

    eligible: Annotated[Eligible, BeforeValidator(parse_eligible)] = Field(
        default_factory=Eligible,
        description="Securities that may be tokenized: all, a list, or {share: 40 %} of them, drawn. Default "
        "all; the letter names the Russell 1000, Treasuries and major index ETFs.",
    )
    chains: Annotated[tuple[str, ...], BeforeValidator(parse_chains)] = Field(
        default=(),
        description="Approved chains, as reported: presets of chain, or any name. Default none.",
    )
    wallets: Annotated[Registered, BeforeValidator(parse_registered)] = Field(
        default_factory=Registered,
        description="Members with a registered wallet: all, a list, or {except: [A, B]}. Default all.",
    )
    settlement_value: ExactShare = Field(
        default=Fraction(0),
        description="Share of its value after haircut that a token, or a unit on its way, keeps as "
        "collateral under book_entry. Default 0, as in the letter; a later phase may give more.",
    )
    latency: Latency = Field(default_factory=Latency, description="How long minting and return take.")
    cut_off: TimeOfDay | None = Field(
        default=None,
        description="De-tokenizing asked for later is done at the next day's open. Default: none.",
    )
    tokenize: ShareRule | None = Field(
        default=None,
        description="Every registered member tokenizes this share of what it holds free of every eligible "
        "security. Default: none.",
    )
    detokenize: ShareRule | None = Field(
        default=None, description="Every member de-tokenizes this share of its tokens. Default: none."
    )
    orders: TokenOrders | None = Field(
        default=None,
        description="Share of trades whose buyer wants tokens: units bought are tokenized as they are "
        "delivered, by book entry where security or wallet is not supported. Default: none.",
    )
    events: tuple[PilotEvent, ...] = Field(
        default=(), description="What happens by hand, in the order listed. Default: nothing."
    )
