"""Beside PSSimPy 0.1.5: the same payments through both programs, in one process, by turns.

    python experiments/speed/beside_pssimpy.py [--small] [--repeat 3]

It makes an environment of its own in a temporary folder (PSSimPy asks for another SimPy, and pandas).
Both programs read the payments, settle them first in first out with ample money, and write what became
of every payment and of every account; both must settle all, and end with the same balances.

PSSimPy takes payments in two ways. *Replay* (BasicSim): of given payments, each in the window of minutes
it falls into. *Agents* (ABMSim): it draws them itself; what it drew is then given to netgross as a tape.
PSSimPy looks at one cash leg, in windows of whole minutes, with float balances; netgross settles here in
blocks of that length, and measures liquidity, credit and delay as in every run.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measuring import markdown

ROOT = Path(__file__).resolve().parents[2]
PEER = "PSSimPy==0.1.5"
BANKS = [f"B{number:02}" for number in range(20)]
AMPLE = 10**12
OPENS, CLOSES = 8 * 60, 17 * 60
"""Minutes of the day; PSSimPy's own hours."""
HEADER = ("payments", "number", "window", "PSSimPy s", "a second", "netgross s", "a second", "ratio")


def environment(folder: Path) -> Path:
    """The interpreter of a new environment with the locked requirements and PSSimPy."""
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, PEER], check=True)
    return python


def draw_payments(path: Path, count: int) -> None:
    """Write ``count`` payments of whole amounts between two of the banks, over all hours."""
    draw = random.Random(count)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("time", "buyer", "seller", "cash"))
        for minute in sorted(draw.choices(range(OPENS, CLOSES), k=count)):
            clock = f"{minute // 60:02}:{minute % 60:02}:00"
            table.writerow((clock, *draw.sample(BANKS, 2), draw.randint(1, 1_000)))


def pssimpy_arguments(window: int) -> dict[str, Any]:
    """What both of PSSimPy's simulators are given; its defaults are objects that runs would share."""
    from PSSimPy.constraint_handler import PassThroughHandler
    from PSSimPy.credit_facilities import SimplePriced
    from PSSimPy.queues import FIFOQueue
    from PSSimPy.transaction import Transaction

    Transaction.clear_instances()
    return {
        "name": "peer",
        "banks": {"name": BANKS},
        "accounts": {"id": BANKS, "owner": BANKS, "balance": [AMPLE] * len(BANKS)},
        "processing_window": window,
        "queue": FIFOQueue(),
        "constraint_handler": PassThroughHandler(),
        "credit_facility": SimplePriced(),
    }


def replay_pssimpy(path: Path, window: int) -> None:
    """Replay a file of payments; the logs land in the current folder."""
    import pandas as pd
    from PSSimPy.simulator import BasicSim

    table = pd.read_csv(path)
    payments = {
        "sender_account": table["buyer"].tolist(),
        "recipient_account": table["seller"].tolist(),
        "amount": table["cash"].tolist(),
        "time": table["time"].str[:5].tolist(),
    }
    BasicSim(transactions=payments, **pssimpy_arguments(window)).run()


def agents_pssimpy(chance: float, window: int) -> None:
    """Let the agents draw and settle payments: each ordered pair of banks, in every window, by chance."""
    from PSSimPy.simulator import ABMSim

    drawn = {"txn_arrival_prob": chance, "txn_amount_range": (1, 1_000)}
    ABMSim(**drawn, **pssimpy_arguments(window)).run()


def replay_netgross(path: Path, window: int) -> None:
    """Settle a tape of payments in blocks of ``window`` minutes; the results land in ``results``."""
    import simulator

    columns = {name: name for name in ("time", "buyer", "seller", "cash")}
    config = {
        "name": "payments",
        "flow": {"hours": "08:00–17:00", "tape": {"path": str(path), "columns": columns}},
        "participants": {"funding": {"prefunding": str(AMPLE), "credit_limit": "0"}},
        "arrangements": {"gross": {"layer": 3, "block": f"{window} min"}},
    }
    simulator.run(config, out="results", instructions=True)


def tape_of_agents(log: Path, path: Path) -> int:
    """Write what the agents drew as a tape, in order of time; how many they are."""
    with log.open(newline="", encoding="utf-8") as file:
        drawn = sorted(csv.DictReader(file), key=lambda row: row["time"])
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("time", "buyer", "seller", "cash"))
        for row in drawn:
            table.writerow((row["time"] + ":00", row["from_account"], row["to_account"], row["amount"]))
    return len(drawn)


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A new current folder, removed afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def timed(job: Any, *arguments: Any) -> float:
    """Seconds of a job, begun with no garbage waiting."""
    gc.collect()
    start = time.perf_counter()
    job(*arguments)
    return time.perf_counter() - start


