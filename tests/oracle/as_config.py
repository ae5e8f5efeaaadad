"""A book and its arrangements as a person would type them."""

from __future__ import annotations

from fractions import Fraction

from .book import Arrangement, Book, Facility, Instruction, Lending, Partials, Saving
from .chain_as_config import chain_config, clock, duration, money, prefunding_config, share
from .terms import BookEntry, Carry, PilotTerms, Prefunding, TokenEvent


def config_of(book: Book, arrangements: dict[str, Arrangement]) -> dict:
    """The book as a person would type it: money with two decimals, durations with their unit."""
    flow: dict = {"instructions": [instruction_config(one) for one in book.instructions]}
    if book.hours:
        flow["hours"] = [clock(time) for time in book.hours]
    if book.start is not None:
        flow["start"] = f"{book.start}"
    if book.closed is not None:
        flow["calendar"] = "NYSE"
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


def instruction_config(one: Instruction) -> dict:
    typed: dict = {"time": clock(one.time), "day": one.day, "buyer": one.buyer, "seller": one.seller}
    if one.security is not None:
        typed |= {"security": one.security, "units": one.units}
    typed["cash"] = money(one.cash)
    if one.priority != 5:
        typed["priority"] = one.priority
    if one.deadline is not None:
        typed["deadline"] = clock(one.deadline)
    if one.hold_until is not None:
        typed["hold_until"] = clock(one.hold_until)
    if not one.partial:
        typed["partial"] = "no"
    return typed


def arrangement_config(arrangement: Arrangement) -> dict:
    typed: dict = {"layer": arrangement.layer}
    if arrangement.layer == 3:
        typed["block"] = "continuous" if arrangement.block is None else duration(arrangement.block)
        typed["reuse"], typed["queue"] = arrangement.reuse, arrangement.queue
        if arrangement.saving:
            savings = [saving_config(one) for one in arrangement.saving]
            typed["liquidity_saving"] = savings if len(savings) > 1 else savings[0]
        if arrangement.partials:
            typed["partial_settlement"] = partials_config(arrangement.partials)
        if arrangement.credit:
            typed["credit"] = {one.name: facility_config(one) for one in arrangement.credit}
        if arrangement.lending:
            typed["securities_lending"] = lending_config(arrangement.lending)
        typed |= chain_config(arrangement)
    else:
        typed["settles"] = f"T+{arrangement.settles}"
        if arrangement.cut_off is not None:
            typed["cut_off"] = clock(arrangement.cut_off)
        if arrangement.cycles is not None:
            kind, value = arrangement.cycles
            written = {"every": lambda: f"every {duration(value)}", "count": lambda: value}
            written["times"] = lambda: [clock(time) for time in value]
            typed["cycles"] = written[kind]()
        if arrangement.carry is not None:
            typed |= carry_config(arrangement.carry)
        if arrangement.book_entry is not None:
            typed["book_entry"] = book_entry_config(arrangement.book_entry)
        if arrangement.pilot is not None:
            typed["pilot"] = pilot_config(arrangement.pilot)
        if arrangement.settling_banks:
            typed["settling_banks"] = {bank: [*named] for bank, named in arrangement.settling_banks.items()}
    if isinstance(arrangement.funding, tuple):
        prefunding, credit_limit = arrangement.funding
        typed["funding"] = {"prefunding": money(prefunding), "credit_limit": money(credit_limit)}
    elif isinstance(arrangement.funding, Prefunding):
        typed["funding"] = prefunding_config(arrangement.funding)
    elif arrangement.funding:
        typed["funding"] = arrangement.funding
    if arrangement.holdings:
        typed["holdings"] = arrangement.holdings
    return typed


def carry_config(carry: Carry) -> dict:
    typed: dict = {"carry": "true"}
    if carry.night is not None:
        typed["night_cycle"] = clock(carry.night)
    if carry.exemptions:
        exempted = carry.exemptions.items()
        typed["exemptions"] = {name: "all" if named is None else [*named] for name, named in exempted}
    if carry.priority:
        typed["delivery_priority"] = dict(carry.priority)
    if carry.buy_in is not None:
        typed["buy_in"] = {"after": f"{carry.buy_in.after} days", "premium": share(carry.buy_in.premium)}
    return typed


