"""The runs of a sweep: every variant loaded and checked before anything runs, each run known by a hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.config.errors import InputError, Problem, nearest
from simulator.config.fields import OWN_RULE
from simulator.config.load import Variant
from simulator.config.sweep import Sweep
from simulator.config.tree import KeyPath, Node, from_python, join_key, locate, split_key
from simulator.config.units import format_count
from simulator.study.design import AS_WRITTEN, Point, design
from simulator.study.job import Job

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement, Config, Participants

MOST_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """One config of a sweep, whatever the seed.

    Attributes
    ----------
    values : of the keys that vary, as text; None where the config's own is kept
    digest : hash of all that its results hang on but the seed
    """

    scenario: str | None
    values: tuple[Any, ...]
    config: Config
    digest: str

    def job(self, seed: int, sweep: Sweep) -> Job:
        """Its run with one seed."""
        key = hashlib.sha256(f"{self.digest} seed {seed}".encode()).hexdigest()[:32]
        return Job(key, self.config.model_copy(update={"seed": seed}), sweep.frontier)


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What a sweep would run.

    Attributes
    ----------
    keys : what varies, in the order of columns
    arrangements : of an axis, what else is known of each of its arrangements
    digest : hash of the whole sweep
    """

    config: Config
    sweep: Sweep
    keys: tuple[str, ...]
    variants: tuple[PlannedVariant, ...]
    arrangements: Mapping[str, Mapping[str, Any]]
    digest: str

    def seeds(self, count: int | None = None) -> tuple[int, ...]:
        """The seeds of the replications: as listed, else counted up from the config's."""
        listed = self.sweep.seeds if isinstance(self.sweep.seeds, tuple) else ()
        if count is None:
            count = len(self.sweep.seeds) if isinstance(self.sweep.seeds, tuple) else self.sweep.seeds
        first = self.config.seed
        more = (seed for seed in range(first, first + len(listed) + count) if seed not in listed)
        return (*listed, *islice(more, max(0, count - len(listed))))[:count]

    def runs(self, seeds: Sequence[int]) -> Iterator[tuple[int, int, Job]]:
        """Variant, seed and job of each run in their order: seed by seed within a variant."""
        for at, variant in enumerate(self.variants):
            for seed in seeds:
                yield at, seed, variant.job(seed, self.sweep)

    def label(self, variant: int) -> str:
        """A variant in a few words."""
        one = self.variants[variant]
        words = [] if one.scenario is None else [one.scenario]
        words += [
            f"{short(key)} {as_text(value)}"
            for key, value in zip(self.keys, one.values, strict=True)
            if value is not None
        ]
        return ", ".join(words) or "as written"


def make_plan(config: Config) -> SweepPlan:
    """Every run of a sweep.

    Raises
    ------
    InputError : the config has no sweep, names what is not there, or a variant of it is not allowed.
    """
    sweep = config.sweep
    if sweep is None:
        raise InputError(config.problem("sweep", "missing; say what varies, such as sweep: {seeds: 5}"))
    check_measures(config, sweep)
    family: Mapping[str, Any] | None = None
    about: Mapping[str, Mapping[str, Any]] = {}
    if sweep.axis is not None:
        from simulator.study.windows import netting_window

        family, about = netting_window(config)
    scenarios = list(_scenarios(config, sweep))
    points = design(sweep.plan, sweep.vary, sweep.runs, config.seed)
    number = len(scenarios) * len(points) * len(SweepPlan(config, sweep, (), (), {}, "").seeds())
    if number > MOST_RUNS:
        told = f"{format_count(number)} runs are not allowed; a sweep has at most {format_count(MOST_RUNS)}"
        raise InputError(config.problem("sweep", told))
    variants: list[PlannedVariant] = []
    problems: dict[tuple[str, int | None, str, str], Problem] = {}
    tables: dict[Path, str] = {}
    for scenario, overrides in scenarios:
        for point in points:
            changes = [*overrides, *_changes(config, sweep, point)]
            found = Variant(config, changes, None, family)
            if found.config is None:
                varied = {join_key(path) for path, _ in changes}
                for each in found.problems:
                    what = "" if each.key in varied else f" (with {_told(scenario, sweep, point)})"
                    problem = Problem(each.message + what, each.key, each.file, each.line)
                    problems.setdefault((each.file, each.line, each.key, each.message), problem)
                continue
            values = tuple(None if value is AS_WRITTEN else value for value in point)
            variants.append(
                PlannedVariant(scenario, values, found.config, _digest(found.config, sweep, tables))
            )
    if problems:
        raise InputError(*sorted(problems.values(), key=lambda each: (each.file, each.line or 0, each.key)))
    written = json.dumps(config.resolved(), sort_keys=True)
    digest = hashlib.sha256("\n".join([written, *(each.digest for each in variants)]).encode()).hexdigest()
    return SweepPlan(config, sweep, tuple(sweep.vary), tuple(variants), about, digest)


