"""The kinds of value a key can take, as validators: each turns what was typed into an exact value.

A validator that can take several shapes (``1 h``, a list, a number) looks at the shape first, so that
what is wrong with one shape is told in its own words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from numbers import Integral
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BeforeValidator, ValidationInfo

from simulator.config import units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.tree import Scalar

T = TypeVar("T")

TABLES = (".csv", ".csv.gz", ".parquet")
"""Files a tape or a list of members may be."""

OWN_RULE = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*"
"""``package.module:name``; whether there is such a one is seen when a run looks for it."""

MILLISECOND = units.MICROSECONDS["ms"]
DAY = 24 * units.MICROSECONDS["h"]


def bare(given: Any) -> Any:
    """The value without the place it was written."""
    return given.value if isinstance(given, Scalar) else given


def currency_of(info: ValidationInfo) -> str | None:
    """The flow's currency; None where it is itself at fault."""
    return info.context.get("currency") if info.context else "USD"


def is_currency(given: Any) -> bool:
    """Whether this is the code of a currency, as typed."""
    return re.fullmatch("[A-Z]{3}", str(bare(given))) is not None


def parsed(parse: Callable[[Any], Any]) -> BeforeValidator:
    """A value read by ``parse``, without the place it was written."""
    return BeforeValidator(lambda given: parse(bare(given)))


def money(least: int = 0, digits: int | None = None) -> BeforeValidator:
    """An amount in the flow's currency, as minor units, or as units of ``digits`` after the point."""

    def parse(given: Any, info: ValidationInfo) -> int:
        currency = currency_of(info)
        amount = units.parse_money(bare(given), currency, digits)
        if amount < least:
            smallest = units.write_money(least, currency or "USD", digits)
            raise NotAllowedError(given, f"give at least {smallest}")
        return amount

    return BeforeValidator(parse)


def count(least: int, most: int = units.BOUND - 1, of: str = "a whole number") -> BeforeValidator:
    """A whole number between two bounds, both included."""
    return parsed(lambda given: units.parse_count(given, least, most, of))


def number(least: float = 0.0, most: float = 1e6) -> BeforeValidator:
    """A plain number between two bounds, both included."""
    return parsed(lambda given: units.parse_number(given, least, most))


def share() -> BeforeValidator:
    """A share of one."""
    return parsed(lambda given: float(units.parse_share(given)))


def duration(least: int, most: int = DAY) -> BeforeValidator:
    """A duration in µs between two bounds, both included."""
    return parsed(lambda given: units.parse_duration(given, least, most))


def _parse_currency(value: Any) -> str:
    units.minor_digits(value)
    return str(value)


currency = parsed(_parse_currency)
time_of_day = parsed(units.parse_time)
trade_days = parsed(units.parse_trade_days)


