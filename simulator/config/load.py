"""From a file, a shipped name or a Python mapping to a checked ``Config``, or to all that is wrong.

Loading reads the file and what it extends, merges, lays the overrides on top, types every value and
checks what must hold between keys. A faulty value is taken out and the rest goes on, so that one
attempt tells everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.config.checks import check
from simulator.config.describe import keys_at
from simulator.config.document import Reader, read_file
from simulator.config.errors import FaultsError, InputError, Problem, show
from simulator.config.fields import bare, is_currency, unknown_key
from simulator.config.files import display, find_config
from simulator.config.filled import filled
from simulator.config.schema import Config
from simulator.config.tree import (
    KeyPath,
    Node,
    Place,
    Scalar,
    Table,
    as_written,
    from_python,
    join_key,
    locate,
    merge,
    plain,
    prune,
    put,
    split_key,
)

LONGEST_CHAIN = 20
"""Files that may extend one another."""

ARRANGEMENTS = {"net": {"layer": 2}, "gross": {"layer": 3, "block": "12 s", "reuse": "next_block"}}
"""What a config is settled by that states no arrangements, so that a market runs by its name."""

MANY_RUNS = ("sweep", "size")
"""Sections that are no part of any one run."""


def load_config(
    source: str | Path | Mapping[str, Any],
    overrides: Sequence[str] | Mapping[str, Any] = (),
    seed: int | None = None,
    *,
    tables: bool = True,
) -> Config:
    """Read, merge, type and check a config.

    Parameters
    ----------
    source : path of a YAML file, name of a shipped config, or a mapping of the same keys.
    overrides : ``"PATH=VALUE"`` texts as of ``--set``, or a mapping of dotted keys to values.
    seed : replaces the config's seed.
    tables : whether the files it names must be there; a config beside its results is only looked at.

    Raises
    ------
    InputError
        with every problem of the input, each with file, line and key.

    Examples
    --------
    >>> config = load_config({"flow": {"daily_value": "1 bn", "trades_per_day": 1000},
    ...                       "participants": {"count": 10},
    ...                       "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "12 s"}}})
    >>> config.flow.daily_value, config.arrangements["gross"].block, config.baseline
    (100000000000, 12000000, 'net')
    """
    problems: list[Problem] = []
    if isinstance(source, Mapping):
        folder, label, name = Path.cwd(), "a Python mapping", "experiment"
        tree = from_python(source, Place("", None, folder))
        tree = _extended(tree, None, (), problems)
    else:
        path = find_config(source)
        folder, label, name = path.parent.absolute(), display(path), path.name.removesuffix(".yaml")
        tree = _read(path, (), problems)
    tree = _overridden(_with_arrangements(tree), overrides, problems)
    if seed is not None:
        tree = put(tree, ("seed",), Scalar(seed, Place("--seed", None, folder))) or tree
    if isinstance(tree, Table) and "name" not in tree.entries:
        tree = put(tree, ("name",), Scalar(name, tree.place)) or tree
    config, found = _typed(tree, tables)
    problems += found
    if problems or config is None:
        raise InputError(*sorted(set(problems), key=lambda each: (each.file, each.line or 0, each.key)))
    config._tree, config._source, config._base_dir = tree, label, folder
    return config


class Variant:
    """A config with some keys changed, made from what the config was loaded from, sweep and size left out.

    Attributes
    ----------
    config : None where something is wrong with it
    problems : what is wrong, at the lines of the values that were put in
    """

    def __init__(
        self,
        base: Config,
        changes: Iterable[tuple[KeyPath, Node]],
        seed: int | None = None,
        arrangements: Mapping[str, Any] | None = None,
    ) -> None:
        tree = base.tree
        entries = {key: node for key, node in tree.entries.items() if key not in MANY_RUNS}
        varied: Node = Table(entries, tree.place)
        self.config: Config | None = None
        self.problems: list[Problem] = []
        if arrangements is not None:
            entries["arrangements"] = from_python(arrangements, tree.place)
            entries["baseline"] = Scalar(next(iter(arrangements)), tree.place)
        for path, node in changes:
            try:
                varied = put(varied, path, node) or Table({}, tree.place)
            except IndexError as error:
                self.problems.append(Problem(str(error), join_key(path), *node.place[:2]))
        if seed is not None:
            varied = put(varied, ("seed",), Scalar(seed, tree.place)) or varied
        config, found = _typed(varied)
        self.problems += found
        if config is not None and not self.problems:
            config._tree, config._source, config._base_dir = varied, base.source, base.base_dir
            self.config = config


def _read(path: Path, chain: tuple[Path, ...], problems: list[Problem]) -> Node:
    """The tree of a file, merged over what it extends."""
    tree, found = read_file(path)
    problems += found
    if not isinstance(tree, Table):
        file, line = tree.place.file, tree.place.line
        empty = isinstance(tree, Scalar) and tree.value is None
        said = "empty" if empty else f"{show(plain(tree))} is not allowed at the top"
        raise InputError(*problems, Problem(f"{said}; a config is a mapping of keys", "", file, line))
    return _extended(tree, path, chain, problems)


def _with_arrangements(tree: Node) -> Node:
    """A market that states no way to settle it is netted, and settled gross."""
    if not isinstance(tree, Table) or "arrangements" in tree.entries or "flow" not in tree.entries:
        return tree
    return put(tree, ("arrangements",), from_python(ARRANGEMENTS, tree.place)) or tree


def _with_markets(tree: Node, path: Path | None, chain: tuple[Path, ...], problems: list[Problem]) -> Node:
    """Each of several markets in full: the flow and the participants of what it names or extends."""
    flow = tree.entries.get("flow") if isinstance(tree, Table) else None
    markets = flow.entries.get("markets") if isinstance(flow, Table) else None
    if not isinstance(tree, Table) or not isinstance(flow, Table) or not isinstance(markets, Table):
        return tree
    opened: dict[str, Node] = {}
    for name, node in markets.entries.items():
        named, rest = node, Table({}, node.place)
        if isinstance(node, Table):
            named = node.entries.get("extends", Scalar(None, node.place))
            rest = Table({key: one for key, one in node.entries.items() if key != "extends"}, node.place)
        opened[name] = node
        if isinstance(named, Scalar) and named.value is None:
            continue
        try:
            base = _read(
                _base_path(named, path, chain), (*chain, path.resolve()) if path else chain, problems
            )
        except InputError as error:
            key = join_key(("flow", "markets", name))
            found = [
                each if each.file else Problem(each.message, key, *named.place[:2]) for each in error.problems
            ]
            raise InputError(*problems, *found) from None
        assert isinstance(base, Table)
        kept = {key: one for key, one in base.entries.items() if key in ("flow", "participants")}
        opened[name] = merge(Table(kept, base.place), rest) or rest
    entries = {**flow.entries, "markets": Table(opened, markets.place)}
    return Table({**tree.entries, "flow": Table(entries, flow.place)}, tree.place)


def _extended(tree: Node, path: Path | None, chain: tuple[Path, ...], problems: list[Problem]) -> Node:
    tree = _with_markets(tree, path, chain, problems)
    if not isinstance(tree, Table) or "extends" not in tree.entries:
        return merge(None, tree) or tree
    entries = dict(tree.entries)
    named = entries.pop("extends")
    rest = Table(entries, tree.place)
    if isinstance(named, Scalar) and named.value is None:
        return merge(None, rest) or rest
    try:
        base_path = _base_path(named, path, chain)
    except InputError as error:
        # Without what it extends, most of what is wrong with a config would be noise.
        found = [Problem(each.message, "extends", *named.place[:2]) for each in error.problems]
        raise InputError(*problems, *found) from None
    following = (*chain, path.resolve()) if path else chain
    return merge(_read(base_path, following, problems), rest) or rest


def _base_path(named: Node, path: Path | None, chain: tuple[Path, ...]) -> Path:
    value = named.value if isinstance(named, Scalar) else plain(named)
    if not isinstance(value, str | Path):
        raise InputError(f"{show(value)} is not allowed; give one path, or the name of a shipped config")
    found = find_config(value, named.place.folder, beside=path)
    followed = (*chain, path.resolve()) if path else chain
    if found.resolve() in followed:
        circle = " → ".join(display(each) for each in (*followed, found))
        raise InputError(f"{value} is not allowed; it leads back to itself: {circle}")
    if len(followed) >= LONGEST_CHAIN:
        raise InputError(f"{value} is not allowed; more than {LONGEST_CHAIN} files extend one another")
    return found


def _overridden(tree: Node, overrides: Sequence[str] | Mapping[str, Any], problems: list[Problem]) -> Node:
    """The tree with every override laid on top, in their order."""
    if isinstance(overrides, str):
        overrides = [overrides]
    for key, node in _override_nodes(overrides, problems):
        path = split_key(key)
        if path is None:
            message = f"{show(key)} is not a key; give one such as arrangements.gross.block"
            problems.append(Problem(message, file=node.place.file))
        elif path[0] == "extends":
            message = "extends is read before overrides; write it in a file"
            problems.append(Problem(message, key, node.place.file))
        else:
            try:
                tree = put(tree, path, node) or Table({}, tree.place)
            except IndexError as error:
                problems.append(Problem(str(error), key, node.place.file))
    return tree


def _override_nodes(
    overrides: Sequence[str] | Mapping[str, Any], problems: list[Problem]
) -> Iterator[tuple[str, Node]]:
    if isinstance(overrides, Mapping):
        for key, value in overrides.items():
            yield str(key), from_python(value, Place("overrides", None, Path.cwd()))
        return
    for text in overrides:
        key, equals, value = _split_override(text)
        if not equals:
            message = f"{show(text)} is not allowed; write PATH=VALUE, such as arrangements.gross.block=1 s"
            problems.append(Problem(message, file="--set"))
            continue
        reader = Reader("--set", Path.cwd(), numbered=False)
        try:
            node = reader.read(value)
        except InputError as error:
            problems += [Problem(each.message, key, "--set") for each in error.problems]
            continue
        problems += [Problem(each.message, f"{key}.{each.key}", "--set") for each in reader.problems]
        yield key, node


def _split_override(text: str) -> tuple[str, str, str]:
    """PATH, ``=`` and VALUE; an equals sign inside a quoted part of PATH belongs to PATH."""
    quoted = False
    for at, letter in enumerate(text):
        quoted ^= letter == '"'
        if letter == "=" and not quoted:
            return text[:at].strip(), "=", text[at + 1 :]
    return text, "", ""


def _typed(tree: Node, tables: bool = True) -> tuple[Config | None, list[Problem]]:
    """The config, if all is well; else everything that is wrong with the values and between them."""
    problems: list[Problem] = []
    pruned: set[KeyPath] = set()
    context = {"currency": _currency(tree)}
    arrangements = tree.entries.get("arrangements") if isinstance(tree, Table) else None
    names = tuple(arrangements.entries) if isinstance(arrangements, Table) else ()
    while True:
        try:
            config = filled(Config.model_validate(plain(tree), context=context))
            break
        except ValidationError as error:
            faulty: set[KeyPath] = set()
            for path, message, cut in _explained(error):
                if not _rests_on(tree, path, pruned):
                    problems.append(_problem(tree, path, message))
                faulty.add(as_written(tree, cut))
        if () in faulty or not any(_written(tree, path) for path in faulty):
            return None, problems
        pruned |= {locate(tree, path)[1] for path in faulty}
        tree = prune(tree, faulty)
    for fault in check(config, names, tables):
        if not any(_rests_on(tree, path, pruned) for path in (fault.path, *fault.needs)):
            problems.append(_problem(tree, fault.path, fault.message))
    return config, problems


def _currency(tree: Node) -> str | None:
    """The currency that money is read in; None where it is at fault, which is told apart."""
    flow = tree.entries.get("flow") if isinstance(tree, Table) else None
    tape = flow.entries.get("tape") if isinstance(flow, Table) else None
    stated = [
        each.entries["currency"]
        for each in (flow, tape)
        if isinstance(each, Table) and "currency" in each.entries
    ]
    if not stated:
        return "USD"
    return str(bare(stated[0])) if is_currency(stated[0]) else None


def _explained(error: ValidationError) -> Iterator[tuple[KeyPath, str, KeyPath]]:
    """Path, message, and the path to cut out before going on, of every error pydantic found."""
    for each in error.errors(include_url=False):
        path: KeyPath = tuple(step for step in each["loc"] if step != "[key]")
        fault = each.get("ctx", {}).get("error")
        if isinstance(fault, FaultsError):
            for below, message in fault.faults:
                yield (*path, *below), message, path
        elif fault is not None:
            yield path, str(fault), path
        elif each["type"] == "extra_forbidden":
            yield path, unknown_key(path[-1], keys_at(path[:-1])), path
        elif each["type"] == "missing":
            yield path, f"missing; {_what(path)}", path[:-1]
        else:
            yield path, f"{show(each['input'])} is not allowed; {_shape(each['type'], path)}", path


def _what(path: KeyPath) -> str:
    meaning = keys_at(path[:-1]).get(str(path[-1]), "")
    return f"needed: {meaning[:1].lower()}{meaning[1:].rstrip('.')}"


def _shape(kind: str, path: KeyPath) -> str:
    keys = ", ".join(keys_at(path))
    if kind in ("tuple_type", "list_type"):
        return "give a list"
    return f"give a mapping of {keys}" if keys else "give a mapping"


def _problem(tree: Node, path: KeyPath, message: str) -> Problem:
    place, written = locate(tree, path)
    return Problem(message, join_key(written), place.file, place.line)


def _rests_on(tree: Node, path: KeyPath, pruned: Set[KeyPath]) -> bool:
    """Whether ``path`` stands at or below something cut out; items count as they were written."""
    written = locate(tree, path)[1]
    return any(written[:length] in pruned for length in range(1, len(written) + 1))


def _written(tree: Node, path: KeyPath) -> bool:
    node: Node | None = tree
    for step in path:
        if isinstance(node, Table):
            node = node.entries.get(str(step))
        else:
            items = getattr(node, "items", ())
            node = items[step] if isinstance(step, int) and step < len(items) else None
    return node is not None
