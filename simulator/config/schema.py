"""What a config may say: one frozen model a section, one line a key with its unit, reason and source.

Models hold exact values (money in minor units, durations and times in µs); what they are made from is
people's text, through ``simulator.load``. ``describe`` gives the keys as a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from simulator.config import fields, shapes
from simulator.config.cash_legs import CashLeg, fill_legs
from simulator.config.chain import Capacity, ChainSection, Reuse, parse_reuse
from simulator.config.credit import Facility, Haircut, LendingLimit, SecuritiesLending
from simulator.config.disruptions import Disruption, listed_faults
from simulator.config.errors import Problem
from simulator.config.funding import Funding
from simulator.config.gross import (
    GROUPING_RULES,
    QUEUE_ORDERS,
    QUEUE_SPELLINGS,
    LiquiditySaving,
    PartialSettlement,
)
from simulator.config.market import (
    Flow,
    FundingField,
    HoldingsField,
    Member,
    Participants,
    Prices,
    Section,
    Securities,
    Tape,
    TapeColumns,
    TimeOfDay,
    TypedInstruction,
)
from simulator.config.shapes import Cycles, Holdings, Hours
from simulator.config.treasury import Treasury
from simulator.config.tree import KeyPath, Node, join_key, locate, split_key
from simulator.config.wallets import Wallets

__all__ = [
    "GROUPING_RULES",
    "QUEUE_ORDERS",
    "Arrangement",
    "Capacity",
    "CashLeg",
    "ChainSection",
    "Config",
    "Cycles",
    "Disruption",
    "Facility",
    "Flow",
    "Funding",
    "Haircut",
    "Holdings",
    "Hours",
    "LendingLimit",
    "LiquiditySaving",
    "Member",
    "PartialSettlement",
    "Participants",
    "Prices",
    "Reuse",
    "Section",
    "Securities",
    "SecuritiesLending",
    "Tape",
    "TapeColumns",
    "Treasury",
    "TypedInstruction",
    "Wallets",
]

Name: TypeAlias = Annotated[str, fields.text("a name", slash=False)]
Facilities: TypeAlias = dict[Name, Facility]
CashLegs: TypeAlias = Annotated[dict[Name, CashLeg], BeforeValidator(fill_legs)]
Faults: TypeAlias = Annotated[tuple[Disruption, ...], BeforeValidator(listed_faults)]


class Arrangement(Section):
    """One way to settle the flow."""

    layer: Annotated[Literal[2, 3], BeforeValidator(shapes.parse_layer)] = Field(
        description="2 (netted at a clearing house) or 3 (gross, delivery versus payment on a chain)."
    )
    settles: Annotated[int, fields.trade_days] = Field(
        default=0,
        description="Layer 2: settlement date, T+n in trade days. Default T+1, the US rule since May 2024.",
    )
    cycles: Annotated[Cycles, BeforeValidator(shapes.parse_cycles)] | None = Field(
        default=None,
        description="Layer 2 at T+0: netting cycles a day: every 1 h, a list of times, or a number of equal "
        "intervals; the close is always the last. Default: the close alone.",
    )
    cut_off: TimeOfDay | None = Field(
        default=None,
        description="Layer 2 from T+1: time of the cycle on the settlement date. Default: the close.",
    )
    block: Annotated[int | None, BeforeValidator(shapes.parse_block)] = Field(
        default=None,
        description="Layer 3: interval between blocks, a duration from 1 ms, or continuous. Default: that of "
        "chain.preset, else continuous.",
    )
    reuse: Annotated[Reuse, BeforeValidator(parse_reuse)] = Field(
        default_factory=Reuse,
        description="Layer 3: when cash and units received can be used again: at_once, next_block, "
        "at_finality (of the chain), at_close; or {cash: at_finality, units: at_once}. Default at_once.",
    )
    queue: Annotated[str, fields.rule(QUEUE_ORDERS, QUEUE_SPELLINGS)] = Field(
        default="fifo_bypass",
        description="Layer 3: what waits settles in the order of priority, then of this: fifo_bypass, oldest "
        "first; largest_first, smallest_first, by cash; by_deadline; package.module:name of your own. What "
        "can settle passes what cannot, but under fifo_strict no earlier one of the same member.",
    )
    release: Annotated[str, fields.rule(())] | None = Field(
        default=None,
        description="Layer 3: package.module:name of a rule that says from when each instruction may settle. "
        "Default: from its time, or hold_until.",
    )
    liquidity_saving: (
        Annotated[tuple[LiquiditySaving, ...], fields.one_or_many("{rule, every} or a list of such")] | None
    ) = Field(
        default=None,
        description="Layer 3: liquidity-saving mechanisms beside the queue, one or a list, run in the order "
        "written. Default: none.",
    )
    partial_settlement: PartialSettlement | None = Field(
        default=None, description="Layer 3: windows in which instructions settle in parts. Default: none."
    )
    credit: Facilities | None = Field(
        default=None, description="As credit, for this arrangement alone; {} for none."
    )
    securities_lending: SecuritiesLending | None = Field(
        default=None, description="Layer 3: units that may be borrowed to deliver. Default: none."
    )
    funding: FundingField | None = Field(
        default=None, description="As participants.funding, for this arrangement alone."
    )
    holdings: HoldingsField | None = Field(
        default=None, description="As participants.holdings, for this arrangement alone."
    )
    chain: ChainSection | None = Field(
        default=None, description="Layer 3: as chain, for this arrangement alone; {} for none."
    )
    wallets: Wallets | None = Field(
        default=None, description="Layer 3: as wallets, for this arrangement alone; {} for none."
    )
    cash_leg: CashLegs | None = Field(
        default=None, description="Layer 3: as cash_leg, for this arrangement alone; {} for none."
    )
    treasury: Treasury | None = Field(
        default=None, description="Layer 3: as treasury, for this arrangement alone; {} for none."
    )
    faults: Faults | None = Field(
        default=None, description="Layer 3: as faults, for this arrangement alone; [] for none."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Netting settles the day after the trade unless told otherwise."""
        if not isinstance(given, dict) or "settles" in given:
            return given
        netted = str(fields.bare(given.get("layer"))).strip() == "2"
        return {**given, "settles": "T+1" if netted else "T+0"}


