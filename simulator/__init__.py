"""netgross: settle one flow of securities trades netted and gross, and see what each needs.

>>> import simulator
>>> simulator.check({
...     "flow": {"instructions": [{"time": "09:00", "buyer": "A", "seller": "B", "cash": "5"}]},
...     "arrangements": {"gross": {"layer": 3}},
... }).trades
1
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.api import break_even, check, load, read, report, run, size, sweep
    from simulator.config.errors import InputError
    from simulator.config.schema import Config
    from simulator.report.result import Result
    from simulator.rules.contract import RuleError, check_rule
    from simulator.study.size import Plan

_HOMES = {
    "break_even": "simulator.api",
    "check": "simulator.api",
    "check_rule": "simulator.rules.contract",
    "load": "simulator.api",
    "read": "simulator.api",
    "run": "simulator.api",
    "size": "simulator.api",
    "sweep": "simulator.api",
    "Config": "simulator.config.schema",
    "InputError": "simulator.config.errors",
    "Plan": "simulator.study.size",
    "Result": "simulator.report.result",
    "RuleError": "simulator.rules.contract",
}

__all__ = [
    "Config",
    "InputError",
    "Plan",
    "Result",
    "RuleError",
    "__version__",
    "break_even",
    "check",
    "check_rule",
    "load",
    "read",
    "report",
    "run",
    "size",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import simulator`` costs next to nothing."""
    if name == "report":
        return import_module("simulator.report")  # a room, and what it is called for
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name == "__version__":
        from importlib.metadata import version

        value = version("netgross")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
