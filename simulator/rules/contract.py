"""What every rule must keep to, tried on some hundred cases: ``simulator.check_rule``."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from simulator.config.errors import InputError, nearest, show

from . import (
    Actions,
    Arrivals,
    credit_rule,
    grouping_rule,
    order_rule,
    release_rule,
    routing_rule,
    treasury_policy,
)
from .feasible import Unsettled, places_of
from .treasury_view import AMOUNTS, read_actions
from .trials import trial_arrivals, trial_queues, trial_treasuries, trial_views

KINDS: dict[str, tuple[Callable[[str], Any], Callable[[], Iterator[tuple[str, Any]]], str]] = {
    "grouping": (grouping_rule, trial_queues, "queues"),
    "order": (order_rule, trial_arrivals, "sets of arrivals"),
    "release": (release_rule, trial_arrivals, "sets of arrivals"),
    "credit": (credit_rule, trial_views, "sets of members"),
    "treasury": (treasury_policy, trial_treasuries, "sets of accounts"),
    "routing": (routing_rule, trial_arrivals, "sets of arrivals"),
}


LARGEST_CREDIT = 1 << 61
"""Σ caps below which no sum of balances leaves an int64."""


class RuleError(InputError):
    """A rule breaks its contract; ``str()`` says in which case, what it returned, and what is allowed.

    ``seen`` is what the rule was shown, to call it again with; None where it could not be called at all.
    """

    def __init__(self, message: str, seen: Any = None) -> None:
        super().__init__(message)
        self.seen = seen


@dataclass(frozen=True, slots=True)
class RuleReport:
    """That a rule keeps to its contract, and on what it was tried."""

    rule: str
    kind: str
    cases: int
    instructions: int
    groups: int
    settled: int

    def __str__(self) -> str:
        tried = f"{self.rule}: {self.cases} {KINDS[self.kind][2]}"
        if self.kind in ("credit", "treasury"):
            return f"{tried}, nothing broken"
        tried += f", {self.instructions:,} instructions"
        if self.kind != "grouping":
            return f"{tried}, nothing broken"
        return f"{tried}: {self.groups:,} groups of {self.settled:,} in all, each feasible"


def check_rule(rule: Any, kind: str = "grouping") -> RuleReport:
    """Try a rule on generated cases, and say what it must not do.

    Parameters
    ----------
    rule : a function, an object that can be called, a class of one (made without arguments), or the
        name by which a config would give it, ``"package.module:name"``.
    kind : ``grouping``, ``order``, ``release``, ``credit``, ``treasury`` or ``routing``.

    Raises
    ------
    RuleError : the first case in which it breaks its contract: it returns something else than it must,
        chooses what is not feasible, changes or keeps what it was shown, or does not choose the same twice.

    Examples
    --------
    >>> def everything(waiting):
    ...     return [np.arange(len(waiting))]
    >>> try:
    ...     check_rule(everything)
    ... except RuleError as error:
    ...     print(error)
    everything, on an empty queue: returned [[]]: group 0 is empty; leave it out
    >>> check_rule("largest_first", "order").cases
    63
    """
    if kind not in KINDS:
        raise RuleError(f"{show(kind)} is not a kind of rule; give {', '.join(KINDS)}{nearest(kind, KINDS)}")
    name, call = _callable(rule, kind)
    cases = instructions = groups = settled = 0
    for case, seen in KINDS[kind][1]():
        where = f"{name}, on {case}"
        found = _try(call, kind, seen, where)
        cases, instructions = cases + 1, instructions + len(seen)
        if kind == "grouping":
            groups, settled = groups + len(found), settled + sum(map(len, found))
        watched = _watch(seen)
        del found, seen
        _must_be_gone(watched, where)
    return RuleReport(name, kind, cases, instructions, groups, settled)


def _callable(rule: Any, kind: str) -> tuple[str, Callable[[Any], Any]]:
    """A rule's name and what is called."""
    name = rule if isinstance(rule, str) else getattr(rule, "__name__", type(rule).__name__)
    try:
        if isinstance(rule, str):
            rule = KINDS[kind][0](rule)
        elif isinstance(rule, type):
            rule = rule()
    except Exception as error:
        raise RuleError(
            f"{name}: {type(error).__name__}: {error}; give a function, a class that is made without "
            "arguments, or package.module:name of either"
        ) from error
    if not callable(rule):
        raise RuleError(f"{name}: {show(rule)} cannot be called; give a function or a class with __call__")
    return name, rule


def _try(call: Callable[[Any], Any], kind: str, seen: Any, where: str) -> list[Any]:
    """Call a rule twice on one case; what it returned, checked."""
    before = [column.tobytes() for _, column in _columns(seen)]
    found: list[list[Any]] = []
    for _ in range(2):
        try:
            returned = call(seen)
            returned = list(returned) if kind == "grouping" and isinstance(returned, Iterator) else returned
        except Exception as error:
            hint = ""
            if isinstance(error, ValueError) and "read-only" in str(error):
                hint = "; what a rule sees is read-only: copy what it wants to change"
            raise RuleError(f"{where}: {type(error).__name__}: {error}{hint}", seen) from error
        for (column, now), then in zip(_columns(seen), before, strict=True):
            if now.tobytes() != then:
                raise RuleError(f"{where}: changed {column}; copy what it wants to change", seen)
        fault, chosen = CHECKS[kind](returned, seen)
        if fault:
            raise RuleError(f"{where}: returned {_told(returned) or 'nothing'}: {fault}", seen)
        found.append(chosen)
    if (
        any(not np.array_equal(one, other) for one, other in zip(*found, strict=False))
        or len({len(chosen) for chosen in found}) > 1
    ):
        one, other = (Actions(*each) if kind == "treasury" else each for each in found)
        raise RuleError(
            f"{where}: returned {_told(one)}, then {_told(other)} for the same; a rule is a function "
            "of what it sees, without state and with a seeded generator if it draws at random",
            seen,
        )
    if isinstance(seen, Arrivals):
        _must_look_at_each_alone(call, seen, found[0][0], where)
    return found[0]


