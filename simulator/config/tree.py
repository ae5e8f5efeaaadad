"""The tree of a config before it is typed: text, mappings, lists, each with the place it was written.

Trees merge (``extends``, ``--set``): mappings by key, lists whole, and ``null`` deletes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from simulator.config.errors import InputError, Problem

DEEPEST = 40
"""Levels of nesting; a config needs five."""

KeyPath: TypeAlias = tuple[str | int, ...]


class Place(NamedTuple):
    """Where a value was written; ``folder`` is what its relative paths start from."""

    file: str
    line: int | None
    folder: Path


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text from a file, anything from Python; None is null."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; never changed once made, because aliases share it."""

    entries: dict[str, Node]
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``numbers`` are the positions as written, once faulty items were left out."""

    items: tuple[Node, ...]
    place: Place
    numbers: tuple[int, ...] | None = None


Node: TypeAlias = Scalar | Table | Items


def from_python(value: Any, place: Place, depth: int = 0) -> Node:
    """The tree of a Python mapping, list or value.

    Raises
    ------
    InputError
        where a key is not text, or the nesting is too deep (a list that holds itself).
    """
    if depth > DEEPEST:
        raise InputError(Problem(f"nested more than {DEEPEST} levels deep", file=place.file))
    if isinstance(value, Mapping):
        entries: dict[str, Node] = {}
        for key, below in value.items():
            if not isinstance(key, str) and (not isinstance(key, int) or isinstance(key, bool)):
                raise InputError(Problem(f"{key!r} is not allowed as a key; keys are text", file=place.file))
            if str(key) in entries:
                raise InputError(Problem("given twice, as a number and as text", str(key), place.file))
            entries[str(key)] = from_python(below, place, depth + 1)
        return Table(entries, place)
    if isinstance(value, list | tuple):
        return Items(tuple(from_python(below, place, depth + 1) for below in value), place)
    return Scalar(value, place)


def merge(base: Node | None, over: Node) -> Node | None:
    """``over`` on top of ``base``: mappings merge, lists replace, null deletes (gives None)."""
    if isinstance(over, Table):
        entries = dict(base.entries) if isinstance(base, Table) else {}
        for key, node in over.entries.items():
            merged = merge(entries.get(key), node)
            if merged is None:
                entries.pop(key, None)
            else:
                entries[key] = merged
        return Table(entries, over.place)
    if isinstance(over, Items):
        return Items(tuple(merge(None, item) or item for item in over.items), over.place)
    return None if over.value is None else over


def put(tree: Node | None, path: KeyPath, node: Node) -> Node | None:
    """``tree`` with ``node`` merged in at ``path``; mappings on the way are made as needed.

    Raises
    ------
    IndexError
        where a list has no such item; its text says how many there are.
    """
    if not path:
        return merge(tree, node)
    step = str(path[0])
    if isinstance(tree, Items):
        if not step.isdecimal() or int(step) >= len(tree.items):
            raise IndexError(f"a list of {len(tree.items)} items, counted from 0, has no item {step}")
        at = int(step)
        changed = put(tree.items[at], path[1:], node)
        kept = (changed,) if changed is not None else ()
        return Items(tree.items[:at] + kept + tree.items[at + 1 :], tree.place)
    entries = dict(tree.entries) if isinstance(tree, Table) else {}
    changed = put(entries.get(step), path[1:], node)
    if changed is None:
        entries.pop(step, None)
    else:
        entries[step] = changed
    return Table(entries, tree.place if isinstance(tree, Table) else node.place)


def prune(tree: Node, paths: set[KeyPath]) -> Node:
    """``tree`` without what stands at ``paths``; list items keep the number they were written under."""
    below: dict[str | int, set[KeyPath]] = {}
    for path in paths:
        below.setdefault(path[0], set()).add(path[1:])
    if isinstance(tree, Table):
        kept = {key: node for key, node in tree.entries.items() if () not in below.get(key, ())}
        return Table({k: prune(n, below[k]) if k in below else n for k, n in kept.items()}, tree.place)
    if isinstance(tree, Items):
        numbers = tree.numbers or tuple(range(len(tree.items)))
        left = [at for at in range(len(tree.items)) if () not in below.get(at, ())]
        items = tuple(prune(tree.items[at], below[at]) if at in below else tree.items[at] for at in left)
        return Items(items, tree.place, tuple(numbers[at] for at in left))
    return tree


def plain(tree: Node) -> Any:
    """The tree as dicts and lists whose leaves are ``Scalar``: what the schema reads."""
    if isinstance(tree, Table):
        return {key: plain(node) for key, node in tree.entries.items()}
    if isinstance(tree, Items):
        return [plain(node) for node in tree.items]
    return tree


def as_written(tree: Node, path: KeyPath) -> KeyPath:
    """``path`` without the step into a list of one whose one mapping was written without the list."""
    written: list[str | int] = []
    node: Node | None = tree
    for step in path:
        if isinstance(node, Items):
            node = node.items[step] if isinstance(step, int) and step < len(node.items) else None
        elif isinstance(node, Table) and str(step) in node.entries:
            node = node.entries[str(step)]
        elif node is not None and type(step) is int:
            continue
        else:
            node = None
        written.append(step)
    return tuple(written)


def locate(tree: Node, path: KeyPath) -> tuple[Place, KeyPath]:
    """The place of the deepest part of ``path`` that was written, and the path as it was written."""
    written: list[str | int] = []
    place = tree.place
    node: Node | None = tree
    for step in as_written(tree, path):
        if isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            written.append(node.numbers[step] if node.numbers else step)
            node = node.items[step]
        elif isinstance(node, Table) and str(step) in node.entries:
            written.append(str(step))
            node = node.entries[str(step)]
        else:
            written.append(step)
            node = None
        place = node.place if node else place
    return place, tuple(written)


def join_key(path: Iterable[str | int]) -> str:
    """A path as one dotted key; a name that holds a dot or a quote is quoted.

    Examples
    --------
    >>> join_key(("arrangements", "a.b", "block")), join_key(("flow", "instructions", 3))
    ('arrangements."a.b".block', 'flow.instructions.3')
    """
    return ".".join(_quoted(str(step)) for step in path)


def _quoted(step: str) -> str:
    if step and not re.search(r'[."=]', step):
        return step
    return '"' + step.replace('"', '""') + '"'


def split_key(key: str) -> tuple[str, ...] | None:
    """The steps of a dotted key, None where it is not one.

    Examples
    --------
    >>> split_key('arrangements."a.b".block')
    ('arrangements', 'a.b', 'block')
    """
    step = r'"(?:[^"]|"")*"|[^."]+'
    if not re.fullmatch(rf"(?:{step})(?:\.(?:{step}))*", key):
        return None
    found = re.findall(step, key)
    return tuple(part[1:-1].replace('""', '"') if part[0] == '"' else part for part in found)
