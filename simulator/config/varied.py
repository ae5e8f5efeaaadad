"""Values that a sweep gives to one key: a list as written, or a range from one value to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.config import units
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.fields import bare, unknown_key
from simulator.config.tree import KeyPath

SCALES = ("linear", "log")
DEFAULT_STEPS = 5
MOST_STEPS = 10_000
DIGITS = 6
"""Significant digits of a value inside a range whose ends are not whole."""

FAMILIES: tuple[dict[str, int], ...] = (
    {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000},
    {"": 1, "k": 10**3, "M": 10**6, "bn": 10**9, "tn": 10**12},
    {"bp": 1, "%": 100},
)
"""Units that the two ends of a range may differ in: how many of the first each one is."""


@dataclass(frozen=True, slots=True)
class Range:
    """From one number to another in one unit, in equal steps or in equal ratios.

    Attributes
    ----------
    start, end : the ends, in ``unit``
    unit : text after the number, such as ``s``, ``M USD`` or ``% of expected outflow``
    whole : both ends are whole, and so is every value between
    """

    start: Decimal
    end: Decimal
    unit: str = ""
    steps: int = DEFAULT_STEPS
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether values are whole numbers of the unit: where both ends are."""
        return all(end == end.to_integral_value() and end.as_tuple().exponent >= 0 for end in self.ends)  # type: ignore[operator]

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """The first value and the last."""
        return self.start, self.end

    def at(self, place: float) -> str:
        """The value at a place between 0, the start, and 1, the end.

        Examples
        --------
        >>> Range(Decimal(1), Decimal(100), "s", log=True).at(0.5)
        '10 s'
        >>> Range(Decimal("0.8"), Decimal("1.15")).at(0.5)
        '0.975'
        """
        start, end = float(self.start), float(self.end)
        if place <= 0 or place >= 1:
            number = self.start if place <= 0 else self.end
        elif self.log:
            number = Decimal(repr(start * (end / start) ** place))
        else:
            number = Decimal(repr(start + (end - start) * place))
        return _write(number, self.unit, self.whole)

    def values(self) -> tuple[str, ...]:
        """The steps of the range, both ends included; equal ones once."""
        places = [step / (self.steps - 1) for step in range(self.steps)]
        return tuple(dict.fromkeys(self.at(place) for place in places))

    def written(self) -> dict[str, Any]:
        """As a config holds it."""
        whole = {"from": self.at(0.0), "to": self.at(1.0), "steps": self.steps}
        return {**whole, "scale": "log"} if self.log else whole


@dataclass(frozen=True, slots=True)
class Listed:
    """Values as written, one after the other."""

    given: tuple[Any, ...]

    def at(self, place: float) -> Any:
        """The value whose equal part of [0, 1) holds a place.

        Examples
        --------
        >>> Listed(("1 s", "12 s", "1 min")).at(0.4)
        '12 s'
        """
        return self.given[min(int(place * len(self.given)), len(self.given) - 1)]

    def values(self) -> tuple[Any, ...]:
        """All of them."""
        return self.given

    def written(self) -> list[Any]:
        """As a config holds it."""
        return list(self.given)


Varied = Listed | Range


def _write(number: Decimal, unit: str, whole: bool) -> str:
    if whole:
        text = f"{int(number.to_integral_value()):d}"
    elif number == 0:
        text = "0"
    else:
        digits = DIGITS - 1 - number.adjusted()
        text = f"{round(number, digits).normalize():f}"
    return f"{text} {unit}" if unit else text


