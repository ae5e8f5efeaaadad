"""From a finished run to results: days and participants as tables, the summary and the comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from simulator.config.schema import Config
from simulator.config.units import minor_digits
from simulator.kernels.histogram import RELATIVE_ERROR, bin_bounds, quantile
from simulator.kernels.rounding import rounded
from simulator.layers.record import SettlementDay
from simulator.market.flow import HOUR, SECOND, Int64
from simulator.simulation import FinishedRun

from .catalogue import LOWER_BOUND, MEASURES, P99_DELAY
from .cost_table import cost_table
from .events import events_table
from .exact import mean, percentile_99
from .fails import fails_table
from .liquidity import open_time
from .margin import defaults_table
from .network import describe_network, trade_network
from .pilot import pilot_table
from .repo import repo_table, repo_totals

Value = int | float | None
Exact = int | None | tuple[int, int]

TIMELINE = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "time": pl.Int64,
    "credit": pl.Int64,
    "liquidity_in_use": pl.Int64,
    "liquidity_in_use_peak": pl.Int64,
    "queue_count": pl.Int64,
    "queue_value": pl.Int64,
    "settled_value": pl.Int64,
    "locked_value": pl.Int64,
}

DELAYS = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "from_seconds": pl.Float64,
    "to_seconds": pl.Float64,
    "value": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of a run: ``summary`` as written to JSON, and tables with one row a day, and so on."""

    summary: dict[str, Any]
    days: pl.DataFrame
    participants: pl.DataFrame
    timeline: pl.DataFrame
    network: pl.DataFrame
    delays: pl.DataFrame
    credit: pl.DataFrame
    cash_legs: pl.DataFrame
    events: pl.DataFrame
    fails: pl.DataFrame | None
    pilot: pl.DataFrame | None
    defaults: pl.DataFrame | None
    costs: pl.DataFrame | None
    repo: pl.DataFrame | None


def summarise(config: Config, run: FinishedRun) -> Measured:
    """Every measure of every arrangement, by settlement day, by participant and over the run."""
    exact = exactly(run)
    arrangements = over_run(run, exact)
    chains = {name: one.pilot.chains for name, one in config.arrangements.items() if one.pilot is not None}
    participants, network = _participants_table(run), trade_network(run)
    return Measured(
        summary={
            "experiment": config.name,
            "seed": config.seed,
            "currency": config.flow.currency,
            "minor_unit": float(f"1e-{minor_digits(config.flow.currency)}"),
            "delay_quantile_error": RELATIVE_ERROR,
            "flow": {**_flow_totals(run), **repo_totals(run)},
            "arrangements": arrangements,
            "comparison": _compare(config.baseline, arrangements),
            "network": describe_network(network, participants).system,
        },
        days=_days_table(run, exact),
        participants=participants,
        timeline=pl.DataFrame(run.timeline, schema=TIMELINE, orient="row"),
        network=network,
        delays=_delays_table(run),
        credit=_credit_table(run),
        cash_legs=_cash_legs_table(run),
        events=events_table(run.happenings),
        fails=fails_table(run) if any(one.carry for one in config.arrangements.values()) else None,
        pilot=pilot_table(run, chains) if chains else None,
        defaults=defaults_table(run) if any(run.defaults.values()) else None,
        costs=cost_table(run) if config.costs is not None else None,
        repo=repo_table(run),
    )


def exactly(run: FinishedRun) -> dict[str, list[dict[str, Exact]]]:
    """Every measure of every settlement day of every arrangement, ratios as pairs of integers."""
    return {
        name: [{measure.name: measure.of_day(day) for measure in MEASURES} for day in records]
        for name, records in run.records.items()
    }


def over_run(
    run: FinishedRun, exact: dict[str, list[dict[str, Exact]]] | None = None
) -> dict[str, dict[str, Value]]:
    """Every measure of every arrangement over its settlement days, as ``summary.json`` holds them."""
    exact = exactly(run) if exact is None else exact
    return {name: _over_days(records, exact[name]) for name, records in run.records.items()}


