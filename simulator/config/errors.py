"""What is wrong with the input, said so that the person at the keyboard can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST_SHOWN = 60
"""Characters of a value that a message repeats; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: what, under which key, in which line of which file.

    Examples
    --------
    >>> print(Problem('0 s is not allowed; give at least 1 ms, or "continuous"',
    ...               key="arrangements.gross.block", file="configs/a.yaml", line=14))
    configs/a.yaml:14: arrangements.gross.block: 0 s is not allowed; give at least 1 ms, or "continuous"
    """

    message: str
    key: str = ""
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line is not None else self.file
        return ": ".join(part for part in (place, self.key, self.message) if part)


class InputError(Exception):
    """The user's input is at fault; ``str()`` gives one line a problem.

    Examples
    --------
    >>> print(InputError("no trades", Problem("not a known key", key="flow.x")))
    no trades
    flow.x: not a known key
    """

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            problem if isinstance(problem, Problem) else Problem(problem) for problem in problems
        )
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class NotAllowedError(ValueError):
    """A value that a key cannot take; the text says which value and what is allowed instead."""

    def __init__(self, value: object, allowed: str) -> None:
        super().__init__(f"{show(value)} is not allowed; {allowed}")


class FaultsError(ValueError):
    """Several faults inside one value: each a path below that value and a message."""

    def __init__(self, faults: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(message for _, message in self.faults))


def nearest(name: object, known: Iterable[str]) -> str:
    """The known name closest to ``name`` as a question to append to a message, or nothing.

    Examples
    --------
    >>> nearest("curency", ["currency", "hours"])
    ' (did you mean "currency"?)'
    >>> nearest("xyz", ["currency", "hours"])
    ''
    """
    from difflib import get_close_matches

    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(str(name).lower(), by_lower, n=1)
    return f' (did you mean "{by_lower[found[0]]}"?)' if found else ""


def show(value: Any) -> str:
    """A value as a message repeats it: text as typed, collections by their kind, long ones cut.

    Examples
    --------
    >>> show("12 parsecs"), show(None), show({}), show(["a"]), show("")
    ('12 parsecs', 'null', 'a mapping', 'a list', '""')
    """
    value = getattr(value, "value", value)
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    if isinstance(value, float):
        value = float.__repr__(value)
    try:
        text = " ".join(str(value).split())
    except ValueError:  # Python refuses to print an integer of more than 4300 digits
        text = "an integer of thousands of digits"
    if not text:
        return '""'
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
