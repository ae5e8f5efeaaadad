"""The least funding at which a target holds, for the given order of trades and the given rule.

Settlement is not monotone in funding (with passing, more money for one can hold up another), so no search can
be sure of *the* least. A grid is scanned from nothing to the upper bound; from the lowest level from which
on all scanned ones hold, the gap below is scanned again, and so on. What holds below what does not is told,
and so is whether 1 % less fails. Each scan settles the same trades at all its levels in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from simulator.config.errors import InputError
from simulator.config.sweep import Size, SizeTarget
from simulator.study.frontier import find_bounds, settle_funded

if TYPE_CHECKING:
    from simulator.config.schema import Config
    from simulator.layers.record import SettlementDay
    from simulator.market.flow import Int64

SCALE = 1_000_000_000
"""Parts of a member's upper bound that a scale is counted in."""

Judge = Callable[[Sequence[int]], list[bool]]
"""Whether the target holds at each of some levels."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A level at which the target holds though it does not at a higher one."""

    holds_at: int
    fails_at: int


@dataclass(slots=True)
class Search:
    """The least level found, and what was seen on the way.

    Attributes
    ----------
    level : the lowest from which on all that were tried hold
    tried : every level with whether the target holds there
    """

    level: int
    tried: dict[int, bool] = field(default_factory=dict)

    @property
    def violations(self) -> list[Violation]:
        """Levels that hold below levels that do not, each with the lowest of those above it."""
        failing = sorted(level for level, holds in self.tried.items() if not holds)
        return [
            Violation(level, next(each for each in failing if each > level))
            for level in sorted(level for level, holds in self.tried.items() if holds)
            if failing and level < failing[-1]
        ]


