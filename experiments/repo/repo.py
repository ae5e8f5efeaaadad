"""How much of what repo needs on chain is the gap from unwind to funding? See README.md beside this.

python experiments/repo/repo.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import simulator

HERE = Path(__file__).resolve().parent

SEGMENTS = ("cleared", "tri_party", "bilateral")


def of_all(**keys: Any) -> dict[str, Any]:
    """The same keys for every segment."""
    return {f"flow.repo.segments.{name}.{key}": value for name in SEGMENTS for key, value in keys.items()}


VARIANTS: dict[str, dict[str, Any]] = {
    "as shipped: unwind 08:30 to 09:00, funding until 15:00 or 17:00": {},
    "unwind at 15:00 instead": of_all(unwind="15:00"),
    "unwind at 17:00, when all is funded": of_all(unwind="17:00"),
    "what rolls pays interest alone": of_all(roll_net="yes"),
    "nine tenths roll, interest alone": of_all(roll_net="yes", rolls="90 %"),
    "nothing rolls": of_all(rolls=0),
    "half of the stock for 7 days": of_all(tenors={"overnight": "50 %", "7 days": "50 %"}),
}


def main() -> None:
    lines = [
        "| | opened a day | least lent | paid gross | net | net hourly | gross | gross, at finality |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for told, changed in VARIANTS.items():
        if any(key.endswith("tenors") for key in changed):
            cleared = dict.fromkeys(changed)  # mappings merge: the old tenors go first
            run = simulator.run("repo_on_chain", overrides=[*texts(cleared), *texts(changed)])
        else:
            run = simulator.run("repo_on_chain", overrides=changed)
        flow, arrangements = run.summary["flow"], run.summary["arrangements"]
        amounts = [flow["opened_a_day"], flow["exposure_trough"], flow["gross_value"] / flow["days"]]
        amounts += [one["liquidity_need"] for one in arrangements.values()]
        lines.append(f"| {told} | {' | '.join(f'{amount / 1e11:,.0f}' for amount in amounts)} |")
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "table.md").write_text(text, encoding="utf-8")


def texts(changes: dict[str, Any]) -> list[str]:
    """Overrides as ``--set`` takes them."""
    written = []
    for key, value in changes.items():
        if isinstance(value, dict):
            written.append(f"{key}={{{', '.join(f'{name}: {one}' for name, one in value.items())}}}")
        else:
            written.append(f"{key}={'null' if value is None else value}")
    return written


if __name__ == "__main__":
    sys.exit(main())
