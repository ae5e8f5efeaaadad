"""Files: the configs that come with the package, how a name or a path finds one, what can be read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from simulator.config.errors import InputError, Problem, nearest, show

_ROOM = Path(__file__).absolute().parent


def shipped_configs() -> dict[str, Path]:
    """Shipped configs by name, in order of name: ``us_equities``, ``markets/us_equities``, …"""
    # A wheel carries them inside the package; in a checkout they stand beside it.
    inside = _ROOM.parent / "_configs"
    folder = inside if inside.is_dir() else _ROOM.parents[1] / "configs"
    found = {path.relative_to(folder).with_suffix("").as_posix(): path for path in folder.rglob("*.yaml")}
    return dict(sorted(found.items(), key=lambda pair: (pair[0].count("/"), pair[0])))


def find_config(text: str | Path, folder: Path | None = None, beside: Path | None = None) -> Path:
    """The file that ``text`` names: a path, with or without ``.yaml``, or a shipped config.

    Parameters
    ----------
    folder : what a relative path starts from; None for the current directory.
    beside : the file that asks, which may extend a shipped config of its own name.

    Raises
    ------
    InputError
        where there is neither such a file nor such a name.
    """
    start = folder or Path()
    path = start / Path(text).expanduser()
    with_suffix = path.with_name(path.name + ".yaml") if path.name else path
    shipped = shipped_configs()
    name = str(text).removesuffix(".yaml")
    for candidate in (path, with_suffix):
        own = beside is not None and name in shipped and candidate.absolute() == beside.absolute()
        if is_file(candidate) and not own:
            return candidate
    if name in shipped:
        return shipped[name]
    if is_directory(path):
        raise InputError(Problem(f"{show(text)} is a directory; give a config file"))
    beside_it = path.parent.glob("*.yaml") if is_directory(path.parent) else ()
    near = [*shipped, *(other.name for other in beside_it)]
    names = ", ".join(shipped) or "none"
    message = f"{show(text)} is neither a file nor a shipped config; shipped are {names}{nearest(text, near)}"
    raise InputError(Problem(message))


def is_file(path: Path) -> bool:
    """Whether a file stands there; a name that no file can have is no file."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises on a name too long


def is_directory(path: Path) -> bool:
    """Whether a directory stands there."""
    return os.path.isdir(path)  # noqa: PTH112 - as above


def unreadable(path: Path, endings: Iterable[str]) -> str:
    """Why a table cannot be read, with the nearest name beside it; nothing where it can."""
    name = display(path)
    if is_directory(path):
        return f"{name} is not allowed; it is a directory"
    if not is_file(path):
        beside = path.parent.iterdir() if is_directory(path.parent) else ()
        near = nearest(path.name, (other.name for other in beside if other.name.endswith(tuple(endings))))
        return f"{name} is not allowed; there is no such file{near}"
    return "" if os.access(path, os.R_OK) else f"{name} is not allowed; it may not be read by this user"


def display(path: Path) -> str:
    """A path as messages name it: relative when it lies under the current directory."""
    absolute = path.absolute()
    try:
        return str(absolute.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(absolute)
