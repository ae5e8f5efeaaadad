"""The files of a run: what each holds, in bytes that hang on the run alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.report import folder as names
from simulator.report.page.write import write_page
from simulator.report.parquet import save_frame

if TYPE_CHECKING:
    from simulator.report.result import Result

HEADING = "# The config of this run in full; `netgross run` reads it again.\n"


def write_files(result: Result, into: Path) -> None:
    """Write all result files but that of instructions into an existing folder."""
    save_frame(result.days, into / names.DAYS)
    save_frame(result.participants, into / names.PARTICIPANTS)
    save_frame(result.timeline, into / names.TIMELINE)
    for frame, name in (
        (result.network, names.NETWORK),
        (result.delays, names.DELAYS),
        (result.credit, names.CREDIT),
        (result.cash_legs, names.CASH_LEGS),
        (result.events, names.EVENTS),
        (result.fails, names.FAILS),
        (result.pilot, names.PILOT),
        (result.defaults, names.DEFAULTS),
        (result.costs, names.COSTS),
        (result.repo, names.REPO),
    ):
        if (
            frame is not None
        ):  # not every run has events, fails, a pilot or costs; results of before these files have none
            save_frame(frame, into / name)
    for name, text in (
        (names.CONFIG, result.config_text),
        (names.PROVENANCE, write_json(result.provenance)),
        (names.SUMMARY, write_json(result.summary)),
    ):
        (into / name).write_text(text, encoding="utf-8", newline="\n")
    write_page([result], into / names.REPORT)


def write_json(value: Any) -> str:
    """JSON as people read it: indented, letters as they are, keys as they come, no NaN."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_config(resolved: dict[str, Any]) -> str:
    """A resolved config as YAML that loads back to an equal one."""
    import yaml

    # A line that is too long to read is still better than one folded inside a name.
    written = yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True, width=2**20)
    return HEADING + written
