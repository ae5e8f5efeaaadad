"""Amounts, members and instructions as a trace names them."""

from __future__ import annotations

from simulator.config.units import format_money, write_money
from simulator.study.words import legible

from .rows import Row


def money(minor: int, currency: str) -> str:
    """An amount in people's units, and exact where these round it.

    >>> money(1_500_00, "USD"), money(10_867_392, "USD")
    ('1500.00 USD', '109 k USD (108673.92)')
    """
    short, exact = format_money(minor, currency), write_money(minor, currency)
    return short if short == exact else f"{short} ({exact.removesuffix(f' {currency}')})"


def units(count: int, security: str | None) -> str:
    """Units of a security: ``15 ALPHA``."""
    return f"{count} {legible(security or '')}"


def deal(row: Row, currency: str) -> str:
    """What an instruction is: who pays and who delivers.

    >>> row = Row(0, "gross", 0, 7, 0, "South", "North", "ALPHA", 15, 1_500_00, 0, None)
    >>> deal(row, "USD")
    'South buys 15 ALPHA of North for 1500.00 USD'
    """
    buyer, seller = legible(row.buyer), legible(row.seller)
    if row.internalised:
        seller = "itself"
    if row.units == 0:
        return f"{buyer} pays {seller} {money(row.cash, currency)}"
    if row.cash == 0:
        giver, taker = legible(row.seller), "itself" if row.internalised else buyer
        return f"{giver} delivers {units(row.units, row.security)} to {taker}, free of payment"
    return f"{buyer} buys {units(row.units, row.security)} of {seller} for {money(row.cash, currency)}"


def net(member: str, cash: int, currency: str) -> str:
    """What a member pays (above 0) or receives on net, in the past: ``North paid 5.00 USD on net``."""
    if cash == 0:
        return f"{legible(member)} neither paid nor received cash on net"
    verb = "paid" if cash > 0 else "received"
    return f"{legible(member)} {verb} {money(abs(cash), currency)} on net"