def unscaled(given: Any) -> Any:
    """A value of any shape without the places it was written at, numbers as the text of a file."""
    value = bare(given)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if isinstance(value, dict):
        return {key: unscaled(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [unscaled(below) for below in value]
    return value


def parse_varied(given: Any) -> Varied:
    """A list of values, or ``{from, to, steps, scale}``."""
    value = bare(given)
    if isinstance(value, Listed | Range):
        return value
    if isinstance(value, list | tuple):
        listed = tuple(unscaled(each) for each in value)
        if not listed:
            raise NotAllowedError("an empty list", "give at least one value")
        for at, each in enumerate(listed):
            if each in listed[:at]:
                raise FaultsError([((at,), f"{each} is given twice; give each value once")])
        return Listed(listed)
    if isinstance(value, dict):
        return _range(value)
    example = (
        "give a list such as [1 s, 12 s], or a range such as {from: 1 M, to: 100 M, steps: 5, scale: log}"
    )
    raise NotAllowedError(value, example)


def _range(given: dict[str, Any]) -> Range:
    known = ("from", "to", "steps", "scale")
    faults: list[tuple[KeyPath, str]] = [
        ((key,), unknown_key(key, known)) for key in given if key not in known
    ]
    faults += [
        ((), f"{key} is missing; give both ends, such as {{from: 1 s, to: 60 s, steps: 5}}")
        for key in ("from", "to")
        if key not in given
    ]
    steps, log = DEFAULT_STEPS, False
    try:
        steps = units.parse_count(
            bare(given.get("steps", DEFAULT_STEPS)), 2, MOST_STEPS, "a number of values"
        )
    except NotAllowedError as error:
        faults.append((("steps",), str(error)))
    scale = bare(given.get("scale", "linear"))
    if scale not in SCALES:
        faults.append((("scale",), str(NotAllowedError(scale, f"give {' or '.join(SCALES)}"))))
    log = scale == "log"
    ends: list[tuple[Decimal, str]] = []
    for key in ("from", "to"):
        if key in given:
            try:
                ends.append(_end(bare(given[key])))
            except NotAllowedError as error:
                faults.append(((key,), str(error)))
    if faults:
        raise FaultsError(faults)
    (start, end), unit = _one_unit(*ends)
    if start == end:
        faults.append((("to",), f"{_write(end, unit, False)} is where the range starts; give another end"))
    if log and min(start, end) <= 0:
        faults.append((("scale",), "log needs ends above 0; give scale: linear"))
    if faults:
        raise FaultsError(faults)
    return Range(start, end, unit, steps, log)


def _end(value: Any) -> tuple[Decimal, str]:
    match = re.fullmatch(r"\s*(-?[0-9][0-9_]*(?:\.[0-9_]*)?|-?\.[0-9]+)\s*(.*?)\s*", str(value))
    if isinstance(value, bool) or match is None:
        raise NotAllowedError(value, "give a number with its unit, such as 0.8, 12 s, 5 M or 10 %")
    return Decimal(match[1].replace("_", "")), match[2]


def _one_unit(start: tuple[Decimal, str], end: tuple[Decimal, str]) -> tuple[tuple[Decimal, Decimal], str]:
    """Both ends in one unit, the smaller of the two."""
    if start[1] == end[1]:
        return (start[0], end[0]), start[1]
    for family in FAMILIES:
        if start[1] in family and end[1] in family:
            unit = min(start[1], end[1], key=lambda each: family[each])
            first, last = (number * family[of] / family[unit] for number, of in (start, end))
            return (_plain(first), _plain(last)), unit
    message = f"{end[1] or 'no unit'} does not go with {start[1] or 'no unit'} of from; give both in one unit"
    raise FaultsError([(("to",), message)])


def _plain(number: Decimal) -> Decimal:
    """A whole number without an exponent, so that it counts as whole."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def number_of(value: Any) -> tuple[float, str] | None:
    """A value as a number and its kind (number, share, duration in seconds); None where it is none.

    Examples
    --------
    >>> number_of("20 M"), number_of("25 bp"), number_of("1 min"), number_of("continuous")
    ((20000000.0, 'number'), (0.0025, 'share'), (60.0, 'duration'), None)
    """
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return None
    try:
        number, unit = _end(value)
    except NotAllowedError:
        return None
    durations, multiples, shares = FAMILIES
    if unit in durations:
        return float(number * durations[unit] / 10**6), "duration"
    if unit in multiples:
        return float(number * multiples[unit]), "number"
    return (float(number * shares[unit] / 10**4), "share") if unit in shares else None
