"""What of a chain drives the need: re-use, room, the kind of cash, a weekend? See README.md beside this.

python experiments/chain/chain.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

import simulator

HERE = Path(__file__).resolve().parent
REAL_DAYS = Path(os.environ.get("NETGROSS_REAL_DAYS", HERE.parents[2] / "shared" / "data" / "nepse"))
SEEDS = (2026, 1, 2)

FINALITY = {"12.8 s": "12.8 s", "1 min": "1 min", "12.8 min": "768 s", "1 h": "1 h"}
"""As on Solana and Ethereum, and two beside them; fills the axis from the next block to the close."""

ARRANGEMENTS: dict[str, dict[str, Any]] = {
    "at once": {"layer": 3, "block": "12 s", "reuse": "at_once"},
    "next block, 12 s": {"layer": 3, "block": "12 s", "reuse": "next_block"},
    **{
        f"final after {told}": {
            "layer": 3,
            "block": "12 s",
            "reuse": "at_finality",
            "chain": {"finality": finality},
        }
        for told, finality in FINALITY.items()
    },
    "at the close": {"layer": 3, "block": "12 s", "reuse": "at_close"},
}

COLUMNS = {
    "time": "tradeTime",
    "order": "contractId",
    "buyer": "buyerMemberId",
    "seller": "sellerMemberId",
    "security": "stockSymbol",
    "units": "contractQuantity",
    "cash": "contractAmount",
}


def markets() -> Iterator[tuple[str, dict[str, Any]]]:
    """(market, config without arrangements), one a day."""
    for seed in SEEDS:
        yield "US equities", {"extends": "markets/us_equities", "seed": seed, "days": 1}
    for tape in sorted(REAL_DAYS.glob("nepse_*.csv.gz")):
        yield "NEPSE", {"flow": {"tape": {"path": str(tape), "currency": "NPR", "columns": COLUMNS}}}


def settle_day(market: dict[str, Any]) -> pl.DataFrame:
    """One row an assumption on re-use: what members need, of the net debit and of gross value."""
    found = simulator.run({**market, "arrangements": ARRANGEMENTS}).summary["arrangements"]
    first = found["at once"]["securities_need"]
    return pl.DataFrame(
        {
            "reuse": name,
            "of_net_debit": measures["liquidity_need"] / measures["net_debit"],
            "of_gross": measures["liquidity_need"] / measures["gross_value"],
            "peak": measures["system_peak"] / measures["net_debit"],
            "securities": measures["securities_need"] / first,
        }
        for name, measures in found.items()
    )


def table_of_reuse(days: pl.DataFrame) -> list[str]:
    """One line an assumption: mean over days, least and most."""
    lines = [
        (
            "| receipts can be used again | cash needed, × net debit | least … most | % of gross "
            "| system peak, × net debit | securities needed, × at once |"
        ),
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in ARRANGEMENTS:
        rows = days.filter(reuse=name)
        (mean, gross, peak, securities) = (
            rows.select("of_net_debit", "of_gross", "peak", "securities").mean().rows()[0]
        )
        least, most = rows["of_net_debit"].min(), rows["of_net_debit"].max()
        lines.append(
            f"| {name} | {mean:.2f} | {least:.2f} … {most:.2f} | {100 * gross:.1f} | {peak:.2f} | "
            f"{securities:.2f} |"
        )
    return lines


def table_of(config: str, columns: dict[str, tuple[str, float, int]]) -> list[str]:
    """A shipped config: one line an arrangement, measures scaled and rounded as told."""
    found = simulator.run(config).summary["arrangements"]
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for name, measures in found.items():
        cells = []
        for measure, scale, digits in columns.values():
            value = measures[measure]
            cells.append("" if value is None else f"{value * scale:,.{digits}f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    by_market: dict[str, list[pl.DataFrame]] = {}
    for name, market in markets():
        by_market.setdefault(name, []).append(settle_day(market))
        print(f"{name}: {len(by_market[name])}", file=sys.stderr)
    lines = []
    for name, days in by_market.items():
        told = f"{len(days)} day{'s' if len(days) > 1 else ''}"
        lines += [f"## Re-use: {name}, {told}", "", *table_of_reuse(pl.concat(days)), ""]
    millions, hundredth = 1e-8, 100.0
    lines += ["## Room: `us_equities_capacity`", ""]
    lines += table_of(
        "us_equities_capacity",
        {
            "settled, bn": ("settled_value", 1e-11, 1),
            "unsettled for want of room, bn": ("unsettled_value_capacity", 1e-11, 1),
            "trades unsettled": ("unsettled_count", 1, 0),
            "delay ρ, %": ("settlement_delay", hundredth, 2),
            "p99 wait, s": ("p99_delay_seconds", 1, 0),
        },
    )
    lines += ["", "## Cash legs: `us_equities_cash_legs`", ""]
    lines += table_of(
        "us_equities_cash_legs",
        {
            "cash needed, bn": ("liquidity_need", 1e-11, 2),
            "holding cost a day, M": ("holding_cost", millions, 2),
            "of all stablecoins, %": ("supply_share", hundredth, 2),
        },
    )
    lines += ["", "## A weekend: `weekend`, means over four days", ""]
    lines += table_of(
        "weekend",
        {
            "unsettled for want of cash, M": ("unsettled_value_cash", millions, 1),
            "queued, M": ("queued_value", millions, 1),
            "p99 wait, s": ("p99_delay_seconds", 1, 0),
            "topped up a day, M": ("topped_up", millions, 1),
            "peak supply, M": ("peak_supply", millions, 1),
            "holding cost a day, k": ("holding_cost", 1e-5, 1),
        },
    )
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    (HERE / "table.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
