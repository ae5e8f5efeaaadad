"""Arrangements in a few words, for tables, findings and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.config.credit import write_fraction
from simulator.config.units import format_money, format_share, write_duration, write_share, write_time

from .book_entry_words import describe_book_entry
from .chain_words import describe_layer_3
from .margin_words import describe_margin
from .pilot_words import describe_pilot
from .routing_words import describe_routing

if TYPE_CHECKING:
    from simulator.config.schema import (
        Arrangement,
        Config,
        Facility,
        Funding,
        Holdings,
        LiquiditySaving,
        PartialSettlement,
        SecuritiesLending,
    )

QUEUES = {
    "fifo_strict": "strict FIFO",
    "largest_first": "largest first",
    "smallest_first": "smallest first",
    "by_deadline": "by deadline",
}

JOINERS = "\u200c\u200d"
"""Invisible, but names in Persian and in emoji are made of them."""


def describe_arrangement(arrangement: Arrangement, currency: str = "USD") -> str:
    """What an arrangement does, and what its members bring where that is its own.

    Examples
    --------
    >>> from simulator.config.schema import Arrangement
    >>> describe_arrangement(Arrangement.model_validate({"layer": 2, "settles": "T+1"}))
    'netting T+1'
    >>> describe_arrangement(Arrangement.model_validate({"layer": 3, "block": "12 s", "reuse": "next_block"}))
    'gross, 12 s blocks, re-use next_block'
    """
    words = _netting(arrangement) if arrangement.netted else _gross(arrangement, currency)
    if arrangement.book_entry is not None:
        delivered = describe_book_entry(arrangement.book_entry, currency)
        if arrangement.book_entry.trades.kind == "all":
            words = [f"{delivered[0]} T+{arrangement.settles}", *delivered[1:]]
        else:
            words += delivered
    if arrangement.funding is not None:
        words.append(describe_funding(arrangement.funding, currency))
    if arrangement.holdings is not None:
        words.append(describe_holdings(arrangement.holdings))
    if arrangement.credit is not None:
        words.append(describe_credit(arrangement.credit, currency) if arrangement.credit else "no credit")
    if arrangement.securities_lending is not None:
        words.append(describe_lending(arrangement.securities_lending))
    words += describe_layer_3(arrangement, currency)
    if arrangement.routing is not None:
        words.append(describe_routing(arrangement.routing, currency))
    if arrangement.margin is not None:
        words += describe_margin(arrangement.margin)
    return ", ".join(words)


def describe_endowment(config: Config) -> str:
    """What members bring, and what they settle on, unless an arrangement says otherwise."""
    participants = config.participants
    funding = describe_funding(participants.funding, config.flow.currency)
    words = [funding, describe_holdings(participants.holdings)]
    if config.credit:
        words.append(describe_credit(config.credit, config.flow.currency))
    words += describe_layer_3(config, config.flow.currency)
    if config.margin is not None:
        words += describe_margin(config.margin)
    return ", ".join(words)


def describe_funding(funding: Funding, currency: str) -> str:
    """Cash and credit of the members."""
    if funding.path is not None:
        return f"funding from {funding.path.name}"
    if funding.kind == "uniform":
        prefunding = format_money(funding.prefunding, currency).removesuffix(f" {currency}")
        if funding.prefunding_outflow is not None:
            prefunding = f"{format_share(float(funding.prefunding_outflow))} of expected outflow"
        elif funding.history is not None:
            prefunding = f"{format_share(float(funding.history))} of history"
        return (
            f"prefunding {prefunding}, credit limit {format_money(funding.credit_limit, currency)} a member"
        )
    return "funding as typed by member" if funding.kind == "members" else "funding unlimited"


def describe_holdings(holdings: Holdings) -> str:
    """Securities of the members."""
    if holdings.path is not None:
        return f"holdings from {holdings.path.name}"
    if holdings.kind == "days":
        return f"holdings {holdings.days} days of expected sales"
    return "holdings as typed by member" if holdings.kind == "members" else "holdings ample"


def _netting(arrangement: Arrangement) -> list[str]:
    words, buy_in = [_cycles(arrangement)], arrangement.buy_in
    if arrangement.layer == 1:
        words.append("tokens stand for securities")
    if arrangement.night_cycle is not None:
        words.append(f"night cycle {write_time(arrangement.night_cycle)}")
    if arrangement.carry:
        words.append("fails carried")
    if buy_in is not None:
        premium = f" at {write_share(write_fraction(buy_in.premium))} more" if buy_in.premium else ""
        words.append(f"bought in after {count_of(buy_in.after, 'day')}{premium}")
    if arrangement.settling_banks:
        words.append(count_of(len(arrangement.settling_banks), "settling bank"))
    if arrangement.pilot is not None:
        words += describe_pilot(arrangement.pilot)
    return words


def _cycles(arrangement: Arrangement) -> str:
    cycles = arrangement.cycles
    if arrangement.cut_off is not None:
        return f"netting T+{arrangement.settles} at {write_time(arrangement.cut_off)}"
    if cycles is None:
        return f"netting T+{arrangement.settles}"
    if cycles.every is not None:
        return f"netting every {write_duration(cycles.every)}"
    if cycles.count is not None:
        return f"netting in {cycles.count} {'cycle' if cycles.count == 1 else 'cycles'}"
    return f"netting at {', '.join(write_time(time) for time in cycles.times or ())}"


def _gross(arrangement: Arrangement, currency: str) -> list[str]:
    block = arrangement.block
    words = ["gross", "continuous" if block is None else f"{write_duration(block)} blocks"]
    if arrangement.reuse.text != "at_once":
        words.append(f"re-use {arrangement.reuse.text}")
    if arrangement.queue != "fifo_bypass":
        words.append(QUEUES.get(arrangement.queue, f"queue {arrangement.queue}"))
    if arrangement.release is not None:
        words.append(f"release {arrangement.release}")
    words += [_saving(one) for one in arrangement.liquidity_saving or ()]
    partial = arrangement.partial_settlement
    if partial is not None:
        words.append(_parts(partial, currency))
    return words


def _parts(partial: PartialSettlement, currency: str) -> str:
    words = ["parts"]
    if partial.minimum:
        words.append(f"from {format_money(partial.minimum, currency)}")
    words.append(f"every {write_duration(partial.every)}")
    if partial.members is not None:
        words.append(f"between {count_of(len(partial.members), 'member')}")
    return " ".join(words)


def _saving(saving: LiquiditySaving) -> str:
    words = [saving.rule]
    if saving.every is not None:
        words.append(f"every {write_duration(saving.every)}")
    if saving.longer_than is not None:
        words.append(f"if more than {saving.longer_than} wait")
    return " ".join(words)


def describe_credit(facilities: Mapping[str, Facility], currency: str) -> str:
    """Facilities of intraday credit, in the order they are drawn.

    Examples
    --------
    >>> from simulator.config.schema import Facility
    >>> line = Facility.model_validate({"cap": "20 M", "rate": "50 bp"})
    >>> auto = Facility.model_validate({"against": "flow", "haircut": "10 %"})
    >>> describe_credit({"overdraft": line, "auto": auto}, "USD")
    'credit overdraft 20.0 M USD, auto against flow'
    """
    return f"credit {', '.join(_facility(name, one, currency) for name, one in facilities.items())}"


def _facility(name: str, facility: Facility, currency: str) -> str:
    words = [legible(name)]
    if facility.against != "nothing":
        words.append(f"against {facility.against}")
    if isinstance(facility.cap, int):
        words.append(format_money(facility.cap, currency))
    elif facility.cap is not None:
        words.append(f"capped by {facility.cap}")
    return " ".join(words)


def describe_lending(lending: SecuritiesLending) -> str:
    """What may be borrowed of a security.

    Examples
    --------
    >>> from simulator.config.schema import SecuritiesLending
    >>> describe_lending(SecuritiesLending.model_validate({"limit": "0.5 days"}))
    'borrowing up to 0.5 days of expected sales'
    """
    amount = write_fraction(lending.limit.amount)
    if lending.limit.kind == "days":
        return f"borrowing up to {amount:f} days of expected sales"
    return f"borrowing up to {write_share(amount)} of the opening holding"


def legible(name: str) -> str:
    """A name as it can be shown: what would steer a terminal or turn the line around is spelled out.

    Examples
    --------
    >>> legible("Müller 🏦"), legible("a" + chr(0x202E) + "b")
    ('Müller 🏦', 'a\\\\u202eb')
    """
    if name.isprintable():
        return name
    return "".join(
        letter if letter.isprintable() or letter in JOINERS else letter.encode("unicode_escape").decode()
        for letter in name
    )


def count_of(number: int, thing: str, things: str = "") -> str:
    """A count with its noun.

    Examples
    --------
    >>> count_of(1, "day"), count_of(5_000_000, "trade"), count_of(3, "security", "securities")
    ('1 day', '5.00 M trades', '3 securities')
    """
    from simulator.config.units import format_count

    return f"{format_count(number)} {thing if number == 1 else things or thing + 's'}"
