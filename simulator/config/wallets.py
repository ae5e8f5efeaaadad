"""What a config says of wallets: whose are registered, and what happens to them in the day.

One frozen model a section, one line a key with its unit and reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.config import fields
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.fields import bare, unknown_key
from simulator.config.gross import parse_members
from simulator.config.market import MemberName, Section, SecurityName, TimeOfDay
from simulator.config.shapes import Shape

ACTIONS = ("register", "freeze", "unfreeze", "transfer")

TradeDay = Annotated[int, fields.count(0, 100_000, "a trade day")]


class Registered(Shape):
    """Whose wallets are registered at the first open: all, only some members', or all but some."""

    kind: Literal["all", "only", "except"] = "all"
    members: tuple[str, ...] = ()


def parse_registered(given: Any) -> Registered:
    """``all``, a list of members, or ``{except: [A, B]}``.

    Examples
    --------
    >>> parse_registered(["A"]), parse_registered({"except": ["B"]})
    (Registered(kind='only', members=('A',)), Registered(kind='except', members=('B',)))
    """
    value = bare(given)
    if isinstance(value, Registered):
        return value
    if value == "all":
        return Registered()
    if isinstance(value, list | tuple):
        return Registered(kind="only", members=parse_members(value) or () if value else ())
    if not isinstance(value, dict) or not value:
        raise NotAllowedError(value, "give all, a list of members such as [A, B], or {except: [A, B]}")
    unknown = [((key,), unknown_key(key, ["except"])) for key in value if key != "except"]
    if unknown:
        raise FaultsError(unknown)
    excepted = bare(value["except"])
    if not isinstance(excepted, list | tuple) or not excepted:
        raise FaultsError([(("except",), "give a list of members such as [A, B]")])
    try:
        return Registered(kind="except", members=parse_members(excepted) or ())
    except FaultsError as error:
        raise FaultsError([(("except", *path), message) for path, message in error.faults]) from None


class WalletEvent(Section):
    """What the registrar does to a wallet at a time of the day."""

    time: TimeOfDay = Field(description="When, a time of the day.")
    day: TradeDay | None = Field(
        default=None, description="On which trade day, counted from 0. Default: every day."
    )
    action: Annotated[Literal["register", "freeze", "unfreeze", "transfer"], fields.choice(ACTIONS)] = Field(
        description="register, freeze, unfreeze; or transfer, forced: units move from member to another."
    )
    member: MemberName = Field(description="Whose wallet.")
    to: MemberName | None = Field(default=None, description="Of a transfer: the member that receives.")
    security: SecurityName | None = Field(default=None, description="Of a transfer: the security.")
    units: Annotated[int, fields.count(0, of="whole units")] = Field(
        default=0, description="Of a transfer: units, whole; cut to what member holds free."
    )


class Wallets(Section):
    """Whose wallets may hold the securities, as ERC-3643's identity registry says."""

    registered: Annotated[Registered, BeforeValidator(parse_registered)] = Field(
        default_factory=Registered,
        description="Members registered at the first open: all, a list, or {except: [A, B]}. Default all.",
    )
    unregistered: Annotated[Literal["wait", "refuse"], fields.choice(("wait", "refuse"))] = Field(
        default="wait",
        description="Instructions of members not registered: wait (default) until they are, or refuse for "
        "good at their first event.",
    )
    events: tuple[WalletEvent, ...] = Field(
        default=(), description="What happens to wallets in the day, in the order listed. Default: nothing."
    )
