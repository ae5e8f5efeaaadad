"""Not a chart but what the two pictures of the network share: who is shown, where, in which color."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.config.units import format_count, format_share
from simulator.report.charts.chart import Legend, Row, Spec
from simulator.report.charts.grammar import SCHEMA, color, major, only_shown, read_money, switch, told
from simulator.report.charts.members import UNTYPED, read_type
from simulator.study.words import legible

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

SHOWN_MEMBERS = 40
"""Members with a place of their own; more on one circle cannot be told apart."""

SHOWN_LINES = 300
"""Lines at most, the largest; they hold nearly all that a picture can show of a dense network."""

NAMED = 14
"""Members with their name beside them; the others tell it on hovering."""

TOGETHER = "\0"
"""In place of the name of those drawn together: no member has it."""

SIDE = 440
LETTER, LINE = 0.052, 0.1
"""Width and height of a letter, of half the width of the picture."""

REACH = 1.32
NAME_LETTERS = 14


@dataclass(frozen=True, slots=True)
class Network:
    """The members that are shown, by strength, each with its place; the rest drawn together as one.

    Attributes
    ----------
    members : by name: type, bought and sold (minor units, over the run), owed (Σ over days of |bought −
        sold|), net (bought − sold), counterparties, in_core, centrality, x, y
    others : how many members the last one stands for, 0 where all are shown
    lines : (one, other, value both ways) between those shown, the largest first
    pairs : pairs of members that trade, in either direction
    """

    currency: str
    members: dict[str, Row]
    others: int
    lines: list[tuple[str, str, int]]
    pairs: int
    total: int

    @property
    def legend(self) -> Legend | None:
        """Types of members that can be switched on and off."""
        groups = self.groups
        return Legend("group", groups) if len(groups) > 1 else None

    @property
    def groups(self) -> list[str]:
        """What members are colored by: their types, else whether they are of the core."""
        return sorted({member["group"] for member in self.members.values()})

    @property
    def widest(self) -> float:
        """The largest value of a line or a spoke, in major units: both pictures draw to one scale."""
        values = [value for _, _, value in self.lines] + [one["owed"] for one in self.members.values()]
        return major(max(values, default=1), self.currency)


def network_of(result: Result) -> Network | None:
    """The network of a result, None where no two members trade or its table was not written."""
    if result.network is None or not result.network.height:
        return None
    from simulator.measures.network import describe_network

    figures = describe_network(result.network, result.participants).by_member
    members = {row["participant"]: _member(row) for row in figures.iter_rows(named=True)}
    first = next(iter(result.summary["arrangements"]))
    for row in result.participants.filter(arrangement=first).iter_rows(named=True):
        member = members[row["participant"]]
        net = row["bought_value"] - row["sold_value"]
        member["type"] = read_type(row["type"])
        member["owed"] += abs(net)
        member["net"] += net
    members = {name: one for name, one in members.items() if one["counterparties"]}
    ranked = sorted(members, key=lambda name: (-members[name]["traded"], name))
    # One place more costs no more than saying that one member is not shown.
    shown = ranked if len(ranked) <= SHOWN_MEMBERS + 1 else ranked[:SHOWN_MEMBERS]
    kept = {name: members[name] for name in shown}
    rest = [members[name] for name in ranked[len(shown) :]]
    _group(kept)
    if rest:
        kept[TOGETHER] = _together(f"{format_count(len(rest))} others", rest)
    _place(kept)
    both_ways = _between(result.network)
    lines = _between(_gathered(both_ways, kept)) if rest else both_ways
    largest = lines.sort("value", "buyer", "seller", descending=[True, False, False])
    return Network(
        result.summary["currency"],
        kept,
        len(rest),
        largest.select("buyer", "seller", "value").rows(),
        both_ways.height,
        int(both_ways.get_column("value").sum()),
    )


def _member(row: Row) -> Row:
    return {
        "name": legible(row["participant"]),
        "traded": row["bought_value"] + row["sold_value"],
        "counterparties": row["counterparties"],
        "in_core": row["in_core"],
        "core": "in the core" if row["in_core"] else "outside the core",
        "centrality": row["centrality"],
        "type": UNTYPED,
        "owed": 0,
        "net": 0,
    }


def _together(name: str, rest: list[Row]) -> Row:
    return {
        "name": name,
        "traded": sum(one["traded"] for one in rest),
        "counterparties": None,
        "in_core": False,
        "core": f"{sum(one['in_core'] for one in rest)} of them in the core",
        "centrality": sum(one["centrality"] for one in rest),
        "type": "together",
        "group": "Others, together",
        "owed": sum(one["owed"] for one in rest),
        "net": sum(one["net"] for one in rest),
    }


def _group(members: dict[str, Row]) -> None:
    """Color by type where there are types, else by core."""
    typed = any(one["type"] != UNTYPED for one in members.values())
    for one in members.values():
        one["group"] = one["type"] if typed else one["core"].capitalize()


def _between(network: pl.DataFrame) -> pl.DataFrame:
    """Value between two members, whoever buys: the first by name stands as ``buyer``."""
    import polars as pl

    buyer, seller = pl.col("buyer"), pl.col("seller")
    ends = network.select(
        pl.when(buyer < seller).then(buyer).otherwise(seller).alias("buyer"),
        pl.when(buyer < seller).then(seller).otherwise(buyer).alias("seller"),
        "value",
    )
    return (
        ends.filter(buyer != seller)
        .group_by("buyer", "seller", maintain_order=True)
        .agg(pl.col("value").sum())
    )


def _gathered(network: pl.DataFrame, kept: Collection[str]) -> pl.DataFrame:
    """The same with all who are not kept as one."""
    import polars as pl

    names = pl.Series(list(kept)).implode()
    return network.with_columns(
        pl.when(pl.col(side).is_in(names)).then(pl.col(side)).otherwise(pl.lit(TOGETHER)).alias(side)
        for side in ("buyer", "seller")
    )


def _place(members: dict[str, Row]) -> None:
    """Two rings, the core inside; one ring where all or next to none are of the core.

    The first place is at the top, the others follow clockwise. Importing networkx for it would take
    longer, 0.2 s, than all else of the chart.
    """
    order = sorted(members, key=lambda name: (name == TOGETHER, members[name]["group"]))
    core = [name for name in order if members[name]["in_core"]]
    outside = [name for name in order if not members[name]["in_core"]]
    rings = [(0.5, core), (1.0, outside)] if 3 <= len(core) <= 2 * len(outside) else [(1.0, order)]
    for radius, ring in rings:
        for at, name in enumerate(ring):
            angle = 2 * math.pi * at / len(ring)
            members[name]["x"] = round(radius * math.sin(angle), 4)
            members[name]["y"] = round(radius * math.cos(angle), 4)


# ------------------------------------------------------------------------------------------- drawing

PLANE: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [-REACH, REACH]}}


def draw_network(network: Network, lines: list[Row], hover: list[Spec], more: list[Spec]) -> Spec:
    """Lines, then members as dots by how much they trade, then names; ``more`` is drawn on top."""
    groups = network.groups
    filters: list[Spec] = [
        *({"calculate": "datum.one", "as": "group"}, *only_shown(groups)),
        *({"calculate": "datum.other", "as": "group"}, *only_shown(groups)),
    ]
    widths = {"type": "sqrt", "domain": [0, network.widest], "range": [0.15, 7]}
    rules = {
        "params": switch(groups, "group"),
        "data": {"values": lines},
        "transform": filters if len(groups) > 1 else [],
        "mark": {"type": "rule", "style": "faint", "opacity": 0.4, "strokeCap": "round"},
        "encoding": {
            "x": {**PLANE, "field": "x"},
            "y": {**PLANE, "field": "y"},
            "x2": {"field": "x2"},
            "y2": {"field": "y2"},
            "strokeWidth": {"field": "value", "type": "quantitative", "scale": widths, "legend": None},
            "tooltip": told(("ends", "Between"), ("amount", "Value")),
        },
    }
    place = {"x": {**PLANE, "field": "x"}, "y": {**PLANE, "field": "y"}}
    dots = {
        "transform": only_shown(groups),
        "mark": {"type": "point", "filled": True, "opacity": 1},
        "encoding": {
            **place,
            "size": {
                "field": "traded",
                "type": "quantitative",
                "scale": {"type": "linear", "domainMin": 0, "range": [14, 420]},
                "legend": None,
            },
            "color": color(groups, "group"),
            "tooltip": hover,
        },
    }
    members = _rows(network)
    names: list[Spec] = [
        {
            "transform": [
                *only_shown(groups),
                {"filter": f"datum.named && {side}"},
            ],
            "mark": {"type": "text", "style": "name", "align": align, "dx": dx, "dy": dy, "fontSize": 11},
            "encoding": {**place, "text": {"field": "short"}},
        }
        for side, align, dx, dy in (
            ("datum.x >= 0.25", "left", 12, 0),
            ("datum.x <= -0.25", "right", -12, 0),
            ("abs(datum.x) < 0.25 && datum.y >= 0", "center", 0, -15),
            ("abs(datum.x) < 0.25 && datum.y < 0", "center", 0, 15),
        )
    ]
    return {
        "$schema": SCHEMA,
        "width": SIDE,
        "height": SIDE,
        "usermeta": {"square": True},
        "data": {"values": members},
        "layer": [rules, dots, *names, *more],
    }


def _rows(network: Network) -> list[Row]:
    rows, currency = [], network.currency
    named = _named(list(network.members.values()), network.others)
    for one in network.members.values():
        rows.append(
            {
                "member": one["name"],
                "short": _cut(one["name"]),
                "named": one["name"] in named,
                "type": one["type"],
                "group": one["group"],
                "traded": major(one["traded"], currency),
                "amount": f"{read_money(one['traded'], currency)} {currency}",
                "owed": f"{read_money(one['owed'], currency)} {currency}",
                "way": way(one["net"]),
                "counterparties": one["counterparties"] if one["counterparties"] is not None else "–",
                "core": one["core"],
                "centrality": format_share(one["centrality"]),
                "x": one["x"],
                "y": one["y"],
            }
        )
    return rows


def _named(members: list[Row], others: int) -> set[str]:
    """Members whose names have room, the largest first, and those that are drawn together in any case."""
    ranked = [*members[-1:], *members[:-1]] if others else members
    taken: list[tuple[str, float, float, float]] = []
    for one in ranked[:NAMED]:
        wide = len(_cut(one["name"])) * LETTER
        beside = abs(one["x"]) >= 0.25
        middle = one["x"] + (math.copysign(wide / 2, one["x"]) if beside else 0)
        level = one["y"] + (0 if beside else math.copysign(LINE, one["y"]))
        if all(abs(middle - x) > (wide + width) / 2 or abs(level - y) > LINE for _, x, y, width in taken):
            taken.append((one["name"], middle, level, wide))
    return {name for name, *_ in taken}


def way(net: int) -> str:
    """Which way a net position goes."""
    return "pays on balance" if net > 0 else "receives on balance" if net < 0 else "is even"


def _cut(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…"


def part_shown(network: Network) -> str:
    """What of the members is not drawn one by one."""
    if not network.others:
        return ""
    own = len(network.members) - 1
    return (
        f"Shown one by one are the {own} members that trade most, of {format_count(own + network.others)}; "
        f"the other {format_count(network.others)} are drawn together as one."
    )
