"""What a config says of the market: the flow and who trades it.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from simulator.config import fields, shapes
from simulator.config.funding import Funding, parse_funding
from simulator.config.repo import Repo
from simulator.config.section import MEMBER_TYPES, Section
from simulator.config.shapes import Holdings, Hours

# Share of volume in each half hour of 09:30–16:00, per cent: SPY, measured on five days of trades.
SPY_HALF_HOURS = (13.0, 8.4, 7.8, 6.9, 8.1, 5.7, 3.7, 5.7, 4.9, 6.5, 4.3, 7.8, 17.4)

Money: TypeAlias = Annotated[int, fields.money()]
TimeOfDay: TypeAlias = Annotated[int, fields.time_of_day]
MemberName: TypeAlias = Annotated[str, fields.text("the name of a member")]
SecurityName: TypeAlias = Annotated[str, fields.text("the name of a security")]
MarketName: TypeAlias = Annotated[str, fields.text("the name of a market", slash=False)]
ClassName: TypeAlias = Annotated[str, fields.text("the name of a class of securities", slash=False)]
ColumnName: TypeAlias = Annotated[str, fields.text("the name of a column of the tape")]
FundingField: TypeAlias = Annotated[Funding, BeforeValidator(parse_funding)]
HoldingsField: TypeAlias = Annotated[Holdings, BeforeValidator(shapes.parse_holdings)]


class SecurityClass(Section):
    """Securities of a synthetic flow that are alike, such as bills of three months."""

    count: Annotated[int, fields.count(1, 2**31 - 1, "a number of securities")] = Field(
        default=1, description="Number of securities of the class."
    )
    share: Annotated[float, fields.share()] = Field(
        description="Share of the trades, and so of the value, that is in the class; 100 % over all classes."
    )
    price: Annotated[int, fields.money(least=1)] | None = Field(
        default=None,
        description="Median price of a unit, money: of a bond one denomination. Default: prices.median.",
    )


class Securities(Section):
    """The securities of a synthetic flow."""

    count: Annotated[int, fields.count(1, 2**31 - 1, "a number of securities")] = Field(
        default=5_000,
        description="Number of securities. About the companies listed in the US; a round figure, unverified.",
    )
    concentration: Annotated[float, fields.number(0, 10)] = Field(
        default=1.0,
        description="Zipf exponent of turnover by security; 0 is even. Unverified, a round figure.",
    )
    classes: dict[ClassName, SecurityClass] | None = Field(
        default=None,
        description="Named classes in place of count, such as {bill_3m: {count: 4, share: 12 %, price: 99}}; "
        "concentration is then that within each. Default: one class without a name.",
    )

    @property
    def number(self) -> int:
        """Securities in all."""
        return self.count if self.classes is None else sum(one.count for one in self.classes.values())


class Prices(Section):
    """Prices of a synthetic flow, lognormal over securities."""

    median: Annotated[int, fields.money(least=1)] = Field(
        default="50",
        validate_default=True,
        description="Median price of a security, money. 798 bn USD over 17.6 bn shares a day is 45 (SIFMA).",
    )
    sigma: Annotated[float, fields.number(0, 5)] = Field(
        default=0.8,
        description="Standard deviation of log price over securities. Unverified, a round figure.",
    )


class TapeColumns(Section):
    """Which column of the tape holds what; a payment has no security and units, a free delivery no cash."""

    time: ColumnName = Field(description="Column of the trade time, market-local.")
    order: ColumnName | None = Field(
        default=None,
        description="Column that orders trades of one time, and names them; without it the row does.",
    )
    buyer: ColumnName = Field(description="Column of the buying member.")
    seller: ColumnName = Field(description="Column of the selling member.")
    security: ColumnName | None = Field(default=None, description="Column of the security.")
    units: ColumnName | None = Field(default=None, description="Column of the units, whole.")
    cash: ColumnName | None = Field(default=None, description="Column of the cash, in the flow's currency.")
    priority: ColumnName | None = Field(
        default=None, description="Column of the priority, 1 (settles first) to 9; blank is 5."
    )
    deadline: ColumnName | None = Field(
        default=None,
        description="Column of the time by which it should settle, of the trade day; blank is none.",
    )
    hold_until: ColumnName | None = Field(
        default=None,
        description="Column of the time from which it may settle, of the trade day; blank is at once.",
    )
    partial: ColumnName | None = Field(
        default=None, description="Column that says whether it may settle in parts, yes or no; blank is yes."
    )


class Tape(Section):
    """A real day, or several, replayed."""

    path: Annotated[Path, fields.table_path("a tape")] = Field(
        description="The file: .csv, .csv.gz or .parquet, relative to the config that names it."
    )
    currency: Annotated[str, fields.currency] | None = Field(
        default=None, description="Currency of the tape: another place to write flow.currency."
    )
    columns: TapeColumns = Field(description="Which column of the tape holds what.")


class TypedInstruction(Section):
    """One settlement instruction typed by hand; without security a payment, without cash a free delivery."""

    time: TimeOfDay = Field(description="Trade time, HH:MM[:SS[.ffffff]], market-local.")
    day: Annotated[int, fields.count(0, 100_000, "a trade day")] = Field(
        default=0, description="Trade day, counted from 0."
    )
    buyer: MemberName = Field(description="The member that receives the units and pays the cash.")
    seller: MemberName = Field(description="The member that delivers the units and receives the cash.")
    security: SecurityName | None = Field(default=None, description="The security; none for a payment.")
    units: Annotated[int, fields.count(0, of="whole units")] = Field(
        default=0, description="Units of the security, whole."
    )
    cash: Money = Field(default=0, description="Cash, money.")
    priority: Annotated[int, fields.count(1, 9, "a priority, 1 (settles first) to 9,")] = Field(
        default=5, description="Class in the queue, 1 (settles first) to 9; default the middle one."
    )
    deadline: TimeOfDay | None = Field(
        default=None,
        description="Time of the day by which it should settle. Nothing is cancelled for it: it orders the "
        "queue by_deadline, and what is late is reported.",
    )
    hold_until: TimeOfDay | None = Field(
        default=None,
        description="Time of the day from which it may settle (hold and release), layer 3; default at once.",
    )
    partial: Annotated[bool, fields.yes_no] = Field(
        default=True,
        description="Whether it may settle in parts where partial settlement is on, yes or no; default yes.",
    )


class OneFlow(Section):
    """What is traded in one market: a synthetic one, a tape, or instructions typed by hand."""

    currency: Annotated[str, fields.currency] = Field(
        default="USD", description="Three capitals; decides the minor unit (ISO 4217)."
    )
    hours: Annotated[Hours, BeforeValidator(shapes.parse_hours)] | None = Field(
        default=None,
        description="Open and close, 09:30–16:00. Default: those of US equities for a synthetic flow; else "
        "each day's first and last trade, widened to the minute.",
    )
    start: Annotated[datetime.date, BeforeValidator(shapes.parse_date)] | None = Field(
        default=None,
        description="Synthetic and typed: date of trade day 0, such as 2026-11-27; the days after it are "
        "those of the calendar, its business days where one is named. Default: none, and every day is a "
        "business day.",
    )
    calendar: Annotated[str, BeforeValidator(shapes.parse_calendar)] | None = Field(
        default=None,
        description="Business days of a market, by the name that the holidays package has for it, such as "
        "NYSE; needs start, or a tape's dates. Default: none, and every day is a business day.",
    )
    market: Annotated[str, fields.text("the name of a market", slash=False)] | None = Field(
        default=None,
        description="Synthetic: name of the market. Its random streams are its own, so that it trades the "
        "same alone and beside others, and independently of them. Default: none, the streams of no market.",
    )
    settles: Annotated[int, fields.trade_days] = Field(
        default="T+1",
        validate_default=True,
        description="Settlement date in this market, T+n: that of arrangements of layer 2 which state none. "
        "T+1 is the US rule since May 2024.",
    )
    class_days: Annotated[int, fields.count(1, 366, "a number of trade days")] = Field(
        default=1,
        description="Layer 2: trade days that settle together as one class, T+n after the last of them; 21 "
        "are the month of agency mortgage-backed securities. Default 1, each by itself.",
    )
    daily_value: Annotated[int, fields.money(least=1)] | None = Field(
        default=None,
        description="Synthetic: value traded a day, each trade once, money; holds in expectation.",
    )
    trades_per_day: Annotated[int, fields.count(1, 10**11, "a number of trades")] | None = Field(
        default=None, description="Synthetic: trades a day."
    )
    size_cv: Annotated[float, fields.number(0, 1000)] = Field(
        default=2.0,
        description="Synthetic: coefficient of variation of trade value, lognormal. 5 m trades at 2.0 stand "
        "for 100 m at 10, because (1 + cv²)/n is the same.",
    )
    whole_size_cv: Annotated[float, fields.number(0, 1000)] = Field(
        default=10.0,
        description="Synthetic: size_cv of the whole market that these trades stand for, told beside the "
        "figures; the same as size_cv where they are all there are. 10 is that of equities, unverified.",
    )
    profile: Annotated[tuple[float, ...], fields.weights("weights of equal parts of the hours")] = Field(
        default=SPY_HALF_HOURS,
        description="Synthetic: weights of equal parts of the hours. Default: SPY's half hours, five days.",
    )
    securities: Securities = Field(default_factory=Securities, description="Synthetic: the securities.")
    prices: Prices = Field(default_factory=dict, validate_default=True, description="Synthetic: prices.")
    priorities: Annotated[dict[int, float], BeforeValidator(shapes.parse_priorities)] | None = Field(
        default=None,
        description="Synthetic: shares of the instructions by priority, such as {1: 5 %, 3: 20 %}, the rest "
        "5. Default: all are 5. No public figure is known to us.",
    )
    repo: Repo | None = Field(
        default=None,
        description="Repos of securities in place of trades: opening and closing legs. Default: none.",
    )
    tape: Tape | None = Field(default=None, description="A tape, in place of a synthetic flow.")
    instructions: tuple[TypedInstruction, ...] | None = Field(
        default=None,
        description="Instructions typed by hand, in place of a synthetic flow; queued by (time, position).",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """A tape may name the currency; a synthetic flow has hours."""
        if not isinstance(given, dict):
            return given
        given = dict(given)
        tape = given.get("tape")
        if "currency" not in given and isinstance(tape, dict) and fields.is_currency(tape.get("currency")):
            given["currency"] = tape["currency"]
        if not {"tape", "instructions", "markets", "hours"} & given.keys():
            given["hours"] = "09:30–16:00"
        return given

    @property
    def kind(self) -> Literal["synthetic", "repo", "tape", "typed", "markets"]:
        """Where the trades come from."""
        if self.tape is not None:
            return "tape"
        if self.repo is not None:
            return "repo"
        return "synthetic" if self.instructions is None else "typed"


class Member(Section):
    """What one member brings, typed by hand."""

    cash: Money = Field(default=0, description="Cash at the open of each day, money.")
    credit_limit: Money = Field(default=0, description="Intraday credit the member may draw, money.")
    holdings: dict[SecurityName, Annotated[int, fields.count(0, of="whole units")]] = Field(
        default_factory=dict, description="Units held at the first open, by security."
    )


class Participants(Section):
    """Who trades, and what they bring."""

    count: Annotated[int, fields.count(2, 1_000_000, "a number of members")] = Field(
        default=0,
        description="Synthetic: number of members; 0 (not given) for those of a tape or typed flow.",
    )
    concentration: Annotated[float, fields.number(0, 10)] = Field(
        default=1.15,
        description="Synthetic: Zipf exponent of activity; 1.1 to 1.2 over 150 members give the ten largest "
        "about 60 %. Unverified.",
    )
    types: Annotated[dict[str, float], fields.shares(MEMBER_TYPES, "member types")] = Field(
        default_factory=lambda: {"client_broker": 0.6, "market_maker": 0.2, "custodian": 0.2},
        description="Synthetic: shares of the members by type, 100 % in all. Unverified, a sketch.",
    )
    imbalance: Annotated[float, fields.share()] = Field(
        default=0.07,
        description="Synthetic: s.d. of a directional member's daily imbalance, share of its own activity; "
        "a sketch of the mix with which one netting cycle leaves 4.3 % of gross (NSCC 2020).",
    )
    core: Annotated[float, fields.share()] = Field(
        default=0.2, description="Synthetic: share of the members in the core of the network. Unverified."
    )
    issuers: Annotated[bool, fields.yes_no] = Field(
        default=False,
        description="Synthetic: whether the core are issuers, yes or no, such as funds: they trade with the "
        "others only, and the others only with them, subscribing (issuers sell) and redeeming. Default no.",
    )
    funding: FundingField = Field(
        default_factory=lambda: Funding(kind="unlimited"),
        description="Cash and credit of every member: unlimited, {prefunding, credit_limit} in money, or a "
        "file with columns member, cash, credit_limit. prefunding also 10 % of expected outflow, or 99 % of "
        "history with first, the opening of the first day. Default: what typed members bring, else "
        "unlimited.",
    )
    holdings: HoldingsField = Field(
        default_factory=lambda: Holdings(kind="ample"),
        description="Securities of every member: ample, 1.2 days (of expected sales), or a file with columns "
        "member, security, units. Default: what typed members bring, else ample.",
    )
    members: dict[MemberName, Member] | None = Field(
        default=None, description="Members typed by hand, in the order that fills deliveries."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Members typed by hand bring what they say, unless funding or holdings say otherwise."""
        if not isinstance(given, dict) or "members" not in given:
            return given
        return {"funding": "members", "holdings": "members", **given}


