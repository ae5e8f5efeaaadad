"""What a trace knows besides the rows: the config, the days, their hours, and what members brought."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow.compute as pc

from simulator.config.errors import InputError
from simulator.config.units import write_time
from simulator.layers.agenda import memoryless_blocks
from simulator.layers.schedule import grid
from simulator.market.flow import DAY, FlowSize, Int64, TradeDay
from simulator.market.hours import label_day, widen
from simulator.market.members import endow
from simulator.market.streams import stream

from .life import Step
from .rows import InstructionRows, Row

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Arrangement, Config
    from simulator.market.flow import Flow

DAY_COLUMNS = ("arrangement", "day", "label", "trade_day", "unsettled_value")

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?: \+ (\d+))?")
"""A settlement day's label: a date, and how many days it lies after it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a buyer could spend and a seller deliver when the run opened; None is without limit."""

    cash: int | None
    units: int | None


class Setting:
    """One run, as far as its rows do not say it themselves.

    Parameters
    ----------
    days : the table of settlement days, of which ``DAY_COLUMNS``
    """

    def __init__(self, config: Config, days: pl.DataFrame, rows: InstructionRows) -> None:
        self.config, self.rows = config, rows
        self._days = {(one["arrangement"], one["day"]): one for one in days.select(DAY_COLUMNS).to_dicts()}

    @property
    def currency(self) -> str:
        return self.config.flow.currency

    @property
    def trade_days(self) -> int:
        """How many trade days the run has."""
        return len({one["trade_day"] for one in self._days.values()})

    def trade_day(self, row: Row) -> int:
        """The trade day of a row that stands with its settlement day."""
        if self.was_sent(row):
            return row.day
        return int(self._days[row.arrangement, row.day]["trade_day"])

    def was_sent(self, row: Row) -> bool:
        """Whether a hybrid sent a row to the chain, as far as it can be told: it settled, or did not, on its
        trade date, and what is netted falls due later."""
        one = self.config.arrangements[row.arrangement]
        if one.routing is None or one.settles == 0:
            return False
        return row.settled_at is None or row.settled_at // DAY == row.time // DAY

    def _label(self, row: Row) -> str:
        """The label of the day on which a row settles; of one that was sent, of its trade day."""
        if not self.was_sent(row):
            return str(self._days[row.arrangement, row.day]["label"])
        own = (one for (_, day), one in self._days.items() if day == row.day == one["trade_day"])
        return str(next(own, {"label": ""})["label"])

    def withheld(self, row: Row) -> int:
        """Layer 2: what cycles of the row's settlement day withheld for units not delivered, minor units."""
        return int(self._days[row.arrangement, row.day]["unsettled_value"])

    def name_day(self, row: Row, time: int) -> str:
        """The date on which a moment of a row's life lies; without dates the number of the day.

        The label of the row's settlement day dates the run's first midnight.
        """
        dated = _DATED.fullmatch(self._label(row))
        if dated is None:
            return label_day(time // DAY)
        on_that_day = row.time if row.settled_at is None else row.settled_at
        away = int(dated[2] or 0) + time // DAY - on_that_day // DAY
        return str(datetime.date.fromisoformat(dated[1]) + datetime.timedelta(away))

    def clock(self, row: Row, time: int) -> str:
        """A moment of a row's life: the time of the day, with its date if that is not the day it entered."""
        told = write_time(time % DAY)
        return told if time // DAY == row.time // DAY else f"{self.name_day(row, time)}, {told}"

    def step(self, row: Row, time: int, text: str) -> Step:
        """A step of a row's life."""
        return Step(time, self.clock(row, time), text)

    def hours(self, row: Row) -> tuple[int, int]:
        """Open and close of the trade day on which a row entered, in µs of the run's clock."""
        midnight = row.time // DAY * DAY
        first, last = self.rows.times(row.arrangement, row.day)
        opens, closes = widen(max(0, first - midnight), last - midnight)
        given = self.config.flow.hours
        if given is not None:
            opens, closes = given.opens, max(given.closes, closes)
        return midnight + opens, midnight + closes

    def first_event(self, arrangement: Arrangement, row: Row) -> int:
        """The first event that could settle a row in layer 3: its own time, or the first block from it on."""
        if arrangement.block is None:
            return row.time
        opens, closes = self.hours(row)
        if self.config.chain_of(row.arrangement).block_times == "memoryless":
            day = TradeDay(self.trade_day(row), 0, opens, closes, "")
            blocks = memoryless_blocks(arrangement.block, partial(stream, self.config.seed, "blocks"))
            return next(time for time in blocks(day) if time >= row.time)
        passed = max(0, -(-(row.time - opens) // arrangement.block))
        return min(next(grid(opens + passed * arrangement.block, closes, arrangement.block)), closes)

    def _has_more(self, arrangement: Arrangement, name: str) -> bool:
        """Whether balances follow more than settlements: credit, lending, finality, wallets, faults."""
        config, reuse = self.config, arrangement.reuse
        funding = arrangement.funding or config.participants.funding
        looks_back = funding.prefunding_outflow is not None or funding.history is not None
        stated = (
            config.credit_of(name),
            arrangement.securities_lending,
            config.wallets_of(name),
            config.legs_of(name),
            config.treasury_of(name),
            config.faults_of(name),
            config.chain_of(name).capacity,
        )
        mixed = reuse.cash != reuse.units or reuse.cash == "at_finality"
        return any(stated) or mixed or looks_back

    def opening(self, arrangement: Arrangement, row: Row) -> Opening | None:
        """What the row's buyer and seller brought; None where it cannot be told from config and rows.

        It cannot where a file that says it is gone, or where cash or units come and go otherwise.
        """
        if self._has_more(arrangement, row.arrangement):
            return None
        try:
            brought = endow(self.config, arrangement, cast("Flow", _Pair(self, row)))
        except (InputError, OSError):
            return None
        cash = None if brought.cash is None else int(brought.cash[0] + brought.credit_limit[0])
        held = brought.holdings
        units = None if held is None else int(held.units[held.member == 1].sum())
        return Opening(cash, units)


class _Pair:
    """A row's buyer (0), seller (1) and security as a flow, as far as what members bring is asked of one."""

    def __init__(self, setting: Setting, row: Row) -> None:
        self.setting, self.row = setting, row
        self.members = (row.buyer, row.seller)
        self.member_types = ("", "")
        self.securities = () if row.security is None else (row.security,)
        self.days, self.notices = (), ()
        self.size = FlowSize(0, 0, 0)

    def __getattr__(self, name: str) -> object:
        """Whatever else is asked of a flow, a pair alone cannot tell."""
        raise InputError(f"{name} of the flow is not known from its instructions")

    def expected_sales(self, member: int) -> Int64:
        """Units a day that the seller is expected to sell of the security, as the whole flow says it."""
        sales = [self._sales if member == 1 else 0 for _ in self.securities]
        return np.array(sales, np.int64)

    @cached_property
    def _sales(self) -> int:
        row, setting = self.row, self.setting
        if setting.config.flow.synthetic:
            from simulator.market.open import open_flow

            flow = open_flow(setting.config)
            sales = flow.expected_sales(flow.members.index(row.seller))
            return int(sales[flow.securities.index(str(row.security))])
        sold = setting.rows.pick(
            row.arrangement,
            ["buyer", "seller", "security", "units"],
            lambda table: pc.and_(
                pc.and_(pc.equal(table["seller"], row.seller), pc.equal(table["security"], row.security)),
                pc.invert(pc.equal(table["buyer"], row.seller)),
            ),
            (0, 1 << 62),
        )
        return round(Fraction(pc.sum(sold["units"]).as_py() or 0, setting.trade_days))  # half to even
