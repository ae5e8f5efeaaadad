"""How long the page takes and how large it is: five days, three arrangements, 200 members; the default run.

    python experiments/speed/page.py [--small] [--repeat 5]

A run writes its page itself; `netgross report` makes it anew from the files in a process of its own. What
a page adds to a run is timed inside one process, where the first also loads templates and libraries. The
script that draws the charts is put together once a machine and kept; that first time stands apart.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import NETGROSS, markdown, read_options, repeat, run

DAYS = """\
name: five_days
extends: markets/us_equities
seed: 7
days: 5
flow: {trades_per_day: 200_000}
participants: {count: 200}
arrangements:
  net_t1: {layer: 2, settles: T+1}
  gross: {layer: 3, block: 12 s, reuse: next_block}
  gross_lsm:
    layer: 3
    block: 12 s
    liquidity_saving: {rule: multilateral_offset, every: 1 min}
    funding: {prefunding: 200 M, credit_limit: 100 M}
baseline: net_t1
"""

INSIDE = """\
import sys, time, simulator
from pathlib import Path
result = simulator.read(sys.argv[1])
from simulator import simulation  # a run has loaded its libraries before it comes to the page
from simulator.report.page.write import write_page
start = time.perf_counter()
write_page([result], Path(sys.argv[1]) / "report.html")
Path(sys.argv[2]).write_text(str(time.perf_counter() - start))
"""
HEADER = ("page", "best s", "median s", "CPU s", "peak MB", "page MB")


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="one run each, of the small one, to try it", repeat=5)
    times = 1 if options.small else options.repeat
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "five_days.yaml").write_text(DAYS, encoding="utf-8")
        configs = {"five days, three arrangements, 200 members": str(folder / "five_days.yaml")}
        if not options.small:
            configs["the default run: one day, five arrangements, 150 members"] = "us_equities"
        for at, (label, config) in enumerate(configs.items()):
            results = str(folder / f"results-{at}")
            run([NETGROSS, "run", config, "--quiet", "--out", results])
            size = f"{(Path(results) / 'report.html').stat().st_size / 1e6:.2f}"
            process = repeat(times, [NETGROSS, "report", results, "--quiet"])
            seconds = [f"{one:.2f}" for one in (process.best, process.median, process.cpu)]
            rows.append([f"`netgross report`: {label}", *seconds, f"{process.peak / 1e6:.0f}", size])
            inside = sorted(_inside(results, folder / "seconds") for _ in range(times))
            seconds = [f"{one:.2f}" for one in (inside[0], inside[len(inside) // 2])]
            rows.append([f"… what it adds to the run: {label}", *seconds, "", "", size])
        first = run(
            [NETGROSS, "report", str(folder / "results-0"), "--quiet"],
            {"XDG_CACHE_HOME": str(folder / "cache")},
        )
        seconds = [f"{one:.2f}" for one in (first.seconds, first.seconds, first.cpu)]
        rows.append(["the first page of all on a machine", *seconds, f"{first.peak / 1e6:.0f}", ""])
    print(markdown(HEADER, rows))


def _inside(results: str, told: Path) -> float:
    run([sys.executable, "-c", INSIDE, results, str(told)])
    return float(told.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
