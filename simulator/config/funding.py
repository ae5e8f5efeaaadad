"""Cash and credit of the members: without limit, the same for all, from what each pays, by file, as typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationInfo

from simulator.config import units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import TABLES, bare, currency_of, parse_path, unknown_key
from simulator.config.shapes import Shape
from simulator.config.tree import KeyPath

MOST_OF_OUTFLOW = 100
"""Times what is expected that may be brought; more is a slip of the pen."""


class Funding(Shape):
    """Cash and credit of the members.

    Attributes
    ----------
    prefunding, credit_limit : of kind ``uniform``, minor units of each member
    prefunding_outflow : of kind ``uniform``, in place of prefunding: share of a member's expected outflow
    history : of kind ``uniform``, in place of prefunding: quantile of the member's own peaks on earlier days
    first : with history, the opening of the first day: minor units, or a share of expected outflow
    path : of kind ``file``
    """

    kind: Literal["unlimited", "uniform", "file", "members"]
    prefunding: int = 0
    prefunding_outflow: Fraction | None = None
    history: Fraction | None = None
    first: int | Fraction | None = None
    credit_limit: int = 0
    path: Path | None = None

    @property
    def opening(self) -> int:
        """Minor units stated for each member; what is worked out by member is not among them."""
        return self.first if isinstance(self.first, int) else self.prefunding


def parse_funding(given: Any, info: ValidationInfo) -> Funding:
    """``unlimited``, {prefunding, credit_limit}, or a file by member."""
    value = bare(given)
    allowed = "give unlimited, {prefunding: 20 M, credit_limit: 50 M}, or a CSV or Parquet file by member"
    if isinstance(value, Funding):
        return value
    if isinstance(value, dict):
        if not value:
            raise NotAllowedError("an empty mapping", allowed)
        return _uniform(value, currency_of(info))
    if isinstance(value, str) and value in ("unlimited", "members"):
        return Funding(kind="members" if value == "members" else "unlimited")
    if str(value).endswith(TABLES):
        return Funding(kind="file", path=parse_path(given, "a list of members' cash"))
    raise NotAllowedError(value, f"{allowed}{nearest(value, ['unlimited', 'members'])}")


def _uniform(given: dict[str, Any], currency: str | None) -> Funding:
    """Every part parsed; unknown keys and bad values are raised together."""
    parsers: dict[str, Callable[[Any], dict[str, Any]]] = {
        "prefunding": lambda value: _prefunding(value, currency),
        "credit_limit": lambda value: {"credit_limit": units.parse_money(value, currency)},
        "first": lambda value: {"first": _first(value, currency)},
    }
    faults: list[tuple[KeyPath, str]] = []
    parts: dict[str, Any] = {}
    for key, value in given.items():
        if key not in parsers:
            faults.append(((key,), unknown_key(key, parsers)))
            continue
        try:
            parts |= parsers[key](bare(value))
        except NotAllowedError as error:
            faults.append(((key,), str(error)))
    if not faults and "history" in parts and "first" not in parts:
        message = "missing; no day comes before the first: give its opening, such as first: 20 M, "
        faults = [(("first",), f"{message}or first: 5 % of expected outflow")]
    if not faults and "first" in parts and "history" not in parts:
        faults = [(("first",), "needs prefunding from history, such as prefunding: 99 % of history")]
    if faults:
        raise FaultsError(faults)
    return Funding(kind="uniform", **parts)


def _prefunding(value: Any, currency: str | None) -> dict[str, Any]:
    share, of = _share_of(value, ("expected outflow", "history"))
    if of == "expected outflow":
        return {"prefunding_outflow": _outflow(share, value)}
    if of == "history":
        return {"history": _quantile(share, value)}
    return {"prefunding": _money(value, currency, "10 % of expected outflow, or 99 % of history")}


def _first(value: Any, currency: str | None) -> int | Fraction:
    share, of = _share_of(value, ("expected outflow",))
    return _outflow(share, value) if of else _money(value, currency, "5 % of expected outflow")


def _share_of(value: Any, known: tuple[str, ...]) -> tuple[str, str]:
    """The share, and what it is of; both empty where it is none of ``known``."""
    match = re.fullmatch(r"(.+?)\s+of\s+(.+)", value.strip()) if isinstance(value, str) else None
    of = " ".join(match[2].split()) if match else ""
    if match and of not in known:
        allowed = " or ".join(f"10 % of {each}" for each in known)
        raise NotAllowedError(value, f"give money, or {allowed}{nearest(of, known)}")
    return (match[1], of) if match else ("", "")


def _money(value: Any, currency: str | None, otherwise: str) -> int:
    try:
        return units.parse_money(value, currency)
    except NotAllowedError as error:
        if isinstance(value, str) and "%" in value:
            raise NotAllowedError(value, f"give money, or {otherwise}") from None
        raise error


def _outflow(share: str, value: Any) -> Fraction:
    try:
        return Fraction(units.parse_share(share, MOST_OF_OUTFLOW))
    except NotAllowedError:
        most = f"give 0 to {100 * MOST_OF_OUTFLOW:_} % of expected outflow, such as 10 % of expected outflow"
        raise NotAllowedError(value, most) from None


def _quantile(share: str, value: Any) -> Fraction:
    try:
        quantile = Fraction(units.parse_share(share))
    except NotAllowedError:
        quantile = Fraction(0)
    if not quantile:
        raise NotAllowedError(value, "give a quantile above 0 and up to 100 %, such as 99 % of history")
    return quantile
