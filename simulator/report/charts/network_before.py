"""The counterparty network before netting: who trades with whom, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import format_count, format_share
from simulator.report.charts.chart import Cell, Drawing, Nothing, Table
from simulator.report.charts.counterparties import (
    SHOWN_LINES,
    Network,
    draw_network,
    network_of,
    part_shown,
)
from simulator.report.charts.grammar import major, read_money, told
from simulator.study.words import count_of

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Who trades with whom, before netting"
READING = (
    "A dot is a member, the larger the more it trades; a line is what two members trade with each other over "
    "the run. The inner ring, where there is one, is the core: the largest group of members who all have "
    "many counterparties among themselves."
)
TOP = 10
ROWS_IN_TABLE = 20


def draw(result: Result) -> Drawing | Nothing:
    """Members on one or two rings, and the largest lines between them."""
    network = network_of(result)
    if network is None:
        return Nothing("no two members trade, or these results were written without network.parquet")
    currency = network.currency
    shown = network.lines[:SHOWN_LINES]
    lines = [
        {
            **{axis: network.members[one][axis] for axis in ("x", "y")},
            **{f"{axis}2": network.members[other][axis] for axis in ("x", "y")},
            "one": network.members[one]["group"],
            "other": network.members[other]["group"],
            "ends": f"{network.members[one]['name']} and {network.members[other]['name']}",
            "value": major(value, currency),
            "amount": f"{read_money(value, currency)} {currency}",
        }
        for one, other, value in shown
    ]
    hover = told(
        ("member", "Member"),
        ("type", "Type"),
        ("amount", "Bought and sold"),
        ("counterparties", "Counterparties"),
        ("core", "Core"),
        ("centrality", "Centrality of liquidity"),
    )
    return Drawing(
        spec=draw_network(network, lines, hover, []),
        says=_says(result, network),
        table=_table(network),
        legend=network.legend,
        note=" ".join(filter(None, (part_shown(network), _lines_shown(network, len(shown))))),
    )


def _lines_shown(network: Network, shown: int) -> str:
    if shown == len(network.lines):
        return ""
    value = sum(value for _, _, value in network.lines[:shown])
    return (
        f"Drawn are the {shown} largest of {format_count(len(network.lines))} lines, "
        f"{format_share(value / network.total)} of value."
    )


def _says(result: Result, network: Network) -> str:
    members = len(network.members) + max(0, network.others - 1)
    figures = result.summary.get("network") or {}
    said = (
        f"{count_of(network.pairs, 'pair')} among {count_of(members, 'member')} trading "
        f"{read_money(network.total, network.currency)} {network.currency}"
    )
    if figures.get("top_10_share") is not None and members > TOP:
        said += f"; the ten largest are {format_share(figures['top_10_share'])} of trading"
    if figures.get("core_members"):
        said += f", the core has {format_count(figures['core_members'])} members"
    return f"{said}."


def _table(network: Network) -> Table:
    currency = network.currency
    rows = [
        [
            one["name"],
            one["type"],
            Cell(read_money(one["traded"], currency), one["traded"]),
            "–" if one["counterparties"] is None else Cell(str(one["counterparties"]), one["counterparties"]),
            one["core"],
            Cell(format_share(one["centrality"]), one["centrality"]),
        ]
        for one in list(network.members.values())[:ROWS_IN_TABLE]
    ]
    columns = (
        *("Member", "Type", f"Bought and sold, {currency}", "Counterparties"),
        *("Core", "Centrality of liquidity"),
    )
    everyone = len(network.members) + network.others
    note = f"The {len(rows)} members that trade most." if everyone > len(rows) else ""
    return Table(columns, rows, note)
