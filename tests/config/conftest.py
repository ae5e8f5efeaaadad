"""Configs written to a folder, and everything that is wrong with one."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Write a file in the current directory of this test; gives its name back."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str | bytes, name: str = "a.yaml") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
        return name

    return write_file


@pytest.fixture
def wrong() -> Callable[..., list[str]]:
    """Every line of what is wrong with an input; fails if nothing is."""

    def lines(source: object, *arguments: object, **more: object) -> list[str]:
        with pytest.raises(InputError) as caught:
            load_config(source, *arguments, **more)  # type: ignore[arg-type]
        return str(caught.value).split("\n")

    return lines