class Market(Section):
    """One of several markets: its flow and who trades it, as in a config of its own."""

    flow: OneFlow = Field(default_factory=dict, validate_default=True, description="What is traded in it.")
    participants: Participants = Field(
        default_factory=Participants,
        description="Who trades in it; what they bring is said of all markets together.",
    )


class Flow(OneFlow):
    """What is traded: one market, or several at once."""

    markets: dict[MarketName, Market] | None = Field(
        default=None,
        description="Several markets at once, by name: a config or the name of a shipped one, such as "
        "{bonds: markets/treasuries}, or a mapping of extends, flow and participants. In place of a market, "
        "a tape or instructions.",
    )
    members: Annotated[str, fields.choice(("shared", "separate"))] = Field(
        default="shared",
        description="Of several markets: shared, the k-th largest member of one is that of the others and "
        "its cash and credit serve all; or separate, each market has members and cash of its own.",
    )

    @property
    def kind(self) -> Literal["synthetic", "repo", "tape", "typed", "markets"]:
        """Where the trades come from."""
        return super().kind if self.markets is None else "markets"

    @property
    def synthetic(self) -> bool:
        """Whether trades are drawn, of one market or of several."""
        return self.kind == "synthetic" or self.markets is not None

    @property
    def expected_value(self) -> int:
        """Value traded a day in expectation, minor units, of all synthetic markets."""
        one = [market.flow for market in (self.markets or {}).values()] or [self]
        return sum(flow.daily_value or 0 for flow in one)
