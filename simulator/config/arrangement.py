"""What a config says of one arrangement: how it settles the flow.

One frozen model, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from simulator.config import fields, shapes
from simulator.config.book_entry import BookEntry
from simulator.config.cash_legs import CashLeg, fill_legs
from simulator.config.chain import ChainSection, Reuse, parse_reuse
from simulator.config.clearing import Banks, BuyIn, Exemptions, Groups
from simulator.config.credit import Facility, SecuritiesLending
from simulator.config.disruptions import Disruption, listed_faults
from simulator.config.gross import QUEUE_ORDERS, QUEUE_SPELLINGS, LiquiditySaving, PartialSettlement
from simulator.config.margin import Margin
from simulator.config.market import FundingField, HoldingsField, Section, TimeOfDay
from simulator.config.pilot import Pilot
from simulator.config.routing import Routing
from simulator.config.shapes import Cycles
from simulator.config.treasury import Treasury
from simulator.config.wallets import Wallets

Name: TypeAlias = Annotated[str, fields.text("a name", slash=False)]
Facilities: TypeAlias = dict[Name, Facility]
CashLegs: TypeAlias = Annotated[dict[Name, CashLeg], BeforeValidator(fill_legs)]
Faults: TypeAlias = Annotated[tuple[Disruption, ...], BeforeValidator(listed_faults)]


class Arrangement(Section):
    """One way to settle the flow."""

    layer: Annotated[Literal[1, 2, 3], BeforeValidator(shapes.parse_layer)] = Field(
        description="1 (a token stands for the security, all else as layer 2), 2 (netted at a clearing "
        "house) or 3 (gross, delivery versus payment on a chain)."
    )
    settles: Annotated[int, fields.trade_days] = Field(
        default=0,
        description="Layer 2: settlement date, T+n in trade days. Default: that of the market, flow.settles.",
    )
    cycles: Annotated[Cycles, BeforeValidator(shapes.parse_cycles)] | None = Field(
        default=None,
        description="Layer 2 at T+0: netting cycles a day: every 1 h, a list of times, or a number of equal "
        "intervals; the close is always the last. Default: the close alone.",
    )
    cut_off: TimeOfDay | None = Field(
        default=None,
        description="Layer 2 from T+1, and with book_entry: time of the cycle and of money settlement on the "
        "settlement date. Default: the close.",
    )
    book_entry: BookEntry | None = Field(
        default=None,
        description="Layer 2: what is delivered one by one through the day, its money paid once at the end "
        "(at cut_off, else the close): DvP model 2. Default: nothing, all is netted.",
    )
    carry: Annotated[bool, fields.yes_no] = Field(
        default=False,
        description="Layer 2: whether what a settlement day could not deliver stays open at the clearing "
        "house and is marked to market, yes or no; default no, and fails are only reported.",
    )
    night_cycle: TimeOfDay | None = Field(
        default=None,
        description="Layer 2 with carry: time of the settlement date, before the open, at which units are "
        "delivered first; paid with the next cycle. Default: none. NSCC's is at night, about 01:30.",
    )
    exemptions: Exemptions = Field(
        default_factory=dict,
        description="Layer 2 with a night cycle: by member the securities it does not deliver then, a list "
        "or all. Default none.",
    )
    delivery_priority: Groups = Field(
        default_factory=dict,
        description="Layer 2 with carry: by member 1 (receives first) to 9; default 5 for others.",
    )
    buy_in: BuyIn | None = Field(
        default=None,
        description="Layer 2 with carry: {after: 2 days, premium: 1 %}, what longs have waited for is bought "
        "outside. Default: never.",
    )
    settling_banks: Banks = Field(
        default_factory=dict,
        description="Layer 2: by bank the members whose cash it settles as one figure. Default: every member "
        "settles for itself.",
    )
    pilot: Pilot | None = Field(
        default=None,
        description="Layer 2: entitlements as tokens beside the book; {} for one in which nothing happens. "
        "Default: none.",
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
    routing: Routing | None = Field(
        default=None,
        description="Layers 1 and 2: what leaves the netted pool and settles gross on chain. Default: none.",
    )
    margin: Margin | None = Field(default=None, description="As margin, for this arrangement alone.")
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

    @property
    def netted(self) -> bool:
        """Whether it settles at a clearing house: at layer 2, and at layer 1 just so."""
        return self.layer in (1, 2)
