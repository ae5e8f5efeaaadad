"""A rule of the user's own within a run: what fails in it is told as theirs, with the line."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from simulator.config.errors import InputError
from simulator.config.schema import Config

Rule = Callable[[Any], Any]


def answering(rule: Rule, config: Config, key: str, name: str) -> Rule:
    """The rule that a config names under ``key``; asked, it answers or raises ``InputError``."""

    @functools.wraps(rule)
    def ask(seen: Any) -> Any:
        try:
            answer = rule(seen)
            if answer is None:
                raise TypeError("it returned nothing")
            # One that yields its groups fails only as they are taken.
            return list(answer) if isinstance(answer, Iterator) else answer
        except Exception as error:
            message = f'"{name}" failed{_line(error)}: {type(error).__name__}: {error}'
            raise InputError(config.problem(key, message)) from error

    ask.before_loop = getattr(rule, "before_loop", False)  # type: ignore[attr-defined]
    return ask


def _line(error: Exception) -> str:
    """Where in the rule an error arose, or was passed on from what the rule called."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return f" in line {frames[0].lineno} of {Path(frames[0].filename).name}" if frames else ""
