"""YAML into a tree of text: every value keeps its file and line, and nothing is guessed.

YAML itself reads ``10:30:00`` as 37800 and ``NO`` as false; here a scalar stays the text that was
typed until the schema types it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simulator.config.errors import InputError, Problem
from simulator.config.files import display
from simulator.config.tree import DEEPEST, Items, Node, Place, Scalar, Table, join_key

LARGEST = 2_000_000
"""Values after aliases are expanded, against a file whose aliases multiply."""

LARGEST_FILE = 64 * 2**20
"""Bytes of one file."""

NULLS = ("", "~", "null", "Null", "NULL")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Reader:
    """Builds the tree of one YAML text; duplicate keys and the like collect in ``problems``."""

    file: str
    folder: Path
    numbered: bool = True
    problems: list[Problem] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    _path: list[str] = field(default_factory=list)
    _events: Iterator[Any] = field(default_factory=lambda: iter(()))

    def read(self, text: str) -> Node:
        """The tree of ``text``; an empty text is null.

        Raises
        ------
        InputError
            where the text is not one YAML document that a config could be.
        """
        try:
            self._events = yaml.parse(text, Loader=_Loader)
            return self._document()
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            said = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
            raise self._fail(f"not readable as YAML: {said}", mark.line + 1 if mark else None) from None

    def _document(self) -> Node:
        root: Node = Scalar(None, self._place(1))
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._fail("a second document begins here; give one document a file", _line(event))
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0, None)
        return root

    def _node(self, event: Any, depth: int, key_line: int | None) -> Node:
        line = _line(event)
        if depth > DEEPEST:
            raise self._fail(f"nested more than {DEEPEST} levels deep", line)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._fail(f"*{event.anchor} names no anchor above it", line)
            return self._anchors[event.anchor]
        if event.tag is not None:
            raise self._fail(f"the tag {event.tag} is not allowed; write the value plainly", line)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            node = Scalar(None if plain and event.value in NULLS else event.value, self._place(line))
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._table(depth, self._place(key_line or line))
        else:
            node = self._items(depth, self._place(key_line or line))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _table(self, depth: int, place: Place) -> Table:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        size = 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fail("a key must be plain text", line)
            key = event.value
            if event.tag is not None or event.anchor is not None:
                raise self._fail("a key takes no tag and no anchor", line)
            if key == "<<" and event.implicit[0]:
                raise self._fail('the merge key "<<" is not allowed; use extends, or an alias', line)
            self._path.append(key)
            if key in lines:
                where = f"in lines {lines[key]} and {line}" if self.numbered else "here"
                message = f"given twice, {where}; keep one"
                self.problems.append(Problem(message, join_key(self._path), *self._place(line)[:2]))
            node = self._node(next(self._events), depth + 1, line)
            self._path.pop()
            entries.setdefault(key, node)
            lines.setdefault(key, line)
            size += self._size(node)
        return self._sized(Table(entries, place), size)

    def _items(self, depth: int, place: Place) -> Items:
        items: list[Node] = []
        size = 1
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._path.append(str(len(items)))
            items.append(self._node(event, depth + 1, None))
            self._path.pop()
            size += self._size(items[-1])
        return self._sized(Items(tuple(items), place), size)

    def _sized(self, node: Any, size: int) -> Any:
        if size > LARGEST:
            raise self._fail(f"more than {LARGEST} values once aliases are expanded", node.place.line)
        self._sizes[id(node)] = size
        return node

    def _size(self, node: Node) -> int:
        return 1 if isinstance(node, Scalar) else self._sizes[id(node)]

    def _place(self, line: int | None) -> Place:
        return Place(self.file, line if self.numbered else None, self.folder)

    def _fail(self, message: str, line: int | None) -> InputError:
        return InputError(
            *self.problems, Problem(message, file=self.file, line=line if self.numbered else None)
        )


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def read_file(path: Path) -> tuple[Node, list[Problem]]:
    """The tree of a config file, and what is wrong with it as a document.

    Raises
    ------
    InputError
        where the file cannot be read at all, or is not YAML.
    """
    name = display(path)
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise InputError(Problem("too large for a config; put trades into a tape", file=name))
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(Problem("not UTF-8 text, so not a config", file=name, line=line)) from None
    except IsADirectoryError:
        raise InputError(Problem("a directory, not a config file", file=name)) from None
    except FileNotFoundError:
        raise InputError(Problem("no such file", file=name)) from None
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}", file=name)) from None
    reader = Reader(name, path.parent.absolute())
    return reader.read(text), reader.problems
