"""Cash beside securities: what an arrangement needs of either, in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.charts.bars import draw_pairs
from simulator.report.charts.chart import Cell, Drawing, Legend, Nothing, Table
from simulator.report.charts.grammar import (
    days_note,
    listed,
    major,
    many_days,
    money_axis,
    names_of,
    read_money,
)

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Cash beside securities"
READING = (
    "What members must bring so that everything settles at its time: cash, and securities at the reference "
    "price of the day. Saving one often costs the other."
)
KINDS = {"Cash": "liquidity_need", "Securities": "securities_need"}


def draw(result: Result) -> Drawing | Nothing:
    """A row an arrangement, a mark for cash and one for securities."""
    currency, shown = result.summary["currency"], names_of(result)
    needs = {
        name: {kind: one.get(measure) or 0 for kind, measure in KINDS.items()}
        for name, one in result.summary["arrangements"].items()
    }
    if not any(value for one in needs.values() for value in one.values()):
        return Nothing("no arrangement needs cash or securities")

    def row(name: str, kind: str, value: int) -> dict:
        amount = f"{read_money(value, currency)} {currency}"
        return {
            "arrangement": shown[name],
            "what": kind,
            "value": major(value, currency),
            "amount": amount,
        }

    days = [
        {**row(day["arrangement"], kind, day[measure]), "day": day["label"]}
        for day in (result.days.iter_rows(named=True) if many_days(result) else ())
        for kind, measure in KINDS.items()
    ]
    means = [row(name, kind, value) for name, one in needs.items() for kind, value in one.items()]
    said = [
        f"{shown[name]} {read_money(one['Cash'], currency)} of cash and "
        f"{read_money(one['Securities'], currency)} of securities"
        for name, one in needs.items()
    ]
    return Drawing(
        spec=draw_pairs(means, days, list(shown.values()), list(KINDS), money_axis(f"Need, {currency}")),
        says=f"In {currency}, {listed(said)}.",
        table=Table(
            ("Arrangement", *(f"{kind}, {currency}" for kind in KINDS)),
            [
                [
                    shown[name],
                    *(Cell(read_money(one[k], currency), one[k], KINDS[k], name) for k in KINDS),
                ]
                for name, one in needs.items()
            ],
        ),
        legend=Legend("what", list(KINDS)),
        note=days_note(result) if many_days(result) else "",
    )
