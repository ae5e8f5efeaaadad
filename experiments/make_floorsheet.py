"""Write configs/tapes/floorsheet.csv.gz: an invented trading day that names both brokers of every trade.

    python experiments/make_floorsheet.py

It has the shape of the floorsheets that some exchanges publish: one row a trade, grouped by security,
newest first, an opening auction printed at one time and a continuous session after it. Brokers,
securities, prices and trades are all invented, drawn from one seed; the same seed gives the same bytes.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np

SEED = 20_310_304
TRADES = 2_000
AUCTION_TRADES = 120
DATE = "2031-03-04"
AUCTION = 10 * 3600 + 45 * 60  # seconds since midnight
OPENS, CLOSES = 11 * 3600, 15 * 3600
TICK = 10  # prices move in tenths of a currency unit, 10 minor units
OUTPUT = Path(__file__).resolve().parents[1] / "configs" / "tapes" / "floorsheet.csv.gz"

TREES = "Alder Aspen Beech Birch Cedar Cypress Elm Fir Hazel Juniper Larch Linden Maple Oak Pine Poplar Rowan"
BROKERS = [f"{tree} Securities" for tree in TREES.split()] + [
    "Sal Brokerage",
    "Teak Brokerage",
    "Yew Brokerage",
]
RIVERS = "Amber Basalt Cobalt Delta Ember Flint Garnet Harbor Indigo Jasper Kestrel Lagoon"
KINDS = ("Bank", "Hydro", "Insurance")
SECURITIES = [(river[:3].upper() + kind[0], f"{river} {kind}") for river in RIVERS.split() for kind in KINDS]
HEADER = "tradeTime,contractId,symbol,security,buyerBroker,sellerBroker,quantity,rate,amount"


def zipf(count: int, exponent: float) -> np.ndarray:
    """Shares of ``count`` things whose size falls with their rank."""
    weights = np.arange(1, count + 1) ** -exponent
    return weights / weights.sum()


def draw_rows(random: np.random.Generator) -> list[str]:
    """The rows of the day, as they would be published."""
    security = random.choice(len(SECURITIES), TRADES, p=zipf(len(SECURITIES), 0.9))
    # Brokers have a side on the day: some bring mostly buyers, some mostly sellers.
    side = np.exp(0.1 * random.standard_normal(len(BROKERS)))
    activity = zipf(len(BROKERS), 0.5)
    buyer = random.choice(len(BROKERS), TRADES, p=activity * side / (activity * side).sum())
    seller = random.choice(len(BROKERS), TRADES, p=activity / side / (activity / side).sum())
    # A broker meets itself less often than its size would have it.
    again = (buyer == seller) & (random.random(TRADES) < 0.6)
    seller[again] = random.integers(0, len(BROKERS), again.sum())
    quantity = 10 * np.ceil(np.exp(1.1 * random.standard_normal(TRADES) + 1.5)).astype(np.int64)
    opening = np.rint(np.exp(0.6 * random.standard_normal(len(SECURITIES)) + np.log(4_000))).astype(np.int64)
    drift = np.rint(15 * random.standard_normal(TRADES)).astype(np.int64)
    price = np.maximum(opening[security] + drift, 100) * TICK  # minor units
    # More is traded at both ends of the session: a share of the trades is pulled towards them.
    clock = random.random(TRADES)
    clock = np.where(random.random(TRADES) < 0.4, 0.5 - 0.5 * np.cos(np.pi * clock), clock)
    micros = ((OPENS + clock * (CLOSES - OPENS)) * 1_000_000).astype(np.int64)
    micros[:AUCTION_TRADES] = AUCTION * 1_000_000
    micros.sort()
    rows = []
    for at in np.lexsort((-np.arange(TRADES), security)):
        symbol, name = SECURITIES[security[at]]
        cells = (
            clock_time(int(micros[at])),
            f"{DATE.replace('-', '')}{at + 1:06d}",
            symbol,
            name,
            BROKERS[buyer[at]],
            BROKERS[seller[at]],
            str(quantity[at]),
            money(int(price[at])),
            money(int(price[at] * quantity[at])),
        )
        rows.append(",".join(cells))
    return rows


def clock_time(micros: int) -> str:
    """An ISO local date-time."""
    seconds, fraction = divmod(micros, 1_000_000)
    return f"{DATE}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


def money(minor: int) -> str:
    """Minor units as an amount with two decimals."""
    return f"{minor // 100}.{minor % 100:02d}"


def main(output: Path) -> None:
    """Write the tape; no file name and no time go into the packed file, so that its bytes repeat."""
    text = "\n".join([HEADER, *draw_rows(np.random.default_rng(SEED))]) + "\n"
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT)
