"""How the house is built: imports run one way, names agree, every page says what it is."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from simulator.config.files import shipped_configs
from simulator.config.load import load_config
from simulator.config.schema import GROUPING_RULES, LiquiditySaving
from simulator.rules import GROUPING, grouping_rule

HOUSE = Path(simulator.__file__).parent
FLOW = (
    "kernels",  # numbers in, numbers out: everybody may call them, they know nobody
    "config",
    "market",
    "rules",
    "ledger",
    "layers",
    "assembly_book_entry",
    "assembly",
    "simulation",
    "measures",
    "study",
    "report",
    "api",
    "cli",
    "__main__",
)
HEAVY = ("numba", "scipy", "altair", "networkx", "polars", "pyarrow", "simpy")
MODULES = sorted(HOUSE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = ("simulator", *path.relative_to(HOUSE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, full name) of everything a module imports, inside functions and for types too."""
    name = name_of(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [*package.split(".")[: len(package.split(".")) - node.level + 1], base]
                ).rstrip(".")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def room_of(name: str) -> str:
    """The first step below ``simulator``; "" for the package itself."""
    return [*name.split("."), ""][1]


def test_imports_run_one_way():
    wrong = []
    for path in MODULES:
        room = room_of(name_of(path))
        if not room:
            continue  # the package names its public list and imports it when asked
        assert room in FLOW, f"{path}: a room that the flow does not know"
        for line, name in imported(path):
            other = room_of(name) if name.split(".")[0] == "simulator" else room
            if other not in FLOW[: FLOW.index(room) + 1] and (room, name) != ("cli", "simulator"):
                wrong.append(f"{path.relative_to(HOUSE.parent)}:{line}: {room} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent.name == "kernels"], ids=lambda p: p.stem)
def test_kernels_import_nothing_of_the_house(path):
    others = [name for _, name in imported(path) if name.startswith("simulator.")]
    assert all(room_of(name) == "kernels" for name in others)


@pytest.mark.parametrize("room", ["measures", "study", "report", "api", "cli"])
def test_what_looks_at_a_run_does_not_move_anything_in_it(room):
    """Measures, studies and reports see records of settlement days, never a ledger or an actor."""
    actors = ("simulator.ledger", "simulator.layers.chain", "simulator.layers.clearing_house")
    for path in MODULES:
        if room_of(name_of(path)) == room:
            assert not [name for _, name in imported(path) if name.startswith(actors)], path


def test_every_module_says_what_it_is():
    silent = []
    for path in MODULES:
        has_content = bool(tree_of(path).body)
        if has_content and not ast.get_docstring(tree_of(path)):
            silent.append(str(path.relative_to(HOUSE.parent)))
    assert not silent


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions, classes and methods without an underscore; a property speaks for itself."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not any("property" in ast.dump(each) for each in node.decorator_list):
                yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_every_public_function_class_and_method_of_a_rule_or_measure_says_what_it_does():
    silent = []
    for path in MODULES:
        if room_of(name_of(path)) in ("rules", "measures", "kernels", "ledger", "layers", "simulation"):
            silent += [
                f"{path.relative_to(HOUSE.parent)}:{node.lineno}: {node.name}"
                for node in public(tree_of(path).body)
                if not ast.get_docstring(node)
            ]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("path", [p for p in MODULES if ">>> " in p.read_text(encoding="utf-8")], ids=name_of)
def test_every_worked_example_is_found_by_those_who_run_them(path):
    """Kernels are compiled objects: an example in one counts only if doctest sees it."""
    written = sum(
        ">>> " in (ast.get_docstring(node) or "")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    )
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name_of(path)))
    assert sum(bool(test.examples) for test in found) == written


@pytest.mark.parametrize("name", GROUPING)
def test_every_rule_has_a_worked_example(name):
    assert ">>> " in (grouping_rule(name).__doc__ or "")


def test_the_config_knows_the_rules_that_are_registered():
    assert set(GROUPING_RULES) == set(GROUPING)
    for name in GROUPING:
        config = {
            "flow": {"daily_value": "1 M", "trades_per_day": 10},
            "participants": {"count": 3},
            "arrangements": {"gross": {"layer": 3, "liquidity_saving": {"rule": name, "every": "1 min"}}},
        }
        assert load_config(config).arrangements["gross"].liquidity_saving[0].rule == name
        assert callable(grouping_rule(name))
    assert set(typing.get_type_hints(LiquiditySaving)) >= {"rule", "every"}


@pytest.mark.parametrize("name", shipped_configs())
def test_every_shipped_config_loads_and_opens_with_its_question_and_source_or_what_to_expect(name):
    path = shipped_configs()[name]
    opening = path.read_text(encoding="utf-8").partition("\nname:")[0].partition("\nflow:")[0]
    assert opening.startswith("# Question: ")
    assert "xpect" in opening or "# Source: " in opening
    config = load_config(name)
    assert load_config(config.resolved()) == config


@pytest.mark.parametrize("room", ["", "config", "api", "cli"])
def test_what_starts_first_imports_nothing_heavy_at_its_top(room):
    """``--help`` and checking a config stay quick: numba and its like are imported where they are used."""
    for path in MODULES:
        if room_of(name_of(path)) == room:
            at_top = [each for each in tree_of(path).body if isinstance(each, ast.Import | ast.ImportFrom)]
            names = [alias.name for each in at_top for alias in each.names if isinstance(each, ast.Import)]
            names += [each.module or "" for each in at_top if isinstance(each, ast.ImportFrom)]
            assert not [name for name in names if name.split(".")[0] in HEAVY], path
