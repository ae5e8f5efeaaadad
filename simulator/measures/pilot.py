"""What a pilot of tokenized entitlements comes to; layer 2, and 0 without a pilot."""

from __future__ import annotations

import polars as pl

from simulator.layers.record import SettlementDay
from simulator.market.flow import MINUTE
from simulator.simulation import FinishedRun


def tokenized_value(day: SettlementDay) -> int:
    """Tokens as the day ends, at its reference prices: 6 tokens at 10.00 are 60.00."""
    return 0 if day.pilot is None else day.pilot.tokenized_value


def token_transfers(day: SettlementDay) -> int:
    """Transfers between wallets that moved something, from the day's midnight to the next day's."""
    return 0 if day.pilot is None else day.pilot.counts["transfer"]


def token_reversals(day: SettlementDay) -> int:
    """Reversals by the root wallet that moved something, from the day's midnight to the next day's."""
    return 0 if day.pilot is None else day.pilot.counts["reverse"]


PILOT = {
    "arrangement": pl.String,
    "day": pl.Int64,
    "label": pl.String,
    "tokenized_value": pl.Int64,
    "tokens": pl.Int64,
    "on_the_way": pl.Int64,
    "tokenized_securities": pl.Int64,
    "wallets": pl.Int64,
    "chains": pl.String,
    "tokenizations": pl.Int64,
    "tokenizations_value": pl.Int64,
    "transfers": pl.Int64,
    "transfers_value": pl.Int64,
    "reversals": pl.Int64,
    "reversals_value": pl.Int64,
    "detokenizations": pl.Int64,
    "detokenizations_value": pl.Int64,
    "outages": pl.Int64,
    "outage_minutes": pl.Float64,
    "refused_not_eligible": pl.Int64,
    "refused_no_wallet": pl.Int64,
    "refused_units": pl.Int64,
    "refused_collateral": pl.Int64,
    "orders_flagged": pl.Int64,
    "orders_fallen_back": pl.Int64,
}


def pilot_table(run: FinishedRun, chains: dict[str, tuple[str, ...]]) -> pl.DataFrame:
    """One row an arrangement with a pilot and day, trade and settlement days; ``chains`` by arrangement.

    Values are at the day's reference prices; of a security not traded at the last there was, before the first
    at its opening price. ``tokens`` and ``on_the_way`` are units as the day ends; movements count where they
    begin.
    """
    rows = []
    for name, days in run.pilot.items():
        for day in days:
            movements = [
                (day.counts[movement], day.moved_value(movement))
                for movement in ("tokenize", "transfer", "reverse", "detokenize")
            ]
            rows.append(
                (
                    name,
                    day.day.index,
                    day.day.label,
                    day.tokenized_value,
                    int(day.tokens.sum()),
                    int(day.on_the_way.sum()),
                    int((day.tokens > 0).sum()),
                    day.wallets,
                    ", ".join(chains[name]),
                    *(figure for pair in movements for figure in pair),
                    day.outages,
                    day.outage_time / MINUTE,
                    *day.refused.values(),
                    day.flagged,
                    day.fallen_back,
                )
            )
    return pl.DataFrame(rows, schema=PILOT, orient="row")
