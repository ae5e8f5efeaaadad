"""Values that can be written in several shapes: hours, cycles, blocks, holdings, dates, calendars."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from simulator.config import units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import (
    DAY,
    MILLISECOND,
    TABLES,
    bare,
    parse_each,
    parse_path,
    short_share,
)


class Shape(BaseModel):
    """A value with parts, written in one of several ways."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Hours(Shape):
    """Open and close of a day, µs since its midnight, market time."""

    opens: int
    closes: int


class Cycles(Shape):
    """Netting cycles of a day, in exactly one of three ways; the close is always the last."""

    every: int | None = None
    times: tuple[int, ...] | None = None
    count: int | None = None


class Holdings(Shape):
    """Securities of the members: ample, days of expected sales, by a file, or as typed."""

    kind: Literal["ample", "days", "file", "members"]
    days: float = 0.0
    path: Path | None = None


def parse_hours(given: Any) -> Hours:
    """``09:30–16:00`` (also with a hyphen), or a list of two times."""
    allowed = "give the open and the close, such as 09:30–16:00 or [09:30, 16:00]"
    value = bare(given)
    if isinstance(value, Hours):
        return value
    if isinstance(value, str):
        parts: list[Any] = re.split(r"\s*[-–—]\s*", value.strip())
    elif isinstance(value, list | tuple):
        parts = list(value)
    else:
        raise NotAllowedError(value, allowed)
    if len(parts) != 2:
        raise NotAllowedError(value, allowed)
    if isinstance(value, str):
        opens, closes = (units.parse_time(part) for part in parts)
    else:
        opens, closes = parse_each(enumerate(parts), units.parse_time).values()
    if opens >= closes:
        raise NotAllowedError(
            value if isinstance(value, str) else _listed(parts), "the close is after the open"
        )
    return Hours(opens=opens, closes=closes)


def write_hours(hours: Hours) -> str:
    """Open and close, as ``parse_hours`` reads them back.

    Examples
    --------
    >>> write_hours(parse_hours(["09:30", "16:00"]))
    '09:30–16:00'
    """
    return f"{units.write_time(hours.opens)}–{units.write_time(hours.closes)}"


def _listed(parts: list[Any]) -> str:
    return f"[{', '.join(str(bare(part)) for part in parts)}]"


def parse_cycles(given: Any) -> Cycles:
    """``every 1 h``, a list of increasing times, or the number of equal intervals."""
    allowed = "give every 1 h, a list of times such as [11:00, 16:00], or a number of cycles such as 4"
    value = bare(given)
    if isinstance(value, Cycles):
        return value
    if isinstance(value, list | tuple):
        if not value:
            raise NotAllowedError("an empty list", allowed)
        times = tuple(parse_each(enumerate(value), units.parse_time).values())
        late = [at for at in range(1, len(times)) if times[at] <= times[at - 1]]
        if late:
            faults = [
                ((at,), f"{units.write_time(times[at])} is not after the cycle before it") for at in late
            ]
            raise FaultsError([(path, f"{said}; give times in increasing order") for path, said in faults])
        return Cycles(times=times)
    if isinstance(value, str):
        head, _, rest = value.strip().partition(" ")
        if head == "every":
            return Cycles(every=units.parse_duration(rest.strip(), MILLISECOND, DAY))
        if not re.fullmatch(r"-?[0-9_.]+", value.strip()):
            raise NotAllowedError(value, f"{allowed}{nearest(head, ['every'])}")
    elif isinstance(value, dict) or value is None:
        raise NotAllowedError(value, allowed)
    return Cycles(count=units.parse_count(value, 1, 86_400, "a number of cycles"))


def parse_block(given: Any) -> int | None:
    """``continuous`` (None), or the interval between blocks."""
    value = bare(given)
    if isinstance(value, str) and value.strip() == "continuous":
        return None
    near = nearest(value, ["continuous"]) if isinstance(value, str) else ""
    return units.parse_duration(value, MILLISECOND, DAY, f', or "continuous"{near}')