def of_day(day: SettlementDay, exact: dict[str, Exact]) -> dict[str, Value]:
    """All measures of one settlement day, from their exact values."""
    values: dict[str, Value] = {}
    for measure in MEASURES:
        value = exact[measure.name]
        values[measure.name] = measure.value(value) if isinstance(value, tuple) else value
        if measure.name == "net_debit":
            values[LOWER_BOUND] = values["net_debit"]
        if measure.name == "mean_delay_seconds":
            values[P99_DELAY] = _p99_delay(day.waits)
    return values


def _p99_delay(waits: Int64) -> float | None:
    wait = quantile(waits, 99)
    return None if wait is None else wait / SECOND


def _over_days(records: list[SettlementDay], exact: list[dict[str, Exact]]) -> dict[str, Value]:
    """Flows and needs as means over settlement days, peaks as maxima, ratios of totals."""
    values: dict[str, Value] = {"layer": records[0].layer, "settlement_days": len(records)}
    for measure in MEASURES:
        if measure.per == "ratio":
            pairs = [pair for day in exact if isinstance(pair := day[measure.name], tuple)]
            numerators, denominators = zip(*pairs, strict=True)
            values[measure.name] = measure.value((sum(numerators), sum(denominators)))
        elif measure.per == "peak ratio":
            ratios = [measure.value(pair) for day in exact if isinstance(pair := day[measure.name], tuple)]
            values[measure.name] = max((one for one in ratios if one is not None), default=None)
        else:
            known = [value for day in exact if isinstance(value := day[measure.name], int)]
            combine = max if measure.per == "peak" else mean
            values[measure.name] = combine(known) if known else None
        if measure.name == "net_debit":
            values[LOWER_BOUND] = values["net_debit"]
        if measure.name == "mean_delay_seconds":
            values[P99_DELAY] = _p99_delay(np.sum([day.waits for day in records], axis=0))
        if measure.tail and measure.by_member is not None:
            by_member = [measure.by_member(day)[day.flow.instructions > 0] for day in records]
            values[f"{measure.name}_p99"] = percentile_99(np.concatenate(by_member))
    values["open_hours"] = sum(open_time(day) for day in records) / len(records) / HOUR
    return values


def _flow_totals(run: FinishedRun) -> dict[str, int]:
    trading = sum((day.instructions for day in run.flow_days), np.zeros(len(run.flow.members), np.int64))
    traded = np.zeros(len(run.flow.securities), dtype=bool)
    for day in run.flow_days:
        traded |= day.securities_traded
    return {
        "trades": sum(day.trades for day in run.flow_days),
        "gross_value": sum(day.gross_value for day in run.flow_days),
        "internalised_value": sum(day.internalised_value for day in run.flow_days),
        "participants": int(np.count_nonzero(trading)),
        "securities": int(np.count_nonzero(traded)),
        "days": len(run.flow_days),
    }


def _compare(baseline: str, arrangements: dict[str, dict[str, Value]]) -> dict[str, Any]:
    """Every other arrangement against the baseline: difference and ratio of each measure."""
    base = arrangements[baseline]
    comparison: dict[str, Any] = {"baseline": baseline}
    for name, values in arrangements.items():
        if name == baseline:
            continue
        comparison[name] = {
            measure: _held_against(value, base[measure])
            for measure, value in values.items()
            if measure not in ("layer", "settlement_days", "open_hours")
        }
    return comparison


def _held_against(value: Value, base: Value) -> dict[str, Value]:
    if value is None or base is None:
        return {"difference": None, "ratio": None}
    return {"difference": value - base, "ratio": value / base if base else None}


