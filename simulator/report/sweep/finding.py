"""What a sweep shows, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.config.units import format_share
from simulator.report.finding import format_ratio
from simulator.report.headline import format_value
from simulator.study.columns import title_of, unit_of
from simulator.study.words import legible

if TYPE_CHECKING:
    from simulator.report.sweep.result import SweepResult

TOP = 5
"""Keys that a sentence names."""


def state_sweep(result: SweepResult) -> str:
    """The finding of whatever was asked: harm, sensitivity, frontier, or the spread of the means."""
    told = result.told
    if not result.frame.height:
        return "No run finished."
    if told["harm"]:
        return _harm(told)
    if told["indices"] or told["swings"]:
        return _moves(told)
    if "usage" in result.frame.columns:
        return _frontier(result)
    return _spread(result)


def _harm(told: Any) -> str:
    worst = told["harm"][0]
    if worst["harm"] <= 0:
        return f"Nothing that broke raised {title_of(worst['measure']).lower()}."
    amount = format_value(worst["harm"], unit_of(worst["measure"]), told["currency"])
    measure = title_of(worst["measure"]).lower()
    name = legible(worst["arrangement"])
    return f"Most harm: {legible(worst['scenario'])} raises {measure} of {name} by {amount}."


def _moves(told: Any) -> str:
    listed = told["indices"] or told["swings"]
    first = listed[0]
    keys = [
        one["key"]
        for one in listed
        if (one["arrangement"], one["measure"]) == (first["arrangement"], first["measure"])
    ]
    named = ", ".join(legible(key) for key in keys[:TOP])
    return (
        f"What moves the gap in {title_of(first['measure']).lower()} between {legible(first['arrangement'])} "
        f"and {legible(told['baseline'])} most: {named}."
    )


def _frontier(result: SweepResult) -> str:
    first = result.frame["arrangement"][0]
    one = result.summary.filter(variant=0, arrangement=first, without="", measure="settlement_delay")
    delays = {row["usage"]: row["mean"] for row in one.iter_rows(named=True)}
    shown = [format_value(delays[usage], "share", "USD") for usage in (min(delays), max(delays))]
    half = min(delays, key=lambda usage: abs(usage - 0.5))
    return (
        f"{legible(first)}: delay ρ falls from {shown[0]} of the day at the lower bound of liquidity to "
        f"{shown[1]} at the upper; at {format_share(half)} of the way it is "
        f"{format_value(delays[half], 'share', 'USD')}."
    )


def _spread(result: SweepResult) -> str:
    """The least and the most multiple of the baseline over variants, for the first measure."""
    measure = result.summary["measure"][0]
    rows = result.summary.filter(measure=measure).drop_nulls("ratio")
    title, baseline = title_of(measure), legible(result.told["baseline"])
    if not rows.height:
        means = [
            value for value in result.summary.filter(measure=measure)["mean"].to_list() if value is not None
        ]
        if not means:
            return f"{title} is defined in no run."
        ends = [
            format_value(each, unit_of(measure), result.told["currency"]) for each in (min(means), max(means))
        ]
        return f"{title}: {ends[0]} to {ends[1]}." if ends[0] != ends[1] else f"{title}: {ends[0]}."
    parts = []
    for name in dict.fromkeys(rows["arrangement"].to_list()):
        ratios = rows.filter(arrangement=name)["ratio"].to_list()
        low, high = format_ratio(min(ratios)), format_ratio(max(ratios))
        parts.append(f"{legible(name)} × {low}" + (f" to {high}" if low != high else ""))
    return f"{title} as a multiple of {baseline}: {'; '.join(parts)}."