def _parse_yes_no(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in ("yes", "true", "1", "no", "false", "0"):
        raise NotAllowedError(value, "give yes or no")
    return word in ("yes", "true", "1")


yes_no = parsed(_parse_yes_no)


def choice(known: Iterable[str], spellings: Mapping[str, str] | None = None) -> BeforeValidator:
    """One of the ``known`` names; ``spellings`` maps other accepted spellings onto them."""
    names = tuple(known)

    def parse(value: Any) -> str:
        value = (spellings or {}).get(value, value) if isinstance(value, str) else value
        if not isinstance(value, str) or value not in names:
            raise NotAllowedError(value, f"give {' or '.join(names)}{nearest(value, names)}")
        return value

    return parsed(parse)


def parse_text(value: Any, what: str = "text", slash: bool = True) -> str:
    """Text of any language, not blank and in one line; a whole number counts as its digits."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise NotAllowedError(value, f"give {what}")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise NotAllowedError(value, f"give {what} in one line, without control characters")
    if not slash and ("/" in value or value in (".", "..")):
        raise NotAllowedError(value, f"give {what} without a slash, because it names a folder or a column")
    return value


def text(what: str, slash: bool = True) -> BeforeValidator:
    """Text; ``what`` it is stands in the message."""
    return parsed(lambda value: parse_text(value, what, slash))


def parse_path(given: Any, what: str) -> Path:
    """The absolute path of a table, relative to the file that states it; ``checks`` sees that it is there."""
    value = bare(given)
    suffixes = " or ".join((", ".join(TABLES[:-1]), TABLES[-1]))
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise NotAllowedError(value, f"give the path of {what}: {suffixes}")
    if not str(value).endswith(TABLES):
        raise NotAllowedError(value, f"{what} is a file ending in {suffixes}")
    folder = given.place.folder if isinstance(given, Scalar) else Path.cwd()
    return Path(os.path.abspath(folder / os.path.expanduser(value)))  # noqa: PTH100, PTH111 - no ".." kept


def table_path(what: str) -> BeforeValidator:
    """The path of a table, see ``parse_path``."""
    return BeforeValidator(lambda given: parse_path(given, what))


def parse_each(given: Iterable[tuple[str | int, Any]], parse: Callable[[Any], T]) -> dict[str | int, T]:
    """Every entry parsed; what is wrong with any of them is raised together."""
    parsed: dict[str | int, T] = {}
    faults: list[tuple[tuple[str | int, ...], str]] = []
    for key, value in given:
        try:
            parsed[key] = parse(bare(value))
        except NotAllowedError as error:
            faults.append(((key,), str(error)))
    if faults:
        raise FaultsError(faults)
    return parsed


def parse_shares(given: Any, names: tuple[str, ...], what: str) -> dict[str, float]:
    """Shares by name that add up to exactly one; a name left out has none. In the order of ``names``."""
    allowed = f"give a mapping of {what} to shares that add up to 100 %: {', '.join(names)}"
    if not isinstance(given, dict):
        raise NotAllowedError(given, allowed)
    unknown = [((key,), unknown_key(key, names)) for key in given if key not in names]
    try:
        shares = parse_each(((key, given[key]) for key in given if key in names), short_share)
    except FaultsError as error:
        raise FaultsError([*unknown, *error.faults]) from None
    if unknown:
        raise FaultsError(unknown)
    total = sum(shares.values(), Decimal(0))
    if total != 1:
        raise FaultsError([((), f"the shares add up to {units.write_share(total)}; make them 100 %")])
    return {name: float(shares.get(name, Decimal(0))) for name in names}


def shares(names: tuple[str, ...], what: str) -> BeforeValidator:
    """Shares by name, see ``parse_shares``."""
    return BeforeValidator(lambda given: parse_shares(given, names, what))


def short_share(value: Any) -> Decimal:
    """A share that a float holds as written."""
    exact = units.parse_share(value)
    if Decimal(repr(float(exact))) != exact:
        raise NotAllowedError(value, "give a share of at most 15 digits")
    return exact


def weights(what: str) -> BeforeValidator:
    """A list of weights, not all 0."""

    def parse(given: Any) -> tuple[float, ...]:
        value = bare(given)
        if not isinstance(value, list | tuple) or not value:
            raise NotAllowedError(value, f"give a list of {what}, such as [3, 1, 2]")
        parsed = tuple(parse_each(enumerate(value), units.parse_number).values())
        if not any(parsed):
            raise FaultsError([((), "the weights are all 0; give at least one above 0")])
        return parsed

    return BeforeValidator(parse)


def rule(known: tuple[str, ...], spellings: Mapping[str, str] | None = None) -> BeforeValidator:
    """The name of a shipped rule, or ``package.module:name`` of one's own."""
    own = "package.module:name of your own"

    def parse(value: Any) -> str:
        value = (spellings or {}).get(value, value) if isinstance(value, str) else value
        if not isinstance(value, str) or (value not in known and not re.fullmatch(OWN_RULE, value)):
            choices = f"{', '.join(known)}, or {own}" if known else own
            raise NotAllowedError(value, f"give {choices}{nearest(value, known)}")
        return value

    return parsed(parse)


def one_or_many(what: str) -> BeforeValidator:
    """A list of mappings; one mapping stands for a list of it."""

    def parse(given: Any) -> Any:
        if isinstance(given, list | tuple) and not given:
            raise NotAllowedError("an empty list", f"give {what}, or leave it out")
        return given if isinstance(given, list | tuple) else [given]

    return BeforeValidator(parse)


def unknown_key(key: object, known: Iterable[str]) -> str:
    """The message for a key that a mapping does not have."""
    names = list(known)
    return f"not a known key; known here are {', '.join(names)}{nearest(key, names)}"
