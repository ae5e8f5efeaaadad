"""The guide "Change one rule in ten minutes", followed to the letter by a newcomer in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import simulator.rules

GUIDE = Path(simulator.rules.__file__).with_name("README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- (\w+)(?:: (\S+))? -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the files that the guide has its reader save."""
    here = tmp_path_factory.mktemp("newcomer")
    for kind, name, text in BLOCKS:
        if kind == "file":
            (here / name).write_text(text, encoding="utf-8")
    return here


def steps() -> list[tuple[str, str]]:
    """(what is run, what it prints), in the order of the guide."""
    return [
        (text, printed)
        for (kind, _, text), (after, _, printed) in pairwise(BLOCKS)
        if (kind, after) == ("run", "printed")
    ]


@pytest.mark.parametrize(("written", "printed"), steps(), ids=["check", "run"])
def test_what_the_guide_runs_prints_what_it_says(written, printed, folder):
    done = subprocess.run(
        [sys.executable, "-c", written], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.stderr == ""
    assert done.stdout == printed


def test_every_block_of_the_guide_is_a_file_or_run():
    assert [kind for kind, _, _ in BLOCKS] == ["file", "run", "printed", "file", "run", "printed"]
    assert len(BLOCKS) == GUIDE.count("```") / 2


def test_every_shipped_rule_is_named():
    for name in (*simulator.rules.GROUPING, *simulator.rules.ORDERS):
        assert f"`{name}`" in GUIDE


def test_every_page_the_guide_points_to_is_there():
    pages = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert pages
    for page in pages:
        assert Path(simulator.rules.__file__).with_name(page).exists(), page
