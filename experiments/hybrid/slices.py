"""What does a slice of the flow cost when it leaves the netted pool, and what decides it? See README.md.

python experiments/hybrid/slices.py
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np

import simulator
from simulator.config.load import load_config
from simulator.market.open import open_flow

HERE = Path(__file__).resolve().parent
SHARES = ("0.5 %", "1 %", "5 %", "10 %", "50 %")
MARKETS = {
    "US equities, members lean 7.1 %": "7.1 %",
    "the same, half as much": "3.5 %",
    "the same, no member leans": "0 %",
}


def config_of(imbalance: str) -> dict:
    """Five days of the US preset at 400,000 trades, netted, and with every share sent to the chain."""
    hybrids = {share: {"layer": 2, "routing": {"to": "gross", "share": share}} for share in SHARES}
    return {
        "name": "slices",
        "extends": "markets/us_equities",
        "seed": 2026,
        "days": 5,
        "flow": {"trades_per_day": 400_000, "size_cv": 0},
        "participants": {"imbalance": imbalance},
        "arrangements": {"net": {"layer": 2}, **hybrids, "gross": {"layer": 3, "block": "12 s"}},
    }


def lean(config: dict) -> float:
    """θ: Σ over members and days of |paid less received| over Σ of √(Σ cash²).

    That is the s.d. of flows that have no direction: of such flow it is √(2/π), 0.80; where all lean, drift.
    """
    flow = open_flow(load_config(config))
    members, days = len(flow.members), len(flow.days)
    net, squares = np.zeros((days, members)), np.zeros((days, members))
    for chunk in flow.chunks():
        cash = chunk.cash.astype(np.float64)
        for sign, side in ((1, chunk.buyer), (-1, chunk.seller)):
            net[chunk.day] += sign * np.bincount(side, cash, members)
            squares[chunk.day] += np.bincount(side, cash**2, members)
    return float(np.abs(net).sum() / np.sqrt(squares).sum())


def table(title: str, imbalance: str) -> list[str]:
    """A line a share: the need over that of netting all, measured and of balanced flow."""
    config = config_of(imbalance)
    found = simulator.run(config).summary["arrangements"]
    whole = found["net"]["liquidity_need"]
    left = whole / found["net"]["gross_value"]
    lines = [
        f"**{title}** (θ {lean(config):.1f}; netting leaves {100 * left:.1f} %)",
        "",
        "| sent | need, × netting all | √(1−f) + 2√f | need there, × marginal net debit | × its own |",
        "|---:|---:|---:|---:|---:|",
    ]
    for share in SHARES:
        one, f = found[share], float(share.split()[0]) / 100
        need, added = one["routed_need"], one["marginal_net_debit"]
        lines.append(
            f"| {share} | {one['liquidity_need'] / whole:.3f} | {sqrt(1 - f) + 2 * sqrt(f):.3f} "
            f"| {f'{need / added:.1f}' if added > 0 else '–'} | {need / one['routed_net_debit']:.2f} |"
        )
    gross = found["gross"]["liquidity_need"] / whole
    return [*lines, f"| 100 % | {gross:.3f} | 2.000 | {gross:.1f} | {gross:.2f} |", ""]


def main() -> None:
    """Every market; what is found goes to ``table.md``."""
    text = "\n".join(line for title, imbalance in MARKETS.items() for line in table(title, imbalance))
    (HERE / "table.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
