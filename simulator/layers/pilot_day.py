"""What a day of the pilot leaves behind: tokens that stand, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.kernels.rounding import rounded
from simulator.market.flow import Int64, TradeDay

MOVEMENTS = ("tokenize", "transfer", "reverse", "detokenize")
REFUSALS = ("not_eligible", "no_wallet", "units", "collateral")
"""Why nothing moves: the security, a wallet, nothing there to move, a collateral monitor it would exceed."""


@dataclass(slots=True)
class PilotDay:
    """One day of the pilot, from its midnight to the next day's; it is complete when the run is.

    Attributes
    ----------
    units : by movement, Σ units by security; ``counts`` by movement, how many moved any
    refused : by reason, how many moved nothing
    flagged, fallen_back : orders that want tokens, and those of them settled by book entry all the same
    outages, outage_time : outages that begin on the day, and µs for which they stop the chain
    tokens, on_the_way : by security, as the day ends
    prices : by security, Σ cash and Σ units, int64 (securities, 2): the reference price as their ratio
    wallets : members with a registered wallet
    """

    day: TradeDay
    securities: int
    wallets: int
    units: dict[str, Int64] = field(init=False)
    counts: dict[str, int] = field(init=False)
    refused: dict[str, int] = field(init=False)
    flagged: int = 0
    fallen_back: int = 0
    outages: int = 0
    outage_time: int = 0
    tokens: Int64 = field(init=False)
    on_the_way: Int64 = field(init=False)
    prices: Int64 = field(init=False)

    def __post_init__(self) -> None:
        self.units = {one: np.zeros(self.securities, dtype=np.int64) for one in MOVEMENTS}
        self.counts = dict.fromkeys(MOVEMENTS, 0)
        self.refused = dict.fromkeys(REFUSALS, 0)
        self.tokens, self.on_the_way = (np.zeros(self.securities, dtype=np.int64) for _ in range(2))
        self.prices = np.ones((self.securities, 2), dtype=np.int64)

    def value(self, units: Int64) -> int:
        """Units by security at the day's reference prices, each security rounded half to even."""
        return sum(
            rounded(int(units[s]) * int(self.prices[s, 0]), int(self.prices[s, 1]))
            for s in np.flatnonzero(units)
        )

    def moved_value(self, movement: str) -> int:
        """Σ value of a kind of movement."""
        return self.value(self.units[movement])

    @property
    def tokenized_value(self) -> int:
        """Value of the tokens that stand as the day ends."""
        return self.value(self.tokens)
