"""Who trades: members of a synthetic market, how active they are, of which type, and which way they lean.

The type decides the answer: client brokers and custodians buy or sell on balance over a day, so netting
leaves their imbalance to be paid; market makers go home flat, so all that netting leaves of them is noise.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

MARKET_MAKER = "market_maker"


def number_names(letter: str, count: int, digits: int) -> tuple[str, ...]:
    """Names in rank order, wide enough that they also sort in it.

    >>> number_names("M", 2, 3)
    ('M001', 'M002')
    """
    width = max(digits, len(str(count)))
    return tuple(f"{letter}{number:0{width}d}" for number in range(1, count + 1))


def zipf_shares(count: int, concentration: float) -> Float64:
    """Shares falling with rank as rank^(−concentration), summing to 1; 0 gives equal shares.

    >>> zipf_shares(3, 1.0).round(4).tolist()
    [0.5455, 0.2727, 0.1818]
    """
    # The floor keeps every share above 0 where a steep exponent would underflow.
    weights = np.maximum(np.arange(1, count + 1, dtype=np.float64) ** -concentration, 1e-300)
    return weights / weights.sum()


def count_types(shares: Mapping[str, float], count: int) -> dict[str, int]:
    """How many members each type gets: largest remainder, ties to the type listed first.

    >>> count_types({"client_broker": 0.6, "market_maker": 0.2, "custodian": 0.2}, 7)
    {'client_broker': 4, 'market_maker': 2, 'custodian': 1}
    """
    # Rounded, so that 0.6 of 150 is 90 and not 89.99999999999999.
    exact = {kind: round(share * count, 9) for kind, share in shares.items()}
    counts = {kind: int(value) for kind, value in exact.items()}
    by_remainder = sorted(exact, key=lambda kind: counts[kind] - exact[kind])
    for kind in by_remainder[: count - sum(counts.values())]:
        counts[kind] += 1
    return counts


def assign_types(shares: Mapping[str, float], count: int, random: np.random.Generator) -> tuple[str, ...]:
    """The type of each member: exact counts, dealt without regard to rank."""
    dealt = [kind for kind, number in count_types(shares, count).items() for _ in range(number)]
    return tuple(dealt[place] for place in random.permutation(count))


def draw_imbalances(
    imbalance: float, activity: Float64, types: tuple[str, ...], random: np.random.Generator
) -> Float64:
    """One day's expected (bought − sold) / activity of each member, δ.

    δᵢ ~ N(0, imbalance) for all but market makers, who expect 0. What is bought is sold, so activity × δ
    must sum to 0: the activity-weighted mean of the directional members is taken off them alone, and a
    market maker's 0 stays 0. A lone directional member has nobody to lean against and gets 0.

    Parameters
    ----------
    imbalance : standard deviation s of δ, a share of own activity
    activity : float64, share of all sides a member stands on, one entry a member
    types : type of each member
    """
    directional = np.array([kind != MARKET_MAKER for kind in types])
    # Drawn for every member, so that a member's draw does not hang on the others' types.
    lean = np.where(directional, imbalance * random.standard_normal(len(types)), 0.0)
    if directional.any():
        lean[directional] -= np.average(lean[directional], weights=activity[directional])
    return lean