def book_entry_config(terms: BookEntry) -> dict:
    typed: dict = {"collateral_monitor": terms.monitor}
    typed["trades"] = "all" if terms.members is None else {"members": [*terms.members]}
    if terms.share is not None:
        typed["trades"] = {"share": share(terms.share)}
    for key, amount in (("net_debit_cap", terms.cap), ("fund", terms.fund)):
        if amount is None:
            # No limit is the default, of billions.
            continue
        by_member = isinstance(amount, dict)
        typed[key] = {name: money(its) for name, its in amount.items()} if by_member else money(amount)
    if isinstance(terms.haircut, dict):
        typed["haircut"] = {security: share(part) for security, part in terms.haircut.items()}
    else:
        typed["haircut"] = share(terms.haircut)
    if terms.look_ahead is not None:
        typed["look_ahead"] = duration(terms.look_ahead)
    if terms.takes:
        typed["approval"] = {"takes": duration(terms.takes)}
        if terms.above is not None:
            typed["approval"]["above"] = money(terms.above)
        if terms.after is not None:
            typed["approval"]["after"] = clock(terms.after)
    if terms.until is not None:
        typed["until"] = clock(terms.until)
    if terms.progress is not None:
        every, when, to = terms.progress
        typed["progress_payments"] = {"every": duration(every), "when": share(when), "to": share(to)}
    return typed


def pilot_config(terms: PilotTerms) -> dict:
    typed: dict = {"settlement_value": share(terms.settlement_value)}
    typed["latency"] = {"tokenize": duration(terms.minting), "detokenize": duration(terms.returning)}
    if isinstance(terms.eligible, Fraction):
        typed["eligible"] = {"share": share(terms.eligible)}
    elif terms.eligible is not None:
        typed["eligible"] = [*terms.eligible]
    if terms.registered is not None:
        typed["wallets"] = [*terms.registered]
    if terms.cut_off is not None:
        typed["cut_off"] = clock(terms.cut_off)
    for key, rule in (("tokenize", terms.tokenize), ("detokenize", terms.detokenize)):
        if rule is not None:
            every_day = "yes" if rule.every_day else "no"
            typed[key] = {"share": share(rule.share), "at": clock(rule.at), "every_day": every_day}
    if terms.orders is not None:
        typed["orders"] = {"share": share(terms.orders)}
    typed["events"] = [token_event_config(one) for one in terms.events]
    return typed


def token_event_config(one: TokenEvent) -> dict:
    typed: dict = {"time": clock(one.time), "action": one.action}
    if one.day is not None:
        typed["day"] = one.day
    if one.action == "outage":
        return typed | {"lasts": duration(one.lasts)}
    typed |= {"member": one.member, "security": one.security, "units": one.units}
    return typed if one.to is None else typed | {"to": one.to}


def saving_config(saving: Saving) -> dict:
    typed: dict = {"rule": saving.rule}
    if saving.every is not None:
        typed["every"] = duration(saving.every)
    if saving.longer_than is not None:
        typed["longer_than"] = saving.longer_than
    return typed


def partials_config(partials: Partials) -> dict:
    members = "all" if partials.members is None else list(partials.members)
    return {"every": duration(partials.every), "minimum": money(partials.minimum), "members": members}


def facility_config(facility: Facility) -> dict:
    typed: dict = {"against": facility.against, "rate": share(facility.rate)}
    if facility.tenor is None:
        typed["repay"] = facility.repay
    else:
        typed["tenor"] = duration(facility.tenor)
    if facility.cap is not None:
        typed["cap"] = money(facility.cap)
    if facility.against == "pledge":
        typed["pledge"] = share(facility.pledge)
    if isinstance(facility.haircut, dict):
        typed["haircut"] = {security: share(part) for security, part in facility.haircut.items()}
    elif facility.against != "nothing":
        typed["haircut"] = share(facility.haircut)
    return typed


def lending_config(lending: Lending) -> dict:
    typed = {"limit": share(lending.limit), "fee": share(lending.fee)}
    if lending.recall is not None:
        typed["recall"] = clock(lending.recall)
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
        f"{one.units} {one.security} for {one.cash}{more_of(one)}"
        for one in book.instructions
    ]
    return "\n".join(lines)


def more_of(one: Instruction) -> str:
    said = f", priority {one.priority}" if one.priority != 5 else ""
    for name, time in (("deadline", one.deadline), ("held until", one.hold_until)):
        said += "" if time is None else f", {name} {clock(time)}"
    return said + ("" if one.partial else ", whole only")
