"""Speed of the gross kernel: instructions a second with the defined order and every peak tracked.

    python experiments/speed/gross_kernel.py [--small] [--repeat 5]

One million instructions of lognormal size between Zipf(0.8) members in Zipf(0.9) securities, continuous,
re-use at once, at six degrees of scarcity. Limits are in mean trade sizes. Generation is not timed;
each case runs on a fresh ledger, best and median of the repeats are printed.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
from measuring import markdown, read_options

from simulator.kernels import state as st
from simulator.kernels.slots import PositionSlots
from simulator.ledger import Ledger
from simulator.market.flow import Captured
from simulator.market.members import Endowment, OpeningHoldings

MEAN_CASH = 100_000
LOG_VARIANCE = np.log(1 + 2.0**2)  # sizes of cv 2, as in the market preset
CASES = (  # name, members, securities, credit limit and holdings in mean trades (None: ample)
    ("ample (limits far away)", 200, 5_000, 10**9, 10**9),
    ("limit 1000, units ample", 200, 5_000, 1_000, None),
    ("limit 100, units ample", 200, 5_000, 100, None),
    ("limit 30, units ample", 200, 5_000, 30, None),
    ("limit 10, holdings 300", 200, 5_000, 10, 300),
    ("50 x 500, limit 1000, holdings 30", 50, 500, 1_000, 30),
)


def zipf(count: int, exponent: float) -> np.ndarray:
    """Zipf probabilities by rank."""
    weights = np.arange(1, count + 1) ** -exponent
    return weights / weights.sum()


def book(members: int, securities: int, count: int, seed: int) -> Captured:
    """``count`` random instructions; buyer and seller differ."""
    random = np.random.default_rng(seed)
    buyer = random.choice(members, count, p=zipf(members, 0.8)).astype(np.int32)
    seller = random.choice(members, count, p=zipf(members, 0.8)).astype(np.int32)
    while (same := buyer == seller).any():
        seller[same] = random.choice(members, int(same.sum()), p=zipf(members, 0.8))
    security = random.choice(securities, count, p=zipf(securities, 0.9)).astype(np.int32)
    units = np.maximum(1, random.lognormal(np.log(100) - LOG_VARIANCE / 2, LOG_VARIANCE**0.5, count))
    units = units.astype(np.int64)
    slots = PositionSlots(members, securities)
    buyer_slot, seller_slot = slots.number(buyer, seller, security)
    return Captured(
        first=0,
        day=0,
        time=np.arange(count, dtype=np.int64) * 20_000,
        buyer=buyer,
        seller=seller,
        security=security,
        units=units,
        cash=units * (MEAN_CASH // 100),
        buyer_slot=buyer_slot,
        seller_slot=seller_slot,
    )


def settle(chunk: Captured, members: int, securities: int, limit: int, holdings: int | None):
    """Seconds to settle the book on a fresh ledger, and the ledger."""
    held = None
    if holdings is not None:
        pairs = np.arange(members * securities)
        held = OpeningHoldings(
            (pairs % members).astype(np.int32),
            (pairs // members).astype(np.int32),
            np.full(len(pairs), holdings * 100),
        )
    cash = np.zeros(members, dtype=np.int64)
    endowment = Endowment(cash, np.full(members, limit * MEAN_CASH), held)
    ledger = Ledger(members, securities, PositionSlots(members, securities), endowment)
    ledger.open_day(0)
    start = time.process_time()
    ledger.take(chunk, 0, len(chunk.time), -1)
    return time.process_time() - start, ledger


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="a tenth of the instructions, to try it", repeat=5)
    count = 100_000 if options.small else 1_000_000
    rows = []
    for name, members, securities, limit, holdings in CASES:
        chunk = book(members, securities, count, seed=7)
        settle(book(members, securities, 1_000, seed=1), members, securities, limit, holdings)
        times = []
        for _ in range(options.repeat):
            seconds, ledger = settle(chunk, members, securities, limit, holdings)
            times.append(seconds)
        totals = ledger.state.totals
        queued, left = totals[st.QUEUED_COUNT] / count, totals[st.QUEUE_COUNT] / count
        best, median = count / min(times) / 1e6, count / statistics.median(times) / 1e6
        rows.append([name, f"{queued:.1%}", f"{left:.1%}", f"{best:.2f}", f"{median:.2f}"])
    print(markdown(("case", "queued", "left", "best m/s", "median m/s"), rows))


if __name__ == "__main__":
    main()
