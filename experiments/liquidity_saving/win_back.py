"""What do queues, offsets, parts and credit win back when cash is short? See README.md beside this.

python experiments/liquidity_saving/win_back.py
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

import simulator

HERE = Path(__file__).resolve().parent
REAL_DAYS = Path(os.environ.get("NETGROSS_REAL_DAYS", HERE.parents[2] / "shared" / "data" / "nepse"))

SEEDS = (1, 2, 3)
LEVELS = (25, 50, 75)
"""Cash of each member, per cent of what it would need to settle everything at its time."""

HOLDINGS = {"ample securities": "ample", "half a day of expected sales": "0.5 days"}

GROSS = {"layer": 3, "block": "1 min"}
AUTO = {"auto": {"against": "flow", "haircut": "10 %"}}
PARTS = {"every": "30 min"}


def offset(rule: str) -> dict[str, str]:
    return {"rule": rule, "every": "15 min"}


MECHANISMS: dict[str, dict[str, Any]] = {
    "strict order": {"queue": "fifo_strict"},
    "oldest first, passing": {},
    "largest first": {"queue": "largest_first"},
    "smallest first": {"queue": "smallest_first"},
    "+ bilateral offset": {"liquidity_saving": offset("bilateral_offset")},
    "+ ring offset": {"liquidity_saving": offset("ring_offset")},
    "+ multilateral offset": {"liquidity_saving": offset("multilateral_offset")},
    "batch, every block": {"liquidity_saving": {"rule": "batch_auction"}},
    "+ parts": {"partial_settlement": PARTS},
    "+ auto-collateralisation": {"credit": AUTO},
    "all but order": {
        "liquidity_saving": [offset("bilateral_offset"), offset("multilateral_offset")],
        "partial_settlement": PARTS,
        "credit": AUTO,
    },
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
        slice_of_it = {"daily_value": "31.9 bn", "trades_per_day": 200_000, "securities": {"count": 200}}
        yield "US equities", {"extends": "markets/us_equities", "seed": seed, "flow": slice_of_it}
    for tape in sorted(REAL_DAYS.glob("nepse_*.csv.gz")):
        yield "NEPSE", {"flow": {"tape": {"path": str(tape), "currency": "NPR", "columns": COLUMNS}}}


def fund(needs: pl.DataFrame, per_cent: int, folder: Path) -> str:
    """A file that gives each member this share of its own need."""
    path = folder / f"funding_{per_cent}.csv"
    cash = [f"{need * per_cent // 100 / 100:.2f}" for need in needs["liquidity_need"]]
    pl.DataFrame({"member": needs["participant"], "cash": cash, "credit_limit": ["0"] * len(cash)}).write_csv(
        path
    )
    return str(path)


def settle_day(market: dict[str, Any]) -> pl.DataFrame:
    """One row a mechanism, level of cash and level of securities: shares of gross value, and of the need."""
    free = simulator.run({**market, "arrangements": {"free": GROSS}})
    whole, needs = free.summary["arrangements"]["free"], free.participants.filter(arrangement="free")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = {level: fund(needs, level, Path(folder)) for level in (*LEVELS, 100)}
        check_the_need(market, files[100])
        for told, holdings in HOLDINGS.items():
            arrangements = {
                f"{level}: {name}": {**GROSS, **mechanism, "funding": files[level], "holdings": holdings}
                for level in LEVELS
                for name, mechanism in MECHANISMS.items()
            }
            found = simulator.run({**market, "arrangements": arrangements}).summary["arrangements"]
            for key, measures in found.items():
                level, _, name = key.partition(": ")
                rows.append(
                    {
                        "holdings": told,
                        "level": int(level),
                        "mechanism": name,
                        "settled": measures["settled_value"] / whole["gross_value"],
                        "delay": measures["settlement_delay"],
                        "used": measures["liquidity_used"] / whole["liquidity_need"],
                        "gridlocked": measures["gridlocked_value"] / whole["gross_value"],
                        "net_debit": whole["net_debit"] / whole["liquidity_need"],
                        "gross": whole["gross_value"] / whole["liquidity_need"],
                    }
                )
    return pl.DataFrame(rows)


def check_the_need(market: dict[str, Any], funding: str) -> None:
    """Cash of the whole need settles everything at its time; if not, no level here means what it says."""
    found = simulator.run({**market, "arrangements": {"enough": {**GROSS, "funding": funding}}})
    enough = found.summary["arrangements"]["enough"]
    assert (enough["unsettled_value"], enough["settlement_delay"]) == (0, 0), "the need was not enough"


def table(days: pl.DataFrame) -> list[str]:
    """One line a mechanism: settled, delay, used, for each level; means over days, per cent."""
    levels = " | ".join(f"{level} %: settled | ρ | used" for level in LEVELS)
    lines = [f"| mechanism | {levels} |", "|---|" + "---|" * (3 * len(LEVELS))]
    for name in MECHANISMS:
        cells = []
        for level in LEVELS:
            (mean,) = (
                days.filter(mechanism=name, level=level).select("settled", "delay", "used").mean().rows()
            )
            cells += [f"{100 * value:.1f}" for value in mean]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    passing = days.filter(mechanism="oldest first, passing")
    left = ", ".join(f"{100 * passing.filter(level=level)['gridlocked'].mean():.2f} %" for level in LEVELS)
    return [*lines, "", f"Gridlocked at the close after passing alone (a lower bound), of gross: {left}."]


def main() -> None:
    by_market: dict[str, list[pl.DataFrame]] = {}
    for name, market in markets():
        by_market.setdefault(name, []).append(settle_day(market))
        print(f"{name}: {len(by_market[name])}", file=sys.stderr)
    lines = []
    for name, days in by_market.items():
        together = pl.concat(days)
        net, gross = together["net_debit"].mean(), together["gross"].mean()
        for holdings in HOLDINGS:
            lines += [
                f"**{name}, {holdings}**: {len(days)} days; the net debit is {100 * net:.0f} % of the need,"
            ]
            lines += [f"gross value {gross:.0f} times the need.", ""]
            lines += [*table(together.filter(holdings=holdings)), ""]
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    (HERE / "table.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
