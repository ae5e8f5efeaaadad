"""YAML into text: nothing is guessed, every value keeps its line, and no file makes loading crash."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.config.document import Reader, read_file
from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.config.tree import (
    Items,
    Node,
    Place,
    Scalar,
    Table,
    from_python,
    join_key,
    locate,
    merge,
    prune,
    put,
    split_key,
)

HERE = Place("a.yaml", 1, Path())


def tree_of(text: str) -> Node:
    reader = Reader("a.yaml", Path())
    tree = reader.read(text)
    assert reader.problems == []
    return tree


def bare(node: Node | None) -> object:
    if isinstance(node, Table):
        return {key: bare(below) for key, below in node.entries.items()}
    return [bare(item) for item in node.items] if isinstance(node, Items) else getattr(node, "value", None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("10:30:00", "10:30:00"),
        ("2024-07-16", "2024-07-16"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("true", "true"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"null"', "null"),
        ("'~'", "~"),
        ('""', ""),
    ],
)
def test_a_scalar_stays_the_text_that_was_typed(text, value):
    assert bare(tree_of(f"a: {text}")) == {"a": value}


def test_every_value_keeps_its_line_and_a_mapping_that_of_its_key():
    tree = tree_of("a: 1\nb:\n  c: 2\n  d:\n    - x\n    - {e: 3}\n")
    lines = {
        join_key(path): locate(tree, path)[0].line
        for path in [("a",), ("b",), ("b", "c"), ("b", "d"), ("b", "d", 0), ("b", "d", 1, "e"), ("b", "nope")]
    }
    assert lines == {"a": 1, "b": 2, "b.c": 3, "b.d": 4, "b.d.0": 5, "b.d.1.e": 6, "b.nope": 2}


def test_aliases_stand_for_what_they_name():
    assert bare(tree_of("a: &x {b: 1}\nc: *x\n")) == {"a": {"b": "1"}, "c": {"b": "1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "a.yaml:1: empty; a config is a mapping of keys"),
        (b"# nothing\n", "a.yaml:1: empty; a config is a mapping of keys"),
        (b"- a\n- b\n", "a.yaml:1: a list is not allowed at the top; a config is a mapping of keys"),
        (b"just text", "a.yaml:1: just text is not allowed at the top; a config is a mapping of keys"),
        (b"a: [1\n", "a.yaml:2: not readable as YAML: did not find expected ',' or ']'"),
        (
            b"a: 1\n\tb: 2\n",
            "a.yaml:2: not readable as YAML: found a tab character that violates indentation",
        ),
        (b"a: \xff\n", "a.yaml:1: not UTF-8 text, so not a config"),
        (b"\n\x80\x00\x01", "a.yaml:2: not UTF-8 text, so not a config"),
        (b"a: \x00\n", "a.yaml: not readable as YAML: control characters are not allowed"),
        (b"a: 1\n---\nb: 2\n", "a.yaml:2: a second document begins here; give one document a file"),
        (b"a: !!python/name:os.system x\n", None),
        (b"a: !secret x\n", "a.yaml:1: the tag !secret is not allowed; write the value plainly"),
        (b"a: *b\n", "a.yaml:1: *b names no anchor above it"),
        (b"a: &a [*a]\n", "a.yaml:1: *a names no anchor above it"),
        (b"? {a: 1}\n: b\n", "a.yaml:1: a key must be plain text"),
        (
            b"x: &x {a: 1}\ny: {<<: *x}\n",
            'a.yaml:2: the merge key "<<" is not allowed; use extends, or an alias',
        ),
        (b"[" * 100_000, "a.yaml:1: nested more than 40 levels deep"),
        (b"a: " + b"{b: " * 50, "a.yaml:1: nested more than 40 levels deep"),
    ],
)
def test_a_file_that_is_no_config_has_one_clear_message(write, wrong, text, message):
    lines = wrong(write(text))
    assert len(lines) == 1
    if message is None:
        assert "python/name:os.system is not allowed; write the value plainly" in lines[0]
    else:
        assert lines[0] == message


def test_aliases_that_multiply_are_refused(write, wrong):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 20):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert wrong(write(bomb)) == ["a.yaml:7: more than 2000000 values once aliases are expanded"]


def test_duplicate_keys_are_told_with_both_lines_and_in_full(write, wrong):
    name = write("""
        flow: {daily_value: 1 bn, trades_per_day: 10}
        participants: {count: 5}
        arrangements:
          net:
            layer: 2
            layer: 3
          net: {layer: 2}
        """)
    assert wrong(name) == [
        "a.yaml:6: arrangements.net.layer: given twice, in lines 5 and 6; keep one",
        "a.yaml:7: arrangements.net: given twice, in lines 4 and 7; keep one",
    ]


def test_a_directory_is_not_a_config(write, wrong, tmp_path):
    write("a: 1", "folder/a.yaml")
    assert wrong("folder") == ["folder is a directory; give a config file"]
    with pytest.raises(InputError, match="a directory, not a config file"):
        read_file(tmp_path / "folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_told_so(write, wrong, tmp_path):
    name = write("a: 1")
    (tmp_path / name).chmod(0)
    assert wrong(name) == ["a.yaml: cannot be read: Permission denied"]


@pytest.mark.parametrize("name", ["\x00", "a" * 5000, "", ".", "..", "/", "a/\x00/b", "~nobody/x"])
def test_a_name_that_no_file_can_have_is_told_so(wrong, name):
    assert len(wrong(name)) == 1


def test_mappings_merge_lists_replace_and_null_deletes():
    base = tree_of("a: {b: 1, c: 2}\nd: [1, 2]\ne: {f: 3}\n")
    over = tree_of("a: {c: 3, g: {h: ~}}\nd: [4]\ne: null\n")
    assert bare(merge(base, over)) == {"a": {"b": "1", "c": "3", "g": {}}, "d": ["4"]}


def test_a_null_deletes_even_where_nothing_was():
    assert bare(merge(None, tree_of("a: ~\nb: {c: null}\n"))) == {"b": {}}


def test_a_value_is_put_below_keys_that_are_made_on_the_way():
    tree = tree_of("a: {b: 1}\nc: [x, {d: 2}]\n")
    value = Scalar("9", HERE)
    assert bare(put(tree, ("a", "n", "m"), value)) == {
        "a": {"b": "1", "n": {"m": "9"}},
        "c": ["x", {"d": "2"}],
    }
    assert bare(put(tree, ("c", "1", "d"), value)) == {"a": {"b": "1"}, "c": ["x", {"d": "9"}]}
    assert bare(put(tree, ("c", "0"), Scalar(None, HERE))) == {"a": {"b": "1"}, "c": [{"d": "2"}]}
    with pytest.raises(IndexError, match="a list of 2 items, counted from 0, has no item 2"):
        put(tree, ("c", "2"), value)


def test_items_left_out_keep_the_others_numbers():
    tree = prune(tree_of("c: [x, y, {d: 2}]\n"), {("c", 0)})
    tree = prune(tree, {("c", 0)})
    assert bare(tree) == {"c": [{"d": "2"}]}
    assert locate(tree, ("c", 0, "d"))[1] == ("c", 2, "d")


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4))
def test_a_key_joined_is_split_back(path):
    assert split_key(join_key(path)) == tuple(path)


def test_a_python_value_that_holds_itself_is_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InputError, match="nested more than 40 levels deep"):
        from_python({"a": endless}, HERE)


@pytest.mark.parametrize("key", [None, 1.5, True, ("a",)])
def test_a_python_key_is_text(key):
    with pytest.raises(InputError, match="keys are text"):
        from_python({key: 1}, HERE)


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.integers(),
        st.text(max_size=8),
        st.sampled_from(["12 s", "T+0", "T+1", "20 M", "60 %", "every 1 h", "09:30-16:00", "ample", "x.csv"]),
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=5), below, max_size=3)
    ),
    max_leaves=4,
)
KEYS = [
    *(["name", "seed", "days", "flow", "participants", "arrangements", "baseline", "extends"]),
    "flow.currency",
    "flow.hours",
    "flow.profile",
    "flow.tape",
    "flow.tape.columns",
    "flow.instructions",
    "flow.instructions.0.cash",
    "flow.prices",
    "flow.securities",
    "participants.types",
    "participants.funding",
    "participants.holdings",
    "participants.members",
    "arrangements.net.cycles",
    "arrangements.net.cut_off",
    "arrangements.gross.block",
    "arrangements.gross.liquidity_saving",
    "arrangements.gross.funding.prefunding",
    "arrangements.gross",
]
VALID = {
    "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
    "participants": {"count": 10},
    "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}},
}


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=4))
def test_whatever_is_given_either_loads_or_says_what_is_wrong(overrides):
    try:
        said = [load_config(VALID, overrides).name]
    except InputError as error:
        said = [problem.message for problem in error.problems]
    assert said
    assert all(said)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='ab:{}[]-\n "&*!~<|>?#', max_size=40))
def test_whatever_is_typed_either_reads_or_says_what_is_wrong(text):
    with contextlib.suppress(InputError):
        Reader("a.yaml", Path()).read(text)
