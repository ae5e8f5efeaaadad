"""What does settling the US equity market cost, whom, and where does gross beat netting? See README.md.

python experiments/costs/costs.py
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import simulator
from simulator.measures.catalogue import COSTS
from simulator.report.break_even import say_break_even, write_break_even

HERE = Path(__file__).resolve().parent
CONFIG = "us_equities_costs"
MAP = Path("results") / "us-equities-costs-map"


def components(result: simulator.Result) -> list[str]:
    """A line a component: what it costs in a day under each arrangement, thousands of the currency."""
    names = list(result.summary["arrangements"])
    lines = [f"| a day, k USD | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    told = {"cost": "all", **{measure: title for measure, (title, _) in COSTS.items()}}
    for measure, title in told.items():
        costs = [result.summary["arrangements"][name][measure] for name in names]
        if any(costs):
            lines.append(f"| {title} | {' | '.join(f'{cost / 100_000:,.0f}' for cost in costs)} |")
    rates = [result.summary["arrangements"][name]["cost_bp"] for name in names]
    return [*lines, f"| bp of gross value | {' | '.join(f'{rate:.4f}' for rate in rates)} |"]


def bearers(result: simulator.Result) -> list[str]:
    """A line a type of member: its share of the cost under each arrangement."""
    by_type = result.participants.group_by("type", "arrangement").agg(pl.col("cost").sum())
    names = list(result.summary["arrangements"])
    lines = [f"| share of the cost | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for kind in sorted(by_type["type"].unique()):
        shares = []
        for name in names:
            costs = by_type.filter(arrangement=name)
            total, own = costs["cost"].sum(), costs.filter(type=kind)["cost"].sum()
            shares.append(f"{100 * own / total:.0f} %" if total else "–")
        lines.append(f"| {kind} | {' | '.join(shares)} |")
    return lines


def line(result: simulator.Result) -> list[str]:
    """Where the cheapest changes, at every half of the run's volatility."""
    lines = ["| volatility | cheapest below | break-even spread | cheapest above |", "|---:|---|---:|---|"]
    for one in result.break_even.lines:
        if one.along == "spread" and (2 * one.volatility).denominator == 1:
            spread = f"{float(one.spread * 10_000):.0f} bp"
            lines.append(f"| × {float(one.volatility):g} | {one.below} | {spread} | {one.above} |")
    return lines if len(lines) > 2 else []


def main() -> None:
    """Run the config and map it; what is found goes to ``table.md``, every field of the map to ``MAP``."""
    result = simulator.run(CONFIG)
    parts = [components(result), bearers(result), line(result), [say_break_even(result)]]
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    (HERE / "table.md").write_text(text, encoding="utf-8")
    write_break_even(result, MAP)
    print(text)


if __name__ == "__main__":
    main()
