"""What must hold between the keys of book-entry deliveries and the rest of a config."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.book_entry import BookEntry
from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.schema import Arrangement, Config
from simulator.config.shapes import Hours, write_hours
from simulator.config.tree import KeyPath
from simulator.config.units import format_share, write_time


def check_book_entry(config: Config) -> Iterator[Fault]:
    """Faults of what arrangements say of deliveries by book entry."""
    for name, one in config.arrangements.items():
        if one.book_entry is None:
            continue
        own: KeyPath = ("arrangements", name)
        if one.layer == 3:
            message = "needs layer 2; what settles on a chain has a balance of its own for each delivery"
            yield Fault((*own, "book_entry"), message, ((*own, "layer"),))
            continue
        yield from _beside(config, own, one, one.book_entry)
        yield from _times((*own, "book_entry"), one, one.book_entry, config.flow.hours)
        yield from _parts((*own, "book_entry"), one.book_entry)
        yield from _names(config, (*own, "book_entry"), one.book_entry)


def _beside(config: Config, own: KeyPath, one: Arrangement, stated: BookEntry) -> Iterator[Fault]:
    """What goes with the rest of the arrangement."""
    path: KeyPath = (*own, "book_entry")
    if stated.trades.kind == "all":
        for key, given in ("cycles", one.cycles is not None), ("carry", one.carry):
            if given:
                message = (
                    "everything is delivered by book entry, so that no cycle has anything to net; delete it"
                )
                yield Fault((*own, key), message, ((*path, "trades"),))
    elif one.cut_off is not None and one.settles == 0:
        message = (
            "cut_off beside a netted rest needs settles: T+1 or later; at T+0 the close is the last cycle"
        )
        yield Fault((*own, "cut_off"), message, ((*own, "settles"), (*path, "trades")))
    if stated.trades.kind == "types" and not (config.flow.synthetic or config.flow.repo):
        message = "types needs a synthetic market, whose members have types; give members or a share"
        yield Fault((*path, "trades"), message, (("flow", "tape"), ("flow", "instructions")))
    if one.credit is not None:
        message = "not allowed beside book_entry, whose net_debit_cap is the credit there is; delete it"
        yield Fault((*own, "credit"), message, (path,))
    holdings = one.holdings or config.participants.holdings
    if holdings.kind == "ample" and stated.collateral_monitor:
        message = "needs limited holdings, and these are ample, collateral without bound; give holdings, "
        message += "such as 1.2 days, or collateral_monitor: no"
        where = (*own, "holdings") if one.holdings is not None else ("participants", "holdings")
        yield Fault((*path, "collateral_monitor"), message, (where, ("participants", "members")))


def _times(path: KeyPath, one: Arrangement, stated: BookEntry, hours: Hours | None) -> Iterator[Fault]:
    """Times of the day lie within it, and deliveries end before their money settles."""
    rests_on: tuple[KeyPath, ...] = (("flow", "hours"), ("flow", "tape"), ("flow", "instructions"))
    after = stated.approval.after if stated.approval is not None else None
    for key, time in (("until",), stated.until), (("approval", "after"), after):
        if hours is not None and time is not None and not hours.opens <= time <= hours.closes:
            said = f"the hours are {write_hours(hours)}, and {key[-1]} is between them"
            yield Fault((*path, *key), f"{write_time(time)} is not allowed; {said}", rests_on)
    cut_off = one.cut_off
    if cut_off is not None and stated.until is not None and stated.until > cut_off:
        message = (
            f"{write_time(stated.until)} is not allowed; money settles at cut_off, {write_time(cut_off)}, "
        )
        message += "and until is not after it"
        yield Fault((*path, "until"), message, ((*path[:-1], "cut_off"),))


def _parts(path: KeyPath, stated: BookEntry) -> Iterator[Fault]:
    approval, progress = stated.approval, stated.progress_payments
    if approval is not None and approval.above is None and approval.after is None:
        here = (*path, "approval")
        message = 'says of no delivery that it needs approval; give above: 15 M, or after: "15:00", or both'
        yield Fault(here, message, ((*here, "above"), (*here, "after")))
    if progress is not None and progress.to > progress.when:
        here = (*path, "progress_payments", "to")
        to, when = format_share(float(progress.to)), format_share(float(progress.when))
        message = (
            f"{to} is not allowed; members pay when their net debit has passed {when}, and to is no more"
        )
        yield Fault(here, message, ((*path, "progress_payments", "when"),))


def _names(config: Config, path: KeyPath, stated: BookEntry) -> Iterator[Fault]:
    """Members that are named are there, where members are typed."""
    typed, instructions = config.participants.members, config.flow.instructions
    if typed is None and instructions is None:
        return
    known = {*(typed or ()), *(side for one in instructions or () for side in (one.buyer, one.seller))}
    where = "flow.instructions" if typed is None else "participants.members"
    for place, member in members_named(stated):
        if member not in known:
            message = f"{member} is not a member; the members are listed in {where}"
            needs = (("participants", "members", member), ("flow", "instructions"))
            yield Fault((*path, *place), message + nearest(member, known), needs)


def members_named(stated: BookEntry) -> Iterator[tuple[KeyPath, str]]:
    """Members that the section names, and where in it."""
    for key in ("net_debit_cap", "fund"):
        yield from (((key, member), member) for member in getattr(stated, key).members)
    if stated.trades.kind == "members":
        yield from ((("trades", "members", at), member) for at, member in enumerate(stated.trades.names))
