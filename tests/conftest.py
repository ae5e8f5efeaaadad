"""What every room of the tests shares: random cases that are the same at every run, and a watched ledger."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Compiling a kernel takes seconds, so no example is held against a deadline.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """From here on every public call of every ledger is followed by ``verify``; counts the calls."""
    from simulator.ledger import Ledger

    calls: Counter[str] = Counter()

    def followed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(ledger: Ledger, *arguments: Any, **more: Any) -> Any:
            result = method(ledger, *arguments, **more)
            calls[name] += 1
            ledger.verify()
            return result

        return call

    for name in dir(Ledger):
        method = getattr(Ledger, name)
        # The owners of slots are what verify itself asks for.
        if callable(method) and not name.startswith("_") and name not in ("verify", "slot_owners"):
            monkeypatch.setattr(Ledger, name, followed(name, method))
    return calls
