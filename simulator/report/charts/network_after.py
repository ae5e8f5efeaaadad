"""The counterparty network after netting: a star, each member against the clearing house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import format_count, format_share
from simulator.report.charts.chart import Cell, Drawing, Nothing, Spec, Table
from simulator.report.charts.counterparties import (
    PLANE,
    Network,
    draw_network,
    network_of,
    part_shown,
    way,
)
from simulator.report.charts.grammar import major, read_money, told
from simulator.study.words import count_of

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "What is left of it, after netting"
READING = (
    "The same members in the same places, the same scale of lines. Once trades novate to the clearing house, "
    "each member has one net position against it: the line is what it owes or is owed, added up over days."
)
ROWS_IN_TABLE = 20


def draw(result: Result) -> Drawing | Nothing:
    """A star with the clearing house in its middle."""
    network = network_of(result)
    if network is None:
        return Nothing("no two members trade, or these results were written without network.parquet")
    currency = network.currency
    lines = [
        {
            **{axis: one[axis] for axis in ("x", "y")},
            **{"x2": 0, "y2": 0, "one": one["group"], "other": one["group"]},
            "ends": f"{one['name']} and the clearing house",
            "value": major(one["owed"], currency),
            "amount": f"{read_money(one['owed'], currency)} {currency}, {way(one['net'])}",
        }
        for one in network.members.values()
        if one["owed"]
    ]
    hover = told(
        ("member", "Member"),
        ("type", "Type"),
        ("amount", "Bought and sold"),
        ("owed", "Net, added up over days"),
        ("way", "Over the run"),
    )
    return Drawing(
        spec=draw_network(network, lines, hover, _clearing_house()),
        says=_says(network),
        table=_table(network),
        legend=network.legend,
        note=part_shown(network),
    )


def _clearing_house() -> list[Spec]:
    place = {axis: {**PLANE, "field": axis} for axis in ("x", "y")}
    middle = {"values": [{"x": 0, "y": 0, "name": "Clearing house"}]}
    return [
        {
            "data": middle,
            "mark": {"type": "point", "shape": "square", "filled": True, "size": 260, "opacity": 1},
            "encoding": {**place, "tooltip": told(("name", "Center"))},
        },
        {
            "data": middle,
            "mark": {"type": "text", "style": "name", "dy": 22, "fontSize": 12, "fontWeight": "bold"},
            "encoding": {**place, "text": {"field": "name"}},
        },
    ]


def _says(network: Network) -> str:
    owed = sum(one["owed"] for one in network.members.values()) / 2
    members = len(network.members) + max(0, network.others - 1)
    share = format_share(owed / network.total) if network.total else "–"
    return (
        f"Netting leaves {format_count(members)} positions of {count_of(network.pairs, 'pair')}, "
        f"and {read_money(owed, network.currency)} {network.currency} to be paid, {share} of what members "
        "trade with each other."
    )


def _table(network: Network) -> Table:
    currency = network.currency
    rows = [
        [
            one["name"],
            Cell(read_money(one["traded"], currency), one["traded"]),
            Cell(read_money(one["owed"], currency), one["owed"]),
            way(one["net"]),
        ]
        for one in list(network.members.values())[:ROWS_IN_TABLE]
    ]
    everyone = len(network.members) + network.others
    note = f"The {len(rows)} members that trade most." if everyone > len(rows) else ""
    columns = ("Member", f"Bought and sold, {currency}", f"Net, {currency}", "Over the run")
    return Table(columns, rows, note)