def find_least(judge: Judge, most: int, points: int, precision: Fraction) -> Search | None:
    """The least level up to ``most`` at which the target holds; None where it does not hold at the most.

    Parameters
    ----------
    judge : asked of up to ``points`` levels at a time
    precision : share of the level that the answer may be too high by; 0 finds the very unit

    Examples
    --------
    Where 37 and more is enough, and 12 by accident:

    >>> search = find_least(lambda levels: [x >= 37 or x == 12 for x in levels], 100, 11, Fraction(0))
    >>> search.level, search.violations
    (37, [])
    >>> search = find_least(lambda levels: [x >= 37 or x == 10 for x in levels], 100, 11, Fraction(0))
    >>> search.level, search.violations
    (37, [Violation(holds_at=10, fails_at=20)])
    """
    search = Search(most)
    low, high = 0, most
    levels = sorted({most * step // (points - 1) for step in range(points)})
    while True:
        search.tried |= dict(zip(levels, judge(levels), strict=True))
        if not search.tried[most]:
            return None
        failing = [level for level in levels if not search.tried[level]]
        low = max(failing, default=low if levels[0] else -1)
        high = min(level for level in search.tried if level > low and search.tried[level])
        search.level = high
        if high - low <= max(1, int(high * precision)):
            return search
        inside = points - 2
        levels = sorted(
            {low + (high - low) * step // (inside + 1) for step in range(1, inside + 1)} - {low, high}
        )


@dataclass(frozen=True, slots=True)
class Sized:
    """What ``netgross size`` found.

    Attributes
    ----------
    members, funding : names, and minor units that each brings
    level : minor units of each member (by amount), or billionths of its upper bound (by scale)
    share_of_days : on which the target holds at the funding found
    one_per_cent_less_fails : None where nothing is needed
    violations : levels at which the target holds though it does not at a higher one
    lower_bound, upper_bound : minor units of all members: net debits, needs at no delay
    """

    arrangement: str
    size: Size
    currency: str
    seeds: tuple[int, ...]
    members: tuple[str, ...]
    funding: Int64
    level: int
    share_of_days: Fraction
    one_per_cent_less_fails: bool | None
    violations: tuple[Violation, ...]
    lower_bound: int
    upper_bound: int
    days: int
    tried: int

    @property
    def total(self) -> int:
        """Minor units of all members."""
        return int(self.funding.sum())


def run_sizing(config: Config, progress: Callable[[int], None] | None = None) -> Sized:
    """The least funding of an arrangement at which the target of ``size:`` holds.

    Parameters
    ----------
    progress : told how many levels have been tried

    Raises
    ------
    InputError : there is nothing to size, or no funding is enough.
    """
    size = config.size
    if size is None:
        raise InputError(
            config.problem("size", "missing; say what must hold, such as size: {target: {settled: 99.9 %}}")
        )
    name = size.arrangement or next(name for name, one in config.arrangements.items() if one.layer == 3)
    sizing = Sizing(config, name, size, progress)
    search = sizing.search_common()
    if search is None:
        raise InputError(config.problem("size.target", sizing.never()))
    funding = sizing.common(search.level)
    violations = search.violations
    if size.by == "member":
        funding, more = sizing.lower_each(funding)
        violations += more
    share = sizing.shares([funding])[0]
    less = None
    if int(funding.sum()):
        less = sizing.shares([sizing.less(funding, search.level)])[0] < _share(size.target.days)
    return Sized(
        arrangement=name,
        size=size,
        currency=config.flow.currency,
        seeds=sizing.seeds,
        members=sizing.members,
        funding=funding,
        level=search.level,
        share_of_days=share,
        one_per_cent_less_fails=less,
        violations=tuple(violations),
        lower_bound=int(sizing.lower.sum()),
        upper_bound=int(sizing.upper.sum()),
        days=sizing.days,
        tried=sizing.tried,
    )


class Sizing:
    """The trades of all seeds, settled again at every funding that is tried."""

    def __init__(self, config: Config, name: str, size: Size, progress: Callable[[int], None] | None) -> None:
        import numpy as np

        from simulator.market.open import open_flow

        self.name, self.size, self.progress = name, size, progress
        self.seeds = (
            size.seeds
            if isinstance(size.seeds, tuple)
            else tuple(range(config.seed, config.seed + size.seeds))
        )
        one = config.arrangements[name]
        update = {"arrangements": {name: one}, "baseline": name, "sweep": None, "size": None}
        self.configs = [config.model_copy(update={**update, "seed": seed}) for seed in self.seeds]
        bounds = [find_bounds(each, [name])[name] for each in self.configs]
        self.lower = np.max([each.lower for each in bounds], axis=0)
        self.upper = np.max([each.upper for each in bounds], axis=0)
        self.members = open_flow(self.configs[0]).members
        self.days = self.tried = 0
        self.best = Fraction(0)

    def common(self, level: int) -> Int64:
        """What members bring at a level: the same each, or a share of their upper bounds, rounded up."""
        import numpy as np

        if self.size.by == "amount":
            return np.full(len(self.members), level, dtype=np.int64)
        return np.array([-(-each * level // SCALE) for each in self.upper.tolist()], dtype=np.int64)

    def less(self, funding: Int64, level: int) -> Int64:
        """1 % less, at least a minor unit."""
        if self.size.by == "amount":
            return self.common(min(level - 1, level * 99 // 100))
        if self.size.by == "scale":
            return self.common(level * 99 // 100)
        return funding - (funding + 99) // 100

    def search_common(self) -> Search | None:
        """The least level of all members together."""
        most = int(self.upper.max(initial=0)) if self.size.by == "amount" else SCALE
        return find_least(
            lambda levels: self.judge([self.common(level) for level in levels]),
            most,
            self.size.points,
            _share(self.size.precision),
        )

    def lower_each(self, funding: Int64) -> tuple[Int64, list[Violation]]:
        """Each member lowered in turn as far as it goes, the one that brings most first."""
        violations: list[Violation] = []
        order = sorted(range(len(funding)), key=lambda member: (-int(funding[member]), member))
        for member in order:
            most = int(funding[member])
            if not most:
                continue
            judge = partial(self.judge_one, funding, member)
            search = find_least(judge, most, self.size.points, _share(self.size.precision))
            if search is not None:  # it held at what the member brings
                funding = _with(funding, member, search.level)
                violations += search.violations
        return funding, violations

    def judge_one(self, funding: Int64, member: int, levels: Sequence[int]) -> list[bool]:
        """Whether the target holds with one member at each of some levels."""
        return self.judge([_with(funding, member, level) for level in levels])

    def judge(self, fundings: Sequence[Int64]) -> list[bool]:
        """Whether the target holds at each of some fundings."""
        return [share >= _share(self.size.target.days) for share in self.shares(fundings)]

    def shares(self, fundings: Sequence[Int64]) -> list[Fraction]:
        """On which share of the days of all seeds a day's target holds."""
        held = [0] * len(fundings)
        days = 0
        for config in self.configs:
            one = config.arrangements[self.name]
            run = settle_funded(
                config,
                {str(at): one for at in range(len(fundings))},
                {str(at): funding for at, funding in enumerate(fundings)},
                credit=self.size.what == "credit_limit",
            )
            for at in range(len(fundings)):
                records = run.records[str(at)]
                shares = [day_share(day, self.size.target) for day in records]
                held[at] += sum(share >= _share(self.size.target.settled) for share in shares)
                self.best = max(self.best, min(shares))
            days += len(run.records["0"])
        self.days = days
        self.tried += len(fundings)
        if self.progress is not None:
            self.progress(self.tried)
        return [Fraction(each, days) for each in held]

    def never(self) -> str:
        """Why no funding is enough."""
        most = f"{float(self.best) * 100:.4g} %"
        return (
            f"does not hold at the upper bound of liquidity: at most {most} of a day's value settles so; "
            "look at holdings, blocks and the close"
        )


def day_share(day: SettlementDay, target: SizeTarget) -> Fraction:
    """The share of a day's value that settles, in time if there is a time."""
    from simulator.measures.delay import settled_within
    from simulator.measures.netting import settled_value

    gross = day.flow.gross_value
    if not gross:
        return Fraction(1)
    value = settled_value(day) if target.within is None else settled_within(day, target.within)
    return Fraction(value, gross)


def _with(funding: Int64, member: int, level: int) -> Int64:
    changed = funding.copy()
    changed[member] = level
    return changed


def _share(share: float) -> Fraction:
    return Fraction(repr(share))
