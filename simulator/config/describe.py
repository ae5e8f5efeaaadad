"""The keys of a config as a table, read off the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from simulator.config.schema import Config, Section
from simulator.config.tree import KeyPath

EXTENDS = "Path of another config, or the name of a shipped one, that this one is merged over."


class Key(NamedTuple):
    """One key: its dotted name (``*`` for names of one's own), its default, what it means."""

    name: str
    default: str
    meaning: str


def describe(section: type[BaseModel] = Config, prefix: str = "") -> Iterator[Key]:
    """Every key a config may have, in the order of the schema.

    Examples
    --------
    >>> [key.name for key in describe()][:5]
    ['extends', 'name', 'seed', 'days', 'flow.currency']
    """
    if not prefix:
        yield Key("extends", "", EXTENDS)
    for name, field in section.model_fields.items():
        below, many = section_of(field.annotation)
        dotted = f"{prefix}{name}{many}"
        if below is not None:
            yield from describe(below, f"{dotted}.")
        else:
            yield Key(dotted, _default(field), field.description or "")


def keys_at(path: KeyPath) -> dict[str, str]:
    """The keys known at a path, with their meanings; none where no mapping of known keys stands."""
    section: type[BaseModel] | None = Config
    steps = list(path)
    while steps and section is not None:
        field = section.model_fields.get(str(steps.pop(0)))
        section, many = section_of(field.annotation) if field else (None, "")
        if many and steps:
            steps.pop(0)
        elif many:
            section = None
    if section is None:
        return {}
    keys = {name: field.description or "" for name, field in section.model_fields.items()}
    return {**keys, "extends": EXTENDS} if section is Config else keys


def section_of(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The section inside an annotation, and how its many are named: ``.*`` by name, ``.0`` by number."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, ""
    origin = get_origin(annotation)
    many = ".*" if origin is dict else ".0" if origin is tuple else ""
    for argument in get_args(annotation):
        section, below = section_of(argument)
        if section is not None:
            return section, many + below
    return None, ""


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    if "Default" in field.description:  # it depends on other keys, and its meaning says how
        return ""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return str(getattr(value, "kind", ""))
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key} {share:.0%}" for key, share in value.items())
    if isinstance(value, tuple):
        return " ".join(each if isinstance(each, str) else f"{each:g}" for each in value)
    return str(value)
