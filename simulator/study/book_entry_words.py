"""Book-entry deliveries in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.credit import write_fraction
from simulator.config.units import format_money, write_duration, write_share, write_time

if TYPE_CHECKING:
    from simulator.config.book_entry import BookEntry, ByMember, Routing


def describe_book_entry(stated: BookEntry, currency: str) -> list[str]:
    """What goes by book entry, what bounds it, and what happens through the day.

    Examples
    --------
    >>> from simulator.config.book_entry import BookEntry
    >>> stated = BookEntry.model_validate({"collateral_monitor": "no", "look_ahead": "2 min"})
    >>> describe_book_entry(stated, "USD")
    ['book entry', 'net debit cap 2.15 bn USD', 'look-ahead every 2 min']
    """
    words = [f"book entry{_routed(stated.trades)}"]
    words.append(f"net debit cap {_amounts(stated.net_debit_cap, currency)}")
    if stated.collateral_monitor:
        monitor = f"collateral monitor after {write_share(write_fraction(stated.haircut.default))}"
        if stated.fund.default or stated.fund.members:
            monitor += f" with fund {_amounts(stated.fund, currency)}"
        words.append(monitor)
    if stated.look_ahead is not None:
        words.append(f"look-ahead every {write_duration(stated.look_ahead)}")
    approval, progress = stated.approval, stated.progress_payments
    if approval is not None:
        asked = [] if approval.above is None else [f"above {format_money(approval.above, currency)}"]
        asked += [] if approval.after is None else [f"after {write_time(approval.after)}"]
        words.append(f"approval {' and '.join(asked)}")
    if stated.until is not None:
        words.append(f"until {write_time(stated.until)}")
    if progress is not None:
        words.append(f"progress payments every {write_duration(progress.every)}")
    return words


def _routed(routing: Routing) -> str:
    if routing.kind == "all":
        return ""
    if routing.kind == "share":
        return f" of {write_share(write_fraction(routing.share))}"
    if routing.kind == "types":
        return f" of {' and '.join(routing.names)}"
    return f" of {len(routing.names)} {'member' if len(routing.names) == 1 else 'members'}"


def _amounts(amounts: ByMember, currency: str) -> str:
    return format_money(amounts.default, currency) + (" or its own" if amounts.members else "")
