"""What a config says of book-entry deliveries versus payment through the day, DvP model 2.

One frozen model a section, one line a key with its unit, reason and source.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo

from simulator.config import fields, units
from simulator.config.credit import ExactShare, Haircut, parse_haircut, write_fraction
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import bare, currency_of, unknown_key
from simulator.config.gross import parse_members
from simulator.config.market import MEMBER_TYPES, Money, Section, TimeOfDay
from simulator.config.shapes import Shape

LARGEST_CAP = "2.15 bn"
"""The most that DTC allows one participant, in US dollars; the same figure in any other currency."""


class Routing(Shape):
    """Which instructions are delivered by book entry: all, those of a type or of members, or a share."""

    kind: Literal["all", "types", "members", "share"] = "all"
    names: tuple[str, ...] = ()
    share: Fraction = Fraction(1)


class ByMember(Shape):
    """An amount, minor units: one for all, or by member with a default."""

    default: int
    members: dict[str, int] = Field(default_factory=dict)

    def of(self, member: str) -> int:
        """The amount of a member, by its name."""
        return self.members.get(member, self.default)


def parse_routing(given: Any) -> Routing:
    """``all``, ``{types: [custodian]}``, ``{members: [A, B]}`` or ``{share: 30 %}``.

    Examples
    --------
    >>> parse_routing("all").kind, parse_routing({"members": ["A"]}).names
    ('all', ('A',))
    >>> parse_routing({"share": "30 %"}).share
    Fraction(3, 10)
    """
    value = bare(given)
    allowed = "give all, {types: [custodian]}, {members: [A, B]} or {share: 30 %}"
    if isinstance(value, Routing):
        return value
    if isinstance(value, str) and value.strip() == "all":
        return Routing()
    if not isinstance(value, dict):
        near = nearest(value, ["all"]) if isinstance(value, str) else ""
        raise NotAllowedError(value, allowed + near)
    known = ("types", "members", "share")
    if unknown := [((key,), unknown_key(key, known)) for key in value if key not in known]:
        raise FaultsError(unknown)
    if len(value) != 1:
        raise NotAllowedError("more than one of them" if value else "an empty mapping", allowed)
    ((kind, said),) = value.items()
    try:
        if kind == "share":
            return Routing(kind="share", share=Fraction(units.parse_share(bare(said))))
        names = parse_members(said)
        if names is None:
            raise NotAllowedError(said, allowed)
        if kind == "types":
            wrong = [(at, name) for at, name in enumerate(names) if name not in MEMBER_TYPES]
            if wrong:
                told = f"give {' or '.join(MEMBER_TYPES)}"
                raise FaultsError(
                    ((at,), f"{name} is not allowed; {told}{nearest(name, MEMBER_TYPES)}")
                    for at, name in wrong
                )
    except NotAllowedError as error:
        raise FaultsError([((kind,), str(error))]) from None
    except FaultsError as error:
        raise FaultsError([((kind, *path), message) for path, message in error.faults]) from None
    return Routing(kind=kind, names=names)


def parse_by_member(given: Any, info: ValidationInfo) -> ByMember:
    """Money for every member, or a mapping of members to money with ``default``."""
    value, currency = bare(given), currency_of(info)

    def money(amount: Any) -> int:
        return units.parse_money(bare(amount), currency)

    if isinstance(value, ByMember):
        return value
    if not isinstance(value, dict):
        return ByMember(default=money(value))
    if not value:
        raise NotAllowedError("an empty mapping", "give money, or {A: 5 M, default: 100 M}")
    amounts = {str(name): amount for name, amount in fields.parse_each(value.items(), money).items()}
    if "default" not in amounts:
        message = "no default; give one for the members not listed, such as default: 100 M"
        raise FaultsError([((), message)])
    return ByMember(default=amounts.pop("default"), members=amounts)


def or_none(parse: Callable[[Any], Any]) -> BeforeValidator:
    """``none``, or what ``parse`` makes of it."""
    return BeforeValidator(lambda given: None if bare(given) in ("none", None) else parse(given))


def _interval(given: Any) -> int:
    return units.parse_duration(bare(given), fields.MILLISECOND, fields.DAY, ", or none")


class Approval(Section):
    """Which deliveries against payment their receiver has to authorise, and how long that takes."""

    above: Money | None = Field(
        default=None, description="Deliveries of more cash than this need approval, money. Default: none do."
    )
    takes: Annotated[int, fields.duration(least=1)] = Field(
        description="From entry to approval, a duration; the delivery is on hold until then."
    )
    after: TimeOfDay | None = Field(
        default=None,
        description="Time of the day from which every delivery with cash needs it. Default none; at DTC "
        "15:00.",
    )


class ProgressPayments(Section):
    """When members pay in before the end of the day, so that their net debit falls below its cap again."""

    every: Annotated[int, fields.duration(least=fields.MILLISECOND)] = Field(
        description="Interval at which members look at their net debit, a duration from the open."
    )
    when: ExactShare = Field(description="Share of its cap that a member's net debit has passed as it pays.")
    to: ExactShare = Field(description="Share of its cap to which it brings its net debit down.")


class BookEntry(Section):
    """Deliveries one by one against a running balance of money, which is paid once at the end of the day."""

    trades: Annotated[Routing, BeforeValidator(parse_routing)] = Field(
        default_factory=Routing,
        description="What is delivered by book entry: all (default), {types: [custodian]} or {members: [A, "
        "B]} on either side, or {share: 30 %} of the instructions, drawn; the rest is netted.",
    )
    net_debit_cap: Annotated[ByMember, BeforeValidator(parse_by_member)] = Field(
        default=LARGEST_CAP,
        validate_default=True,
        description="Most that a member's balance may lie below 0, money, or {A: 5 M, default: 100 M}. It "
        f"stands in place of credit and of credit limits. Default {LARGEST_CAP}, DTC's most for one.",
    )
    fund: Annotated[ByMember, BeforeValidator(parse_by_member)] = Field(
        default="0",
        validate_default=True,
        description="Cash in the participants fund, money, or by member as net_debit_cap; it counts in the "
        "collateral monitor alone. Default 0.",
    )
    haircut: Annotated[Haircut, BeforeValidator(parse_haircut)] = Field(
        default="10 %",
        validate_default=True,
        description="Share taken off the opening price of what is held, or {default: 10 %, X: 50 %} by "
        "security. Default 10 %, as of listed equity; unverified.",
    )
    collateral_monitor: Annotated[bool, fields.yes_no] = Field(
        default=True,
        description="Whether fund, securities after haircut and balance together stay at 0 or more, yes "
        "(default) or no: then the cap alone binds.",
    )
    look_ahead: Annotated[int | None, or_none(_interval)] = Field(
        default=None,
        description="Interval at which what a member is to receive and to deliver of one security is tried "
        "together, a duration from the open; at the cut-off and at the close too. Default none.",
    )
    approval: Annotated[Approval | None, or_none(lambda given: given)] = Field(
        default=None, description="What its receiver has to authorise. Default: none."
    )
    until: Annotated[TimeOfDay | None, or_none(lambda given: given)] = Field(
        default=None,
        description="Time of the day up to which deliveries with cash enter and wait; what is left is "
        "dropped. Free deliveries go on. Default: the close, or cut_off; at DTC 15:10.",
    )
    progress_payments: Annotated[ProgressPayments | None, or_none(lambda given: given)] = Field(
        default=None, description="Payments in before the end of the day. Default: none."
    )


def resolved_book_entry(stated: BookEntry, currency: str) -> dict[str, Any]:
    """The section written out in full, in people's units."""
    approval, progress = stated.approval, stated.progress_payments
    written = {
        "trades": _routing(stated.trades),
        "net_debit_cap": _by_member(stated.net_debit_cap, currency),
        "fund": _by_member(stated.fund, currency),
        "haircut": _haircut(stated.haircut),
        "collateral_monitor": "yes" if stated.collateral_monitor else "no",
        "look_ahead": None if stated.look_ahead is None else units.write_duration(stated.look_ahead),
        "approval": approval
        and {
            "above": None if approval.above is None else units.write_money(approval.above, currency),
            "takes": units.write_duration(approval.takes),
            "after": None if approval.after is None else units.write_time(approval.after),
        },
        "until": None if stated.until is None else units.write_time(stated.until),
        "progress_payments": progress
        and {
            "every": units.write_duration(progress.every),
            "when": _share(progress.when),
            "to": _share(progress.to),
        },
    }
    return _without_none(written)


def _without_none(written: dict[str, Any]) -> dict[str, Any]:
    each = {key: _without_none(value) if isinstance(value, dict) else value for key, value in written.items()}
    return {key: value for key, value in each.items() if value is not None}


def _routing(routing: Routing) -> str | dict[str, Any]:
    if routing.kind == "all":
        return "all"
    return {routing.kind: _share(routing.share) if routing.kind == "share" else list(routing.names)}


def _by_member(amounts: ByMember, currency: str) -> str | dict[str, str]:
    if not amounts.members:
        return units.write_money(amounts.default, currency)
    named = {**amounts.members, "default": amounts.default}
    return {name: units.write_money(amount, currency) for name, amount in named.items()}


def _haircut(haircut: Haircut) -> str | dict[str, str]:
    if not haircut.securities:
        return _share(haircut.default)
    shares = {"default": haircut.default, **haircut.securities}
    return {name: _share(share) for name, share in shares.items()}


def _share(share: Fraction) -> str:
    return units.write_share(write_fraction(share))