class Config(Section):
    """One experiment: a flow, who trades it, and the arrangements that settle it."""

    name: Annotated[str, fields.text("a name", slash=False)] = Field(
        default="experiment", description="Name of the experiment and of its results. Default: the file's."
    )
    seed: Annotated[int, fields.count(0, 2**63 - 1)] = Field(
        default=0, description="Seed of every random stream."
    )
    days: Annotated[int, fields.count(1, 100_000, "a number of trade days")] | None = Field(
        default=None,
        description="Trade days. Default 1; of a tape its dates, of typed instructions their days.",
    )
    flow: Flow = Field(default_factory=dict, validate_default=True, description="What is traded.")
    participants: Participants = Field(default_factory=Participants, description="Who trades.")
    arrangements: dict[Annotated[str, fields.text("a name", slash=False)], Arrangement] = Field(
        description="The ways to settle, by any names."
    )
    credit: Facilities | None = Field(
        default=None,
        description="Facilities of intraday credit by name, in the order they are drawn. Default: "
        "funding.credit_limit alone.",
    )
    chain: ChainSection | None = Field(
        default=None, description="The chain of every arrangement of layer 3. Default: one without limits."
    )
    wallets: Wallets | None = Field(
        default=None, description="Whose wallets are registered. Default: all are."
    )
    cash_leg: CashLegs | None = Field(
        default=None,
        description="Cash on the chain: a kind (stablecoin, tokenized_deposit, wholesale_cbdc), or legs by "
        "name. Default: one money that needs no minting.",
    )
    treasury: Treasury | None = Field(
        default=None, description="How treasurers act in the day. Default: not at all."
    )
    faults: Faults | None = Field(default=None, description="What breaks, a list. Default: nothing.")
    baseline: Annotated[str, fields.text("the name of an arrangement")] = Field(
        default="", description="The arrangement that the others are compared with. Default: the first."
    )

    _tree: Node | None = PrivateAttr(default=None)
    _source: str = PrivateAttr(default="")
    _base_dir: Path = PrivateAttr(default=Path())

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        arrangements = given.get("arrangements") if isinstance(given, dict) else None
        if not isinstance(arrangements, dict) or not arrangements or "baseline" in given:
            return given
        return {**given, "baseline": next(iter(arrangements))}

    @property
    def source(self) -> str:
        """What the config was loaded from, for messages."""
        return self._source

    @property
    def base_dir(self) -> Path:
        """The folder of the config file; the current one for a config given from Python."""
        return self._base_dir

    def __eq__(self, other: object) -> bool:
        """Equal if they say the same, wherever they were loaded from."""
        return isinstance(other, Config) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def credit_of(self, arrangement: str) -> dict[str, Facility]:
        """Facilities of an arrangement, in the order they are drawn: its own, else those of all."""
        own = self.arrangements[arrangement].credit
        return (self.credit or {}) if own is None else own

    def chain_of(self, arrangement: str) -> ChainSection:
        """The chain of an arrangement, presets merged in; one without limits where none is stated."""
        return self._of(arrangement, "chain") or ChainSection()

    def wallets_of(self, arrangement: str) -> Wallets | None:
        """Wallets of an arrangement; None where all are registered and nothing happens to them."""
        wallets = self._of(arrangement, "wallets")
        if wallets is None or (wallets.registered.kind == "all" and not wallets.events):
            return None
        return wallets

    def legs_of(self, arrangement: str) -> dict[str, CashLeg]:
        """Cash legs of an arrangement by name; none where none is stated."""
        return self._of(arrangement, "cash_leg") or {}

    def treasury_of(self, arrangement: str) -> Treasury | None:
        """How treasurers act in an arrangement; None where they do not."""
        treasury = self._of(arrangement, "treasury")
        return treasury if treasury is not None and treasury.every else None

    def faults_of(self, arrangement: str) -> tuple[Disruption, ...]:
        """What breaks in an arrangement, as listed."""
        return self._of(arrangement, "faults") or ()

    def stated(self, arrangement: str, section: str) -> KeyPath:
        """Where the section stands that an arrangement goes by: its own, else that of all."""
        own = getattr(self.arrangements[arrangement], section) is not None
        return ("arrangements", arrangement, section) if own else (section,)

    def _of(self, arrangement: str, section: str) -> Any:
        """A section of layer 3: the arrangement's own, else that of all; None in layer 2."""
        one = self.arrangements[arrangement]
        own = getattr(one, section)
        if one.layer == 2:
            return None
        return getattr(self, section) if own is None else own

    def resolved(self) -> dict[str, Any]:
        """The config in full, in people's units; written as YAML it loads back to an equal one."""
        from simulator.config.resolved import resolved

        return resolved(self)

    def locate(self, key: str) -> tuple[str, int | None]:
        """File and line where a dotted key was written, or where it would stand; ("", None) if unknown."""
        path = split_key(key)
        if path is None or self._tree is None:
            return "", None
        place, _ = locate(self._tree, tuple(int(step) if step.isdecimal() else step for step in path))
        return place.file, place.line

    def problem(self, key: str, message: str) -> Problem:
        """A problem found later (in a tape, in a list of members), at the line that states ``key``."""
        path = split_key(key)
        if path is None or self._tree is None:
            return Problem(message, key)
        place, written = locate(self._tree, tuple(int(step) if step.isdecimal() else step for step in path))
        return Problem(message, join_key(written), place.file, place.line)