def _days_table(run: FinishedRun, exact: dict[str, list[dict[str, Exact]]]) -> pl.DataFrame:
    rows = [
        {
            "arrangement": name,
            "layer": day.layer,
            "day": day.day.index,
            "label": day.day.label,
            "trade_day": day.flow.day.index,
            "trades": day.flow.trades,
            **of_day(day, values),
        }
        for name, records in run.records.items()
        for day, values in zip(records, exact[name], strict=True)
    ]
    types: dict[str, pl.DataType] = {
        measure.name: pl.Float64() if measure.per in ("ratio", "peak ratio") else pl.Int64()
        for measure in MEASURES
    }
    hours = [day["liquidity_hours"] for days in exact.values() for day in days]
    if any(isinstance(value, int) and value >= 1 << 63 for value in hours):
        # Money × hours of a run whose money just fits int64 does not.
        types["liquidity_hours"] = pl.Decimal(38, 0)
    return pl.DataFrame(rows, schema_overrides={**types, P99_DELAY: pl.Float64()})


def _participants_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, settlement day and participant that trades in the run."""
    active = np.zeros(len(run.flow.members), dtype=bool)
    for flow_day in run.flow_days:
        active |= flow_day.instructions > 0
    places = np.flatnonzero(active)
    names = [run.flow.members[m] for m in places]
    types = [run.flow.member_types[m] for m in places]
    frames = []
    for name, records in run.records.items():
        for day in records:
            columns: dict[str, Any] = {
                "arrangement": [name] * len(places),
                "day": np.full(len(places), day.day.index, dtype=np.int64),
                "participant": names,
                "type": types,
                "instructions": day.flow.instructions[places],
                "bought_value": day.flow.paid[places],
                "sold_value": (day.flow.paid - day.flow.net_cash)[places],
            }
            for measure in MEASURES:
                if measure.by_member is not None:
                    columns[measure.name] = measure.by_member(day)[places]
            frames.append(pl.DataFrame(columns))
    return pl.concat(frames)


CREDIT = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "facility": pl.String,
    "rate": pl.Float64,
    "peak": pl.Int64,
    "mean": pl.Int64,
    "interest": pl.Int64,
    "not_repaid": pl.Int64,
}


def _credit_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, settlement day and facility of intraday credit, in the order of drawing."""
    rows = [
        (
            name,
            day.day.index,
            one.name,
            float(one.rate),
            one.peak,
            rounded(sum(one.drawn_time), open_time(day)) if open_time(day) else None,
            int(one.interest.sum()),
            int(one.not_repaid.sum()),
        )
        for name, records in run.records.items()
        for day in records
        for one in day.credit
    ]
    return pl.DataFrame(rows, schema=CREDIT, orient="row")


CASH_LEGS = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "leg": pl.String,
    "kind": pl.String,
    "issuer": pl.String,
    "pool": pl.String,
    "opening": pl.Int64,
    "minted": pl.Int64,
    "redeemed": pl.Int64,
    "refused": pl.Int64,
    "in_transit": pl.Int64,
    "supply": pl.Int64,
    "holding_cost": pl.Int64,
}


def _cash_legs_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, settlement day and cash leg, as stated."""
    rows = [
        (
            name,
            day.day.index,
            *(one.name, one.kind, one.issuer, one.pool, one.opening),
            *(int(each.sum()) for each in (one.minted, one.redeemed, one.refused)),
            one.in_transit,
            one.supply,
            int(one.cost.sum()),
        )
        for name, records in run.records.items()
        for day in records
        for one in day.legs
    ]
    return pl.DataFrame(rows, schema=CASH_LEGS, orient="row")


def _delays_table(run: FinishedRun) -> pl.DataFrame:
    """One row an arrangement, settlement day and bin of the wait that holds value.

    A wait lies from ``from_seconds`` to less than ``to_seconds``; what is unsettled waits until the close.
    """
    rows = [
        (name, day.day.index, *(bound / SECOND for bound in bin_bounds(int(place))), int(day.waits[place]))
        for name, records in run.records.items()
        for day in records
        for place in np.flatnonzero(day.waits)
    ]
    return pl.DataFrame(rows, schema=DELAYS, orient="row")
