"""The headline measures as people read them: grouped, in people's units, with ratios to the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.config.units import format_count, format_duration, format_money, format_share
from simulator.measures.catalogue import COSTS, MEASURES, WAITED, Measure
from simulator.report.finding import format_basis_points, format_ratio

if TYPE_CHECKING:
    import polars as pl

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Cash": (
        "liquidity_need",
        "system_peak",
        "liquidity_used",
        "net_debit",
        "value_moved",
        "netting_efficiency",
        "liquidity_hours",
        "turnover_ratio",
        "funding_shortfall",
    ),
    "Credit": ("peak_intraday_credit", "mean_intraday_credit", "credit_cost", "credit_not_repaid"),
    "Securities": (
        "securities_need",
        "securities_value_moved",
        "units_moved",
        "securities_netting_efficiency",
        "securities_borrowed",
        "borrowing_fee",
        "securities_not_returned",
        "tokenized_value",
        "token_transfers",
        "token_reversals",
    ),
    "Sent to the chain": ("routed_value", "routed_need", "routed_net_debit", "marginal_net_debit"),
    "Margin": (
        "margin",
        "margin_called",
        "margin_buffer",
        "unsettled_exposure",
        "unsettled_exposure_peak",
        "cover_1",
        "supplemental_deposits",
        "cover_1_shortfall",
    ),
    "Cost": ("cost", "cost_bp", "cost_year", *COSTS),
    "Time": (
        "settlement_delay",
        "mean_delay_seconds",
        "inclusion_wait_seconds",
        "settlement_lag",
    ),
    "Settled": (
        "settled_value",
        "unsettled_value",
        *(f"unsettled_value_{reason}" for reason in WAITED),
        "unsettled_count",
        "gridlocked_value",
        "late_value",
        "partial_value",
    ),
}
"""Where a headline measure stands; what is named here in no group stands under "More"."""

COMPARABLE = ("money", "units", "count", "seconds", "money_hours")
"""Units of which a multiple of the baseline says something; a share is its own comparison."""

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One measure as people read it: its value and its multiple of the baseline, by arrangement."""

    group: str
    measure: Measure
    values: tuple[str, ...]
    ratios: tuple[str, ...]


def headline_measures(summaries: Sequence[Mapping[str, Any]]) -> list[tuple[str, Measure]]:
    """(group, measure) of the headline measures that the summaries have, group by group.

    Of those shown "if any", only what some arrangement has a value of other than 0.
    """
    places = {name: (group, at) for group, names in GROUPS.items() for at, name in enumerate(names)}
    order = {group: at for at, group in enumerate((*GROUPS, "More"))}
    arrangements = [one for summary in summaries for one in summary["arrangements"].values()]
    placed = [
        (*places.get(measure.name, ("More", 0)), measure)
        for measure in MEASURES
        if _is_shown(measure, [one[measure.name] for one in arrangements if measure.name in one])
    ]
    placed.sort(key=lambda each: (order[each[0]], each[1]))
    return [(group, measure) for group, _, measure in placed]


def _is_shown(measure: Measure, values: Sequence[float | None]) -> bool:
    return bool(values) if measure.headline == "always" else measure.headline == "if any" and any(values)


def headline_rows(summary: Mapping[str, Any]) -> Iterator[Row]:
    """The headline measures of one run as people read them."""
    for group, measure in headline_measures([summary]):
        values = [
            format_value(one.get(measure.name), measure.unit, summary["currency"])
            for one in summary["arrangements"].values()
        ]
        ratios = [multiple(summary, name, measure) for name in summary["arrangements"]]
        yield Row(group, measure, tuple(values), tuple(ratios))


def format_value(value: float | None, unit: str, currency: str) -> str:
    """A value of a measure in people's units, money without its currency.

    Examples
    --------
    >>> format_value(13_700_000_000_000, "money", "NPR"), format_value(None, "share", "NPR")
    ('137 bn', '–')
    >>> format_value(768.4, "seconds", "NPR"), format_value(0.957, "share", "NPR")
    ('12.8 min', '95.7 %')
    """
    if value is None:
        return NOTHING
    if unit in ("money", "money_hours"):
        return format_money(round(value), currency).removesuffix(f" {currency}") if value else "0"
    if unit in ("units", "count"):
        return format_count(round(value))
    if unit == "share":
        return format_share(value)
    if unit == "seconds":
        return format_duration(value * 1_000_000)
    if unit == "basis_points":
        return format_basis_points(value)
    return format_ratio(value) if value >= 0 else f"−{format_ratio(-value)}"


def multiple(summary: Mapping[str, Any], name: str, measure: Measure) -> str:
    """A measure of one arrangement as a multiple of the baseline, empty where that says nothing."""
    if measure.unit not in COMPARABLE:
        return ""
    ratio = summary["comparison"].get(name, {}).get(measure.name, {}).get("ratio")
    if name == summary["comparison"]["baseline"] or ratio is None:
        return ""
    return f"× {format_ratio(ratio)}"


def headline_frame(summary: Mapping[str, Any]) -> pl.DataFrame:
    """The comparison as a data frame of text: measure, unit, and a column an arrangement."""
    import polars as pl

    names = list(summary["arrangements"])
    rows = list(headline_rows(summary))

    def free(name: str) -> str:
        """A name for a column that no arrangement has."""
        return free(f"{name}_") if name in names else name

    columns: dict[str, list[str | None]] = {
        free("measure"): [row.measure.title for row in rows],
        free("unit"): [_unit(row.measure, summary["currency"]) for row in rows],
    }
    for at, name in enumerate(names):
        columns[name] = [None if row.values[at] == NOTHING else row.values[at] for row in rows]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _unit(measure: Measure, currency: str) -> str:
    return {"money": currency, "money_hours": f"{currency} × hours", "units": "units", "count": "number"}.get(
        measure.unit, ""
    )
