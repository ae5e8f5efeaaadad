"""Netting efficiency: which share of what settles need never be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.config.units import format_share
from simulator.report.charts.bars import draw_pairs
from simulator.report.charts.chart import Cell, Drawing, Legend, Nothing, Table
from simulator.report.charts.grammar import SHARE_LABEL, days_note, listed, many_days, names_of

if TYPE_CHECKING:
    from simulator.report.result import Result

TITLE = "Netting efficiency"
READING = (
    "The share of settled value that is never moved, because what one owes and what one is owed cancel out. "
    "100 % would be a circle; gross settlement moves all but what members trade with themselves."
)
KINDS = {"Cash": "netting_efficiency", "Securities": "securities_netting_efficiency"}


def draw(result: Result) -> Drawing | Nothing:
    """A row an arrangement, a mark for cash and one for securities."""
    shown = names_of(result)
    shares = {
        name: {kind: one.get(measure) for kind, measure in KINDS.items()}
        for name, one in result.summary["arrangements"].items()
    }
    if all(share is None for one in shares.values() for share in one.values()):
        return Nothing("nothing settles")

    def row(name: str, kind: str, share: float) -> dict:
        return {
            "arrangement": shown[name],
            "what": kind,
            "value": share,
            "amount": format_share(share),
        }

    days = [
        {**row(day["arrangement"], kind, day[measure]), "day": day["label"]}
        for day in (result.days.iter_rows(named=True) if many_days(result) else ())
        for kind, measure in KINDS.items()
        if day[measure] is not None
    ]
    totals = [
        row(name, kind, share)
        for name, one in shares.items()
        for kind, share in one.items()
        if share is not None
    ]
    axis = {"title": "Share of settled value not moved", "labelExpr": SHARE_LABEL}
    said = [f"{_read(one['Cash'])} of cash under {shown[name]}" for name, one in shares.items()]
    return Drawing(
        spec=draw_pairs(totals, days, list(shown.values()), list(KINDS), axis),
        says=f"Netting saves {listed(said)}.",
        table=Table(
            ("Arrangement", *KINDS),
            [
                [shown[name], *(Cell(_read(one[k]), one[k], KINDS[k], name) for k in KINDS)]
                for name, one in shares.items()
            ],
        ),
        legend=Legend("what", list(KINDS)),
        note=days_note(result) if many_days(result) else "",
    )


def _read(share: float | None) -> str:
    return "–" if share is None else format_share(share)
