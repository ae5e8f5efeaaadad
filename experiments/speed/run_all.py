"""All speed tables, one after the other, into table.md beside this file.

python experiments/speed/run_all.py [--small]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from measuring import machine

HERE = Path(__file__).resolve().parent
SCRIPTS = {
    "The gross kernel alone": "gross_kernel.py",
    "What each mechanism costs": "mechanisms.py",
    "Market days through the whole program": "day.py",
    "Netting with fails carried": "netting.py",
    "Before it does anything": "startup.py",
    "The page": "page.py",
    "Beside PSSimPy 0.1.5": "beside_pssimpy.py",
}


def main() -> None:
    """Run every script and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small sizes, printed only, to try it")
    options = parser.parse_args()
    parts = [f"Measured on: {machine()}."]
    for title, script in SCRIPTS.items():
        command = [sys.executable, str(HERE / script), *(["--small"] if options.small else [])]
        table = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        parts.append(f"## {title}\n\n`{script}`\n\n{table}")
        print(parts[-1], end="\n\n", flush=True)
    if not options.small:
        (HERE / "table.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
