"""What a config may say: one frozen model a section, one line a key with its unit, reason and source.

Models hold exact values (money in minor units, durations and times in µs); what they are made from is
people's text, through ``simulator.load``. ``describe`` gives the keys as a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, model_validator

from simulator.config import fields
from simulator.config.arrangement import Arrangement, CashLegs, Facilities, Faults, Name
from simulator.config.book_entry import BookEntry
from simulator.config.cash_legs import CashLeg
from simulator.config.chain import Capacity, ChainSection, Reuse
from simulator.config.clearing import BuyIn
from simulator.config.costs import Costs
from simulator.config.credit import Facility, Haircut, LendingLimit, SecuritiesLending
from simulator.config.disruptions import Disruption
from simulator.config.errors import Problem
from simulator.config.funding import Funding
from simulator.config.gross import GROUPING_RULES, QUEUE_ORDERS, LiquiditySaving, PartialSettlement
from simulator.config.margin import Margin
from simulator.config.market import (
    Flow,
    Member,
    Participants,
    Prices,
    Section,
    Securities,
    Tape,
    TapeColumns,
    TypedInstruction,
)
from simulator.config.shapes import Cycles, Holdings, Hours
from simulator.config.sweep import Size, Sweep
from simulator.config.treasury import Treasury
from simulator.config.tree import KeyPath, Node, Place, Table, from_python, join_key, locate, split_key
from simulator.config.wallets import Wallets

__all__ = [
    "GROUPING_RULES",
    "QUEUE_ORDERS",
    "Arrangement",
    "BookEntry",
    "BuyIn",
    "Capacity",
    "CashLeg",
    "ChainSection",
    "Config",
    "Costs",
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
    "Size",
    "Sweep",
    "Tape",
    "TapeColumns",
    "Treasury",
    "TypedInstruction",
    "Wallets",
]


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
    arrangements: dict[Name, Arrangement] = Field(
        description="The ways to settle, by any names. Default: net, netted at layer 2, and gross, in 12 s "
        "blocks at layer 3 with receipts re-used at the next block."
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
    margin: Margin | None = Field(
        default=None,
        description="Margin of what is unsettled, deposits of members of a clearing house, and a default. "
        "Default: none.",
    )
    costs: Costs | None = Field(
        default=None, description="What cash, credit, collateral and fails cost. Default: nothing is priced."
    )
    baseline: Annotated[str, fields.text("the name of an arrangement")] = Field(
        default="", description="The arrangement that the others are compared with. Default: the first."
    )
    sweep: Sweep | None = Field(default=None, description="Many runs of this config. Default: one run.")
    size: Size | None = Field(default=None, description="What netgross size looks for. Default: nothing.")

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
    def tree(self) -> Table:
        """What the config was read from; of one made otherwise, what it would be written as."""
        if isinstance(self._tree, Table):
            return self._tree
        written = from_python(self.resolved(), Place(self._source, None, self._base_dir))
        assert isinstance(written, Table)
        return written

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
        """Facilities of an arrangement, in the order they are drawn: its own, else those of all.

        Where deliveries are by book entry, net debit caps stand in their place.
        """
        if self.arrangements[arrangement].book_entry is not None:
            return {}
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

    def margin_of(self, arrangement: str) -> Margin | None:
        """Margin of an arrangement, its own or that of all; None without, and with book-entry deliveries."""
        one = self.arrangements[arrangement]
        if one.book_entry is not None:
            return None
        return self.margin if one.margin is None else one.margin

    def stated(self, arrangement: str, section: str) -> KeyPath:
        """Where the section stands that an arrangement goes by: its own, else that of all."""
        own = getattr(self.arrangements[arrangement], section) is not None
        return ("arrangements", arrangement, section) if own else (section,)

    def _of(self, arrangement: str, section: str) -> Any:
        """A section of layer 3: the arrangement's own, else that of all; None in layer 2."""
        one = self.arrangements[arrangement]
        own = getattr(one, section)
        if one.netted:
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
