"""The liquidity–delay frontier: funding from the lower to the upper bound, against what waits and settles.

Source: Leinonen and Soramäki 1999, whose usage u runs from 0 at the lower bound to 1 at the upper.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.funding import Funding
from simulator.config.units import minor_digits
from simulator.study.job import Row

if TYPE_CHECKING:
    import numpy as np

    from simulator.config.schema import Arrangement, Config
    from simulator.config.sweep import Frontier
    from simulator.market.flow import Flow, Int64
    from simulator.simulation import FinishedRun

MECHANISMS: dict[str, Any] = {
    "liquidity_saving": None,
    "partial_settlement": None,
    "credit": {},
    "queue": "fifo_bypass",
}
"""What an arrangement may save liquidity with, and what it has without it."""

YEAR = 360
"""Days of a year of money: ACT/360."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What each member needs at least, and at most: minor units by member, the largest of all days."""

    lower: Int64
    upper: Int64

    def at(self, usage: Fraction) -> Int64:
        """Funding between the bounds, rounded up, so that at the upper bound nothing lacks."""
        import numpy as np

        times, parts = usage.numerator, usage.denominator
        more = [-(-width * times // parts) for width in (self.upper - self.lower).tolist()]
        return self.lower + np.array(more, dtype=np.int64)


def frontier_rows(config: Config, frontier: Frontier) -> list[Row]:
    """A row an arrangement, mechanism left out and point: funding, its cost, and every measure.

    All points of all arrangements settle the same trades in one pass.
    """
    from simulator.measures.summary import over_run

    names = frontier.arrangements or [name for name, one in config.arrangements.items() if one.layer == 3]
    bounds = find_bounds(config, list(names))
    usages = [Fraction(point, frontier.points - 1) for point in range(frontier.points)]
    described: dict[str, tuple[str, str, Fraction, Int64]] = {}
    arrangements: dict[str, Arrangement] = {}
    fundings: dict[str, Int64] = {}
    for name in names:
        for without, one in versions(config, name, frontier.without):
            for point, usage in enumerate(usages):
                known_as = f"{name}-{without}-{point}"
                described[known_as] = (name, without, usage, bounds[name].at(usage))
                arrangements[known_as] = one
                fundings[known_as] = described[known_as][3]
    rows: list[Row] = []
    values = over_run(settle_funded(config, arrangements, fundings))
    for known_as, (name, without, usage, funding) in described.items():
        total = int(funding.sum())
        rows.append(
            {
                "arrangement": name,
                "without": without,
                "usage": float(usage),
                "funding": total,
                "lower_bound": int(bounds[name].lower.sum()),
                "upper_bound": int(bounds[name].upper.sum()),
                "cost_of_funding": round(Fraction(str(frontier.rate)) * total / YEAR),
                **values[known_as],
            }
        )
    return rows


def versions(config: Config, name: str, without: bool) -> Iterator[tuple[str, Arrangement]]:
    """The arrangement, and if wanted without each of its liquidity-saving mechanisms in turn."""
    one = config.arrangements[name]
    yield "", one
    for mechanism, absent in MECHANISMS.items() if without else ():
        held = config.credit_of(name) if mechanism == "credit" else getattr(one, mechanism)
        if held and held != absent and not (mechanism == "queue" and held == "fifo_strict"):
            yield mechanism, one.model_copy(update={mechanism: absent})


def find_bounds(config: Config, names: list[str]) -> dict[str, Bounds]:
    """What members need in each arrangement when money is no matter: netted over the day, and at no delay.

    Found with cash without limit and nothing that saves it. Over several days the largest of each member.
    """
    import numpy as np

    from simulator.market.open import open_flow
    from simulator.measures.liquidity import liquidity_need_by_member
    from simulator.measures.netting import net_debit_by_member
    from simulator.simulation import simulate

    free = {
        name: config.arrangements[name].model_copy(
            update={
                "funding": Funding(kind="unlimited"),
                **{key: absent for key, absent in MECHANISMS.items() if key != "queue"},
            }
        )
        for name in names
    }
    flow = open_flow(config)
    run = simulate(
        config.model_copy(update={"arrangements": free, "credit": None, "baseline": names[0]}), flow
    )
    bounds = {}
    for name, days in run.records.items():
        lower = np.max([net_debit_by_member(day) for day in days], axis=0)
        upper = np.max([liquidity_need_by_member(day) for day in days], axis=0)
        bounds[name] = Bounds(lower.astype(np.int64), np.maximum(lower, upper).astype(np.int64))
    return bounds


def settle_funded(
    config: Config, arrangements: dict[str, Arrangement], fundings: dict[str, Int64], *, credit: bool = False
) -> FinishedRun:
    """A run of arrangements whose members bring what is given, minor units by member.

    ``credit`` : they may draw it, instead of having it.
    """
    from simulator.market.open import open_flow
    from simulator.simulation import simulate

    flow = open_flow(config)
    with tempfile.TemporaryDirectory(prefix="netgross-") as folder:
        funded = {}
        for at, (name, one) in enumerate(arrangements.items()):
            path = Path(folder) / f"{at}.csv"
            write_funding(path, flow, fundings[name], config.flow.currency, credit)
            funded[name] = one.model_copy(update={"funding": Funding(kind="file", path=path)})
        changed = config.model_copy(update={"arrangements": funded, "baseline": next(iter(funded))})
        return simulate(changed, flow)


def write_funding(path: Path, flow: Flow, funding: np.ndarray, currency: str, credit: bool) -> None:
    """A list of members with what each brings, as a config can name it."""
    digits = minor_digits(currency)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("member", "cash", "credit_limit"))
        for name, minor in zip(flow.members, funding.tolist(), strict=True):
            amount = f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)
            writer.writerow((name, "0", amount) if credit else (name, amount, "0"))
