"""What a config says of gross settlement beside its blocks: groups that offset, settlement in parts.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from simulator.config import fields
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.market import Money, Section

QUEUE_ORDERS = ("fifo_bypass", "fifo_strict", "largest_first", "smallest_first", "by_deadline")

QUEUE_SPELLINGS = {"strict_fifo": "fifo_strict", "bypass_fifo": "fifo_bypass"}

GROUPING_RULES = (
    "multilateral_offset",
    "bilateral_offset",
    "ring_offset",
    "batch_auction",
    "exact_optimum",
    "look_ahead",
)

BEFORE_LOOP = ("batch_auction",)
"""Rules that choose among all before anything settles by itself, so that every block is their turn."""


class LiquiditySaving(Section):
    """A rule that settles groups of waiting instructions on their net effect, when its turn comes."""

    rule: Annotated[str, fields.rule(GROUPING_RULES)] = Field(
        description=f"The rule: {', '.join(GROUPING_RULES)}, or package.module:name of your own."
    )
    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] | None = Field(
        default=None,
        description="Interval, a duration from the open; it runs at the close too. Default: every block, "
        "where longer_than is given or the rule is batch_auction.",
    )
    longer_than: Annotated[int, fields.count(0, of="a number of waiting instructions")] | None = Field(
        default=None,
        description="Runs only if more instructions than this wait when its turn comes. Default: always.",
    )


def parse_members(given: Any) -> tuple[str, ...] | None:
    """``all`` (None), or a list of names."""
    value = fields.bare(given)
    if isinstance(value, str) and value.strip() == "all":
        return None
    if not isinstance(value, list | tuple) or not value:
        raise NotAllowedError(value, "give all, or a list of members such as [A, B]")
    names = fields.parse_each(enumerate(value), lambda name: fields.parse_text(name, "the name of a member"))
    twice = [(at, name) for at, name in names.items() if name in list(names.values())[: int(at)]]
    if twice:
        raise FaultsError(((at,), f"{name} is listed twice; keep one") for at, name in twice)
    return tuple(names.values())


class PartialSettlement(Section):
    """Windows in which an instruction that waits settles as much of itself as it can."""

    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] = Field(
        description="Interval between windows, a duration from the open; one at the close too."
    )
    minimum: Money = Field(
        default=0,
        description="Cash of the smallest part, money; of a free delivery any unit will do. Default none. "
        "T2S knows a threshold by security, its figures unverified.",
    )
    members: Annotated[tuple[str, ...] | None, BeforeValidator(parse_members)] = Field(
        default=None,
        description="Who settles in parts, if both sides do: all (default), or a list of members.",
    )
