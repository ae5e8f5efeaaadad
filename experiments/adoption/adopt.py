"""What would adoption bring, year by year, on three paths a market? See README.md beside this.

python experiments/adoption/adopt.py [--data FILE]
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

from simulator.config.formats import format_money
from simulator.study.adoption import SHIPPED, Adoption, load_adoption
from simulator.study.projection import project

HERE = Path(__file__).resolve().parent

DAYS = 3

MARKETS: dict[str, dict[str, Any]] = {
    # Equities and ETFs at a quarter of the preset's trades, (1 + cv²)/n and so their netting noise kept.
    "us_equities": {"flow": {"trades_per_day": 1_250_000, "size_cv": 0.5}, "days": 2},
    "etfs": {"flow": {"trades_per_day": 312_500, "size_cv": 0.5}},
    "repo": {"days": 2},  # both legs count as flow
    "treasuries": {},
    "corporate_bonds": {},
    "agency_mbs": {},  # trade day by trade day: class settlement nets more
    "non_agency_mbs_abs": {},
    "money_market_funds": {},
    "tokenized_treasuries": {},
}

MONEY = ("on_chain_value", "gross_flow", "liquidity_need", "liquidity_more", "credit", "margin_saved")


def configs() -> dict[str, dict[str, Any]]:
    """The preset of each market, some days of it."""
    return {name: {"days": DAYS, **own, "extends": f"markets/{name}"} for name, own in MARKETS.items()}


def money(dollars: float | None) -> str:
    """Three digits, in people's units."""
    return "" if dollars is None else format_money(round(dollars * 100)).removesuffix(" USD")


def arithmetic(adoption: Adoption) -> list[str]:
    """The article's derived figures beside what the code makes of them."""
    lines = ["| what | derived | as printed |", "|---|---:|---:|"]
    for one in adoption.arithmetic:
        low, high = (money(float(side)) for side in adoption.derive(one))
        lines.append(f"| {one.what} | {low if low == high else f'{low} to {high}'} | {one.printed} |")
    return lines


def ladder(adoption: Adoption) -> list[str]:
    """The friction ladder, easiest first, with what is outstanding on each rung."""
    lines = ["| rung | markets | outstanding |", "|---|---|---:|"]
    for rung in adoption.ladder:
        stocks = [adoption.figures[name].outstanding for name in rung.markets]
        total = sum(sum(stock) / 200 for stock in stocks if stock is not None)
        lines.append(f"| {rung.rung} | {', '.join(rung.markets)} | {money(total)} |")
    return lines


def by_year(rows: list[dict[str, Any]], scenario: str) -> list[str]:
    """Totals over markets by year; stocks of all, flows of those that settle."""
    lines = [
        f"| {scenario} | {' | '.join(key.replace('_', ' ') for key in MONEY)} | usable collateral |",
        "|---|" + "---:|" * (len(MONEY) + 1),
    ]
    for year in sorted({row["year"] for row in rows}):
        mine = [row for row in rows if (row["year"], row["scenario"]) == (year, scenario)]
        cells = [money(sum(row.get(key) or 0 for row in mine)) for key in (*MONEY, "usable_collateral")]
        lines.append(f"| {year} | {' | '.join(cells)} |")
    return lines


def by_market(rows: list[dict[str, Any]], year: int) -> list[str]:
    """The central path of each market in one year, with its simulated ratios."""
    head = "| market | share | on chain | gross a day | need, % of it | credit, % of it "
    head += "| netted need saved | more liquidity | margin saved |"
    lines = [head, "|---|" + "---:|" * 8]
    for row in rows:
        if (row["year"], row["scenario"]) == (year, "central"):
            settled = "gross_flow" in row
            cells = [
                f"{100 * row['share']:.2f} %",
                money(row["on_chain_value"]),
                money(row.get("gross_flow")),
            ]
            for key in ("need_of_flow", "credit_of_flow"):
                cells.append(f"{100 * row[key]:.1f}" if settled and row["gross_flow"] else "")
            cells += [money(row.get(key)) for key in ("net_debit_less", "liquidity_more", "margin_saved")]
            lines.append(f"| {row['market']} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=SHIPPED, help="figures and paths of your own")
    adoption = load_adoption(parser.parse_args().data)
    rows = project(adoption, configs())
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with (HERE / "projection.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: f"{value:.10g}" if isinstance(value, float) else value for key, value in row.items()}
            )
    lines = ["## The article's arithmetic", "", *arithmetic(adoption), ""]
    lines += ["## The friction ladder", "", *ladder(adoption), ""]
    lines += ["## By year, all markets", ""]
    for scenario in ("low", "central", "high"):
        lines += [*by_year(rows, scenario), ""]
    lines += [f"## By market, central path, {adoption.years[-1]}", "", *by_market(rows, adoption.years[-1])]
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "table.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
