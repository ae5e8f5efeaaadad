"""What does each settlement cycle take in margin, and what does fast collateral release? See README.md.

python experiments/margin/margin.py
"""

from __future__ import annotations

from pathlib import Path

import simulator
from simulator.config.units import format_money

HERE = Path(__file__).resolve().parent
CONFIG = "us_equities_margin"
SPEEDS = ("next_open", "2 h", "30 min", "1 min")
MEASURES = {
    "margin": "margin",
    "margin_buffer": "posted beforehand for calls",
    "unsettled_exposure": "exposure, mean of 24 hours",
    "unsettled_exposure_peak": "exposure, peak",
    "cover_1": "Cover 1",
    "supplemental_deposits": "supplemental deposits",
}


def by_cycle(result: simulator.Result) -> list[str]:
    """A line a measure: what it is under each arrangement, of days on which all of them settle something."""
    names = list(result.summary["arrangements"])
    lines = [f"| USD | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for measure, title in MEASURES.items():
        # The first and last days of T+2 have fewer days unsettled than others.
        days = result.days.filter(
            (result.days["day"] >= 2) & (result.days["day"] < result.summary["flow"]["days"])
        )
        told = []
        for name in names:
            values = days.filter(arrangement=name)[measure].to_list()
            told.append(format_money(round(sum(values) / len(values)), "USD").removesuffix(" USD"))
        lines.append(f"| {title} | {' | '.join(told)} |")
    return lines


def by_speed() -> list[str]:
    """A line a settlement cycle: what has to be posted beforehand, by how fast a call is met."""
    buffers = {}
    for speed in SPEEDS:
        result = simulator.run(CONFIG, overrides={"margin.collateral.arrives": speed})
        buffers[speed] = result.summary["arrangements"]
    lines = [f"| posted beforehand, USD | {' | '.join(SPEEDS)} |", f"|---|{'---:|' * len(SPEEDS)}"]
    for name in ("net_t1", "net_t0", "net_hourly"):
        told = [
            format_money(buffers[speed][name]["margin_buffer"], "USD").removesuffix(" USD")
            for speed in SPEEDS
        ]
        lines.append(f"| {name} | {' | '.join(told)} |")
    return lines


def main() -> None:
    """Run the config, then with each speed; what is found goes to ``table.md``."""
    text = "\n\n".join("\n".join(part) for part in (by_cycle(simulator.run(CONFIG)), by_speed())) + "\n"
    (HERE / "table.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
