"""What does netting across markets save, and what do separate pools of cash cost? See README.md beside this.

python experiments/markets/markets.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

import simulator

HERE = Path(__file__).resolve().parent

WITH_REPO = {
    "extends": "all_markets",
    "flow": {"markets": {"repo": {"extends": "markets/repo", "flow": {"repo": {"size": "600 M"}}}}},
}
"""Repo as a ninth market, at full exposure and a quarter of its trades."""

MEASURES = ("net_debit", "liquidity_need")


def mean_bn(total: int | float, days: int) -> float:
    """Minor units over some days as bn USD a day."""
    return total / days / 1e11


def digits(billions: float) -> str:
    """Three digits, none cut before the point."""
    return f"{billions:,.0f}" if billions >= 100 else f"{billions:.3g}"


def main() -> None:
    apart = simulator.run("all_markets", overrides={"flow.members": "separate"})
    shared = simulator.run("all_markets")
    days = apart.summary["flow"]["days"]
    by_market = (
        apart.participants.with_columns(market=pl.col("participant").str.split(":").list.first())
        .group_by("market", "arrangement", maintain_order=True)
        .agg(pl.sum("bought_value", *MEASURES))
    )
    arrangements = list(apart.config.arrangements)
    lines = [
        f"| market | traded a day, bn | {' | '.join(f'{name}, bn' for name in arrangements)} | of value, % |",
        "|---|" + "---:|" * (len(arrangements) + 2),
    ]
    for market in dict.fromkeys(by_market["market"]):
        mine = {row["arrangement"]: row for row in by_market.filter(market=market).to_dicts()}
        traded = mean_bn(mine["net"]["bought_value"], days)
        needs = [mean_bn(mine[name]["liquidity_need"], days) for name in arrangements]
        cells = [digits(need) for need in needs]
        lines.append(f"| {market} | {digits(traded)} | {' | '.join(cells)} | {100 * needs[0] / traded:.1f} |")
    value = apart.summary["arrangements"]["net"]["gross_value"]
    for told, run in (("all, members and cash apart", apart), ("all, members and cash shared", shared)):
        needs = [run.summary["arrangements"][name]["liquidity_need"] / 1e11 for name in arrangements]
        cells = [f"{need:,.1f}" for need in needs]
        share = 1e13 * needs[0] / value
        lines.append(f"| {told} | {value / 1e11:,.0f} | {' | '.join(cells)} | {share:.1f} |")
    saved = [
        1 - shared.summary["arrangements"][name]["liquidity_need"] / one["liquidity_need"]
        for name, one in apart.summary["arrangements"].items()
    ]
    lines.append(f"| saved by sharing | | {' | '.join(f'{100 * one:.0f} %' for one in saved)} | |")
    for told, members in (("with repo, apart", "separate"), ("with repo, shared", "shared")):
        run = simulator.run(WITH_REPO, overrides={"flow.members": members})
        found = run.summary["arrangements"].values()
        needs = [one["liquidity_need"] / 1e11 for one in found]
        value = run.summary["arrangements"]["net"]["gross_value"] / 1e11
        cells = " | ".join(f"{need:,.0f}" for need in needs)
        lines.append(f"| {told} | {value:,.0f} | {cells} | {100 * needs[0] / value:.1f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "table.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