def parse_layer(given: Any) -> int:
    """The layer of an arrangement."""
    value = bare(given)
    if isinstance(value, bool) or str(value).strip() not in ("1", "2", "3"):
        said = "give 1 (tokens stand for securities), 2 (netted at a clearing house) or 3 (gross, on a chain)"
        raise NotAllowedError(value, said)
    return int(str(value))


def parse_holdings(given: Any) -> Holdings:
    """``ample``, ``1.2 days``, or a file by member and security."""
    value = bare(given)
    allowed = "give ample, 1.2 days (of expected sales), or a CSV or Parquet file by member and security"
    if isinstance(value, Holdings):
        return value
    if isinstance(value, str) and value in ("ample", "members"):
        return Holdings(kind="members" if value == "members" else "ample")
    if str(value).endswith(TABLES):
        return Holdings(kind="file", path=parse_path(given, "a list of members' holdings"))
    days = re.fullmatch(r"(\S+)\s*days?", value.strip()) if isinstance(value, str) else None
    if days is None:
        raise NotAllowedError(value, f"{allowed}{nearest(value, ['ample', 'members'])}")
    return Holdings(kind="days", days=_days(days[1], value, allowed))


def _days(figure: str, value: str, allowed: str) -> float:
    try:
        days = units.parse_number(figure, 0, 10_000)
    except NotAllowedError:
        raise NotAllowedError(value, allowed) from None
    return days


def parse_date(given: Any) -> datetime.date:
    """A date of the calendar, as ISO 8601 writes it.

    Examples
    --------
    >>> parse_date("2026-11-27")
    datetime.date(2026, 11, 27)
    """
    value = bare(given)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = value.isoformat()
    written = isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip())
    try:
        date = datetime.date.fromisoformat(value.strip()) if written else None
    except ValueError:
        date = None
    if date is None or not 1900 <= date.year < 3000:
        raise NotAllowedError(value, "give a date from 1900 to 2999 as YYYY-MM-DD, such as 2026-11-27")
    return date


def parse_calendar(given: Any) -> str:
    """The name of a market's calendar, as the ``holidays`` package has it.

    Examples
    --------
    >>> parse_calendar("NYSE")
    'NYSE'
    """
    import holidays

    value = bare(given)
    names = sorted(holidays.list_supported_financial(include_aliases=True))
    if not isinstance(value, str) or value.strip() not in names:
        known = f"give the name of a market's calendar: {', '.join(names)}"
        raise NotAllowedError(value, f"{known}{nearest(value, names)}")
    return value.strip()


def parse_priorities(given: Any) -> dict[int, float]:
    """Shares by priority, 1 to 9, of 100 % in all at most; in order of priority.

    Examples
    --------
    >>> parse_priorities({"3": "20 %", "1": "5 %"})
    {1: 0.05, 3: 0.2}
    """
    if not isinstance(given, dict) or not given:
        raise NotAllowedError(given, "give shares of the instructions by priority, such as {1: 5 %, 3: 20 %}")
    classes = tuple("123456789")
    unknown = "not a priority; give 1 (settles first) to 9, such as {1: 5 %, 3: 20 %}"
    faults: list[tuple[tuple[str | int, ...], str]]
    faults = [((key,), unknown) for key in given if str(key) not in classes]
    known = sorted((str(key), key) for key in given if str(key) in classes)
    try:
        shares = parse_each(((key, given[key]) for _, key in known), short_share)
    except FaultsError as error:
        raise FaultsError([*faults, *error.faults]) from None
    total = sum(shares.values(), Decimal(0))
    if total > 1 and not faults:
        faults = [((), f"the shares add up to {units.write_share(total)}; make them 100 % at most")]
    if faults:
        raise FaultsError(faults)
    return {int(priority): float(share) for priority, share in shares.items()}
