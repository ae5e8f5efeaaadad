"""What a config says of treasurers: when members top up, give back, and hold payments back.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.config import fields
from simulator.config.market import Money, Section

RELEASES = ("at_once", "paced", "wait_for_inflow")


class TopUp(Section):
    """When an account is topped up, and how far."""

    below: Money = Field(description="Cash, with what is being minted, below which it is topped up, money.")
    to: Money = Field(description="What it is topped up to, money.")


class Withdraw(Section):
    """When an account gives cash back, and how far."""

    above: Money = Field(description="Cash above which what is over is given back, money.")
    to: Money = Field(description="What is kept, money.")


class Treasury(Section):
    """How every member's treasurer acts."""

    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] = Field(
        default=0, description="Interval at which treasurers act, a duration from the open; needed."
    )
    top_up: TopUp | None = Field(default=None, description="When more cash is brought. Default: never.")
    withdraw: Withdraw | None = Field(default=None, description="When cash is given back. Default: never.")
    release: Annotated[Literal["at_once", "paced", "wait_for_inflow"], fields.choice(RELEASES)] = Field(
        default="at_once",
        description="What is not urgent is paid at_once (default); paced, so that cash lasts until the "
        "close; or wait_for_inflow, out of what comes in.",
    )
    reserve: Money = Field(
        default=0, description="Cash and credit kept for what is urgent, money. Default none."
    )
    urgent: Annotated[int, fields.count(1, 8, "a priority, 1 (settles first) to 8,")] = Field(
        default=2,
        description="Priorities from 1 to this are urgent; default 2, the two highest. Unverified.",
    )
    policy: Annotated[str, fields.rule(())] | None = Field(
        default=None,
        description="package.module:name of a policy of your own, in place of top_up, withdraw, release and "
        "reserve. Default: none.",
    )
