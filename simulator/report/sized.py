"""What ``netgross size`` found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import format_money, format_share, write_duration, write_money
from simulator.report.finding import format_ratio
from simulator.study.sizing import SCALE
from simulator.study.words import count_of, legible

if TYPE_CHECKING:
    from simulator.study.sizing import Sized

MEMBERS_SHOWN = 12


def render_sized(sized: Sized, *, brief: bool = False) -> str:
    """The answer, what it rests on, and what was seen on the way; ``brief`` is the answer alone."""
    lines = [answer(sized)]
    if not brief:
        lines += ["", *_about(sized), "", *_members(sized)]
    return "\n".join(lines) + "\n"


def answer(sized: Sized) -> str:
    """The least funding in a sentence."""
    what = "prefunding" if sized.size.what == "prefunding" else "credit"
    each = ""
    if sized.size.by == "amount":
        each = f", {write_money(sized.level, sized.currency)} each"
    elif sized.size.by == "scale":
        each = f", {format_share(sized.level / SCALE)} of each member's upper bound"
    total = write_money(sized.total, sized.currency)
    name = legible(sized.arrangement)
    return f"{name}: {what} of {total} in all{each} is enough so that {target_words(sized)}."


def target_words(sized: Sized) -> str:
    """The target in words."""
    target = sized.size.target
    within = "by the close" if target.within is None else f"within {write_duration(target.within)}"
    return f"{format_share(target.settled)} of value settles {within} on {format_share(target.days)} of days"


def _about(sized: Sized) -> list[str]:
    days = f"{count_of(sized.days, 'day')}, {count_of(len(sized.seeds), 'seed')}"
    lines = [
        f"  holds on      {format_share(float(sized.share_of_days))} of {days}",
        f"  lower bound   {format_money(sized.lower_bound, sized.currency)}, net debits at the close",
        f"  upper bound   {format_money(sized.upper_bound, sized.currency)}, all at its time",
    ]
    if sized.upper_bound:
        lines.append(f"  of the upper  × {format_ratio(sized.total / sized.upper_bound)}")
    if sized.one_per_cent_less_fails is not None:
        told = (
            "fails" if sized.one_per_cent_less_fails else "holds too: settlement is not monotone in funding"
        )
        lines.append(f"  1 % less      {told}")
    if sized.violations:
        lines.append(
            f"  not monotone  {len(sized.violations)} of {sized.tried} levels tried hold below one that fails"
        )
    lines.append("  least         for the given order of trades and rule, not over all orders")
    return lines


def _members(sized: Sized) -> list[str]:
    shown = sorted(zip(sized.members, sized.funding.tolist(), strict=True), key=lambda one: -one[1])
    wide = max((len(legible(name)) for name, _ in shown[:MEMBERS_SHOWN]), default=0)
    lines = [
        f"  {legible(name):<{wide}}  {write_money(minor, sized.currency)}"
        for name, minor in shown[:MEMBERS_SHOWN]
    ]
    if len(shown) > MEMBERS_SHOWN:
        rest = sum(minor for _, minor in shown[MEMBERS_SHOWN:])
        lines.append(
            f"  and {len(shown) - MEMBERS_SHOWN} members more, {write_money(rest, sized.currency)} in all"
        )
    return lines
