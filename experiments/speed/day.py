"""Market days through the whole program: seconds and peak memory, from the command to the result files.

    python experiments/speed/day.py [--small] [--repeat 3]

The preset of US equities, settled T+1 net and gross in 12 s blocks, with all measures; then gross with
cash limits that bind; then the default config. Every run is a process of its own with its kernels
compiled beforehand; the 100 m day runs once.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from measuring import NETGROSS, markdown, read_options, repeat, run

CONFIG = """\
extends: markets/us_equities
seed: 1
flow: {{trades_per_day: {trades}}}
arrangements:
  net: {{layer: 2, settles: T+1}}
  gross: {{layer: 3, block: 12 s, funding: {funding}}}
"""

FUNDING = {"no limits": "unlimited", "cash limits that bind": "{prefunding: 100 M}"}
HEADER = ("day", "trades", "best s", "median s", "CPU s", "m trades/s", "peak GB", "not settled gross")


def measure(name: str, config: str, folder: Path, times: int) -> list[str]:
    """A row of the table: the config run ``times`` times."""
    out = folder / "results"
    runs = repeat(times, [NETGROSS, "run", config, "--quiet", "--out", str(out)])
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    trades = summary["flow"]["trades"]
    gross = summary["arrangements"]["gross"]
    return [
        name,
        f"{trades / 1e6:g} m",
        f"{runs.best:.1f}",
        f"{runs.median:.1f}",
        f"{runs.cpu:.1f}",
        f"{trades / runs.best / 1e6:.1f}",
        f"{runs.peak / 1e9:.2f}",
        f"{gross['unsettled_value'] / summary['flow']['gross_value']:.1%}",
    ]


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="a hundredth of the trades, to try it", repeat=3)
    ten = 100_000 if options.small else 10_000_000
    cases = [
        ("no limits", ten, options.repeat),
        ("no limits", 10 * ten, 1),
        ("cash limits that bind", ten, options.repeat),
    ]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "day.yaml"

        def write(trades: int, funding: str) -> str:
            path.write_text(CONFIG.format(trades=trades, funding=FUNDING[funding]), encoding="utf-8")
            return str(path)

        # Compiles what is not compiled yet.
        run([NETGROSS, "run", write(10_000, "no limits"), "--quiet", "--out", str(folder / "warm")])
        run([NETGROSS, "run", "ring", "--quiet", "--out", str(folder / "warm")])
        for funding, trades, times in cases:
            rows.append(measure(f"net and gross, {funding}", write(trades, funding), folder, times))
        rows.append(measure("`us_equities`, five arrangements", "us_equities", folder, options.repeat))
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