def _scenarios(config: Config, sweep: Sweep) -> Iterator[tuple[str | None, list[tuple[KeyPath, Node]]]]:
    if sweep.stress is not None:
        from simulator.study.stress import stresses

        place = locate(config.tree, ("sweep", "stress"))[0]
        for name, overrides in stresses(config, sweep.stress):
            yield name, [(path, from_python(value, place)) for path, value in overrides.items()]
        return
    if sweep.scenarios is None:
        yield None, []
        return
    for name, given in sweep.scenarios.items():
        place = locate(config.tree, ("sweep", "scenarios", name))[0]
        changes: list[tuple[KeyPath, Node]] = []
        for key, value in given.items():
            own = locate(config.tree, ("sweep", "scenarios", name, key))[0]
            changes.append((split_key(key) or (key,), from_python(value, own or place)))
        yield name, changes


def _changes(config: Config, sweep: Sweep, point: Point) -> Iterator[tuple[KeyPath, Node]]:
    """What a point puts in place of what is written, each value at the line it was written."""
    for (key, varied), value in zip(sweep.vary.items(), point, strict=True):
        if value is AS_WRITTEN:
            continue
        path: KeyPath = ("sweep", "vary", key)
        values = varied.values()
        if value in values and not hasattr(varied, "start"):
            path = (*path, values.index(value))
        place = locate(config.tree, path)[0]
        yield split_key(key) or (key,), from_python(value, place)


def _told(scenario: str | None, sweep: Sweep, point: Point) -> str:
    """A variant in words, for messages."""
    words = [] if scenario is None else [f"scenario {scenario}"]
    words += [
        f"{key}={as_text(value)}"
        for key, value in zip(sweep.vary, point, strict=True)
        if value is not AS_WRITTEN
    ]
    return ", ".join(words) or "the config as it is"


def check_measures(config: Config, sweep: Sweep) -> None:
    """Refuse measures that there are none of.

    Raises
    ------
    InputError : each of them, with the nearest that there is.
    """
    from simulator.study.columns import measure_names

    known = measure_names()
    asked = [(f"sweep.measures.{at}", name) for at, name in enumerate(sweep.measures)]
    if sweep.target is not None:
        asked.append(("sweep.target.measure", sweep.target.measure))
    if sweep.stress is not None:
        asked.append(("sweep.stress.measure", sweep.stress.measure))
    wrong = [
        config.problem(key, f"there is no measure {name}; netgross list shows all{nearest(name, known)}")
        for key, name in asked
        if name not in known
    ]
    if wrong:
        raise InputError(*wrong)


def _digest(config: Config, sweep: Sweep, tables: dict[Path, str]) -> str:
    """The hash of all that the results of a variant hang on but the seed."""
    written = config.resolved()
    for key in ("name", "seed"):
        written.pop(key, None)
    told: dict[str, Any] = {"config": written, "netgross": metadata.version("netgross")}
    if sweep.frontier is not None:
        told["frontier"] = sweep.frontier.model_dump()
    told["files"] = [_hash(path, tables) for path in _files(config, written)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _files(config: Config, written: Mapping[str, Any]) -> Iterator[Path]:
    """Files that a run reads: tables, and rules of one's own beside the config."""
    if config.flow.tape is not None:
        yield config.flow.tape.path
    endowed: list[Participants | Arrangement] = [config.participants, *config.arrangements.values()]
    for section in endowed:
        for endowment in (section.funding, section.holdings):
            if endowment is not None and endowment.path is not None:
                yield endowment.path
    for rule in sorted(set(re.findall(rf'"({OWN_RULE})"', json.dumps(written)))):
        beside = config.base_dir.joinpath(*rule.partition(":")[0].split(".")).with_suffix(".py")
        if beside.is_file():
            yield beside


def _hash(path: Path, known: dict[Path, str]) -> str:
    if path not in known:
        try:
            known[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            known[path] = ""  # reading it as a table will tell
    return known[path]


def as_text(value: Any) -> str:
    """A value in a word, as written; a mapping or list as JSON.

    Examples
    --------
    >>> as_text("12 s"), as_text({"prefunding": "5 M"})
    ('12 s', '{"prefunding": "5 M"}')
    """
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def short(key: str) -> str:
    """The last two steps of a key, enough to be told by.

    Examples
    --------
    >>> short("arrangements.gross.block"), short("days")
    ('gross.block', 'days')
    """
    return join_key((split_key(key) or (key,))[-2:])