def check_same(count: int) -> None:
    """Both have settled everything, and every account ends with the same balance."""
    import polars as pl

    with Path("peer-processed_transactions.csv").open(newline="", encoding="utf-8") as file:
        settled = sum(row["status"] == "Success" for row in csv.DictReader(file))
    journal = pl.read_parquet("results/instructions.parquet")
    assert settled == count == journal["settled_at"].count(), (settled, count, journal)
    with Path("peer-account_balance.csv").open(newline="", encoding="utf-8") as file:
        theirs = {row["account"]: int(float(row["balance"])) for row in csv.DictReader(file)}
    ours = dict.fromkeys(BANKS, AMPLE)
    for buyer, seller, cash in journal.select("buyer", "seller", "cash").iter_rows():
        ours[buyer] -= cash // 100
        ours[seller] += cash // 100
    assert ours == theirs, "the two programs end with different balances"


def row(label: str, count: int, window: int, theirs: list[float], ours: list[float]) -> list[str]:
    """A row of the table: medians."""
    peer, own = statistics.median(theirs), statistics.median(ours)
    a_second = [f"{count / peer:,.0f}", f"{count / own:,.0f}"]
    return [
        label,
        f"{count:,}",
        f"{window} min",
        f"{peer:.2f}",
        a_second[0],
        f"{own:.3f}",
        a_second[1],
        f"{peer / own:.3g}",
    ]


def compare_replay(count: int, window: int, times: int) -> list[str]:
    """The same file of payments through both, by turns."""
    theirs, ours = [], []
    for _ in range(times):
        with new_folder() as folder:
            path = folder / "payments.csv"
            draw_payments(path, count)
            theirs.append(timed(replay_pssimpy, path, window))
            ours.append(timed(replay_netgross, path, window))
            check_same(count)
    return row("replayed", count, window, theirs, ours)


def compare_agents(chance: float, window: int, times: int) -> list[str]:
    """What PSSimPy's agents draw, settled by them, then by netgross from a tape; by turns."""
    theirs, ours, counts = [], [], []
    for _ in range(times):
        with new_folder() as folder:
            path = folder / "payments.csv"
            theirs.append(timed(agents_pssimpy, chance, window))
            counts.append(tape_of_agents(folder / "peer-transactions_arrival.csv", path))
            ours.append(timed(replay_netgross, path, window))
            check_same(counts[-1])
    return row("drawn by agents", round(statistics.mean(counts)), window, theirs, ours)


def alone(count: int, window: int, times: int) -> list[str]:
    """Many payments through netgross only."""
    ours = []
    for _ in range(times):
        with new_folder() as folder:
            path = folder / "payments.csv"
            draw_payments(path, count)
            ours.append(timed(replay_netgross, path, window))
    own = statistics.median(ours)
    a_second = f"{count / own:,.0f}"
    return ["replayed", f"{count:,}", f"{window} min", "", "", f"{own:.3f}", a_second, ""]


def compare(small: bool, times: int) -> None:
    """Print the table; runs inside the environment."""
    with new_folder() as folder:
        # Compiles what is not compiled yet, and imports both.
        draw_payments(folder / "few.csv", 100)
        replay_pssimpy(folder / "few.csv", 15)
        replay_netgross(folder / "few.csv", 15)
    part = 10 if small else 1
    rows = [
        compare_replay(5_000 // part, 15, times),
        compare_replay(500 // part, 1, times),
        compare_agents(0.5 / part, 15, times),
        compare_agents(0.5 / part, 1, times),
        alone(1_000_000 // part, 15, times),
    ]
    print(markdown(HEADER, rows))


def main() -> None:
    """Make the environment and run the comparison inside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a tenth of the payments, to try it")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        compare(options.small, options.repeat)
        return
    with tempfile.TemporaryDirectory() as name:
        python = environment(Path(name) / "environment")
        again = [str(python), str(Path(__file__).resolve()), "--inside", "--repeat", str(options.repeat)]
        # The checkout itself, so that kernels compiled there are found compiled.
        paths = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([*again, *(["--small"] if options.small else [])], check=True, env=paths)


if __name__ == "__main__":
    main()
