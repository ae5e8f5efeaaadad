"""Stress: what breaks, one thing at a time, as overrides of the config; and what did most harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.config.resolved import resolved
from simulator.config.units import write_money
from simulator.study.intervals import mean_interval, paired_difference

if TYPE_CHECKING:
    import polars as pl

    from simulator.config.schema import Config
    from simulator.config.sweep import Stress
    from simulator.config.tree import KeyPath
    from simulator.study.plan import SweepPlan

CALM = "calm"
"""The scenario in which nothing breaks, which the others are held against."""


def stresses(config: Config, stress: Stress) -> Iterator[tuple[str, dict[KeyPath, Any]]]:
    """Name and overrides of each scenario: calm, members silent, legs frozen, the chain down, volume up.

    What breaks is broken all day. Faults are added to those the config has; layer 2 has none of them.
    """
    yield CALM, {}
    if any(one.layer == 3 for one in config.arrangements.values()):
        for member in largest_members(config, stress.members):
            yield f"{member} silent", _with_fault(config, {"kind": "member_silent", "member": member})
        yield "chain down", _with_fault(config, {"kind": "chain_outage"})
    for name in config.arrangements:
        for leg in config.legs_of(name):
            yield (
                f"{leg} frozen in {name}",
                _with_fault(config, {"kind": "cash_leg_frozen", "leg": leg}, name),
            )
    if config.flow.kind != "synthetic":
        return
    for times in stress.volume:
        value, trades = config.flow.daily_value or 0, config.flow.trades_per_day or 0
        yield (
            f"volume × {times:g}",
            {
                ("flow", "daily_value"): write_money(round(value * times), config.flow.currency),
                ("flow", "trades_per_day"): max(1, round(trades * times)),
            },
        )


def largest_members(config: Config, number: int) -> list[str]:
    """The members that trade most value, bought and sold, with the config's seed; ties as they come."""
    import numpy as np

    from simulator.market.open import open_flow

    if not number:
        return []
    flow = open_flow(config)
    traded = np.zeros(len(flow.members), dtype=np.float64)
    for chunk in flow.chunks():
        for side in (chunk.buyer, chunk.seller):
            traded += np.bincount(side, weights=chunk.cash, minlength=len(traded))
    order = np.argsort(-traded, kind="stable")[:number]
    return [flow.members[place] for place in order]


def _with_fault(config: Config, fault: dict[str, Any], only: str | None = None) -> dict[KeyPath, Any]:
    """The config's faults with one more, from the open to the close of every day."""
    whole_day = {"start": "00:00", **fault}
    written = resolved(config)
    changes: dict[KeyPath, Any] = {}
    for name, one in config.arrangements.items():
        own = one.faults is not None
        if one.layer == 3 and (own or only == name):
            faults = written["arrangements"][name].get("faults") or written.get("faults") or []
            if only in (None, name):
                changes[("arrangements", name, "faults")] = [*faults, whole_day]
    if only is None:
        changes[("faults",)] = [*(written.get("faults") or []), whole_day]
    return changes


@dataclass(frozen=True, slots=True)
class Harm:
    """What a scenario did to an arrangement: the mean increase of a measure over calm, paired by seed."""

    scenario: str
    arrangement: str
    measure: str
    calm: float
    harm: float
    half_width: float | None


def rank_harm(plan: SweepPlan, frame: pl.DataFrame) -> list[Harm]:
    """Every scenario and arrangement of a stress, the most harm first, ties as they come."""
    stress = plan.sweep.stress
    assert stress is not None
    values: dict[tuple[str, tuple[Any, ...], str], dict[int, Any]] = {}
    for row in frame.select("variant", "arrangement", "seed", stress.measure).iter_rows():
        one = plan.variants[row[0]]
        values.setdefault((one.scenario or "", _shown(one.values), row[1]), {})[row[2]] = row[3]
    ranked = []
    for (scenario, point, arrangement), held in values.items():
        calm = values.get((CALM, point, arrangement))
        if scenario == CALM or calm is None:
            continue
        seeds = list(held)
        change = paired_difference(
            [held[s] for s in seeds], [calm.get(s) for s in seeds], plan.sweep.confidence
        )
        before = mean_interval([calm.get(seed) for seed in seeds], plan.sweep.confidence)
        if change.mean is not None and before.mean is not None:
            harm = Harm(scenario, arrangement, stress.measure, before.mean, change.mean, change.half_width)
            ranked.append(harm)
    return sorted(ranked, key=lambda one: -one.harm)


def _shown(values: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(repr(value) for value in values)
