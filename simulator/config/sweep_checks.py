"""What must hold between a sweep, or a sizing, and the rest of its config."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel

from simulator.config.describe import section_of
from simulator.config.errors import nearest
from simulator.config.faults import Fault
from simulator.config.fields import unknown_key
from simulator.config.schema import Config
from simulator.config.tree import KeyPath, split_key

NOT_VARIED = {
    "sweep": "a sweep does not vary itself",
    "size": "a sweep does not vary the sizing",
    "name": "every run has the sweep's name",
    "seed": "replications are given by sweep.seeds",
    "extends": "extends is read before anything is varied",
}


def check_sweep(config: Config, names: Collection[str]) -> Iterator[Fault]:
    """Everything about ``sweep`` and ``size`` that does not go with the config they stand in."""
    if config.sweep is not None:
        yield from _sweep(config, names)
    if config.size is not None:
        yield from _size(config, names)


def _sweep(config: Config, names: Collection[str]) -> Iterator[Fault]:
    sweep = config.sweep
    assert sweep is not None
    here: KeyPath = ("sweep",)
    for key in sweep.vary:
        message = misnamed(key, config)
        if message:
            yield Fault((*here, "vary", key), message, (("arrangements",),))
    for name, overrides in (sweep.scenarios or {}).items():
        for key in overrides:
            message = misnamed(key, config, scenario=True)
            if message:
                yield Fault((*here, "scenarios", name, key), message, (("arrangements",),))
    if sweep.plan != "grid" and not sweep.vary:
        yield Fault((*here, "plan"), f"{sweep.plan} needs keys to vary; give sweep.vary", ((*here, "vary"),))
    if sweep.runs is not None and sweep.plan not in ("latin_hypercube", "sobol"):
        message = f"the plan is {sweep.plan}, whose values are all run; give plan: latin_hypercube or sobol"
        yield Fault((*here, "runs"), message, ((*here, "plan"),))
    if sweep.plan == "sobol" and sweep.runs is not None and sweep.runs & (sweep.runs - 1):
        message = f"{sweep.runs} is not allowed; a sobol plan needs a power of 2, such as 64 or 256"
        yield Fault((*here, "runs"), message, ((*here, "plan"),))
    asked = [key for key in ("axis", "frontier", "stress") if getattr(sweep, key) is not None]
    for key in asked[1:]:
        yield Fault((*here, key), f"{asked[0]} is given too; give one of axis, frontier and stress")
    if sweep.scenarios and sweep.stress is not None:
        yield Fault((*here, "scenarios"), "stress brings its own scenarios; give one of the two")
    if not 0.5 <= sweep.confidence < 1:
        yield Fault((*here, "confidence"), "give at least 50 % and less than 100 %")
    yield from _sweep_names(config, names)


def _sweep_names(config: Config, names: Collection[str]) -> Iterator[Fault]:
    """Arrangements that a sweep names are there, and of the layer it needs; measures are in the catalogue."""
    sweep = config.sweep
    assert sweep is not None
    here: KeyPath = ("sweep",)
    if sweep.target is not None and sweep.axis is None:
        yield from _named((*here, "target", "arrangement"), sweep.target.arrangement, names)
    if sweep.frontier is not None:
        for at, name in enumerate(sweep.frontier.arrangements or ()):
            yield from _layer_3((*here, "frontier", "arrangements", at), name, config, names)
        if not any(one.layer == 3 for one in config.arrangements.values()):
            yield Fault((*here, "frontier"), "needs an arrangement of layer 3", (("arrangements",),))
        if sweep.target is not None:
            yield Fault((*here, "target"), "a frontier has a band a point; give more seeds instead")
    if (
        sweep.target is not None
        and sweep.target.of != "value"
        and sweep.target.arrangement == config.baseline
    ):
        message = f"{config.baseline} is the baseline, whose {sweep.target.of} to itself is known"
        yield Fault((*here, "target", "arrangement"), message)


def _size(config: Config, names: Collection[str]) -> Iterator[Fault]:
    size = config.size
    assert size is not None
    if size.arrangement is not None:
        yield from _layer_3(("size", "arrangement"), size.arrangement, config, names)
    elif not any(one.layer == 3 for one in config.arrangements.values()):
        yield Fault(("size",), "needs an arrangement of layer 3", (("arrangements",),))


def _named(path: KeyPath, name: str | None, names: Collection[str]) -> Iterator[Fault]:
    if name is not None and name not in names:
        message = f"{name} is not allowed; the arrangements are {', '.join(names)}{nearest(name, names)}"
        yield Fault(path, message)


def _layer_3(path: KeyPath, name: str, config: Config, names: Collection[str]) -> Iterator[Fault]:
    yield from _named(path, name, names)
    if name in config.arrangements and config.arrangements[name].layer != 3:
        yield Fault(path, f"{name} is of layer 2; only layer 3 can wait for funding")


def misnamed(key: str, config: Config, scenario: bool = False) -> str:
    """What is wrong with the path of a key; nothing where a config can have it.

    Below the keys that the schema knows anything goes: what is wrong there is seen when the variant loads.
    """
    path = split_key(key)
    if path is None:
        return f"{key} is not a key; give one such as arrangements.gross.block"
    if path[0] in NOT_VARIED:
        return NOT_VARIED[path[0]]
    section: type[BaseModel] | None = Config
    value: Any = config
    steps = list(path)
    while steps and section is not None:
        step = steps.pop(0)
        if step not in section.model_fields:
            above = ".".join(path[: len(path) - len(steps) - 1])
            return (f"{above}: " if above else "") + f"{step} is {unknown_key(step, section.model_fields)}"
        value = getattr(value, step, None)
        section, many = section_of(section.model_fields[step].annotation)
        if many and steps:
            name = steps.pop(0)
            below = value if isinstance(value, dict) else dict(enumerate(value or ()))
            known = [str(each) for each in below]
            if name not in known and not (scenario or value is None):
                there = ", ".join(known) or "none"
                return f"there is no {name} in {step}; there are {there}{nearest(name, known)}"
            value = next((one for each, one in below.items() if str(each) == name), None)
        elif many:
            section = None
    return ""