def _must_look_at_each_alone(call: Callable[[Any], Any], arrivals: Arrivals, whole: Any, where: str) -> None:
    """A flow comes in pieces, and where it is cut means nothing."""
    middle = len(arrivals) // 2
    for part in (slice(None, middle), slice(middle, None)):
        piece = Arrivals(**{name: column[part].copy() for name, column in _columns(arrivals)})
        piece.freeze()
        answer = np.asarray(call(piece))
        if not np.array_equal(answer, whole[part]):
            raise RuleError(
                f"{where}: returned {_told(whole[part])} for instructions that it gave {_told(answer)} when "
                "they came by themselves; a flow comes in pieces, so look at each instruction alone",
                arrivals,
            )


def _check_groups(returned: Any, waiting: Any) -> tuple[str, list[Any]]:
    """What is wrong with groups, or nothing; the groups as arrays of places."""
    if isinstance(returned, np.ndarray) and returned.ndim == 1 and returned.dtype != object:
        return "give a list of groups, each an array of places; this is one array", []
    if not isinstance(returned, list | tuple):
        return "give a list of groups, each an array of places in the queue; [] for none", []
    groups, unsettled = [], Unsettled.of(waiting)
    for number, group in enumerate(returned):
        places, fault = places_of(group, len(waiting))
        fault = fault or unsettled.settle(places)
        if fault:
            return f"group {number} {fault}", []
        groups.append(places)
    return "", groups


def _check_column(returned: Any, seen: Any, what: str) -> tuple[str, list[Any]]:
    """What is wrong with one int64 each, or nothing."""
    column = np.asarray(returned) if isinstance(returned, np.ndarray | list | tuple) else np.empty(())
    if column.shape != (len(seen),):
        return f"give {what}: an array of {len(seen)}", []
    if len(column) and column.dtype != np.int64:
        return f"give {what} as int64; these are {column.dtype}", []
    return "", [column.copy()]


def _check_order(returned: Any, arrivals: Any) -> tuple[str, list[Any]]:
    return _check_column(returned, arrivals, "one key an instruction, lowest first")


def _check_release(returned: Any, arrivals: Any) -> tuple[str, list[Any]]:
    fault, chosen = _check_column(returned, arrivals, "one time an instruction, µs since the first midnight")
    if not fault and len(early := np.flatnonzero(chosen[0] < arrivals.time)):
        i = int(early[0])
        fault = (
            f"instruction {i} would be released at {chosen[0][i]}, before its own time {arrivals.time[i]}; "
            "give that or later"
        )
    return fault, chosen


def _check_credit(returned: Any, view: Any) -> tuple[str, list[Any]]:
    fault, chosen = _check_column(returned, view, "one cap a member, in minor units")
    if not fault and len(below := np.flatnonzero(chosen[0] < 0)):
        fault = f"member {int(below[0])} gets a cap of {chosen[0][below[0]]}; give 0 or more"
    elif not fault and (total := sum(chosen[0].tolist())) >= LARGEST_CREDIT:
        fault = f"the caps are {total} in all; give less than {LARGEST_CREDIT}"
    return fault, chosen


def _check_treasury(returned: Any, view: Any) -> tuple[str, list[Any]]:
    return read_actions(returned, view)


def _check_routing(returned: Any, arrivals: Any) -> tuple[str, list[Any]]:
    column = np.asarray(returned) if isinstance(returned, np.ndarray | list | tuple) else np.empty(())
    if column.shape != (len(arrivals),) or (len(column) and column.dtype != np.bool_):
        return f"give yes or no of each instruction: an array of {len(arrivals)} bool", []
    return "", [column.copy()]


CHECKS: dict[str, Callable[[Any, Any], tuple[str, list[Any]]]] = {
    "grouping": _check_groups,
    "order": _check_order,
    "release": _check_release,
    "credit": _check_credit,
    "treasury": _check_treasury,
    "routing": _check_routing,
}


def _columns(seen: Any) -> list[tuple[str, Any]]:
    named = ((each.name, getattr(seen, each.name)) for each in fields(seen))
    return [(name, value) for name, value in named if isinstance(value, np.ndarray)]


def _watch(seen: Any) -> list[tuple[str, Any]]:
    return [(name, weakref.ref(column)) for name, column in _columns(seen)]


def _must_be_gone(watched: list[tuple[str, Any]], where: str) -> None:
    """What a rule was shown is the ledger's again once it has returned."""
    if any(column() is not None for _, column in watched):
        gc.collect()
    for name, column in watched:
        if column() is not None:
            raise RuleError(f"{where}: kept {name} after it returned; copy what it wants to remember")


def _told(returned: Any) -> str:
    """What a rule returned, short."""
    if isinstance(returned, Actions):
        given = ((what, getattr(returned, what)) for what in AMOUNTS)
        text = ", ".join(f"{what} {_told(amounts)}" for what, amounts in given if amounts is not None)
    elif isinstance(returned, list | tuple):
        text = str([each.tolist() if isinstance(each, np.ndarray) else each for each in returned])
    else:
        text = str(returned.tolist() if isinstance(returned, np.ndarray) else returned)
    return text if len(text) <= 60 else text[:59] + "…"
