"""Where a result comes from: versions, seed, hashes of what was read, the machine, the time it took."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement, Config, Participants

LIBRARIES = ("numba", "numpy", "polars", "pyarrow", "pydantic", "simpy")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is noted while a run goes on: when it began, what its tables were, how long it took."""

    started: datetime
    hashes: dict[str, str]
    wall_seconds: float


def describe_provenance(
    config: Config, config_text: str, origin: Origin, notices: Sequence[str]
) -> dict[str, Any]:
    """What ``provenance.json`` says; ``config_text`` is the config as written beside it."""
    return {
        "netgross": version_of("netgross"),
        "python": platform.python_version(),
        "libraries": {name: version_of(name) for name in LIBRARIES},
        "source": config.source,
        "seed": config.seed,
        "sha256": {
            "config": hashlib.sha256(config_text.encode()).hexdigest(),
            **origin.hashes,
        },
        "machine": {
            "platform": platform.platform(),
            "processor": platform.machine(),
            "cpus": os.cpu_count(),
            "memory_bytes": memory_bytes(),
        },
        "notices": list(notices),
        "started": origin.started.astimezone(UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(origin.wall_seconds, 3),
    }


def hash_tables(config: Config) -> dict[str, str]:
    """SHA-256 of the files that a config names: its tape, and those of funding and holdings."""
    hashes = {}
    if config.flow.tape is not None:
        hashes["flow.tape"] = hash_file(config.flow.tape.path)
    sections: list[tuple[str, Participants | Arrangement]] = [("participants", config.participants)]
    sections += [(f"arrangements.{name}", one) for name, one in config.arrangements.items()]
    for name, section in sections:
        for key, endowment in (("funding", section.funding), ("holdings", section.holdings)):
            if endowment is not None and endowment.path is not None:
                hashes[f"{name}.{key}"] = hash_file(endowment.path)
    return hashes


def hash_file(path: Path) -> str:
    """SHA-256 of a file; nothing where it cannot be read, which reading it as a table will explain."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def version_of(distribution: str) -> str | None:
    """The installed version of a distribution, None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def memory_bytes() -> int | None:
    """Physical memory of the machine, None where it does not tell."""
    if sys.platform == "win32":
        return None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None
