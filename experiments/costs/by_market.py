"""The same costs in other asset classes, and where each breaks even. See README.md.

python experiments/costs/by_market.py
"""

from __future__ import annotations

from pathlib import Path

import simulator

HERE = Path(__file__).resolve().parent
TRADES = 50_000
VOLATILITY = {  # of a day; source: unverified, round figures of each class
    "us_equities": "2 %",
    "etfs": "1.2 %",
    "corporate_bonds": "0.35 %",
    "treasuries": "0.3 %",
    "non_agency_mbs_abs": "0.4 %",
}
ARRANGEMENTS = {
    "net_t1": {"layer": 2, "settles": "T+1"},
    "net_hourly": {"layer": 2, "settles": "T+0", "cycles": "every 1 h"},
    "gross": {"layer": 3, "block": "12 s", "reuse": "next_block"},
    "gross_coin": {"layer": 3, "block": "12 s", "reuse": "next_block", "cash_leg": "stablecoin"},
    "hybrid": {"layer": 2, "settles": "T+1", "routing": {"to": "gross", "share": "10 %"}},
}


def run(market: str, volatility: str) -> simulator.Result:
    """A day of a market at scaled counts, without committed lines, which are sized for one market."""
    return simulator.run(
        {
            "name": market,
            "extends": f"markets/{market}",
            "seed": 2026,
            "days": 1,
            "flow": {"trades_per_day": TRADES},
            "arrangements": ARRANGEMENTS,
            "margin": {"volatility": volatility},
            "costs": {"principal": 0},
        }
    )


def rows(market: str, volatility: str) -> str:
    """Cost in basis points of gross value by arrangement, and the spreads at which the cheapest changes."""
    result = run(market, volatility)
    costs = [result.summary["arrangements"][name]["cost_bp"] for name in ARRANGEMENTS]
    at_one = [
        f"{one.below} to {one.above} at {float(one.spread * 10_000):.0f} bp"
        for one in result.break_even.lines
        if one.along == "spread" and one.volatility == 1
    ]
    even = "; ".join(at_one) or f"{min(zip(costs, ARRANGEMENTS, strict=True))[1]} throughout"
    return f"| {market} | {volatility} | {' | '.join(f'{cost:.4f}' for cost in costs)} | {even} |"


def main() -> None:
    """Every market; what is found goes to ``by_market.md``."""
    header = f"| market | volatility | {' | '.join(ARRANGEMENTS)} | cheapest at today's volatility |"
    lines = [header, f"|---|---:|{'---:|' * len(ARRANGEMENTS)}---|"]
    lines += [rows(market, volatility) for market, volatility in VOLATILITY.items()]
    text = "\n".join(lines) + "\n"
    (HERE / "by_market.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
