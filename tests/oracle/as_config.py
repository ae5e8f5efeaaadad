"""A book and its arrangements as a person would type them."""

from __future__ import annotations

from .book import HOUR, MINUTE, SECOND, Arrangement, Book


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def clock(time: int) -> str:
    return f"{time // HOUR:02d}:{time // MINUTE % 60:02d}:{time // SECOND % 60:02d}"


def duration(time: int) -> str:
    return f"{time // 1000} ms"


def config_of(book: Book, arrangements: dict[str, Arrangement]) -> dict:
    """The book as a person would type it: money with two decimals, durations with their unit."""
    flow: dict = {
        "instructions": [
            {
                "time": clock(one.time),
                "day": one.day,
                "buyer": one.buyer,
                "seller": one.seller,
                **({} if one.security is None else {"security": one.security, "units": one.units}),
                "cash": money(one.cash),
            }
            for one in book.instructions
        ]
    }
    if book.hours:
        flow["hours"] = [clock(time) for time in book.hours]
    participants: dict = {
        "members": {
            name: {
                "cash": money(member.cash),
                "credit_limit": money(member.credit_limit),
                "holdings": dict(member.holdings),
            }
            for name, member in book.members.items()
        }
    }
    if book.unlimited:
        participants["funding"] = "unlimited"
    if book.ample:
        participants["holdings"] = "ample"
    return {
        "name": "book",
        "days": book.trade_days,
        "flow": flow,
        "participants": participants,
        "arrangements": {name: arrangement_config(one) for name, one in arrangements.items()},
    }


def arrangement_config(arrangement: Arrangement) -> dict:
    typed: dict = {"layer": arrangement.layer}
    if arrangement.layer == 3:
        typed["block"] = "continuous" if arrangement.block is None else duration(arrangement.block)
        typed["reuse"], typed["queue"] = arrangement.reuse, arrangement.queue
        if arrangement.offset_every:
            every = duration(arrangement.offset_every)
            typed["liquidity_saving"] = {"rule": "multilateral_offset", "every": every}
    else:
        typed["settles"] = f"T+{arrangement.settles}"
        if arrangement.cut_off is not None:
            typed["cut_off"] = clock(arrangement.cut_off)
        if arrangement.cycles is not None:
            kind, value = arrangement.cycles
            written = {"every": lambda: f"every {duration(value)}", "count": lambda: value}
            written["times"] = lambda: [clock(time) for time in value]
            typed["cycles"] = written[kind]()
    if isinstance(arrangement.funding, tuple):
        prefunding, credit_limit = arrangement.funding
        typed["funding"] = {"prefunding": money(prefunding), "credit_limit": money(credit_limit)}
    elif arrangement.funding:
        typed["funding"] = arrangement.funding
    if arrangement.holdings:
        typed["holdings"] = arrangement.holdings
    return typed


def as_text(book: Book) -> str:
    """A book, one line a member and an instruction."""
    lines = [f"hours {[clock(time) for time in book.hours] if book.hours else 'open'}"]
    lines += [f"unlimited {book.unlimited}, ample {book.ample}"]
    lines += [
        f"{name}: cash {member.cash}, credit {member.credit_limit}, {member.holdings}"
        for name, member in book.members.items()
        if name in book.active
    ]
    lines += [
        f"{one.order}: day {one.day} {clock(one.time)} {one.buyer} buys of {one.seller}: "
        f"{one.units} {one.security} for {one.cash}"
        for one in book.instructions
    ]
    return "\n".join(lines)
